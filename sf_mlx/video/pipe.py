"""A video from a pipe: kept in a temporary file, because most containers must be read twice."""

import os
import shutil
import sys
import tempfile
from typing import IO, BinaryIO

from sf_mlx.errors import EmptyVideoError, UsageError, VideoError, VideoLimitError
from sf_mlx.video.limits import Limits

_CHUNK = 1 << 20


def spool(pipe: BinaryIO | None, limits: Limits) -> IO[bytes]:
    """Copy a pipe (standard input where None) into a temporary file.

    The file is deleted when it is closed or forgotten; `.name` is its path.

    Raises
    ------
    UsageError: standard input is a terminal.
    EmptyVideoError: nothing came.
    VideoLimitError: more than `limits.piped_bytes`.
    """
    if pipe is None:
        if sys.stdin is None or sys.stdin.isatty():
            raise UsageError("- means a video from a pipe, but nothing is piped in.")
        pipe = sys.stdin.buffer
    file = tempfile.NamedTemporaryFile(prefix="sf-mlx-", suffix=".video")  # noqa: SIM115
    try:
        size = 0
        while chunk := pipe.read(_CHUNK):
            size += len(chunk)
            if size > limits.piped_bytes:
                raise VideoLimitError(
                    f"-: more than {limits.piped_bytes / 2**30:.3g} GiB came through the pipe. "
                    "Save it to a file and read that."
                )
            file.write(chunk)
        file.flush()
    except OSError as error:
        file.close()
        folder = os.path.dirname(file.name)
        free = shutil.disk_usage(folder).free >> 20
        raise VideoError(
            f"-: cannot keep the piped video in {folder} ({error.strerror}; {free} MB free)."
        ) from None
    except BaseException:
        file.close()
        raise
    if not size:
        file.close()
        raise EmptyVideoError("-: nothing came through the pipe.")
    return file
