"""Questions have the answers that the scene gives."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo import refusals, scoring
from demo.questions import (
    actions,
    looks,
    moments,
    numbers,
    phrases,
    relations,
    talk,
    whole,
)
from demo.questions.turn import Asker, Turn, names
from demo.view import Unclear, View
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
    rng, found = np.random.default_rng(0), {}
    for _ in range(900):
        try:
            turn = asker(View(scene), rng, None, "")
        except Unclear:
            continue
        if turn:
            found[turn.question] = turn.answer
    return found


@pytest.mark.parametrize(
    ("asker", "question", "answer"),
    [
        (looks.colour, "what colour is the circle", "The circle is red."),
        (looks.colour, "what colour is the heart", "The heart is green, then pink."),
        (actions.direction, "where is the circle going", "It moves up."),
        (actions.direction, "direction of the star", "It bounces left and right."),
        (numbers.count, "how many are there", "There are three shapes."),
        (actions.times, "how often does the star bounce", "It bounces twice."),
        (moments.when, "when does the heart turn pink", "In the middle."),
        (actions.every, "do they all move", "No, not all of them move."),
        (actions.anything, "does anything disappear", "No, nothing disappears."),
        (relations.relation, "is the heart right of the circle at the start", None),
        (whole.is_there, "are there stars", "Yes, there is a star."),
    ],
)
def test_questions_have_their_answers(asker: Asker, question: str, answer: str | None) -> None:
    found = answers(asker)
    assert found
    # Words are drawn at random: what was not drawn this time is no fault
    assert found.get(question, answer) == answer or answer is None


def test_description() -> None:
    assert set(answers(whole.describe).values()) == {
        "A red circle moves up. A blue star bounces twice. "
        "A green heart stays still and turns pink.",
        "A red circle moves up, a blue star bounces twice and "
        "a green heart stays still and turns pink.",
    }


def test_an_empty_clip_has_no_shapes() -> None:
    empty = Scene((), GREY)
    assert set(answers(whole.describe, empty).values()) == {looks.NOTHING}
    assert "There are no shapes." in answers(numbers.count, empty).values()


@pytest.mark.parametrize(
    "templates",
    [
        looks.COLOUR,
        looks.WHERE,
        actions.WAYS,
        actions.DOES_IT,
        numbers.COUNT,
        whole.THERE,
        moments.WHEN_DOES,
    ],
)
def test_a_type_has_hundreds_of_forms(templates: tuple[str, ...]) -> None:
    assert sum(phrases.forms(phrases._compiled(template)) for template in templates) > 300


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_a_name_fits_one_shape_only(seed: int) -> None:
    rng = np.random.default_rng(seed)
    view = View(invent(rng, hard=True))
    owners: dict[str, Shape] = {}
    for _ in range(20):
        for shape in view.shapes:
            for name in names(shape, view, rng):
                assert owners.setdefault(name, shape) is shape


@settings(deadline=None)
@given(seeds)
def test_multiple_choice_marks_the_right_option(seed: int) -> None:
    rng = np.random.default_rng(seed)
    try:
        turn = talk.choice(View(invent(rng)), rng, None, "")
    except Unclear:
        return
    if turn is None:
        return
    letter, option = turn.answer[1], turn.answer[4:]
    assert re.search(rf"\(?{letter}[).] {re.escape(option)}", turn.question)
    assert 2 <= len(re.findall(r"\b[A-E][).] ", turn.question)) <= 5


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_no_two_answers_to_one_question(seed: int) -> None:
    rng = np.random.default_rng(seed)
    view = View(invent(rng, hard=bool(seed % 2)))
    known: dict[str, str] = {}
    for _ in range(40):
        for turn in talk.conversation(view, rng, 1):
            # Listed options differ
            if turn.type != "choice":
                assert known.setdefault(turn.question.lower(), turn.answer) == turn.answer


@settings(deadline=None)
@given(seeds)
def test_true_answers_count_as_right_and_others_do_not(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for turn in talk.conversation(View(invent(rng)), rng, 8):
        assert scoring.is_right(turn, f" {turn.answer}\n")
        assert not scoring.is_right(turn, "")


def test_of_another_world_only_small_talk_and_refusals_are_as_ever() -> None:
    rng = np.random.default_rng(4)
    turns = talk.about_nothing(
        [t for _ in range(60) for t in talk.conversation(View(CLIP), rng, 5)]
    )
    for turn in turns:
        assert (turn.answer == refusals.FOREIGN) is (turn.type not in ("chat", "refusal"))


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


def test_held_out_questions_are_never_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(map(refusals.held_out, refusals.HELD_OUT))
    assert refusals.held_out(f"  {refusals.HELD_OUT[0].upper()} ??")
    drawn = iter([refusals.HELD_OUT[3], refusals.HELD_OUT[60].capitalize(), "who is the baker"])
    monkeypatch.setattr(talk, "_outside", lambda *_: next(drawn))
    turn = talk.refusal(View(CLIP), np.random.default_rng(0), None, "")
    assert turn is not None and turn.question == "who is the baker"
