"""Questions about what shapes do, when, and how often."""

from demo.questions.turn import (
    TIMES,
    WAY,
    WHEN,
    Rng,
    Turn,
    capital,
    choose,
    full_name,
    name_of,
    pick,
    unique,
)
from demo.world import DIRECTIONS, PARTS, Event, Scene, Shape, events, part


def which(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Which shape moves up, flashes, turns blue: answered with its full name."""
    shape = choose(scene, rng, lambda s: bool(actions(s)))
    if shape is None or called:
        return None
    action = pick(rng, actions(shape))
    if sum(action in actions(other) for other in scene.shapes) > 1:
        return None
    question = pick(rng, [f"Which shape {action}?", f"What {action}?", f"Which object {action}?"])
    name = full_name(shape)
    return Turn("which", question, f"{capital(name)} {action}.", name, shape)


def actions(shape: Shape) -> list[str]:
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


def direction(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    if shape is None:
        moving = rng.random() < 0.9
        shape = choose(scene, rng, lambda s: s.motion.kind in ("move", "leave") or not moving)
    name = name_of(shape, scene, rng, called)
    if shape is None or name is None:
        return None
    question = pick(
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
    shape = shape or choose(scene, rng, lambda s: bool(s.flashes) or s.motion.kind == "bounce")
    if not given and rng.random() < 0.08:
        shape = choose(scene, rng)
    name = name_of(shape, scene, rng, called)
    if shape is None or name is None:
        return None
    kinds = [
        verb for verb, true in (("flash", shape.flashes), ("bounce", shape.motion.bounces)) if true
    ]
    verb = pick(rng, kinds or ["flash", "bounce"])
    third = "flashes" if verb == "flash" else "bounces"
    number = len(shape.flashes) if verb == "flash" else shape.motion.bounces
    question = pick(
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
    name, moment = name_of(event.shape, scene, rng, called), part(event.time)
    if name is None or moment is None:
        return None
    base = _base(event.what)
    question = pick(
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
    return Turn("when", question, f"{capital(WHEN[moment])}.", moment, event.shape, others)


def _ordered(scene: Scene, rng: Rng) -> tuple[Event, Event] | None:
    """Two events of different shapes, clearly one after the other."""
    found = [e for e in events(scene) if unique(e.shape, scene)]
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
    labels = [name_of(e.shape, scene, rng, "") or full_name(e.shape) for e in pair]
    sentences = [f"{label} {e.what}" for label, e in zip(labels, pair, strict=True)]
    bases = [f"{label} {_base(e.what)}" for label, e in zip(labels, pair, strict=True)]
    form = rng.random()
    if form < 0.25:  # yes or no
        first = int(rng.integers(2))
        word = pick(rng, ["before", "after"])
        question = f"Does {bases[first]} {word} {sentences[1 - first]}?"
        yes = (first == 0) == (word == "before")
        answer = f"{'Yes' if yes else 'No'}, {sentences[0]} first."
        return Turn("order", question, answer, "yes" if yes else "no")
    wanted = int(rng.random() < 0.35)
    place = ("first", "last")[wanted]
    one, two = (0, 1) if rng.random() < 0.5 else (1, 0)
    question = pick(
        rng,
        [
            f"What happens {place}: {sentences[one]} or {sentences[two]}?",
            f"Which happens {place}, {sentences[one]} or {sentences[two]}?",
            f"What comes {place}: {sentences[one]} or {sentences[two]}?",
        ],
    )
    return Turn("order", question, f"{capital(sentences[wanted])} {place}.", sentences[wanted])


def what_happens(scene: Scene, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """What happens first, last, or in a part of the clip: answered with the event."""
    found = events(scene)
    repeats = any(len(s.flashes) > 1 or s.motion.kind == "bounce" for s in scene.shapes)
    if called or not found or repeats or not all(unique(e.shape, scene) for e in found):
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
    return Turn("order", question, f"{capital(sentence)}.", sentence, event.shape)


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
    shape = shape or choose(scene, rng)
    name = name_of(shape, scene, rng, called)
    if shape is None or name is None:
        return None
    question = pick(
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
