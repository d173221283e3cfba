"""Questions that start from a place: what is there, whether one is there, where one goes out."""

# Templates are easier to read in one line
# ruff: noqa: E501

from demo.questions.phrases import say
from demo.questions.turn import (
    NUMBERS,
    Rng,
    Turn,
    capital,
    choose,
    full_name,
    joined,
    name_of,
    pick,
)
from demo.view import Unclear, View
from demo.world import Shape

# Halves of the picture: axis, which side of 0.5, and how people say it
_HALVES: dict[str, tuple[int, int, str]] = {
    "on the left": (0, -1, "[on the left|on the left side|on the left hand side|in the left half|to the left|at the left]"),
    "on the right": (0, 1, "[on the right|on the right side|on the right hand side|in the right half|at the right]"),
    "at the top": (1, -1, "[at the top|in the top half|in the upper half|in the upper part|up there|near the top]"),
    "at the bottom": (1, 1, "[at the bottom|in the bottom half|in the lower half|in the lower part|near the bottom]"),
}  # fmt: skip
_FIELDS: dict[str, str] = {
    "in the centre": "[in the middle|in the centre|in the center|in the middle of the <pic>|in the centre of the <pic>]",
    "in the top left": "[in the top left|in the top left corner|in the upper left corner|in the upper left|at the top left]",
    "in the top right": "[in the top right|in the top right corner|in the upper right corner|in the upper right|at the top right]",
    "in the bottom left": "[in the bottom left|in the bottom left corner|in the lower left corner|in the lower left|at the bottom left]",
    "in the bottom right": "[in the bottom right|in the bottom right corner|in the lower right corner|in the lower right|at the bottom right]",
}
_FAR = 0.12


def _moment(view: View, rng: Rng) -> tuple[float | None, str]:
    """A time at which places are known, and how it is said."""
    if all(s.motion.kind == "still" and view.always(s) for s in view.shapes) and rng.random() < 0.6:
        return None, ""
    time = float(rng.random() < 0.5)
    return time, " " + say(rng, ("<end>",) if time else ("<start>",))


def _there(view: View, place: str, time: float | None) -> list[Shape]:
    """The shapes that are in a half or a field; nobody would argue about any of them."""
    shapes = view.shapes if time is None else view.seen(time)
    if place not in _HALVES:
        return [s for s in shapes if view.place(s, time) == place]
    axis, side, _ = _HALVES[place]
    found = []
    for s in shapes:
        off = side * (view.centre(s, time)[axis] - 0.5)
        if abs(off) < _FAR:
            raise Unclear
        found += [s] * bool(off > 0)
    return found


_WHAT_IS = (
    "[what|which shape] is {p}{t}",
    "[what's|whats] {p}{t}",
    "[which|what] [<things>|shapes] are {p}{t}",
    "[what|which <things>] [do you see|can you see|can be seen|is shown|is there] {p}{t}",
    "<tell> [what|which shape|which <things>] [is|are] {p}{t}",
    "name the <things> {p}{t}",
)
_IS_ANY = (
    "is [there |][anything|something|any <thing>|a shape] {p}{t}",
    "[anything|something|any <things>] {p}{t}",
    "are there [any |]<things> {p}{t}",
    "[do|can] you see [anything|something] {p}{t}",
)
_HOW_MANY = (
    "how many [<things>|shapes|of them] are {p}{t}",
    "how many <things> [do you see|are there|can be seen] {p}{t}",
    "number of <things> {p}{t}",
)


