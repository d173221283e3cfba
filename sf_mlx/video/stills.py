"""Pictures that are not in a video container: a photo, an animation, a folder, arrays, images."""

import re
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from sf_mlx.errors import (
    EmptyVideoError,
    NotAVideoError,
    SfMlxError,
    TruncatedVideoError,
    UsageError,
    VideoNotFoundError,
)
from sf_mlx.video.info import Shot, VideoInfo
from sf_mlx.video.limits import Lap, Limits, Stopwatch, check_frames, check_size
from sf_mlx.video.open import LocalFile, shown_name
from sf_mlx.video.picture import resize
from sf_mlx.video.pillow import (
    BrokenPicture,
    damaged,
    guarded,
    open_picture,
    page_seconds,
    upright,
    upright_size,
)
from sf_mlx.video.select import Reading
from sf_mlx.video.times import Times

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".gif")

# loose pictures have no clock: one a second
_STILL_SECONDS = 1.0

# of files that are films; `.asf` and the like are read too where they are named
VIDEO_SUFFIXES = (
    *(".mp4", ".mov", ".m4v", ".3gp", ".mkv", ".webm", ".avi", ".wmv", ".flv", ".ogv"),
    *(".ts", ".mts", ".m2ts", ".mpg", ".mpeg", ".vob"),
)

# pictures at ascending indices, upright in RGB; None for a damaged one
Load = Callable[[Sequence[int], Lap], Generator[Image.Image | None, None, None]]


@dataclass
class Stills:
    """A sequence of pictures and when each is shown (see `Clip`).

    `load` opens what it needs and releases it when closed; `times` are seconds, float64 [T].
    """

    info: VideoInfo
    times: Times
    load: Load
    watch: Stopwatch
    warnings: list[str] = field(default_factory=list)
    timed: bool = False

    def settle(self, reading: Reading) -> None:
        """All is known."""

    def beside(self) -> "Stills":
        """The same pictures, with warnings of their own."""
        return replace(self, warnings=list(self.warnings))

    def close(self) -> None:
        """Nothing is open between two calls."""

    def pictures(
        self, indices: Sequence[int], size: int, reading: Reading
    ) -> Generator[Shot, None, None]:
        """One shot for each index (ascending, distinct), size x size pixels."""
        lap = self.watch.start()
        with closing(self.load(indices, lap)) as images:
            for image in images:
                picture = None if image is None else resize(image, size, reading.exact)
                lap.frame()
                lap.check()
                yield Shot(picture, hit=picture is not None)
                lap.resume()


def from_file(file: LocalFile) -> Stills:
    """A photo as one frame, or an animated PNG, WebP or AVIF as a video.

    An animation is decoded once through: when its pages are shown is known only then.

    Raises
    ------
    TruncatedVideoError: damaged; of an animation the pages before the damage are used.
    VideoLimitError
    """
    name, limits = file.name, file.limits
    warned: list[str] = []
    with open_picture(file.path, name, limits) as image:
        codec = (image.format or "image").lower()
        shape = upright_size(image)
        try:
            with guarded():
                count = getattr(image, "n_frames", 1) if codec in ("png", "webp", "avif") else 1
        except BrokenPicture:
            raise damaged(name, file.header.head) from None
        check_frames(name, count, limits)
        seconds = [_STILL_SECONDS]
        if count > 1:
            seconds = list(page_seconds(image, count, file.watch.start()))
            if not seconds:
                raise damaged(name, file.header.head)
            if len(seconds) < count:
                warned.append(f"{name}: the file is cut short: {len(seconds)} of {count} frames.")

    def load(indices: Sequence[int], lap: Lap) -> Generator[Image.Image | None, None, None]:
        with open_picture(file.path, name, limits) as picture:
            page = -1
            for index in indices:
                try:
                    while page < index:
                        page += 1
                        with guarded():
                            picture.seek(page)
                            picture.load()
                        lap.frame()
                        lap.check()
                    image = upright(picture, name)
                except BrokenPicture:
                    image = None
                yield image

    info = _info(name, codec, shape, seconds, count)
    return Stills(info, _starts(seconds), load, file.watch, warned)


def from_folder(folder: LocalFile) -> Stills:
    """The pictures of a folder in natural order (frame_2 before frame_10), one a second.

    Raises
    ------
    EmptyVideoError: no picture in it.
    NotAVideoError, TruncatedVideoError: none of its pictures can be opened.
    """
    name, limits = folder.name, folder.limits
    try:
        files, videos = pictures_and_videos(folder.path)
    except OSError as error:
        raise VideoNotFoundError(f"{name}: cannot be read ({error.strerror}).") from None
    many = "1 video" if len(videos) == 1 else f"{len(videos)} videos"
    if not files:
        if videos:
            one = shown_name(str(videos[0]))
            raise EmptyVideoError(
                f"{name}: the folder holds {many} and no pictures. Ask about one video at a time, "
                f"such as {one}."
            )
        raise EmptyVideoError(f"{name}: the folder holds no pictures ({', '.join(SUFFIXES)}).")
    check_frames(name, len(files), limits)
    warned: list[str] = []
    if videos:
        warned.append(f"{name}: only the folder's pictures are read; {many} in it left out.")

    def load(indices: Sequence[int], lap: Lap) -> Generator[Image.Image | None, None, None]:
        for index in indices:
            file = shown_name(str(files[index]))
            try:
                with open_picture(str(files[index]), file, limits) as picture:
                    image = upright(picture, file)
            except (BrokenPicture, NotAVideoError, TruncatedVideoError):
                warned.append(f"{file}: a damaged picture.")
                image = None
            except SfMlxError as error:  # too large, or not shown in 8 bits
                warned.append(str(error))
                image = None
            yield image

    codec, shape = _first_readable(files, limits)
    seconds = [_STILL_SECONDS] * len(files)
    info = _info(name, codec, shape, seconds)
    return Stills(info, _starts(seconds), load, folder.watch, warned)


