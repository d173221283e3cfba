"""Visual tokens on disk: tomorrow's question decodes no frame and needs no vision tower.

What is kept is found again by everything that it depends on, see `lookup.py`. Nothing here may
break an answer: what cannot be read is a miss, and what cannot be written is not kept.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sf_mlx.errors import printable
from sf_mlx.fingerprint import Index, canonical, is_digest
from sf_mlx.kept import LARGEST_HEADER, Kept, from_bytes, parse_header
from sf_mlx.places import private_folder
from sf_mlx.settings import Settings, read_settings
from sf_mlx.whole_file import PART, sweep, write_private

_SUFFIX = ".safetensors"


@dataclass(frozen=True)
class Entry:
    """A video in the cache, as a list shows it.

    Attributes
    ----------
    nbytes: on the disk.
    used: when it was last used, in seconds since 1970.
    video, model, spec: what it was kept for; the video's name of that time.
    frames: how many were seen.
    """

    path: Path
    nbytes: int
    used: float
    video: str
    model: str
    spec: str
    frames: int


class Cache:
    """Visual tokens in a folder of this user's, the least recently used dropped first.

    Several processes may use one folder at once.

    Parameters
    ----------
    folder: where; as it is set (see `settings.py`) when not given.
    size: bytes at most; as it is set when not given. 0 keeps nothing and finds nothing.

    Raises
    ------
    UsageError: what is set cannot be used.
    """

    def __init__(
        self, folder: str | os.PathLike[str] | None = None, size: int | None = None
    ) -> None:
        usual = read_settings() if folder is None or size is None else Settings()
        self.folder = usual.cache if folder is None else Path(folder)
        self.size = usual.cache_size if size is None else size
        self._videos = self.folder / "visual"
        self.index = Index(self.folder / "index")

    def holds_size(self, nbytes: int) -> bool:
        """Whether it has something of a file of so many bytes."""
        end = f"-{nbytes}{_SUFFIX}"
        return any(entry.name.endswith(end) for entry in self._scan())

    def find(self, key: dict[str, Any], nbytes: int, largest: int) -> Kept | None:
        """What was kept under a key; None where nothing was, or nothing that can be believed.

        Parameters
        ----------
        nbytes: of the video's file.
        largest: bytes that it can have at most.
        """
        path = self._path(key, nbytes)
        try:
            # Or a pipe of that name would be waited for
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
            with os.fdopen(handle, "rb") as file:
                if os.fstat(handle).st_size > largest:
                    return None
                kept = from_bytes(file.read(), key)
        except (OSError, ValueError):
            return None
        with suppress(OSError):
            os.utime(path)
        return kept

    def keep(self, key: dict[str, Any], nbytes: int, kept: Kept, facts: dict[str, Any]) -> None:
        """Keep a video; in silence not where the disk is full or read-only.

        Parameters
        ----------
        nbytes: of the video's file.
        facts: `model` and `spec`, for the list.
        """
        parts = kept.as_bytes(key, facts)
        needed = sum(map(len, parts))
        if needed > self.size:
            return
        with suppress(OSError):
            private_folder(self._videos)
            sweep(self._videos)
            self._make_room(needed)
            write_private(self._path(key, nbytes), *parts)

    def _make_room(self, needed: int) -> None:
        found = []
        for entry in self._scan():
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                found.append((status.st_mtime, status.st_size, entry.path))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total + needed <= self.size:
                return
            with suppress(OSError):
                os.unlink(path)
            total -= size

    def entries(self) -> list[Entry]:
        """What it holds, the last used first; what cannot be read is called damaged."""
        found = []
        for entry in self._scan():
            with suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                about = _about(Path(entry.path))
                found.append(Entry(Path(entry.path), status.st_size, status.st_mtime, *about))
        return sorted(found, key=lambda entry: -entry.used)

    @property
    def nbytes(self) -> int:
        """Bytes that it has on the disk."""
        return sum(entry.nbytes for entry in self.entries())

    def clear(self) -> int:
        """Remove everything that is ours, and nothing else; returns how many videos.

        Raises
        ------
        OSError: something cannot be removed.
        """
        videos = list(self._scan())
        for entry in videos:
            Path(entry.path).unlink(missing_ok=True)
        for folder in (self._videos, self.index.folder):
            for path in folder.iterdir() if folder.is_dir() else ():
                if is_digest(path.name) or path.name.endswith(PART):
                    path.unlink(missing_ok=True)
        return len(videos)

    def _path(self, key: dict[str, Any], nbytes: int) -> Path:
        digest = hashlib.sha256(canonical(key).encode()).hexdigest()
        return self._videos / f"{digest}-{nbytes}{_SUFFIX}"

    def _scan(self) -> Iterator[os.DirEntry[str]]:
        try:
            found = list(os.scandir(self._videos))
        except OSError:
            return
        for entry in found:
            name, _, rest = entry.name.partition("-")
            if is_digest(name) and rest.endswith(_SUFFIX):
                yield entry


def _about(path: Path) -> tuple[str, str, str, int]:
    """Video, model, pooling and frames of an entry, as its header says; not checked."""
    try:
        with open(path, "rb") as file:
            header, _ = parse_header(file.read(LARGEST_HEADER))
        about = json.loads(header["__metadata__"]["about"])
        facts = about["facts"]
        return (
            printable(about["info"]["name"]),
            printable(facts["model"]),
            printable(facts["spec"]),
            len(about["times"]),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "damaged", "", "", 0
