"""Questions about what shapes look like and where they are."""

import numpy as np

from demo.questions.turn import (
    NUMBERS,
    PLACES,
    Rng,
    Turn,
    article,
    capital,
    choose,
    full_name,
    name_of,
    of_kind,
    pick,
    plural,
    with_colour,
)
from demo.world import BACKGROUNDS, COLOURS, KINDS, Scene, Shape


def colour(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    if shape is None and rng.random() < 0.06:
        return _absent_colour(scene, rng)
    shape = shape or choose(scene, rng, lambda s: len(of_kind(s.kind, scene)) == 1)
    if shape is None or shape.second_colour:
        return None
    name = called
    if not name:
        if len(of_kind(shape.kind, scene)) > 1:
            return None
        name = "the shape" if len(scene.shapes) == 1 and rng.random() < 0.3 else f"the {shape.kind}"
    question = pick(
        rng,
        [
            f"What colour is {name}?",
            f"What color is {name}?",
            f"Which colour is {name}?",
            f"What is the colour of {name}?",
            f"What is the color of {name}?",
            f"Which colour does {name} have?",
            f"Tell me the colour of {name}.",
            f"{capital(name)} is what colour?",
        ],
    )
    others = tuple(c for c in COLOURS if c != shape.colour)
    return Turn(
        "colour", question, f"{capital(name)} is {shape.colour}.", shape.colour, shape, others
    )


def _absent_colour(scene: Scene, rng: Rng) -> Turn | None:
    kind = pick(rng, [k for k in KINDS if not of_kind(k, scene)])
    question = pick(rng, [f"What colour is the {kind}?", f"What color is the {kind}?"])
    return Turn("colour", question, f"There is no {kind} in the video.", f"no {kind}")


def kind(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    shape = shape or choose(scene, rng, lambda s: len(with_colour(s.colour, scene)) == 1)
    if shape is None:
        return None
    if called:
        wordings = [
            f"What shape is {called}?",
            f"What kind of shape is {called}?",
            f"What is {called}?",
        ]
    elif len(scene.shapes) == 1 and rng.random() < 0.4:
        wordings = [
            "What shape is it?",
            "What shape is shown?",
            "Which shape do you see?",
            "What shape is in the video?",
        ]
    elif len(with_colour(shape.colour, scene)) == 1:
        c = shape.colour
        wordings = [
            f"What shape is {c}?",
            f"Which shape is {c}?",
            f"What is the {c} thing?",
            f"What is the {c} shape?",
            f"What shape is the {c} one?",
            f"What kind of shape is the {c} one?",
            f"What shape does the {c} object have?",
            f"Which object is {c}?",
        ]
    else:
        return None
    others = tuple(k for k in KINDS if k != shape.kind)
    return Turn(
        "kind", pick(rng, wordings), f"It is {article(shape.kind)}.", shape.kind, shape, others
    )


def count(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    about = rng.random()
    if about < 0.5 or called:
        things = pick(rng, ["shapes", "shapes", "shapes", "objects", "things", "figures"])
        number, thing = len(scene.shapes), things[:-1]
    elif about < 0.85:
        k = scene.shapes[0].kind if scene.shapes and rng.random() < 0.6 else pick(rng, KINDS)
        number, thing, things = len(of_kind(k, scene)), k, plural(k)
    else:
        c = pick(rng, list(COLOURS))
        if scene.shapes and rng.random() < 0.6:
            c = scene.shapes[0].colour
        if any(s.second_colour for s in scene.shapes):
            return None
        number, thing, things = len(with_colour(c, scene)), f"{c} shape", f"{c} shapes"
    question = pick(
        rng,
        [
            f"How many {things} are there?",
            f"How many {things} are in the video?",
            f"How many {things} do you see?",
            f"How many {things} can you see?",
            f"Count the {things}.",
            f"What is the number of {things}?",
            f"How many {things}?",
        ],
    )
    answer = {0: f"There are no {things}.", 1: f"There is one {thing}."}.get(
        number, f"There are {NUMBERS[number]} {things}."
    )
    others = tuple(n for n in NUMBERS[1:] if n != NUMBERS[number])
    return Turn("count", question, answer, NUMBERS[number], None, others)


def _place(centre: np.ndarray) -> str | None:
    cells = []
    for value in centre:
        found = [
            i
            for i, (low, high) in enumerate(((0, 0.3), (0.38, 0.62), (0.7, 1)))
            if low <= value <= high
        ]
        if not found:
            return None
        cells.append(found[0])
    return PLACES[cells[1]][cells[0]]


def place(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    shape = shape or choose(scene, rng)
    name = name_of(shape, scene, rng, called)
    if shape is None or name is None:
        return None
    if shape.motion.kind == "still":
        time, suffix = 0.0, ""
    else:
        if shape.appears > 0 or shape.vanishes < 1 or shape.motion.kind == "leave":
            return None
        time, suffix = (0.0, " at the beginning") if rng.random() < 0.5 else (1.0, " at the end")
    where = _place(shape.motion.at(np.array([time], np.float32))[0])
    if where is None:
        return None
    question = pick(
        rng, [f"Where is {name}{suffix}?", f"In which part of the picture is {name}{suffix}?"]
    )
    return Turn("place", question, f"It is {where}.", where, shape)


def change(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """The colours of a shape that changes its colour."""
    if shape is not None and not shape.second_colour:
        return None
    shape = shape or choose(scene, rng, lambda s: bool(s.second_colour))
    name = name_of(shape, scene, rng, called)
    if shape is None or name is None:
        return None
    form = int(rng.integers(4))
    if form == 0 and shape.colour not in name.split():
        question = pick(
            rng, [f"What colour is {name} at the beginning?", f"What colour is {name} at first?"]
        )
        return Turn("change", question, f"It is {shape.colour} at first.", shape.colour, shape)
    if form == 1:
        question = pick(
            rng, [f"What colour is {name} at the end?", f"What colour does {name} have at the end?"]
        )
        return Turn(
            "change",
            question,
            f"It is {shape.second_colour} at the end.",
            shape.second_colour,
            shape,
        )
    if form == 2 and shape.colour not in name.split():
        question = pick(rng, [f"What colour is {name}?", f"What color is {name}?"])
        answer = f"It is {shape.colour}, then {shape.second_colour}."
        return Turn(
            "change", question, answer, f"{shape.colour}, then {shape.second_colour}", shape
        )
    question = pick(
        rng,
        [
            f"What colour does {name} turn?",
            f"Which colour does {name} turn into?",
            f"What colour does {name} become?",
            f"What colour does {name} change to?",
        ],
    )
    return Turn("change", question, f"It turns {shape.second_colour}.", shape.second_colour, shape)


def size(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    if called or len(scene.shapes) < 2 or any(s.growth != 1 for s in scene.shapes):
        return None
    by_size = sorted(scene.shapes, key=lambda s: -s.size)
    if rng.random() < 0.5:
        best, next_best, words = by_size[0], by_size[1], ("biggest", "largest")
        clear = best.size / next_best.size
    else:
        best, next_best, words = by_size[-1], by_size[-2], ("smallest", "smallest")
        clear = next_best.size / best.size
    if clear < 1.25:
        return None
    name = full_name(best)
    question = f"Which {pick(rng, ['shape', 'object'])} is the {pick(rng, words)}?"
    return Turn(
        "size", question, f"{capital(name)} is the {words[0]}.", f"{best.colour} {best.kind}", best
    )


def ground(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    if called:
        return None
    name = scene.background.colour
    question = pick(
        rng,
        [
            "What colour is the background?",
            "What color is the background?",
            "Which colour is behind the shapes?",
        ],
    )
    others = tuple(c for c in BACKGROUNDS if c != name)
    return Turn("ground", question, f"The background is {name}.", name, None, others)