def pictures_and_videos(folder: str) -> tuple[list[Path], list[Path]]:
    """The pictures and the videos of a folder by their names, each in natural order.

    Raises
    ------
    OSError: it cannot be read.
    """
    # regular files only: a pipe of that name would block
    found = [
        p
        for p in Path(folder).iterdir()
        if p.suffix.lower() in (*SUFFIXES, *VIDEO_SUFFIXES)
        and not p.name.startswith(".")
        and p.is_file()
    ]
    files = sorted(
        (p for p in found if p.suffix.lower() in SUFFIXES), key=lambda p: natural(p.name)
    )
    videos = sorted(
        (p for p in found if p.suffix.lower() not in SUFFIXES), key=lambda p: natural(p.name)
    )
    return files, videos


def _first_readable(files: Sequence[Path], limits: Limits) -> tuple[str, tuple[int, int]]:
    """Format and size of the first picture that can be opened."""
    for file in files:
        try:
            with open_picture(str(file), shown_name(str(file)), limits) as image:
                return (image.format or "image").lower(), upright_size(image)
        except SfMlxError:
            if file == files[-1]:
                raise
    raise AssertionError("there is no file")


def from_memory(pictures: npt.NDArray[np.uint8] | Sequence[Image.Image], limits: Limits) -> Stills:
    """Frames that are already decoded: uint8 [T,H,W,3] or PIL images, one a second.

    Raises
    ------
    UsageError: another shape, dtype or type; an image that is closed or damaged.
    EmptyVideoError: no frame.
    """
    name = "frames in memory"
    if isinstance(pictures, np.ndarray):
        if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[-1] != 3:
            raise UsageError(
                f"Frames must be uint8 [T,H,W,3], not {pictures.dtype} {list(pictures.shape)}."
            )
    elif not isinstance(pictures, Sequence):
        raise UsageError(
            f"A {type(pictures).__name__} is no video: give a path, uint8 [T,H,W,3] or a list of "
            "PIL images."
        )
    elif not all(isinstance(picture, Image.Image) for picture in pictures):
        raise UsageError("A list of frames must hold PIL images.")
    if len(pictures) == 0:
        raise EmptyVideoError(f"{name}: there is none.")
    check_frames(name, len(pictures), limits)

    def one(index: int) -> Image.Image:
        picture = pictures[index]
        if not isinstance(picture, Image.Image):
            return Image.fromarray(np.ascontiguousarray(picture))
        try:
            return upright(picture, f"image {index}")
        except BrokenPicture as error:
            raise UsageError(f"Image {index} cannot be read: {error}.") from None

    def load(indices: Sequence[int], lap: Lap) -> Generator[Image.Image | None, None, None]:
        yield from map(one, indices)

    shape = one(0).size
    if not all(shape):
        raise UsageError(f"Frames of {shape[0]}x{shape[1]} pixels have nothing to see.")
    check_size(name, *shape, limits)
    seconds = [_STILL_SECONDS] * len(pictures)
    watch = Stopwatch(name, limits)
    return Stills(_info(name, "rawvideo", shape, seconds), _starts(seconds), load, watch)


def natural(name: str) -> list[tuple[int, str]]:
    """Sort key: clip_2 before clip_10."""
    parts = re.findall(r"\d+|\D+", name)
    return [(int(part), "") if part.isdecimal() else (-1, part.lower()) for part in parts]


def _starts(seconds: Sequence[float]) -> Times:
    return np.array([0.0, *accumulate(seconds)][:-1])


def _info(
    name: str, codec: str, shape: tuple[int, int], seconds: Sequence[float], promised: int = 0
) -> VideoInfo:
    duration = float(sum(seconds))
    return VideoInfo(
        name=name,
        container="images",
        codec=codec,
        width=shape[0],
        height=shape[1],
        stored_width=shape[0],
        stored_height=shape[1],
        pixel_aspect=1.0,
        rotation=0,
        mirrored=False,
        duration=duration,
        frames=len(seconds),
        frames_from="counted",
        frames_promised=promised or len(seconds),
        fps=len(seconds) / duration if len(seconds) > 1 else None,
        variable_rate=len(set(seconds)) > 1,
        pixel_format="rgb24",
        matrix="rgb",
        primaries="unspecified",
        transfer="unspecified",
        colour_range="full",
        interlaced=False,
        start=0.0,
        stream=0,
        stream_choice="pictures",
    )
