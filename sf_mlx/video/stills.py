"""Pictures that are not in a video container: a photo, an animation, a folder, arrays, images."""

import ctypes
import logging
import re
import threading
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, _imaging

from sf_mlx.errors import (
    EmptyVideoError,
    NotAVideoError,
    SfMlxError,
    TruncatedVideoError,
    UsageError,
    VideoError,
    VideoNotFoundError,
)
from sf_mlx.video.choose import Times
from sf_mlx.video.container import printable
from sf_mlx.video.info import VideoInfo
from sf_mlx.video.limits import Lap, Limits, Stopwatch, check_frames, check_size
from sf_mlx.video.parallel import Shot
from sf_mlx.video.picture import Turn, flatten, resize, turn_image

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".gif")
# by first bytes: what Pillow reads and FFmpeg's container formats are not
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG", b"BM", b"II*\0", b"MM\0*")
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "AVIF", "GIF")

# loose pictures have no clock: one a second
_STILL_SECONDS = 1.0

_VIDEO_SUFFIXES = (
    *(".mp4", ".mov", ".m4v", ".3gp", ".mkv", ".webm", ".avi", ".wmv", ".flv", ".ogv"),
    *(".ts", ".mts", ".m2ts", ".mpg", ".mpeg", ".vob"),
)

# how a picture with this EXIF orientation is turned upright
_ORIENTATIONS = {
    2: Turn(False, flip_x=True),
    3: Turn(False, flip_x=True, flip_y=True),
    4: Turn(False, flip_y=True),
    5: Turn(True),
    6: Turn(True, flip_x=True),
    7: Turn(True, flip_x=True, flip_y=True),
    8: Turn(True, flip_y=True),
}
_ORIENTATION = 0x0112

# what Pillow logs would be printed where the program has no handler of its own
logging.getLogger("PIL").addHandler(logging.NullHandler())
# guards what Pillow and Python's warnings have once for the whole process
_WORKING = threading.RLock()

# pictures at ascending indices, upright in RGB; None for a damaged one
Load = Callable[[Sequence[int], Lap], Generator[Image.Image | None, None, None]]


class _BrokenPicture(Exception):
    """Pillow cannot read it."""


@contextmanager
def _pillow() -> Iterator[None]:
    """Around every step of Pillow on a file.

    Its warnings say nothing to a user, and of damaged files it raises errors of every kind: they
    become `_BrokenPicture`.
    """
    with _WORKING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except SfMlxError:
            raise
        except Exception as error:
            raise _BrokenPicture(str(error)) from error


@dataclass
class Stills:
    """A sequence of pictures and when each is shown.

    `load` opens what it needs and releases it when closed; `times` are seconds, float64 [T].
    """

    info: VideoInfo
    times: Times
    load: Load
    watch: Stopwatch
    warnings: list[str] = field(default_factory=list)

    def pictures(
        self, indices: Sequence[int], size: int, exact: bool
    ) -> Generator[Shot, None, None]:
        """One shot for each index (ascending, distinct)."""
        lap = self.watch.start()
        with closing(self.load(indices, lap)) as images:
            for image in images:
                picture = None if image is None else resize(image, size, exact)
                lap.frame()
                lap.check()
                yield Shot(picture, exact=picture is not None)
                lap.resume()


def is_still(path: str) -> bool:
    """Whether a file is a picture or an animation for Pillow, by its first bytes."""
    with open(path, "rb") as file:
        head = file.read(12)
    return (
        head.startswith(_SIGNATURES)
        or (head[:4] == b"RIFF" and head[8:] == b"WEBP")
        or head[4:] in (b"ftypavif", b"ftypavis")
    )


def from_file(path: str, name: str, limits: Limits) -> Stills:
    """A photo as one frame, or an animated PNG, WebP or AVIF as a video.

    An animation is decoded once through: when its pages are shown is known only then.

    Raises
    ------
    TruncatedVideoError: damaged; of an animation the pages before the damage are used.
    VideoLimitError
    """
    warned: list[str] = []
    watch = Stopwatch(name, limits)
    with _open(path, name, limits) as image:
        codec = (image.format or "image").lower()
        shape = _upright_size(image)
        try:
            with _pillow():
                count = getattr(image, "n_frames", 1) if codec in ("png", "webp", "avif") else 1
        except _BrokenPicture:
            raise _damaged(path, name) from None
        check_frames(name, count, limits)
        seconds = [_STILL_SECONDS]
        if count > 1:
            seconds = list(_page_seconds(image, count, watch.start()))
            if not seconds:
                raise _damaged(path, name)
            if len(seconds) < count:
                warned.append(f"{name}: the file is cut short: {len(seconds)} of {count} frames.")

    def load(indices: Sequence[int], lap: Lap) -> Generator[Image.Image | None, None, None]:
        with _open(path, name, limits) as picture:
            page = -1
            for index in indices:
                try:
                    while page < index:
                        page += 1
                        with _pillow():
                            picture.seek(page)
                            picture.load()
                        lap.frame()
                        lap.check()
                    upright = _upright(picture, name)
                except _BrokenPicture:
                    upright = None
                yield upright

    return Stills(_info(name, codec, shape, seconds, count), _starts(seconds), load, watch, warned)


