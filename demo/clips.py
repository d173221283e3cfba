"""Scenes as real video files: H.264 or HEVC in MP4, written through PyAV."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO

import av
import numpy as np
import numpy.typing as npt
from av.video.stream import VideoStream

from demo.draw import draw
from demo.world import Scene

HEIGHTS = (168, 224, 240, 288, 336)
RATES = (10, 12, 15, 24, 25, 30)


@dataclass(frozen=True)
class Recording:
    """How a scene is filmed.

    Attributes
    ----------
    width, height: pixels, even.
    frames, rate: how many, and how many a second.
    codec: "libx264" or "libx265".
    crf: the codec's constant quality; larger is worse.
    """

    width: int
    height: int
    frames: int
    rate: int
    codec: str
    crf: int


def film(scene: Scene, rng: np.random.Generator) -> Recording:
    """A random way of recording a scene, with its aspect ratio."""
    height = int(rng.choice(HEIGHTS))
    return Recording(
        width=2 * round(height * scene.aspect / 2),
        height=height,
        frames=int(rng.integers(60, 151)),
        rate=int(rng.choice(RATES)),
        codec=str(rng.choice(["libx264", "libx264", "libx264", "libx265"])),
        crf=int(rng.integers(17, 31)),
    )


def write(
    scene: Scene, recording: Recording, target: str | Path | IO[bytes], rng: np.random.Generator
) -> None:
    """Write the scene as an MP4 file.

    Parameters
    ----------
    rng: where the picture's noise comes from.
    """
    times = np.linspace(0, 1, recording.frames, dtype=np.float32)
    quiet = {"x265-params": "log-level=none"} if recording.codec == "libx265" else {}
    where = str(target) if isinstance(target, Path) else target
    with av.open(where, "w", format="mp4") as container:
        stream = container.add_stream(
            recording.codec,
            rate=Fraction(recording.rate),
            options={"crf": str(recording.crf), "preset": "veryfast", **quiet},
        )
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = recording.width, recording.height
        stream.pix_fmt = "yuv420p"
        # One core a file: many files are written at a time
        stream.codec_context.thread_count = 1
        for picture in draw(scene, times, recording.width, recording.height, rng):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def midpoints(total: int, count: int) -> npt.NDArray[np.int64]:
    """Which frames the runtime samples: sf_mlx.video.select.midpoints, which needs no MLX here."""
    edges = np.round((total - 1) / count * np.arange(count + 1)).astype(np.int64)
    return (edges[:-1] + edges[1:]) // 2


def read(source: str | Path | IO[bytes], frames: int, size: int) -> npt.NDArray[np.uint8]:
    """The frames that the runtime would sample from a clip, uint8 [frames, size, size, 3]."""
    with av.open(str(source) if isinstance(source, Path) else source, "r") as container:
        decoded = list(container.decode(video=0))
        chosen = [decoded[i].to_image() for i in midpoints(len(decoded), frames)]
    return np.stack([np.asarray(image.resize((size, size), 3)) for image in chosen])
