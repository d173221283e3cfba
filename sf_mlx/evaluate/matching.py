"""Whether an answer holds a short true one: exactly, normalised, or among its words."""

from __future__ import annotations

import re

_ARTICLES = frozenset(("a", "an", "the"))
_DIGITS = {
    word: str(number)
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
} | {"none": "0"}
_NUMBER_COMMA = re.compile(r"(?<=\d),(?=\d{3}\b)")
_NOT_WORDS = re.compile(r"[^\w']+")
# The prompt has begun the answer for the model, and some repeat it
_OPENING = re.compile(r"^\s*in the (?:video|image)\b\W*", re.IGNORECASE)


def words(text: str) -> list[str]:
    """Lower-case words without punctuation and articles, numbers as digits.

    The rules are those usual for short answers about pictures (the VQA challenge's).
    """
    plain = _NUMBER_COMMA.sub("", text.lower())
    found = (word.strip("'_") for word in _NOT_WORDS.split(plain))
    return [_DIGITS.get(word, word) for word in found if word and word not in _ARTICLES]


def is_exact(answer: str, truth: str) -> bool:
    """The same text; case, and space or a full stop around it, do not matter."""
    return answer.strip().rstrip(".").casefold() == truth.strip().rstrip(".").casefold()


def is_normalised(answer: str, truth: str) -> bool:
    """The same words."""
    return words(_OPENING.sub("", answer)) == words(truth)


def contains(answer: str, truth: str) -> bool:
    """The true answer's words, in their order and side by side, within the answer."""
    inner, outer = words(truth), words(answer)
    return bool(inner) and any(
        outer[at : at + len(inner)] == inner for at in range(len(outer) - len(inner) + 1)
    )
