"""A question with its answer, and the words that all questions are made of."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from demo.world import DIRECTIONS, Scene, Shape

NUMBERS = ("no", "one", "two", "three", "four", "five")
TIMES = ("never", "once", "twice", "three times", "four times")
WAY = {name: name if name in ("up", "down") else f"to the {name}" for name in DIRECTIONS}
WHEN = {"beginning": "at the beginning", "middle": "in the middle", "end": "at the end"}
LETTERS = "ABCDE"

# Rows top to bottom, columns left to right
PLACES = (
    ("in the top left", "at the top", "in the top right"),
    ("on the left", "in the centre", "on the right"),
    ("in the bottom left", "at the bottom", "in the bottom right"),
)


@dataclass(frozen=True)
class Turn:
    """One question and its answer.

    Attributes
    ----------
    type: the name of the function that made it; `what_happens` counts as "order".
    key: the words of the answer that decide; a different answer with the same key means the same.
    shape: what it is about, for follow-ups.
    options: wrong answers' keys that could be offered instead, for multiple choice.
    """

    type: str
    question: str
    answer: str
    key: str
    shape: Shape | None = None
    options: tuple[str, ...] = ()


Rng = np.random.Generator
Asker = Callable[[Scene, Rng, Shape | None, str], Turn | None]


def pick(rng: Rng, items: tuple[str, ...] | list[str]) -> str:
    return items[int(rng.integers(len(items)))]


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def article(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def plural(kind: str) -> str:
    return kind + ("es" if kind == "cross" else "s")


def with_colour(colour: str, scene: Scene) -> list[Shape]:
    return [shape for shape in scene.shapes if colour in shape.colours]


def of_kind(kind: str, scene: Scene) -> list[Shape]:
    return [shape for shape in scene.shapes if shape.kind == kind]


def full_name(shape: Shape) -> str:
    return f"the {shape.colour} {shape.kind}"


def unique(shape: Shape, scene: Scene) -> bool:
    return sum(o.kind == shape.kind and shape.colour in o.colours for o in scene.shapes) == 1


def names(shape: Shape, scene: Scene) -> list[str]:
    """What this shape can be called without mistaking another for it."""
    found = []
    if len(of_kind(shape.kind, scene)) == 1:
        found += [f"the {shape.kind}"] * 3
    if len(with_colour(shape.colour, scene)) == 1:
        found += [f"the {shape.colour} shape", f"the {shape.colour} one"]
    if unique(shape, scene):
        found += [full_name(shape)] * 2
    if len(scene.shapes) == 1:
        found += ["the shape", "the object"]
    return found


def choose(
    scene: Scene, rng: Rng, wanted: Callable[[Shape], bool] = lambda shape: True
) -> Shape | None:
    shapes = [shape for shape in scene.shapes if wanted(shape)]
    return shapes[int(rng.integers(len(shapes)))] if shapes else None


def name_of(shape: Shape | None, scene: Scene, rng: Rng, called: str) -> str | None:
    """`called` if there is a name already ("it"), otherwise one that fits; None if none does."""
    if shape is None:
        return None
    if called:
        return called
    found = names(shape, scene)
    return pick(rng, found) if found else None
