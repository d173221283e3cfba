"""When each frame of a file is shown, and from which frames decoding can start."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Literal

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from sf_mlx.errors import EmptyVideoError
from sf_mlx.video.clock import LARGEST, NONE, Packets, Repairs, Stamps, straighten
from sf_mlx.video.headers import Track
from sf_mlx.video.limits import check_frames
from sf_mlx.video.open import LocalFile, Opened
from sf_mlx.video.times import Times, runs

# containers whose clock may jump: FFmpeg's AVFMT_TS_DISCONT
_JUMPING = ("mpegts", "mpeg")
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
    damaged: int64 [D], where the container marks packets as corrupt.
    lost: packets without a stamp, or with one that means nothing.
    cut: the file ends before its header says.
    doubtful: the first packets may not be decodable, because what they refer to is missing.
    repairs: from the packets' own stamps to `pts`; None where they are the same.
    key_places: int64 [K], where the keyframes begin in the file, bytes, if stamps cannot find them.
    seekable: whether there is a way to begin anywhere but at the beginning.
    """

    pts: Stamps
    keys: Stamps
    time_base: Fraction
    source: Literal["index", "packets", "count"]
    promised: int
    damaged: Stamps = field(default_factory=lambda: np.zeros(0, np.int64))
    lost: int = 0
    cut: bool = False
    doubtful: bool = False
    repairs: Repairs | None = None
    key_places: Stamps | None = None
    seekable: bool = True

    @property
    def step(self) -> int:
        """The usual distance between two frames, at least 1."""
        return max(1, int(np.median(np.diff(self.pts)))) if len(self.pts) > 1 else 1

    @cached_property
    def times(self) -> Times:
        """float64 [T]: seconds from the first frame."""
        return (self.pts - self.pts[:1]).astype(np.float64) * float(self.time_base)

    @property
    def damaged_stretches(self) -> list[tuple[float, float]]:
        """First and last second of each run of damaged packets, from the first frame."""
        times = (np.sort(self.damaged) - self.pts[0]).clip(0) * float(self.time_base)
        return runs(times.tolist(), 10 * self.step * float(self.time_base))

    def duration(self, frame_rate: Fraction | None) -> float:
        """Seconds, the last frame shown as long as the usual one."""
        if len(self.pts) > 1:
            return float(self.times[-1]) + self.step * float(self.time_base)
        return float(1 / (frame_rate or _DEFAULT_RATE))

    def has(self, stamp: int) -> bool:
        """Whether a frame is expected at this stamp."""
        i = int(np.searchsorted(self.pts, stamp))
        return i < len(self.pts) and int(self.pts[i]) == stamp

    def within(self, first: int, last: int) -> "Timeline":
        """The same without what lies before `first` or after `last` (pts)."""
        pts = self.pts[(self.pts >= first) & (self.pts <= last)]
        inside = (self.keys >= first) & (self.keys <= last)
        keys, places = self.keys[inside], self.key_places
        if not len(keys):  # there is always a place to start from, if only the beginning
            return replace(self, pts=pts, keys=pts[:1], key_places=None)
        return replace(
            self, pts=pts, keys=keys, key_places=None if places is None else places[inside]
        )


def from_index(file: LocalFile, opened: Opened) -> Timeline | None:
    """The timeline that the header of an MP4/MOV file states, without reading the media.

    Only where all frames are equally long: the index holds decoding times, and with equal steps
    and offsets that only reorder, frame i is shown at start + i * step. None otherwise.
    """
    container, stream, _ = opened
    if not container.format.name.startswith("mov"):
        return None
    check_frames(file.name, len(stream.index_entries), file.limits)
    count = len(stream.index_entries)
    # a sample has at least a byte: a short header can claim millions
    if not count or count > file.size or count != stream.frames or stream.start_time is None:
        return None
    entries = np.fromiter(
        ((e.timestamp, e.pos + e.size, e.is_keyframe, e.is_discard) for e in stream.index_entries),
        [("dts", np.int64), ("end", np.int64), ("key", np.bool_), ("hidden", np.bool_)],
        count,
    )
    if (entries["end"] > file.size).any():
        return None
    visible = entries[~entries["hidden"]]
    stamps = visible["dts"]
    steps = np.diff(stamps)
    if len(steps) == 0 or steps[0] <= 0 or (steps != steps[0]).any():
        return None
    offsets = _offsets(file.header.track(stream.id), count)
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
        promised=len(stamps),
    )


