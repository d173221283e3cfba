"""A watched folder: each movie gets its text once, whatever happens meanwhile.

What answers is a stand-in here; the command with a model is in test_watch_command.py.
"""

import errno
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from sf_mlx import Cache, fingerprint
from sf_mlx import watch as watch_module
from sf_mlx.content import Content
from sf_mlx.errors import OutputError, VideoNotFoundError
from sf_mlx.watch import Pace, Treated, watch
from sf_mlx.watched_folder import STATE, WatchedFolder
from tests.conftest import DATA, overwrite
from tests.records import asked

ODD = DATA / "video" / "odd"
SMALL = (ODD / "tiny_16x16.mp4").read_bytes()
AT_ONCE = Pace(settle=0, patience=0)
USUAL = Pace(settle=3, patience=30, look=10)


def movie(path, number=0):
    """A movie with a content of its own: a box without meaning at its end."""
    path.write_bytes(SMALL + b"\0\0\0\x0cfree" + number.to_bytes(4, "big"))
    return path


def content_of(path):
    return Content.read(path).sha256


class Model:
    """What answers: says the content that it saw; `meanwhile` happens while it does."""

    def __init__(self, *, fail=(), meanwhile=lambda path: None):
        self.asked, self.loaded = [], 0
        self._fail, self._meanwhile = fail, meanwhile

    def load(self):
        self.loaded += 1
        return self.ask

    def ask(self, paths):
        for path in paths:
            content = content_of(path)
            self.asked.append(os.path.basename(path))
            self._meanwhile(path)
            broken = os.path.basename(path) in self._fail
            yield [
                asked(path, content, question=question, answer=f"{question} {content}")
                if not broken
                else asked(path, content, question=question, error=f"{path}: broken")
                for question in ("Why?", "Who?")
            ]


def once(folder, model=None, **options):
    """One run with `--once`: what became of each movie, by name."""
    model = model or Model()
    found = watch(folder, model.load, once=True, pace=AT_ONCE, **options)
    return {os.path.basename(one.movie): _told(one) for one in found}


def _told(one):
    return one.output.name if one.output else str(one.error) if one.error else None


def texts(folder):
    return {path.name for path in folder.iterdir() if path.suffix in (".md", ".txt", ".json")}


def test_every_movie_gets_its_text_once(tmp_path):
    for number, name in enumerate(("b.mp4", "a.mov", "c 2.mkv")):
        movie(tmp_path / name, number)
    (tmp_path / "notes.txt").write_text("mine")
    model = Model()
    assert once(tmp_path, model) == {"a.mov": "a.md", "b.mp4": "b.md", "c 2.mkv": "c 2.md"}
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert once(tmp_path, model) == {} and len(model.asked) == 3 and model.loaded == 1
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("kind", ["md", "txt", "json"])
def test_what_stands_in_a_text(tmp_path, kind):
    content = content_of(movie(tmp_path / "holiday.mov"))
    assert once(tmp_path, kind=kind) == {"holiday.mov": f"holiday.{kind}"}
    text = (tmp_path / f"holiday.{kind}").read_text(encoding="utf-8")
    for part in ("holiday.mov", "Why?", f"Why? {content}", "Who?", "demo", content, "20"):
        assert part in text
    if kind == "json":
        whole = json.loads(text)
        assert [one["question"] for one in whole["answers"]] == ["Why?", "Who?"]
        assert whole["content"] == content and whole["movie"] == "holiday.mov"


def test_a_text_that_was_taken_away_is_not_written_again(tmp_path):
    """A program may collect them."""
    movie(tmp_path / "a.mp4")
    once(tmp_path)
    (tmp_path / "a.md").unlink()
    assert once(tmp_path) == {} and texts(tmp_path) == set()


def test_a_new_name_or_a_copy_is_no_new_movie(tmp_path):
    movie(tmp_path / "a.mp4")
    once(tmp_path)
    (tmp_path / "a.mp4").rename(tmp_path / "b.mp4")
    shutil.copy(tmp_path / "b.mp4", tmp_path / "c.mp4")
    assert once(tmp_path) == {} and texts(tmp_path) == {"a.md"}


