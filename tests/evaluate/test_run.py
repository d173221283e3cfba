"""The loop: one opening a video, a line a row, failures recorded, and going on after any end."""

import json
import os
import signal
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sf_mlx.errors import OutputError, QuestionsError, RunError, UsageError
from sf_mlx.evaluate import folder as folders
from sf_mlx.evaluate.check import by_video
from sf_mlx.evaluate.energy import Meter
from sf_mlx.evaluate.folder import RunFolder, Shard, Writer, read_results
from sf_mlx.evaluate.items import Item
from sf_mlx.evaluate.results import Result
from sf_mlx.evaluate.run import pending
from sf_mlx.evaluate.settings import choose_rows
from tests.evaluate.toy import ToyModel, run_toy, settings_for

ITEMS = [
    Item("own", row, str(row), f"v{row % 5}", (f"{'why' * (row + 1)}?",), "x", ("x", "y", "z"), 0)
    for row in range(20)
]


@pytest.fixture
def videos(tmp_path):
    folder = tmp_path / "videos"
    folder.mkdir()
    for number in range(5):
        (folder / f"v{number}.mp4").write_bytes(bytes([number]) * 100)
    return folder


def lines(folder):
    """Every line without its cost, in the order of the rows."""
    rows = [
        json.loads(line)
        for path in sorted(folder.glob("rows*.jsonl"))
        for line in path.read_text().splitlines()
    ]
    return sorted(({**row, "cost": None} for row in rows), key=lambda row: row["row"])


def test_every_video_is_opened_once_and_the_next_one_decodes_meanwhile(tmp_path, videos):
    toy = run_toy(tmp_path / "run", ITEMS, videos)
    opened = [name for what, name in toy.said if what == "open"]
    assert opened == ["v0", "v1", "v2", "v3", "v4"]
    assert [name for what, name in toy.said if what == "close"] == opened
    # The second is being decoded before the first question
    assert toy.said[:5] == [
        ("open", "v0"), ("ahead", "v0"), ("open", "v1"), ("ahead", "v1"), ("ask", "v0"),
    ]  # fmt: skip
    rows = lines(tmp_path / "run")
    assert [row["row"] for row in rows] == list(range(20))
    assert rows[0]["answers"] == ["B) In the video, why?"]  # as the reference writes it
    assert len({row["video_sha256"] for row in rows}) == 5
    assert {row["settings"] for row in rows} == {settings_for(ITEMS).hash}


def test_failures_are_rows_without_answers(tmp_path, videos):
    (videos / "v1.mp4").unlink()
    breaks = {"v0": "open", "v2": "decode", ITEMS[3].questions[0]: "crash",
              ITEMS[8].questions[0]: "long"}  # fmt: skip
    run_toy(tmp_path / "run", ITEMS, videos, model=ToyModel(breaks))
    rows = lines(tmp_path / "run")
    by_name = {f"v{n}": {row["status"] for row in rows if row["row"] % 5 == n} for n in range(5)}
    assert by_name == {
        "v0": {"decode_error"}, "v1": {"missing_video"}, "v2": {"decode_error"},
        "v3": {"ok", "generate_error"}, "v4": {"ok"},
    }  # fmt: skip
    assert all((row["status"] == "ok") == bool(row["answers"]) for row in rows)
    assert "out of memory" in rows[3]["error"] and rows[8]["error"] == "too long"
    assert rows[0]["error"] == "v0.mp4: cut short"


def test_retry_asks_only_what_failed(tmp_path, videos):
    run_toy(tmp_path / "run", ITEMS, videos, model=ToyModel({"v2": "decode", "v3": "crash"}))
    again = run_toy(tmp_path / "run", ITEMS, videos)
    assert again.said == []  # nothing is left without --retry
    again = run_toy(tmp_path / "run", ITEMS, videos, retry=True)
    assert {name for what, name in again.said if what == "open"} == {"v2", "v3"}
    results = RunFolder(tmp_path / "run").results(ITEMS)
    assert all(result.ok for result in results.values()) and len(results) == 20


def test_a_file_that_changed_in_between_is_not_mixed_in(tmp_path, videos):
    run_toy(tmp_path / "run", ITEMS, videos, model=ToyModel({ITEMS[3].questions[0]: "crash"}))
    (videos / "v3.mp4").write_bytes(b"another film")
    run_toy(tmp_path / "run", ITEMS, videos, retry=True)
    result = RunFolder(tmp_path / "run").results(ITEMS)["own", 3]
    assert result.status == "decode_error" and "another" in result.error


