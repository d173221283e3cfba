"""A video from a pipe: kept in a temporary file, because most containers must be read twice.

The file must be gone however the process ends, by any signal. On Linux it never has a name: readers
open it through /proc/self/fd, each with a place of its own. On macOS /dev/fd shares one place among
all that open it, so that readers would disturb each other; there the file has a name, and a waiting
shell removes it when this process has ended.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, BinaryIO

from sf_mlx.errors import EmptyVideoError, UsageError, VideoError, VideoLimitError
from sf_mlx.video.limits import Limits, how_to_set

_CHUNK = 1 << 20
_OPEN_FILES = "/proc/self/fd"


@dataclass
class Spooled:
    """A temporary file, gone when it is closed or the process ends.

    Attributes
    ----------
    path: where this process can open it.
    remover: removes it when this process has ended, where the file has a name.
    """

    path: str
    file: IO[bytes]
    remover: "subprocess.Popen[bytes] | None" = None

    def close(self) -> None:
        """Delete the file."""
        try:
            with suppress(OSError):  # a full disk may complain once more
                self.file.close()
        finally:
            if self.remover is not None:
                self.remover.communicate()


def spool(pipe: BinaryIO | None, limits: Limits) -> Spooled:
    """Copy a pipe (standard input where None) into a temporary file.

    Raises
    ------
    UsageError: standard input is a terminal or closed.
    EmptyVideoError: nothing came.
    VideoLimitError: more than `limits.piped_bytes`.
    VideoError: the pipe breaks, or the video cannot be kept.
    """
    if pipe is None:
        if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
            raise UsageError("- means a video from a pipe, but nothing is piped in.")
        pipe = sys.stdin.buffer
    try:
        spooled = _temporary()
    except OSError as error:
        raise VideoError(
            f"-: cannot keep the piped video, no temporary file can be made ({error.strerror}). "
            "Set TMPDIR to a folder that can be written."
        ) from None
    try:
        if not _copy(pipe, spooled.file, limits):
            raise EmptyVideoError("-: nothing came through the pipe.")
    except BaseException:
        spooled.close()
        raise
    return spooled


def _temporary() -> Spooled:
    if os.path.isdir(_OPEN_FILES):
        unnamed = tempfile.TemporaryFile(prefix="sf-mlx-", suffix=".video")  # noqa: SIM115
        return Spooled(f"{_OPEN_FILES}/{unnamed.fileno()}", unnamed)
    named = tempfile.NamedTemporaryFile(prefix="sf-mlx-", suffix=".video")  # noqa: SIM115
    try:
        # `cat` ends when the other side of its pipe does, that is with this process
        remover = subprocess.Popen(
            ["/bin/sh", "-c", 'cat > /dev/null; rm -f "$0"', named.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,  # a signal to all of a terminal's processes must not reach it
        )
    except BaseException:
        named.close()
        raise
    return Spooled(named.name, named, remover)


def _copy(pipe: BinaryIO, file: IO[bytes], limits: Limits) -> int:
    """The number of bytes that came."""
    size = 0
    while chunk := _read(pipe):
        size += len(chunk)
        if size > limits.piped_bytes:
            raise VideoLimitError(
                f"-: more than {limits.piped_bytes / 2**30:.3g} GiB came through the pipe. "
                f"Save it to a file and read that, or raise the limit: {how_to_set('piped_bytes')}."
            )
        try:
            file.write(chunk)
            file.flush()
        except OSError as error:
            folder = tempfile.gettempdir()
            free = shutil.disk_usage(folder).free >> 20
            raise VideoError(
                f"-: cannot keep the piped video in {folder} ({error.strerror}; {free} MB free)."
            ) from None
    return size


def _read(pipe: BinaryIO) -> bytes:
    try:
        return pipe.read(_CHUNK)
    except OSError as error:
        raise VideoError(f"-: the pipe cannot be read ({error.strerror}).") from None
