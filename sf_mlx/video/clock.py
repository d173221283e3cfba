"""Packets' own stamps -> one ascending line, where a clock jumps or a stamp is damaged.

Everything here is index arithmetic; nothing knows about files.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Stamps = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# stands for a stamp that is missing, or larger than that on either side of 0: computed with in
# 64 bits, and no clock of this world
LARGEST = 1 << 53
NONE = -(1 << 62)
# seconds; FFmpeg's own threshold for a clock that jumps forward (dts_delta_threshold)
_AHEAD = 10
# segments to packets; with more there is no line
_MOST = 0.1
# strays that are given a place again; the others are left out
_MENDED = 1000
# packets; a decoder shows a picture at most 16 later ones after its turn, each in two fields
_REORDERING = 33


class Packets(NamedTuple):
    """What a stream's packets say, in the order of the file; all [N].

    `pts`, `dts`: stamps or `NONE`; `places`: where they begin in the file, bytes, -1 for unknown.
    """

    pts: Stamps
    dts: Stamps
    places: Stamps
    keys: Flags
    corrupt: Flags


@dataclass(frozen=True)
class Repairs:
    """How a packet's own stamp becomes that of the line, by its place in the file.

    Attributes
    ----------
    joints: int64 [S], places at which the segments begin, ascending.
    offsets: int64 [S], added to the stamps of each.
    strays: (place, stamp) of packets whose stamp means nothing -> their stamp on the line, None for
        none.
    """

    joints: Stamps
    offsets: Stamps
    strays: dict[tuple[int, int], int | None]

    def stamp(self, pts: int | None, place: int) -> int | None:
        """A packet's stamp on the line; None for one that is not on it."""
        if pts is None or (place, pts) in self.strays:
            return self.strays.get((place, pts or 0))
        segment = int(np.searchsorted(self.joints, place, side="right")) - 1
        return pts + int(self.offsets[max(segment, 0)])


class Line(NamedTuple):
    """Packets on one line, all [N] but the last.

    Attributes
    ----------
    stamps: where each is on the line.
    usable: its own stamp says so.
    left_out: no frame, and no loss: it comes before the first keyframe of its segment, or another
        is shown at the same time.
    segments: number of its segment.
    repairs: how to get there again; None where every packet's own stamp is good.
    """

    stamps: Stamps
    usable: Flags
    left_out: Flags
    segments: Stamps
    repairs: Repairs | None


def straighten(packets: Packets, second: float, jumps: bool) -> Line | None:
    """Lay the packets on one line.

    Parameters
    ----------
    second: length of a second in the stamps' unit.
    jumps: a clock of this container may jump (MPEG-TS and -PS), forward as well.

    Where the clock jumps a new segment begins, one frame after the last one. A single packet off a
    line that goes on after it is a stray, and of two with the same stamp the less likely one.
    None where there is no line, or a stray cannot be told from other packets by its place.
    """
    pts, dts = packets.pts, packets.dts
    known = pts != NONE
    here = np.flatnonzero(known)
    clock = np.where(dts != NONE, dts, pts)[here]
    forward = np.diff(clock)[np.diff(clock) > 0]
    step = int(np.median(forward)) if len(forward) else 1
    starts, off = _split(clock, step, int(_AHEAD * second), jumps)
    if len(starts) > 1 and len(starts) > _MOST * len(pts):
        return None
    bounds = [0, *here[starts[1:]].tolist(), len(pts)]
    segments = np.repeat(np.arange(len(starts)), np.diff(bounds))
    stray = np.zeros(len(pts), np.bool_)
    stray[here[off]] = True
    for begin, end in pairwise(bounds):
        inside = begin + np.flatnonzero((known & ~stray)[begin:end])
        stray[inside[_displaced(pts[inside])]] = True
    headless = np.zeros(len(pts), np.bool_)
    if jumps:
        headless = _before_keys(packets.keys & known & ~stray, segments)
    offsets = _offsets(pts, known & ~stray & ~headless, bounds, step)
    if offsets is None:
        return None
    stamps = pts + offsets[segments]
    # between two segments there is no place for what cannot be decoded
    stray |= headless & (segments > 0)
    delays = np.where(dts != NONE, pts - dts, 0)
    twins = _less_likely_twins(stamps, delays, known & ~stray)
    stray |= twins
    usable = known & ~stray
    if len(starts) == 1 and not stray.any():
        return Line(stamps, usable, headless, segments, None)
    odd = packets.places[stray]
    if (odd < 0).any() or np.isin(packets.places, odd).sum() > len(odd):
        return None
    fits = _holes(stamps, delays, usable, stray & ~headless, step)
    mended = [fits.get(i) for i in np.flatnonzero(stray).tolist()]
    for i, stamp in fits.items():
        stamps[i], usable[i] = stamp, True
    places = np.maximum.accumulate(packets.places)[bounds[:-1]]
    places[0] = 0
    keys = zip(odd.tolist(), pts[stray].tolist(), strict=True)
    repairs = Repairs(places, offsets, dict(zip(keys, mended, strict=True)))
    return Line(stamps, usable, headless | (twins & ~usable), segments, repairs)


