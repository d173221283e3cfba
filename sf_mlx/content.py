"""What a video is, whatever it is called: the files that it is made of, and what they hold."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sf_mlx.fingerprint import Files, Stretch
from sf_mlx.video.open import local_path
from sf_mlx.video.stills import pictures_and_videos

if TYPE_CHECKING:
    from sf_mlx.cache import Cache


def path_of(video: Any) -> str | None:
    """The local path that a video is given by; None for arrays, images and standard input."""
    if not isinstance(video, str | os.PathLike | bytes):
        return None
    path = local_path(os.fsdecode(video))
    return None if path == "-" else path


def files_of(path: str) -> Files:
    """The file of a video, or the pictures that it is made of with their names.

    Raises
    ------
    OSError, ValueError: it cannot be read.
    """
    if not os.path.isdir(path):
        return Files.now([Stretch("", path)])
    files, videos = pictures_and_videos(path)
    # Any change of what is in it shows in the folder's times
    inside = Stretch(f"{len(videos)} videos", path, size=0)
    return Files.now([inside, *(Stretch(file.name, str(file)) for file in files)])


@dataclass(frozen=True)
class Content:
    """What a video held when it was looked at.

    Attributes
    ----------
    path: the video.
    sha256: of a file's bytes, or of a folder's pictures with their names, in hexadecimal. None
        where it cannot be read; opening it says why.
    """

    path: str
    sha256: str | None
    _files: Files | None
    _cache: Cache | None

    @classmethod
    def read(cls, path: str, cache: Cache | None = None) -> Content:
        """As it is now.

        Parameters
        ----------
        cache: it knows contents without reading them, and learns them.
        """
        try:
            files = files_of(path)
            index = cache.index if cache is not None and cache.size else None
            sha256 = files.digest() if index is None else index.digest(files)
        except (OSError, ValueError):
            return cls(path, None, None, cache)
        return cls(path, sha256, files, cache)

    def again(self) -> Content:
        """As it is now; read only if it is not unchanged for certain.

        Files that are touched have other times and what they had in them.
        """
        if self._files is not None and self._files.is_unchanged():
            return self
        return Content.read(self.path, self._cache)