def _offsets(track: Track, samples: int) -> Stamps | None:
    """int64 [samples]: from decoding to showing; None where the header does not say it of all."""
    if track.matrix is None:  # a header that only FFmpeg understands
        return None
    counts, offsets = track.offsets.T
    if not len(counts):
        return np.zeros(samples, np.int64)
    if (counts < 0).any() or counts.sum() != samples:
        return None
    return np.repeat(offsets, counts)


def from_packets(file: LocalFile, opened: Opened) -> Timeline:
    """The timeline from every packet's stamps: reads the file once, decodes nothing.

    Raises
    ------
    EmptyVideoError: no packet.
    VideoLimitError
    """
    container, stream, _ = opened
    lap = file.watch.start()
    records = array("q")
    packets = hidden = 0
    broken = False
    try:
        for packet in packets_of(container, stream):
            lap.frame()  # no picture is expected here; only the total counts
            lap.check()
            if not packet.size:
                continue
            packets += 1
            check_frames(file.name, packets, file.limits)
            if packet.is_discard:
                hidden += 1
                continue
            place = -1 if packet.pos is None else packet.pos
            marks = packet.is_keyframe + 2 * packet.is_corrupt
            records.extend((_stamp(packet.pts), _stamp(packet.dts), place, marks))
    except (av.FFmpegError, OSError):
        broken = True
    if not packets:
        raise EmptyVideoError(f"{file.name}: the video stream holds no picture.")
    promised = _promised(container, stream, hidden)
    pts, dts, places, flags = np.array(records, np.int64).reshape(-1, 4).T
    found = Packets(pts, dts, places, keys=flags & 1 > 0, corrupt=flags & 2 > 0)
    timeline = _from_stamps(found, container, stream)
    if timeline is None:
        return by_count(packets - hidden, stream, promised)
    # from a hidden keyframe the first frames can be decoded
    doubtful = timeline.doubtful and not hidden
    short = promised > len(pts)
    return replace(
        timeline,
        promised=promised if short else len(timeline.pts),
        cut=broken or short or file.header.cut,
        doubtful=doubtful,
    )


def _from_stamps(
    packets: Packets, container: InputContainer, stream: VideoStream
) -> Timeline | None:
    """The timeline of packets whose stamps are good, but for some; None where too many are not."""
    base = _time_base(stream)
    jumps = container.format.name in _JUMPING
    line = straighten(packets, float(1 / base), jumps)
    if line is None:
        return None
    # what ends at a joint is called corrupt because the counter of what follows is another
    joints = np.flatnonzero(np.diff(line.segments)) + 1
    corrupt = packets.corrupt.copy()
    for before in (1, 2):
        corrupt[joints - before] = False
    damaged = (corrupt | ~line.usable) & ~line.left_out
    shown = ~damaged & ~line.left_out
    if shown.sum() <= 0.9 * (~line.left_out).sum():
        return None
    pts, places = line.stamps[shown], packets.places[shown]
    keyed = packets.keys[shown]
    order = np.argsort(pts, kind="stable")
    keys = order[keyed[order]] if keyed.any() else order[:1]
    several = len(joints) > 0
    return Timeline(
        pts=pts[order],
        keys=pts[keys],
        time_base=base,
        source="packets",
        promised=0,
        damaged=line.stamps[damaged & line.usable],
        lost=int((damaged & ~line.usable).sum()),
        doubtful=not keyed[0] or bool((pts < pts[keyed.argmax()]).any()),
        repairs=line.repairs,
        key_places=places[keys] if several else None,
        seekable=not several or (jumps and bool((places[keys] >= 0).all())),
    )


def _promised(container: InputContainer, stream: VideoStream, hidden: int) -> int:
    """How many frames the header promises to show; 0 where it does not say."""
    if container.format.name.startswith("mov") and len(stream.index_entries):
        # an edit list leaves out some samples, and may show others twice
        return sum(not entry.is_discard for entry in stream.index_entries)
    return max(stream.frames - hidden, 0)


def _stamp(value: int | None) -> int:
    return NONE if value is None or abs(value) > LARGEST else value


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
