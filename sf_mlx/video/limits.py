"""The bounds that keep a hostile or absurd file from taking the machine down."""

import math
import threading
import time
from dataclasses import dataclass, fields
from numbers import Integral, Real

from sf_mlx.errors import UsageError, VideoLimitError


@dataclass(frozen=True)
class Limits:
    """What a video may cost; every bound can be raised by the caller.

    Attributes
    ----------
    pixels: width x height of one picture (8K UHD is 33 million).
    frames: frames in the whole file (five million is 46 hours at 30 a second), and frames read.
    frame_seconds: seconds of decoding without a picture.
    total_seconds: seconds of reading and decoding in all, waiting for the caller not counted.
    piped_bytes: bytes taken from a pipe into a temporary file.

    Raises
    ------
    UsageError: a bound that is no number above 0, or infinite, or part of a frame or byte.
    """

    pixels: int = 36_000_000
    frames: int = 5_000_000
    frame_seconds: float = 30.0
    total_seconds: float = 900.0
    piped_bytes: int = 16 << 30

    def __post_init__(self) -> None:
        for field in fields(self):
            value, whole = getattr(self, field.name), field.type is int
            known = isinstance(value, Integral if whole else Real) and not isinstance(value, bool)
            if not known or not 0 < value < math.inf:
                kind = "a whole number from 1 up" if whole else "a number of seconds above 0"
                raise UsageError(f"The limit {field.name} must be {kind}, not {short(value)}.")


DEFAULT_LIMITS = Limits()


def short(value: object) -> str:
    """A value for messages, printable and at most 40 characters long."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no number of thousands of digits
        return "a number of thousands of digits"
    return text if len(text) <= 40 else text[:39] + "…"


class Stopwatch:
    """How long one source has been worked on; its readers share it, so that the limit is for all.

    Seconds in which several readers work count once.
    """

    def __init__(self, name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self._total = 0.0
        self._counted_until = -math.inf
        self._lock = threading.Lock()

    def start(self) -> "Lap":
        """Begin to count one reader's work."""
        return Lap(self)

    def count(self, begun: float, ended: float) -> None:
        """Add a stretch of work, where no other reader's covers it.

        Raises
        ------
        VideoLimitError: too long in all.
        """
        with self._lock:
            self._total += max(0.0, ended - max(begun, self._counted_until))
            self._counted_until = max(ended, self._counted_until)
            passed = self._total > self._limits.total_seconds
        if passed:
            raise VideoLimitError(
                f"{self._name}: decoding takes more than {self._limits.total_seconds:g} seconds. "
                f"Ask for a shorter range, or raise the limit: {how_to_set('total_seconds')}."
            )

    def check_wait(self, since_frame: float) -> None:
        """Raise VideoLimitError where the last picture is too many seconds ago."""
        if since_frame > self._limits.frame_seconds:
            raise VideoLimitError(
                f"{self._name}: no picture after {self._limits.frame_seconds:g} seconds of "
                f"decoding. {_raise_if_sound('frame_seconds')}"
            )


class Lap:
    """The part of one reader in a source's `Stopwatch`; it belongs to one thread."""

    def __init__(self, watch: Stopwatch) -> None:
        self._watch = watch
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
        begun, self._mark = self._mark, now
        self._since_frame += now - begun
        self._watch.check_wait(self._since_frame)
        self._watch.count(begun, now)


def how_to_set(limit: str) -> str:
    """How a limit is set, on the command line and in Python."""
    return f"--limit {limit}=N, in Python Limits({limit}=N)"


def check_size(name: str, width: int, height: int, limits: Limits) -> None:
    """Raise VideoLimitError where a picture is larger than the limit."""
    if width * height > limits.pixels:
        raise VideoLimitError(
            f"{name}: a picture of {width}x{height} passes the limit of "
            f"{limits.pixels / 1e6:g} million pixels. {_raise_if_sound('pixels')}"
        )


def check_frames(name: str, frames: int, limits: Limits) -> None:
    """Raise VideoLimitError where the file holds more frames than the limit."""
    if frames > limits.frames:
        raise VideoLimitError(
            f"{name}: more than {limits.frames} frames. {_raise_if_sound('frames')}"
        )


def _raise_if_sound(limit: str) -> str:
    return f"If the file is sound, raise the limit: {how_to_set(limit)}."
