"""Multiple choice, questions out of scope, and conversations about a scene."""

# Templates are easier to read in one line
# ruff: noqa: E501

from dataclasses import replace

import numpy as np

from demo import refusals
from demo.questions import (
    actions,
    chat,
    elsewhere,
    looks,
    moments,
    numbers,
    relations,
    verbs,
    whole,
)
from demo.questions.phrases import say
from demo.questions.turn import (
    LETTERS,
    WHEN,
    Asker,
    Rng,
    Turn,
    article,
    choose,
    name_of,
    pick,
    plural,
)
from demo.questions.wording import reword
from demo.view import DOES, Unclear, View
from demo.world import Shape


def refusal(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    if called:
        return None
    form = rng.random()
    if form < 0.35:
        question = refusals.question(rng)
    elif form < 0.7:
        question = elsewhere.question(rng)
    else:
        question = say_of(refusals.thing(rng), rng)
    return Turn("refusal", question, refusals.ANSWER, refusals.ANSWER)


def say_of(thing: str, rng: Rng) -> str:
    """What is asked about shapes, asked about something else."""
    base, third, doing, past = verbs.saying(pick(rng, DOES), rng)
    n, other = pick(rng, (f"the {thing}", f"the {thing}", f"this {thing}")), refusals.thing(rng)
    templates = pick(rng, (
        looks.COLOUR, looks.WHERE, actions.WAYS, actions.ACTION, actions.DOES_IT, whole.THERE,
        whole.ANY, numbers.COUNT, moments.WHEN_DOES, relations.COMPARED,
    ))  # fmt: skip
    few = pick(rng, templates)
    if few in looks.COLOUR and "{c}" in few:
        few = looks.COLOUR[0]
    return say(
        rng, (few,), n=n, a=n, b=f"the {other}", c="bigger", t="", t2="", base=base, third=third,
        doing=doing, past=past, x=plural(thing) if templates is numbers.COUNT else article(thing),
        xs=plural(thing), x1=thing,
    )  # fmt: skip


# --- multiple choice

_CHOOSABLE: tuple[Asker, ...] = (
    looks.colour, looks.kind, numbers.count, actions.direction, moments.when, actions.times, looks.place,
)  # fmt: skip
_STYLES = ("({}) {}", "({}) {}", "({}) {}", "({}) {}", "{}) {}", "{}. {}")

# How people put options behind a question; the first is the runtime's (sf_mlx.prompts.with_choices)
_FORMS = (
    ("{question}\nOptions:\n{options}\nOnly give the best option.", "\n"),
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


def choice(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    turn = pick(rng, _CHOOSABLE)(view, rng, shape, called)
    if turn is None or not turn.options or turn.key in ("no", "yes"):
        return None
    turn = reword(replace(turn, short=""), rng)
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
WEIGHTS: dict[Asker, float] = {
    looks.colour: 8,
    looks.kind: 5,
    looks.change: 4,
    looks.place: 5,
    looks.palette: 1.5,
    looks.listing: 2.5,
    looks.others: 3,
    looks.unlike: 2,
    looks.ground: 2.5,
    actions.which: 8,
    actions.direction: 8,
    actions.times: 8,
    actions.action: 6,
    actions.anything: 6,
    actions.every: 2,
    actions.either: 2.5,
    actions.does_it: 6,
    moments.when: 8,
    moments.order: 6,
    moments.what_happens: 6,
    moments.first_to: 2,
    moments.stay: 4,
    numbers.count: 11,
    numbers.count_at: 4,
    numbers.compare: 6,
    numbers.how_many_others: 0.5,
    relations.relation: 4,
    relations.extreme: 4,
    relations.size: 6,
    relations.superlative_of: 0.7,
    relations.same: 4,
    whole.describe: 7,
    whole.is_there: 8,
    whole.is_it: 4,
    choice: 9,
    chat.chat: 2.5,
    refusal: 30,
}
_ASKERS = list(WEIGHTS)
_CHANCES = np.cumsum(list(WEIGHTS.values())) / sum(WEIGHTS.values())

# What can be asked with "it" after a question about a shape
_FOLLOW_UPS: tuple[Asker, ...] = (
    looks.colour, looks.colour, looks.kind, looks.place, looks.change, looks.others,
    actions.direction, actions.direction, actions.times, actions.action, actions.does_it,
    actions.does_it, moments.when, moments.stay, whole.is_it, relations.relation, relations.size,
    relations.superlative_of, relations.same, choice, numbers.how_many_others,
)  # fmt: skip
_IT = ("it", "it", "it", "it", "it", "it", "that one", "this one", "that shape", "it")
_AND = ("[and|what about|how about|and what about|and how about|same for] {n}", "and {n}")
_CHATTY = ("why", "why", "sure", "thanks", "thanks", "good")


def ask(view: View, rng: Rng, asker: Asker) -> Turn | None:
    """One question of the given type in words of its own, None where the scene has no answer."""
    try:
        turn = asker(view, rng, None, "")
    except Unclear:
        return None
    return None if turn is None else reword(turn, rng)


def _elliptic(view: View, rng: Rng, last: Turn) -> Turn | None:
    """Which one? When? How often? And the star?"""
    if last.again and rng.random() < 0.5:
        other = choose(view, rng, lambda s: s is not last.shape)
        name = name_of(other, view, rng, "")
        if other is None or name is None:
            return None
        turn = last.again(view, rng, other, name)
        return turn and replace(turn, question=say(rng, _AND, n=name))
    if last.type in ("size", "extreme") and last.key not in ("yes", "no"):
        return relations.and_the(view, rng, None, "")
    if last.shape is None or not last.does:
        return None
    if last.type == "anything" and rng.random() < 0.5:
        return actions.that_one(view, rng, last.shape, last.does)
    if last.does in ("flash", "bounce") and last.type != "times" and rng.random() < 0.5:
        turn = actions.times(view, rng, last.shape, "it", last.does)
        return turn and (
            turn if rng.random() < 0.5 or turn.key in ("yes", "no")
            else replace(turn, question=say(rng, ("how [many times|often]", "how [many times|often] does it do that")))
        )  # fmt: skip
    return None if last.type == "when" else moments.when_that(view, rng, last.shape, last.does)


def _follow_up(view: View, rng: Rng, last: Turn) -> Turn | None:
    if rng.random() < 0.35:
        return _elliptic(view, rng, last)
    if last.shape is None:
        return None
    turn = pick(rng, _FOLLOW_UPS)(view, rng, last.shape, pick(rng, _IT))
    if turn is not None and turn.type != "choice" and rng.random() < 0.25:
        turn = replace(
            turn, question=f"{pick(rng, ('and', 'and', 'ok, and', 'then'))} {turn.question}"
        )
    # A question about the same shape keeps it the one that is talked of
    return turn and (turn if turn.shape is not None else replace(turn, shape=last.shape))


def _next(view: View, rng: Rng, last: Turn | None) -> Turn | None:
    if last is not None and rng.random() < 0.6:
        if rng.random() < 0.08:
            return replace(chat.small_talk(rng, pick(rng, _CHATTY)), shape=last.shape)
        return _follow_up(view, rng, last)
    return _ASKERS[int(np.searchsorted(_CHANCES, rng.random()))](view, rng, None, "")


def conversation(view: View, rng: Rng, turns: int) -> list[Turn]:
    """Questions and follow-ups about one scene."""
    found: list[Turn] = []
    asked: set[tuple[str, str]] = set()
    for _ in range(turns * 8):
        if len(found) == turns:
            break
        try:
            turn = _next(view, rng, found[-1] if found else None)
        except Unclear:
            continue
        # The same answer again could be copied from the turn before
        if turn is None or (
            turn.type not in ("refusal", "chat") and (turn.type, turn.answer) in asked
        ):
            continue
        asked.add((turn.type, turn.answer))
        found.append(reword(turn, rng))
    return found


def about_nothing(turns: list[Turn]) -> list[Turn]:
    """The same questions about a clip that is not of this world."""
    return [
        turn
        if turn.type in ("chat", "refusal")
        else replace(turn, type="foreign", answer=refusals.FOREIGN, key=refusals.FOREIGN)
        for turn in turns
    ]
