"""The labels of training say what the clip has shown."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from demo import story, world

TIMES = ((np.arange(50) + 0.5) / 50).astype(np.float32)
seeds = st.integers(0, 2**32 - 1)


@settings(deadline=None)
@given(seeds)
def test_at_the_end_everything_has_been_counted(seed: int) -> None:
    scene = world.invent(np.random.default_rng(seed))
    _, counts = story.facts(scene, np.array([1.0], np.float32))
    for shape, (flashes, bounces) in zip(scene.shapes, counts[0], strict=False):
        assert flashes == len(shape.flashes)
        assert bounces == shape.motion.bounces


@settings(deadline=None)
@given(seeds)
def test_counts_never_fall_and_nothing_is_known_before_it_happens(seed: int) -> None:
    scene = world.invent(np.random.default_rng(seed))
    facts, counts = story.facts(scene, TIMES)
    assert (np.diff(counts, axis=0) >= 0).all()
    for i, shape in enumerate(scene.shapes):
        changed = facts[:, i, 5]
        assert (changed == (shape.turns <= TIMES)).all()
        assert ((facts[:, i, 6] == 0) | (changed == 1)).all()


@settings(deadline=None)
@given(seeds)
def test_speed_and_way_point_where_the_shape_goes(seed: int) -> None:
    scene = world.invent(np.random.default_rng(seed))
    facts, _ = story.facts(scene, TIMES)
    for i, shape in enumerate(scene.shapes):
        if shape.motion.kind == "move":
            way = np.array(world.DIRECTIONS[shape.motion.direction])
            seen = shape.visible(TIMES)
            for columns in (slice(0, 2), slice(2, 4)):
                # Where it first shows, its way is still short
                signs = np.sign(np.round(facts[seen, i, columns][5:], 3))
                assert (signs == way).all()
