"""A library of clips: descriptions that a model made once, and the search for words in them."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sf_mlx.errors import LibraryError, OutputError, printable
from sf_mlx.library.database import connect, connect_to_read, explained
from sf_mlx.library.query import parse, raw
from sf_mlx.library.search import Hit, search
from sf_mlx.places import library_file

if TYPE_CHECKING:
    from sf_mlx.library.describer import Describer
    from sf_mlx.library.index import Indexed, Progress

_COUNTS = """
SELECT (SELECT count(DISTINCT content) FROM files),
       (SELECT count(*) FROM files),
       (SELECT count(*) FROM files WHERE missing_since IS NOT NULL),
       (SELECT count(*) FROM descriptions),
       (SELECT coalesce(sum(duration), 0) FROM contents)
"""
_MODELS = """
SELECT model, count(*) FROM makers JOIN descriptions ON maker = makers.id
GROUP BY model ORDER BY count(*) DESC, model
"""
_BROKEN = """
SELECT path, error FROM contents JOIN files ON content = contents.id
WHERE error IS NOT NULL ORDER BY path
"""


@dataclass(frozen=True)
class Holdings:
    """What a library holds.

    Attributes
    ----------
    clips: different contents; `files`: with their copies; `missing`: files that are not there.
    descriptions: of whole clips and of stretches.
    seconds: of all clips together.
    bytes: of the database.
    models: who described, and how much.
    broken: files that cannot be read, or not all of them, and why.
    """

    clips: int
    files: int
    missing: int
    descriptions: int
    seconds: float
    bytes: int
    models: dict[str, int]
    broken: dict[str, str]


class Library:
    """Descriptions of clips in one file, and the search for words in them.

    It belongs to the thread that opens it. Several processes may search while one adds.

    Parameters
    ----------
    path: the database; the user's own in the system's folder for data when not given.
    read_only: open it for searching, which makes no new one.

    Raises
    ------
    LibraryError: it is not there, not a library, damaged, of a newer version, or in use.
    OutputError: it cannot be written.
    """

    def __init__(
        self, path: str | os.PathLike[str] | None = None, *, read_only: bool = False
    ) -> None:
        self.path = library_file() if path is None else Path(path).expanduser()
        self._read_only = read_only
        self._database: sqlite3.Connection = (
            connect_to_read(self.path) if read_only else connect(self.path, create=True)
        )

    def add(
        self,
        clips: Iterable[str | os.PathLike[str]],
        describer: Describer,
        *,
        every: float | None = None,
        again: bool = False,
        purge: bool = False,
        progress: Progress | None = None,
    ) -> Iterator[Indexed]:
        """Describe the clips of folders, those below them included, or single files.

        Each content is described once, whatever its files are called and wherever they move; a file
        that has not changed is not even read. What is done is kept, so that a run may be stopped or
        killed at any moment and the next goes on.

        Parameters
        ----------
        clips: folders and files.
        describer: who describes, such as `ModelDescriber`.
        every: seconds of a stretch: each is described too, beside the whole clip.
        again: also what another maker described, in place of it, and what was broken.
        purge: forget what is gone from these folders at once, not after 30 days.
        progress: called with a clip's path and the share of the work that is done.

        Yields
        ------
        What became of each file, as soon as it is known.

        Raises
        ------
        UsageError: stretches that mean nothing.
        VideoNotFoundError: a folder or file that was named is not there.
        LibraryError: another process is adding, or the database is damaged.
        OutputError: the database cannot be written.
        """
        from sf_mlx.clips import clips_below
        from sf_mlx.library.index import Indexing
        from sf_mlx.library.store import Store
        from sf_mlx.library.stretches import check_every

        if self._read_only:
            raise LibraryError(f"the library {printable(self.path)} is open for searching only")
        if every is not None:
            check_every(every)
        with _only_writer(self.path):
            store, found = Store(self.path, self._database), clips_below(clips)
            run = Indexing(
                store,
                found,
                describer,
                every=every,
                again=again,
                purge=purge,
                progress=progress,
            )
            yield from run.run()

    def search(self, text: str, *, limit: int = 10, syntax: bool = False) -> list[Hit]:
        """The clips whose descriptions have these words, in any of their forms; the best first.

        Clips with all words in one sentence come first, then those with all in one description;
        where there are none, those with some of the words.

        Parameters
        ----------
        text: words; ``"an exact phrase"``; ``bea*`` for any ending.
        limit: how many clips at most.
        syntax: `text` is an expression of SQLite's FTS5, such as ``dog NOT cat``.

        Raises
        ------
        UsageError: no word, too many, or no expression.
        LibraryError: nothing is indexed, or the database is damaged.
        """
        query = raw(text) if syntax else parse(text)
        hits = search(self.path, self._database, query, limit)
        if not hits and self._is_empty():
            raise LibraryError(
                f"the library {printable(self.path)} is empty: sf-mlx index FOLDER describes the "
                "clips of a folder"
            )
        return hits

    def _is_empty(self) -> bool:
        with explained(self.path):
            return self._database.execute("SELECT 1 FROM descriptions").fetchone() is None

    def holdings(self) -> Holdings:
        """What the library holds."""
        with explained(self.path):
            clips, files, missing, descriptions, seconds = self._database.execute(
                _COUNTS
            ).fetchone()
            models = dict(self._database.execute(_MODELS).fetchall())
            broken = {os.fsdecode(path): why for path, why in self._database.execute(_BROKEN)}
            size = self._database.execute(
                "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
            ).fetchone()[0]
        return Holdings(clips, files, missing, descriptions, seconds, size, models, broken)

    def close(self) -> None:
        """Close the file; nothing more can be asked."""
        self._database.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def _only_writer(path: Path) -> Iterator[None]:
    """Hold the lock beside the database, which the system takes back from a process that dies.

    It is a file of its own: to close one of SQLite's would drop SQLite's locks.
    """
    beside = f"{path}.lock"
    try:
        number = os.open(beside, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise OutputError(f"{printable(beside)} cannot be written: {error.strerror}") from None
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LibraryError(
                f"another sf-mlx index is adding to {printable(path)}; searching works meanwhile"
            ) from None
        yield
    finally:
        os.close(number)