def killed_at(count, tmp_path, videos):
    """Run in a child that is killed in the middle of writing byte `count` of its lines."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.WIFSIGNALED(status)
    written = 0

    def write(self, line):
        nonlocal written
        data = line.encode()
        if written + len(data) > count:
            self._file.write(data[: count - written])
            self._file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        written += len(data)
        self._file.write(data)
        self._file.flush()

    Writer.write = write
    try:
        run_toy(tmp_path / "killed", ITEMS, videos)
    finally:
        os._exit(0)


@pytest.mark.parametrize("seed", range(4))
def test_killed_anywhere_and_continued_is_as_if_undisturbed(tmp_path, videos, seed):
    run_toy(tmp_path / "whole", ITEMS, videos)
    length = (tmp_path / "whole" / "rows.jsonl").stat().st_size
    kills = 0
    for turn in range(5):
        kills += killed_at((seed * 997 + turn * 1789) % (length // 3), tmp_path, videos)
    assert kills == 5
    run_toy(tmp_path / "killed", ITEMS, videos)
    assert lines(tmp_path / "killed") == lines(tmp_path / "whole")
    for name in ("settings.json", "items.jsonl"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_any_split_gives_the_same_rows(tmp_path, videos, count):
    run_toy(tmp_path / "one", ITEMS, videos)
    for index in reversed(range(count)):
        run_toy(tmp_path / "parts", ITEMS, videos, shard=Shard(index, count))
    assert lines(tmp_path / "parts") == lines(tmp_path / "one")


def test_a_lost_part_is_finished_by_any_number(tmp_path, videos):
    run_toy(tmp_path / "parts", ITEMS, videos, shard=Shard(0, 3))
    # Parts 2 and 3 are lost; one process does what is left, and only that
    toy = run_toy(tmp_path / "parts", ITEMS, videos)
    assert {name for what, name in toy.said if what == "open"} == {"v1", "v2", "v4"}
    run_toy(tmp_path / "one", ITEMS, videos)
    assert lines(tmp_path / "parts") == lines(tmp_path / "one")


@settings(deadline=None)
@given(st.integers(1, 9), st.sets(st.integers(0, 19)), st.booleans())
def test_parts_are_disjoint_and_whole(count, done, retry):
    results = {("own", row): Result("own", row, "missing_video" if row % 2 else "ok",
                                    () if row % 2 else ("x",)) for row in done}  # fmt: skip
    parts = [pending(ITEMS, results, Shard(index, count), retry) for index in range(count)]
    rows = sorted(item.row for part in parts for group in part for item in group)
    open_rows = [i.row for i in ITEMS if i.row not in done or (retry and i.row % 2)]
    assert rows == open_rows
    # A video is one part's alone
    of = [{group[0].video for group in part} for part in parts]
    assert sum(map(len, of)) == len(set().union(*of))


def test_another_run_in_the_folder_is_refused_with_the_difference(tmp_path, videos):
    run_toy(tmp_path / "run", ITEMS, videos)
    for changes, said in (
        ({"spec": "concat"}, "spec slowfast-slow_10frms"),
        ({"versions": {"mlx": "1"}}, "mlx 0 -> 1"),
        ({"prompt": "other"}, "the prompt's text"),
        ({"limit": 3}, "limit 0 -> 3"),
    ):
        with pytest.raises(RunError, match="other settings") as raised:
            run_toy(tmp_path / "run", ITEMS, videos, **changes)
        assert said in str(raised.value)
    run_toy(tmp_path / "run", ITEMS, videos, model=ToyModel())  # the model's folder may move
    with pytest.raises(RunError, match="holds other files"):
        run_toy(videos, ITEMS, videos)


def test_rows_of_another_run_are_not_mixed_in(tmp_path, videos):
    """Parts of several machines are put together by copying their files."""
    run_toy(tmp_path / "run", ITEMS, videos, shard=Shard(0, 2))
    run_toy(tmp_path / "same", ITEMS, videos, shard=Shard(1, 2))
    run_toy(tmp_path / "other", ITEMS, videos, shard=Shard(1, 2), spec="concat")
    name = Shard(1, 2).file
    target = tmp_path / "run" / name
    target.write_bytes((tmp_path / "other" / name).read_bytes())
    with pytest.raises(RunError, match="rows of a run with other settings"):
        RunFolder(tmp_path / "run").results(ITEMS)
    target.write_bytes((tmp_path / "same" / name).read_bytes())
    assert len(RunFolder(tmp_path / "run").results(ITEMS)) == 20


def test_energy_is_counted_where_the_machine_tells_it(tmp_path):
    assert Meter(tmp_path / "nowhere").take() is None
    counter = tmp_path / "intel-rapl:0"
    counter.mkdir()
    (counter / "max_energy_range_uj").write_text("10000000\n")
    (counter / "energy_uj").write_text("9000000\n")
    meter = Meter(tmp_path)
    (counter / "energy_uj").write_text("2000000\n")  # it began anew at 10 joules
    assert meter.take() == 3.0
    (counter / "energy_uj").write_text("nonsense")
    assert meter.take() is None


def test_two_processes_do_not_write_one_file(tmp_path, videos):
    run_toy(tmp_path / "run", ITEMS, videos)
    with Writer(tmp_path / "run" / "rows.jsonl"), pytest.raises(RunError, match="another process"):
        run_toy(tmp_path / "run", ITEMS, videos)


def test_a_process_that_came_to_its_end_says_so(tmp_path, videos):
    run_toy(tmp_path / "run", ITEMS, videos, shard=Shard(1, 2))
    assert (tmp_path / "run" / "done-2-of-2.json").exists()
    with pytest.raises(ZeroDivisionError):
        run_toy(tmp_path / "run", ITEMS, videos, listener=lambda item, result: 1 / 0)
    assert not (tmp_path / "run" / "done.json").exists()


def test_a_full_disk_ends_the_run(tmp_path, videos, monkeypatch):
    class Full:
        def write(self, data):
            raise OSError(28, "No space left on device")

        def close(self):
            pass

    def open_full(self, path):
        self._name, self._file = str(path), Full()

    monkeypatch.setattr(folders.Writer, "__init__", open_full)
    with pytest.raises(OutputError, match="No space left"):
        run_toy(tmp_path / "run", ITEMS, videos)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: no JSON"),
        ('{"dataset": "own", "row": 3}', "line 2: no result of a row"),
        (Result("own", 99, "missing_video").line().strip(), "row 99 of own, which this run"),
        (
            replace(Result("own", 3, "missing_video"), answers=("x",)).line().strip(),
            "with 1 answers",
        ),
        (Result("own", 3, "perhaps").line().strip(), "status perhaps"),
    ],
)
def test_a_broken_line_of_results_is_named(tmp_path, videos, line, said):
    run_toy(tmp_path / "run", ITEMS, videos)
    path = tmp_path / "run" / "rows.jsonl"
    whole = path.read_text().splitlines()
    path.write_text("\n".join([whole[0], line, *whole[2:]]) + "\n")
    with pytest.raises(QuestionsError) as raised:
        RunFolder(tmp_path / "run").results(ITEMS)
    assert said in str(raised.value)


def test_odd_text_survives():
    result = Result("own", 1, "ok", ("half \ud83d of a pair, “quotes”\u2028\n",))
    assert json.loads(result.line())["answers"] == ["half ? of a pair, “quotes”\u2028\n"]


def test_a_line_separator_in_an_answer_does_not_split_its_line(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(Result("own", 1, "ok", ("a\u2028b\x85c\x0bd",)).line(), encoding="utf-8")
    assert read_results(path)[0].answers == ("a\u2028b\x85c\x0bd",)


def test_rows_are_chosen_once_and_for_all():
    assert [item.row for item in choose_rows(ITEMS, limit=3, sample=0, seed=0)] == [0, 1, 2]
    some = choose_rows(ITEMS, limit=0, sample=7, seed=1)
    assert some == choose_rows(ITEMS, limit=0, sample=7, seed=1) and len(some) == 7
    assert some != choose_rows(ITEMS, limit=0, sample=7, seed=2)
    assert [item.row for item in some] == sorted(item.row for item in some)
    for wrong in (
        {"limit": 1, "sample": 1},
        {"limit": 0, "sample": 21},
        {"limit": -1, "sample": 0},
    ):
        with pytest.raises(UsageError):
            choose_rows(ITEMS, seed=0, **wrong)
    assert len(by_video(ITEMS)) == 5
