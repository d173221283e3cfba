"""`sf-mlx eval run` with the model in the box: from a file of questions to lines of results."""

import json
import shutil

import pytest

from sf_mlx import demo, errors
from sf_mlx.evaluate.items import Item
from sf_mlx.evaluate.results import Result
from sf_mlx_cli import eval_run

QUESTIONS = """video,question,answer,a0,a1,a2
a,Which way does the blue star move?,to the right,to the left,to the right,down
a,What turns green?,heart,ring,heart,ring
b,Which way does the blue star move?,to the right,to the left,to the right,down
c,Why?,x,x,y,z
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("eval")
    (folder / "videos").mkdir()
    for name in "ab":
        shutil.copy(demo.MODEL.parent / "sample.mp4", folder / "videos" / f"{name}.mp4")
    (folder / "mine.csv").write_text(QUESTIONS)
    return folder


@pytest.fixture
def run(sf, place):
    """Eight frames: a run of the demo model takes two seconds then."""

    def run(out, *more):
        return sf("eval", "run", "--dataset", place / "mine.csv", "--videos", place / "videos",
                  "-m", "demo", "-o", place / out, "--frames", "8", *more)  # fmt: skip

    return run


def test_the_model_may_be_set(sf, place, tmp_path, monkeypatch):
    config = tmp_path / "config.toml"
    monkeypatch.setenv("SF_MLX_CONFIG", str(config))
    typed = ("eval", "run", "--dataset", place / "mine.csv", "--videos", place / "videos",
             "-o", place / "set", "--limit", 1)  # fmt: skip
    ran = sf(*typed)
    assert ran.code == errors.ModelNotFoundError.exit_code and "no model given" in ran.err
    config.write_text('model = "./nowhere"')
    ran = sf(*typed)
    assert ran.code == errors.ModelNotFoundError.exit_code and "nowhere" in ran.err


def rows(folder):
    return [json.loads(line) for line in (folder / "rows.jsonl").read_text().splitlines()]


def test_another_run_decodes_no_frame_again(run, place, monkeypatch):
    """Other questions about the same videos: their visual tokens are in the cache on disk."""
    from sf_mlx import fingerprint, lookup, models

    # The files were just made
    monkeypatch.setattr(fingerprint, "SETTLED_SECONDS", -1)
    opened = []
    read = models.read_frames
    monkeypatch.setattr(models, "read_frames", lambda *a, **k: opened.append(a[0]) or read(*a, **k))
    run("first", "--limit", "1")
    lookup.finish()
    assert len(opened) == 1 and rows(place / "first")[0]["cost"]["encoded"]
    run("second", "--limit", "2")
    assert len(opened) == 1
    again = rows(place / "second")
    assert [row["cost"]["encoded"] for row in again] == [False, False]
    assert again[0]["answers"] == rows(place / "first")[0]["answers"]
    run("third", "--limit", "2", "--no-cache")
    assert len(opened) == 2 and rows(place / "third")[0]["cost"]["encoded"]


def test_a_run_writes_rows_and_goes_on(run, place):
    ran = run("both", "--choose-by", "both", "--no-cache")
    assert ran.code == 64 and "4 rows in" in ran.out and "1 of them without an answer" in ran.out
    found = rows(place / "both")
    assert [row["status"] for row in found] == ["ok", "ok", "ok", "missing_video"]
    assert found[0]["answers"][0].startswith("(B)") and found[0]["option"] == 1
    assert found[0]["answers"] == found[2]["answers"]  # the same film under two names
    assert len(found[1]["probabilities"]) == 3  # two of its options have the same text
    # The video is read once; the second question knows it
    assert [row["cost"].get("encoded") for row in found[:3]] == [True, False, True]
    assert found[1]["cost"]["cached_tokens"] > 2 * found[1]["visual_tokens"]
    before = (place / "both" / "rows.jsonl").read_bytes()
    assert "0 rows in" in run("both", "--choose-by", "both").out
    assert (place / "both" / "rows.jsonl").read_bytes() == before
    ran = run("both")
    assert ran.code == 62 and "choose_by both -> generate" in ran.err


def test_parts_by_hand(run, place):
    whole = {row["row"]: row["answers"] for row in rows(place / "both")}
    ran = run("parts", "--shard", "2/2", "--choose-by", "both")
    assert ran.code == 0 and "3 rows of other parts are not done yet" in ran.err
    ran = run("parts", "--shard", "1/2", "--choose-by", "both")
    assert ran.code == 64 and ran.err.startswith("sf-mlx: 1 of 4 rows have no answer")
    found = [
        json.loads(line)
        for number in (1, 2)
        for line in (place / "parts" / f"rows-{number}-of-2.jsonl").read_text().splitlines()
    ]
    assert {row["row"]: row["answers"] for row in found} == whole


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--shard", "3/2"), "no part such as 2/3"),
        (("--limit", "2", "--sample", "2"), "not both"),
        (("--max-tokens", "0"), "must have a token"),
        (("--template", "nonsense"), "unknown prompt template"),
        (("--kv-bits", "3"), "4 or 8 bits"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_the_first_video(run, place, more, said):
    ran = run("refused", *more)
    assert ran.code == 2 and said in ran.err
    assert not (place / "refused").exists()


# --- progress -----------------------------------------------------------------------------------


class Shown:
    """A bar that remembers what it was told last."""

    def update(self, words, done, total):
        self.last = (words, done, total)


def test_progress_tells_what_is_right_and_how_long_it_takes(monkeypatch, capsys):
    now = iter(range(0, 10_000, 50))
    monkeypatch.setattr(eval_run.time, "monotonic", lambda: float(next(now)))
    item = Item("own", 0, "0", "v", ("Why?",), "x", ("x", "y"), 0)
    bar = Shown()
    ticker = eval_run.Ticker(bar, "mine", 10, quiet=False, shown=False)
    for result in (
        Result("own", 0, "ok", ("A)",)),
        Result("own", 0, "ok", ("B)",)),
        Result("own", 0, "missing_video"),
    ):
        ticker(item, result)
    words, done, total = bar.last
    assert words.startswith("mine, 50.0 % right, 1 failed, ") and (done, total) == (3, 10)
    # Where there is no terminal, a line a minute
    lines = capsys.readouterr().err.splitlines()
    assert lines and all(line.startswith("sf-mlx: ") and "of 10 rows" in line for line in lines)
    ticker.end()
    assert "3 rows in" in capsys.readouterr().out


@pytest.mark.parametrize(("seconds", "text"), [(5, "5 s"), (600, "10 min"), (36_000, "10.0 h")])
def test_spans(seconds, text):
    assert eval_run.span(seconds) == text