def test_two_copies_that_come_together(tmp_path):
    movie(tmp_path / "a.mp4")
    movie(tmp_path / "b.mp4")
    assert once(tmp_path) == {"a.mp4": "a.md"}


def test_two_movies_that_differ_in_their_suffix(tmp_path):
    movie(tmp_path / "a.mov", 1)
    movie(tmp_path / "a.mp4", 2)
    assert once(tmp_path) == {"a.mov": "a.md", "a.mp4": "a.mp4.md"}


def test_a_text_of_the_users_is_never_touched(tmp_path):
    movie(tmp_path / "a.mp4")
    for name in ("a.md", "a.mp4.md"):
        (tmp_path / name).write_text("mine")
    assert once(tmp_path) == {"a.mp4": "a.mp4-2.md"}
    assert (tmp_path / "a.md").read_text() == (tmp_path / "a.mp4.md").read_text() == "mine"


def test_a_movie_that_was_replaced_has_a_new_text_in_the_place_of_the_old(tmp_path):
    movie(tmp_path / "a.mp4", 1)
    once(tmp_path)
    content = content_of(movie(tmp_path / "a.mp4", 2))
    assert once(tmp_path) == {"a.mp4": "a.md"}
    assert content in (tmp_path / "a.md").read_text()


def test_a_text_that_was_edited_stays(tmp_path):
    movie(tmp_path / "a.mp4", 1)
    once(tmp_path)
    with (tmp_path / "a.md").open("a") as file:
        file.write("my own remark")
    before = (tmp_path / "a.md").read_bytes()
    movie(tmp_path / "a.mp4", 2)
    assert once(tmp_path) == {"a.mp4": "a.mp4.md"}
    assert (tmp_path / "a.md").read_bytes() == before


def test_the_text_of_a_movie_that_was_renamed_stays(tmp_path):
    """Another movie has its former name now."""
    movie(tmp_path / "a.mp4", 1)
    once(tmp_path)
    (tmp_path / "a.mp4").rename(tmp_path / "z.mp4")
    movie(tmp_path / "a.mp4", 2)
    before = (tmp_path / "a.md").read_bytes()
    assert once(tmp_path) == {"a.mp4": "a.mp4.md"}
    assert (tmp_path / "a.md").read_bytes() == before


def test_a_movie_that_fails_is_told_once_and_tried_again_when_it_changes(tmp_path):
    movie(tmp_path / "a.mp4", 1)
    movie(tmp_path / "b.mp4", 2)
    broken = Model(fail=["a.mp4"])
    assert once(tmp_path, broken) == {"a.mp4": f"{tmp_path}/a.mp4: broken", "b.mp4": "b.md"}
    assert once(tmp_path, broken) == {} and texts(tmp_path) == {"b.md"}
    movie(tmp_path / "a.mp4", 3)
    assert once(tmp_path) == {"a.mp4": "a.md"}


def test_what_is_no_movie_is_not_looked_at(tmp_path):
    movie(tmp_path / ".hidden.mp4")
    movie(tmp_path / "song.m4a")
    (tmp_path / "deep").mkdir()
    movie(tmp_path / "deep" / "a.mp4")
    os.mkfifo(tmp_path / "pipe.mp4")
    model = Model()
    assert once(tmp_path, model) == {} and model.loaded == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        ".hidden.mp4",
        "song.m4a",
        "deep",
        "pipe.mp4",
    }


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no such file names")
def test_names_that_are_no_text(tmp_path):
    movie(tmp_path / "\udcff.mp4", 1)
    movie(tmp_path / "\udcfe.mp4", 2)
    movie(tmp_path / "a\x1b[2J\nb.mp4", 3)
    assert len(once(tmp_path)) == 3
    assert (tmp_path / "\udcff.md").exists() and (tmp_path / "\udcfe.md").exists()
    assert once(tmp_path) == {}
    assert "\x1b" not in (tmp_path / "a\x1b[2J\nb.md").read_text().split("**")[0]


