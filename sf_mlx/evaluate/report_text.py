"""A report as text: for a terminal, as Markdown, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence, Set

from sf_mlx.errors import printable
from sf_mlx.evaluate.datasets import DATASETS
from sf_mlx.evaluate.report import Report, RunReport, unit
from sf_mlx.evaluate.results import STATUSES
from sf_mlx.evaluate.scoring import Number

_DASH = "–"


def terminal(report: Report) -> str:
    """Tables of aligned columns."""
    return "\n".join(_parts(report, _aligned, lambda title: f"{title}\n"))


def markdown(report: Report) -> str:
    """Tables of Markdown."""
    return "\n".join(_parts(report, _piped, lambda title: f"### {title}\n"))


def _parts(
    report: Report, table: Callable[[list[list[str]]], str], heading: Callable[[str], str]
) -> Iterator[str]:
    for dataset, title in report.datasets().items():
        yield heading(title)
        for name, rows in tables(report, dataset):
            if name != "Scores":
                yield heading(name)
            yield table(rows)
    yield notes(report)


def tables(report: Report, dataset: str) -> list[tuple[str, list[list[str]]]]:
    """The tables of one data set's runs, each with its title; the first row is the header."""
    runs = [run for run in report.runs if run.scores.dataset == dataset]
    found = [("Scores", _numbers(report, dataset, runs))]
    failures = _failures(runs)
    if len(failures) > 1:
        found.append(("Rows without an answer count as wrong", failures))
    for run in runs:
        kinds = _by_type(run)
        if len(kinds) > 2:
            found.append((f"{run.name} by type", kinds))
    names = {run.name for run in runs}
    differences = _differences(report, names)
    if len(differences) > 1:
        found.append(("Differences, row by row", differences))
    found.append(("Cost of a question", _cost(runs)))
    return found


def number(value: Number | None) -> str:
    """A value with its interval."""
    if value is None:
        return _DASH
    return f"{value.value:.2f} [{value.low:.2f}, {value.high:.2f}]"


def _numbers(report: Report, dataset: str, runs: Sequence[RunReport]) -> list[list[str]]:
    names = list(dict.fromkeys(name for run in runs for name in run.scores.measures))
    means = [run.mean_of_parts() for run in runs]
    more = ["mean (of 5)"] if any(mean is not None for mean in means) else []
    rows = [["run", "pooling", "visual tokens", "rows", "answered", *map(_titled, names), *more]]
    for run, mean in zip(runs, means, strict=True):
        scores = run.scores
        shown = [_with_scored(scores.measures.get(name)) for name in names]
        if more:
            shown.append(_DASH if mean is None else f"{mean:.2f}")
        tokens = f"{run.cost.visual_tokens:,.0f}" if run.cost.questions else _DASH
        rows.append(
            [
                run.name,
                run.pooling,
                tokens,
                f"{scores.rows:,}",
                f"{scores.statuses['ok']:,}",
                *shown,
            ]
        )
    for row in report.published().get(dataset, ()):
        values = [row.value(name) for name in (*names, *(["mean"] if more else []))]
        if any(value is not None for value in values):
            cells = [_DASH if value is None else f"{value:g}" for value in values]
            rows.append([row.method, row.source, _DASH, _DASH, _DASH, *cells])
    return rows


def _titled(measure: str) -> str:
    return f"{measure} ({unit(measure)})"


def _with_scored(value: Number | None) -> str:
    """The value of all rows, and of the scored ones where they are fewer."""
    if value is None or value.of_scored is None or value.scored == value.rows:
        return number(value)
    return f"{number(value)}; {value.of_scored:.2f} of {value.scored:,} scored"


def _failures(runs: Sequence[RunReport]) -> list[list[str]]:
    names = [*STATUSES[1:], "pending"]
    rows = [["run", *names, "no letter"]]
    for run in runs:
        counts = [run.scores.statuses[name] for name in names]
        if any(counts) or run.scores.unparsed:
            rows.append([run.name, *map(str, counts), str(run.scores.unparsed)])
    return rows


