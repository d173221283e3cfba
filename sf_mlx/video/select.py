"""What a caller asks for, and which frames that is: midpoints, a range, a rate or given times.

Everything here is index arithmetic on the frames' times; nothing knows about files.
"""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
import numpy.typing as npt

from sf_mlx.errors import EmptyVideoError, UsageError, VideoLimitError, VideoRangeError
from sf_mlx.video.limits import DEFAULT_LIMITS, Limits, how_to_set, short
from sf_mlx.video.times import Percent, Time, Times, format_time, is_number, to_seconds

Indices = npt.NDArray[np.int64]

# what upstream reads of a video
UPSTREAM_FRAMES = 50
# seconds: forgives the rounding of 1/30 and the like in times that people and stamps give
ROUNDING = 5e-7


@dataclass(frozen=True)
class Selection:
    """Which frames of a video to read.

    Attributes
    ----------
    frames: how many, spread evenly over the range; fewer where the range holds fewer. None leaves
        the number to the reader.
    start, end: the range, seconds from the first frame or `Percent`; the end is not included.
    fps: frames per second of video instead of a count.
    at: explicit times instead of a count; each gives the frame on screen at that time.

    Raises
    ------
    UsageError: a value that means nothing, or two that say the same in different ways.
    """

    frames: int | None = None
    start: Time | None = None
    end: Time | None = None
    fps: float | None = None
    at: tuple[Time, ...] | None = None

    def __post_init__(self) -> None:
        if self.frames is not None and not _is_count(self.frames):
            raise UsageError(
                f"Cannot read {short(self.frames)} frames: ask for a whole number from 1 up."
            )
        if self.fps is not None and not (is_number(self.fps) and 0 < self.fps <= 1000):
            raise UsageError(f"Cannot read {short(self.fps)} frames a second: ask for up to 1000.")
        if self.at is not None and (isinstance(self.at, str) or not self.at):
            raise UsageError("No time is given to read a frame at.")
        for time in (self.start, self.end, *(self.at or ())):
            if time is not None and not isinstance(time, Percent) and not is_number(time):
                raise UsageError(
                    f"{short(time)} is not a time: give seconds, a Percent, or what parse_time "
                    "makes of a text."
                )
        if self.frames is not None and self.fps is not None:
            raise UsageError("A number of frames and a frame rate are both given: give one.")
        if self.frames is not None and self.at is not None:
            raise UsageError("A number of frames and explicit times are both given: give one.")
        others = (self.fps, self.start, self.end)
        if self.at is not None and any(other is not None for other in others):
            raise UsageError("Explicit times cannot be combined with a range or a frame rate.")


