"""Multiple choice, questions out of scope, and conversations about a scene."""

import numpy as np

from demo import refusals
from demo.questions.actions import action, direction, order, times, what_happens, when, which
from demo.questions.looks import change, colour, count, ground, kind, place, size
from demo.questions.turn import LETTERS, WHEN, Asker, Rng, Turn, pick
from demo.questions.whole import describe, listing, yes_no
from demo.world import Scene, Shape


def refusal(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    return (
        None
        if called
        else Turn("refusal", refusals.question(rng), refusals.ANSWER, refusals.ANSWER)
    )


# --- multiple choice

_CHOOSABLE: tuple[Asker, ...] = (colour, kind, count, direction, when, times)
_STYLES = ("({}) {}", "({}) {}", "({}) {}", "({}) {}", "{}) {}", "{}. {}")

# How people put options behind a question; the first is the runtime's (sf_mlx.prompts.with_choices)
_FORMS = (
    ("{question}\nOptions:\n{options}\nOnly give the best option.", "\n"),
    ("{question} {options}", " "),
    ("{question} {options}", ", "),
    ("{question}\n{options}", "\n"),
    ("{question}\n{options}\nAnswer with the letter.", "\n"),
    ("{question} Options: {options}", " "),
    ("Choose the right answer. {question} {options}", " "),
    ("Choose the best option. {question}\n{options}", "\n"),
    ("{question} Answer with the option's letter. {options}", " "),
    ("Select the best answer: {question}\n{options}", "\n"),
)


def choice(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    asker = _CHOOSABLE[int(rng.integers(len(_CHOOSABLE)))]
    turn = asker(scene, rng, shape, called)
    if turn is None or not turn.options or turn.key == "no":
        return None
    wrong = [str(w) for w in rng.permutation(turn.options)]
    options = wrong[: int(rng.integers(min(2, len(wrong)), min(4, len(wrong)) + 1))]
    right = int(rng.integers(len(options) + 1))
    options.insert(right, turn.key)
    if turn.type == "when":
        options = [WHEN[o] for o in options]
    form, between = _FORMS[int(rng.integers(len(_FORMS)))]
    style = pick(rng, _STYLES)
    listed = between.join(
        style.format(letter, o) for letter, o in zip(LETTERS, options, strict=False)
    )
    question = form.format(question=turn.question, options=listed)
    letter = LETTERS[right]
    return Turn("choice", question, f"({letter}) {options[right]}", f"({letter})", turn.shape)


# --- conversations

# How often each is asked, where it can be
_WEIGHTS: dict[Asker, float] = {
    colour: 10,
    kind: 6,
    which: 5,
    count: 18,
    direction: 12,
    times: 13,
    when: 9,
    order: 14,
    what_happens: 6,
    yes_no: 8,
    action: 6,
    describe: 9,
    listing: 2,
    place: 4,
    change: 5,
    size: 2,
    ground: 1.5,
    choice: 18,
    refusal: 5,
}
_ASKERS = list(_WEIGHTS)
_CHANCES = np.cumsum(list(_WEIGHTS.values())) / sum(_WEIGHTS.values())

# What can be asked with "it" after a question about a shape
_FOLLOW_UPS: tuple[Asker, ...] = (
    colour,
    kind,
    direction,
    direction,
    times,
    when,
    yes_no,
    action,
    place,
    change,
    choice,
)


# Where " in the video" can be added
_PLACEABLE = (
    "colour",
    "kind",
    "which",
    "count",
    "direction",
    "times",
    "when",
    "yes_no",
    "action",
    "size",
)


def _reworded(turn: Turn, rng: Rng) -> Turn:
    """The same question as hastier people type it."""
    question = turn.question
    if (
        rng.random() < 0.12
        and turn.type in _PLACEABLE
        and question.endswith("?")
        and "video" not in question
    ):
        question = question[:-1] + pick(
            rng, [" in the video?", " in this clip?", " in this video?"]
        )
    if rng.random() < 0.1:
        question = question[0].lower() + question[1:]
    if rng.random() < 0.08 and question.endswith(("?", ".")) and turn.type != "choice":
        question = question[:-1]
    return Turn(turn.type, question, turn.answer, turn.key, turn.shape)


def ask(scene: Scene, rng: Rng, asker: Asker) -> Turn | None:
    """One question of the given type in words of its own, None where the scene has no answer."""
    turn = asker(scene, rng, None, "")
    return None if turn is None else _reworded(turn, rng)


def conversation(scene: Scene, rng: Rng, turns: int) -> list[Turn]:
    """Questions and follow-ups about one scene, each asked once."""
    found: list[Turn] = []
    asked: set[tuple[str, str]] = set()
    for _ in range(turns * 6):
        if len(found) == turns:
            break
        turn = None
        last = found[-1].shape if found and found[-1].type not in ("order", "refusal") else None
        if last is not None and rng.random() < 0.2:
            asker = _FOLLOW_UPS[int(rng.integers(len(_FOLLOW_UPS)))]
            turn = asker(scene, rng, last, "it")
            if turn is not None and rng.random() < 0.4:
                question = f"And {turn.question[0].lower()}{turn.question[1:]}"
                turn = Turn(turn.type, question, turn.answer, turn.key, turn.shape)
        if turn is None:
            asker = _ASKERS[int(np.searchsorted(_CHANCES, rng.random()))]
            turn = ask(scene, rng, asker)
        # The same answer again could be copied from the turn before
        if turn is not None and (turn.type == "refusal" or (turn.type, turn.answer) not in asked):
            asked.add((turn.type, turn.answer))
            found.append(turn)
    # A description first would answer all that follows; most come last
    late = [turn for turn in found if turn.type in ("describe", "listing")]
    if late and rng.random() < 0.85:
        return [turn for turn in found if turn not in late] + late
    return found
