"""A video from a pipe: kept in a temporary file, because most containers must be read twice."""

import os
import shutil
import sys
import tempfile
from contextlib import suppress
from typing import IO, BinaryIO

from sf_mlx.errors import EmptyVideoError, UsageError, VideoError, VideoLimitError
from sf_mlx.video.limits import Limits

_CHUNK = 1 << 20


def spool(pipe: BinaryIO | None, limits: Limits) -> IO[bytes]:
    """Copy a pipe (standard input where None) into a temporary file.

    The file is deleted when it is closed or forgotten; `.name` is its path.

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
        file = tempfile.NamedTemporaryFile(prefix="sf-mlx-", suffix=".video")  # noqa: SIM115
    except OSError as error:
        raise VideoError(
            f"-: cannot keep the piped video, no temporary file can be made ({error.strerror}). "
            "Set TMPDIR to a folder that can be written."
        ) from None
    try:
        if not _copy(pipe, file, limits):
            raise EmptyVideoError("-: nothing came through the pipe.")
    except BaseException:
        with suppress(OSError):  # a full disk may complain once more
            file.close()
        raise
    return file


def _copy(pipe: BinaryIO, file: IO[bytes], limits: Limits) -> int:
    """The number of bytes that came."""
    size = 0
    while chunk := _read(pipe):
        size += len(chunk)
        if size > limits.piped_bytes:
            raise VideoLimitError(
                f"-: more than {limits.piped_bytes / 2**30:.3g} GiB came through the pipe. "
                "Save it to a file and read that."
            )
        try:
            file.write(chunk)
            file.flush()
        except OSError as error:
            folder = os.path.dirname(file.name)
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
