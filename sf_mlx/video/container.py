"""Open a local file as a video, and nothing but that file."""

import os
import stat
from typing import Any
from urllib.parse import unquote_to_bytes

import av
from av.codec.hwaccel import HWAccel
from av.container import InputContainer
from av.stream import Discard, Disposition
from av.video.stream import VideoStream

from sf_mlx.errors import (
    CoverArtError,
    EmptyVideoError,
    EncryptedVideoError,
    NoVideoStreamError,
    RefusedVideoError,
    UnsupportedVideoError,
    VideoNotFoundError,
)
from sf_mlx.video import mp4
from sf_mlx.video.limits import Limits, check_size
from sf_mlx.video.refusal import explain

# Demuxers that read one file and open no other. Playlists, concat scripts, SDP, DASH and image
# patterns are not among them, so a file is refused whatever its name. The sound formats are there
# to be told apart from noise.
_FORMATS = (
    "mov,matroska,avi,mpegts,mpeg,gif,flv,asf,ogg,mpegvideo,m4v,h264,hevc,ivf,obu,dv,"
    "mp3,wav,flac,aac,aiff"
)
# sample entries of Common Encryption and of FairPlay
_ENCRYPTED = {b"encv", b"drmi"}
# FFmpeg's own bound for pictures
_LARGEST = 2**31 - 1
_ADDRESSES = ("http:", "https:", "file:")


def local_path(path: str) -> str:
    """The path that a ``file://`` address of this machine means; any other path as it is."""
    if path[:7].lower() != "file://" or os.path.lexists(path):
        return path
    host, slash, rest = path[7:].partition("/")
    if host.lower() not in ("", "localhost") or not slash:
        return path  # refused as an address
    return slash + os.fsdecode(unquote_to_bytes(os.fsencode(rest)))


def printable(path: str) -> str:
    """A path for messages: one line, whatever the file is called."""
    return "".join(c if c.isprintable() else "?" for c in path)


def check_file(path: str, name: str) -> os.stat_result:
    """The file's stat, where it is a folder or a regular file that can be read.

    Raises
    ------
    VideoNotFoundError, EmptyVideoError, RefusedVideoError: a network address, a pipe or a device.
    """
    try:
        status = os.stat(path)
        if stat.S_ISREG(status.st_mode):
            with open(path, "rb"):
                pass
    except FileNotFoundError:
        if "://" in path or path.lower().startswith(_ADDRESSES):
            raise RefusedVideoError(
                f"{name}: only local paths are read, no addresses. Download the video first."
            ) from None
        raise VideoNotFoundError(f"{name}: no such file.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise VideoNotFoundError(f"{name}: cannot be read ({reason}).") from None
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        raise RefusedVideoError(
            f"{name}: not a regular file. Pipe it in instead: `sf-mlx ask - ... < {name}`."
        )
    if stat.S_ISREG(status.st_mode) and status.st_size == 0:
        raise EmptyVideoError(f"{name}: the file is empty (0 bytes).")
    return status


def open_video(
    path: str, name: str, limits: Limits, *, threads: int = 1, hwaccel: bool = False
) -> tuple[InputContainer, VideoStream, str]:
    """Open a file and pick its video stream; messages call the file `name`.

    Returns
    -------
    The container (the caller closes it), the stream, and why this stream.

    Raises
    ------
    VideoError: a subclass that says what the file is instead.
    """
    try:
        container = av.open(
            # without the prefix a file called `http:clip.mp4` would be an address
            "file:" + path,
            metadata_errors="replace",
            container_options={"protocol_whitelist": "file", "format_whitelist": _FORMATS},
            hwaccel=HWAccel("videotoolbox", allow_software_fallback=True) if hwaccel else None,
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        raise explain(path, name, error) from None
    try:
        stream, choice = _pick_stream(path, name, container)
        context = stream.codec_context
        check_size(name, context.width, context.height, limits)
        context.options = {"max_pixels": str(min(limits.pixels, _LARGEST))}
        context.thread_type = "AUTO"
        context.thread_count = threads
    except BaseException:
        container.close()
        raise
    return container, stream, choice


def _pick_stream(path: str, name: str, container: InputContainer) -> tuple[VideoStream, str]:
    """The largest video stream: `av_find_best_stream` may take a thumbnail in Matroska."""
    if not container.streams.video:
        raise NoVideoStreamError(f"{name}: sound only, no video stream.")
    films = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not films:
        raise CoverArtError(f"{name}: sound with a cover picture, no video.")
    if container.format.name.startswith("mov") and any(
        mp4.track(path, s.id).sample_entries & _ENCRYPTED for s in films
    ):
        raise EncryptedVideoError(f"{name}: the video is encrypted (DRM) and cannot be decoded.")
    # av's stubs hide that codec_context is None where FFmpeg has no decoder
    contexts: list[Any] = [s.codec_context for s in films]
    known = [s for s, c in zip(films, contexts, strict=True) if c is not None]
    if not known:
        raise UnsupportedVideoError(f"{name}: no decoder for its video codec.")
    sized = [s for s in known if s.codec_context.width > 0 and s.codec_context.height > 0]
    if not sized:
        raise EmptyVideoError(f"{name}: the video stream holds no picture.")
    best = max(sized, key=lambda s: (s.codec_context.width * s.codec_context.height, -s.index))
    for stream in container.streams:
        if stream is not best and stream.index != best.index:
            stream.discard = Discard.all
    choice = "the only video stream" if len(films) == 1 else f"the largest of {len(films)}"
    return best, choice
