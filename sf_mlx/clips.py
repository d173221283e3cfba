"""Which videos are meant where files and folders are named.

A folder of pictures is one video, as everywhere; a folder that holds videos stands for each of
them, whatever pictures lie beside them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

from sf_mlx.errors import EmptyVideoError, VideoNotFoundError, printable
from sf_mlx.video.stills import SUFFIXES, VIDEO_SUFFIXES

# How a file without a suffix begins that is a video: MP4/MOV, Matroska/WebM, AVI, Flash
_MAGIC = re.compile(
    rb"....ftyp(?!heic|heix|mif1|msf1|avif|avis|M4A )|\x1aE\xdf\xa3|RIFF....AVI |FLV", re.S
)
_HEAD = 16
# A transport stream's packets begin with it; what else is called .ts is TypeScript
_SYNC, _PACKET = 0x47, 188


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
        inside = list(_in_folders(path)) if recursive else videos_in(path)
    except OSError as error:
        name = printable(error.filename or path)
        raise VideoNotFoundError(f"{name}: cannot be read ({error.strerror}).") from None
    if inside:
        return inside
    if recursive and not any(is_picture(entry) for entry in os.scandir(path)):
        raise EmptyVideoError(f"{printable(path)}: no videos in it or in its folders.")
    return [path]


def _in_folders(top: str) -> Iterator[str]:
    def fail(error: OSError) -> None:
        raise error

    # Links to folders are not followed: they may lead round
    for folder, inner, _ in os.walk(top, onerror=fail):
        inner[:] = sorted((name for name in inner if not name.startswith(".")), key=natural)
        yield from videos_in(folder)


def videos_in(folder: str) -> list[str]:
    """The videos of a folder, by their names or, where they have no suffix, by how they begin.

    Raises
    ------
    OSError: the folder cannot be read.
    """
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if is_video(entry)]
    return [os.path.join(folder, name) for name in sorted(names, key=natural)]


def is_video(entry: os.DirEntry[str]) -> bool:
    """Whether a folder's entry is meant as a video, be it broken or not."""
    suffix = os.path.splitext(entry.name)[1].lower()
    if entry.name.startswith(".") or (suffix and suffix not in VIDEO_SUFFIXES):
        return False
    # A regular file: a pipe of that name would block
    if not entry.is_file():
        return False
    if suffix == ".ts":
        head = _head(entry.path, _PACKET + 1)
        return not head or head[0] == head[-1] == _SYNC or not _is_text(head)
    return bool(suffix) or _MAGIC.match(_head(entry.path, _HEAD)) is not None


def is_picture(entry: os.DirEntry[str]) -> bool:
    """Whether a folder's entry is a picture of the video that the folder then is."""
    hidden = entry.name.startswith(".")
    return entry.name.lower().endswith(SUFFIXES) and not hidden and entry.is_file()


def natural(name: str) -> list[tuple[int, str]]:
    """Sort key: clip_2 before clip_10."""
    parts = re.findall(r"\d+|\D+", name)
    return [(int(part), "") if part.isdecimal() else (-1, part.lower()) for part in parts]


def _head(path: str, length: int) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read(length)
    except OSError:
        return b""


def _is_text(head: bytes) -> bool:
    return all(byte >= 32 or byte in b"\t\r\n\f" for byte in head)
