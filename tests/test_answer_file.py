"""The file of a batch: what is done is found again, whatever happened while it was written."""

import csv
import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sf_mlx.answer_file import COLUMNS, AnswerFile, Csv, JsonLines
from sf_mlx.errors import OutputError
from tests.records import asked


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch):
    """No power fails here."""
    monkeypatch.setattr(os, "fsync", lambda fd: None)


FORMS = {"out.jsonl": JsonLines(), "out.csv": Csv()}
NASTY = 'It says "hi",\n\r\nthen \\ and \r 😀 \x00\u2028 = 1'


@pytest.fixture(params=FORMS)
def path(request, tmp_path):
    return tmp_path / request.param


def opened(path, *clips):
    return AnswerFile(path, FORMS[path.name], clips)


def rows(path):
    """The file as another program reads it."""
    if path.suffix == ".csv":
        csv.field_size_limit(1 << 24)
        with open(path, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    with open(path, encoding="utf-8", newline="\n") as file:
        return [json.loads(line) for line in file]


def pairs(path):
    return [(row["video"], row["question"], row.get("answer") or None) for row in rows(path)]


def fill(path, *results, clips=()):
    """One run: asks what is not there yet."""
    with opened(path, *(clips or {result.video for result in results})) as file:
        asked_now = []
        for result in results:
            if file.has(result):
                file.add(asked(result.video, result.content, question=result.question))
            else:
                asked_now.append(result)
                file.add(result)
    return asked_now


def test_a_second_run_asks_nothing(path):
    results = [asked(f"{n}.mp4", f"c{n}", question=q, answer=f"{n}{q}") for n in "ab" for q in "?!"]
    assert fill(path, *results) == results
    before = path.read_bytes()
    assert fill(path, *results) == []
    assert path.read_bytes() == before and len(rows(path)) == 4


def test_texts_come_back_as_they_were(path):
    """Line ends and quotes inside, and what no encoding has."""
    fill(path, asked(NASTY, "c", question=NASTY, answer=NASTY), asked("b", "d", answer="b"))
    (first, second) = rows(path)
    assert first["question"] == first["answer"] == NASTY and second["answer"] == "b"
    assert fill(path, asked(NASTY, "c", question=NASTY), asked("b", "d")) == []
    long = "x" * 300_000  # Python's csv reads 128 KB a cell, unless told
    fill(path, asked("c", "e", answer=long))
    assert fill(path, asked("c", "e")) == [] and len(rows(path)) == 3
    fill(path, asked("\udcff", "f", question="lone \udcff", answer="x"))
    assert len(rows(path)) == 4


@pytest.mark.parametrize(
    "other",
    [
        asked("a.mp4", "another"),
        asked("a.mp4", "c", question="Who?"),
        asked("a.mp4", "c", settings="s2"),
        asked("a.mp4", None),
    ],
    ids=["content", "question", "settings", "unreadable"],
)
def test_another_content_question_or_setting_is_another_line(path, other):
    fill(path, asked("a.mp4", "c", answer="old"))
    with opened(path, "a.mp4") as file:
        assert file.has(asked("a.mp4", "c")) and not file.has(other)


def test_what_failed_is_asked_again_and_has_one_line(path):
    fill(path, asked("a", "c", error="broken"), asked("b", "d", answer="fine"))
    assert rows(path)[0]["error"]
    retried = asked("a", "c", answer="now")
    assert fill(path, retried, asked("b", "d")) == [retried]
    assert pairs(path) == [("b", "Why?", "fine"), ("a", "Why?", "now")]
    assert not rows(path)[1].get("error")


def test_what_failed_twice_has_one_line(path):
    for _ in range(2):
        fill(path, asked("a", None, error="not there"), asked("b", "d", answer="fine"))
    assert sorted(pairs(path)) == [("a", "Why?", None), ("b", "Why?", "fine")]


def test_a_video_that_was_replaced_is_asked_again(path):
    """The answer about what it was goes; that of other settings stays."""
    fill(path, asked("a", "old", answer="1"), asked("a", "old", settings="s2", answer="2"))
    fill(path, asked("a", "new", answer="3"))
    assert [(row["content"], row["settings"]) for row in rows(path)] == [
        ("old", "s2"),
        ("new", "s1"),
    ]


def test_the_same_video_under_two_names_has_two_lines_and_is_asked_once(path):
    first, second = asked("a", "c", answer="1"), asked("b", "c", answer="never asked")
    assert fill(path, first, second) == [first]
    assert pairs(path) == [("a", "Why?", "1"), ("b", "Why?", "1")]
    if path.suffix == ".jsonl":
        assert rows(path)[1]["same_as"] == "a"
    assert fill(path, second, first) == [] and len(rows(path)) == 2


def test_a_copy_that_comes_later_and_sorts_first(path):
    fill(path, asked("b", "c", answer="1"))
    assert fill(path, asked("a", "c"), asked("b", "c")) == []
    assert sorted(pairs(path)) == [("a", "Why?", "1"), ("b", "Why?", "1")]


def test_a_video_that_was_renamed_keeps_its_line(path):
    fill(path, asked("a", "c", answer="1"))
    for _ in range(2):
        assert fill(path, asked("z", "c")) == []
        assert pairs(path) == [("a", "Why?", "1")]
    # of two new names one is a rename, the other a copy
    assert fill(path, asked("y", "c"), asked("z", "c")) == []
    assert sorted(pairs(path)) == [("a", "Why?", "1"), ("z", "Why?", "1")]


def test_two_videos_that_changed_names(path):
    fill(path, asked("a", "1", answer="one"), asked("b", "2", answer="two"))
    fill(path, asked("a", "2", answer="two"), asked("b", "1", answer="one"))
    assert sorted(pairs(path)) == [("a", "Why?", "two"), ("b", "Why?", "one")]


# --- crashes -----------------------------------------------------------------------------------


def test_a_line_that_was_torn_anywhere_is_written_again(path):
    """Every length that `kill -9` or a full disk can leave."""
    results = [asked(f"{n}.mp4", f"c{n}", question=f'"{n}"\n?', answer=NASTY) for n in range(3)]
    fill(path, *results)
    whole, wanted = path.read_bytes(), pairs(path)
    form = FORMS[path.name]
    ends = _ends(path, form)
    near = {end + step for end in ends for step in (-2, -1, 0, 1, 2)}
    for length in sorted({*range(0, len(whole), 29), *near} & set(range(len(whole)))):
        path.write_bytes(whole[:length])
        complete = sum(end <= length for end in ends) - bool(form.header)
        left = fill(path, *results)
        assert len(left) == 3 - max(complete, 0), length
        assert sorted(pairs(path)) == sorted(wanted), length


def _ends(path, form):
    from sf_mlx.line_file import LineFile

    with LineFile(path, "nobody") as file:
        return {span.start + span.length for span, _ in file.lines(quoted=form.quoted)}


class Killed(BaseException):
    """Nothing of ours runs after it, as after `kill -9`."""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_while_lines_are_taken_out_loses_none(path, monkeypatch, moment):
    fill(path, asked("a", "c", error="broken"), asked("b", "d", answer="fine"))
    replace = os.replace

    def killed(source, target):
        if moment == "after":
            replace(source, target)
        raise Killed

    file = opened(path, "a", "b")
    file.add(asked("a", "c", answer="now"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        patch.setattr(os, "unlink", lambda path: None)
        with pytest.raises(Killed):
            file.close()
    file._file.close()
    assert fill(path, asked("a", "c"), asked("b", "d")) == []
    assert sorted(pairs(path)) == [("a", "Why?", "now"), ("b", "Why?", "fine")]
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_runs_that_end_anyhow_end_with_one_line_for_each(tmp_path_factory, data):
    """Files are replaced, copied and renamed between runs that crash; the last one finishes."""
    name = data.draw(st.sampled_from(sorted(FORMS)))
    path = tmp_path_factory.mktemp("runs") / name
    contents = st.sampled_from("123")
    for last in (False, False, True):
        clips = data.draw(st.dictionaries(st.sampled_from("abcd"), contents, min_size=1))
        tasks = [(clip, content, q) for clip, content in clips.items() for q in "?!"]
        stop = len(tasks) if last else data.draw(st.integers(0, len(tasks)))
        with opened(path, *clips) as file:
            for clip, content, question in tasks[:stop]:
                known = asked(clip, content, question=question)
                if file.has(known):
                    file.add(known)
                elif not last and data.draw(st.booleans()):
                    file.add(asked(clip, content, question=question, error="bad luck"))
                else:
                    answer = f"{content}{question}"
                    file.add(asked(clip, content, question=question, answer=answer))
        if not last and path.exists() and data.draw(st.booleans()):
            whole = path.read_bytes()
            path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    found = rows(path)
    # Every answer is about the content that it stands beside, and no name has two
    answered = [row for row in found if row.get("answer")]
    assert all(row["answer"] == row["content"] + row["question"] for row in answered)
    by_name = [(row["video"], row["question"]) for row in found]
    assert len(by_name) == len(set(by_name))
    for clip, content, question in tasks:
        of_content = [r for r in found if (r["content"], r["question"]) == (content, question)]
        same = sum(c == content for c in clips.values())
        # as many lines as there are such clips; a former name's is one of them
        assert len(of_content) >= same, (clip, found)


# --- what must not be written to ---------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [b"precious", b"precious\n", b"\x00\x00\x00 ftypisom", b'{"a": 1}\n', b"[1]\n", b"null\n",
     b"a,b\n1,2\n", b'"a","b"\n', b"\n", b'{"version": "0.1.0", "video": 1}\n', b"[" * 5000 + b"\n",
     b'"video","question","answer","error","model","content","settings"\n"x"\n'],
    ids=range(12),
)  # fmt: skip
def test_a_file_that_holds_something_else_is_left_alone(path, data):
    path.write_bytes(data)
    with pytest.raises(OutputError, match="name another"):
        opened(path)
    assert path.read_bytes() == data


def test_the_other_format_is_something_else(tmp_path):
    for name, form in (("out.csv", JsonLines()), ("out.jsonl", Csv())):
        path = tmp_path / name
        fill(path, asked("a", "c", answer="1"))
        with pytest.raises(OutputError, match="--jsonl"):
            AnswerFile(path, form, [])


def test_a_line_without_an_end(path, monkeypatch):
    from sf_mlx import line_file

    monkeypatch.setattr(line_file, "_LONGEST", 1000)
    path.write_bytes(b'{"version": "' + b"x" * 5000)
    with pytest.raises(OutputError):
        opened(path)


def test_one_process_at_a_time(path):
    """Another is refused also after lines were taken out, which makes the file a new one."""
    fill(path, asked("a", "c", error="broken"))
    with opened(path, "a") as file:
        file.add(asked("a", "c", answer="1"))
        file._tidy()
        script = (
            "import sys; from sf_mlx.answer_file import *\n"
            "try: AnswerFile(sys.argv[1], JsonLines(), [])\n"
            "except Exception as error: print(error)"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, path], capture_output=True, text=True, check=True
        )
        assert "another sf-mlx is writing it" in done.stdout
        with pytest.raises(OutputError, match="is writing"):
            opened(path)
        file.add(asked("b", "d", answer="2"))
    assert len(rows(path)) == 2
    opened(path).close()


