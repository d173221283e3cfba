"""Questions about a scene, in many wordings, with their true answers.

Only questions with one answer that nobody would dispute are asked: a shape is called "the circle"
where there is one circle, and times and places that lie on a border are left alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from demo import refusals
from demo.world import (
    BACKGROUNDS,
    COLOURS,
    DIRECTIONS,
    KINDS,
    PARTS,
    Event,
    Scene,
    Shape,
    events,
    part,
)

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
    type: what is asked for: the name of the function that made it; `what_happens` counts as "order".
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


def _pick(rng: Rng, items: tuple[str, ...] | list[str]) -> str:
    return items[int(rng.integers(len(items)))]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _article(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def _plural(kind: str) -> str:
    return kind + ("es" if kind == "cross" else "s")


def _with(colour: str, scene: Scene) -> list[Shape]:
    return [shape for shape in scene.shapes if colour in shape.colours]


def _of(kind: str, scene: Scene) -> list[Shape]:
    return [shape for shape in scene.shapes if shape.kind == kind]


def full_name(shape: Shape) -> str:
    return f"the {shape.colour} {shape.kind}"


def _unique(shape: Shape, scene: Scene) -> bool:
    return sum(o.kind == shape.kind and shape.colour in o.colours for o in scene.shapes) == 1


def names(shape: Shape, scene: Scene) -> list[str]:
    """What this shape can be called without mistaking another for it."""
    found = []
    if len(_of(shape.kind, scene)) == 1:
        found += [f"the {shape.kind}"] * 3
    if len(_with(shape.colour, scene)) == 1:
        found += [f"the {shape.colour} shape", f"the {shape.colour} one"]
    if _unique(shape, scene):
        found += [full_name(shape)] * 2
    if len(scene.shapes) == 1:
        found += ["the shape", "the object"]
    return found


def _choose(
    scene: Scene, rng: Rng, wanted: Callable[[Shape], bool] = lambda shape: True
) -> Shape | None:
    shapes = [shape for shape in scene.shapes if wanted(shape)]
    return shapes[int(rng.integers(len(shapes)))] if shapes else None


def _name(shape: Shape | None, scene: Scene, rng: Rng, called: str) -> str | None:
    """`called` if the caller has a name already ("it"), otherwise one that fits; None if none does."""
    if shape is None:
        return None
    if called:
        return called
    found = names(shape, scene)
    return _pick(rng, found) if found else None


# --- one function for each type of question -----------------------------------------------------------


def colour(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    if shape is None and rng.random() < 0.06:
        return _absent_colour(scene, rng)
    shape = shape or _choose(scene, rng, lambda s: len(_of(s.kind, scene)) == 1)
    if shape is None or shape.second_colour:
        return None
    name = called
    if not name:
        if len(_of(shape.kind, scene)) > 1:
            return None
        name = "the shape" if len(scene.shapes) == 1 and rng.random() < 0.3 else f"the {shape.kind}"
    question = _pick(
        rng,
        [
            f"What colour is {name}?",
            f"What color is {name}?",
            f"Which colour is {name}?",
            f"What is the colour of {name}?",
            f"What is the color of {name}?",
            f"Which colour does {name} have?",
            f"Tell me the colour of {name}.",
            f"{_capital(name)} is what colour?",
        ],
    )
    others = tuple(c for c in COLOURS if c != shape.colour)
    return Turn(
        "colour", question, f"{_capital(name)} is {shape.colour}.", shape.colour, shape, others
    )


def _absent_colour(scene: Scene, rng: Rng) -> Turn | None:
    kind = _pick(rng, [k for k in KINDS if not _of(k, scene)])
    question = _pick(rng, [f"What colour is the {kind}?", f"What color is the {kind}?"])
    return Turn("colour", question, f"There is no {kind} in the video.", f"no {kind}")


def kind(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    shape = shape or _choose(scene, rng, lambda s: len(_with(s.colour, scene)) == 1)
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
    elif len(_with(shape.colour, scene)) == 1:
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
        "kind", _pick(rng, wordings), f"It is {_article(shape.kind)}.", shape.kind, shape, others
    )


def which(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Which shape moves up, flashes, turns blue: answered with its full name."""
    shape = _choose(scene, rng, lambda s: bool(_actions(s)))
    if shape is None or called:
        return None
    action = _pick(rng, _actions(shape))
    if sum(action in _actions(other) for other in scene.shapes) > 1:
        return None
    question = _pick(rng, [f"Which shape {action}?", f"What {action}?", f"Which object {action}?"])
    name = full_name(shape)
    return Turn("which", question, f"{_capital(name)} {action}.", name, shape)


