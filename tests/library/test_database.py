"""A library's file that is damaged, foreign, old, new, full, closed or in use; and kill -9."""

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sf_mlx.errors import LibraryError, OutputError
from sf_mlx.library import Library, database
from tests.library.clips import Reads, index, paths, write
from tests.library.test_index import descriptions

ROOT = Path(__file__).parents[2]


@pytest.fixture
def filled(library, folder):
    """The path of a library that holds a dog and is closed."""
    write(folder / "a.mp4", "A dog.")
    index(library, folder)
    library.close()
    return library.path


def both(path):
    """Each way of opening it."""
    return (lambda: Library(path), lambda: Library(path, read_only=True))


# --- whose it is ---------------------------------------------------------------------------------


def test_it_is_for_its_owner_alone(tmp_path, folder):
    write(folder / "a.mp4", "A dog.")
    path = tmp_path / "new" / "deep" / "library.db"
    before = os.umask(0)
    try:
        with Library(path) as library:
            index(library, folder)
            beside = sorted(file.name for file in path.parent.iterdir())
            assert {"library.db", "library.db-shm", "library.db-wal"} <= set(beside)
            for file in path.parent.iterdir():
                assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_usual_place_is_the_systems(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with Library() as library:
        assert library.path.name == "library.db" and tmp_path in library.path.parents


def test_a_user_without_a_home(monkeypatch):
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: Path("~/.local/share"))
    with pytest.raises(OutputError, match=r"no home folder.*--database"):
        Library()


def test_another_programs_database_is_left_alone(tmp_path):
    path = tmp_path / "photos.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE photos (name)")
    other.close()
    before = path.read_bytes()
    for opened in both(path):
        with pytest.raises(LibraryError, match="database of another program"):
            opened()
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"notes of a holiday\n" * 100, b"SQLite format 3\0" + b"\xff" * 4096]
)
def test_what_is_no_database_is_left_alone(tmp_path, content):
    path = tmp_path / "library.db"
    path.write_bytes(content)
    for opened in both(path):
        with pytest.raises(LibraryError, match=r"damaged or no library.*move it away"):
            opened()
    assert path.read_bytes() == content


def test_a_folder_in_its_place(tmp_path):
    for opened in both(tmp_path):
        with pytest.raises(LibraryError, match="is not a file"):
            opened()


def test_an_empty_file_is_a_new_library(tmp_path, folder):
    """What a crash may leave between making the file and its tables."""
    path = tmp_path / "library.db"
    path.touch()
    write(folder / "a.mp4", "A dog.")
    with Library(path) as library:
        index(library, folder)
        assert paths(library, "dog") == ["a.mp4"]


def test_names_with_what_means_something_in_an_address(tmp_path):
    path = tmp_path / "a?b#c%41 d" / "library.db"
    Library(path).close()
    assert path.exists()


# --- versions ------------------------------------------------------------------------------------


def test_a_newer_one_is_refused_and_left_alone(filled):
    newer = sqlite3.connect(filled)
    newer.execute(f"PRAGMA user_version = {len(database.MIGRATIONS) + 1}")
    newer.close()
    before = filled.read_bytes()
    for opened in both(filled):
        with pytest.raises(LibraryError, match=r"newer sf-mlx.*update sf-mlx"):
            opened()
    assert filled.read_bytes() == before


STEP = "ALTER TABLE files ADD COLUMN note TEXT;\nCREATE INDEX by_note ON files (note);\n"


@pytest.mark.parametrize("read_only", [False, True])
def test_an_older_one_is_brought_to_this_version(filled, monkeypatch, read_only):
    monkeypatch.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, STEP))
    with Library(filled, read_only=read_only) as library:
        assert paths(library, "dog") == ["a.mp4"]
        assert library._database.execute("SELECT note FROM files").fetchall() == [(None,)]
    assert sqlite3.connect(filled).execute("PRAGMA user_version").fetchone() == (2,)


def test_a_migration_that_fails_leaves_the_old_version(filled, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, STEP + "NONSENSE;\n"))
        with pytest.raises(LibraryError, match="syntax error"):
            Library(filled)
    with Library(filled) as library:
        assert paths(library, "dog") == ["a.mp4"]
        with pytest.raises(sqlite3.OperationalError, match="no such column"):
            library._database.execute("SELECT note FROM files")


def test_an_sqlite_that_is_too_old_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 26, 0))
    with pytest.raises(LibraryError, match="newer Python"):
        Library(tmp_path / "library.db")


# --- damage --------------------------------------------------------------------------------------


def test_flipped_bytes_are_an_error_of_ours_or_nothing(tmp_path, folder, settled):
    """At 60 random places: never a traceback, never an endless loop, never a foreign exception."""
    for name in "abcdefgh":
        write(folder / f"{name}.mp4", f"A dog {name}. " * 20, name)
    path = tmp_path / "library.db"
    with Library(path) as library:
        index(library, folder)
    sound = path.read_bytes()
    rng = random.Random(3)
    damaged = 0
    for _ in range(60):
        bytes_ = bytearray(sound)
        for _ in range(20):
            bytes_[rng.randrange(len(sound))] ^= 1 << rng.randrange(8)
        path.write_bytes(bytes_)
        try:
            with Library(path) as library:
                library.search("dog beach")
                library.holdings()
                index(library, folder)
        except (LibraryError, OutputError) as error:
            damaged += 1
            assert str(path) in str(error)
        for beside in ("-wal", "-shm"):
            Path(f"{path}{beside}").unlink(missing_ok=True)
    assert damaged > 10


