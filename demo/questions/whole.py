"""Questions about the whole clip, and those that are answered with yes or no."""

import numpy as np

from demo.questions.actions import predicate
from demo.questions.turn import (
    Rng,
    Turn,
    article,
    capital,
    choose,
    name_of,
    of_kind,
    pick,
    with_colour,
)
from demo.world import COLOURS, KINDS, Scene, Shape

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


def in_order(scene: Scene) -> list[Shape]:
    """The shapes in the order in which they come, and then from left to right."""

    def place(s: Shape) -> tuple[float, float]:
        first = np.array([max(s.appears, 0.0)], np.float32)
        return round(float(first[0]), 2), float(s.motion.at(first)[0, 0])

    return sorted(scene.shapes, key=place)


def describe(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    if called:
        return None
    answer = " ".join(
        f"{capital(article(f'{s.colour} {s.kind}'))} {predicate(s)}." for s in in_order(scene)
    )
    return Turn("describe", pick(rng, DESCRIBE), answer or NOTHING, answer or NOTHING)


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
    things = [article(f"{s.colour} {s.kind}") for s in in_order(scene)]
    listed = " and ".join([", ".join(things[:-1]), things[-1]] if len(things) > 1 else things)
    answer = f"{capital(listed)}." if things else NOTHING
    return Turn("listing", pick(rng, LISTING), answer, answer)


def yes_no(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Is there such a shape; is it of this colour; does it do that."""
    form = rng.random()
    if shape is None and form < 0.6:
        return _is_there(scene, rng)
    shape = shape or choose(scene, rng)
    name = name_of(shape, scene, rng, called)
    if shape is None or name is None:
        return None
    if form < 0.75 and shape.kind in name and not shape.second_colour:
        right = rng.random() < 0.5
        c = shape.colour if right else pick(rng, [c for c in COLOURS if c != shape.colour])
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
    subject = pick(rng, [name, "it"]) if called else name
    answer = f"Yes, {subject} {third}." if true else f"No, {subject} does not {verb}."
    question = f"Does {name} {verb}?" if rng.random() < 0.7 else f"Is {name} {doing_now}?"
    return Turn("yes_no", question, answer, "yes" if true else "no", shape)


def _is_there(scene: Scene, rng: Rng) -> Turn:
    form, there = int(rng.integers(3)), rng.random() < 0.5
    c, k = pick(rng, list(COLOURS)), pick(rng, KINDS)
    if scene.shapes:
        some = scene.shapes[int(rng.integers(len(scene.shapes)))]
        c, k = some.colour, some.kind
    if scene.shapes and not there:
        # Half right is the hard case: a red shape and a circle, but no red circle
        c, k = (pick(rng, list(COLOURS)), k) if rng.random() < 0.5 else (c, pick(rng, KINDS))
    if form == 0:
        thing, found = k, bool(of_kind(k, scene))
    elif form == 1:
        thing, found = f"{c} shape", bool(with_colour(c, scene))
    else:
        thing, found = f"{c} {k}", any(c in s.colours and s.kind == k for s in scene.shapes)
    question = pick(
        rng,
        [
            f"Is there {article(thing)}?",
            f"Is there {article(thing)} in the video?",
            f"Do you see {article(thing)}?",
            f"Can you see {article(thing)}?",
            f"Is {article(thing)} in the video?",
            f"Does {article(thing)} appear in the video?",
        ],
    )
    answer = f"Yes, there is {article(thing)}." if found else f"No, there is no {thing}."
    return Turn("yes_no", question, answer, "yes" if found else "no")