def _actions(shape: Shape) -> list[str]:
    """What it does, in the third person, each true without a number."""
    found = ["moves"] if shape.motion.kind != "still" else []
    if shape.motion.kind in ("move", "leave"):
        found.append(f"moves {WAY[shape.motion.direction]}")
    if shape.motion.kind == "leave":
        found.append("leaves")
    if shape.motion.kind == "bounce":
        found.append("bounces")
    if shape.spin:
        found.append("spins")
    if shape.growth != 1:
        found.append("grows" if shape.growth > 1 else "shrinks")
    if shape.second_colour:
        found.append(f"turns {shape.second_colour}")
    if shape.appears > 0:
        found.append("appears")
    if shape.vanishes < 1:
        found.append("disappears")
    if shape.flashes:
        found.append("flashes")
    return found


def count(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    about = rng.random()
    if about < 0.5 or called:
        things = _pick(rng, ["shapes", "shapes", "shapes", "objects", "things", "figures"])
        number, thing = len(scene.shapes), things[:-1]
    elif about < 0.85:
        k = scene.shapes[0].kind if scene.shapes and rng.random() < 0.6 else _pick(rng, KINDS)
        number, thing, things = len(_of(k, scene)), k, _plural(k)
    else:
        c = _pick(rng, list(COLOURS))
        if scene.shapes and rng.random() < 0.6:
            c = scene.shapes[0].colour
        if any(s.second_colour for s in scene.shapes):
            return None
        number, thing, things = len(_with(c, scene)), f"{c} shape", f"{c} shapes"
    question = _pick(
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


def direction(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    if shape is None:
        moving = rng.random() < 0.9
        shape = _choose(scene, rng, lambda s: s.motion.kind in ("move", "leave") or not moving)
    name = _name(shape, scene, rng, called)
    if shape is None or name is None:
        return None
    question = _pick(
        rng,
        [
            f"Which way does {name} move?",
            f"Which way does {name} go?",
            f"Which way is {name} moving?",
            f"In which direction does {name} move?",
            f"In what direction does {name} go?",
            f"What direction does {name} move in?",
            f"What direction is {name} moving?",
            f"Where does {name} move to?",
            f"Where does {name} go?",
            f"Where is {name} going?",
        ],
    )
    motion = shape.motion
    others = tuple(WAY[d] for d in DIRECTIONS if d != motion.direction)
    if motion.kind == "still":
        return Turn("direction", question, "It does not move.", "not move", shape)
    if motion.kind == "bounce":
        axis = "left and right" if motion.step[0] else "up and down"
        return Turn("direction", question, f"It bounces {axis}.", axis, shape)
    return Turn(
        "direction",
        question,
        f"It moves {WAY[motion.direction]}.",
        WAY[motion.direction],
        shape,
        others,
    )


def times(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """How often it flashes or bounces."""
    given = shape is not None
    shape = shape or _choose(scene, rng, lambda s: bool(s.flashes) or s.motion.kind == "bounce")
    if not given and rng.random() < 0.08:
        shape = _choose(scene, rng)
    name = _name(shape, scene, rng, called)
    if shape is None or name is None:
        return None
    kinds = [
        verb for verb, true in (("flash", shape.flashes), ("bounce", shape.motion.bounces)) if true
    ]
    verb = _pick(rng, kinds or ["flash", "bounce"])
    third = "flashes" if verb == "flash" else "bounces"
    number = len(shape.flashes) if verb == "flash" else shape.motion.bounces
    question = _pick(
        rng,
        [
            f"How many times does {name} {verb}?",
            f"How many times does {name} {verb}?",
            f"How often does {name} {verb}?",
            f"Count how often {name} {third}.",
            f"Count the times {name} {third}.",
        ],
    )
    if not number:
        return Turn("times", question, f"It does not {verb}.", "not", shape)
    others = tuple(t for t in TIMES[1:] if t != TIMES[number])
    return Turn("times", question, f"It {third} {TIMES[number]}.", TIMES[number], shape, others)


def _base(what: str) -> str:
    """appears -> appear, turns blue -> turn blue, flashes -> flash"""
    verb, _, rest = what.partition(" ")
    verb = {"flashes": "flash"}.get(verb, verb[:-1])
    return f"{verb} {rest}".strip()


def when(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    found = [e for e in events(scene) if shape is None or e.shape is shape]
    if not found:
        return None
    event = found[int(rng.integers(len(found)))]
    name, moment = _name(event.shape, scene, rng, called), part(event.time)
    if name is None or moment is None:
        return None
    base = _base(event.what)
    question = _pick(
        rng,
        [
            f"When does {name} {base}?",
            f"When does {name} {base}?",
            f"In which part of the video does {name} {base}?",
            f"At what point does {name} {base}?",
            f"Does {name} {base} at the beginning, in the middle or at the end?",
            f"When in the video does {name} {base}?",
        ],
    )
    others = tuple(p for p in PARTS if p != moment)
    return Turn("when", question, f"{_capital(WHEN[moment])}.", moment, event.shape, others)


def _ordered(scene: Scene, rng: Rng) -> tuple[Event, Event] | None:
    """Two events of different shapes, clearly one after the other."""
    found = [e for e in events(scene) if _unique(e.shape, scene)]
    pairs = [
        (one, two)
        for i, one in enumerate(found)
        for two in found[i + 1 :]
        if two.time - one.time >= 0.1 and one.shape is not two.shape
    ]
    return pairs[int(rng.integers(len(pairs)))] if pairs else None


def order(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    pair = None if called else _ordered(scene, rng)
    if pair is None:
        return None
    labels = [_name(e.shape, scene, rng, "") or full_name(e.shape) for e in pair]
    sentences = [f"{label} {e.what}" for label, e in zip(labels, pair, strict=True)]
    bases = [f"{label} {_base(e.what)}" for label, e in zip(labels, pair, strict=True)]
    form = rng.random()
    if form < 0.25:  # yes or no
        first = int(rng.integers(2))
        word = _pick(rng, ["before", "after"])
        question = f"Does {bases[first]} {word} {sentences[1 - first]}?"
        yes = (first == 0) == (word == "before")
        answer = f"{'Yes' if yes else 'No'}, {sentences[0]} first."
        return Turn("order", question, answer, "yes" if yes else "no")
    wanted = int(rng.random() < 0.35)
    place = ("first", "last")[wanted]
    one, two = (0, 1) if rng.random() < 0.5 else (1, 0)
    question = _pick(
        rng,
        [
            f"What happens {place}: {sentences[one]} or {sentences[two]}?",
            f"Which happens {place}, {sentences[one]} or {sentences[two]}?",
            f"What comes {place}: {sentences[one]} or {sentences[two]}?",
        ],
    )
    return Turn("order", question, f"{_capital(sentences[wanted])} {place}.", sentences[wanted])


def what_happens(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """What happens first, last, or in a part of the clip: answered with the event."""
    found = events(scene)
    repeats = any(len(s.flashes) > 1 or s.motion.kind == "bounce" for s in scene.shapes)
    if called or not found or repeats or not all(_unique(e.shape, scene) for e in found):
        return None
    which = int(rng.integers(3))
    if which < 2:
        event = found[0] if which == 0 else found[-1]
        if any(e is not event and abs(e.time - event.time) < 0.1 for e in found):
            return None
        question = f"What happens {('first', 'last')[which]}?"
    else:
        event = found[int(rng.integers(len(found)))]
        moment = part(event.time)
        if moment is None or sum(abs(e.time - event.time) < 0.3 for e in found) > 1:
            return None
        question = f"What happens {WHEN[moment]}?"
    sentence = f"{full_name(event.shape)} {event.what}"
    return Turn("order", question, f"{_capital(sentence)}.", sentence, event.shape)


def yes_no(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Is there such a shape; is it of this colour; does it do that."""
    form = rng.random()
    if shape is None and form < 0.6:
        return _is_there(scene, rng)
    shape = shape or _choose(scene, rng)
    name = _name(shape, scene, rng, called)
    if shape is None or name is None:
        return None
    if form < 0.75 and shape.kind in name and not shape.second_colour:
        right = rng.random() < 0.5
        c = shape.colour if right else _pick(rng, [c for c in COLOURS if c != shape.colour])
        if shape.colour in name.split():
            return None
        answer = f"{'Yes' if right else 'No'}, {name} is {shape.colour}."
        return Turn("yes_no", f"Is {name} {c}?", answer, "yes" if right else "no", shape)
    verb, true = {
        0: ("move", shape.motion.kind != "still"),
        1: ("bounce", shape.motion.kind == "bounce"),
        2: ("flash", bool(shape.flashes)),
        3: ("spin", bool(shape.spin)),
        4: ("change colour", bool(shape.second_colour)),
        5: ("grow", shape.growth > 1),
        6: ("shrink", shape.growth < 1),
        7: ("leave", shape.motion.kind == "leave"),
    }[int(rng.integers(8))]
    third = {"flash": "flashes", "change colour": "changes colour"}.get(verb, verb + "s")
    doing = {"spin": "spinning", "change colour": "changing colour"}
    doing_now = doing.get(verb, verb.removesuffix("e") + "ing")
    subject = _pick(rng, [name, "it"]) if called else name
    answer = f"Yes, {subject} {third}." if true else f"No, {subject} does not {verb}."
    question = f"Does {name} {verb}?" if rng.random() < 0.7 else f"Is {name} {doing_now}?"
    return Turn("yes_no", question, answer, "yes" if true else "no", shape)


def _is_there(scene: Scene, rng: Rng) -> Turn:
    form, there = int(rng.integers(3)), rng.random() < 0.5
    c, k = _pick(rng, list(COLOURS)), _pick(rng, KINDS)
    if scene.shapes:
        some = scene.shapes[int(rng.integers(len(scene.shapes)))]
        c, k = some.colour, some.kind
    if scene.shapes and not there:
        # Half right is the hard case: a red shape and a circle, but no red circle
        c, k = (_pick(rng, list(COLOURS)), k) if rng.random() < 0.5 else (c, _pick(rng, KINDS))
    if form == 0:
        thing, found = k, bool(_of(k, scene))
    elif form == 1:
        thing, found = f"{c} shape", bool(_with(c, scene))
    else:
        thing, found = f"{c} {k}", any(c in s.colours and s.kind == k for s in scene.shapes)
    question = _pick(
        rng,
        [
            f"Is there {_article(thing)}?",
            f"Is there {_article(thing)} in the video?",
            f"Do you see {_article(thing)}?",
            f"Can you see {_article(thing)}?",
            f"Is {_article(thing)} in the video?",
            f"Does {_article(thing)} appear in the video?",
        ],
    )
    answer = f"Yes, there is {_article(thing)}." if found else f"No, there is no {thing}."
    return Turn("yes_no", question, answer, "yes" if found else "no")


def predicate(shape: Shape) -> str:
    """Everything it does, as the second half of a sentence."""
    motion = shape.motion
    parts = {
        "still": ["stays still"],
        "move": [f"moves {WAY[motion.direction]}"] if motion.kind == "move" else [],
        "leave": [f"moves {WAY[motion.direction]}", "leaves"] if motion.kind == "leave" else [],
        "bounce": [f"bounces {TIMES[motion.bounces]}"],
    }[motion.kind]
    if shape.spin:
        parts.append("spins")
    if shape.growth != 1:
        parts.append("grows" if shape.growth > 1 else "shrinks")
    if shape.second_colour:
        parts.append(f"turns {shape.second_colour}")
    for verb, time, happens in (
        ("appears", shape.appears, shape.appears > 0),
        ("disappears", shape.vanishes, shape.vanishes < 1),
    ):
        if happens:
            moment = part(time)
            parts.append(f"{verb} {WHEN[moment]}" if moment else verb)
    if shape.flashes:
        parts.append(f"flashes {TIMES[len(shape.flashes)]}")
    return " and ".join(parts)


def action(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    shape = shape or _choose(scene, rng)
    name = _name(shape, scene, rng, called)
    if shape is None or name is None:
        return None
    question = _pick(
        rng,
        [
            f"What does {name} do?",
            f"What is {name} doing?",
            f"What happens to {name}?",
            f"How does {name} move?",
            f"Describe what {name} does.",
        ],
    )
    return Turn("action", question, f"It {predicate(shape)}.", predicate(shape), shape)


DESCRIBE = (
    "Describe the video.",
    "Describe this video.",
    "Describe the clip.",
    "Describe the scene.",
    "Describe what you see.",
    "Describe what happens.",
    "Describe what happens in the video.",
    "Describe what happens in this video.",
    "Describe this video in detail.",
    "Describe the video in detail.",
    "Describe the video briefly.",
    "Give a description of the video.",
    "What happens?",
    "What happens in the video?",
    "What happens in this video?",
    "What happens in this clip?",
    "What is happening?",
    "What is happening in the video?",
    "What is happening in this video?",
    "What is going on in this video?",
    "What do you see?",
    "What do you see in the video?",
    "What is this video about?",
    "What is shown in this video?",
    "What does the video show?",
    "Summarize the video.",
    "Summarise the video.",
    "Tell me what happens in the video.",
    "Explain what happens.",
)


# What is said of a clip that is only background
NOTHING = "There are no shapes in the video."


def _in_order(scene: Scene) -> list[Shape]:
    """The shapes in the order in which they come, and then from left to right."""

    def place(s: Shape) -> tuple[float, float]:
        first = np.array([max(s.appears, 0.0)], np.float32)
        return round(float(first[0]), 2), float(s.motion.at(first)[0, 0])

    return sorted(scene.shapes, key=place)


def describe(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    if called:
        return None
    answer = " ".join(
        f"{_capital(_article(f'{s.colour} {s.kind}'))} {predicate(s)}." for s in _in_order(scene)
    )
    return Turn("describe", _pick(rng, DESCRIBE), answer or NOTHING, answer or NOTHING)


LISTING = (
    "What shapes are there?",
    "What shapes are in the video?",
    "Which shapes are in the video?",
    "Which shapes do you see?",
    "Which shapes can you see?",
    "What objects are there?",
    "What objects are in the video?",
    "List the shapes.",
    "List all shapes in the video.",
    "Name the shapes.",
    "What is in the video?",
    "What can you see?",
    "What colours are the shapes?",
    "Which colours are in the video?",
    "Which colours do you see?",
)


def listing(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    if called:
        return None
    things = [_article(f"{s.colour} {s.kind}") for s in _in_order(scene)]
    listed = " and ".join([", ".join(things[:-1]), things[-1]] if len(things) > 1 else things)
    answer = f"{_capital(listed)}." if things else NOTHING
    return Turn("listing", _pick(rng, LISTING), answer, answer)


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
    shape = shape or _choose(scene, rng)
    name = _name(shape, scene, rng, called)
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
    question = _pick(
        rng, [f"Where is {name}{suffix}?", f"In which part of the picture is {name}{suffix}?"]
    )
    return Turn("place", question, f"It is {where}.", where, shape)


def change(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """The colours of a shape that changes its colour."""
    if shape is not None and not shape.second_colour:
        return None
    shape = shape or _choose(scene, rng, lambda s: bool(s.second_colour))
    name = _name(shape, scene, rng, called)
    if shape is None or name is None:
        return None
    form = int(rng.integers(4))
    if form == 0 and shape.colour not in name.split():
        question = _pick(
            rng, [f"What colour is {name} at the beginning?", f"What colour is {name} at first?"]
        )
        return Turn("change", question, f"It is {shape.colour} at first.", shape.colour, shape)
    if form == 1:
        question = _pick(
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
        question = _pick(rng, [f"What colour is {name}?", f"What color is {name}?"])
        answer = f"It is {shape.colour}, then {shape.second_colour}."
        return Turn(
            "change", question, answer, f"{shape.colour}, then {shape.second_colour}", shape
        )
    question = _pick(
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
    question = f"Which {_pick(rng, ['shape', 'object'])} is the {_pick(rng, words)}?"
    return Turn(
        "size", question, f"{_capital(name)} is the {words[0]}.", f"{best.colour} {best.kind}", best
    )


def ground(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    if called:
        return None
    name = scene.background.colour
    question = _pick(
        rng,
        [
            "What colour is the background?",
            "What color is the background?",
            "Which colour is behind the shapes?",
        ],
    )
    others = tuple(c for c in BACKGROUNDS if c != name)
    return Turn("ground", question, f"The background is {name}.", name, None, others)


def refusal(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    return (
        None
        if called
        else Turn("refusal", refusals.question(rng), refusals.ANSWER, refusals.ANSWER)
    )


# --- multiple choice ----------------------------------------------------------------------------------

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
    style = _pick(rng, _STYLES)
    listed = between.join(
        style.format(letter, o) for letter, o in zip(LETTERS, options, strict=False)
    )
    question = form.format(question=turn.question, options=listed)
    letter = LETTERS[right]
    return Turn("choice", question, f"({letter}) {options[right]}", f"({letter})", turn.shape)


# --- conversations ------------------------------------------------------------------------------------

# How often each is asked, where it can be
_WEIGHTS: dict[Asker, float] = {
    colour: 12,
    kind: 9,
    which: 5,
    count: 8,
    direction: 13,
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
    choice: 13,
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
        question = question[:-1] + _pick(
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
