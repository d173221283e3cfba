"""When each frame of a file is shown, and from which frames decoding can start."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Literal

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from sf_mlx.errors import EmptyVideoError
from sf_mlx.video import mp4
from sf_mlx.video.choose import Times
from sf_mlx.video.limits import Limits, Stopwatch, check_frames

Stamps = npt.NDArray[np.int64]

# a stream without timestamps plays at FFmpeg's own default
_DEFAULT_RATE = Fraction(25)


@dataclass(frozen=True)
class Timeline:
    """The frames of a stream in the order of showing.

    Attributes
    ----------
    pts: int64 [T], ascending, in units of `time_base`.
    keys: int64 [K], ascending: pts of the keyframes.
    time_base: seconds.
    source: ``index`` (the container's, not yet confirmed by packets), ``packets`` (every packet's
        own stamp), or ``count`` (no usable stamps: `pts` is 0, 1, 2 ... in order of decoding).
    promised: frames that the header promises.
    damaged: packets that the container marks as corrupt or that carry no stamp.
    cut: the file ends before its header says.
    """

    pts: Stamps
    keys: Stamps
    time_base: Fraction
    source: Literal["index", "packets", "count"]
    promised: int
    damaged: int = 0
    cut: bool = False

    @property
    def step(self) -> int:
        """The usual distance between two frames, at least 1."""
        return max(1, int(np.median(np.diff(self.pts)))) if len(self.pts) > 1 else 1

    @cached_property
    def times(self) -> Times:
        """float64 [T]: seconds from the first frame."""
        return (self.pts - self.pts[:1]).astype(np.float64) * float(self.time_base)

    def duration(self, frame_rate: Fraction | None) -> float:
        """Seconds, the last frame shown as long as the usual one."""
        if len(self.pts) > 1:
            return float(self.times[-1]) + self.step * float(self.time_base)
        return float(1 / (frame_rate or _DEFAULT_RATE))

    def has(self, stamp: int) -> bool:
        """Whether a frame is expected at this stamp."""
        i = int(np.searchsorted(self.pts, stamp))
        return i < len(self.pts) and int(self.pts[i]) == stamp

    def until(self, last: int) -> "Timeline":
        """The same without what lies after `last` (pts)."""
        pts, keys = self.pts[self.pts <= last], self.keys[self.keys <= last]
        # there is always a place to start from, if only the beginning
        return replace(self, pts=pts, keys=keys if len(keys) else pts[:1], cut=True)


def from_index(
    container: InputContainer, stream: VideoStream, file_size: int, limits: Limits, name: str
) -> Timeline | None:
    """The timeline that the header of an MP4/MOV file states, without reading the media.

    Only where all frames are equally long: the index holds decoding times, and with equal steps
    and offsets that only reorder, frame i is shown at start + i * step. None otherwise.
    """
    if not container.format.name.startswith("mov"):
        return None
    check_frames(name, len(stream.index_entries), limits)
    count = len(stream.index_entries)
    # a sample has at least a byte: a short header can claim millions
    if not count or count > file_size or count != stream.frames or stream.start_time is None:
        return None
    entries = np.fromiter(
        ((e.timestamp, e.pos + e.size, e.is_keyframe, e.is_discard) for e in stream.index_entries),
        [("dts", np.int64), ("end", np.int64), ("key", np.bool_), ("hidden", np.bool_)],
        count,
    )
    if (entries["end"] > file_size).any():
        return None
    visible = entries[~entries["hidden"]]
    stamps = visible["dts"]
    steps = np.diff(stamps)
    if len(steps) == 0 or steps[0] <= 0 or (steps != steps[0]).any():
        return None
    offsets = _offsets(container, stream, count)
    if offsets is None:
        return None
    shown = np.sort(stamps + offsets[~entries["hidden"]])
    if (np.diff(shown) != steps[0]).any():
        return None
    shift = stream.start_time - stamps[0]
    keys = stamps[visible["key"]] + shift
    if len(keys) == 0:
        return None
    keys[0] = stream.start_time
    return Timeline(
        pts=stream.start_time + np.arange(len(stamps), dtype=np.int64) * steps[0],
        keys=keys,
        time_base=_time_base(stream),
        source="index",
        promised=count,
    )


def _offsets(container: InputContainer, stream: VideoStream, samples: int) -> Stamps | None:
    """int64 [samples]: from decoding to showing; None where the header does not say it of all."""
    track = mp4.track(container.name.removeprefix("file:"), stream.id)
    if track.matrix is None:  # a header that only FFmpeg understands
        return None
    counts, offsets = track.offsets.T
    if not len(counts):
        return np.zeros(samples, np.int64)
    if (counts < 0).any() or counts.sum() != samples:
        return None
    return np.repeat(offsets, counts)


def from_packets(
    container: InputContainer, stream: VideoStream, limits: Limits, name: str, watch: Stopwatch
) -> Timeline:
    """The timeline from every packet's stamps: reads the file once, decodes nothing.

    Raises
    ------
    EmptyVideoError: no packet.
    VideoLimitError
    """
    lap = watch.start()
    stamps: list[int] = []
    keys: list[int] = []
    packets = hidden = damaged = 0
    broken = False
    try:
        for packet in packets_of(container, stream):
            lap.frame()  # no picture is expected here; only the total counts
            lap.check()
            if not packet.size:
                continue
            packets += 1
            check_frames(name, packets, limits)
            if packet.is_discard:
                hidden += 1
            elif packet.is_corrupt or packet.pts is None:
                damaged += 1
            else:
                stamps.append(packet.pts)
                if packet.is_keyframe:
                    keys.append(packet.pts)
    except (av.FFmpegError, OSError):
        broken = True
    if not packets:
        raise EmptyVideoError(f"{name}: the video stream holds no picture.")
    pts = np.sort(np.array(stamps, np.int64))
    promised = max(stream.frames - hidden, 0)
    usable = len(pts) > 0.9 * (packets - hidden) and bool((np.diff(pts) > 0).all())
    if not usable:
        return by_count(packets - hidden, stream, promised)
    return Timeline(
        pts=pts,
        keys=np.sort(np.array(keys or [pts[0]], np.int64)),
        time_base=_time_base(stream),
        source="packets",
        promised=max(promised, len(pts)),
        damaged=damaged,
        cut=broken or promised > len(pts),
    )


def packets_of(container: InputContainer, stream: VideoStream) -> "Iterator[Packet[VideoStream]]":
    """The stream's packets, the last one empty to flush the decoder."""
    try:
        yield from container.demux(stream)
    except IndexError:
        # PyAV 18.1 stumbles at the end of a file in which another stream began after the opening
        return


def by_count(frames: int, stream: VideoStream, promised: int) -> Timeline:
    """A timeline for streams without usable stamps: evenly spaced, read from the beginning."""
    rate = stream.average_rate or stream.guessed_rate or _DEFAULT_RATE
    return Timeline(
        pts=np.arange(frames, dtype=np.int64),
        keys=np.zeros(1, np.int64),
        time_base=1 / Fraction(rate),
        source="count",
        promised=max(promised, frames),
    )


def _time_base(stream: VideoStream) -> Fraction:
    return stream.time_base or Fraction(1, 1000)
