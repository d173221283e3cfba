"""Clips that are text files, and who describes them without a model.

The first line of a file is its length in seconds, each other line the description of the whole or
of a stretch of ten seconds: "20", "A dog runs.", "It starts.", "It stops.". A line that says
"broken" is a clip or a stretch that cannot be read.
"""

from __future__ import annotations

import os
from pathlib import Path

from sf_mlx.errors import TruncatedVideoError, VideoNotFoundError
from sf_mlx.library import Indexed, Library, Maker

SECONDS_AGO = 100


def write(path: Path, *lines: str, seconds: float = 20, ago: float = SECONDS_AGO) -> Path:
    """A clip that was written some time ago, as far as its time of change says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([f"{seconds:g}", *lines]))
    age(path, ago)
    return path


def age(path: Path, ago: float = SECONDS_AGO) -> None:
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns - int(ago * 1e9)))


class Reads:
    """Describes a clip by its own lines; `log` tells what was begun, finished and closed."""

    def __init__(self, model: str = "reader", settings: str = "{}") -> None:
        self.maker = Maker(model, settings)
        self.log: list[tuple[str, str, float | None]] = []

    @property
    def described(self) -> list[str]:
        """The names of the files, once for each description."""
        return [name for what, name, _ in self.log if what == "finish"]

    def duration(self, path: str) -> float:
        lines = _lines(path)
        if lines[0] == "broken":
            raise TruncatedVideoError(f"{path}: broken")
        return float(lines[0])

    def begin(self, path: str, start: float | None, end: float | None) -> _Told:
        self.log.append(("begin", Path(path).name, start))
        return _Told(self, path, start)


class _Told:
    warnings = ()

    def __init__(self, reads: Reads, path: str, start: float | None) -> None:
        self._reads, self._path, self._start = reads, path, start

    def finish(self) -> str:
        lines = _lines(self._path)
        number = 1 if self._start is None else 2 + int(self._start // 10)
        text = lines[number] if number < len(lines) else f"Nothing at {self._start}."
        if text == "broken":
            raise TruncatedVideoError(f"{self._path}: broken at {self._start}")
        self._reads.log.append(("finish", Path(self._path).name, self._start))
        return text

    def close(self) -> None:
        self._reads.log.append(("close", Path(self._path).name, self._start))


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError as error:
        raise VideoNotFoundError(f"{path}: {error.strerror}") from None


def index(library: Library, *where: Path, by: Reads | None = None, **options: object) -> list[str]:
    """What became of each file: "described a.mp4"."""
    return [
        f"{file.state} {Path(file.path).name}" for file in run(library, *where, by=by, **options)
    ]


def run(
    library: Library, *where: Path, by: Reads | None = None, **options: object
) -> list[Indexed]:
    return list(library.add(where, by or Reads(), **options))


def paths(library: Library, words: str, **options: object) -> list[str]:
    """The names of the clips that a search finds, in order."""
    return [Path(hit.path).name for hit in library.search(words, **options)]
