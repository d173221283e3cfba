"""Scenes are what they say: positions, events and pictures agree with the numbers."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo import crop, draw, world

TIMES = np.linspace(0, 1, 101, dtype=np.float32)
seeds = st.integers(0, 2**32 - 1)


def scene(seed: int, **options: bool) -> world.Scene:
    return world.invent(np.random.default_rng(seed), **options)


@settings(deadline=None)
@given(seeds)
def test_shapes_stay_in_the_picture_until_they_leave(seed: int) -> None:
    for shape in scene(seed).shapes:
        centres = shape.motion.at(TIMES)[shape.visible(TIMES)]
        if shape.motion.kind != "leave":
            assert centres.min() > 0 and centres.max() < 1
        else:
            final = shape.motion.at(np.array([shape.motion.end], np.float32))[0]
            assert final.min() < 0 or final.max() > 1


@settings(deadline=None)
@given(seeds)
def test_a_straight_path_has_its_direction(seed: int) -> None:
    for shape in scene(seed).shapes:
        if shape.motion.kind in ("move", "leave"):
            gone = shape.motion.at(np.array([0, 1], np.float32))
            signs = tuple(np.sign(np.round(gone[1] - gone[0], 4)).astype(int))
            assert signs == world.DIRECTIONS[shape.motion.direction]


@settings(deadline=None)
@given(seeds)
def test_a_bounce_turns_round_as_often_as_it_says(seed: int) -> None:
    fine = np.linspace(0, 1, 4001, dtype=np.float32)
    for shape in scene(seed).shapes:
        if shape.motion.kind == "bounce":
            axis = 0 if shape.motion.step[0] else 1
            steps = np.sign(np.diff(shape.motion.at(fine)[:, axis]))
            assert (np.diff(steps[steps != 0]) != 0).sum() == shape.motion.bounces


@settings(deadline=None)
@given(seeds)
def test_flashes_are_apart_and_each_falls_into_one_or_two_of_fifty_frames(seed: int) -> None:
    sampled = (np.arange(50) + 0.5) / 50
    for shape in scene(seed).shapes:
        frames = [np.flatnonzero((sampled >= s) & (sampled < s + n)) for s, n in shape.flashes]
        assert all(1 <= len(f) <= 2 for f in frames)
        assert all(b[0] - a[-1] > 1 for a, b in pairwise(frames))


@settings(deadline=None)
@given(seeds)
def test_events_are_in_order_and_inside_the_clip(seed: int) -> None:
    times = [event.time for event in world.events(scene(seed))]
    assert times == sorted(times)
    assert all(0 < time < 1 for time in times)


@settings(deadline=None)
@given(seeds)
def test_nothing_happens_in_a_photograph(seed: int) -> None:
    still = scene(seed, still=True)
    table = world.states(still, np.array([0, 0.5, 1], np.float32))
    assert not world.events(still)
    assert (table == table[:1]).all()


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_a_shape_is_drawn_where_it_is_and_in_its_colour(seed: int) -> None:
    rng = np.random.default_rng(seed)
    whole = world.invent(rng, still=True)
    for shape in whole.shapes:
        if shape.kind in ("ring", "moon"):  # not covered at their centre
            continue
        quiet = replace(whole.background, noise=0.0, grain=0.0)
        alone = replace(whole, shapes=(shape,), background=quiet)
        width, height = round(120 * whole.aspect), 120
        (picture,) = draw.draw(alone, np.zeros(1, np.float32), width, height, rng)
        x, y = shape.motion.start
        found = picture[int(y * height), int(x * width)] / 255
        # A tint of at most a few hundredths (three standard deviations of 0.025), and 8 bits
        assert np.abs(found - world.COLOURS[shape.colour]).max() < 0.15


@pytest.mark.parametrize("kind", world.KINDS)
def test_every_kind_covers_about_its_size(kind: str) -> None:
    state = np.zeros(8, np.float32)
    state[[world.X, world.Y, world.SIZE, world.ALPHA]] = 0.5, 0.5, 0.25, 1
    side = (np.arange(200, dtype=np.float32) + 0.5) / 200
    y, x = np.meshgrid(side, side, indexing="ij")
    cover = draw.coverage(state, world.KINDS.index(kind), x, y, 1.0, 200, np)
    # The bounding box of a shape of size 0.25 is half the picture; thin shapes fill a quarter of it
    assert 0.05 < cover.mean() < 0.25
    assert cover[:40].max() == 0 and cover[160:].max() == 0


@settings(deadline=None)
@given(seeds)
def test_a_part_of_a_scene_shows_what_the_whole_shows_then(seed: int) -> None:
    rng = np.random.default_rng(seed)
    whole = world.invent(rng, hard=bool(seed % 2))
    window = crop.window(rng, whole)
    if window is None:
        return
    first, last = window
    part = crop.cut(whole, first, last)
    times = np.linspace(0.01, 0.99, 40, dtype=np.float32)
    of_whole = world.states(whole, first + times * np.float32(last - first))
    of_part = world.states(part, times)
    kept = [i for i in range(world.MAX_SHAPES) if of_whole[:, i, world.ALPHA].any()]
    assert len(kept) <= len(part.shapes)
    shown = [i for i in range(len(part.shapes)) if of_part[:, i, world.ALPHA].any()]
    for one, other in zip(kept, shown, strict=True):
        # float32 times, and flashes that begin within a rounding of a sampled time
        off = np.abs(of_whole[:, one, : world.ANGLE] - of_part[:, other, : world.ANGLE])
        assert np.median(off) < 1e-4


@settings(deadline=None)
@given(seeds)
def test_hard_scenes_have_small_shapes(seed: int) -> None:
    assert all(s.size <= 0.12 * 1.15 for s in scene(seed, hard=True).shapes)
