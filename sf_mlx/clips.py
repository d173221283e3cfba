"""Which videos are meant where files and folders are named.

A folder of pictures is one video, as everywhere; a folder that holds videos stands for each of
them, whatever pictures lie beside them. Hidden files and folders are left out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sf_mlx.errors import EmptyVideoError, VideoNotFoundError, printable
from sf_mlx.video.stills import VIDEO_SUFFIXES, natural, pictures_and_videos

# How a file without a suffix begins that is a video: MP4/MOV, Matroska/WebM, AVI, Flash
_MAGIC = re.compile(
    rb"....ftyp(?!heic|heix|mif1|msf1|avif|avis|M4A )|\x1aE\xdf\xa3|RIFF....AVI |FLV", re.S
)
# What else is called so is TypeScript
_STREAMS = (".ts", ".mts")
# The first byte of a transport stream's packets; bytes from one to the next and before the first,
# on tape and on disc
_SYNC = 0x47
_PACKETS = ((188, 0), (192, 4))
_HEAD = 256


def find_clips(paths: Sequence[str], *, recursive: bool = False) -> list[str]:
    """The videos that are named, each once, those of a folder in natural order.

    Parameters
    ----------
    paths: files, folders of pictures (one video each), and folders of videos. What does not exist
        stays as it is: asking about it says so.
    recursive: look into the folders of a folder too.

    Raises
    ------
    EmptyVideoError: with `recursive`, a folder with neither videos nor pictures of its own.
    VideoNotFoundError: a folder that cannot be read.
    """
    found: dict[str, str] = {}
    for path in paths:
        for clip in _meant_by(path, recursive):
            found.setdefault(os.path.abspath(clip), clip)
    return list(found.values())


def _meant_by(path: str, recursive: bool) -> list[str]:
    if not os.path.isdir(path):
        return [path]
    try:
        inside = _below(path) if recursive else videos_in(path)
        if not inside and recursive and not pictures_and_videos(path)[0]:
            raise EmptyVideoError(f"{printable(path)}: no videos in it or in its folders.")
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    return inside or [path]


def _below(path: str) -> list[str]:
    paths: set[str] = set()
    unread: dict[str, str] = {}
    _walk(path, os.stat(path), paths, unread, set())
    for folder, reason in unread.items():
        raise _unreadable(folder, reason)
    return _sorted(paths)


def videos_in(folder: str) -> list[str]:
    """The videos of a folder, by their names or, where they have no suffix, by how they begin.

    Raises
    ------
    OSError: the folder cannot be read.
    """
    with os.scandir(folder) as entries:
        return _sorted(entry.path for entry in entries if is_video(entry))


@dataclass(frozen=True)
class Found:
    """The clips that were looked for.

    Attributes
    ----------
    roots: the folders and files that were named, as absolute paths.
    paths: absolute, each once, in natural order.
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


def clips_below(named: Iterable[str | os.PathLike[str]]) -> Found:
    """All videos in folders, those below them included; a file that is named is taken as one.

    Links are followed, each folder once; pictures are no videos.

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
            raise _unreadable(root, getattr(error, "strerror", None) or str(error)) from None
        _walk(root, status, paths, unread, seen)
    return Found(tuple(roots), tuple(_sorted(paths)), unread)


def _walk(
    root: str,
    status: os.stat_result,
    paths: set[str],
    unread: dict[str, str],
    seen: set[tuple[int, int]],
) -> None:
    """Add the videos of a folder and of those below it; `seen`: folders that were walked.

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
            try:
                if is_video(entry):
                    paths.add(entry.path)
                elif not entry.name.startswith(".") and entry.is_dir():
                    later = linked if entry.is_symlink() else waiting
                    later.append((entry.path, entry.stat()))
            except OSError as error:
                if not entry.is_symlink():  # to itself, perhaps
                    unread[entry.path] = error.strerror or str(error)


def is_video(entry: os.DirEntry[str]) -> bool:
    """Whether a folder's entry is meant as a video, be it broken or not.

    Raises
    ------
    OSError: nobody knows what it is.
    """
    suffix = os.path.splitext(entry.name)[1].lower()
    if entry.name.startswith(".") or (suffix and suffix not in VIDEO_SUFFIXES):
        return False
    try:
        # A regular file: a pipe of that name would block
        if not entry.is_file():
            return False
    except OSError:
        if entry.is_symlink():  # to itself, perhaps; one that leads nowhere is no video
            return False
        raise
    if suffix in _STREAMS:
        head = _head(entry.path)
        return not head or _is_transport_stream(head) or not _is_text(head)
    return bool(suffix) or _MAGIC.match(_head(entry.path)) is not None


def _sorted(paths: Iterable[str]) -> list[str]:
    return sorted(paths, key=lambda path: (natural(path), os.fsencode(path)))


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _unreadable(path: str, reason: str) -> VideoNotFoundError:
    return VideoNotFoundError(f"{printable(path)}: cannot be read ({reason}).")


def _head(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read(_HEAD)
    except OSError:  # said when it is asked about
        return b""


def _is_transport_stream(head: bytes) -> bool:
    return any(
        head[start : start + 1] == head[start + step : start + step + 1] == bytes([_SYNC])
        for step, start in _PACKETS
    )


def _is_text(head: bytes) -> bool:
    return all(byte >= 32 or byte in b"\t\r\n\f" for byte in head)
