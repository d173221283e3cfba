"""Where the test clips are, and small ways to make, read and compare them."""

import hashlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from sf_mlx.video.film import Film, open_film
from sf_mlx.video.limits import DEFAULT_LIMITS
from sf_mlx.video.open import LocalFile, find_file

DATA = Path(__file__).parent.parent / "data" / "video"
ODD = DATA / "odd"
# the complete set, where the checkout stands beside it
SHARED = Path(__file__).parent.parent.parent.parent / "shared" / "videos"

Picture = npt.NDArray[np.uint8]


def film(path: Path) -> Film:
    """An opened and settled film."""
    opened = open_film(found(path))
    opened.settle()
    return opened


def found(path: Path) -> LocalFile:
    """A file that is there."""
    return find_file(str(path), str(path), DEFAULT_LIMITS)


def psnr(a: npt.NDArray[np.generic], b: npt.NDArray[np.generic]) -> float:
    """Peak signal-to-noise ratio of 8-bit pictures, dB."""
    error = np.mean((a.astype(np.float64) - b.astype(np.float64)) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def digest(frame: VideoFrame) -> str:
    """A frame's decoded content."""
    return hashlib.sha1(frame.to_ndarray().tobytes()).hexdigest()


def straight(path: Path, stream: int) -> dict[int, str]:
    """Every frame's content by its pts, decoded from first to last by FFmpeg alone."""
    found: dict[int, str] = {}
    with av.open(f"file:{path}", metadata_errors="replace") as container:
        try:
            for frame in container.decode(container.streams[stream]):
                assert isinstance(frame, VideoFrame)
                if frame.pts is not None:
                    found[frame.pts] = digest(frame)
        except av.error.InvalidDataError:
            pass  # the file is cut short here
    return found


def encode(
    path: Path,
    frames: npt.NDArray[np.uint8],
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    rate: int = 25,
    options: dict[str, str] | None = None,
    stamps: list[int] | None = None,
    container_options: dict[str, str] | None = None,
    **attributes: int,
) -> Path:
    """Write RGB frames [T,H,W,3] (or RGBA) as a video; `stamps` are in 1/1000 s."""
    with av.open(str(path), "w", container_options=container_options or {}) as out:
        stream = out.add_stream(codec, rate=rate, options=options or {})
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = pixel_format
        if stamps:
            stream.codec_context.time_base = Fraction(1, 1000)
        for name, value in attributes.items():
            setattr(stream.codec_context, name, value)
        for i, pixels in enumerate(frames):
            frame = VideoFrame.from_ndarray(pixels, "rgba" if pixels.shape[2] == 4 else "rgb24")
            frame = frame.reformat(format=pixel_format)
            if stamps:
                frame.pts, frame.time_base = stamps[i], Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def moving_square(count: int, height: int = 96, width: int = 128) -> Picture:
    """uint8 [count,height,width,3]: a white square on grey that moves to the right, frame by frame.

    Its column tells which frame it is.
    """
    frames = np.full((count, height, width, 3), 64, np.uint8)
    for i in range(count):
        x = i * (width - 16) // max(count - 1, 1)
        frames[i, 40:56, x : x + 16] = 255
    return frames
