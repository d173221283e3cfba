"""How many threads to read a video with: what the cores offer and a bound on memory allows."""

from av.video.format import VideoFormat

from sf_mlx.device import cores
from sf_mlx.video.info import VideoInfo

# These keep reading under 200 MB. A reader was measured at 26 bytes for each pixel of its pictures
# (36 with 10 bits), a further thread in one decoder at three pictures.
_READERS_BYTES = 150_000_000
_THREADS_BYTES = 32_000_000
_MAX_READERS = 4
_MAX_THREADS = 8


def readers_and_threads(info: VideoInfo, runs: int, hwaccel: bool) -> tuple[int, int]:
    """Readers side by side, and threads in the decoder of each.

    Parameters
    ----------
    runs: stretches that can be decoded on their own. Where there are enough, readers share them:
        threads inside one decoder lose their pipeline at every seek.
    hwaccel: one reader (whether several hardware decoders pay was not measured on a Mac).
    """
    pixels = info.stored_width * info.stored_height
    readers = min(_MAX_READERS, cores(), _READERS_BYTES // (pixels * (36 if _deep(info) else 26)))
    if readers > 1 and runs >= 2 * readers and not hwaccel:
        return readers, 1
    return 1, threads_alone(info)


def threads_alone(info: VideoInfo) -> int:
    """Threads for one decoder that works alone."""
    picture = info.stored_width * info.stored_height * (3 if _deep(info) else 1.5)
    return min(_MAX_THREADS, cores(), 1 + int(_THREADS_BYTES // (3 * picture)))


def draws_ahead(info: VideoInfo) -> bool:
    """Whether memory allows to draw one picture while the next is decoded (not from 4K up)."""
    pixels = info.stored_width * info.stored_height
    # the decoder's next picture, and RGB
    return pixels * ((3 if _deep(info) else 1.5) + 3) <= _THREADS_BYTES


def _deep(info: VideoInfo) -> bool:
    """Whether a component has more than 8 bits."""
    try:
        return VideoFormat(info.pixel_format).components[0].bits > 8
    except (ValueError, IndexError):  # a format that is not known before the first frame
        return False
