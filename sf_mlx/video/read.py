"""From a source to frames: probe, choose, decode."""

import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from sf_mlx.errors import NotAVideoError, VideoNotFoundError
from sf_mlx.video.choose import Selection, choose
from sf_mlx.video.limits import Limits

Source = str | os.PathLike[str] | npt.NDArray[np.uint8] | list[Image.Image]


@dataclass(frozen=True)
class VideoInfo:
    name: str
    container: str
    codec: str
    width: int
    height: int
    duration: float
    frames: int
    fps: float | None


@dataclass(frozen=True)
class Frame:
    """One picture: uint8 [size,size,3] RGB, its time in seconds, its index in the video."""

    image: npt.NDArray[np.uint8]
    time: float
    index: int | None


@dataclass
class Frames(Iterator[Frame]):
    """The chosen frames, in order, decoded as they are asked for."""

    info: VideoInfo
    times: tuple[float, ...]
    note: str | None
    _frames: Generator[Frame, None, None]
    warnings: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.times)

    def __next__(self) -> Frame:
        return next(self._frames)

    def close(self) -> None:
        self._frames.close()

    def __enter__(self) -> "Frames":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _pictures(source: Any) -> tuple[str, list[Any], list[float], float]:
    if isinstance(source, np.ndarray):
        return "numpy array", list(source), [float(i) for i in range(len(source))], float(len(source))
    if isinstance(source, list):
        return "images", source, [float(i) for i in range(len(source))], float(len(source))
    path = Path(source)
    if path.is_dir():
        import re
        files = sorted(
            (p for p in path.iterdir() if p.suffix.lower() in (".jpg", ".jpeg", ".png")),
            key=lambda p: [int(s) if s.isdigit() else s for s in re.split(r"(\d+)", p.name)],
        )
        return str(path), list(files), [float(i) for i in range(len(files))], float(len(files))
    if not path.exists():
        raise VideoNotFoundError(f"{path}: no such file.")
    try:
        with av.open(f"file:{path}", metadata_errors="replace") as box:
            pts = sorted(float(p.pts * p.time_base) for p in box.demux(video=0) if p.pts is not None and p.size and not p.is_discard)
    except av.error.FFmpegError as error:
        raise NotAVideoError(f"{path}: not a video.") from error
    times = [t - pts[0] for t in pts]
    return str(path), [], times, times[-1] + (times[-1] / max(1, len(times) - 1))


def read_frames(
    source: Source,
    selection: Selection = Selection(),
    *,
    size: int = 336,
    exact: bool = False,
    limits: Limits = Limits(),
    progress: Callable[[int, int], None] | None = None,
    hwaccel: bool = False,
) -> Frames:
    name, pictures, times, duration = _pictures(source)
    indices, note = choose(selection, np.array(times), duration)

    def decode() -> Iterator[Image.Image]:
        if pictures:
            for item in pictures:
                if isinstance(item, Path):
                    with Image.open(item) as image:
                        yield ImageOps.exif_transpose(image).convert("RGB")
                else:
                    yield (item if isinstance(item, Image.Image) else Image.fromarray(item)).convert("RGB")
            return
        with av.open(f"file:{os.fspath(source)}", metadata_errors="replace") as box:
            for frame in box.decode(video=0):
                yield frame  # type: ignore[misc]

    def produce() -> Generator[Frame, None, None]:
        done = 0
        for i, picture in enumerate(decode()):
            if i in indices:
                image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture.to_ndarray(format="rgb24"))
                array = np.asarray(image.resize((size, size), Image.Resampling.BICUBIC))
                for _ in range(indices.count(i)):
                    done += 1
                    if progress:
                        progress(done, len(indices))
                    yield Frame(array, times[i], i)

    info = VideoInfo(name, "", "", 0, 0, duration, len(times), None)
    return Frames(info, tuple(times[i] for i in indices), note, produce())
