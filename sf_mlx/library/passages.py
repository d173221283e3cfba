"""A description -> the passages in which words are looked for: it as a whole, and its sentences."""

import re

from sf_mlx.library.database import PASSAGES

# The end of a sentence and what may close it, before white space; or the end of a line
_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？])|\s*\n\s*")


def sentences(text: str) -> list[str]:
    """The sentences of a description, in order; the last holds what is too much to count."""
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        if len(found) == PASSAGES - 2:
            break
        found.append(text[start : end.end()].strip())
        start = end.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if sentence]


def passages(text: str) -> dict[int, str]:
    """Passages by their numbers: 0 is the whole of several sentences, which follow from 1 on."""
    inside = sentences(text)
    whole = {0: " ".join(inside)} if len(inside) > 1 else {}
    return whole | dict(enumerate(inside, 1))
