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
    if turn.type == "colour" and turn.key.startswith("no "):
        return answer.lower().startswith("there is no")
    if turn.type in _WORDS:
        return said(turn.type, answer) == said(turn.type, turn.answer)
    return False
