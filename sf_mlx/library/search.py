"""Find clips by what their descriptions say; no model, no video and no MLX."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from sf_mlx.errors import UsageError, printable
from sf_mlx.library.database import PASSAGES, explained
from sf_mlx.library.query import Query

# Passages that are looked at, best first
MOST_PASSAGES = 5_000
# Moments that are shown of one clip
MOMENTS = 3
# Clips that can be asked for
MOST_CLIPS = 1_000

# Best first: the words in one sentence before the words in one description; only the ranks of the
# passages are sorted, and the rest is looked up for those that are taken
_FIND = f"""
SELECT d.id, d.content, d.start_seconds, d.end_seconds, d.text, m.model, found.rowid, found.text
FROM (
    SELECT rowid, text FROM passages WHERE passages MATCH ?
    ORDER BY rowid % {PASSAGES} = 0, rank LIMIT {MOST_PASSAGES}
) AS found
CROSS JOIN descriptions AS d ON d.id = found.rowid / {PASSAGES}
CROSS JOIN makers AS m ON m.id = d.maker
"""
# Of one description, the sentence that fits best
_SENTENCE = """
SELECT text FROM passages WHERE passages MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rank LIMIT 1
"""
_PATHS = "SELECT path, missing_since FROM files WHERE content = ? ORDER BY path"

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
        """What `--json` prints; keys are only ever added."""
        return asdict(self)


@dataclass
class _Clip:
    content: int
    moments: list[Moment] = field(default_factory=list)


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
    with explained(path):
        try:
            found = _find(database, query.all_words, query, limit, every_word=True)
            if not found and query.some_words != query.all_words:
                found = _find(database, query.some_words, query, limit, every_word=False)
        except sqlite3.OperationalError as error:
            # What SQLite says of a wrong expression has no code of its own
            if error.sqlite_errorname != "SQLITE_ERROR":
                raise
            raise UsageError(
                f"{printable(query.all_words, 60)!r} is no FTS5 expression: {error}"
            ) from None
        return [_hit(database, clip) for clip in found]


def _find(
    database: sqlite3.Connection, expression: str, query: Query, limit: int, *, every_word: bool
) -> list[_Clip]:
    clips: dict[int, _Clip] = {}
    taken: set[int] = set()
    with_text = _rows(database, expression)
    for number, content, start, end, text, model, passage, sentence in with_text:
        if content not in clips and len(clips) == limit:
            break
        clip = clips.setdefault(content, _Clip(content))
        if number in taken or len(clip.moments) == MOMENTS:
            continue
        taken.add(number)
        fit: Fit = "sentence" if every_word else "some words"
        if passage % PASSAGES == 0:
            fit = "description" if every_word else fit
            sentence = _best_sentence(database, query.some_words, number) or sentence
        clip.moments.append(Moment(start, end, sentence, text, fit, model))
    return list(clips.values())


def _rows(database: sqlite3.Connection, expression: str) -> Iterator[tuple[Any, ...]]:
    return database.execute(_FIND, (expression,))


def _best_sentence(database: sqlite3.Connection, expression: str, number: int) -> str | None:
    first = number * PASSAGES + 1
    row = database.execute(_SENTENCE, (expression, first, first + PASSAGES - 2)).fetchone()
    return None if row is None else str(row[0])


def _hit(database: sqlite3.Connection, clip: _Clip) -> Hit:
    paths = [os.fsdecode(path) for path, _ in database.execute(_PATHS, (clip.content,))]
    there = [path for path in paths if os.path.exists(path)]
    shown = (there or paths or [""])[0]
    (duration,) = database.execute(
        "SELECT duration FROM contents WHERE id = ?", (clip.content,)
    ).fetchone()
    return Hit(
        path=shown,
        copies=tuple(path for path in there if path != shown),
        is_missing=not there,
        duration=duration or 0.0,
        moments=tuple(clip.moments),
    )
