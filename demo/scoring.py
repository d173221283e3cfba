"""Whether an answer means the same as the true one: the words that decide, not the wording."""

import re

from demo import refusals
from demo.questions.turn import NUMBERS, TIMES, WAY, Turn
from demo.world import COLOURS, KINDS, PARTS

# Longest first: "to the upper left" is not "to the left"
_WAYS = ("left and right", "up and down", "not move", *sorted(WAY.values(), key=len, reverse=True))
_WORDS: dict[str, tuple[str, ...]] = {
    "colour": tuple(COLOURS),
    "kind": KINDS,
    "count": NUMBERS,
    "direction": _WAYS,
    "when": tuple(PARTS),
    "times": ("not", *TIMES[1:]),
}


# Answers that are one or several shapes
_LISTS = ("which", "either", "size", "extreme", "listing", "others", "unlike", "seen_at", "staying")
_NAMED = re.compile(rf"\b({'|'.join(COLOURS)}) ({'|'.join(KINDS)})\b")


def named(answer: str) -> list[str]:
    """The shapes that an answer names, in alphabetical order."""
    return sorted(f"{colour} {kind}" for colour, kind in _NAMED.findall(answer.lower()))


def said(type_: str, answer: str) -> list[str]:
    """The deciding words of an answer to a question of this type, in order."""
    words = _WORDS[type_]
    return re.findall(rf"\b(?:{'|'.join(map(re.escape, words))})\b", answer.lower())


def is_right(turn: Turn, answer: str) -> bool:
    """Whether a model's answer means the same as the turn's."""
    answer = answer.strip()
    if answer == turn.answer:
        return True
    if turn.type == "refusal":
        return answer.startswith(refusals.ANSWER.split(":")[0])
    if turn.type == "choice":
        return answer[:3] == turn.key
    if turn.key in ("yes", "no"):
        return answer.lower().startswith(turn.key)
    if turn.type == "colour" and turn.key.startswith("no "):
        return answer.lower().startswith("there is no")
    if turn.type in _WORDS:
        return said(turn.type, answer) == said(turn.type, turn.answer)
    if turn.type in _LISTS:
        # In which order shapes are named does not matter
        return bool(named(answer)) and named(answer) == named(turn.answer)
    return False
