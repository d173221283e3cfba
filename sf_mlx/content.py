"""What a video is, whatever it is called: the hash of its bytes, and signs that they changed."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import Any, NamedTuple

from sf_mlx.video.open import local_path
from sf_mlx.video.stills import SUFFIXES


class Stamp(NamedTuple):
    """What the file system says of a file: another stamp may be another content."""

    device: int
    inode: int
    size: int
    mtime_ns: int


def stamp_of(path: str) -> Stamp | None:
    """The stamp of a regular file or a folder; None where there is none."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        return None
    return Stamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def path_of(video: Any) -> str | None:
    """The local path that a video is given by; None for arrays, images and standard input."""
    if not isinstance(video, str | os.PathLike):
        return None
    path = local_path(os.fspath(video))
    return None if path == "-" else path


def content_of(path: str) -> str | None:
    """The sha256 of a file's bytes, or of a folder's pictures with their names, in hexadecimal.

    None where it cannot be read; opening it says why.
    """
    stamp = stamp_of(path)
    if stamp is None:  # a pipe would block
        return None
    try:
        if not os.path.isdir(path):
            return _digest(path)
        whole = hashlib.sha256()
        for entry in sorted(os.scandir(path), key=lambda entry: entry.name):
            hidden = entry.name.startswith(".")
            if entry.name.lower().endswith(SUFFIXES) and not hidden and entry.is_file():
                name = os.fsencode(entry.name)
                whole.update(b"%d %s %s\n" % (len(name), name, _digest(entry.path).encode()))
        return whole.hexdigest()
    except OSError:
        return None


def _digest(path: str) -> str:
    with open(path, "rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
