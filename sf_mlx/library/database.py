"""The library's one file: an SQLite database that is opened with suspicion, and its schema."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sf_mlx.errors import LibraryError, OutputError, printable

# "sfml", so that another program's database is known
APPLICATION_ID = 0x73666D6C
# What STRICT tables need; FTS5 is looked for
OLDEST_SQLITE = (3, 37, 0)
# Seconds that another writer is waited for
PATIENCE = 5.0
# Sentences of one description; a sentence's row is its description's id times this, plus its place
SENTENCES = 1024

# Each brings the database from the version before to the next; they are only ever added to
MIGRATIONS = (
    """
    CREATE TABLE makers (
        id INTEGER PRIMARY KEY,
        model TEXT NOT NULL,
        settings TEXT NOT NULL,
        UNIQUE (model, settings)
    ) STRICT;
    CREATE TABLE contents (
        id INTEGER PRIMARY KEY,
        sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
        duration REAL,
        error TEXT,
        error_maker INTEGER REFERENCES makers (id)
    ) STRICT;
    CREATE TABLE files (
        path BLOB PRIMARY KEY,
        content INTEGER NOT NULL REFERENCES contents (id),
        stamp TEXT,
        missing_since REAL
    ) STRICT;
    CREATE INDEX files_of_content ON files (content, path);
    CREATE TABLE descriptions (
        id INTEGER PRIMARY KEY,
        content INTEGER NOT NULL REFERENCES contents (id),
        start_seconds REAL NOT NULL,
        end_seconds REAL NOT NULL,
        text TEXT NOT NULL,
        maker INTEGER NOT NULL REFERENCES makers (id),
        UNIQUE (content, start_seconds, end_seconds)
    ) STRICT;
    CREATE VIRTUAL TABLE texts USING fts5 (
        text, tokenize = 'porter unicode61 remove_diacritics 2', prefix = '2 3'
    );
    CREATE VIRTUAL TABLE sentences USING fts5 (
        text, tokenize = 'porter unicode61 remove_diacritics 2', prefix = '2 3'
    );
    """,
)


def connect(path: Path, *, create: bool) -> sqlite3.Connection:
    """Open the library for reading and writing, new or brought to this version.

    Parameters
    ----------
    path: the database's file; its folder is made for its owner alone.
    create: whether it may be new.

    Raises
    ------
    LibraryError: it is not there, not a library, damaged, of a newer version, or in use.
    OutputError: it cannot be written.
    """
    _check_sqlite()
    if not _is_there(path):
        if not create:
            raise LibraryError(
                f"nothing is indexed yet ({printable(path)} is not there): sf-mlx index FOLDER "
                "describes the clips of a folder"
            )
        _make_file(path)
    return _checked(path, "rw")


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open the library for reading; one of an older version is brought to this one first.

    Raises
    ------
    LibraryError, OutputError: as `connect`.
    """
    if _is_there(path) and os.path.isfile(path):
        if not _may(path, os.R_OK):
            raise _refused(path, "Permission denied")
        _check_sqlite()
        # Where it cannot write beside it, SQLite reads a file only if nobody has it open
        if not _may(path.parent, os.W_OK) and not os.path.exists(f"{path}-wal"):
            return _checked(path, "ro&immutable=1")
        if not _may(path, os.W_OK):
            return _checked(path, "ro")
    database = connect(path, create=False)
    database.execute("PRAGMA query_only = ON")
    return database


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, with what to do."""
    try:
        yield
    except UnicodeDecodeError as error:  # of a message about what a damaged schema says
        raise damaged(path, error) from error
    except sqlite3.ProgrammingError:  # another thread's, or closed: the caller's mistake
        raise
    except sqlite3.Error as error:
        raise _explain(path, error) from error


def damaged(path: Path, what: object) -> LibraryError:
    """The error of a library that holds what it cannot hold."""
    return LibraryError(
        f"the library {printable(path)} is damaged or no library ({what}): move it away and index "
        "again, or name another with --database"
    )


def _check_sqlite() -> None:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        needed = ".".join(map(str, OLDEST_SQLITE))
        raise LibraryError(
            f"this Python has SQLite {sqlite3.sqlite_version}; the library needs {needed}: use a "
            "newer Python"
        )


def _make_file(path: Path) -> None:
    """An empty file for its owner alone: SQLite gives its side files the same rights."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(
            f"the library {printable(path)} cannot be made: {reason}; --database names another"
        ) from None


