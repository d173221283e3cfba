"""Which frames: upstream's midpoints, a range, a rate or explicit times.

Everything here is index arithmetic on the frames' times; nothing knows about files.
"""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
import numpy.typing as npt

from sf_mlx.errors import EmptyVideoError, UsageError, VideoRangeError
from sf_mlx.video.times import Time, format_time, to_seconds

Times = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

# seconds: forgives the rounding of 1/30 and the like in times that people and stamps give
ROUNDING = 5e-7


@dataclass(frozen=True)
class Selection:
    """Which frames of a video to read.

    Attributes
    ----------
    frames: how many, spread evenly over the range; fewer where the range holds fewer.
    start, end: the range, seconds from the first frame or `Percent`; the end is not included.
    fps: frames per second of video instead of a count.
    at: explicit times instead of a count; each gives the frame on screen at that time.
    """

    frames: int = 50
    start: Time | None = None
    end: Time | None = None
    fps: float | None = None
    at: tuple[Time, ...] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.frames, Integral) or self.frames < 1:
            raise UsageError(f"Cannot read {self.frames} frames: ask for a whole number from 1 up.")
        if self.fps is not None and not 0 < self.fps <= 1000:
            raise UsageError(f"Cannot read {self.fps:g} frames a second: ask for up to 1000.")
        if self.at is not None and not self.at:
            raise UsageError("No time is given to read a frame at.")
        others = (self.fps, self.start, self.end)
        if self.at is not None and any(other is not None for other in others):
            raise UsageError("Explicit times cannot be combined with a range or a frame rate.")


UPSTREAM = Selection()


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
    selection: Selection, times: Times, duration: float, loose: bool = False
) -> tuple[list[int], str | None]:
    """The indices to read, in order of time, and why they are fewer than asked.

    Parameters
    ----------
    times: float64 [T], seconds of every frame from the first one, ascending.
    duration: seconds, the last frame's length included.
    loose: they are pictures and no film: where all of them are asked, each comes once.

    Where the rate is constant the count is spread over the frames (upstream); where it varies,
    over time, so that a burst of frames does not take more than its share. Where all frames of a
    film are asked, one comes twice and the last never, as in the reference.

    Raises
    ------
    VideoRangeError: an empty range, or one that lies outside the video.
    EmptyVideoError: no frames.
    """
    if len(times) == 0:
        raise EmptyVideoError("The video has no frames.")
    if selection.at is not None:
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
        steps = np.arange(max(1, int(np.ceil((end - start) * selection.fps - 1e-6))))
        return [int(i) for i in shown_at(times, start + steps / selection.fps)], None
    first = int(np.searchsorted(times, start - ROUNDING))
    last = int(np.searchsorted(times, end - ROUNDING))
    if first >= last:  # the range lies between two frames: the one on screen
        first = int(shown_at(times, [start])[0])
        last = first + 1
    inside = times[first:last]
    count = min(selection.frames, len(inside))
    note = None
    if count < selection.frames:
        what = "the video" if len(inside) == len(times) else "the range"
        some = "1 frame" if count == 1 else f"{count} frames"
        note = f"{some} instead of {selection.frames}: {what} has no more."
    if loose and count == len(inside):
        return list(range(first, last)), note
    if is_constant_rate(inside):
        return [first + i for i in midpoints(len(inside), count)], note
    span = (max(start, float(inside[0])), end)
    centres = span[0] + (np.arange(count) + 0.5) * (span[1] - span[0]) / count
    return [int(i) for i in np.clip(shown_at(times, centres), first, last - 1)], note


def _inside(time: Time, duration: float, what: str) -> float:
    seconds = to_seconds(time, duration)
    if seconds > duration:
        raise VideoRangeError(
            f"The {what} {format_time(seconds)} lies after the end of the video "
            f"({format_time(duration)})."
        )
    return seconds
