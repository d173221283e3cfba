"""Write a file so that it is complete or not there, whatever happens meanwhile."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from sf_mlx.errors import OutputError, printable


def write_whole(path: str | os.PathLike[str], data: bytes) -> None:
    """Write under a temporary name in the same folder, then rename over what is there.

    Parameters
    ----------
    path: where a link leads, its target is replaced and the link stays.
    data: what the file shall hold.

    Raises
    ------
    OutputError: no such folder, no permission, a full disk, or the path is no regular file.
    """
    name = printable(path)
    part: Path | None = None
    try:
        target = Path(os.path.realpath(path))
        part = target.with_name(f".{secrets.token_hex(8)}.part")
        # A device or a pipe would be replaced by a file
        if os.path.lexists(target) and not target.is_file():
            raise OutputError(f"{name} cannot be written: it is no regular file")
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        part.replace(target)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"{name} cannot be written: {reason}") from error
    finally:
        if part is not None:
            with suppress(OSError):
                part.unlink(missing_ok=True)