def _checked(path: Path, mode: str) -> sqlite3.Connection:
    if not os.path.isfile(path):
        raise LibraryError(f"{printable(path)} is not a file; --database names the library")
    with explained(path):
        # The address as bytes: a folder's name need not be text
        address = f"{Path(os.path.abspath(path)).as_uri()}?mode={mode}"
        database = sqlite3.connect(address, uri=True, timeout=PATIENCE, isolation_level=None)
    try:
        with explained(path):
            _prepare(path, database, writable=mode == "rw")
    except BaseException:
        database.close()
        raise
    return database


def _prepare(path: Path, database: sqlite3.Connection, *, writable: bool) -> None:
    """Check whose database it is, and bring it to this version."""
    # What stands in its schema runs nothing but what is harmless
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    database.execute("PRAGMA foreign_keys = ON")
    # With a write-ahead log a power failure may cost the last descriptions, and nothing else
    database.execute("PRAGMA synchronous = NORMAL")
    # What a damaged disk has made of a text is shown as far as it is one
    database.text_factory = lambda data: data.decode("utf-8", "replace")
    version = _version(path, database)
    if version == len(MIGRATIONS):
        return
    if not writable:
        raise LibraryError(
            f"the library {printable(path)} is of an older version and cannot be written here; "
            "search it once where it can be"
        )
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been quicker
        for step in MIGRATIONS[_version(path, database) :]:
            for statement in _statements(step):
                database.execute(statement)
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _version(path: Path, database: sqlite3.Connection) -> int:
    """The schema's version, 0 for an empty file; at most ours."""
    version: int = database.execute("PRAGMA user_version").fetchone()[0]
    owner: int = database.execute("PRAGMA application_id").fetchone()[0]
    tables: int = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if owner != APPLICATION_ID and (owner or tables):
        raise LibraryError(
            f"{printable(path)} is a database of another program; --database names the library"
        )
    if version > len(MIGRATIONS):
        raise LibraryError(
            f"the library {printable(path)} was written by a newer sf-mlx (version {version} of "
            f"its tables, this one knows {len(MIGRATIONS)}): update sf-mlx, or start another "
            "with --database"
        )
    return version if tables else 0


def _statements(script: str) -> Iterator[str]:
    """The statements of a script: `executescript` would commit before it begins."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _explain(path: Path, error: sqlite3.Error) -> LibraryError | OutputError:
    name = getattr(error, "sqlite_errorname", "") or ""
    where = f"the library {printable(path)}"
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LibraryError(f"{where} is in use by another program; try again when it is done")
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return damaged(path, error)
    if name.startswith("SQLITE_FULL"):
        return OutputError(f"{where} cannot grow: the disk is full; what is in it stays")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_IOERR")):
        return OutputError(
            f"{where} cannot be read or written ({error}): its file and folder must be yours, and "
            "the disk must have room"
        )
    if "fts5" in str(error) and "no such module" in str(error):
        return LibraryError("this Python's SQLite has no FTS5, the index of words: use another")
    return LibraryError(f"{where}: {error}; if this stays so, move it away and index again")


def _is_there(path: Path) -> bool:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise _refused(path, getattr(error, "strerror", None) or str(error)) from None
    return True


def _refused(path: Path, reason: str) -> LibraryError:
    return LibraryError(
        f"the library {printable(path)} cannot be read ({reason}); it may be another user's: "
        "--database names your own"
    )


def _may(path: Path, right: int) -> bool:
    return os.access(path, right, effective_ids=os.access in os.supports_effective_ids)
