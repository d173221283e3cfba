"""Why a file could not be opened as a video, from its first bytes."""

from sf_mlx.errors import (
    NotAVideoError,
    RefusedVideoError,
    TruncatedVideoError,
    UnsupportedVideoError,
    VideoError,
    VideoNotFoundError,
)

_HEAD = 4096

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


def explain(path: str, name: str, error: Exception) -> VideoError:
    """The error to raise for what `av.open` raised; reads the first bytes of the file."""
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
        return VideoNotFoundError(f"{name}: cannot be read ({error.strerror}).")
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD)
    except OSError as failure:
        return VideoNotFoundError(f"{name}: cannot be read ({failure.strerror}).")
    return _by_first_bytes(name, head)


def _by_first_bytes(name: str, head: bytes) -> VideoError:
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
        brand = head[8:12]
        if head[4:8] == b"ftyp" and brand in (b"heic", b"heix", b"mif1", b"msf1", b"hevc"):
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
        return head.decode("utf-8", "ignore" if len(head) == _HEAD else "strict").isprintable() or (
            all(byte >= 32 or byte in b"\t\r\n\f" for byte in head)
        )
    except UnicodeDecodeError:
        return False
