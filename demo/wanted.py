"""What an answer in free words must say to be right: for questions that no template made."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from demo.view import Unclear, View
from demo.world import BACKGROUNDS, COLOURS, DIRECTIONS, KINDS, PARTS, Event, Scene, Shape, part

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six")
_TIMES = {"once": 1, "twice": 2, "never": 0, "none": 0, "nothing": 0, "not": 0}
_NOTHING = re.compile(r"\b(no|none|nothing|not any|every|all|everything)\b")
_WAYS = {
    "still": r"\b(not move|still|nowhere|stays)\b",
    "sideways": r"\bleft and right\b",
    "upright": r"\bup and down\b",
}
_PLACES = ("left", "right", "top", "bottom", "centre")


@dataclass(frozen=True)
class Wanted:
    """The truth that is asked for.

    Attributes
    ----------
    value: what it is, to ask for yes and no equally often.
    fits: whether an answer says it.
    """

    value: str
    fits: Callable[[str], bool]


def _words(answer: str, known: Iterable[str]) -> list[str]:
    longest = sorted(known, key=len, reverse=True)
    return re.findall(rf"\b({'|'.join(map(re.escape, longest))})(?:e?s)?\b", answer.lower())


def no_or_yes(truth: bool) -> Wanted:
    word = "yes" if truth else "no"
    return Wanted(word, lambda answer: answer.lower().startswith(word))


def number(n: int) -> Wanted:
    def fits(answer: str) -> bool:
        text = re.sub(r"\bthe \w+ one\b|\bone of\b", "", answer.lower())
        words = re.findall(
            r"\b(\d+|no|one|two|three|four|five|six|once|twice|never|none|nothing|not)\b", text
        )
        said = {
            int(w) if w.isdigit() else _TIMES[w] if w in _TIMES else _NUMBERS.index(w)
            for w in words
        }
        return said == {n}

    return Wanted(str(n), fits)


def colours(names: Iterable[str]) -> Wanted:
    wanted = list(names)

    def fits(answer: str) -> bool:
        text = answer.lower().replace("gray", "grey")
        return set(_words(text, (*COLOURS, *BACKGROUNDS))) == set(wanted)

    return Wanted(" ".join(wanted), fits)


def _kinds(answer: str) -> list[str]:
    return _words(answer, KINDS)


def shapes(wanted: list[Shape]) -> Wanted:
    """All of them by kind, nothing else, and no colour that none of them has."""

    def fits(answer: str) -> bool:
        if not wanted:
            return not _kinds(answer) and bool(_NOTHING.search(answer.lower()))
        right = {c for s in wanted for c in s.colours}
        return (
            sorted(_kinds(answer)) == sorted(s.kind for s in wanted)
            and set(_words(answer, COLOURS)) <= right
        )

    return Wanted(" ".join(s.kind for s in wanted) or "nothing", fits)


def place(name: str) -> Wanted:
    parts = set(_words(name, _PLACES))

    def fits(answer: str) -> bool:
        text = answer.lower().replace("middle", "centre").replace("center", "centre")
        text = text.replace("upper", "top").replace("lower", "bottom")
        return set(_words(text, _PLACES)) == parts

    return Wanted(name, fits)


def way(name: str) -> Wanted:
    def fits(answer: str) -> bool:
        text = answer.lower()
        if name in _WAYS:
            return bool(re.search(_WAYS[name], text))
        return _words(text, (*DIRECTIONS, "left and right", "up and down")) == [name]

    return Wanted(name, fits)


def time(name: str) -> Wanted:
    def fits(answer: str) -> bool:
        text = re.sub(r"\bstart\b", "beginning", answer.lower())
        return _words(text, PARTS) == [name]

    return Wanted(name, fits)


def sooner(event: Event) -> Wanted:
    """A sentence that says what happens to which shape."""

    def fits(answer: str) -> bool:
        verb = event.what.split()[0]
        return verb in answer.lower() and _kinds(answer) == [event.shape.kind]

    return Wanted(f"{event.shape.kind} {event.what}", fits)


def all_of(scene: Scene, colour: bool = True) -> Wanted:
    """Every shape, with its colour too where that is asked for."""

    def fits(answer: str) -> bool:
        if not scene.shapes:
            return not _kinds(answer) and bool(_NOTHING.search(answer.lower()))
        named = sorted(_kinds(answer)) == sorted(s.kind for s in scene.shapes) or (
            not colour and set(_kinds(answer)) == {s.kind for s in scene.shapes}
        )
        said = set(_words(answer, COLOURS))
        firsts = {s.colour for s in scene.shapes}
        return (
            named
            and (firsts <= said or not colour)
            and said <= {c for s in scene.shapes for c in s.colours}
        )

    return Wanted("all", fits)


def saying(pattern: str) -> Wanted:
    """Something that holds the pattern."""
    return Wanted(pattern, lambda answer: bool(re.search(pattern, answer, re.IGNORECASE)))


def negated(found: bool, word: str) -> Wanted:
    """Whether there is none of them, where "no" could mean either."""

    def fits(answer: str) -> bool:
        return word in answer.lower() and (f"no {word}" in answer.lower()) != found

    return Wanted(str(found), fits)


def story(shape: Shape) -> Wanted:
    """Everything that one shape does."""
    does = {
        "still": ["still"],
        "move": [shape.motion.direction],
        "leave": ["leaves", shape.motion.direction],
        "bounce": ["bounce"],
    }[shape.motion.kind]
    does += ["spin"] * bool(shape.spin) + ["flash"] * bool(shape.flashes)
    does += ["grow"] * (shape.growth > 1) + ["shrink"] * (shape.growth < 1)
    does += [shape.second_colour] * bool(shape.second_colour)
    does += ["appear"] * (shape.appears > 0) + ["disappear"] * (shape.vanishes < 1)
    others = ("bounce", "leaves", "spin", "flash", "grow", "shrink", "disappear")

    def fits(answer: str) -> bool:
        text = answer.lower()
        return all(word in text for word in does) and not any(
            word in text for word in others if word not in does
        )

    return Wanted(" ".join(does), fits)


def stay(view: View, shape: Shape) -> Wanted:
    """How long one is there: the whole time, or from and until when."""
    if view.always(shape):
        return Wanted(
            "always", lambda answer: "whole" in answer.lower() or "all the time" in answer.lower()
        )
    goes = shape.motion.end if shape.motion.kind == "leave" else shape.vanishes
    ends = [t for t in (shape.appears, goes) if 0 < t < 1]
    parts = [part(t) for t in ends]
    if None in parts or (len(ends) == 2 and ends[1] - ends[0] < 0.2):
        raise Unclear
    words = [p for p in parts if p]

    def fits(answer: str) -> bool:
        text = answer.lower().replace("until the end", "").replace("from the beginning", "")
        return "whole" not in text and all(word in text for word in words)

    return Wanted(" ".join(words), fits)
