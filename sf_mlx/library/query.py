"""What a person types -> an FTS5 query in which every word is only a word."""

import re
from dataclasses import dataclass

from sf_mlx.errors import UsageError, printable

_LONGEST = 1000  # characters
_MOST_WORDS = 32

# "words in quotes" and words between white space, each perhaps with a star; an open quote is none
_PART = re.compile(r'"([^"]*)"(\*?)|([^\s"]+)')

# What says nothing of a film; left out where something else is asked
_SMALL_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by did do does for from has have he her his how i in is it its me "
        "my of on or she so that the their them there they this to was we were what when where "
        "which who will with you your",
    )
)


@dataclass(frozen=True)
class Query:
    """A search as FTS5 reads it.

    Attributes
    ----------
    all_words: what a passage must have: every word.
    terms: each word or phrase alone; of an expression only itself.
    is_expression: somebody wrote it in FTS5's own syntax.
    """

    all_words: str
    terms: tuple[str, ...]
    is_expression: bool = False

    @property
    def some_words(self) -> str:
        """A passage has one of them; the same as `all_words` where there is only one."""
        return " OR ".join(self.terms)


def parse(text: str) -> Query:
    """Words and "exact phrases", a star at the end for any ending: ``bea* "red car"``.

    Everything else that FTS5 would take for syntax is text: ``dog AND (cat`` asks for three words.

    Raises
    ------
    UsageError: no word, or too many.
    """
    _check_length(text)
    words = [(said, star, quoted) for said, star, quoted in _parts(text) if _has_word(said)]
    if not words:
        raise UsageError(f"there is no word to search for in {printable(text, 60)!r}")
    telling = [word for word in words if word[2] or not _is_small(word[0])]
    terms = tuple(dict.fromkeys(_term(said, star) for said, star, _ in telling or words))
    if len(terms) > _MOST_WORDS:
        raise UsageError(f"a search may have {_MOST_WORDS} words, not {len(terms)}")
    return Query(" AND ".join(terms), terms)


def raw(text: str) -> Query:
    """An expression of FTS5 as it is: ``dog NOT cat``, ``NEAR(dog beach, 5)``.

    Raises
    ------
    UsageError: it is empty or too long; what is wrong in it shows when it is run.
    """
    _check_length(text)
    if not text.strip():
        raise UsageError("the search is empty")
    return Query(text, (text,), is_expression=True)


def _check_length(text: str) -> None:
    if len(text) > _LONGEST:
        raise UsageError(f"a search may have {_LONGEST} characters, not {len(text)}")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError("the search is not valid UTF-8") from None
    if "\0" in text:
        raise UsageError("the search has a character that is none (NUL)")


def _parts(text: str) -> list[tuple[str, bool, bool]]:
    """Each word or phrase, whether any ending will do, and whether it was quoted."""
    found = []
    for phrase, star, word in _PART.findall(text):
        if word:
            found.append((word.rstrip("*"), word.endswith("*"), False))
        else:
            found.append((phrase, bool(star), True))
    return found


def _has_word(said: str) -> bool:
    return any(character.isalnum() for character in said)


def _is_small(said: str) -> bool:
    return "".join(filter(str.isalnum, said)).casefold() in _SMALL_WORDS


def _term(said: str, star: bool) -> str:
    """In quotes nothing is syntax, and what has no letter separates words."""
    inside = said.replace('"', '""')
    return f'"{inside}"*' if star else f'"{inside}"'
