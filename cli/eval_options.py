"""What the commands of `sf-mlx eval` are given alike: a data set and its videos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sf_mlx.evaluate.datasets import Dataset
    from sf_mlx.evaluate.items import Item

WHAT = "The data set"

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

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress.")]


def read_items(
    dataset: str | None, own: Path | None, questions: list[Path] | None
) -> tuple[Dataset | None, list[Item]]:
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
