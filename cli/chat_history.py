"""The file in which `sf-mlx chat` keeps what was typed, for the next time."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from prompt_toolkit.history import FileHistory, History, InMemoryHistory

# Bytes: some ten thousand questions; beyond it the older half is dropped
_LARGEST = 1 << 20


def history_file() -> Path:
    """Where it lies."""
    from sf_mlx.places import state_folder

    return state_folder() / "chat-history"


def open_history(path: Path) -> History:
    """The history in a file that is only for this user; in memory alone where there can be none."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A link could lead into another file
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        handle = os.open(path, flags, 0o600)
        with os.fdopen(handle, "rb+") as file:
            os.fchmod(handle, 0o600)
            if os.fstat(handle).st_size > _LARGEST:
                file.seek(-_LARGEST // 2, os.SEEK_END)
                rest = file.read()
                # From the beginning of an entry on
                rest = rest[rest.find(b"\n#") + 1 :]
                file.truncate(0)
                file.write(rest)
    except OSError:
        return InMemoryHistory()
    return _Kept(str(path))


class _Kept(FileHistory):
    """What a full disk or a removed folder takes away is not worth ending a conversation for."""

    def load_history_strings(self) -> Iterable[str]:
        with suppress(OSError):
            return list(super().load_history_strings())
        return []

    def store_string(self, string: str) -> None:
        with suppress(OSError, UnicodeError):
            super().store_string(string)
