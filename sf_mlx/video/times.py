"""Times as people type them: seconds, clock times and percentages of the video."""

import math
import re
from dataclasses import dataclass

from sf_mlx.errors import UsageError, VideoRangeError

_CLOCK = re.compile(r"(?:(?:(\d+):)?([0-5]?\d):)?(\d+(?:\.\d*)?|\.\d+)s?")
_LONGEST = 40  # characters; Python refuses to read thousands of digits
_PERCENT = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*%")


@dataclass(frozen=True)
class Percent:
    """A place in the video as a percentage (0 to 100) of its duration."""

    value: float

    def __str__(self) -> str:
        return f"{self.value:g}%"


Time = float | Percent


def parse_time(text: str) -> Time:
    """Read a time: ``12``, ``12.5s``, ``1:02``, ``1:02:03.5`` (seconds) or ``40%``.

    Returns
    -------
    Seconds as a float, or `Percent`.

    Raises
    ------
    UsageError: anything else, minutes or seconds over 59 after a colon, more than 100 %.
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
    raise UsageError(f"{text!r} is not a time: write 12, 12.5s, 1:02, 1:02:03.5 or 40%.")


def to_seconds(time: Time, duration: float) -> float:
    """Seconds from the first frame; `duration` is the video's length in seconds.

    Raises
    ------
    VideoRangeError: negative or not finite.
    """
    seconds = duration * time.value / 100 if isinstance(time, Percent) else float(time)
    if not math.isfinite(seconds) or seconds < 0:
        raise VideoRangeError(f"A time in the video cannot be {seconds:g} seconds.")
    return seconds


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
