"""Find a local file and open it as a video, and nothing but that file; or say what it is."""

import os
import stat
from dataclasses import dataclass
from typing import Any, NamedTuple
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
    NotAVideoError,
    NoVideoStreamError,
    RefusedVideoError,
    TruncatedVideoError,
    UnsupportedVideoError,
    VideoError,
    VideoNotFoundError,
    printable,
)
from sf_mlx.video.headers import HEAD, Header, read_header
from sf_mlx.video.limits import Limits, Stopwatch, check_size

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
# characters
_NAME = 200
_ADDRESSES = ("http:", "https:", "file:")

# what a text file may begin with that names other files or addresses
_PLAYLISTS = {
    b"#extm3u": "an HLS playlist",
    b"ffconcat": "a concat script",
    b"v=0": "an SDP session",
    b"[playlist]": "a PLS playlist",
    b"<mpd": "a DASH manifest",
    b"<smil": "a SMIL playlist",
    b"<smoothstreamingmedia": "a Smooth Streaming manifest",
    b"<asx": "an ASX playlist",
}
# containers of which enough is left to say that the rest is damaged
_CONTAINERS = {
    b"\x1aE\xdf\xa3": "Matroska/WebM",
    b"RIFF": "AVI",
    b"OggS": "Ogg",
    b"FLV": "Flash",
    b"0&\xb2u": "Windows Media",
    b"GIF8": "GIF",
}
# major brands of HEIC photos
_HEIC = {b"heic", b"heix", b"mif1", b"msf1", b"hevc"}


@dataclass(frozen=True)
class LocalFile:
    """A file or folder that was found and can be read, and what all who read it share.

    Attributes
    ----------
    path: where it is.
    name: what messages call it.
    size: bytes.
    folder: whether it is one.
    header: what its first bytes say.
    limits: what reading it may cost.
    watch: how long it has been worked on.
    """

    path: str
    name: str
    size: int
    folder: bool
    header: Header
    limits: Limits
    watch: Stopwatch


class Opened(NamedTuple):
    """A file that FFmpeg has open: its video stream, and why this one. Whoever holds it closes
    the container."""

    container: InputContainer
    stream: VideoStream
    choice: str


def local_path(path: str) -> str:
    """The path that a ``file://`` address of this machine means; any other path as it is."""
    if path[:7].lower() != "file://" or os.path.lexists(path):
        return path
    host, slash, rest = path[7:].partition("/")
    if host.lower() not in ("", "localhost") or not slash:
        return path  # refused as an address
    return slash + os.fsdecode(unquote_to_bytes(os.fsencode(rest)))


def shown_name(path: str) -> str:
    """A path for messages: printable, and short enough to leave room for what happened."""
    return printable(path, _NAME)


def find_file(path: str, name: str, limits: Limits) -> LocalFile:
    """Find a folder or a regular file that can be read, and read its header.

    Raises
    ------
    VideoNotFoundError, EmptyVideoError, RefusedVideoError: a network address, a pipe or a device.
    """
    name = shown_name(name)
    header = Header(b"")
    try:
        status = os.stat(path)
        if stat.S_ISREG(status.st_mode):
            with open(path, "rb") as file:
                header = read_header(file)
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
    folder = stat.S_ISDIR(status.st_mode)
    return LocalFile(path, name, status.st_size, folder, header, limits, Stopwatch(name, limits))


