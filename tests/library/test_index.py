"""Every content is described once, whatever happens to its files."""

import os
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sf_mlx.errors import (
    ContextLengthError,
    LibraryError,
    UsageError,
    VideoLimitError,
    VideoNotFoundError,
)
from sf_mlx.library import Library, Maker, reading
from sf_mlx.library import index as indexing
from sf_mlx.library.reading import read_content
from sf_mlx.library.stretches import stretches
from tests.conftest import overwrite
from tests.library.clips import Reads, age, index, paths, run, write


def descriptions(library: Library) -> int:
    """How many there are; descriptions and the words to find them by must belong together."""
    database = library._database
    ids = {row[0] for row in database.execute("SELECT id FROM descriptions")}
    assert {row[0] for row in database.execute("SELECT rowid FROM texts")} == ids
    assert {row[0] // 1024 for row in database.execute("SELECT rowid FROM sentences")} == ids
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    return len(ids)


# --- once ----------------------------------------------------------------------------------------


def test_a_second_run_reads_no_file_and_asks_nobody(library, folder, monkeypatch):
    write(folder / "a.mp4", "A dog.")
    write(folder / "sub" / "b.mkv", "A cat.")
    assert index(library, folder) == ["described a.mp4", "described b.mkv"]

    def never(*_):
        raise AssertionError("a file was read")

    monkeypatch.setattr(reading, "read_content", never)
    again = Reads()
    assert index(library, folder, by=again) == ["known a.mp4", "known b.mkv"]
    assert again.log == [] and descriptions(library) == 2


def test_a_file_that_was_just_written_is_read_again(tmp_path, folder):
    """Its time stamp may not show another change."""
    write(folder / "a.mp4", "A dog.", ago=0)
    content = read_content(str(folder / "a.mp4"))
    assert not content.settled
    with Library(tmp_path / "library.db") as library:
        index(library, folder)
        assert [file.stamp for file in _files(library).values()] == [None]
        assert index(library, folder) == ["known a.mp4"]


def test_a_file_that_is_overwritten_in_place_is_described_again(library, folder):
    """Neither its size nor its time of modification tells."""
    path = write(folder / "a.mp4", "A dog.")
    index(library, folder)
    overwrite(path, b"20\nA cat.")
    assert index(library, folder) == ["described a.mp4"]


def _files(library):
    from sf_mlx.library.store import Store

    return Store(library.path, library._database).files()


def test_the_same_content_is_described_once_whatever_its_name(library, folder):
    for name in ("a.mp4", "b.mp4", "sub/c.mov"):
        write(folder / name, "A dog.")
    by = Reads()
    assert index(library, folder, by=by) == ["known b.mp4", "known c.mov", "described a.mp4"]
    assert by.described == ["a.mp4"] and descriptions(library) == 1


def test_a_changed_file_is_described_anew_and_its_old_words_go(library, folder):
    path = write(folder / "a.mp4", "A dog.")
    index(library, folder)
    write(path, "A cat.", ago=50)
    assert index(library, folder) == ["described a.mp4"]
    assert paths(library, "cat") == ["a.mp4"] and paths(library, "dog") == []
    assert descriptions(library) == 1


def test_a_file_overwritten_in_place_with_the_same_size_and_time_is_noticed(library, folder):
    path = write(folder / "a.mp4", "A dog.")
    index(library, folder)
    before = path.stat()
    with open(path, "r+") as file:
        file.write("20\nA cat.")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert index(library, folder) == ["described a.mp4"]
    assert paths(library, "cat") == ["a.mp4"] and paths(library, "dog") == []


# --- moved, gone ---------------------------------------------------------------------------------


def test_a_moved_file_keeps_its_description(library, folder):
    path = write(folder / "a.mp4", "A dog.")
    index(library, folder)
    (folder / "sub").mkdir()
    path.rename(folder / "sub" / "b.mp4")
    by = Reads()
    assert index(library, folder, by=by) == ["missing a.mp4", "moved b.mp4"]
    assert by.log == [] and paths(library, "dog") == ["b.mp4"]


def test_two_files_that_change_places_keep_their_descriptions(library, folder):
    for name, text in (("a.mp4", "A dog."), ("b.mp4", "A cat.")):
        write(folder / name, text)
    index(library, folder)
    (folder / "a.mp4").rename(folder / "x")
    (folder / "b.mp4").rename(folder / "a.mp4")
    (folder / "x").rename(folder / "b.mp4")
    assert index(library, folder) == ["moved a.mp4", "moved b.mp4"]
    assert paths(library, "dog") == ["b.mp4"] and paths(library, "cat") == ["a.mp4"]


def test_a_missing_clip_is_marked_kept_and_comes_back(library, folder):
    """A disk that is not plugged in."""
    write(folder / "a.mp4", "A dog.")
    away = write(folder / "disk" / "b.mp4", "A cat.")
    index(library, folder)
    away.rename(folder.parent / "b.mp4")
    assert index(library, folder) == ["missing b.mp4", "known a.mp4"]
    (hit,) = library.search("cat")
    assert hit.is_missing
    # Said as new once
    assert [file.is_new for file in run(library, folder) if file.state == "missing"] == [False]
    (folder.parent / "b.mp4").rename(away)
    by = Reads()
    assert index(library, folder, by=by) == ["known a.mp4", "known b.mp4"] and by.log == []
    assert not library.search("cat")[0].is_missing and library.holdings().missing == 0


def test_a_missing_clip_is_forgotten_after_a_month_or_with_purge(library, folder, monkeypatch):
    for name in "abc":
        write(folder / f"{name}.mp4", f"A dog {name}.")
    index(library, folder)
    (folder / "a.mp4").unlink()
    index(library, folder)
    assert descriptions(library) == 3
    monkeypatch.setattr(indexing, "GRACE", -1.0)
    index(library, folder)
    assert paths(library, "dog") == ["b.mp4", "c.mp4"] and descriptions(library) == 2
    monkeypatch.undo()
    (folder / "b.mp4").unlink()
    index(library, folder, purge=True)
    assert paths(library, "dog") == ["c.mp4"] and descriptions(library) == 1


def test_only_what_is_below_the_named_folders_is_missed(library, folder):
    write(folder / "one" / "a.mp4", "A dog.")
    write(folder / "one more" / "b.mp4", "A cat.")
    index(library, folder)
    (folder / "one more" / "b.mp4").unlink()
    assert index(library, folder / "one", purge=True) == ["known a.mp4"]
    assert library.holdings().missing == 0 and descriptions(library) == 2


def test_what_lies_in_a_folder_without_rights_is_not_missed(library, folder, monkeypatch):
    write(folder / "open" / "a.mp4", "A dog.")
    write(folder / "closed" / "b.mp4", "A cat.")
    index(library, folder)
    scandir = os.scandir

    def closed(path):
        if os.fspath(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    files = run(library, folder, purge=True)
    assert [(file.state, Path(file.path).name) for file in files] == [
        ("broken", "closed"),
        ("known", "a.mp4"),
    ]
    assert "Permission denied" in (files[0].problem or "")
    assert library.holdings().missing == 0 and descriptions(library) == 2


def test_a_folder_that_is_not_there_is_an_error_and_nothing_is_missed(library, folder):
    write(folder / "a.mp4", "A dog.")
    index(library, folder)
    (folder / "a.mp4").unlink()
    for named in (folder.parent / "none", Path("a\0b")):
        with pytest.raises(VideoNotFoundError, match="cannot be read"):
            index(library, folder, named)
    assert library.holdings().missing == 0


# --- broken --------------------------------------------------------------------------------------


def test_a_broken_clip_is_said_once_and_tried_again_when_it_changes(library, folder):
    write(folder / "a.mp4", "A dog.")
    path = write(folder / "b.mp4", "x")
    path.write_text("broken")
    age(path)
    by = Reads()
    first = run(library, folder, by=by)
    assert [(file.state, file.is_new) for file in first] == [("broken", True), ("described", True)]
    assert "broken" in (first[0].problem or "")
    second = {file.path: file for file in run(library, folder, by=by)}[str(path)]
    assert (second.state, second.is_new) == ("broken", False) and second.problem
    assert library.holdings().broken == {str(path): first[0].problem}
    write(path, "A cat.", ago=50)
    assert index(library, folder, by=by) == ["known a.mp4", "described b.mp4"]
    assert library.holdings().broken == {}


def test_a_broken_clip_is_tried_again_when_it_is_asked_for(library, folder):
    """Other settings, a higher limit perhaps, or --again."""
    path = write(folder / "a.mp4", "broken")
    assert index(library, folder) == ["broken a.mp4"]

    class Mended(Reads):
        def begin(self, path, start, end):
            told = super().begin(path, start, end)
            told.finish = lambda: "A dog."
            return told

    assert index(library, folder, by=Mended()) == ["broken a.mp4"]
    assert index(library, folder, by=Mended(), again=True) == ["described a.mp4"]
    write(path, "broken", "", ago=50)
    assert index(library, folder) == ["broken a.mp4"]
    assert index(library, folder, by=Mended(settings='{"limit": 1}')) == ["described a.mp4"]


def test_a_broken_stretch_does_not_stop_the_others(library, folder):
    write(folder / "a.mp4", "A film.", "A dog.", "broken", "A cat.", seconds=30)
    (file,) = run(library, folder, every=10.0)
    assert file.state == "broken" and file.count == 3 and "broken at 10" in (file.problem or "")
    assert paths(library, "dog") == paths(library, "cat") == ["a.mp4"]
    by = Reads()
    assert index(library, folder, by=by, every=10.0) == ["broken a.mp4"] and by.log == []


def test_a_clip_of_which_nothing_can_be_read_is_given_up_soon(library, folder):
    """Each try may take minutes, and a day has thousands of stretches."""
    write(folder / "a.mp4", *["broken"] * 200, seconds=1000)
    write(folder / "b.mp4", "A dog.")
    by = Reads()
    shares = [(file.state, file.share) for file in run(library, folder, by=by, every=10.0)]
    assert shares == [("broken", pytest.approx(4 / 7)), ("described", 1)]
    assert [what for what, name, _ in by.log if name == "a.mp4"].count("begin") == 4
    assert index(library, folder, by=by, every=10.0) == ["broken a.mp4", "known b.mp4"]


def test_a_file_that_cannot_be_read_is_tried_each_time(library, folder, monkeypatch):
    path = write(folder / "a.mp4", "A dog.")

    def closed(path, stop):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(reading, "read_content", closed)
    for _ in range(2):
        (file,) = run(library, folder)
        assert file.state == "broken" and file.is_new
        assert "Permission denied" in (file.problem or "")
    monkeypatch.undo()
    assert index(library, path) == ["described a.mp4"]


def test_what_is_no_regular_file_is_not_waited_for(library, folder):
    os.mkfifo(folder / "pipe.mp4")
    for named in (folder / "pipe.mp4", Path("/dev/zero")):
        (file,) = run(library, named)
        assert file.state == "broken" and "neither a file nor a folder" in (file.problem or "")


def test_a_file_that_changes_while_it_is_described_is_left_for_the_next_run(library, folder):
    path = write(folder / "a.mp4", "A dog.")

    class Changes(Reads):
        def begin(self, path, start, end):
            told = super().begin(path, start, end)
            write(Path(path), "A cat.", ago=50)
            return told

    (file,) = run(library, folder, by=Changes())
    assert file.state == "broken" and "changed while it was read" in (file.problem or "")
    assert descriptions(library) == 0
    assert index(library, path) == ["described a.mp4"]
    assert paths(library, "cat") == ["a.mp4"]


def test_a_file_that_vanishes_while_it_is_described(library, folder):
    write(folder / "a.mp4", "A dog.")
    write(folder / "b.mp4", "A cat.")

    class Vanishes(Reads):
        def begin(self, path, start, end):
            told = super().begin(path, start, end)
            if path.endswith("a.mp4"):
                os.unlink(path)
            return told

    assert index(library, folder, by=Vanishes()) == ["broken a.mp4", "described b.mp4"]
    assert library.holdings().broken == {}  # not for good


def test_what_no_clip_can_mend_ends_the_run_and_loses_nothing(library, folder):
    for name in "abc":
        write(folder / f"{name}.mp4", f"A dog {name}.")

    class Full(Reads):
        def begin(self, path, start, end):
            if path.endswith("c.mp4"):
                raise ContextLengthError("too long")
            return super().begin(path, start, end)

    by = Full()
    with pytest.raises(ContextLengthError):
        run(library, folder, by=by)
    assert by.described == ["a.mp4"]
    assert ("close", "b.mp4", None) in by.log  # begun and given up
    assert index(library, folder) == ["known a.mp4", "described b.mp4", "described c.mp4"]


# --- who and what --------------------------------------------------------------------------------


def test_another_model_describes_again_only_where_it_is_asked_to(library, folder):
    write(folder / "a.mp4", "A dog.")
    index(library, folder, by=Reads("small"))
    other = Reads("large")
    assert index(library, folder, by=other) == ["known a.mp4"] and other.log == []
    write(folder / "b.mp4", "A cat.")
    assert index(library, folder, by=other, again=True) == ["described a.mp4", "described b.mp4"]
    assert library.holdings().models == {"large": 2} and descriptions(library) == 2
    assert library.search("dog")[0].moments[0].model == "large"
    # Done: to ask again is nothing new
    assert index(library, folder, by=other, again=True) == ["known a.mp4", "known b.mp4"]


def test_describing_again_goes_on_where_it_was_stopped(library, folder):
    for name in "abc":
        write(folder / f"{name}.mp4", f"A dog {name}.")
    index(library, folder, by=Reads("small"))
    stopped = library.add([folder], Reads("large"), again=True)
    next(stopped)
    stopped.close()
    by = Reads("large")
    index(library, folder, by=by, again=True)
    assert sorted(by.described) == ["b.mp4", "c.mp4"]
    assert library.holdings().models == {"large": 3}


def test_again_takes_the_place_of_other_stretches_too(library, folder):
    write(folder / "a.mp4", "A film.", "A dog.", "A cat.", seconds=20)
    index(library, folder, by=Reads("small"), every=10.0)
    assert descriptions(library) == 3
    index(library, folder, by=Reads("large"), again=True)
    assert library.holdings().models == {"large": 1} and descriptions(library) == 1


def test_stretches_are_added_to_what_is_there(library, folder):
    write(folder / "a.mp4", "A film.", "A dog.", "A cat.", seconds=20)
    index(library, folder)
    by = Reads()
    assert index(library, folder, by=by, every=10.0) == ["described a.mp4"]
    assert [start for what, _, start in by.log if what == "finish"] == [0.0, 10.0]
    assert index(library, folder) == ["known a.mp4"] and descriptions(library) == 3


def test_the_next_is_begun_before_this_one_is_waited_for(library, folder):
    for name in "abc":
        write(folder / f"{name}.mp4", f"A dog {name}.")
    by = Reads()
    index(library, folder, by=by)
    order = [f"{what} {name[0]}" for what, name, _ in by.log if what != "close"]
    assert order == ["begin a", "begin b", "finish a", "begin c", "finish b", "finish c"]
    assert [name for what, name, _ in by.log if what == "close"] == ["a.mp4", "b.mp4", "c.mp4"]


def test_the_share_of_the_work_grows_to_one(library, folder):
    """Steadily where the clips are alike; one that is known already is no work."""
    for name in "abcd":
        write(folder / f"{name}.mp4", "A dog.", f"x{name}", seconds=40)
    write(folder / "e.mp4").write_text("broken")
    said = []
    shares = [
        file.share
        for file in library.add(
            [folder], Reads(), every=10.0, progress=lambda path, share: said.append(share)
        )
    ]
    assert shares == sorted(shares) and shares[-1] == 1
    assert len(said) == 4 * 5 and said == sorted(said) and said[0] == 0
    # Ten of twenty are through where the third clip is begun; e may need five, too
    assert 0.39 <= said[10] <= 0.5
    again = list(library.add([folder], Reads(), every=10.0))
    assert [file.share for file in again] == [0] * 5


def test_a_text_that_is_no_text(library, folder):
    write(folder / "a.mp4", "x")

    class Odd(Reads):
        def begin(self, path, start, end):
            told = super().begin(path, start, end)
            told.finish = lambda: "A \0 dog \ud800 sees."
            return told

    index(library, folder, by=Odd())
    assert library.search("dog")[0].moments[0].description == "A   dog ? sees."


def test_only_one_adds_and_only_where_it_was_opened_for(library, folder):
    write(folder / "a.mp4", "A dog.")
    with (
        Library(library.path, read_only=True) as reader,
        pytest.raises(LibraryError, match="searching only"),
    ):
        index(reader, folder)
    with pytest.raises(UsageError, match="at least 1 s"):
        index(library, folder, every=0.5)


# --- which files ---------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems refuse such names")
def test_a_name_that_is_no_text(library, folder):
    odd = os.fsencode(folder) + b"/\xff\n.mp4"
    os.rename(write(folder / "a.mp4", "A dog."), odd)
    files = run(library, folder)
    assert [file.state for file in files] == ["described"]
    (hit,) = library.search("dog")
    assert os.fsencode(hit.path) == odd and not hit.is_missing


# --- stretches -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("duration", "every", "expected"),
    [
        (60, None, [(0, 60)]),
        (60, 30, [(0, 60), (0, 30), (30, 60)]),
        (30, 30, [(0, 30)]),
        (44, 30, [(0, 44)]),
        (45, 30, [(0, 45), (0, 30), (30, 45)]),
        (70, 30, [(0, 70), (0, 30), (30, 70)]),
        (0, 30, [(0, 0)]),
    ],
)
def test_stretches(duration, every, expected):
    assert stretches(duration, every) == expected


@given(st.floats(0, 86_400), st.floats(10, 5000))
def test_stretches_cover_the_film_without_a_gap(duration, every):
    """To the millisecond, and none much shorter or longer than was asked."""
    (_, end), *parts = stretches(duration, every)
    if parts:
        assert parts[0][0] == 0 and parts[-1][1] == end
        assert all(one[1] == other[0] for one, other in pairwise(parts))
        assert all(0.5 * every - 0.01 <= b - a <= 1.5 * every + 0.01 for a, b in parts)


def test_too_many_stretches():
    with pytest.raises(VideoLimitError, match="up to 10,000"):
        stretches(86_400, 1)


def test_a_makers_name_and_settings_are_kept(library, folder):
    write(folder / "a.mp4", "A dog.")
    index(library, folder, by=Reads("m", '{"question": "Why?"}'))
    rows = library._database.execute("SELECT model, settings FROM makers").fetchall()
    assert [Maker(*row) for row in rows] == [Maker("m", '{"question": "Why?"}')]
