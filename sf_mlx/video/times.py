"""Times: those of frames, and those that people type: seconds, clock times, percentages."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np
import numpy.typing as npt

from sf_mlx.errors import UsageError, VideoRangeError
from sf_mlx.video.limits import short

# seconds of every frame from the first: float64 [T], ascending
Times = npt.NDArray[np.float64]

_NUMBER = r"(\d+(?:\.\d*)?|\.\d+)"
_CLOCK = re.compile(rf"(?:(?:(\d+):)?([0-5]?\d):)?{_NUMBER}s?", re.ASCII)
_UNITS = re.compile(rf"(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:{_NUMBER}s)?", re.ASCII | re.IGNORECASE)
_LONGEST = 40  # characters; Python refuses to read thousands of digits
_PERCENT = re.compile(rf"{_NUMBER}\s*%", re.ASCII)


@dataclass(frozen=True)
class Percent:
    """A place in the video as a percentage (0 to 100) of its duration."""

    value: float

    def __post_init__(self) -> None:
        if not is_number(self.value) or not 0 <= self.value <= 100:
            raise UsageError(f"A percentage is a number from 0 to 100, not {short(self.value)}.")

    def __str__(self) -> str:
        return f"{self.value:g}%"


Time = float | Percent


def is_number(value: object) -> bool:
    """Whether a value can be computed with as a float; True and False are none."""
    return isinstance(value, Real) and not isinstance(value, bool)


def parse_time(text: str) -> Time:
    """Read a time: ``12``, ``12.5s``, ``1:02``, ``1:02:03.5``, ``1h2m3s`` or ``40%``.

    Returns
    -------
    Seconds as a float, or `Percent`.

    Raises
    ------
    UsageError: anything else, minutes or seconds over 59 after a colon or a larger unit, more than
    100 %.
    """
    stripped = text.strip()
    if len(stripped) > _LONGEST:
        raise UsageError(f"A time of {len(stripped)} characters is none: write 12 or 1:02:03.5.")
    if match := _PERCENT.fullmatch(stripped):
        value = float(match[1])
        if value <= 100:
            return Percent(value)
    elif match := _CLOCK.fullmatch(stripped):
        hours, minutes, seconds = match.groups()
        # 1:75 is a slip of the finger; 75 alone is not
        if minutes is None or float(seconds) < 60:
            return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds)
    elif (match := _UNITS.fullmatch(stripped)) and any(match.groups()):
        hours, minutes, seconds = match.groups()
        small = (hours is None or int(minutes or 0) < 60) and (
            (hours is None and minutes is None) or float(seconds or 0) < 60
        )
        if small:
            return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds or 0)
    elif stripped.startswith("-"):
        raise UsageError(
            f"{text!r} is not a time: times count from the first frame, from 0 up. "
            "For the end of the video write a percentage, such as 90%."
        )
    raise UsageError(f"{text!r} is not a time: write 12, 12.5s, 1m30s, 1:02:03.5 or 40%.")


def to_seconds(time: Time, duration: float) -> float:
    """Seconds from the first frame; `duration` is the video's length in seconds.

    Raises
    ------
    VideoRangeError: negative or not finite.
    """
    try:
        seconds = duration * time.value / 100 if isinstance(time, Percent) else float(time)
    except OverflowError:  # an int of hundreds of digits
        seconds = math.inf
    if not math.isfinite(seconds) or seconds < 0:
        raise VideoRangeError(
            f"A time in the video cannot be {seconds:g} seconds: times count from the first frame."
        )
    return seconds


def runs(values: Sequence[float], gap: float) -> list[tuple[float, float]]:
    """First and last of each run of ascending values that are at most `gap` apart."""
    found: list[tuple[float, float]] = []
    for value in values:
        if found and value - found[-1][1] <= gap:
            found[-1] = (found[-1][0], value)
        else:
            found.append((value, value))
    return found


def format_stretches(stretches: Sequence[tuple[float, float]]) -> str:
    """Stretches of a video in words: ``at 1.20s, 3.70s to 5.87s``; the first three."""
    said = [
        format_time(a)
        if format_time(a) == format_time(b)
        else f"{format_time(a)} to {format_time(b)}"
        for a, b in stretches[:3]
    ]
    more = len(stretches) - len(said)
    return f"at {', '.join(said)}" + (f" and {more} more places" if more else "")


def format_time(seconds: float) -> str:
    """Seconds as a person reads them: ``7.50s``, ``1:02.5``, ``1:02:03``."""
    if seconds < 60:
        return f"{seconds:.2f}s"
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest // 10:02}"
    return f"{minutes}:{rest / 10:04.1f}"
