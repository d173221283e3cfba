"""One picture by Pillow: within the limits, upright, in RGB; what goes wrong is one error."""

import ctypes
import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from PIL import Image, _imaging

from sf_mlx.errors import (
    NotAVideoError,
    SfMlxError,
    TruncatedVideoError,
    UsageError,
    VideoError,
    VideoNotFoundError,
)
from sf_mlx.video.headers import HEAD, is_still
from sf_mlx.video.limits import Lap, Limits, check_size
from sf_mlx.video.picture import Turn, flatten, turn_image

_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "AVIF", "GIF")
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


class BrokenPicture(Exception):
    """Pillow cannot read it."""


@contextmanager
def guarded() -> Iterator[None]:
    """Around every step of Pillow on a file.

    Its warnings say nothing to a user, and of damaged files it raises errors of every kind: they
    become `BrokenPicture`.
    """
    with _WORKING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except SfMlxError:
            raise
        except Exception as error:
            raise BrokenPicture(str(error)) from error


def open_picture(path: str, name: str, limits: Limits) -> Image.Image:
    """Open a picture, which the caller closes; nothing of it is decoded yet.

    Raises
    ------
    VideoNotFoundError, NotAVideoError, TruncatedVideoError, VideoLimitError
    """
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD)
        with guarded():
            pillows_own, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
            try:
                image = Image.open(path, formats=_FORMATS)
            finally:
                Image.MAX_IMAGE_PIXELS = pillows_own
    except OSError as error:
        raise VideoNotFoundError(f"{name}: cannot be read ({error.strerror}).") from None
    except BrokenPicture:
        raise damaged(name, head) from None
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


def page_seconds(image: Image.Image, count: int, lap: Lap) -> Iterator[float]:
    """How long each page that can be read is shown; 0 means as fast as you can, shown as 0.1 s."""
    for page in range(count):
        try:
            with guarded():
                image.seek(page)
                image.load()  # WebP and AVIF know it only then
                seconds = (image.info.get("duration") or 100) / 1000
        except BrokenPicture:
            return
        lap.frame()
        lap.check()
        yield seconds


def upright(image: Image.Image, name: str) -> Image.Image:
    """The picture in RGB as it is to be shown.

    Raises
    ------
    UsageError: what is white in it is not known.
    BrokenPicture
    """
    if image.mode in ("I", "F"):
        raise UsageError(
            f"{name}: a picture of 32-bit numbers says not which is white. Convert it to 8 bits."
        )
    with guarded():
        image.load()  # TIFF turns itself, and then has no orientation
        return flatten(turn_image(image, _turn(image)))


def damaged(name: str, head: bytes) -> VideoError:
    """What to raise for a file that Pillow cannot read; `head`: its first bytes."""
    if is_still(head):
        return TruncatedVideoError(f"{name}: a damaged picture. Download or copy it again.")
    return NotAVideoError(f"{name}: not a picture that Pillow knows.")


def _turn(image: Image.Image) -> Turn:
    """What the EXIF orientation asks for; nothing where it cannot be read."""
    try:
        with guarded():
            # a rational 6 is a 6, anything else that is no number is in no table
            orientation: Any = image.getexif().get(_ORIENTATION)
            return _ORIENTATIONS.get(orientation, Turn())
    except BrokenPicture:
        return Turn()


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height as it is to be shown."""
    # the size that Pillow states of a TIFF is the upright one
    sideways = image.format != "TIFF" and _turn(image).transpose
    return (image.height, image.width) if sideways else image.size