def open_video(file: LocalFile, *, hwaccel: bool = False) -> Opened:
    """Open a file with FFmpeg and pick its video stream.

    Raises
    ------
    VideoError: a subclass that says what the file is instead.
    """
    try:
        container = av.open(
            # without the prefix a file called `http:clip.mp4` would be an address
            "file:" + file.path,
            metadata_errors="replace",
            container_options={"protocol_whitelist": "file", "format_whitelist": _FORMATS},
            hwaccel=HWAccel("videotoolbox", allow_software_fallback=True) if hwaccel else None,
        )
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise VideoNotFoundError(f"{file.name}: cannot be read ({error.strerror}).") from None
    except (av.FFmpegError, OSError, ValueError):
        raise _by_first_bytes(file.name, file.header.head) from None
    try:
        stream, choice = _pick_stream(file, container)
        context = stream.codec_context
        check_size(file.name, context.width, context.height, file.limits)
        context.options = {"max_pixels": str(min(file.limits.pixels, _LARGEST))}
        context.thread_type = "AUTO"
    except BaseException:
        container.close()
        raise
    return Opened(container, stream, choice)


def _pick_stream(file: LocalFile, container: InputContainer) -> tuple[VideoStream, str]:
    """The largest video stream: `av_find_best_stream` may take a thumbnail in Matroska."""
    if not container.streams.video:
        raise NoVideoStreamError(f"{file.name}: sound only, no video stream.")
    films = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not films:
        raise CoverArtError(f"{file.name}: sound with a cover picture, no video.")
    if container.format.name.startswith("mov") and any(
        file.header.track(s.id).sample_entries & _ENCRYPTED for s in films
    ):
        raise EncryptedVideoError(
            f"{file.name}: the video is encrypted (DRM) and cannot be decoded."
        )
    # av's stubs hide that codec_context is None where FFmpeg has no decoder
    contexts: list[Any] = [s.codec_context for s in films]
    known = [s for s, c in zip(films, contexts, strict=True) if c is not None]
    if not known:
        raise UnsupportedVideoError(f"{file.name}: no decoder for its video codec.")
    sized = [s for s in known if s.codec_context.width > 0 and s.codec_context.height > 0]
    if not sized:
        raise EmptyVideoError(f"{file.name}: the video stream holds no picture.")
    best = max(sized, key=lambda s: (s.codec_context.width * s.codec_context.height, -s.index))
    for stream in container.streams:
        if stream is not best and stream.index != best.index:
            stream.discard = Discard.all
    choice = "the only video stream" if len(films) == 1 else f"the largest of {len(films)}"
    return best, choice


def _by_first_bytes(name: str, head: bytes) -> VideoError:
    """Why a file could not be opened as a video."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"version https://git-lfs"):
        return NotAVideoError(
            f"{name}: a Git LFS pointer, not the video itself. Fetch it with `git lfs pull`."
        )
    for start, what in _PLAYLISTS.items():
        if text.startswith(start) or (text.startswith(b"<?xml") and start in text[:1024]):
            return RefusedVideoError(
                f"{name}: {what}, which names other files. Only a video file itself is read."
            )
    if head[4:8] == b"ftyp" or head[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip"):
        if head[4:8] == b"ftyp" and head[8:12] in _HEIC:
            return UnsupportedVideoError(f"{name}: a HEIC photo. Export it as JPEG or PNG first.")
        return TruncatedVideoError(
            f"{name}: an incomplete MP4/MOV file (its header is missing or damaged). "
            "Download or copy it again."
        )
    for magic, what in _CONTAINERS.items():
        if head.startswith(magic):
            return TruncatedVideoError(
                f"{name}: a damaged {what} file that cannot be opened. Download or copy it again."
            )
    if not head.strip(b"\0"):
        return NotAVideoError(f"{name}: nothing but zeros. Download or copy it again.")
    if _is_text(head):
        kind = "a web page" if text.startswith((b"<!doctype html", b"<html")) else "a text file"
        return NotAVideoError(f"{name}: {kind}, not a video.")
    return NotAVideoError(f"{name}: not a video that FFmpeg knows.")


def _is_text(head: bytes) -> bool:
    try:
        # the head may end inside a character
        return head.decode("utf-8", "ignore" if len(head) == HEAD else "strict").isprintable() or (
            all(byte >= 32 or byte in b"\t\r\n\f" for byte in head)
        )
    except UnicodeDecodeError:
        return False
