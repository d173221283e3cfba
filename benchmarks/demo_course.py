"""What a scene shows in its course, by the words of the natural list that another hand wrote.

Its conventions: leaving is going out over an edge, vanishing is disappearing inside the picture; a
shape counts that is shown at any time. `Unclear` where a moment or a distance lies on a border.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from demo.questions.turn import full_name
from demo.view import Unclear, View, does
from demo.wanted import Wanted, colours, number, place, shapes
from demo.world import COLOURS, KINDS, Event, Shape, part

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six")
_NEAR = 0.05


@dataclass(frozen=True)
class Slots:
    """What the placeholders of a question stand for in one scene.

    Attributes
    ----------
    kind, colour: of shapes in the scene.
    thing, other: two shapes that their colour and kind name.
    no_kind, no_colour: of no shape in the scene.
    seconds: the clip's length.
    """

    kind: str
    colour: str
    thing: Shape
    other: Shape
    no_kind: str
    no_colour: str
    seconds: float

    def fill(self, question: str) -> str:
        """The question with its placeholders replaced."""
        for name, word in (("shape", self.kind), ("absent shape", self.no_kind)):
            many = word + ("es" if word.endswith("s") else "s")
            question = question.replace("{" + name + "}s", many).replace("{" + name + "}", word)
        question = question.replace("{colour}", self.colour)
        question = question.replace("{absent colour}", self.no_colour)
        for name, shape in (("{thing}", self.thing), ("{other}", self.other)):
            said = full_name(shape)
            if question.startswith(name) and question[len(name) :].strip()[:1].islower():
                question = said + question[len(name) :]
            question = question.replace(name, said)
        return re.sub(r"\ba (?=orange)", "an ", question)


# --- what is there when


def did(v: View, what: str) -> list[Shape]:
    """Those that do it; vanishing and leaving are two things."""
    return [s for s in v.shapes if does(s, what)]


def gone_at(s: Shape) -> float:
    """When it vanishes or is out of the picture; above 1 where it stays."""
    return s.motion.end if s.motion.kind == "leave" else s.vanishes


def start(v: View) -> list[Shape]:
    return v.seen(0)


def end(v: View) -> list[Shape]:
    return v.seen(1)


def at(v: View, time: float) -> list[Shape]:
    """Those that are there at a time within the clip."""
    if not 0.02 < time < 0.98:
        raise Unclear
    for s in v.shapes:
        if min(abs(s.appears - time), abs(gone_at(s) - time)) < _NEAR:
            raise Unclear
    return [s for s in v.shapes if s.appears < time < gone_at(s)]


def numbers_seen(v: View) -> list[int]:
    """How many are there at each of many moments, changes left out."""
    found = []
    for time in np.linspace(0.03, 0.97, 48):
        try:
            found.append(len(at(v, float(time))))
        except Unclear:
            continue
    return [*found, len(start(v)), len(end(v))]


def missing(v: View) -> list[Shape]:
    return [s for s in v.shapes if not any(s is e for e in end(v))]


def late(v: View) -> list[Shape]:
    return did(v, "appear")


def all_but(v: View, *few: Shape) -> list[Shape]:
    return [s for s in v.shapes if not any(s is f for f in few)]


def idle(v: View) -> list[Shape]:
    """Those that do nothing at all."""
    return [
        s
        for s in did(v, "still")
        if v.always(s) and not (s.spin or s.growth != 1 or s.second_colour or s.flashes)
    ]


def duration(s: Shape) -> float:
    return min(gone_at(s), 1.0) - max(s.appears, 0.0)


def colours_ever(v: View) -> list[str]:
    return list(dict.fromkeys(c for s in v.shapes for c in s.colours))


def always_all(v: View) -> View:
    """The view, where everything is there all the time in one colour."""
    if any(not v.always(s) or s.second_colour for s in v.shapes):
        raise Unclear
    return v


# --- where


def centre(v: View, s: Shape, time: float) -> np.ndarray:
    if not any(s is o for o in v.seen(time)):
        raise Unclear
    where: np.ndarray = s.motion.at(np.array([time], np.float32))[0]
    return where


def within(v: View, time: float, x: tuple[float, float], y: tuple[float, float]) -> list[Shape]:
    """Those whose centre is in a part of the picture, none of them near its border."""
    found = []
    for s in v.seen(time):
        inside = True
        for value, (low, high) in zip(centre(v, s, time), (x, y), strict=True):
            for border in (low, high):
                if 0 < border < 1 and abs(value - border) < _NEAR:
                    raise Unclear
            inside &= bool(low <= value <= high)
        found += [s] * inside
    return found


def beyond(v: View, s: Shape, side: str, time: float) -> list[Shape]:
    """Those left of, right of or above a shape."""
    found = []
    for o in v.seen(time):
        if o is s:
            continue
        gap = (centre(v, o, time) - centre(v, s, time))[int(side == "above")]
        if abs(gap) < _NEAR:
            raise Unclear
        found += [o] * bool(gap > 0 if side == "right" else gap < 0)
    return found


def gap(v: View, one: Shape, other: Shape, time: float) -> float:
    """Between two centres, in picture heights."""
    x, y = centre(v, one, time) - centre(v, other, time)
    return float(np.hypot(x * v.scene.aspect, y))


def nearest(v: View, s: Shape) -> Shape:
    ranked = sorted((gap(v, s, o, 0), i) for i, o in enumerate(v.seen(0)) if o is not s)
    if not ranked or (len(ranked) > 1 and ranked[1][0] - ranked[0][0] < _NEAR):
        raise Unclear
    return v.seen(0)[ranked[0][1]]


def touch(v: View, one: Shape, other: Shape) -> bool:
    """Whether they ever overlap or touch."""
    if one is other:
        raise Unclear
    times = np.linspace(0, 1, 121, dtype=np.float32)
    between = (one.motion.at(times) - other.motion.at(times)) * (v.scene.aspect, 1)
    both = one.visible(times) & other.visible(times)
    if not both.any():
        return False
    sizes = sum(s.size * max(1.0, s.growth) for s in (one, other))
    closest = float((np.hypot(between[:, 0], between[:, 1]) - sizes)[both].min())
    if -0.6 * sizes < closest < 0.02:
        raise Unclear
    return closest < 0


def clear(value: float, border: float = 0.5) -> bool:
    """Whether it is above the border, where it is not near it."""
    if abs(value - border) < _NEAR:
        raise Unclear
    return value > border


# --- what an answer must say


def _refuses(answer: str) -> bool:
    return "cannot answer" in answer or "that I know" in answer


def nothing(answer: str) -> bool:
    return not _refuses(answer) and bool(
        re.search(r"\b(no|none|nothing|not|never|neither|without|n't)\b", answer.lower())
    )


def listed(found: list[Shape]) -> Wanted:
    """These and no others, or only that there are or are none of them."""
    exact = shapes(found)
    kinds = rf"\b({'|'.join(KINDS)})"

    def fits(answer: str) -> bool:
        if exact.fits(answer):
            return True
        named = bool(re.search(kinds, answer.lower()))
        return not named and answer.lower().startswith("yes" if found else "no")

    return Wanted(exact.value, fits)


def listed_beside(reference: Shape, found: list[Shape]) -> Wanted:
    """These and no others; the answer may end with the shape that the question named."""
    wanted = listed(found)
    end = re.compile(
        rf"\b(of|above|below|to|beside) the (\w+ )?{reference.kind}\W*$", re.IGNORECASE
    )
    return Wanted(wanted.value, lambda answer: wanted.fits(end.sub("", answer)))


def one_of(found: list[Shape]) -> Wanted:
    """Any of them and nothing else."""

    def fits(answer: str) -> bool:
        said = re.findall(rf"\b({'|'.join(KINDS)})", answer.lower())
        return (set(said) <= {s.kind for s in found} and bool(said)) if found else nothing(answer)

    return Wanted("one", fits)


def first_named(s: Shape) -> Wanted:
    def fits(answer: str) -> bool:
        return re.findall(rf"\b({'|'.join(KINDS)})", answer.lower())[:1] == [s.kind]

    return Wanted(s.kind, fits)


def in_order(found: list[Shape]) -> Wanted:
    """All of them, in this order."""

    def fits(answer: str) -> bool:
        return re.findall(rf"\b({'|'.join(KINDS)})", answer.lower()) == [s.kind for s in found]

    return Wanted(" ".join(s.kind for s in found), fits)


def hues(found: list[str], ground: str = "") -> Wanted:
    """These colours, the background's too where it may be named; or none."""

    def fits(answer: str) -> bool:
        if not found:
            return nothing(answer)
        return colours(found).fits(answer) or bool(
            ground and colours([*found, ground]).fits(answer)
        )

    return Wanted(" ".join(found) or "no colour", fits)


