"""Packets' stamps on one line: joins, strays and twins, without a file."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sf_mlx.video.clock import NONE, Line, Packets, straighten

SECOND, STEP = 90_000.0, 3000
# decoding order of a GOP with three B-frames, as places in the order of showing
GOP = np.array([0, 4, 2, 1, 3])


def stream(gops: int, start: int = 0) -> tuple[list[int], list[int], list[bool]]:
    """Stamps of showing and decoding, and keyframes, of `gops` groups of five frames."""
    shown = np.concatenate([5 * i + GOP for i in range(gops)])
    pts = start + (shown + 2) * STEP
    dts = start + np.arange(len(pts)) * STEP
    return pts.tolist(), dts.tolist(), (np.arange(len(pts)) % 5 == 0).tolist()


def packets(pts: list[int], dts: list[int], keys: list[bool]) -> Packets:
    count = len(pts)
    return Packets(
        np.array(pts, np.int64),
        np.array(dts, np.int64),
        1000 + 10 * np.arange(count),
        np.array(keys, np.bool_),
        np.zeros(count, np.bool_),
    )


def lay(found: Packets, jumps: bool = True) -> Line:
    line = straighten(found, SECOND, jumps)
    assert line is not None
    return line


def again(found: Packets, line: Line) -> list[int | None]:
    """The stamps that a reader gives the packets."""
    own = found.pts.tolist()
    if line.repairs is None:
        return own  # type: ignore[no-any-return]
    return [
        line.repairs.stamp(p, place) for p, place in zip(own, found.places.tolist(), strict=True)
    ]


def order(stamps: list[int | None]) -> list[int]:
    return sorted(range(len(stamps)), key=lambda i: stamps[i] or 0)


def shown_order(gops: int) -> list[int]:
    return order(stream(gops)[0])  # type: ignore[arg-type]


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(-(10**9), 10**9))
def test_a_sound_stream_is_left_alone(gops: int, start: int) -> None:
    found = packets(*stream(gops, start))
    line = lay(found)
    assert line.repairs is None and line.usable.all() and not line.segments.any()
    assert (line.stamps == found.pts).all()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(2, 8), st.integers(0, 10**8)), min_size=2, max_size=6))
def test_joined_streams_follow_each_other(parts: list[tuple[int, int]]) -> None:
    """Whatever the clocks say: each part in its own order, one frame after the last."""
    pts, dts, keys = [], [], []
    for gops, start in parts:
        for all_of, some in zip((pts, dts, keys), stream(gops, start), strict=True):
            all_of.extend(some)
    found = packets(pts, dts, keys)
    leaps = np.diff(found.dts)
    if ((leaps >= -3 * STEP) & (leaps <= 10 * SECOND) & (leaps != STEP)).any():
        return  # too small a leap to be one: the parts go on, a gap, or a packet off its line
    line = lay(found)
    stamps = again(found, line)
    assert stamps == line.stamps.tolist()
    expected: list[int] = []
    for gops, _ in parts:
        base = len(expected)
        expected += [base + i for i in shown_order(gops)]
    assert order(stamps) == expected
    assert np.diff(np.sort(line.stamps)).tolist() == [STEP] * (len(pts) - 1)


@settings(deadline=None)
@given(st.integers(4, 20), st.data())
@pytest.mark.parametrize("jumps", [True, False])
def test_one_wild_stamp_gets_its_place_back(jumps: bool, gops: int, data: st.DataObject) -> None:
    pts, dts, keys = stream(gops)
    bad = data.draw(st.integers(5, len(pts) - 35) if len(pts) > 41 else st.just(5))
    both = data.draw(st.booleans())
    far = data.draw(st.sampled_from([50, 1000, 10**6])) * STEP
    right = pts[bad]
    if len(pts) <= bad + 35 and not both:
        return  # too near to the end: it could be a late frame
    pts[bad] += far
    if both:
        dts[bad] += far
    found = packets(pts, dts, keys)
    line = lay(found, jumps)
    assert again(found, line)[bad] == right
    assert np.diff(np.sort(line.stamps[line.usable])).tolist() == [STEP] * (len(pts) - 1)


def test_of_two_with_the_same_stamp_one_moves_into_the_gap() -> None:
    pts, dts, keys = stream(20)
    pts[31] = pts[33]
    line = lay(packets(pts, dts, keys), jumps=False)
    assert line.usable.all()
    assert np.diff(np.sort(line.stamps)).tolist() == [STEP] * 99


def test_what_comes_before_the_first_keyframe_is_left_out() -> None:
    pts, dts, keys = stream(6)
    line = lay(packets(pts[3:], dts[3:], keys[3:]))
    assert line.left_out.tolist() == [True] * 2 + [False] * 25
    keys[:] = [False] * 30  # a stream that refreshes bit by bit has no keyframes
    assert not lay(packets(pts, dts, keys)).left_out.any()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-(2**53), 2**53), st.integers(-(2**53), 2**53)), max_size=60))
@pytest.mark.parametrize("jumps", [True, False])
def test_any_stamps(jumps: bool, stamps: list[tuple[int, int]]) -> None:
    """No line, or one on which usable stamps differ and a reader finds them again."""
    some = [(p if p % 7 else NONE, d if d % 5 else NONE) for p, d in stamps]
    found = packets([p for p, _ in some], [d for _, d in some], [p % 3 == 0 for p, _ in some])
    line = straighten(found, SECOND, jumps)
    if line is None:
        return
    usable = line.stamps[line.usable & ~line.left_out]
    assert len(np.unique(usable)) == len(usable)
    known = [p if p != NONE else None for p in found.pts.tolist()]
    repairs = line.repairs
    for i, pts in enumerate(known):
        if line.usable[i] and not line.left_out[i]:
            stamp = pts if repairs is None else repairs.stamp(pts, int(found.places[i]))
            assert stamp == line.stamps[i]