def _split(clock: Stamps, step: int, ahead: int, jumps: bool) -> tuple[list[int], list[int]]:
    """Where segments begin, and single packets off a line that goes on after them."""
    # decoding times only rise, but for rounding; elsewhere they may be FFmpeg's guess from `pts`
    back = (2 if jumps else _REORDERING) * step
    delta = np.diff(clock)
    leaps = np.flatnonzero((delta < -back) | (jumps & (delta > ahead))) + 1
    starts, off = [0], [-1]

    def goes_on(i: int, j: int) -> bool:
        return i >= starts[-1] and j < len(clock) and -back <= int(clock[j] - clock[i]) <= ahead

    for i in leaps.tolist():
        if off[-1] == i - 1:
            continue  # back on the line
        if goes_on(i - 1, i + 1):
            off.append(i)
        elif goes_on(i - 2, i):
            off.append(i - 1)
        else:
            starts.append(i)
    return starts, off[1:]


def _offsets(pts: Stamps, good: Flags, bounds: list[int], step: int) -> Stamps | None:
    """What to add to each segment's stamps, so that it begins a frame after the one before it."""
    offsets = [0] * (len(bounds) - 1)
    last: int | None = None
    for segment, (begin, end) in enumerate(pairwise(bounds)):
        inside = pts[begin:end][good[begin:end]]
        if len(inside):
            offsets[segment] = 0 if last is None else last + step - int(inside.min())
            last = int(inside.max()) + offsets[segment]
    return None if max(map(abs, offsets)) > LARGEST else np.array(offsets, np.int64)


def _before_keys(keys: Flags, segments: Stamps) -> Flags:
    """Which packets come before the first keyframe of their segment, where it has one."""
    where = np.flatnonzero(keys)
    with_keys, firsts = np.unique(segments[where], return_index=True)
    first = np.zeros(int(segments.max(initial=0)) + 1, np.int64)
    first[with_keys] = where[firsts]
    return np.arange(len(keys)) < first[segments]


def _displaced(pts: Stamps) -> Flags:
    """Stamps that are out of order by more than any decoder's reordering."""
    flags = np.zeros(len(pts), np.bool_)
    if len(pts) > _REORDERING:
        before = np.maximum.accumulate(pts)[:-_REORDERING]
        after = np.minimum.accumulate(pts[::-1])[::-1][_REORDERING:]
        early, late = pts[_REORDERING:] < before, pts[:-_REORDERING] > after
        # one that is too late makes all that follow look early, and the other way round
        if late.sum() <= early.sum():
            flags[:-_REORDERING] = late
        else:
            flags[_REORDERING:] = early
    return flags


def _holes(
    stamps: Stamps, delays: Stamps, usable: Flags, stray: Flags, step: int
) -> dict[int, int]:
    """For strays (index of the packet) the stamp that is missing where they belong."""
    line = np.sort(stamps[usable])
    gaps = np.diff(line)
    wide = (gaps > 1.5 * step) & (gaps < 2.5 * step)
    holes = (line[:-1] + gaps // 2)[wide]
    good = np.flatnonzero(usable)
    lost = np.flatnonzero(stray)[:_MENDED]
    expected = np.interp(lost, good, (stamps - delays)[good]) + np.median(delays[good])
    found: dict[int, int] = {}
    for i, wanted in zip(lost.tolist(), expected.tolist(), strict=True):
        distances = np.abs(holes - wanted)
        if len(holes) and distances.min() < _REORDERING * step:
            nearest = int(distances.argmin())
            found[i] = int(holes[nearest])
            holes = np.delete(holes, nearest)
    return found


def _less_likely_twins(stamps: Stamps, delays: Stamps, usable: Flags) -> Flags:
    """Of packets with the same stamp all but the one with the usual delay from decoding."""
    twins = np.zeros(len(stamps), np.bool_)
    where = np.flatnonzero(usable)
    if len(where) == len(np.unique(stamps[where])):
        return twins
    unusual = np.abs(delays - int(np.median(delays[where])))
    order = where[np.lexsort((unusual[where], stamps[where]))]
    twins[order[1:][np.diff(stamps[order]) == 0]] = True
    return twins
