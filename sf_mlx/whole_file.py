"""Write a file so that it is complete or not there, whatever happens meanwhile.

`write_whole` is for what the user asked for, `write_private` for what sf-mlx keeps for itself.
"""

import os
import time
from contextlib import suppress
from pathlib import Path

from sf_mlx.errors import OutputError, printable

# What a file is called until it is complete
PART = ".sf-mlx-part"
# Seconds after which nobody writes to it any more
_ABANDONED = 3600


def write_whole(path: str | os.PathLike[str], data: bytes, part: str | None = None) -> None:
    """Write under a temporary name in the same folder, then rename over what is there.

    Parameters
    ----------
    path: where a link leads, its target is replaced and the link stays.
    data: what the file shall hold; it is on the disk when this returns.
    part: the temporary name, for who sweeps it away himself; one of its own when not given.

    Raises
    ------
    OutputError: no such folder, no permission, a full disk, or the path is no regular file.
    """
    name = printable(path)
    try:
        target = Path(os.path.realpath(path))
        # A device or a pipe would be replaced by a file
        if os.path.lexists(target) and not target.is_file():
            raise OutputError(f"{name} cannot be written: it is no regular file")
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666
        _replace(target, (data,), part or _part(), mode, is_forced=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"{name} cannot be written: {reason}") from error


def write_private(path: Path, *parts: bytes) -> None:
    """Write a file that is only for this user; whoever opens it finds the old one or the new one,
    complete.

    It is not forced to the disk: what is kept so is checked when it is read.

    Parameters
    ----------
    parts: its bytes.

    Raises
    ------
    OSError: it cannot be written; nothing is left behind, and an older file stays as it was.
    """
    _replace(path, parts, _part(), 0o600, is_forced=False)


def _part() -> str:
    return f".{os.urandom(8).hex()}{PART}"


def _replace(
    target: Path, data: tuple[bytes, ...], name: str, mode: int, *, is_forced: bool
) -> None:
    part = target.with_name(name)
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(handle, "wb") as file:
            for piece in data:
                file.write(piece)
            if is_forced:
                file.flush()
                os.fsync(handle)
        os.replace(part, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(part)
        raise


def sweep(folder: Path) -> None:
    """Remove what writers that were killed have left in a folder."""
    before = time.time() - _ABANDONED
    with suppress(OSError), os.scandir(folder) as found:
        for entry in found:
            with suppress(OSError):
                if entry.name.endswith(PART) and entry.stat().st_mtime < before:
                    os.unlink(entry.path)