def from_folder(path: str, name: str, limits: Limits) -> Stills:
    """The pictures of a folder in natural order (frame_2 before frame_10), one a second.

    Raises
    ------
    EmptyVideoError: no picture in it.
    NotAVideoError, TruncatedVideoError: none of its pictures can be opened.
    """
    try:
        # regular files only: a pipe of that name would block
        found = [
            p
            for p in Path(path).iterdir()
            if p.suffix.lower() in (*SUFFIXES, *_VIDEO_SUFFIXES)
            and not p.name.startswith(".")
            and p.is_file()
        ]
    except OSError as error:
        raise VideoNotFoundError(f"{name}: cannot be read ({error.strerror}).") from None
    files = sorted((p for p in found if p.suffix.lower() in SUFFIXES), key=_natural)
    videos = sorted((p for p in found if p.suffix.lower() not in SUFFIXES), key=_natural)
    many = "1 video" if len(videos) == 1 else f"{len(videos)} videos"
    if not files:
        if videos:
            one = printable(str(videos[0]))
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
            file = printable(str(files[index]))
            try:
                with _open(str(files[index]), file, limits) as picture:
                    upright = _upright(picture, file)
            except (_BrokenPicture, NotAVideoError, TruncatedVideoError):
                warned.append(f"{file}: a damaged picture.")
                upright = None
            except SfMlxError as error:  # too large, or not shown in 8 bits
                warned.append(str(error))
                upright = None
            yield upright

    codec, shape = _first_readable(files, limits)
    seconds = [_STILL_SECONDS] * len(files)
    watch = Stopwatch(name, limits)
    return Stills(_info(name, codec, shape, seconds), _starts(seconds), load, watch, warned)


def _first_readable(files: Sequence[Path], limits: Limits) -> tuple[str, tuple[int, int]]:
    """Format and size of the first picture that can be opened."""
    for file in files:
        try:
            with _open(str(file), printable(str(file)), limits) as image:
                return (image.format or "image").lower(), _upright_size(image)
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
            return _upright(picture, f"image {index}")
        except _BrokenPicture as error:
            raise UsageError(f"Image {index} cannot be read: {printable(str(error))}.") from None

    def load(indices: Sequence[int], lap: Lap) -> Generator[Image.Image | None, None, None]:
        yield from map(one, indices)

    shape = one(0).size
    if not all(shape):
        raise UsageError(f"Frames of {shape[0]}x{shape[1]} pixels have nothing to see.")
    check_size(name, *shape, limits)
    seconds = [_STILL_SECONDS] * len(pictures)
    watch = Stopwatch(name, limits)
    return Stills(_info(name, "rawvideo", shape, seconds), _starts(seconds), load, watch)


def _open(path: str, name: str, limits: Limits) -> Image.Image:
    try:
        with open(path, "rb"):
            pass
        with _pillow():
            pillows_own, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
            try:
                image = Image.open(path, formats=_FORMATS)
            finally:
                Image.MAX_IMAGE_PIXELS = pillows_own
    except OSError as error:
        raise VideoNotFoundError(f"{name}: cannot be read ({error.strerror}).") from None
    except _BrokenPicture:
        raise _damaged(path, name) from None
    if image.format == "TIFF":
        _quieten_libtiff()
    try:
        check_size(name, image.width, image.height, limits)
    except BaseException:
        image.close()
        raise
    return image


@cache
def _quieten_libtiff() -> None:
    """Pillow silences libtiff's warnings; its errors would go to stderr beside ours."""
    with suppress(OSError, AttributeError):  # a Pillow that hides its libtiff
        ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)


def _page_seconds(image: Image.Image, count: int, lap: Lap) -> Iterator[float]:
    """How long each page that can be read is shown; 0 means as fast as you can, shown as 0.1 s."""
    for page in range(count):
        try:
            with _pillow():
                image.seek(page)
                image.load()  # WebP and AVIF know it only then
                seconds = (image.info.get("duration") or 100) / 1000
        except _BrokenPicture:
            return
        lap.frame()
        lap.check()
        yield seconds


def _upright(image: Image.Image, name: str) -> Image.Image:
    if image.mode in ("I", "F"):
        raise UsageError(
            f"{name}: a picture of 32-bit numbers says not which is white. Convert it to 8 bits."
        )
    with _pillow():
        image.load()  # TIFF turns itself, and then has no orientation
        return flatten(turn_image(image, _turn(image)))


def _damaged(path: str, name: str) -> VideoError:
    if is_still(path):
        return TruncatedVideoError(f"{name}: a damaged picture. Download or copy it again.")
    return NotAVideoError(f"{name}: not a picture that Pillow knows.")


def _turn(image: Image.Image) -> Turn:
    """What the EXIF orientation asks for; nothing where it cannot be read."""
    try:
        with _pillow():
            # a rational 6 is a 6, anything else that is no number is in no table
            orientation: Any = image.getexif().get(_ORIENTATION)
            return _ORIENTATIONS.get(orientation, Turn())
    except _BrokenPicture:
        return Turn()


def _upright_size(image: Image.Image) -> tuple[int, int]:
    # the size that Pillow states of a TIFF is the upright one
    sideways = image.format != "TIFF" and _turn(image).transpose
    return (image.height, image.width) if sideways else image.size


def _natural(path: Path) -> list[tuple[int, str]]:
    """Sort key: runs of digits as numbers."""
    parts = re.findall(r"\d+|\D+", path.name)
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