def says(pattern: str) -> Wanted:
    def fits(answer: str) -> bool:
        return not _refuses(answer) and bool(re.search(pattern, answer, re.IGNORECASE))

    return Wanted(pattern, fits)


def two_numbers(first: int, second: int) -> Wanted:
    def fits(answer: str) -> bool:
        words = re.findall(rf"\b(\d|{'|'.join(_NUMBERS)})\b", answer.lower())
        return [int(w) if w.isdigit() else _NUMBERS.index(w) for w in words] == [first, second]

    return Wanted(f"{first} {second}", fits)


def more_or_fewer(first: int, last: int) -> Wanted:
    word = r"fewer|less" if last < first else r"\bmore\b" if last > first else r"same|as many|equal"
    return Wanted(
        word, lambda a: bool(re.search(word, a.lower())) or two_numbers(first, last).fits(a)
    )


def commonest(values: list[str]) -> Wanted:
    most = [x for x in dict.fromkeys(values) if values.count(x) == max(map(values.count, values))]
    if not most:
        raise Unclear
    if len(most) > 1:
        return says(r"tie|same|once|equal|all\b|each")

    def fits(answer: str) -> bool:
        known = KINDS if most[0] in KINDS else tuple(COLOURS)
        return set(re.findall(rf"\b({'|'.join(known)})", answer.lower())) == set(most)

    return Wanted(most[0], fits)


