"""Where sf-mlx keeps what outlives a command.

Folders are the system's own for such things (platformdirs). Variables of the environment name
others: `SF_MLX_STATE` a folder, `SF_MLX_CONFIG` a file; the cache's is a setting.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path

from sf_mlx.errors import OutputError

APP = "sf-mlx"
# Bytes of the cache at most; a video of a 7B model takes 30 million
CACHE_SIZE = 4_000_000_000


def cache_folder() -> Path:
    """What can be made anew; the system may empty it."""
    from platformdirs import user_cache_path

    return user_cache_path(APP, appauthor=False)


def state_folder() -> Path:
    """What cannot be made anew, and is no document of the user's: past conversations."""
    from platformdirs import user_state_path

    return _named("SF_MLX_STATE") or user_state_path(APP, appauthor=False)


def config_file() -> Path:
    """The user's settings."""
    from platformdirs import user_config_path

    return _named("SF_MLX_CONFIG") or user_config_path(APP, appauthor=False) / "config.toml"


def library_file() -> Path:
    """The user's own library of clips, in the system's folder for a program's data.

    Raises
    ------
    OutputError: this user has none.
    """
    from platformdirs import user_data_path

    folder = user_data_path(APP, appauthor=False)
    if not folder.is_absolute():  # "~/..." would be a folder of that name, here
        raise OutputError("this user has no home folder for the library: name it with --database")
    return folder / "library.db"


def _named(variable: str) -> Path | None:
    """The path that a variable of the environment names; one that is empty names nothing."""
    given = os.environ.get(variable)
    return Path(os.path.abspath(os.path.expanduser(given))) if given else None


def private_folder(path: Path) -> Path:
    """Make a folder that is only for this user, and be sure of it where it is there already.

    Raises
    ------
    OSError: it cannot be made, is no folder, or is another user's.
    """
    if not path.is_absolute():
        raise FileNotFoundError(2, "this user has no home folder", str(path))
    with suppress(FileExistsError):
        path.mkdir(mode=0o700, parents=True)
    # Of the path itself: a link could lead into a folder that others write to
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(20, "no folder", str(path))
    if found.st_uid != os.geteuid():
        raise PermissionError(13, "another user's folder", str(path))
    if stat.S_IMODE(found.st_mode) & 0o077:
        path.chmod(0o700)
    return path
