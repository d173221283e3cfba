"""A report of one or more runs: numbers beside the paper's, differences, cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sf_mlx.errors import UsageError, printable
from sf_mlx.evaluate.datasets import DATASETS
from sf_mlx.evaluate.folder import RunFolder
from sf_mlx.evaluate.intervals import Difference
from sf_mlx.evaluate.items import Item
from sf_mlx.evaluate.judge import judgements_for
from sf_mlx.evaluate.paper import BUDGETS, PUBLISHED, Published
from sf_mlx.evaluate.results import Key, Result
from sf_mlx.evaluate.scoring import SHARES, Scores, compare, score
from sf_mlx.slowfast import parse_spec, preset_name

# The measure that plots show and tables begin with: the first that a run has
HEADLINES = ("strict", "likelihood", "judge", "contains", "CI")


@dataclass(frozen=True)
class Cost:
    """What a run took, over the rows that were answered.

    Attributes
    ----------
    questions: asked and answered; encodes: times that a video was seen for them.
    seconds, visual_tokens, text_tokens, answer_tokens: of a question, on average.
    cached: share of the prompt's tokens that had been read for an earlier question.
    peak_memory_bytes: at most. joules: of a question; None where the machine does not tell.
    """

    questions: int
    encodes: int
    seconds: float
    visual_tokens: float
    text_tokens: float
    answer_tokens: float
    cached: float
    peak_memory_bytes: int
    joules: float | None


@dataclass(frozen=True)
class RunReport:
    """One run.

    Attributes
    ----------
    name: its folder's, short.
    settings: as they stand in the folder.
    items, results: its rows.
    judge: who judged, "" for nobody.
    scores, cost: what came of it.
    """

    name: str
    settings: Mapping[str, Any]
    items: Sequence[Item]
    results: Mapping[Key, Result]
    judge: str
    scores: Scores
    cost: Cost

    @property
    def title(self) -> str:
        """The data set's."""
        dataset = DATASETS.get(self.scores.dataset)
        return dataset.title if dataset else "own questions"

    @property
    def headline(self) -> str | None:
        """The measure that stands for the run."""
        return next((name for name in HEADLINES if name in self.scores.measures), None)

    @property
    def pooling(self) -> str:
        """The preset's name, or the specification."""
        spec = str(self.settings.get("spec", "?"))
        frames = self.settings.get("frames", 50)
        try:
            name = preset_name(parse_spec(spec))
        except UsageError:
            name = None
        return (name or printable(spec, 60)) + ("" if frames == 50 else f", {frames} frames")

    def mean_of_parts(self) -> float | None:
        """VCGBench's average of its five measures, over judged rows; None where one is missing."""
        values = [self.scores.measures.get(name) for name in ("CI", "DO", "CU", "TU", "CO")]
        known = [v.of_scored for v in values if v is not None and v.of_scored is not None]
        return sum(known) / 5 if len(known) == 5 else None


@dataclass(frozen=True)
class Compared:
    """The second run minus the first, by measure."""

    first: str
    second: str
    differences: Mapping[str, Difference]


@dataclass(frozen=True)
class Report:
    """Runs, in the order in which they were named, and what can be said of them together."""

    runs: tuple[RunReport, ...]
    compared: tuple[Compared, ...]

    def datasets(self) -> dict[str, str]:
        """The data sets of the runs, and their titles."""
        return {run.scores.dataset: run.title for run in self.runs}

    def published(self) -> dict[str, tuple[Published, ...]]:
        """The papers' rows for the data sets of the runs."""
        return {name: PUBLISHED[name] for name in self.datasets() if name in PUBLISHED}

    def as_json(self) -> dict[str, Any]:
        """Everything but single rows."""
        return {
            "runs": [
                {
                    "name": run.name,
                    "title": run.title,
                    "model": run.settings.get("model"),
                    "pooling": run.pooling,
                    "judge": run.judge or None,
                    "settings": dict(run.settings),
                    "scores": run.scores.as_json(),
                    "mean": run.mean_of_parts(),
                    "cost": asdict(run.cost),
                }
                for run in self.runs
            ],
            "published": {
                name: [
                    {"method": row.method, "source": row.source, "values": dict(row.values)}
                    for row in rows
                ]
                for name, rows in self.published().items()
            },
            "budgets": {
                name: [list(point) for point in BUDGETS[name]]
                for name in self.published()
                if name in BUDGETS
            },
            "differences": [
                {
                    "first": pair.first,
                    "second": pair.second,
                    "measures": {name: asdict(value) for name, value in pair.differences.items()},
                }
                for pair in self.compared
            ],
        }


def read_run(folder: RunFolder, judge: str | None = None) -> RunReport:
    """A run and its scores.

    Parameters
    ----------
    judge: whose judgements count; see `judgements_for`.

    Raises
    ------
    RunError: there is none; QuestionsError: one of its files is broken.
    """
    settings, items = folder.settings(), folder.items()
    results = folder.results(items)
    name, judgements = judgements_for(folder, items, results, judge)
    return RunReport(
        name=printable(folder.path.resolve().name, 60),
        settings=settings,
        items=items,
        results=results,
        judge=name,
        scores=score(items, results, judgements),
        cost=cost_of(items, results),
    )


def build(folders: Sequence[str | Path], judge: str | None = None) -> Report:
    """The report of these runs; runs of the same rows are compared with the first of them.

    Raises
    ------
    RunError, QuestionsError: see `read_run`.
    """
    runs = tuple(read_run(RunFolder(folder), judge) for folder in folders)
    compared = []
    first: dict[str, RunReport] = {}
    for run in runs:
        rows = str(run.settings.get("items"))
        before = first.setdefault(rows, run)
        if before is not run:
            found = compare(run.items, before.scores, run.scores)
            compared.append(Compared(before.name, run.name, found))
    return Report(runs, tuple(compared))


def cost_of(items: Sequence[Item], results: Mapping[Key, Result]) -> Cost:
    """What the answered rows took."""
    asked = {(item.dataset, item.row): len(item.questions) for item in items}
    done = [result for result in results.values() if result.ok]
    questions = sum(asked[result.key] for result in done)
    each = max(questions, 1)
    joules = [float(r.cost["joules"]) for r in done if "joules" in r.cost]
    rows = max(len(done), 1)
    read = sum(int(r.cost.get("prompt_tokens", 0)) for r in done)
    return Cost(
        questions=questions,
        encodes=sum(bool(r.cost.get("encoded")) for r in done),
        seconds=round(sum(float(r.cost.get("seconds", 0)) for r in done) / each, 3),
        visual_tokens=round(sum(r.visual_tokens for r in done) / rows, 1),
        text_tokens=round(sum(r.text_tokens for r in done) / each, 1),
        answer_tokens=round(sum(r.answer_tokens for r in done) / each, 1),
        cached=round(min(1.0, sum(r.cost.get("cached_tokens", 0) for r in done) / max(read, 1)), 4),
        peak_memory_bytes=max((int(r.cost.get("peak_memory_bytes", 0)) for r in done), default=0),
        joules=round(sum(joules) / each, 2) if joules and len(joules) == len(done) else None,
    )


def wrong_first(report: Report) -> list[str]:
    """The names of the videos, those first about which most was answered wrongly."""
    wrong: dict[str, int] = {}
    for run in report.runs:
        for item in run.items:
            value = run.scores.values[item.dataset, item.row].get(run.headline or "")
            wrong[item.video] = wrong.get(item.video, 0) + (value == 0)
    return sorted(wrong, key=lambda name: -wrong[name])


def unit(measure: str) -> str:
    """What its numbers are in."""
    return "%" if measure in SHARES else "of 5"
