"""`sf-mlx eval report`: numbers beside the paper's, as text or as a page."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .eval_options import Mapping as MappingFile
from .output import note, write, write_json

if TYPE_CHECKING:
    from sf_mlx.evaluate.report import Report

    from .progress import Bar

EXAMPLES = """
sf-mlx eval report nextqa-7b
sf-mlx eval report default light fast --html nextqa.html --videos NExTVideo
sf-mlx eval report nextqa-7b --format markdown
"""


class Format(StrEnum):
    """How a report is printed."""

    terminal = "terminal"
    markdown = "markdown"
    json = "json"
    csv = "csv"


def report(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="Folders of runs; others are compared to the first."),
    ],
    format_: Annotated[
        Format,
        typer.Option("--format", metavar="FORM", help="terminal, markdown, json or csv."),
    ] = Format.terminal,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write one page with plots and single rows."),
    ] = None,
    videos: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Show frames of the videos of wrong answers in the page."),
    ] = None,
    mapping: MappingFile = None,
    judge_model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Whose judgements count, where several judged."),
    ] = None,
) -> None:
    """Report runs beside the paper's numbers: scores, types, differences, cost."""
    from sf_mlx.errors import UsageError
    from sf_mlx.evaluate.report import build
    from sf_mlx.evaluate.report_text import as_csv, markdown, terminal

    from .progress import Bar

    if videos is not None and html is None:
        raise UsageError("--videos shows frames in the page: give --html too")
    made = build(runs, judge_model)
    if html is not None:
        with Bar(shown=True) as bar:
            _write_page(made, html, _pictures(made, videos, mapping, bar))
        note(f"sf-mlx: {html} written")
    if format_ is Format.json:
        write_json(made.as_json())
    else:
        text = {Format.terminal: terminal, Format.markdown: markdown, Format.csv: as_csv}
        write(text[format_](made))


def _write_page(made: Report, target: Path, pictures: Mapping[str, str]) -> None:
    from sf_mlx.evaluate.page import page
    from sf_mlx.whole_file import write_whole

    write_whole(target, page(made, pictures).encode("utf-8", "replace"))


def _pictures(made: Report, folder: Path | None, mapping: Path | None, bar: Bar) -> dict[str, str]:
    """Frames of the videos whose rows are looked at first: those that were answered wrongly."""
    if folder is None:
        return {}
    from sf_mlx.evaluate.page import MOST_PICTURES
    from sf_mlx.evaluate.report import wrong_first
    from sf_mlx.evaluate.thumbnails import strip
    from sf_mlx.evaluate.videos import find_videos

    where = find_videos(folder, mapping)
    names = wrong_first(made)[:MOST_PICTURES]
    found = {}
    for number, name in enumerate(names):
        bar.update("Frames for the page", number, len(names))
        paths = where.find(name)
        picture = strip(paths[0]) if paths else ""
        if picture:
            found[name] = picture
    return found
