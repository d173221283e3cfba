"""`sf-mlx eval score` and `eval import`: what is right, of a run or of published predictions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .eval_options import Json
from .output import write, write_json

IMPORT_EXAMPLES = """
sf-mlx eval import merge.jsonl
sf-mlx eval import merge.jsonl --questions NExT_QA.csv --json
"""


def import_files(
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
