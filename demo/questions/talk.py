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
    places,
    relations,
    through,
    together,
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
    colour_word,
    kind_word,
    name_of,
    pick,
    plural,
)
from demo.questions.wording import reword
from demo.view import DOES, Unclear, View
from demo.world import COLOURS, KINDS, Shape

# Questions about one shape, about a kind and about two: asked about something else, all are refused
_ABOUT_ONE = (
    looks.COLOUR, looks.WHERE, actions.WAYS, actions.ACTION, actions.DOES_IT, actions.DOES_IT, moments.WHEN_DOES,
    moments.STAY, actions.HOW_OFTEN, whole.IS,
)  # fmt: skip
_ABOUT_KIND = (whole.THERE, whole.ANY, numbers.COUNT)
_ABOUT_TWO = (relations.COMPARED, relations.RELATED[:3])


def refusal(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    while refusals.held_out(question := _outside(view, rng, called)):
        pass
    return Turn("refusal", question, refusals.ANSWER, refusals.ANSWER)


def _outside(view: View, rng: Rng, called: str) -> str:
    chance = rng.random()
    if not called and chance < 0.55:
        return elsewhere.question(rng)
    if not called and chance < 0.8:
        return _of_something(rng)
    kind, colour = (
        word(pick(rng, tuple(known)), rng)
        for word, known in ((kind_word, KINDS), (colour_word, COLOURS))
    )
    other = pick(rng, tuple(COLOURS))
    names = (
        f"the {kind}",
        f"the {kind}",
        f"a {kind}",
        f"the {colour} {kind}",
        "the shape",
        f"the {colour} one",
        "it",
    )
    name = called or name_of(choose(view, rng), view, rng, "") or pick(rng, names)
    return elsewhere.of_shapes(
        rng, name if rng.random() < 0.6 else called or pick(rng, names), kind, colour, other
    )


def _of_something(rng: Rng) -> str:
    """What is asked about shapes, asked about something else."""
    base, third, doing, past = verbs.saying(pick(rng, DOES), rng)
    colour, other = (colour_word(pick(rng, tuple(COLOURS)), rng) for _ in range(2))
    n, b = elsewhere.something(rng, colour), elsewhere.something(rng, other)
    thing = elsewhere.kind_of_thing(rng, colour)
    slots = {
        "n": n, "a": n, "b": b, "t": "", "t2": "", "base": base, "third": third, "doing": doing, "past": past, "d": other,
        "r": pick(rng, ("left of", "above", "below", "to the right of", "next to")),
    }  # fmt: skip
    chance = rng.random()
    if chance < 0.3:
        templates = pick(rng, _ABOUT_KIND)
        x = plural(thing) if templates is numbers.COUNT else article(thing)
        return say(rng, templates, x=x, xs=plural(thing), x1=thing, **slots)
    if chance < 0.4:
        c = pick(rng, ("bigger", "smaller", "faster", "larger", "quicker"))
        return say(rng, pick(rng, _ABOUT_TWO), c=c, **slots)
    x = colour if rng.random() < 0.5 else article(elsewhere.noun(rng))
    return say(rng, pick(rng, _ABOUT_ONE), c=colour, x=x, **slots)


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
    moments.half: 1.5,
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
    whole.describe: 9,
    whole.is_there: 8,
    whole.is_it: 4,
    places.at_place: 6,
    places.is_at: 4,
    places.beside: 3,
    places.exits: 1.5,
    together.both: 3,
    together.both_there: 2,
    together.all_are: 3,
    together.variety: 4,
    together.same_as: 1.5,
    through.seen_at: 5,
    through.staying: 3,
    through.keeps: 5,
    through.course: 4,
    through.name_one: 0.7,
    choice: 9,
    chat.chat: 4,
    refusal: 42,
}
_ASKERS = list(WEIGHTS)
_CHANCES = np.cumsum(list(WEIGHTS.values())) / sum(WEIGHTS.values())

# What can be asked with "it" after a question about a shape
_FOLLOW_UPS: tuple[Asker, ...] = (
    looks.colour, looks.colour, looks.kind, looks.place, looks.change, looks.others,
    actions.direction, actions.direction, actions.times, actions.action, actions.does_it,
    actions.does_it, moments.when, moments.stay, whole.is_it, relations.relation, relations.size,
    relations.superlative_of, relations.same, choice, numbers.how_many_others, places.is_at, places.beside, places.exits,
    together.same_as, together.more_of, together.more_of, through.keeps, through.keeps, moments.half, refusal, refusal,
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
    if last.then and rng.random() < 0.6:
        return last.then(view, rng, None, "")
    if last.again and rng.random() < 0.6:
        other = choose(view, rng, lambda s: s is not last.shape)
        name = name_of(other, view, rng, "")
        if len(view.shapes) == 2 and rng.random() < 0.3:
            name = pick(rng, ("the other one", "the other shape", "the other"))
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