def is_a(found: list[Shape], kind: str) -> Wanted:
    """Yes, or what it is instead."""
    kinds = {s.kind for s in found}
    yes = kind in kinds

    def fits(answer: str) -> bool:
        text = answer.lower()
        if text.startswith(("yes", "no")):
            return text.startswith("yes" if yes else "no")
        return set(re.findall(rf"\b({'|'.join(KINDS)})", text)) == kinds

    return Wanted("yes" if yes else "no", fits)


def moment(times: list[float], seconds: float, *, exact: bool = False) -> Wanted:
    """The part of the clip, or the second, of all the times; that there is none, if there is none.

    Parameters
    ----------
    exact: only the second will do.
    """
    if not times:
        return Wanted("none", nothing)
    names = {part(t) for t in times}
    if None in names or len(names) > 1:
        raise Unclear
    word = str(names.pop())

    def fits(answer: str) -> bool:
        said = [float(n) for n in re.findall(r"\d+(?:\.\d+)?", answer)]
        if said:
            return all(any(abs(n - t * seconds) <= 0.6 for n in said) for t in times)
        return not exact and word in answer.lower().replace("start", "beginning")

    return Wanted(word, fits)


def length(value: float) -> Wanted:
    """So many seconds."""

    def fits(answer: str) -> bool:
        said = [float(n) for n in re.findall(r"\d+(?:\.\d+)?", answer)]
        return len(said) == 1 and abs(said[0] - value) <= 0.6

    return Wanted(f"{value:.1f} s", fits)


def half(time: float | None) -> Wanted:
    if time is None:
        return Wanted("none", nothing)
    return says(r"second|late|\bend" if clear(time) else r"first|early|beginning|start")


def whereabouts(v: View, s: Shape, time: float) -> Wanted:
    """Its place, or that it is not there."""
    if any(s is o for o in v.seen(time)):
        return place(v.place(s, time))
    return says(r"\b(gone|not there|leaves|left|disappear|no longer|not yet|appears)\b")


def relative(v: View, one: Shape, other: Shape, time: float) -> Wanted:
    """The side on which one is of another; nothing wrong besides."""
    x, y = centre(v, one, time) - centre(v, other, time)
    right = {"right": x > _NEAR, "left": x < -_NEAR, "below": y > _NEAR, "above": y < -_NEAR}

    def fits(answer: str) -> bool:
        said = re.findall(r"\b(left|right|above|below)\b", answer.lower())
        return bool(said) and all(right[word] for word in said)

    return Wanted("side", fits)


def turned(s: Shape) -> Wanted:
    return colours_or(s) if s.second_colour else says(r"\b(not|no|same|always|never|n't)\b")


