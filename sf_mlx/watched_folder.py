"""A folder whose movies get a text each, once: what is done is kept in a file in the folder.

The file lies there, and in no folder of the system's, because it is about these movies: it is
moved, synchronised and restored with them. A movie is known by its content, so a new name or a copy
of it is no new movie.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import TracebackType

from sf_mlx.answer import Record
from sf_mlx.cache import Cache
from sf_mlx.clips import videos_in
from sf_mlx.content import Content
from sf_mlx.errors import (
    OutputError,
    SfMlxError,
    VideoError,
    VideoNotFoundError,
    printable,
)
from sf_mlx.fingerprint import Stamp, stamp_of
from sf_mlx.line_file import LineFile
from sf_mlx.many import shown
from sf_mlx.movie_note import Kind, MovieNote
from sf_mlx.whole_file import PART, write_whole

# What is done, and the lock
STATE = ".sf-mlx-watch.jsonl"
# What a text is called until it is complete; one instance a folder writes one at a time
_PART = f".text{PART}"
# Bytes of a file name
_LONGEST_NAME = 255
# Bytes of a text that is looked at: ours are some thousand
_LARGEST_TEXT = 1 << 20
# Names that are tried for a text, and those of them where one is looked for
_MOST_NAMES, _LIKELY_NAMES = 1000, 3


@dataclass(frozen=True)
class _Done:
    """A movie that was treated: where its text is, and the text's own hash; none if it failed."""

    movie: str
    output: str | None
    written: str | None


class WatchedFolder:
    """A folder that this process alone watches, until it is closed.

    Parameters
    ----------
    folder: the folder; the ones in it are not looked at.
    kind: of the texts.
    cache: what remembers contents, so that the next start reads no movie again.

    Raises
    ------
    VideoNotFoundError: it is no folder, or cannot be read.
    OutputError: nothing can be written there, another process watches it, or its state is broken.
    """

    def __init__(
        self, folder: str | os.PathLike[str], kind: Kind, cache: Cache | None = None
    ) -> None:
        self.folder = Path(folder)
        self._kind = kind
        self._cache = cache
        self._contents: dict[str, Content] = {}
        self._done: dict[str, _Done] = {}
        self.movies()  # says what is wrong with the folder
        self._state = LineFile(self.folder / STATE, "another sf-mlx watch")
        try:
            self._load()
        except BaseException:
            self._state.close()
            raise

    def _load(self) -> None:
        end = 0
        for number, (span, line) in enumerate(self._state.lines(), 1):
            end = span.start + span.length
            try:
                row = json.loads(line)
                content, movie = row["content"], row["movie"]
                if not isinstance(content, str) or not isinstance(movie, str):
                    raise ValueError
                self._done[content] = _Done(movie, row["output"], row["written"])
            except (ValueError, KeyError, TypeError, RecursionError):
                raise OutputError(
                    f"{printable(self.folder / STATE)}: line {number} is damaged; remove that "
                    "line, or the file to have every movie answered again"
                ) from None
        self._state.cut(end)
        with suppress(OSError):
            os.unlink(self.folder / _PART)  # whoever wrote it was killed

    def movies(self) -> dict[str, Stamp]:
        """Every movie that is there now.

        Raises
        ------
        VideoNotFoundError: the folder is gone, or cannot be read.
        """
        try:
            paths = videos_in(str(self.folder))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise VideoNotFoundError(
                f"{printable(self.folder)}: the folder cannot be read ({reason})."
            ) from None
        stamps = {path: stamp_of(path) for path in paths}
        return {path: stamp for path, stamp in stamps.items() if stamp is not None}

    def content(self, path: str) -> str | None:
        """A movie's content, read only where it may be new; None: cannot be read."""
        known = self._contents.get(path)
        now = Content.read(path, self._cache) if known is None else known.again()
        self._contents[path] = now
        return now.sha256

    def has(self, path: str, content: str | None) -> bool:
        """Whether a movie of this content was treated: it has its text, or cannot be answered."""
        if content is None:
            return False
        if content not in self._done:
            # Its text was written, and then came a crash
            for output in islice(self._names(Path(path)), _LIKELY_NAMES):
                text = _text_of(output)
                if text is not None and content.encode() in text:
                    self._note(content, _Done(_name(path), _name(output), _hash(text)))
                    break
        return content in self._done

    def failed(self, path: str, content: str | None, error: SfMlxError) -> None:
        """Remember that a movie cannot be answered, until its content changes.

        Raises
        ------
        OutputError
        """
        if content is not None:
            self._note(content, _Done(_name(path), None, None), str(error))

    def answered(self, path: str, content: str, records: Sequence[Record]) -> Path:
        """Write a movie's text in one piece, remember it, and return where it is.

        Raises
        ------
        VideoError: its name is too long for a text beside it.
        OutputError: the disk is full, say; nothing of it stays.
        """
        date = datetime.now().astimezone().isoformat(" ", "minutes")
        note = MovieNote(_name(path), content, date, records)
        text = note.text(self._kind).encode("utf-8", "backslashreplace")
        output = self._free_name(Path(path))
        write_whole(output, text, _PART)
        self._note(content, _Done(_name(path), _name(output), _hash(text)))
        return output

    def _note(self, content: str, done: _Done, error: str | None = None) -> None:
        row = {
            "content": content,
            "movie": done.movie,
            "output": done.output,
            "written": done.written,
            "error": error,
        }
        self._state.append(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        self._done[content] = done

    def _names(self, movie: Path) -> Iterator[Path]:
        """What a movie's text may be called: holiday.md, holiday.mov.md, holiday.mov-2.md, …"""
        yield movie.with_name(f"{movie.stem}.{self._kind}")
        yield movie.with_name(f"{movie.name}.{self._kind}")
        for number in range(2, _MOST_NAMES):
            yield movie.with_name(f"{movie.name}-{number}.{self._kind}")

    def _free_name(self, movie: Path) -> Path:
        for output in self._names(movie):
            if len(os.fsencode(output.name)) <= _LONGEST_NAME and (
                not os.path.lexists(output) or self._is_outdated(output, movie)
            ):
                return output
        raise VideoError(f"{printable(movie)}: no name is free for its text; rename it")

    def _is_outdated(self, output: Path, movie: Path) -> bool:
        """Whether it is our own text, as we wrote it, about what this movie's file held before.

        Not where that may still be in the folder under another name.
        """
        there = self.movies()
        contents = {self._contents[path].sha256 for path in there if path in self._contents}
        if any(path not in self._contents for path in there):
            return False
        text = _text_of(output)
        return text is not None and any(
            done == _Done(_name(movie), _name(output), _hash(text)) and content not in contents
            for content, done in self._done.items()
        )

    def close(self) -> None:
        """Let others watch it."""
        self._state.close()

    def __enter__(self) -> WatchedFolder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _name(path: str | Path) -> str:
    return shown(os.path.basename(path))


def _hash(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def _text_of(path: Path) -> bytes | None:
    """The beginning of a regular file; None where there is none."""
    try:
        if not path.is_file():
            return None
        with open(path, "rb") as file:
            return file.read(_LARGEST_TEXT)
    except OSError:
        return None
