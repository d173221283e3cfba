"""`sf-mlx eval`: the paper's benchmarks; one function for each of its commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import help
from .output import note, write, write_json

if TYPE_CHECKING:
    from sf_mlx.evaluate.datasets import Dataset as DataSet
    from sf_mlx.evaluate.items import Item
    from sf_mlx.slowfast import Aggregation

EXAMPLES = """
sf-mlx eval list
sf-mlx eval check nextqa --questions NExT_QA.csv --videos NExTVideo
"""

app = typer.Typer(
    name="eval",
    cls=help.Group,
    help="Run the paper's benchmarks, or your own questions, and report them.",
    epilog=EXAMPLES,
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

WHAT, TOKENS = "The data set", "What is kept of the frames"

Name = Annotated[
    str | None,
    typer.Argument(metavar="DATASET", help="One of those that sf-mlx eval list shows."),
]
Own = Annotated[
    Path | None,
    typer.Option(
        "--dataset",
        metavar="FILE",
        help="Instead of DATASET: a CSV or JSON Lines file of your own, with video and question.",
        rich_help_panel=WHAT,
    ),
]
Questions = Annotated[
    list[Path] | None,
    typer.Option(
        "--questions",
        metavar="FILE",
        help="The published questions, or their folder; repeat it for a second file.",
        rich_help_panel=WHAT,
    ),
]
VideoFolder = Annotated[
    Path,
    typer.Option(metavar="DIR", help="The videos; sub-folders are searched.", rich_help_panel=WHAT),
]
Mapping = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Which file a name stands for: JSON, or two columns.",
        rich_help_panel=WHAT,
    ),
]
Preset = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Pooling by name: default, fast, light or detail.",
        rich_help_panel=TOKENS,
    ),
]
Spec = Annotated[
    str | None,
    typer.Option(
        metavar="SPEC",
        help="Pooling in the notation of the paper's code.",
        rich_help_panel=TOKENS,
    ),
]
Frames = Annotated[
    int | None,
    typer.Option(metavar="N", help="Frames to sample, evenly; 50.", rich_help_panel=TOKENS),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]

LIST_EXAMPLES = """
sf-mlx eval list
sf-mlx eval list --json
"""
CHECK_EXAMPLES = """
sf-mlx eval check nextqa --questions NExT_QA.csv --videos NExTVideo
sf-mlx eval check egoschema --questions IG-VLM/data --videos clips -m llava-7b
sf-mlx eval check --dataset mine.csv --videos clips
"""


@app.command("list", cls=help.Page, epilog=LIST_EXAMPLES)
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


@app.command(cls=help.Page, epilog=CHECK_EXAMPLES)
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
            rich_help_panel=TOKENS,
        ),
    ] = None,
    preset: Preset = None,
    spec: Spec = None,
    frames: Frames = None,
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
        pooling = pooling_of(preset, spec, frames)
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


IMPORT_EXAMPLES = """
sf-mlx eval import merge.jsonl
sf-mlx eval import merge.jsonl --questions NExT_QA.csv --json
"""


@app.command("import", cls=help.Page, epilog=IMPORT_EXAMPLES)
def import_predictions(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Predictions as the paper's code writes them: JSON Lines."
        ),
    ],
    questions: Annotated[
        list[Path] | None,
        typer.Option(
            "--questions",
            metavar="FILE",
            help="The questions, or their folder: for types, videos and rows that are missing.",
        ),
    ] = None,
    json_output: Json = False,
) -> None:
    """Score predictions that others published in the format of the paper's code."""
    from .output import errors_as_json

    with errors_as_json(json_output):
        from sf_mlx.evaluate.importing import read_any_questions, read_predictions

        asked = read_any_questions(questions or [])
        for file in files:
            found = read_predictions(file, asked).as_json()
            if json_output:
                write_json(found)
                continue
            write(f"{found['file']}: {found['rows']:,} rows\n")
            for word in ("missing", "repeated", "unknown", "unparsed"):
                if found[word]:
                    write(f"  {word:<12} {found[word]:,}\n")
            for name, value in found["accuracy"].items():
                write(f"  {name:<12} {value:.2f} %\n")
            for kind, few in found["by_type"].items():
                numbers = ", ".join(f"{n} {v:.2f}" for n, v in few.items() if n != "rows")
                write(f"    {kind:<10} {few['rows']:>6,} rows: {numbers}\n")


def read_items(
    dataset: str | None, own: Path | None, questions: list[Path] | None
) -> tuple[DataSet | None, list[Item]]:
    """The data set that was named, None for a file of one's own, and its rows.

    Raises
    ------
    UsageError: neither or both are named, or no questions.
    QuestionsError: the questions are broken.
    """
    from sf_mlx.errors import UsageError
    from sf_mlx.evaluate.datasets import find_dataset
    from sf_mlx.evaluate.questions import read_own, read_questions

    if (dataset is None) == (own is None):
        raise UsageError(
            "name one data set: one of those that sf-mlx eval list shows, or a file of your own "
            "with --dataset"
        )
    if own is not None:
        if questions:
            raise UsageError("--dataset holds the questions already; leave --questions out")
        return None, read_own(own)
    found = find_dataset(dataset or "")
    if not questions:
        raise UsageError(
            f"say where the questions are: --questions {found.files[0]} ({found.questions})"
        )
    return found, read_questions(found, questions)


def pooling_of(preset: str | None, spec: str | None, frames: int | None) -> Aggregation:
    """The pooling that was asked for.

    Raises
    ------
    UsageError: two are, or one that means nothing.
    """
    from sf_mlx.errors import UsageError
    from sf_mlx.slowfast import parse_spec
    from sf_mlx.slowfast import preset as find_preset

    if preset is not None and spec is not None:
        raise UsageError("give --preset or --spec, not both")
    count = 50 if frames is None else frames
    if spec is not None:
        return parse_spec(spec, count)
    return find_preset("default" if preset is None else preset, count)
