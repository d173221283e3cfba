"""Questions about two shapes or more: places, sizes, speeds, colours and ways compared."""

# Templates are easier to read in one line
# ruff: noqa: E501

from collections.abc import Callable

from demo.questions.phrases import say
from demo.questions.turn import WAY, Rng, Turn, capital, choose, full_name, name_of, pick
from demo.view import View
from demo.world import Shape


def _two(
    view: View, rng: Rng, shape: Shape | None, called: str
) -> tuple[Shape, Shape, str, str] | None:
    """Two shapes and what they are called."""
    one = shape or choose(view, rng)
    other = choose(view, rng, lambda s: s is not one)
    a, b = name_of(one, view, rng, called), name_of(other, view, rng, "")
    if one is None or other is None or a is None or b is None:
        return None
    return one, other, a, b


_SIDES = {
    "left": (
        "left of",
        "to the left of",
        "on the left of",
        "further left than",
        "more to the left than",
        "on the left side of",
    ),
    "right": (
        "right of",
        "to the right of",
        "on the right of",
        "further right than",
        "more to the right than",
    ),
    "above": ("above", "higher than", "over", "higher up than", "further up than", "on top of"),
    "below": ("below", "lower than", "under", "beneath", "underneath", "further down than"),
}
_OPPOSITE = {"left": "right", "right": "left", "above": "below", "below": "above"}
RELATED = (
    "is {a} {r} {b}{t}",
    "[does|would] {a} [lie|sit|stand|appear] {r} {b}{t}",
    "{a} is {r} {b}{t}, [right|isn't it|correct|yes or no]",
    "is it {r} {b}{t}",
    "<tell> [if|whether] {a} is {r} {b}{t}",
)
_SIDE_WORD = {"left": "left of", "right": "right of", "above": "above", "below": "below"}


def relation(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Is it left of, above the other."""
    two = _two(view, rng, shape, called)
    if two is None:
        return None
    one, other, a, b = two
    time = None if one.motion.kind == other.motion.kind == "still" else float(rng.random() < 0.5)
    moment = "" if time is None else " " + say(rng, ("<start>",) if time == 0 else ("<end>",))
    side = pick(rng, tuple(_SIDES))
    before = (
        view.left_of(one, other, time)
        if side in ("left", "right")
        else view.above(one, other, time)
    )
    yes = before == (side in ("left", "above"))
    templates = RELATED if called == "it" else (*RELATED[:3], RELATED[4])
    question = say(rng, templates, a=a, b=b, r=pick(rng, _SIDES[side]), t=moment)
    true = side if yes else _OPPOSITE[side]
    answer = f"{'Yes' if yes else 'No'}, it is {_SIDE_WORD[true]} {full_name(other)}."
    word = "yes" if yes else "no"
    return Turn("relation", question, answer, word, one, short=word)


_EXTREME = {
    "left": ("leftmost", "furthest to the left", "furthest left", "on the far left", "most to the left", "farthest left", "the leftmost one"),
    "right": ("rightmost", "furthest to the right", "furthest right", "on the far right", "most to the right", "farthest right"),
    "top": ("highest", "at the very top", "the highest", "topmost", "furthest up", "nearest to the top"),
    "bottom": ("lowest", "at the very bottom", "the lowest", "bottommost", "furthest down", "nearest to the bottom"),
}  # fmt: skip
_EXTREME_SAID = {
    "left": "furthest left",
    "right": "furthest right",
    "top": "highest",
    "bottom": "lowest",
}
_FURTHEST = (
    "[which|what] [shape|object|thing|one|figure|of them] is {r}{t}",
    "[what|who] is {r}{t}",
    "what's {r}{t}",
    "[which|what] [shape|one] [lies|sits|stands] {r}{t}",
    "<tell> which [shape|one] is {r}{t}",
)
_THE = (
    "what is the {r} [shape|thing|object]{t}",
    "name the {r} [shape|thing|object|one]{t}",
    "what's the {r} [shape|thing|one]{t}",
)


def extreme(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Which is leftmost, highest."""
    if called:
        return None
    still = all(s.motion.kind == "still" for s in view.shapes)
    time = None if still and rng.random() < 0.7 else float(rng.random() < 0.5)
    side = pick(rng, tuple(_EXTREME))
    best = view.extreme(side, time)
    moment = "" if time is None else say(rng, ("<start>",) if time == 0 else ("<end>",))
    word = pick(rng, _EXTREME[side])
    short = " " not in word and rng.random() < 0.4
    question = say(rng, _THE if short else _FURTHEST, r=word, t=moment and f" {moment}")
    if moment and rng.random() < 0.2:
        question = f"{moment}, {say(rng, _FURTHEST, r=word, t='')}"
    answer = f"{capital(full_name(best))} is {_EXTREME_SAID[side]}."
    return Turn("extreme", question, answer, answer, best)


_MOST: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "bigger": (("bigger", "larger"), ("biggest", "largest", "greatest"), "biggest"),
    "smaller": (("smaller", "tinier"), ("smallest", "tiniest", "littlest"), "smallest"),
    "faster": (("faster", "quicker", "speedier"), ("fastest", "quickest", "speediest"), "fastest"),
}
_SUPERLATIVE = (
    "[which|what] [shape|object|thing|one|figure|of them|of the shapes] is [the |]{s}<in>",
    "[what|who] is the {s}[| one| shape| thing| object]<in>",
    "[what's|whats] the {s} [one|shape|thing|object]<in>",
    "[which one's|which one is|which is|who's] [the |]{s}<in>",
    "name the {s} [shape|thing|object|one]",
    "[which|what] <thing> [has the {z}|is {s} of all]",
    "<tell> which [one|shape|thing] is [the |]{s}",
    "[the |]{s} [shape|object|thing][ is which|]",
)
_MOVES = (
    "[which|what] [shape|object|thing|one] [moves|goes|travels] [the |]{s}<in>",
    "[what|who] [moves|goes|travels] [the |]{s}",
    "[which|what] [shape|one] is moving [the |]{s}",
)
COMPARED = (
    "is {a} {c} than {b}<in>",
    "{a} is {c} than {b}, [right|isn't it|correct|yes or no]",
    "<tell> [if|whether] {a} is {c} than {b}",
    "[would you say |do you think ]{a} is {c} than {b}",
)
_WHICH_OF = (
    "[which|what|who] is {c}[,|:] {a} or {b}",
    "[which|what] [one |of the two |of these |]is {c}[,|:] {a} or {b}",
    "is {a} or {b} {c}",
    "what is {c}, {a} or {b}",
)
_SPEED_OF = ("does {a} [move|go|travel] {c} than {b}", "is {a} moving {c} than {b}")
_SPEED_WHICH = ("[which|what|who] [moves|goes|is moving] {c}[,|:] {a} or {b}",)


