"""What files hold, told by a hash of their whole content, and remembered for as long as they stay.

A hash takes seconds for a film, so it is remembered under what the file system says of the file:
device, inode, size, and the times of the last change of content (which programs can set) and of
anything (which they cannot). Samples of the content would miss an edit in the middle.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sf_mlx.places import private_folder
from sf_mlx.whole_file import write_private

# A change within one tick of a file system's clock cannot be told from the one before; FAT's clock
# has the longest
SETTLED_SECONDS = 2.0
# Rows of the index, some hundred bytes each
_MOST_ROWS = 4096
_CHUNK = 1 << 20


class Stamp(NamedTuple):
    """What the file system says of a file: equal as long as nobody has written to it."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        """Out of what `os.stat` tells."""
        return cls(
            status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
        )


@dataclass(frozen=True)
class Stretch:
    """A stretch of a file that matters.

    Attributes
    ----------
    label: what it is, as far as that matters too: a tensor's name, a picture's.
    path: the file.
    start, size: in bytes; `size` None is to the end, and 0 of a folder is that it is the same.
    """

    label: str
    path: str
    start: int = 0
    size: int | None = None


@dataclass(frozen=True)
class Files:
    """Stretches of files as they were at one moment.

    Attributes
    ----------
    stretches: in the order in which they are hashed.
    stamps: of every file, in the order in which the stretches first name them.
    seen: when that was, in seconds.
    """

    stretches: tuple[Stretch, ...]
    stamps: tuple[Stamp, ...]
    seen: float

    @classmethod
    def now(cls, stretches: Iterable[Stretch]) -> Files:
        """As they are now.

        Raises
        ------
        OSError: one is missing, or neither file nor folder.
        """
        # The moment before: what changes during the look has a later one
        seen, stretches = time.time(), tuple(stretches)
        return cls(stretches, _stamps(stretches), seen)

    @property
    def nbytes(self) -> int:
        """Bytes of the files that matter as a whole."""
        stamps = dict(zip(_paths(self.stretches), self.stamps, strict=True))
        return sum(stamps[each.path].size for each in self.stretches if each.size is None)

    def is_unchanged(self) -> bool:
        """Whether they are still what they were, for certain.

        Files that had just changed when they were looked at are not: a further change in the same
        tick of the file system's clock would not show.
        """
        last = max((stamp.ctime_ns for stamp in self.stamps), default=0) / 1e9
        try:
            return last <= self.seen - SETTLED_SECONDS and _stamps(self.stretches) == self.stamps
        except OSError:
            return False

    def as_row(self) -> str:
        """What the index knows them by."""
        rows = [[each.label, each.start, each.size] for each in self.stretches]
        return hashlib.sha256(canonical([rows, self.stamps]).encode()).hexdigest()

    def digest(self, stop: threading.Event | None = None) -> str | None:
        """The sha256 of all stretches with their labels, of a whole file without one that of its
        bytes; None where `stop` was set meanwhile.

        Raises
        ------
        OSError: a file cannot be read, or is shorter than a stretch of it.
        """
        if [(each.label, each.start, each.size) for each in self.stretches] == [("", 0, None)]:
            return _content(self.stretches[0], stop)
        whole = hashlib.sha256()
        for each in self.stretches:
            content = _content(each, stop)
            if content is None:
                return None
            whole.update(canonical([each.label, content]).encode())
        return whole.hexdigest()


def stamp_of(path: str) -> Stamp | None:
    """The stamp of a file or folder; None where there is neither."""
    try:
        return Files.now([Stretch("", path)]).stamps[0]
    except (OSError, ValueError):
        return None


def canonical(value: Any) -> str:
    """One text for one value, whatever the order of a dict."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def _paths(stretches: Sequence[Stretch]) -> list[str]:
    return list(dict.fromkeys(each.path for each in stretches))


def _stamps(stretches: Sequence[Stretch]) -> tuple[Stamp, ...]:
    found = []
    for path in _paths(stretches):
        status = os.stat(path)
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            raise OSError(errno.EINVAL, "neither a file nor a folder", path)
        found.append(Stamp.of(status))
    return tuple(found)


def _content(stretch: Stretch, stop: threading.Event | None) -> str | None:
    content = hashlib.sha256()
    left = stretch.size
    if left == 0:
        return content.hexdigest()
    # Or a pipe that took the file's place would be waited for
    handle = os.open(stretch.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb", buffering=0) as file:
        file.seek(stretch.start)
        while left is None or left > 0:
            if stop is not None and stop.is_set():
                return None
            chunk = file.read(_CHUNK if left is None else min(_CHUNK, left))
            if not chunk:
                break
            content.update(chunk)
            left = None if left is None else left - len(chunk)
    if left:
        raise OSError(f"{stretch.path} is shorter than it was")
    return content.hexdigest()


class Index:
    """What files held when they were last hashed; one small file for each, so that processes do
    not disturb one another.

    Parameters
    ----------
    folder: where; made when something is remembered.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def digest(self, files: Files, stop: threading.Event | None = None) -> str | None:
        """The digest of these files, read only where it is not known, and then remembered.

        None where `stop` was set meanwhile.

        Raises
        ------
        OSError: see `Files.digest`.
        """
        known = self.get(files)
        if known is not None:
            return known
        fresh = files.digest(stop)
        if fresh is not None and files.is_unchanged():
            self.put(files, fresh)
        return fresh

    def get(self, files: Files) -> str | None:
        """The digest of these files as they are; None where it is not known."""
        row = files.as_row()
        try:
            with open(self.folder / row, "rb") as file:
                digest, _, check = file.read(200).decode("ascii").partition(" ")
        except (OSError, ValueError):
            return None
        if check != _check(row, digest):
            return None
        with suppress(OSError):
            os.utime(self.folder / row)
        return digest

    def put(self, files: Files, digest: str) -> None:
        """Remember a digest; in silence not where that cannot be."""
        row = files.as_row()
        with suppress(OSError):
            private_folder(self.folder)
            write_private(self.folder / row, f"{digest} {_check(row, digest)}".encode())
            self._forget_old()

    def _forget_old(self) -> None:
        rows = [entry for entry in os.scandir(self.folder) if is_digest(entry.name)]
        if len(rows) > _MOST_ROWS:
            rows.sort(key=lambda entry: entry.stat().st_mtime)
            for entry in rows[: len(rows) - _MOST_ROWS // 2]:
                with suppress(OSError):
                    os.unlink(entry.path)


def _check(row: str, digest: str) -> str:
    """A flipped bit in a row must not send a video to another's place."""
    return hashlib.sha256(f"{row} {digest}".encode()).hexdigest()[:16]


def is_digest(text: str) -> bool:
    """Whether a text is a sha256 as we write it."""
    return len(text) == 64 and set(text) <= set("0123456789abcdef")
