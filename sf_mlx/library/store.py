"""What the library writes and reads of clips, in SQL and nothing else."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sf_mlx.fingerprint import Stamp
from sf_mlx.library.database import SENTENCES, damaged, explained
from sf_mlx.library.describer import Maker
from sf_mlx.library.sentences import sentences

# Seconds of a film, from its first frame
Stretch = tuple[float, float]


@dataclass(frozen=True)
class Content:
    """What a file holds.

    Attributes
    ----------
    sha256: of all its bytes, 32 bytes.
    stamp: the file's while it holds them, as text.
    settled: whether the stamp proves it later, too.
    """

    sha256: bytes
    stamp: str
    settled: bool


def stamp_text(stamp: Stamp) -> str:
    """As the table of files has it."""
    return " ".join(map(str, stamp))


@dataclass(frozen=True)
class KnownFile:
    """A file as it was last seen; `stamp` is None where it must be read again."""

    content: int
    stamp: str | None
    is_missing: bool


@dataclass(frozen=True)
class KnownContent:
    """What is known of a content.

    Attributes
    ----------
    duration: seconds, None where nobody could tell.
    error: why it, or part of it, could not be described; `error_maker`: who tried.
    made_by: who described it: each stretch, by the maker's number.
    """

    duration: float | None
    error: str | None
    error_maker: int | None
    made_by: dict[Stretch, int]


class Store:
    """The tables of a library that is open for writing."""

    def __init__(self, path: Path, database: sqlite3.Connection) -> None:
        self._path = path
        self._database = database

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block or nothing.

        Raises
        ------
        LibraryError, OutputError: the database cannot be written.
        """
        with explained(self._path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            finally:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")

    def maker(self, maker: Maker) -> int:
        """The number of a maker, new or known."""
        key = (maker.model, maker.settings)
        with self.transaction():
            self._database.execute(
                "INSERT OR IGNORE INTO makers (model, settings) VALUES (?, ?)", key
            )
            found = self._database.execute(
                "SELECT id FROM makers WHERE model = ? AND settings = ?", key
            ).fetchone()
        return int(found[0])

    # --- files

    def files(self) -> dict[str, KnownFile]:
        """Every file by its path."""
        with explained(self._path):
            rows = self._database.execute("SELECT path, content, stamp, missing_since FROM files")
            return {
                os.fsdecode(path): KnownFile(content, stamp, missing is not None)
                for path, content, stamp, missing in rows
            }

    def mark_missing(self, gone: list[str], back: list[str]) -> None:
        """Note which files are not there, and which are there again."""
        with self.transaction():
            now = time.time()
            self._database.executemany(
                "UPDATE files SET missing_since = ? WHERE path = ? AND missing_since IS NULL",
                [(now, os.fsencode(path)) for path in gone],
            )
            self._database.executemany(
                "UPDATE files SET missing_since = NULL WHERE path = ?",
                [(os.fsencode(path),) for path in back],
            )

    def put_file(self, path: str, content: Content, duration: float | None) -> tuple[int, bool]:
        """Note what a file holds; the content's number, and whether it was under another path."""
        with self.transaction():
            is_new = self._database.execute(
                "INSERT OR IGNORE INTO contents (sha256) VALUES (?)", (content.sha256,)
            ).rowcount
            number: int = self._database.execute(
                "SELECT id FROM contents WHERE sha256 = ?", (content.sha256,)
            ).fetchone()[0]
            if duration is not None:
                self._database.execute(
                    "UPDATE contents SET duration = coalesce(duration, ?) WHERE id = ?",
                    (duration, number),
                )
            known = self._database.execute(
                "SELECT 1 FROM files WHERE path = ? AND content = ?", (os.fsencode(path), number)
            ).fetchone()
            self._database.execute(
                "INSERT INTO files (path, content, stamp) VALUES (?, ?, ?) ON CONFLICT (path) "
                "DO UPDATE SET content = excluded.content, stamp = excluded.stamp, "
                "missing_since = NULL",
                (os.fsencode(path), number, content.stamp if content.settled else None),
            )
        return number, not is_new and known is None

    def purge(self, missing_before: float, at_once: list[str]) -> int:
        """Forget files that have been missing for long, those in `at_once`, and what then belongs
        to no file; how many clips that were."""
        with self.transaction():
            self._database.execute("DELETE FROM files WHERE missing_since < ?", (missing_before,))
            self._database.executemany(
                "DELETE FROM files WHERE path = ? AND missing_since IS NOT NULL",
                [(os.fsencode(path),) for path in at_once],
            )
            orphans = "NOT IN (SELECT content FROM files)"
            self._delete_descriptions(f"content {orphans}")
            clips = self._database.execute(f"DELETE FROM contents WHERE id {orphans}").rowcount
            self._database.execute(
                "DELETE FROM makers WHERE id NOT IN (SELECT maker FROM descriptions) AND id NOT IN "
                "(SELECT error_maker FROM contents WHERE error_maker IS NOT NULL)"
            )
        return clips

    # --- contents and descriptions

    def content(self, number: int) -> KnownContent:
        """What is known of a content."""
        with explained(self._path):
            row = self._database.execute(
                "SELECT duration, error, error_maker FROM contents WHERE id = ?", (number,)
            ).fetchone()
            if row is None:
                raise damaged(self._path, "a file has no content")
            duration, error, maker = row
            rows = self._database.execute(
                "SELECT start_seconds, end_seconds, maker FROM descriptions WHERE content = ?",
                (number,),
            )
            return KnownContent(duration, error, maker, {(a, b): by for a, b, by in rows})

    def put_description(self, content: int, stretch: Stretch, text: str, maker: int) -> None:
        """Keep a description, instead of the one that this stretch may have."""
        text = text.replace("\0", " ").encode("utf-8", "replace").decode().strip()
        with self.transaction():
            self._delete_descriptions(
                "content = ? AND start_seconds = ? AND end_seconds = ?", content, *stretch
            )
            number = self._database.execute(
                "INSERT INTO descriptions (content, start_seconds, end_seconds, text, maker) "
                "VALUES (?, ?, ?, ?, ?)",
                (content, *stretch, text, maker),
            ).lastrowid
            assert number is not None
            self._database.execute("INSERT INTO texts (rowid, text) VALUES (?, ?)", (number, text))
            self._database.executemany(
                "INSERT INTO sentences (rowid, text) VALUES (?, ?)",
                [(number * SENTENCES + at, one) for at, one in enumerate(sentences(text))],
            )

    def end_content(self, content: int, error: str | None, maker: int, only: bool) -> None:
        """Note that a content is through, and what was wrong; `only`: others' descriptions go."""
        with self.transaction():
            self._database.execute(
                "UPDATE contents SET error = ?, error_maker = ? WHERE id = ?",
                (error, None if error is None else maker, content),
            )
            if only:
                self._delete_descriptions("content = ? AND maker != ?", content, maker)

    def _delete_descriptions(self, which: str, *values: float) -> None:
        """With their words: a trigger on an FTS5 table would need a trusted schema."""
        rows = self._database.execute(
            f"DELETE FROM descriptions WHERE {which} RETURNING id", values
        ).fetchall()
        self._database.executemany("DELETE FROM texts WHERE rowid = ?", rows)
        self._database.executemany(
            f"DELETE FROM sentences WHERE rowid BETWEEN ?1 * {SENTENCES} "
            f"AND ?1 * {SENTENCES} + {SENTENCES - 1}",
            rows,
        )
