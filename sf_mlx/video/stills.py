"""Pictures that are not in a video container: a photo, an animation, a folder, arrays, images."""

import re
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from sf_mlx.errors import EmptyVideoError, NotAVideoError, UsageError, VideoNotFoundError
from sf_mlx.video.choose import Times
from sf_mlx.video.info import VideoInfo
from sf_mlx.video.limits import Limits, Stopwatch, check_frames, check_size
from sf_mlx.video.parallel import Shot
from sf_mlx.video.picture import flatten, resize

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".gif")
# by first bytes: what Pillow reads and FFmpeg's container formats are not
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG", b"BM", b"II*\0", b"MM\0*")
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "AVIF", "GIF")

# loose pictures have no clock: one a second
_STILL_SECONDS = 1.0


@dataclass
class Stills:
    """A sequence of pictures and when each is shown.

    `load(i)` gives picture i upright in RGB; `times` are seconds, float64 [T].
    """

    info: VideoInfo
    times: Times
    load: Callable[[int], Image.Image]
    warnings: list[str] = field(default_factory=list)

    def pictures(self, indices: Sequence[int], size: int, exact: bool) -> Generator[Shot, None]:
        """One shot for each index (ascending, distinct)."""
        for index in indices:
            yield Shot(resize(self.load(index), size, exact), exact=True)


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

    Raises
    ------
    NotAVideoError: damaged.
    VideoLimitError
    """
    with _open(path, name, limits) as image:
        codec = (image.format or "image").lower()
        shape = _upright_size(image)
        count = getattr(image, "n_frames", 1) if codec in ("png", "webp", "avif") else 1
        check_frames(name, count, limits)
        seconds = [_STILL_SECONDS]
        if count > 1:
            try:
                lengths = list(_milliseconds(image, Stopwatch(name, limits)))
            except (OSError, ValueError, SyntaxError, EOFError):
                raise _damaged(name) from None
            seconds = [milliseconds / 1000 for milliseconds in lengths]

    def load(index: int) -> Image.Image:
        with _open(path, name, limits) as picture:
            return _load(picture, name, index)

    return Stills(_info(name, codec, shape, seconds), _starts(seconds), load)


def from_folder(path: str, limits: Limits) -> Stills:
    """The pictures of a folder in natural order (frame_2 before frame_10), one a second.

    Raises
    ------
    EmptyVideoError: no picture in it.
    """
    try:
        found = [p for p in Path(path).iterdir() if p.suffix.lower() in SUFFIXES]
    except OSError as error:
        raise VideoNotFoundError(f"{path}: cannot be read ({error.strerror}).") from None
    files = sorted((p for p in found if not p.name.startswith(".")), key=_natural)
    if not files:
        raise EmptyVideoError(f"{path}: the folder holds no pictures ({', '.join(SUFFIXES)}).")
    check_frames(path, len(files), limits)

    def load(index: int) -> Image.Image:
        file = str(files[index])
        with _open(file, file, limits) as picture:
            return _load(picture, file, 0)

    first = str(files[0])
    with _open(first, first, limits) as image:
        shape = _upright_size(image)
        codec = (image.format or "image").lower()
    seconds = [_STILL_SECONDS] * len(files)
    return Stills(_info(path, codec, shape, seconds), _starts(seconds), load)


def from_memory(pictures: npt.NDArray[np.uint8] | Sequence[Image.Image], limits: Limits) -> Stills:
    """Frames that are already decoded: uint8 [T,H,W,3] or PIL images, one a second.

    Raises
    ------
    UsageError: another shape or dtype.
    EmptyVideoError: no frame.
    """
    name = "frames in memory"
    if isinstance(pictures, np.ndarray):
        if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[-1] != 3:
            raise UsageError(
                f"Frames must be uint8 [T,H,W,3], not {pictures.dtype} {list(pictures.shape)}."
            )
    elif not all(isinstance(picture, Image.Image) for picture in pictures):
        raise UsageError("A list of frames must hold PIL images.")
    if len(pictures) == 0:
        raise EmptyVideoError(f"{name}: there is none.")
    check_frames(name, len(pictures), limits)

    def load(index: int) -> Image.Image:
        picture = pictures[index]
        if isinstance(picture, Image.Image):
            return flatten(ImageOps.exif_transpose(picture))
        return Image.fromarray(np.ascontiguousarray(picture))

    shape = load(0).size
    if not all(shape):
        raise UsageError(f"Frames of {shape[0]}x{shape[1]} pixels have nothing to see.")
    check_size(name, *shape, limits)
    seconds = [_STILL_SECONDS] * len(pictures)
    return Stills(_info(name, "rawvideo", shape, seconds), _starts(seconds), load)


def _open(path: str, name: str, limits: Limits) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's about odd tags say nothing to a user
            image = Image.open(path, formats=_FORMATS)
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise VideoNotFoundError(f"{name}: cannot be read ({error.strerror}).") from None
    except Image.DecompressionBombError:
        check_size(name, limits.pixels, 2, limits)
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise _damaged(name) from None
    try:
        check_size(name, image.width, image.height, limits)
    except BaseException:
        image.close()
        raise
    return image


def _milliseconds(image: Image.Image, watch: Stopwatch) -> Iterator[float]:
    """How long each page of an animation is shown; 0 means "as fast as you can", shown as 100."""
    for page in ImageSequence.Iterator(image):
        page.load()  # WebP and AVIF know it only then
        watch.frame()
        watch.check()
        yield page.info.get("duration") or 100


def _load(image: Image.Image, name: str, index: int) -> Image.Image:
    try:
        image.seek(index)
        image.load()
        return flatten(ImageOps.exif_transpose(image))
    except (OSError, ValueError, SyntaxError, EOFError, IndexError):
        raise _damaged(name) from None


def _damaged(name: str) -> NotAVideoError:
    return NotAVideoError(f"{name}: a damaged picture that cannot be read.")


def _upright_size(image: Image.Image) -> tuple[int, int]:
    sideways = image.getexif().get(0x0112, 1) >= 5
    return (image.height, image.width) if sideways else image.size


def _natural(path: Path) -> list[tuple[int, str]]:
    """Sort key: runs of digits as numbers."""
    parts = re.findall(r"\d+|\D+", path.name)
    return [(int(part), "") if part.isdecimal() else (-1, part.lower()) for part in parts]


def _starts(seconds: Sequence[float]) -> Times:
    return np.array([0.0, *accumulate(seconds)][:-1])


def _info(name: str, codec: str, shape: tuple[int, int], seconds: Sequence[float]) -> VideoInfo:
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
        frames_promised=len(seconds),
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
