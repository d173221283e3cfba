"""A description -> its sentences: words that stand in one belong together."""

import re

from sf_mlx.library.database import SENTENCES

# The end of a sentence and what may close it, before white space; or the end of a line
_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？])|\s*\n\s*")


def sentences(text: str) -> list[str]:
    """The sentences of a description, in order; the last holds what is too much to count."""
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        if len(found) == SENTENCES - 1:
            break
        found.append(text[start : end.end()].strip())
        start = end.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if sentence]
