"""`sf-mlx eval list` and `eval check`: what there is, and what a run would meet."""

from __future__ import annotations

from typing import Annotated

import typer

from . import options
from .arguments import named_pooling
from .eval_options import Json, Mapping, Name, Own, Questions, Quiet, VideoFolder, read_items
from .output import note, write, write_json

LIST_EXAMPLES = """
sf-mlx eval list
sf-mlx eval list --json
"""
CHECK_EXAMPLES = """
sf-mlx eval check nextqa --questions NExT_QA.csv --videos NExTVideo
sf-mlx eval check egoschema --questions IG-VLM/data --videos clips -m llava-7b
sf-mlx eval check --dataset mine.csv --videos clips
"""


def list_datasets(json_output: Json = False) -> None:
    """Show the data sets: their sizes and metrics, where questions and videos are, licences."""
    from sf_mlx.evaluate.datasets import DATASETS

    if json_output:
        for each in DATASETS.values():
            write_json(
                {
                    "name": each.name,
                    "title": each.title,
                    "metric": each.metric,
                    "rows": each.rows,
                    "videos": each.videos,
                    "split": each.split,
                    "questions": each.questions,
                    "videos_from": each.source,
                    "licence": each.licence,
                    "files": list(each.files),
                    "types": dict(each.types),
                }
            )
        return
    for each in DATASETS.values():
        write(
            f"{each.name:<12} {each.title}: {each.rows:,} rows, {each.videos:,} videos "
            f"({each.split})\n"
            f"  metric     {each.metric}\n"
            f"  questions  {', '.join(each.files[:4])}: {each.questions}\n"
            f"  videos     {each.source}\n"
            f"  licence    {each.licence}\n"
        )


def check(
    videos: VideoFolder,
    dataset: Name = None,
    own: Own = None,
    questions: Questions = None,
    mapping: Mapping = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            help="Estimate time and memory for this model.",
            rich_help_panel=options.WHAT,
        ),
    ] = None,
    preset: options.Preset = None,
    spec: options.Spec = None,
    frames: options.Frames = None,
    json_output: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say before a run what it would meet: rows, videos missing and unreadable, tokens, time.

    Reads the questions and the headers of the videos; decodes nothing.
    """
    from .output import errors_as_json

    with errors_as_json(json_output):
        from sf_mlx.evaluate.check import PAPER_PATCHES, check_rows, check_videos, lines, title_of
        from sf_mlx.evaluate.videos import find_videos

        from .progress import Bar

        found, items = read_items(dataset, own, questions)
        pooling = named_pooling(preset, spec, frames)
        checked = check_rows(items, found, title_of(found, own))
        patches = PAPER_PATCHES
        if model is not None:
            from sf_mlx.evaluate.estimate import patches_of
            from sf_mlx.loading import find_model

            folder = find_model(model)
            patches = patches_of(folder)
        with Bar(shown=not quiet) as bar:
            bar.say("Looking for the videos")
            where = find_videos(videos, mapping)
            check_videos(checked, items, where, pooling, patches, bar.update)
        cost = None
        if model is not None and checked.found:
            from sf_mlx.evaluate.estimate import estimate

            cost = estimate(folder, checked)
        if json_output:
            extra = {} if cost is None else {"estimate": cost.as_json()}
            write_json({**checked.as_json(), **extra})
            return
        write("\n".join(lines(checked)) + "\n")
        if cost is not None:
            write(cost.line() + "\n")
        if not checked.is_ready:
            note("sf-mlx: rows without a readable video will be recorded as such, and count")
