"""A question with its answer, and the words that all questions are made of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from demo.view import Unclear, View
from demo.world import DIRECTIONS, Shape

NUMBERS = ("no", "one", "two", "three", "four", "five", "six")
TIMES = ("never", "once", "twice", "three times", "four times")
WAY = {name: name if name in ("up", "down") else f"to the {name}" for name in DIRECTIONS}
WHEN = {"beginning": "at the beginning", "middle": "in the middle", "end": "at the end"}
LETTERS = "ABCDE"

# What people call shapes and colours; the answers use the first
KIND_WORDS: dict[str, tuple[str, ...]] = {
    "circle": ("circle",) * 9 + ("disc", "disk", "dot", "ball", "round shape"),
    "square": ("square",) * 9 + ("box", "block", "square shape"),
    "triangle": ("triangle",) * 9 + ("triangular shape",),
    "star": ("star",) * 9 + ("star shape",),
    "cross": ("cross",) * 6 + ("plus", "plus", "plus sign", "plus shape"),
    "ring": ("ring",) * 7 + ("circle outline", "hoop", "donut", "hollow circle"),
    "heart": ("heart",) * 9 + ("heart shape",),
    "moon": ("moon",) * 6 + ("crescent", "crescent", "half moon", "crescent moon"),
}
COLOUR_WORDS: dict[str, tuple[str, ...]] = {
    "purple": ("purple",) * 7 + ("violet",),
    "cyan": ("cyan",) * 6 + ("turquoise", "light blue"),
    "grey": ("grey", "gray"),
}


@dataclass(frozen=True)
class Turn:
    """One question and its answer.

    Attributes
    ----------
    type: the name of the function that made it.
    key: the words of the answer that decide; a different answer with the same key means the same.
    shape: what it is about, for follow-ups.
    options: wrong answers' keys that could be offered instead, for multiple choice.
    does: what in `view.DOES` it asked about, for follow-ups like "when?".
    again: the same question about another shape, called what is given.
    short: the answer in a word or two, "" where nobody would ask for that.
    then: the same question about the other end of the clip.
    """

    type: str
    question: str
    answer: str
    key: str
    shape: Shape | None = None
    options: tuple[str, ...] = ()
    does: str = ""
    again: "Asker | None" = None
    short: str = ""
    then: "Asker | None" = None


T = TypeVar("T")
Rng = np.random.Generator
Asker = Callable[[View, Rng, Shape | None, str], Turn | None]


def pick(rng: Rng, items: tuple[T, ...] | list[T]) -> T:
    return items[int(rng.random() * len(items))]


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def article(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def plural(kind: str) -> str:
    return kind + ("es" if kind[-1] in "sx" else "s")


def kind_word(kind: str, rng: Rng) -> str:
    return pick(rng, KIND_WORDS[kind])


def colour_word(colour: str, rng: Rng) -> str:
    return pick(rng, COLOUR_WORDS.get(colour, (colour,)))


def full_name(shape: Shape) -> str:
    return f"the {shape.colour} {shape.kind}"


def joined(parts: Iterable[str]) -> str:
    """one, two and three"""
    *most, last = tuple(parts) or ("",)
    return f"{', '.join(most)} and {last}" if most else last


def unique(shape: Shape, view: View) -> bool:
    """Whether its first colour and its kind name it."""
    return len(view.of(shape.kind, shape.colour)) == 1


def choose(
    view: View, rng: Rng, wanted: Callable[[Shape], bool] = lambda shape: True
) -> Shape | None:
    shapes = [shape for shape in view.shapes if wanted(shape)]
    return pick(rng, shapes) if shapes else None


# What a shape is called after the only thing that it alone does
_DOING = {
    "flash": ("the one that flashes", "the flashing {}", "the {} that flashes", "the blinking {}"),
    "bounce": ("the one that bounces", "the bouncing {}", "the {} that bounces"),
    "spin": ("the spinning {}", "the {} that spins", "the rotating {}"),
    "move": ("the moving {}", "the {} that moves", "the one that moves"),
    "still": ("the {} that stays still", "the one that does not move", "the still {}"),
    "turn": ("the {} that changes colour", "the one that changes its colour"),
    "appear": ("the {} that appears", "the one that shows up"),
    "leave": ("the {} that leaves", "the one that leaves the picture"),
    "grow": ("the growing {}", "the {} that gets bigger"),
    "shrink": ("the shrinking {}", "the {} that gets smaller"),
}
_THINGS = ("shape", "shape", "object", "thing", "figure", "one")


def names(shape: Shape, view: View, rng: Rng) -> list[str]:
    """What this shape can be called without mistaking another for it."""
    found = []
    kind, colour, thing = (
        kind_word(shape.kind, rng),
        colour_word(shape.colour, rng),
        pick(rng, _THINGS),
    )
    if len(view.of(shape.kind)) == 1:
        found += [f"the {kind}"] * 5
    if len(view.of(colour=shape.colour)) == 1:
        found += [f"the {colour} {thing}"] * 2
    if unique(shape, view):
        found += [f"the {colour} {kind}"] * 2
    if len(view.shapes) == 1:
        found += [f"the {thing.replace('one', 'shape')}"] * 2
    found += [f"the {word} {thing}" for word in _superlatives(shape, view, rng)]
    return found


# What the biggest is called, and how it is found
_TOP: tuple[tuple[tuple[str, ...], Callable[[View], Shape]], ...] = (
    (("biggest", "largest"), View.biggest),
    (("smallest", "tiniest"), View.smallest),
    (("fastest", "quickest"), View.fastest),
    (("leftmost",), lambda view: view.extreme("left")),
    (("rightmost",), lambda view: view.extreme("right")),
    (("topmost", "highest"), lambda view: view.extreme("top")),
    (("lowest",), lambda view: view.extreme("bottom")),
)


def _superlatives(shape: Shape, view: View, rng: Rng) -> list[str]:
    """What it is more than all others, a word for each."""
    found = []
    for words, best in _TOP:
        try:
            if best(view) is shape:
                found.append(pick(rng, words))
        except Unclear:
            continue
    return found


def trait_name(shape: Shape, view: View, rng: Rng) -> str | None:
    """A name that tells neither kind nor colour: the biggest one, the shape that flashes."""
    superlatives = _superlatives(shape, view, rng)
    if superlatives and rng.random() < 0.5:
        return f"the {pick(rng, superlatives)} {pick(rng, _THINGS)}"
    for _ in range(3):
        name = doing_name(shape, view, rng, "it")
        if name:
            return name
    return None


def doing_name(shape: Shape, view: View, rng: Rng, but: str = "") -> str | None:
    """A name from what it alone does, except for what the question is about."""
    what = pick(rng, tuple(_DOING))
    group = {
        "move": ("move", "still", "bounce", "leave"),
        "still": ("move", "still", "bounce", "leave"),
    }
    if what == but or but in group.get(what, ()) or what in group.get(but, ()):
        return None
    try:
        if view.only(what) is not shape:
            return None
    except Unclear:
        return None
    return pick(rng, _DOING[what]).format(pick(rng, _THINGS))


def name_of(shape: Shape | None, view: View, rng: Rng, called: str, but: str = "") -> str | None:
    """`called` if there is a name already ("it"), otherwise one that fits; None if none does."""
    if shape is None:
        return None
    if called:
        return called
    if but and rng.random() < 0.12:
        name = doing_name(shape, view, rng, but)
        if name:
            return name
    found = names(shape, view, rng)
    return pick(rng, found) if found else None