def test_a_full_disk_leaves_no_part_of_a_line(path, monkeypatch):
    fill(path, asked("a", "c", answer="1"))
    before = path.read_bytes()
    write = os.write
    with opened(path, "b") as file, monkeypatch.context() as patch:

        def full(fd, data):
            if len(data) > 20:
                return write(fd, data[:20])
            raise OSError(errno.ENOSPC, "No space left on device")

        patch.setattr(os, "write", full)
        with pytest.raises(OutputError, match="No space left"):
            file.add(asked("b", "d", answer="2"))
    assert path.read_bytes() == before


def test_where_nothing_may_be_written(path, monkeypatch):
    def read_only(name, *rest, **more):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", read_only)
        with pytest.raises(OutputError, match="Read-only"):
            opened(path)
    with pytest.raises(OutputError, match="Not a directory"):
        (path.parent / "file").write_text("x")
        opened(path.parent / "file" / path.name)
    with pytest.raises(OutputError, match="directory"):
        path.mkdir()
        opened(path)


@pytest.mark.parametrize("name", ["/dev/full", "/dev/null", "pipe"])
def test_only_a_regular_file_can_be_gone_on_with(tmp_path, name):
    if name == "pipe":
        name = tmp_path / "pipe"
        os.mkfifo(name)
    with pytest.raises(OutputError, match=r"--json|cannot be written"):
        AnswerFile(name, JsonLines(), [])
    assert Path(name).exists()


def test_nothing_answered_leaves_no_file(path):
    opened(path).close()
    assert not path.exists()


def test_a_link_stays_a_link(path):
    real = path.parent / "elsewhere"
    real.mkdir()
    path.symlink_to(real / path.name)
    fill(path, asked("a", "c", error="broken"))
    fill(path, asked("a", "c", answer="1"))
    assert path.is_symlink() and pairs(real / path.name) == [("a", "Why?", "1")]


def test_permissions_stay(path):
    fill(path, asked("a", "c", error="broken"))
    path.chmod(0o640)
    fill(path, asked("a", "c", answer="1"))
    assert path.stat().st_mode & 0o777 == 0o640


def test_the_table_has_the_documented_columns(tmp_path):
    path = tmp_path / "out.csv"
    fill(path, asked("a", "c", answer="1"))
    page = (Path(__file__).parent.parent / "docs" / "many-clips.md").read_text()
    assert list(rows(path)[0]) == list(COLUMNS)
    assert ", ".join(f"`{column}`" for column in COLUMNS) in page