def test_a_file_that_was_cut_short(filled):
    filled.write_bytes(filled.read_bytes()[:-9000])
    with pytest.raises(LibraryError, match="damaged"), Library(filled) as library:
        library.search("dog")
        library.holdings()


# --- room, rights, locks -------------------------------------------------------------------------


def test_a_full_disk_loses_nothing_that_was_described(library, folder):
    for name in "abc":
        write(folder / f"{name}.mp4", f"A dog {name}.")
    write(folder / "d.mp4", "A cat " + "sees a thing " * 50_000)
    pages = library._database.execute("PRAGMA page_count").fetchone()[0]
    library._database.execute(f"PRAGMA max_page_count = {pages + 10}")
    with pytest.raises(OutputError, match="the disk is full"):
        index(library, folder)
    assert descriptions(library) == 3
    library._database.execute("PRAGMA max_page_count = 1000000")
    by = Reads()
    index(library, folder, by=by)
    assert by.described == ["d.mp4"] and descriptions(library) == 4


@pytest.fixture
def nobody(tmp_path):
    """Without root's rights; where the tests are not root's, they have none anyway."""
    if os.geteuid() != 0:
        yield
        return
    opened = [tmp_path, *tmp_path.parents]
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in opened}
    for path in opened:
        if not modes[path] & 0o001:
            path.chmod(modes[path] | 0o011)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        for path, mode in modes.items():
            path.chmod(mode)


@pytest.mark.skipif(sys.platform == "darwin", reason="a user without a home has no rights there")
def test_another_users_library_is_said_to_be(filled, nobody):
    if os.geteuid() != 65534:
        filled.chmod(0)
    with pytest.raises(LibraryError, match=r"Permission denied.*another user's.*--database"):
        Library(filled, read_only=True)
    with pytest.raises((LibraryError, OutputError), match="cannot be read"):
        Library(filled)


@pytest.mark.skipif(sys.platform == "darwin", reason="a user without a home has no rights there")
def test_a_library_in_a_folder_that_cannot_be_written_can_be_searched(
    filled, folder, nobody, monkeypatch
):
    os.seteuid(os.getuid())
    filled.chmod(0o444)
    filled.parent.chmod(0o555)
    if os.getuid() == 0:
        os.seteuid(65534)
    try:
        with Library(filled, read_only=True) as library:
            assert paths(library, "dog") == ["a.mp4"]
        with pytest.raises(OutputError), Library(filled) as library:
            index(library, folder)
        with monkeypatch.context() as patch, pytest.raises(LibraryError, match="older version"):
            patch.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, STEP))
            Library(filled, read_only=True)
        with pytest.raises(OutputError, match=r"cannot be made.*--database"):
            Library(filled.parent / "sub" / "library.db")
    finally:
        os.seteuid(os.getuid())
        filled.parent.chmod(0o755)


def test_one_adds_and_many_search(library, folder):
    for name in "ab":
        write(folder / f"{name}.mp4", f"A dog {name}.")
    adding = library.add([folder], Reads())
    next(adding)
    with Library(library.path, read_only=True) as reader, Library(library.path) as second:
        assert paths(reader, "dog") == ["a.mp4"]
        with pytest.raises(LibraryError, match="another sf-mlx index is adding"):
            index(second, folder)
        list(adding)
        assert paths(reader, "dog") == ["a.mp4", "b.mp4"]
        assert index(second, folder) == ["known a.mp4", "known b.mp4"]


def test_a_library_that_another_program_holds(filled, folder, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE", 0.01)
    other = sqlite3.connect(filled, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Library(filled) as library:
        with pytest.raises(LibraryError, match="in use by another program"):
            index(library, folder)
        assert paths(library, "dog") == ["a.mp4"]
        other.execute("COMMIT")
        assert index(library, folder) == ["known a.mp4"]
    other.close()


def test_the_callers_mistakes_are_not_the_databases(filled):
    library = Library(filled)
    library.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        library.search("dog")


# --- kill -9 -------------------------------------------------------------------------------------

PROGRAM = """
import sys
from sf_mlx import fingerprint
from sf_mlx.library import Library
from tests.library.clips import Reads
fingerprint.SETTLED_SECONDS = -1.0
database, folder = sys.argv[1:]
def step(*_):
    print(flush=True)
    sys.stdin.readline()
for file in Library(database).add([folder], Reads(), every=10.0, progress=step):
    step()
"""


def test_killed_at_any_moment_every_clip_is_described_once(tmp_path, folder, settled):
    clips = 12
    for number in range(clips):
        write(folder / f"{number:02}.mp4", "A film.", f"A dog {number}.", "A cat.", seconds=20)
    path = tmp_path / "library.db"
    rng = random.Random(5)
    for steps in (2, *(rng.randrange(2, 9) for _ in range(3))):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, path, folder],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        for _ in range(steps):
            assert process.stdout.readline()
            process.stdin.write(b"\n")
            process.stdin.flush()
        # It runs on; wherever it is now
        process.send_signal(signal.SIGKILL)
        process.communicate()
    with Library(path) as library:
        before = descriptions(library)
        assert 0 < before < 3 * clips
        by = Reads()
        index(library, folder, by=by, every=10.0)
        assert descriptions(library) == 3 * clips and len(by.described) == 3 * clips - before
        assert len(library.search("dog", limit=100)) == clips
