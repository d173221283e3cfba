"""Find clips by what their descriptions say; no model, no video and no MLX."""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from sf_mlx.errors import UsageError, printable
from sf_mlx.library.database import SENTENCES, explained
from sf_mlx.library.query import Query

# Descriptions or sentences that are looked at, best first
MOST_ROWS = 5_000
# Moments that are shown of one clip
MOMENTS = 3
# Clips that can be asked for
MOST_CLIPS = 1_000

# Only ranks are sorted; the rest is looked up for those that are taken
_FIND = """
SELECT d.id, d.content, d.start_seconds, d.end_seconds, d.text, m.model, found.rowid
FROM (
    SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY rank LIMIT {rows}
) AS found
CROSS JOIN descriptions AS d ON d.id = found.rowid / {each}
CROSS JOIN makers AS m ON m.id = d.maker
"""
IN_TEXTS = _FIND.format(table="texts", rows=MOST_ROWS, each=1)
IN_SENTENCES = _FIND.format(table="sentences", rows=MOST_ROWS, each=SENTENCES)
# The sentences of one description, and those that have a word
_SENTENCE = "SELECT text FROM sentences WHERE rowid = ?"
_WITH_WORD = "SELECT rowid, text FROM sentences WHERE sentences MATCH ? AND rowid BETWEEN ? AND ?"
_PATHS = "SELECT path FROM files WHERE content = ? ORDER BY path"
_DURATION = "SELECT duration FROM contents WHERE id = ?"

Fit = Literal["sentence", "description", "some words"]


@dataclass(frozen=True)
class Moment:
    """A stretch of a clip whose description was found.

    Attributes
    ----------
    start, end: seconds from the clip's first frame.
    sentence: what fits best of the description.
    description: all of it.
    fit: where the words are: in one "sentence", in the "description", or only "some words" of them.
    model: who described it.
    """

    start: float
    end: float
    sentence: str
    description: str
    fit: Fit
    model: str


@dataclass(frozen=True)
class Hit:
    """A clip that was found.

    Attributes
    ----------
    path: where it is, or was.
    copies: other files with the same content.
    is_missing: no file of it is there now.
    duration: seconds.
    moments: the best of them, the best first; the whole clip is one.
    probability: that the model, asked, says yes; None where it was not asked.
    """

    path: str
    copies: tuple[str, ...]
    is_missing: bool
    duration: float
    moments: tuple[Moment, ...]
    probability: float | None = None

    def as_json(self) -> dict[str, Any]:
        """What `--json` prints, times to the millisecond; keys are only ever added."""
        return {
            **asdict(self),
            "duration": round(self.duration, 3),
            "probability": None if self.probability is None else round(self.probability, 3),
        }


def search(path: Path, database: sqlite3.Connection, query: Query, limit: int) -> list[Hit]:
    """The clips that fit best.

    Where no description has every word, those that have some of them.

    Parameters
    ----------
    path: the library's file, for messages.
    database: it, open.
    query: what to look for.
    limit: how many clips at most.

    Raises
    ------
    UsageError: an expression that FTS5 does not understand, or a limit that means nothing.
    LibraryError: the library is damaged.
    """
    if not 1 <= limit <= MOST_CLIPS:
        raise UsageError(f"a search shows 1 to {MOST_CLIPS:,} clips, not {limit}")
    clips: dict[int, list[Moment]] = {}
    with explained(path):
        try:
            for sql, expression, fit in _tiers(query):
                # Some of the words only where no clip has all
                if len(clips) < limit and not (clips and fit == "some words"):
                    _find(database, sql, expression, query, fit, clips, limit)
        except sqlite3.OperationalError as error:
            # What SQLite says of a wrong expression has no code of its own
            if not query.is_expression or error.sqlite_errorname != "SQLITE_ERROR":
                raise
            raise UsageError(
                f"{printable(query.all_words, 60)!r} is no FTS5 expression: {error}"
            ) from None
        return [_hit(database, content, moments) for content, moments in clips.items()]


def _tiers(query: Query) -> list[tuple[str, str, Fit]]:
    """Where to look for what, best first."""
    if len(query.terms) == 1 and not query.is_expression:
        return [(IN_TEXTS, query.all_words, "sentence")]
    both: list[tuple[str, str, Fit]] = [
        (IN_SENTENCES, query.all_words, "sentence"),
        (IN_TEXTS, query.all_words, "description"),
    ]
    return both if query.is_expression else [*both, (IN_TEXTS, query.some_words, "some words")]


def _find(
    database: sqlite3.Connection,
    sql: str,
    expression: str,
    query: Query,
    fit: Fit,
    clips: dict[int, list[Moment]],
    limit: int,
) -> None:
    """Add the best moments to clips, and clips up to the limit; by their content."""
    for number, content, start, end, text, model, row in database.execute(sql, (expression,)):
        if content not in clips and len(clips) == limit:
            return
        moments = clips.setdefault(content, [])
        if len(moments) == MOMENTS or any((m.start, m.end) == (start, end) for m in moments):
            continue
        if sql is IN_SENTENCES:
            sentence = database.execute(_SENTENCE, (row,)).fetchone()[0]
        else:
            sentence = _best_sentence(database, query.terms, number) or text
        moments.append(Moment(start, end, sentence, text, fit, model))


def _best_sentence(database: sqlite3.Connection, terms: tuple[str, ...], number: int) -> str | None:
    """The first sentence of a description with the most of the words; None where none has one."""
    first = number * SENTENCES
    found = Counter(
        row
        for term in terms
        for row in database.execute(_WITH_WORD, (term, first, first + SENTENCES - 1))
    )
    return min(found, key=lambda row: (-found[row], row[0]))[1] if found else None


def _hit(database: sqlite3.Connection, content: int, moments: list[Moment]) -> Hit:
    paths = [os.fsdecode(path) for (path,) in database.execute(_PATHS, (content,))]
    there = [path for path in paths if os.path.exists(path)]
    shown = (there or paths or [""])[0]
    row = database.execute(_DURATION, (content,)).fetchone()
    return Hit(
        path=shown,
        copies=tuple(path for path in there if path != shown),
        is_missing=not there,
        duration=(row and row[0]) or 0.0,
        moments=tuple(moments),
    )