def test_a_name_that_is_too_long_for_a_text_beside_it(tmp_path):
    """It fails alone; the longest that has room for its text has one."""
    movie(tmp_path / f"{'a' * 251}.mp4", 1)
    movie(tmp_path / f"{'b' * 250}.mp4", 2)
    movie(tmp_path / "c.mp4", 3)
    found = once(tmp_path, kind="json")
    assert [str(told).endswith("rename it") for told in found.values()] == [True, False, False]
    assert once(tmp_path) == {} and texts(tmp_path) == {f"{'b' * 250}.json", "c.json"}


# --- copies under way --------------------------------------------------------------------------


class Ended(Exception):
    """The story is over."""


@pytest.fixture
def story(tmp_path, monkeypatch):
    """Watch a folder while steps happen, one at each wait; the clock goes on as the wait says."""

    def tell(*steps, model=None, pace=USUAL):
        model = model or Model()
        now, left, heard = [0.0], list(steps), []

        def wait(self, seconds):
            if not left:
                raise Ended
            step = left.pop(0)
            if callable(step):
                step()
                now[0] += 0.1  # an event
            else:
                now[0] += step

        monkeypatch.setattr(watch_module._Events, "wait", wait)
        monkeypatch.setattr(watch_module._Events, "_listen", lambda self, folder: None)
        monkeypatch.setattr(watch_module.time, "monotonic", lambda: now[0])
        with pytest.raises(Ended):
            for one in watch(tmp_path, model.load, pace=pace):
                heard.append((round(now[0], 1), os.path.basename(one.movie), _told(one)))
        return heard

    return tell


def test_a_movie_is_taken_when_it_has_stopped_growing(tmp_path, story):
    """Not while it grows, however slowly, and though its beginning opens from the first bytes."""
    path = tmp_path / "a.mp4"

    def grow(size):
        return lambda: path.write_bytes(SMALL[:size])

    steps = (grow(5000), 2.5, grow(6000), 2.5, grow(7000), 2.5, lambda: movie(path), 2.5, 1, 10)
    assert story(*steps) == [(11.4, "a.mp4", "a.md")]


def test_a_copy_that_halts_is_waited_for_and_then_told_once(tmp_path, story):
    whole = (ODD / "gray.mp4").read_bytes()
    path = tmp_path / "a.mp4"
    cut = ODD / "truncated60_no_moov.mp4"

    def halt():
        shutil.copy(cut, path)

    model = Model(fail=["a.mp4"])
    heard = story(halt, 5, 10, 10, 4, model=model)
    assert heard == [] and model.asked == []
    heard = story(halt, 5, 10, 20, 10, 10, model=model)
    assert [(name, told[-6:]) for _, name, told in heard] == [("a.mp4", "broken")]
    assert story(10, 10) == []  # after a restart
    heard = story(lambda: path.write_bytes(whole), 4, 10)
    assert [one[1:] for one in heard] == [("a.mp4", "a.md")]


def test_a_movie_that_changes_while_it_is_answered_is_answered_as_it_is_then(tmp_path, story):
    path = movie(tmp_path / "a.mp4", 1)
    changes = [2, 3]

    def change(name):
        if changes:
            movie(path, changes.pop())

    model = Model(meanwhile=change)
    heard = story(4, 4, 4, 4, 4, model=model)
    assert [one[1:] for one in heard] == [("a.mp4", "a.md")] and len(model.asked) == 3
    assert content_of(path) in (tmp_path / "a.md").read_text()


def test_a_movie_that_is_overwritten_in_place_is_answered_as_it_is_then(tmp_path, story):
    """Neither its size nor its time of modification tells."""
    path = movie(tmp_path / "a.mp4", 1)
    changes = [SMALL + b"\0\0\0\x0cfree\0\0\0\2"]

    def change(name):
        if changes:
            overwrite(path, changes.pop())

    model = Model(meanwhile=change)
    assert [one[1:] for one in story(4, 4, 4, 4, model=model)] == [("a.mp4", "a.md")]
    assert len(model.asked) == 2 and content_of(path) in (tmp_path / "a.md").read_text()