def _measure(view: View, what: str) -> Callable[[Shape, Shape], Shape]:
    if what == "faster":
        return view.quicker
    if what == "bigger":
        return view.larger
    return lambda one, other: other if view.bigger(one, other) else one


def size(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """The biggest, smallest and fastest, and which of two is bigger, smaller, faster."""
    what = pick(rng, tuple(_MOST))
    comparatives, superlatives, said = _MOST[what]
    if not called and rng.random() < 0.5:
        best = {"bigger": view.biggest, "smaller": view.smallest, "faster": view.fastest}[what]()
        moves = what == "faster" and rng.random() < 0.4
        z = {"bigger": "greatest size", "smaller": "smallest size", "faster": "highest speed"}[what]
        forms = _MOVES if moves else _SUPERLATIVE
        question = say(rng, forms, s=pick(rng, superlatives), z=z)
        answer = f"{capital(full_name(best))} is the {said}."
        return Turn("size", question, answer, answer, best)
    two = _two(view, rng, shape, called)
    if two is None:
        return None
    one, other, a, b = two
    winner = _measure(view, what)(one, other)
    word = pick(rng, comparatives)
    answer = f"{capital(full_name(winner))} is {what}."
    if rng.random() < 0.4 and not called:
        templates = _WHICH_OF + (_SPEED_WHICH * 2 if what == "faster" else ())
        return Turn("size", say(rng, templates, a=a, b=b, c=word), answer, answer, winner)
    templates = COMPARED + (_SPEED_OF * 2 if what == "faster" else ())
    yes = "yes" if winner is one else "no"
    question = say(rng, templates, a=a, b=b, c=word)
    return Turn(
        "size", question, f"{capital(yes)}, {answer[0].lower()}{answer[1:]}", yes, one, short=yes
    )


def and_the(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """And the smallest one, asked after another superlative."""
    what = pick(rng, tuple(_MOST))
    best = {"bigger": view.biggest, "smaller": view.smallest, "faster": view.fastest}[what]()
    _, superlatives, said = _MOST[what]
    template = (
        "[and|what about|and what about|and what is|and which is] the {s}[ one| shape| thing|]"
    )
    answer = f"{capital(full_name(best))} is the {said}."
    return Turn("size", say(rng, (template,), s=pick(rng, superlatives)), answer, answer, best)


_THAN_OTHERS = (
    "is {n} the {s}[| one| shape| of all]<in>",
    "is {n} {c} than [the others|all others|all the others|the rest]",
    "is {n} the {s} of them",
)


def superlative_of(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """Is this one the biggest, faster than the others."""
    what = pick(rng, tuple(_MOST))
    comparatives, superlatives, said = _MOST[what]
    best = {"bigger": view.biggest, "smaller": view.smallest, "faster": view.fastest}[what]()
    shape = shape or (best if rng.random() < 0.4 else choose(view, rng))
    name = name_of(shape, view, rng, called)
    if name is None:
        return None
    question = say(rng, _THAN_OTHERS, n=name, s=pick(rng, superlatives), c=pick(rng, comparatives))
    yes = "yes" if shape is best else "no"
    answer = f"{capital(yes)}, {full_name(best)} is the {said}."
    return Turn("size", question, answer, yes, shape, short=yes)


_SAME_COLOUR = (
    "[do|have] {a} and {b} [have |]the same <col>",
    "are {a} and {b} [the same <col>|equally coloured|of the same <col>]",
    "is {a} [the same <col> as|coloured like] {b}",
    "does {a} have the same <col> as {b}",
)
_SAME_WAY = (
    "do {a} and {b} [move|go|travel|head] [the same way|in the same direction|in one direction]",
    "are {a} and {b} [moving|going|heading] [the same way|in the same direction]",
    "does {a} [move|go] [the same way as|in the same direction as] {b}",
    "is {a} [moving|going] [the same way as|in the same direction as] {b}",
)
_SHARED_COLOUR = (
    "do [two|any|some] [<things>|of them|of the <things>] [have|share] [the same|a|one] <col>",
    "are [any|some|two] of [the <things>|them] the same <col>",
    "are there [two|any] <things> [of|with|in] the same <col>",
    "do any [two |]<things> share a <col>",
)
_ALL_COLOURS = (
    "are all [the |of the |]<things> [different <col>s|of different <col>s|differently coloured]",
    "do all [the |]<things> have [different|distinct|another] <col>s",
    "does every <thing> have its own <col>",
    "is every <thing> a different <col>",
)
_SHARED_KIND = (
    "are there two [of the same|equal|identical] [shape|shapes|kind|form]",
    "do [two|any|some] [<things>|of them] have the same [shape|form]",
    "is [any|one] shape there twice",
    "are there [two|any] [<things>|shapes] of the same [kind|form|shape]",
)
_ALL_KINDS = (
    "are all [the |]<things> [different|different shapes]",
    "are they all different [shapes|kinds]",
)


def same(view: View, rng: Rng, shape: Shape | None, called: str) -> Turn | None:
    """The same colour, the same kind, the same way."""
    form = rng.random()
    if form < 0.5 and not called:
        trait = "colour" if rng.random() < 0.6 else "kind"
        shared = view.shared(trait)
        templates, opposite = (
            (_SHARED_COLOUR, _ALL_COLOURS) if trait == "colour" else (_SHARED_KIND, _ALL_KINDS)
        )
        asked = rng.random() < 0.6
        yes = "yes" if shared == asked else "no"
        question = say(rng, templates if asked else opposite)
        values = [getattr(s, trait) for s in view.shapes]
        twice = next((v for v in values if values.count(v) > 1), "")
        what = "colours" if trait == "colour" else "shapes"
        why = (
            f"all {what} are different"
            if not shared
            else f"some are {twice}"
            if trait == "colour"
            else f"there are several {twice}{'es' if twice == 'cross' else 's'}"
        )
        return Turn("same", question, f"{capital(yes)}, {why}.", yes, short=yes)
    two = _two(view, rng, shape, called)
    if two is None:
        return None
    one, other, a, b = two
    if form < 0.75:
        yes = "yes" if view.same_colour(one, other) else "no"
        question = say(rng, _SAME_COLOUR, a=a, b=b)
        if any(s.colour in n.split() for s, n in ((one, a), (other, b))):
            return None
        why = (
            f"both are {one.colour}"
            if yes == "yes"
            else f"the {one.kind} is {one.colour} and the {other.kind} is {other.colour}"
        )
    else:
        yes = "yes" if view.same_way(one, other) else "no"
        question = say(rng, _SAME_WAY, a=a, b=b)
        ways = [
            "moves " + WAY[s.motion.direction] if s.motion.direction else "does not move"
            for s in (one, other)
        ]
        why = (
            f"both move {WAY[one.motion.direction]}"
            if yes == "yes"
            else f"{full_name(one)} {ways[0]} and {full_name(other)} {ways[1]}"
        )
    return Turn("same", question, f"{capital(yes)}, {why}.", yes, one, short=yes)
