"""The list by another hand: every truth is one, and every question is asked in full."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import demo_natural_other, demo_other
from benchmarks.demo_clips import Asked, recast
from benchmarks.demo_course import Slots, listed_beside
from demo import refusals
from demo.view import Unclear, View
from demo.world import Motion, Shape, invent

LISTED = [(q, truth) for few in demo_natural_other.QUESTIONS.values() for q, truth in few]
TURNS = [turn for talk in demo_natural_other.CONVERSATIONS for turn in talk]


def scenes(count: int, seed: int = 0) -> list[tuple[View, Slots]]:
    """Scenes of both worlds in which two shapes can be named."""
    rng = np.random.default_rng(seed)
    found: list[tuple[View, Slots]] = []
    while len(found) < count:
        scene = recast(invent(rng, hard=len(found) % 2 == 1), rng)
        if given := demo_other.slots(scene, float(rng.uniform(3, 9)), rng):
            found.append((View(scene), given))
    return found


def test_as_many_as_were_written() -> None:
    """What demo/README.md says of the list: nothing is dropped but what is marked."""
    assert len(demo_natural_other.QUESTIONS) == 20 and len(LISTED) == 391
    assert sum(truth is None for _, truth in LISTED) == 24
    talks = demo_natural_other.CONVERSATIONS
    assert len(talks) == 24 and sum(any(t is None for _, t in talk) for talk in talks) == 3
    assert len(set(demo_natural_other.OUTSIDE)) == 120


def test_every_truth_is_found_in_some_scene_and_breaks_in_none() -> None:
    """Only `Unclear` may come out of one, and no truth takes an empty answer for itself."""
    known = set()
    for view, given in scenes(60):
        for question, truth in [*LISTED, *TURNS]:
            if truth is None:
                continue
            try:
                wanted = truth(view, given)
            except Unclear:
                continue
            known.add(question)
            assert wanted.value and not wanted.fits(""), question
    asked = {question for question, truth in [*LISTED, *TURNS] if truth is not None}
    # A few need a rare course; 60 scenes are not all that there are
    assert len(asked - known) <= 0.06 * len(asked), sorted(asked - known)


@pytest.mark.parametrize("given", [given for _, given in scenes(3, seed=5)])
def test_no_placeholder_is_left(given: Slots) -> None:
    for question in [*(q for q, _ in [*LISTED, *TURNS]), *demo_natural_other.OUTSIDE]:
        filled = given.fill(question)
        assert "{" not in filled and "}" not in filled, filled


@pytest.mark.parametrize(
    ("found", "answer", "right"),
    [
        ("ring", "The red ring is left of the cyan moon.", True),
        ("ring", "The red ring.", True),
        ("ring", "The cyan moon is left of the red ring.", False),
        ("moon", "The red moon is above the cyan moon.", True),
        ("ring", "The red ring and the cyan moon.", False),
        ("", "No, nothing is right of the cyan moon.", True),
        ("", "The red ring is right of the cyan moon.", False),
    ],
)
def test_the_shape_in_the_question_may_be_named_again(found: str, answer: str, right: bool) -> None:
    moon = Shape("cyan", "moon", 0.1, Motion("still", (0.5, 0.5)))
    others = [Shape("red", found, 0.1, Motion("still", (0.1, 0.1)))] if found else []
    assert listed_beside(moon, others).fits(answer) is right


def test_true_and_false_are_asked_evenly() -> None:
    other = demo_other.Other(np.random.default_rng(2))
    asked: list[Asked] = []
    for view, given in scenes(40, seed=3):
        asked += other.questions(view, given)
    yes, no = (sum(a.truth == word for a in asked) for word in ("yes", "no"))
    assert yes + no > 50 and 0.5 < yes / no < 2
    # And no question again and again while others wait
    counts = [sum(n for q, n in other._given.items() if q == question) for question, _ in LISTED]
    assert max(counts) <= 8


def test_a_clip_of_it(tmp_path: Path) -> None:
    (clip,) = demo_other.other_clips(tmp_path, range(1))
    lines = {asked.line for talk in clip.talks for asked in talk}
    assert clip.path.stat().st_size > 1000 and demo_other.OUT in lines
    assert lines <= set(demo_other.GOALS)
    outside = next(a for talk in clip.talks for a in talk if a.line == demo_other.OUT)
    assert outside.fits(refusals.ANSWER) and not outside.fits("There are two shapes.")
