"""How far a number may be off: intervals of 95 %, and the difference of two runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# Standard deviations of 95 %
_Z = 1.959963984540054
_ROUNDS = 2_000

Floats = npt.NDArray[np.float64]


def wilson(right: int, rows: int) -> tuple[float, float]:
    """Wilson's interval of a proportion, in shares of 1; (0, 1) of no rows."""
    if rows == 0:
        return 0.0, 1.0
    share, z2 = right / rows, _Z * _Z
    middle = (share + z2 / (2 * rows)) / (1 + z2 / rows)
    half = _Z * math.sqrt(share * (1 - share) / rows + z2 / (4 * rows * rows)) / (1 + z2 / rows)
    return max(0.0, middle - half), min(1.0, middle + half)


def bootstrap(values: Sequence[float], videos: Sequence[str], seed: int = 0) -> tuple[float, float]:
    """The interval of a mean, whole videos drawn anew: questions about one hang together.

    Parameters
    ----------
    values: one for each row; videos: of which video.
    """
    sums, counts = _by_video(values, videos)
    if not len(sums):
        return 0.0, 0.0
    means = np.sort(_drawn(sums, counts, seed))
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def _by_video(values: Sequence[float], videos: Sequence[str]) -> tuple[Floats, Floats]:
    order: dict[str, int] = {}
    where = [order.setdefault(video, len(order)) for video in videos]
    sums, counts = np.zeros(len(order)), np.zeros(len(order))
    np.add.at(sums, where, values)
    np.add.at(counts, where, 1.0)
    return sums, counts


def _drawn(sums: Floats, counts: Floats, seed: int) -> Floats:
    draw, videos = np.random.default_rng(seed), len(sums)
    means = np.empty(_ROUNDS)
    for turn in range(_ROUNDS):  # a round at a time: all at once would be gigabytes for TGIF-QA
        chosen = draw.integers(0, videos, videos)
        means[turn] = sums[chosen].sum() / counts[chosen].sum()
    return means


@dataclass(frozen=True)
class Difference:
    """Two runs on the same rows.

    Attributes
    ----------
    rows: that both have.
    value: mean of the second minus that of the first; low, high: its interval, by video.
    gained, lost: rows that only the second, only the first has right (or higher).
    p: McNemar's exact test, two-sided: how often chance alone would part them so far.
    """

    rows: int
    value: float
    low: float
    high: float
    gained: int
    lost: int
    p: float


def paired(
    first: Sequence[float], second: Sequence[float], videos: Sequence[str], seed: int = 0
) -> Difference:
    """The difference of two runs, row by row."""
    gaps = [b - a for a, b in zip(first, second, strict=True)]
    gained, lost = sum(gap > 0 for gap in gaps), sum(gap < 0 for gap in gaps)
    low, high = bootstrap(gaps, videos, seed)
    mean = sum(gaps) / len(gaps) if gaps else 0.0
    return Difference(len(gaps), mean, low, high, gained, lost, _sign_test(gained, lost))


def _sign_test(gained: int, lost: int) -> float:
    """Two-sided, exact: both at even odds."""
    tries, few = gained + lost, min(gained, lost)
    if tries == 0:
        return 1.0
    # In logarithms: 2 ** -10,000 is no float
    logs = [
        math.lgamma(tries + 1) - math.lgamma(k + 1) - math.lgamma(tries - k + 1)
        for k in range(few + 1)
    ]
    top = max(logs)
    tail = math.exp(top - tries * math.log(2)) * sum(math.exp(log - top) for log in logs)
    return min(1.0, 2 * tail)
