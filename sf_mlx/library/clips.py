"""Which files of a folder are clips."""

import os
from collections.abc import Iterable
from dataclasses import dataclass

from sf_mlx.errors import VideoNotFoundError, printable
from sf_mlx.video.stills import VIDEO_SUFFIXES

_SYNC = 0x47
# Bytes from one packet of a transport stream to the next, and before the first, on tape and on disc
_PACKETS = ((188, 0), (192, 4))


@dataclass(frozen=True)
class Found:
    """The clips that were looked for.

    Attributes
    ----------
    roots: the folders and files that were named, as absolute paths.
    paths: absolute, each once, in the order of their names.
    unread: folders and what was wrong with them; nobody knows what is in them.
    """

    roots: tuple[str, ...]
    paths: tuple[str, ...]
    unread: dict[str, str]

    def covers(self, path: str) -> bool:
        """Whether a file at this path would have been found."""
        return any(_within(path, root) for root in self.roots) and not any(
            _within(path, folder) for folder in self.unread
        )


def find_clips(named: Iterable[str | os.PathLike[str]]) -> Found:
    """All clips in folders, those below them included; a file that is named is taken as one.

    Links are followed, each folder once. Hidden files and folders are left out.

    Raises
    ------
    VideoNotFoundError: what is named is not there or cannot be read.
    """
    roots = [os.path.abspath(os.fsdecode(one)) for one in named]
    paths: set[str] = set()
    unread: dict[str, str] = {}
    seen: set[tuple[int, int]] = set()
    for root in roots:
        try:
            status = os.stat(root)
            if not os.path.isdir(root):
                paths.add(root)
                continue
            os.scandir(root).close()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise VideoNotFoundError(f"{printable(root)}: cannot be read ({reason}).") from None
        _walk(root, status, paths, unread, seen)
    return Found(tuple(roots), tuple(sorted(paths, key=os.fsencode)), unread)


def _walk(
    root: str,
    status: os.stat_result,
    paths: set[str],
    unread: dict[str, str],
    seen: set[tuple[int, int]],
) -> None:
    """Add the clips of a folder and of those below it; `seen`: folders that were walked.

    Links come last, so that a folder is known by its own path.
    """
    waiting = [(root, status)]
    linked: list[tuple[str, os.stat_result]] = []
    while waiting or linked:
        folder, status = (waiting or linked).pop()
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        try:
            with os.scandir(folder) as entries:
                inside = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            unread[folder] = error.strerror or str(error)
            continue
        for entry in inside:
            if entry.name.startswith("."):
                continue
            try:
                if entry.is_dir():
                    later = linked if entry.is_symlink() else waiting
                    later.append((entry.path, entry.stat()))
                elif entry.is_file() and _is_clip(entry.path):
                    paths.add(entry.path)
            except OSError as error:
                if entry.is_symlink():  # to itself, perhaps; one that leads nowhere is no clip
                    continue
                unread[entry.path] = error.strerror or str(error)


def _is_clip(path: str) -> bool:
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in VIDEO_SUFFIXES:
        return False
    return suffix not in (".ts", ".mts") or _is_transport_stream(path)


def _is_transport_stream(path: str) -> bool:
    """TypeScript has the same suffixes; what cannot be read is said later."""
    try:
        with open(path, "rb") as file:
            head = file.read(256)
    except OSError:
        return True
    return any(
        head[start : start + 1] == head[start + step : start + step + 1] == bytes([_SYNC])
        for step, start in _PACKETS
    )


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