def colours_or(s: Shape) -> Wanted:
    def fits(answer: str) -> bool:
        return colours([s.colours[-1]]).fits(answer) or colours(s.colours).fits(answer)

    return Wanted(" ".join(s.colours), fits)


def happened(v: View, event: Event | None) -> Wanted:
    """A sentence that says what happens to which shape; or that nothing does."""
    if event is None:
        return Wanted("none", nothing)
    verb = event.what.split()[0]

    def fits(answer: str) -> bool:
        return verb in answer.lower() and re.findall(rf"\b({'|'.join(KINDS)})", answer.lower()) == [
            event.shape.kind
        ]

    return Wanted(f"{event.shape.kind} {event.what}", fits)


def event(v: View, which: int) -> Event | None:
    """The first, second or last, where that is clear; None where there are fewer."""
    if v.repeats():
        raise Unclear
    if len(v.events) <= which or not v.events:
        return None
    chosen = v.events[which]
    if any(e is not chosen and abs(e.time - chosen.time) < 2 * _NEAR for e in v.events):
        raise Unclear
    return chosen


def every_event(v: View) -> Wanted:
    """All events named with their shapes; or that there is none."""
    if not v.events:
        return Wanted("none", nothing)
    wanted = {(e.shape.kind, e.what.split()[0]) for e in v.events}

    def fits(answer: str) -> bool:
        return all(kind in answer.lower() and verb in answer.lower() for kind, verb in wanted)

    return Wanted("events", fits)


def ranked(found: list[tuple[float, Shape]]) -> Shape | None:
    """The one with the smallest number, clearly; None of none."""
    pairs = sorted(((value, i) for i, (value, _) in enumerate(found)))
    if len(pairs) > 1 and pairs[1][0] - pairs[0][0] < 2 * _NEAR:
        raise Unclear
    return found[pairs[0][1]][1] if pairs else None


def some(s: Shape | None) -> Wanted:
    return listed([s] if s is not None else [])


def only_one(n: int) -> Wanted:
    if n == 1:
        return says(r"\b(one|only|1)\b")
    return Wanted(
        "more", lambda a: number(n).fits(a) or "more" in a.lower() or a.lower().startswith("no")
    )


def of_one_size(found: list[Shape]) -> list[Shape]:
    """They, where none grows or shrinks."""
    if any(s.growth != 1 for s in found):
        raise Unclear
    return found


def longest(v: View) -> Wanted:
    """Those that are there the whole time."""
    found = [s for s in v.shapes if v.always(s)]
    if not found:
        raise Unclear
    return listed(found)


def seen_first(s: Slots) -> Wanted:
    """Which of the two is seen first, or both from the start."""
    first = first_seen(s)
    return first_named(first) if first else says(r"same time|both|whole|neither")


def gap_moved(v: View, s: Shape) -> bool:
    """Whether it is at the end where it was first."""
    if s in missing(v):
        return False
    if s.motion.kind == "bounce":
        raise Unclear
    return s.motion.kind == "still"


def straight(v: View) -> tuple[Shape, ...]:
    """All shapes, where none bounces: what bounces goes both ways."""
    if did(v, "bounce"):
        raise Unclear
    return v.shapes


def by_size(v: View) -> list[Shape]:
    found = sorted(v.shapes, key=lambda s: s.size)
    for small, large in pairwise(found):
        if large.size < 1.15 * small.size:
            raise Unclear
    return found


def first_change(v: View) -> list[float]:
    """The time of the first event but leaving; none if there is none."""
    return [e.time for e in v.events if not e.what.startswith("leave")][:1]


def first_seen(s: Slots) -> Shape | None:
    """Which of the two is seen first, None if both are there from the start."""
    one, other = (max(x.appears, 0.0) for x in (s.thing, s.other))
    if one == other:
        return None
    return s.other if clear(one - other, 0.0) else s.thing


def edges(s: Shape) -> int:
    """How often it reaches an edge."""
    return s.motion.bounces if s.motion.kind == "bounce" else int(s.motion.kind == "leave")


def unchanged(v: View) -> bool:
    """Whether the last picture is the first: what spins may or may not be as it was."""
    if any(s.spin for s in v.shapes) or did(v, "bounce"):
        raise Unclear
    return not (
        did(v, "move")
        or late(v)
        or missing(v)
        or did(v, "turn")
        or any(s.growth != 1 for s in v.shapes)
    )