def test_a_start_reads_no_movie_again(tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprint, "SETTLED_SECONDS", 0.0)
    inbox, cache = tmp_path / "inbox", Cache(tmp_path / "cache")
    inbox.mkdir()
    path = movie(inbox / "a.mp4", 1)
    assert once(inbox, cache=cache) == {"a.mp4": "a.md"}

    def never(*_):
        raise AssertionError("a movie was read")

    with monkeypatch.context() as patch:
        patch.setattr(fingerprint.Files, "digest", never)
        assert once(inbox, cache=cache) == {}
    overwrite(path, SMALL + b"\0\0\0\x0cfree\0\0\0\2")
    assert once(inbox, cache=cache) == {"a.mp4": "a.md"}


def test_a_movie_that_is_renamed_or_removed_while_it_is_answered(tmp_path, story):
    movie(tmp_path / "a.mp4", 1)
    movie(tmp_path / "b.mp4", 2)

    def meanwhile(path):
        if path.endswith("/a.mp4"):
            os.rename(path, tmp_path / "new.mp4")
        elif path.endswith("/b.mp4"):
            os.unlink(path)

    heard = story(4, 4, 4, 4, model=Model(meanwhile=meanwhile))
    assert [one[1:] for one in heard] == [("new.mp4", "new.md")]
    assert texts(tmp_path) == {"new.md"}


def test_movies_that_come_while_one_is_answered_are_not_missed(tmp_path, story):
    """No event may come for them."""
    movie(tmp_path / "a.mp4", 1)

    def meanwhile(path):
        if path.endswith("/a.mp4"):
            movie(tmp_path / "b.mp4", 2)

    heard = story(4, 4, model=Model(meanwhile=meanwhile))
    assert [one[1] for one in heard] == ["a.mp4", "b.mp4"]


def test_once_leaves_what_is_still_being_copied(tmp_path, monkeypatch):
    movie(tmp_path / "a.mp4", 1)
    movie(tmp_path / "b.mp4", 2)
    monkeypatch.setattr(watch_module.time, "sleep", lambda seconds: movie(tmp_path / "b.mp4", 3))
    now = iter(range(0, 1000, 5))
    monkeypatch.setattr(watch_module.time, "monotonic", lambda: next(now))
    found = list(watch(tmp_path, Model().load, once=True))
    assert found == [
        Treated(str(tmp_path / "a.mp4"), tmp_path / "a.md"),
        Treated(str(tmp_path / "b.mp4")),
    ]


def test_the_system_tells_of_new_files(tmp_path):
    """Through watchfiles, sooner than the next look would find them."""
    with watch_module._Events(tmp_path, True) as events:
        for number in range(200):  # the watch begins on a thread of its own
            (tmp_path / f"{number}").write_text("x")
            if events._happened.wait(0.3):
                break
        else:
            raise AssertionError("no event")


def test_where_no_events_come_it_looks_from_time_to_time(tmp_path, monkeypatch):
    import watchfiles

    def refuse(*paths, **options):
        raise OSError(errno.ENOSPC, "too many watches")

    monkeypatch.setattr(watchfiles, "watch", refuse)
    movie(tmp_path / "a.mp4")
    pace = Pace(settle=0.01, look=0.01)
    assert next(watch(tmp_path, Model().load, pace=pace)).output == tmp_path / "a.md"


# --- crashes, and folders that cannot be used --------------------------------------------------


class Killed(BaseException):
    """Nothing of ours runs after it, as after `kill -9`."""


