"""Which files have stopped changing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sf_mlx.fingerprint import Stamp


@dataclass(frozen=True)
class _Seen:
    stamp: Stamp
    since: float
    done: bool


class Settling:
    """Files that are looked at again and again: which have been the same for long enough.

    Two looks decide, and no clock but the caller's: a file's own times may come from another
    machine, and a copy may set them to anything.

    Parameters
    ----------
    seconds: how long a file must have been the same.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: dict[str, _Seen] = {}

    def look(self, stamps: Mapping[str, Stamp], now: float) -> dict[str, float]:
        """Take note of the files that are there now.

        Parameters
        ----------
        stamps: by path.
        now: in seconds, of a clock that only goes forward.

        Returns
        -------
        Those that are the same for long enough and not done, each with its seconds.
        """
        seen = {}
        for path, stamp in stamps.items():
            before = self._seen.get(path)
            same = before is not None and before.stamp == stamp
            seen[path] = before if same and before is not None else _Seen(stamp, now, False)
        self._seen = seen
        return {
            path: now - file.since
            for path, file in seen.items()
            if not file.done and now - file.since >= self._seconds
        }

    def done(self, path: str) -> None:
        """Leave a file out until it changes."""
        file = self._seen[path]
        self._seen[path] = _Seen(file.stamp, file.since, True)

    def stamp(self, path: str) -> Stamp:
        """What the file was when it was looked at last."""
        return self._seen[path].stamp

    @property
    def pending(self) -> list[str]:
        """Files that are not done."""
        return [path for path, file in self._seen.items() if not file.done]
