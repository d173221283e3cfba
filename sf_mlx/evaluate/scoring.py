"""Scores of a run's rows: what is right by which rule, of all rows that were expected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sf_mlx.evaluate.choice_rules import strict_option, upstream_option, upstream_script_option
from sf_mlx.evaluate.datasets import DATASETS
from sf_mlx.evaluate.intervals import Difference, bootstrap, paired, wilson
from sf_mlx.evaluate.items import Item
from sf_mlx.evaluate.matching import contains, is_exact, is_normalised
from sf_mlx.evaluate.results import STATUSES, Key, Result

# Right or wrong; every other measure is a score from 0 to 5
SHARES = (
    "strict",
    "upstream",
    "upstream_script",
    "likelihood",
    "exact",
    "normalised",
    "contains",
    "judge",
)

# What each row has of each measure; None where there is nothing to score
Values = dict[str, float | None]
# Key -> what a judge said of it, by measure; None where the judge failed
Judgements = Mapping[Key, Mapping[str, float | None]]


@dataclass(frozen=True)
class Number:
    """One measure over some rows.

    Attributes
    ----------
    rows: that were expected; scored: of them, those that there is a value of.
    value: over all expected, those without a value counting nothing; per cent, or 0 to 5.
    low, high: 95 % of it: Wilson's for per cents, drawn by video for scores.
    of_scored: over those with a value alone.
    """

    rows: int
    scored: int
    value: float
    low: float
    high: float
    of_scored: float | None

    def as_json(self) -> dict[str, Any]:
        """For a file of scores."""
        return {
            "rows": self.rows,
            "scored": self.scored,
            "value": round(self.value, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "of_scored": None if self.of_scored is None else round(self.of_scored, 4),
        }


@dataclass(frozen=True)
class Scores:
    """All scores of a run.

    Attributes
    ----------
    dataset, kind: what was asked.
    rows, videos: expected.
    statuses: rows of each status, "pending" for those that were not asked yet.
    unparsed: answers that name no option by the strict rule.
    measures: by name, over all rows; by_type, by_group: over each type of question.
    values: each row's, in the rows' order.
    """

    dataset: str
    kind: str
    rows: int
    videos: int
    statuses: dict[str, int]
    unparsed: int
    measures: dict[str, Number]
    by_type: dict[str, dict[str, Number]]
    by_group: dict[str, dict[str, Number]]
    values: dict[Key, Values] = field(repr=False)

    @property
    def failed(self) -> int:
        """Rows without an answer."""
        return self.rows - self.statuses["ok"]

    def as_json(self) -> dict[str, Any]:
        """For a file of scores; values of single rows are left out."""
        return {
            "dataset": self.dataset,
            "kind": self.kind,
            "rows": self.rows,
            "videos": self.videos,
            "statuses": self.statuses,
            "unparsed": self.unparsed,
            "measures": _numbers(self.measures),
            "by_type": {name: _numbers(few) for name, few in self.by_type.items()},
            "by_group": {name: _numbers(few) for name, few in self.by_group.items()},
        }


def _numbers(measures: Mapping[str, Number]) -> dict[str, Any]:
    return {name: number.as_json() for name, number in measures.items()}


def score(
    items: Sequence[Item], results: Mapping[Key, Result], judgements: Judgements | None = None
) -> Scores:
    """Score every row that was expected.

    Parameters
    ----------
    items: all rows; results: those that were asked.
    judgements: what a judge said.
    """
    judged = judgements or {}
    values: dict[Key, Values] = {}
    unparsed = 0
    for item in items:
        key = (item.dataset, item.row)
        result = results.get(key)
        values[key] = _values(item, result, judged.get(key, {}))
        written = result is not None and result.ok and "strict" in values[key]
        if written and result and strict_option(result.answers[0], len(item.candidates)) is None:
            unparsed += 1
    counts = Counter(result.status for result in results.values())
    statuses: dict[str, int] = {status: counts[status] for status in STATUSES}
    statuses["pending"] = len(items) - len(results)
    dataset = DATASETS.get(items[0].dataset) if items else None
    groups = dataset.groups if dataset else {}
    member = {code: name for name, codes in groups.items() for code in codes}
    return Scores(
        dataset=items[0].dataset if items else "",
        kind=items[0].kind if items else "open",
        rows=len(items),
        videos=len({item.video for item in items}),
        statuses=statuses,
        unparsed=unparsed,
        measures=_tally(items, values),
        by_type=_split(items, values, {i.part or i.type: i.part or i.type for i in items}),
        by_group=_split(items, values, member),
        values=values,
    )


def _values(item: Item, result: Result | None, judged: Mapping[str, float | None]) -> Values:
    """What one row has of each measure of its kind."""
    answered = result is not None and result.ok
    answer = result.answers[0] if result is not None and result.ok else ""
    if item.kind == "choice":
        if item.answer_number is None:
            return {}
        right = item.answer_number
        values: Values = {}
        chosen = None if result is None else result.option
        # A run that only chose has no text to look for letters in
        if not answered or chosen is None or answer != item.candidates[chosen]:
            values = dict.fromkeys(("strict", "upstream", "upstream_script"))
            if answered:
                values["strict"] = float(strict_option(answer, len(item.candidates)) == right)
                values["upstream"] = float(upstream_option(answer) == right)
                values["upstream_script"] = float(upstream_script_option(answer) == right)
        if chosen is not None:
            values["likelihood"] = float(chosen == right)
        return values
    if item.kind == "generation":
        return dict(judged) if answered else dict.fromkeys(judged)
    if not item.answer:
        return {}
    values = dict.fromkeys(("exact", "normalised", "contains"))
    if answered:
        values["exact"] = float(is_exact(answer, item.answer))
        values["normalised"] = float(is_normalised(answer, item.answer))
        values["contains"] = float(contains(answer, item.answer))
    return {**values, **judged}


def first_value(item: Item, result: Result) -> float | None:
    """Whether a row is right, by the first measure that its kind has; for progress."""
    values = _values(item, result, {})
    name = "contains" if "contains" in values else next(iter(values), None)
    return None if name is None else values[name]


def _tally(items: Sequence[Item], values: Mapping[Key, Values]) -> dict[str, Number]:
    """Every measure that any of the rows has, over all of them that could have it."""
    names = dict.fromkeys(name for item in items for name in values[item.dataset, item.row])
    found = {}
    for name in names:
        few = items
        if name in PART_OF:
            few = [item for item in items if item.part == PART_OF[name]]
        mine = [values[item.dataset, item.row].get(name) for item in few]
        found[name] = _number(name, mine, [item.video for item in few])
    return found


# The part of VCGBench whose rows a measure is taken from
PART_OF = {
    "CI": "generic",
    "DO": "generic",
    "CU": "generic",
    "TU": "temporal",
    "CO": "consistency",
}


def _number(name: str, values: Sequence[float | None], videos: Sequence[str]) -> Number:
    scored = [value for value in values if value is not None]
    total, rows = sum(scored), len(values)
    scale = 100.0 if name in SHARES else 1.0
    if name in SHARES:
        low, high = wilson(round(total), rows)
    else:
        low, high = bootstrap([value or 0.0 for value in values], videos)
    return Number(
        rows=rows,
        scored=len(scored),
        value=scale * total / rows if rows else 0.0,
        low=scale * low,
        high=scale * high,
        of_scored=scale * total / len(scored) if scored else None,
    )


def _split(
    items: Iterable[Item], values: Mapping[Key, Values], names: Mapping[str, str]
) -> dict[str, dict[str, Number]]:
    """Tallies of the rows of each type, by the name that `names` gives it."""
    parts: dict[str, list[Item]] = {name: [] for name in sorted(set(names.values())) if name}
    for item in items:
        name = names.get(item.part or item.type)
        if name:
            parts[name].append(item)
    return {name: _tally(few, values) for name, few in parts.items() if few}


def compare(items: Sequence[Item], first: Scores, second: Scores) -> dict[str, Difference]:
    """The second run minus the first, by measure, over the rows that both expected."""
    found = {}
    both = [i for i in items if (i.dataset, i.row) in first.values.keys() & second.values.keys()]
    for name in (name for name in first.measures if name in second.measures):
        scale = 100.0 if name in SHARES else 1.0
        keys = [(i.dataset, i.row) for i in both if PART_OF.get(name, i.part) == i.part]
        pairs = [
            [scale * (scores.values[key].get(name) or 0.0) for key in keys]
            for scores in (first, second)
        ]
        videos = [i.video for i in both if PART_OF.get(name, i.part) == i.part]
        found[name] = paired(pairs[0], pairs[1], videos)
    return found