def _is_count(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 1


@dataclass(frozen=True)
class Reading:
    """How a video is read.

    Attributes
    ----------
    selection: which frames; uniformly over the whole video by default.
    exact: resize large and 10-bit pictures the slow way too, as upstream does.
    hwaccel: decode with VideoToolbox on macOS, in software where it cannot. Not tried on a Mac.
    limits: what a video may cost at most.
    low_memory: read with about 200 MB, or what one decoder of the pictures' size needs, where more
        would be quicker.
    """

    selection: Selection = Selection()
    exact: bool = False
    hwaccel: bool = False
    limits: Limits = DEFAULT_LIMITS
    low_memory: bool = False


def midpoints(total: int, count: int) -> list[int]:
    """Upstream's sample of `count` indices out of `total` (dataset.py, get_seq_frames).

    The middle of each of `count` equal segments, with numpy's half-even rounding. `count` is
    reduced to `total`, as upstream's load_video does.
    """
    count = min(count, total)
    if count < 1:
        return []
    segment = float(total - 1) / count
    edges = np.round(segment * np.arange(count + 1)).astype(int)
    return [int(i) for i in (edges[:-1] + edges[1:]) // 2]


def is_constant_rate(times: Times) -> bool:
    """Whether every frame lies within three times the usual distance of an even spacing.

    A few frames missing somewhere do not make a variable rate; below three frames it makes no
    difference to anybody whether a sample is even in number or in time.
    """
    if len(times) < 3:
        return True
    even = np.linspace(times[0], times[-1], len(times))
    return bool(np.abs(times - even).max() <= 3 * np.median(np.diff(times)))


def shown_at(times: Times, wanted: npt.ArrayLike) -> Indices:
    """Index of the frame on screen at each wanted time: the last that starts no later."""
    found = np.searchsorted(times, np.asarray(wanted) + ROUNDING, side="right") - 1
    return np.maximum(found, 0)


def choose(
    selection: Selection,
    times: Times,
    duration: float,
    loose: bool = False,
    default_frames: int = UPSTREAM_FRAMES,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[list[int], str | None]:
    """The indices to read, in order of time, and why they are fewer than asked.

    Parameters
    ----------
    times: float64 [T], seconds of every frame from the first one, ascending.
    duration: seconds, the last frame's length included.
    loose: they are pictures and no film: where all of them are asked, each comes once.
    default_frames: how many where the selection does not say.
    limits: `frames` bounds how many may be chosen, too.

    Where the rate is constant the count is spread over the frames (upstream); where it varies,
    over time, so that a burst of frames does not take more than its share. Where all frames of a
    film are asked, one comes twice and the last never, as in the reference.

    Raises
    ------
    VideoRangeError: an empty range, or one that lies outside the video.
    EmptyVideoError: no frames.
    VideoLimitError: more frames than the limit.
    """
    if len(times) == 0:
        raise EmptyVideoError("The video has no frames.")
    if selection.at is not None:
        _check_count(len(selection.at), limits)
        wanted = sorted(_inside(t, duration, "time") for t in selection.at)
        return [int(i) for i in shown_at(times, wanted)], None
    start = 0.0 if selection.start is None else _inside(selection.start, duration, "start")
    end = duration if selection.end is None else min(to_seconds(selection.end, duration), duration)
    if end <= start:
        raise VideoRangeError(
            f"The range {format_time(start)} to {format_time(end)} is empty; "
            f"the video is {format_time(duration)} long."
        )
    if selection.fps is not None:
        steps = max(1.0, np.ceil((end - start) * float(selection.fps) - 1e-6))
        _check_count(steps, limits)  # before an array of that length is made
        every = np.arange(int(steps)) / float(selection.fps)
        return [int(i) for i in shown_at(times, start + every)], None
    first = int(np.searchsorted(times, start - ROUNDING))
    last = int(np.searchsorted(times, end - ROUNDING))
    if first >= last:  # the range lies between two frames: the one on screen
        first = int(shown_at(times, [start])[0])
        last = first + 1
    inside = times[first:last]
    asked = default_frames if selection.frames is None else selection.frames
    count = min(asked, len(inside))
    note = None
    # one photo is all that there is to it, and nobody asked for more
    photo = loose and len(times) == 1 and selection.frames is None
    if count < asked and not photo:
        what = "the video" if len(inside) == len(times) else "the range"
        some = "1 frame" if count == 1 else f"{count} frames"
        note = f"{some} instead of {short(asked)}: {what} has no more."
    if loose and count == len(inside):
        return list(range(first, last)), note
    if is_constant_rate(inside):
        return [first + i for i in midpoints(len(inside), count)], note
    span = (max(start, float(inside[0])), end)
    centres = span[0] + (np.arange(count) + 0.5) * (span[1] - span[0]) / count
    return [int(i) for i in np.clip(shown_at(times, centres), first, last - 1)], note


def _check_count(count: float, limits: Limits) -> None:
    if count > limits.frames:
        raise VideoLimitError(
            f"That would be {count:.15g} frames; the limit is {limits.frames}. Ask for fewer, or "
            f"raise it: {how_to_set('frames')}."
        )


def _inside(time: Time, duration: float, what: str) -> float:
    seconds = to_seconds(time, duration)
    if seconds > duration:
        raise VideoRangeError(
            f"The {what} {format_time(seconds)} lies after the end of the video "
            f"({format_time(duration)})."
        )
    return seconds