def _by_type(run: RunReport) -> list[list[str]]:
    names = list(run.scores.measures)
    dataset = DATASETS.get(run.scores.dataset)
    titles = dataset.types if dataset else {}
    rows = [["type", "rows", *map(_titled, names)]]
    for parts in (run.scores.by_type, run.scores.by_group):
        for kind, few in parts.items():
            title = titles.get(kind)
            shown = printable(f"{kind} ({title})" if title and title != kind else kind, 40)
            count = max((value.rows for value in few.values()), default=0)
            rows.append([shown, f"{count:,}", *(number(few.get(name)) for name in names)])
    return rows


def _cost(runs: Sequence[RunReport]) -> list[list[str]]:
    rows = [
        ["run", "questions", "videos seen", "encodes saved", "s", "text tokens", "answer tokens",
         "read before", "peak memory", "J"]
    ]  # fmt: skip
    for run in runs:
        cost = run.cost
        rows.append(
            [
                run.name,
                f"{cost.questions:,}",
                f"{cost.encodes:,}",
                f"{cost.questions - cost.encodes:,}",
                f"{cost.seconds:.2f}",
                f"{cost.text_tokens:.0f}",
                f"{cost.answer_tokens:.0f}",
                f"{100 * cost.cached:.0f} %",
                f"{cost.peak_memory_bytes / 2**30:.1f} GiB",
                _DASH if cost.joules is None else f"{cost.joules:.1f}",
            ]
        )
    return rows


def _differences(report: Report, names: Set[str]) -> list[list[str]]:
    rows = [["run", "against", "measure", "difference", "gained", "lost", "p"]]
    for pair in report.compared:
        if pair.second not in names:
            continue
        for name, value in pair.differences.items():
            rows.append(
                [
                    pair.second,
                    pair.first,
                    name,
                    f"{value.value:+.2f} [{value.low:+.2f}, {value.high:+.2f}]",
                    f"{value.gained:,}",
                    f"{value.lost:,}",
                    f"{value.p:.2g}",
                ]
            )
    return rows


def notes(report: Report) -> str:
    """What to know of the numbers."""
    judges = sorted({run.judge for run in report.runs if run.judge})
    said = [
        "Values are of all rows expected, with 95 % intervals: Wilson's for per cents, drawn by "
        "video for scores and differences; p is McNemar's.",
        "strict: the answer opens with its letter; upstream: the reference's letter rule; "
        "upstream_script: with the step that its script has besides.",
    ]
    if judges:
        said.append(
            f"Judged by {', '.join(judges)}. The papers' judge was gpt-3.5-turbo-0125; another "
            "judge moves such numbers by several points."
        )
    for run in report.runs:
        dataset = DATASETS.get(run.scores.dataset)
        if dataset and run.scores.rows != dataset.rows:
            said.append(
                f"{run.name} has {run.scores.rows:,} rows, the published {dataset.title} "
                f"{dataset.rows:,}: its numbers cannot be set beside the papers'."
            )
    if any(run.scores.statuses["pending"] for run in report.runs):
        said.append("A run with pending rows is not finished: its values will rise.")
    return "\n".join(said) + "\n"


def _aligned(rows: list[list[str]]) -> str:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _piped(rows: list[list[str]]) -> str:
    safe = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in safe]
    lines.insert(1, "|---" * len(rows[0]) + "|")
    return "\n".join(lines) + "\n"


def as_csv(report: Report) -> str:
    """One line for each run, measure and type of question."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["run", "dataset", "pooling", "type", "measure", "rows", "scored", "value", "low", "high",
         "of_scored"]
    )  # fmt: skip
    for run in report.runs:
        scores = run.scores
        for kind, few in (("all", scores.measures), *scores.by_type.items()):
            for name, value in few.items():
                numbers = value.as_json()
                cells = [numbers[key] for key in ("rows", "scored", "value", "low", "high")]
                of_scored = "" if value.of_scored is None else numbers["of_scored"]
                row = [_no_formula(run.name), scores.dataset, run.pooling, _no_formula(kind), name]
                writer.writerow([*row, *cells, of_scored])
    return out.getvalue()


def _no_formula(text: str) -> str:
    """A spreadsheet runs what begins so."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
