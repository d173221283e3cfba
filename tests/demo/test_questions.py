"""Questions have the answers that the scene gives."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo import refusals, scoring
from demo.questions import actions, looks, talk, whole
from demo.questions.turn import Asker, Turn, names
from demo.world import Background, Motion, Scene, Shape, invent

GREY = Background("grey", "plain", ((0.5,) * 3,) * 2, np.zeros((4, 4), np.float32), 1, 0, 0, 0)
UP = Motion("move", (0.2, 0.8), "up", (0.0, -0.6))
BOUNCE = Motion("bounce", (0.5, 0.5), "left", (-1.5, 0.0), 1.0, (0.1, 0.9), 2)
CLIP = Scene(
    (
        Shape("red", "circle", 0.12, UP),
        Shape("blue", "star", 0.12, BOUNCE),
        Shape("green", "heart", 0.12, Motion("still", (0.8, 0.8)), second_colour="pink", turns=0.5),
    ),
    GREY,
)
seeds = st.integers(0, 2**32 - 1)


def answers(asker: Asker, scene: Scene = CLIP) -> dict[str, str]:
    """Many questions of one type and their answers."""
    rng = np.random.default_rng(0)
    turns = [asker(scene, rng, None, "") for _ in range(500)]
    return {turn.question: turn.answer for turn in turns if turn}


def test_colours() -> None:
    found = answers(looks.colour)
    assert found["What colour is the circle?"] == "The circle is red."
    assert found["What color is the star?"] == "The star is blue."
    # It has two, so nobody asks for the one
    assert not any("heart" in question for question in found)


def test_directions_counts_times_and_moments() -> None:
    assert answers(actions.direction)["Which way does the circle move?"] == "It moves up."
    assert answers(actions.direction)["Where does the star go?"] == "It bounces left and right."
    assert answers(looks.count)["How many shapes are there?"] == "There are three shapes."
    assert answers(actions.times)["How many times does the star bounce?"] == "It bounces twice."
    assert answers(actions.when)["When does the heart turn pink?"] == "In the middle."


def test_description() -> None:
    assert set(answers(whole.describe).values()) == {
        "A red circle moves up. A blue star bounces twice. "
        "A green heart stays still and turns pink."
    }


def test_an_empty_clip_has_no_shapes() -> None:
    empty = Scene((), GREY)
    assert set(answers(whole.describe, empty).values()) == {whole.NOTHING}
    assert answers(looks.count, empty)["How many shapes are there?"] == "There are no shapes."


@given(seeds)
def test_a_name_fits_one_shape_only(seed: int) -> None:
    scene = invent(np.random.default_rng(seed))
    owners: dict[str, Shape] = {}
    for shape in scene.shapes:
        for name in names(shape, scene):
            assert owners.setdefault(name, shape) is shape


@given(seeds)
def test_multiple_choice_marks_the_right_option(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = invent(rng)
    turn = talk.choice(scene, rng, None, "")
    if turn is None:
        return
    letter, option = turn.answer[1], turn.answer[4:]
    assert re.search(rf"\(?{letter}[).] {re.escape(option)}", turn.question)
    assert 2 <= len(re.findall(r"\b[A-E][).] ", turn.question)) <= 5


@given(seeds)
def test_no_two_answers_to_one_question(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = invent(rng)
    known: dict[str, str] = {}
    for _ in range(4):
        for turn in talk.conversation(scene, rng, 8):
            # "it" means another shape in another conversation, and listed options differ
            if not re.search(r"\bit\b", turn.question):
                assert known.setdefault(turn.question, turn.answer) == turn.answer


@given(seeds)
def test_true_answers_count_as_right_and_others_do_not(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for turn in talk.conversation(invent(rng), rng, 8):
        assert scoring.is_right(turn, f" {turn.answer}\n")
        assert not scoring.is_right(turn, "")


@pytest.mark.parametrize(
    ("type_", "true", "given", "right"),
    [
        ("colour", "The circle is red.", "It is red", True),
        ("colour", "The circle is red.", "It is red and blue.", False),
        ("direction", "It moves to the left.", "It moves to the upper left.", False),
        ("direction", "It moves to the upper left.", "To the upper left!", True),
        ("times", "It flashes twice.", "It flashes three times.", False),
        ("when", "In the middle.", "in the middle of the video", True),
        ("choice", "(B) red", "(B)", True),
        ("choice", "(B) red", "(A) red", False),
        ("refusal", refusals.ANSWER, "The circle is red.", False),
    ],
)
def test_scoring_looks_at_the_words_that_decide(
    type_: str, true: str, given: str, right: bool
) -> None:
    key = true[:3] if type_ == "choice" else true
    assert scoring.is_right(Turn(type_, "?", true, key), given) is right


def test_held_out_questions_are_never_trained_on() -> None:
    rng = np.random.default_rng(0)
    trained = {refusals.question(rng).lower() for _ in range(20_000)}
    assert not trained & {question.lower() for question in refusals.HELD_OUT}
