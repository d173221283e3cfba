"""A report as one HTML file that needs nothing else: plots, tables, a browser of single rows."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from sf_mlx.evaluate.datasets import DATASETS
from sf_mlx.evaluate.paper import BUDGETS
from sf_mlx.evaluate.plots import Bar, Dot, Line, bars, budget
from sf_mlx.evaluate.report import Report, RunReport, unit
from sf_mlx.evaluate.report_text import notes, tables
from sf_mlx.evaluate.scoring import SHARES, Number

# Rows whose videos are shown in the browser, at most; each has some 20 kB of pictures
MOST_PICTURES = 200

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def page(report: Report, pictures: Mapping[str, str] | None = None) -> str:
    """The page.

    Parameters
    ----------
    pictures: frames of videos as data addresses, by the name that the rows have of the video.
    """
    style, script = (files("sf_mlx.evaluate").joinpath(f"page.{kind}") for kind in ("css", "js"))
    sections = [_section(report, dataset, title) for dataset, title in report.datasets().items()]
    said = "".join(f"<p>{html.escape(line)}</p>" for line in notes(report).splitlines())
    rows = _embedded({"runs": [_rows_of(run) for run in report.runs], "pictures": pictures or {}})
    titles = ", ".join(report.datasets().values())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>sf-mlx: {html.escape(titles)}</title>"
        f"<style>{style.read_text(encoding='utf-8')}</style></head><body><main>"
        f"<h1>{html.escape(titles)}</h1>{_legend(report)}{''.join(sections)}"
        f'<section class="notes">{said}</section>{_BROWSER}</main>'
        f'<script type="application/json" id="rows">{rows}</script>'
        f"<script>{script.read_text(encoding='utf-8')}</script></body></html>\n"
    )


_BROWSER = """<section id="browser"><h2>Rows</h2><form>
<label>Run <select name="run"></select></label>
<label>Show <select name="show"><option value="wrong">wrong</option><option value="all">all</option>
<option value="right">right</option><option value="failed">without an answer</option>
</select></label>
<label>Type <select name="type"><option value="">all</option></select></label>
<label>Contains <input name="text" type="search"></label>
<output name="count"></output></form><ol id="list"></ol>
<p class="more"><button type="button" id="more">Show more</button></p></section>"""


def _legend(report: Report) -> str:
    items = [
        f'<li><span class="key s{number % 6}"></span>{html.escape(run.name)} '
        f"<small>{html.escape(str(run.settings.get('model', '')))}, {html.escape(run.pooling)}"
        "</small></li>"
        for number, run in enumerate(report.runs)
    ]
    return f'<ul class="legend">{"".join(items)}</ul>'


def _section(report: Report, dataset: str, title: str) -> str:
    numbered = [(n, run) for n, run in enumerate(report.runs) if run.scores.dataset == dataset]
    drawn = "".join(
        f"<figure><figcaption>{html.escape(name)}</figcaption>{svg}</figure>"
        for name, svg in _plots(report, dataset, numbered)
    )
    shown = "".join(
        # Long, and drawn above already
        f"<details><summary>{html.escape(name)}</summary>{_table(rows)}</details>"
        if name.endswith("by type")
        else f"<h3>{html.escape(name)}</h3>{_table(rows)}"
        for name, rows in tables(report, dataset)
    )
    heading = f"<h2>{html.escape(title)}</h2>" if len(report.datasets()) > 1 else ""
    return f'<section>{heading}<div class="plots">{drawn}</div>{shown}</section>'


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = ([html.escape(cell) for cell in row] for row in rows)
    lines = [f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in body]
    top = "".join(f"<th>{cell}</th>" for cell in head)
    return (
        f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{"".join(lines)}</tbody>'
        "</table></div>"
    )


# --- plots ---------------------------------------------------------------------------------------


def _plots(
    report: Report, dataset: str, runs: Sequence[tuple[int, RunReport]]
) -> list[tuple[str, str]]:
    """What is drawn of a data set, with a caption each."""
    measure = next((run.headline for _, run in runs if run.headline), None)
    if measure is None:
        return []
    found = []
    top = 100.0 if measure in SHARES else 5.0
    lines = [
        Line(row.method, value)
        for row in report.published().get(dataset, ())
        if (value := row.value(measure)) is not None
    ]
    said = f"{measure}, {unit(measure)}"
    if measure in SHARES:
        names, values = _by_kind(dataset, [run for _, run in runs], measure)
    else:
        names = ["CI", "DO", "CU", "TU", "CO"]
        values = [[_bar(run.scores.measures.get(name)) for name in names] for _, run in runs]
        lines, said = [], "score of 5"
    drawn = bars(names, [run.name for _, run in runs], values, lines, top, said)
    found.append((f"By type of question: {said}" if len(names) > 1 else said, drawn))
    dots = [
        Dot(run.name, run.cost.visual_tokens, bar, number)
        for number, run in runs
        if (bar := _bar(run.scores.measures.get(measure))) and run.cost.visual_tokens
    ]
    if dots and measure in ("strict", "likelihood", "judge"):
        dots += [
            Dot(name, tokens, Bar(value, value, value), None)
            for name, tokens, value in BUDGETS.get(dataset, ())
        ]
    if dots:
        found.append((f"Token budget against {said}", budget(dots, top, said)))
    return found


def _by_kind(
    dataset: str, runs: Sequence[RunReport], measure: str
) -> tuple[list[str], list[list[Bar | None]]]:
    """All rows, and each type where there are several: names, and each run's values."""
    kinds = list(dict.fromkeys(kind for run in runs for kind in run.scores.by_type))
    kinds = kinds if len(kinds) > 1 else []
    titles = DATASETS[dataset].types if dataset in DATASETS else {}
    values = [
        [
            _bar(run.scores.measures.get(measure)),
            *(_bar(run.scores.by_type.get(kind, {}).get(measure)) for kind in kinds),
        ]
        for run in runs
    ]
    return ["all", *(titles.get(kind, kind) for kind in kinds)], values


def _bar(value: Number | None) -> Bar | None:
    return None if value is None else Bar(value.value, value.low, value.high)


# --- rows ----------------------------------------------------------------------------------------


def _rows_of(run: RunReport) -> dict[str, Any]:
    """The rows of a run for the browser: short names, for there may be many thousands."""
    measure = run.headline
    rows = []
    for item in run.items:
        result = run.results.get((item.dataset, item.row))
        value = run.scores.values[item.dataset, item.row].get(measure or "")
        rows.append(
            {
                "n": item.row,
                "v": item.video,
                "t": item.part or item.type,
                "q": item.questions,
                "o": item.candidates,
                "a": item.answer,
                "r": item.answer_number,
                "p": result.answers if result else (),
                "c": result.option if result else None,
                "s": result.status if result else "pending",
                "e": result.error if result else "",
                "w": value,
            }
        )
    return {"name": run.name, "measure": measure, "share": measure in SHARES, "rows": rows}


def _embedded(value: Any) -> str:
    """JSON that cannot end the element that it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