def at_place(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """What is on the left, is anything in the middle, how many are at the top."""
    if called or not view.shapes:
        return None
    place = pick(rng, (*_HALVES, *_FIELDS))
    time, moment = _moment(view, rng)
    found = _there(view, place, time)
    p = say(rng, (_HALVES[place][2] if place in _HALVES else _FIELDS[place],))
    slots = {"p": p, "t": moment}
    names = joined(map(full_name, found))
    verb = "is" if len(found) == 1 else "are"
    form = rng.random()
    topic = found[0] if len(found) == 1 else None
    if form < 0.5:
        answer = f"{capital(names)} {verb} {place}." if found else f"Nothing is {place}."
        return Turn("at_place", say(rng, _WHAT_IS, **slots), answer, answer, topic)
    if form < 0.75:
        yes = "yes" if found else "no"
        answer = f"Yes, {names} {verb} {place}." if found else f"No, nothing is {place}."
        return Turn("at_place", say(rng, _IS_ANY, **slots), answer, yes, topic, short=yes)
    word = NUMBERS[len(found)]
    answer = f"{capital(word)} {'shape is' if len(found) == 1 else 'shapes are'} {place}."
    return Turn("count_at", say(rng, _HOW_MANY, **slots), answer, word, topic, short=word)


_IS_AT = (
    "is {n} {p}{t}",
    "{n} is {p}{t}, [right|isn't it|correct|yes or no]",
    "[do you see|can you see] {n} {p}{t}",
    "<tell> [if|whether] {n} is {p}{t}",
    "[does|did] {n} [start|begin] {p}",
    "[does|did] {n} [end|end up|stop|finish] {p}",
    "is {n} [really |][located|placed|to be found] {p}{t}",
)


def is_at(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Is it in the middle."""
    shape = shape or choose(view, rng)
    name = name_of(shape, view, rng, called, but="move")
    if shape is None or name is None:
        return None
    form = int(rng.integers(len(_IS_AT)))
    still = shape.motion.kind == "still"
    time = None if still and rng.random() < 0.7 else float(rng.random() < 0.5)
    if form in (4, 5):
        time = float(form - 4)
    asked = pick(rng, (*_HALVES, *_FIELDS))
    if asked in _HALVES:
        axis, side, said = _HALVES[asked]
        off = side * (view.centre(shape, time)[axis] - 0.5)
        if abs(off) < _FAR:
            raise Unclear
        yes = bool(off > 0)
        opposite = {v[:2]: k for k, v in _HALVES.items()}[axis, -side]
        where = asked if yes else opposite
    else:
        where = view.place(shape, time)
        if rng.random() < 0.4 and where in _FIELDS:
            asked = where
        said, yes = _FIELDS[asked], asked == where
    moment = "" if time is None else " " + say(rng, ("<end>",) if time else ("<start>",))
    question = say(rng, (_IS_AT[form],), n=name, p=say(rng, (said,)), t=moment)
    word = "yes" if yes else "no"
    return Turn("is_at", question, f"{capital(word)}, it is {where}.", word, shape, short=word)


_SIDE_OF = {
    "left of": ("left of", "to the left of", "on the left of"),
    "right of": ("right of", "to the right of", "on the right of"),
    "above": ("above", "higher than", "over"),
    "below": ("below", "lower than", "under", "beneath"),
}
_WHICH_BESIDE = (
    "[what|which shape|which <things>] [is|are] {r} {n}{t}",
    "[what's|whats] {r} {n}{t}",
    "<tell> what is {r} {n}{t}",
    "is [anything|something|there anything|any <thing>] {r} {n}{t}",
    "[anything|something] {r} {n}{t}",
)


def beside(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """What is left of it, is anything above it."""
    shape = shape or choose(view, rng)
    name = name_of(shape, view, rng, called, but="move")
    if shape is None or name is None or len(view.shapes) < 2:
        return None
    time, moment = _moment(view, rng)
    others = [s for s in (view.shapes if time is None else view.seen(time)) if s is not shape]
    side = pick(rng, tuple(_SIDE_OF))
    compare = view.left_of if side in ("left of", "right of") else view.above
    first = side in ("left of", "above")
    found = [s for s in others if compare(s, shape, time) == first]
    question = say(rng, _WHICH_BESIDE, r=pick(rng, _SIDE_OF[side]), n=name, t=moment)
    names, verb = joined(map(full_name, found)), "is" if len(found) == 1 else "are"
    said = (
        f"{names} {verb} {side} {full_name(shape)}."
        if found
        else f"nothing is {side} {full_name(shape)}."
    )
    if "anything" in question or "something" in question or "any " in question:
        yes = "yes" if found else "no"
        return Turn("beside", question, f"{capital(yes)}, {said}", yes, shape, short=yes)
    answer = capital(said)
    return Turn("beside", question, answer, answer, shape)


_EXITS = (
    "[on which|on what|which|at which] side does {n} [leave|exit|go out|disappear]",
    "where does {n} [leave|exit|go out|leave the <pic>|go off screen|exit the frame]",
    "[over|past|through|across] which [edge|border|side] does {n} [leave|exit|go]",
    "[which|what] [edge|side] does {n} [leave|exit] [at|through|on|over]",
)
_OUT = {"left": "on the left", "right": "on the right", "up": "at the top", "down": "at the bottom"}


def exits(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """On which side it leaves."""
    shape = shape or choose(view, rng, lambda s: s.motion.kind == "leave")
    name = name_of(shape, view, rng, called, but="move")
    if shape is None or name is None or shape.motion.kind != "leave":
        return None
    where = _OUT.get(shape.motion.direction)
    if where is None:
        return None
    others = tuple(p for p in _OUT.values() if p != where)
    return Turn(
        "exits", say(rng, _EXITS, n=name), f"It leaves {where}.", where, shape, others, short=where
    )
