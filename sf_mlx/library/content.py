"""What a file holds: the hash of all of it, and a stamp by which it need not be read again."""

import errno
import hashlib
import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass

# Seconds: a file that changed this recently can change again without another time stamp
_SETTLED = 2.0
_PIECE = 1 << 20  # bytes


@dataclass(frozen=True)
class Content:
    """What a file holds.

    Attributes
    ----------
    sha256: of all its bytes, 32 bytes.
    stamp: what `stamp_of` says as long as it holds them.
    settled: whether the stamp proves it later, too.
    """

    sha256: bytes
    stamp: str
    settled: bool


class Stopped(Exception):
    """Whoever wanted the content does so no more."""


def stamp_of(status: os.stat_result) -> str:
    """Device, inode, size and times of a file: equal as long as nobody has written to it."""
    numbers = (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )
    return " ".join(map(str, numbers))


def read_content(path: str, stop: Callable[[], bool] = lambda: False) -> Content:
    """Read a file through.

    Parameters
    ----------
    path: a regular file.
    stop: asked between pieces whether to give up.

    Raises
    ------
    OSError: it cannot be read.
    Stopped: `stop` said so.
    """
    digest = hashlib.sha256()
    # A pipe would be waited for, a device may have no end
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb", buffering=0) as file:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        while piece := file.read(_PIECE):
            digest.update(piece)
            if stop():
                raise Stopped
        after = os.fstat(handle)
    age = time.time() - max(after.st_mtime, after.st_ctime)
    settled = age > _SETTLED and stamp_of(before) == stamp_of(after)
    return Content(digest.digest(), stamp_of(after), settled)
