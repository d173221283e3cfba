"""The bounds that keep a hostile or absurd file from taking the machine down."""

import time
from dataclasses import dataclass

from sf_mlx.errors import VideoLimitError


@dataclass(frozen=True)
class Limits:
    """What a video may cost; every bound can be raised by the caller.

    Attributes
    ----------
    pixels: width x height of one picture (8K UHD is 33 million).
    frames: frames in the whole file (five million is 46 hours at 30 a second).
    frame_seconds: seconds of decoding without a picture.
    total_seconds: seconds of reading and decoding, waiting for the caller not counted.
    piped_bytes: bytes taken from a pipe into a temporary file.
    """

    pixels: int = 36_000_000
    frames: int = 5_000_000
    frame_seconds: float = 30.0
    total_seconds: float = 900.0
    piped_bytes: int = 16 << 30


DEFAULT_LIMITS = Limits()


class Stopwatch:
    """Counts the seconds that one reader works, and stops it where a limit is passed."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self._total = 0.0
        self._since_frame = 0.0
        self._mark = time.monotonic()

    def resume(self) -> None:
        """Start counting again after a wait that was not the video's fault."""
        self._mark = time.monotonic()

    def frame(self) -> None:
        """A picture arrived."""
        self._since_frame = 0.0

    def check(self) -> None:
        """Call between packets.

        Raises
        ------
        VideoLimitError: too long without a picture, or in all.
        """
        now = time.monotonic()
        self._total += now - self._mark
        self._since_frame += now - self._mark
        self._mark = now
        if self._since_frame > self._limits.frame_seconds:
            raise VideoLimitError(
                f"{self._name}: no picture after {self._limits.frame_seconds:g} seconds of "
                "decoding. Raise Limits.frame_seconds if the file is sound."
            )
        if self._total > self._limits.total_seconds:
            raise VideoLimitError(
                f"{self._name}: decoding takes more than {self._limits.total_seconds:g} seconds. "
                "Ask for a shorter range, or raise Limits.total_seconds."
            )


def check_size(name: str, width: int, height: int, limits: Limits) -> None:
    """Raise VideoLimitError where a picture is larger than the limit."""
    if width * height > limits.pixels:
        raise VideoLimitError(
            f"{name}: a picture of {width}x{height} passes the limit of "
            f"{limits.pixels / 1e6:g} million pixels. Raise Limits.pixels if the file is sound."
        )


def check_frames(name: str, frames: int, limits: Limits) -> None:
    """Raise VideoLimitError where the file holds more frames than the limit."""
    if frames > limits.frames:
        raise VideoLimitError(
            f"{name}: more than {limits.frames} frames. Raise Limits.frames if the file is sound."
        )