@pytest.mark.parametrize("moment", ["text", "before", "after", "state", "torn"])
def test_killed_and_started_again(tmp_path, monkeypatch, moment):
    """While a text is written, before and after it has its name, before and in its line."""
    for number in range(3):
        movie(tmp_path / f"{number}.mp4", number)
    replace, write, seen = os.replace, os.write, []

    def killed_at_the_second(stage):
        seen.append(stage)
        if seen.count(stage) == 2 and stage == moment:
            raise Killed

    def replace_(source, target):
        killed_at_the_second("before")
        replace(source, target)
        killed_at_the_second("after")

    def write_(fd, data):
        if data.startswith(b'{"content"'):
            killed_at_the_second("state")
            if moment == "torn" and seen.count("torn") == 1:
                write(fd, data[:50])
            killed_at_the_second("torn")
        return write(fd, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace_)
        patch.setattr(os, "write", write_)
        patch.setattr(os, "fsync", lambda fd: killed_at_the_second("text"))
        with pytest.raises(Killed):
            once(tmp_path)
    model = Model()
    left = once(tmp_path, model)
    assert texts(tmp_path) == {"0.md", "1.md", "2.md"}
    # A text that had its name is not asked again
    assert list(left) == (["1.mp4", "2.mp4"] if moment in ("text", "before") else ["2.mp4"])
    state = [json.loads(line) for line in (tmp_path / STATE).read_text().splitlines()]
    assert sorted(row["movie"] for row in state) == ["0.mp4", "1.mp4", "2.mp4"]
    assert len(list(tmp_path.iterdir())) == 7
    for number in range(3):
        content = content_of(tmp_path / f"{number}.mp4")
        assert (tmp_path / f"{number}.md").read_text().count(f"Why? {content}") == 1


def test_a_full_disk_ends_it_and_leaves_nothing_half_written(tmp_path, monkeypatch):
    movie(tmp_path / "a.mp4")

    def full(fd):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OutputError, match="No space left"):
            once(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} <= {"a.mp4", STATE}
    assert once(tmp_path) == {"a.mp4": "a.md"}


def test_a_folder_where_nothing_may_be_written(tmp_path, monkeypatch):
    """Known before a model is loaded."""
    movie(tmp_path / "a.mp4")

    def read_only(*arguments, **options):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "open", read_only)
    model = Model()
    with pytest.raises(OutputError, match="Read-only"):
        once(tmp_path, model)
    assert model.loaded == 0


@pytest.mark.parametrize("what", ["missing", "file"])
def test_what_is_no_folder(tmp_path, what):
    path = tmp_path / what
    if what == "file":
        path.write_text("x")
    with pytest.raises(VideoNotFoundError, match="the folder cannot be read"):
        once(path)


def test_a_folder_that_goes_away(tmp_path, story):
    movie(tmp_path / "a.mp4")
    with pytest.raises(VideoNotFoundError):
        story(4, lambda: shutil.rmtree(tmp_path), 4)


def test_one_instance_a_folder(tmp_path):
    with WatchedFolder(tmp_path, "md"), pytest.raises(OutputError, match="another sf-mlx watch"):
        once(tmp_path)
    assert once(tmp_path) == {}


@pytest.mark.parametrize(
    "data", [b"[]\n", b"{}\n", b"x\n", b'{"content": 1}\n', b"\xff\n", b"[" * 9000 + b"\n"]
)
def test_a_state_that_is_damaged_is_told_and_kept(tmp_path, data):
    (tmp_path / STATE).write_bytes(data)
    with pytest.raises(OutputError, match="line 1 is damaged"):
        once(tmp_path)
    assert (tmp_path / STATE).read_bytes() == data


def test_a_state_that_was_torn_anywhere(tmp_path):
    movie(tmp_path / "a.mp4", 1)
    movie(tmp_path / "b.mp4", 2)
    once(tmp_path)
    whole = (tmp_path / STATE).read_bytes()
    for length in range(0, len(whole), 7):
        (tmp_path / STATE).write_bytes(whole[:length])
        assert once(tmp_path) == {}, length
        assert sorted((tmp_path / STATE).read_bytes().splitlines()) == sorted(whole.splitlines())


def test_path_objects_and_relative_folders(tmp_path, monkeypatch):
    movie(tmp_path / "a.mp4")
    monkeypatch.chdir(tmp_path)
    assert once(".") == {"a.mp4": "a.md"}
    assert once(Path()) == {}
