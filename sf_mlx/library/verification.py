"""Ask a model whether the clips that were found show what was searched for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sf_mlx.errors import VideoError
from sf_mlx.library.search import Hit
from sf_mlx.library.stretches import whole

if TYPE_CHECKING:
    from sf_mlx.models import Model

QUESTION = "Does the video show this: {text}?"
_YES, _NO = "Yes", "No"


def verify(
    hits: Sequence[Hit],
    text: str,
    model: Model,
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Hit]:
    """The same clips with the probability of "yes" for the best moment of each, likeliest first.

    A clip that is missing or broken keeps None, and stands behind the others.

    Parameters
    ----------
    hits: what was found.
    text: what was searched for.
    model: who is asked.
    progress: called with a clip's path, how many are done, and how many there are.

    Raises
    ------
    UsageError, ContextLengthError: the question cannot be asked.
    """
    asked = []
    for done, hit in enumerate(hits):
        if progress is not None:
            progress(hit.path, done, len(hits))
        asked.append(replace(hit, probability=_probability(hit, text, model)))
    return sorted(asked, key=lambda hit: -1.0 if hit.probability is None else hit.probability,
                  reverse=True)  # fmt: skip


def _probability(hit: Hit, text: str, model: Model) -> float | None:
    if hit.is_missing:
        return None
    moment = hit.moments[0]
    part = (moment.start, moment.end) != whole(hit.duration)
    start, end = (moment.start, moment.end) if part else (None, None)
    try:
        with model.open(hit.path, start=start, end=end) as session:
            record = session.ask(QUESTION.format(text=text), choices=(_YES, _NO)).record
    except VideoError:
        return None
    assert record is not None and record.choice is not None
    return record.choice.probabilities[0]
