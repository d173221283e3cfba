"""`sf-mlx eval score` and `eval import`: what is right, of a run or of published predictions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .eval_options import Json, Quiet
from .output import note, write, write_json

if TYPE_CHECKING:
    from sf_mlx.evaluate.scoring import Number

SCORE_EXAMPLES = """
sf-mlx eval score nextqa-7b
sf-mlx eval score msvd-7b --judge https://api.openai.com/v1 --judge-model gpt-3.5-turbo-0125
sf-mlx eval score msvd-7b --judge mlx:Qwen2.5-7B-Instruct-4bit
"""


def score(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder.")],
    judge: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Let a model judge: an OpenAI-compatible address up to /v1, or mlx:PATH. "
            "Questions and answers are sent there.",
        ),
    ] = None,
    judge_model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Which model judges, or whose judgements count."),
    ] = None,
    judge_tasks: Annotated[
        int, typer.Option(metavar="N", help="Requests to the judge at a time.")
    ] = 8,
    json_output: Json = False,
    quiet: Quiet = False,
) -> None:
    """Score a run, and write scores.json beside it; needs no model, and can be done again.

    The judge's key comes from SF_MLX_JUDGE_KEY or OPENAI_API_KEY. What a judge said is kept; the
    same command asks only for what is missing.
    """
    from .output import errors_as_json

    with errors_as_json(json_output):
        from sf_mlx.evaluate.folder import RunFolder
        from sf_mlx.evaluate.judge import judge_run
        from sf_mlx.evaluate.judges import find_judge
        from sf_mlx.evaluate.report import Report, read_run
        from sf_mlx.evaluate.report_text import terminal

        from .progress import Bar

        folder = RunFolder(run)
        who = judge_model
        if judge is not None:
            items = folder.items()
            with Bar(shown=not quiet) as bar:
                bar.say("Asking the judge")
                asked = find_judge(judge, judge_model, judge_tasks)
                judge_run(folder, items, folder.results(items), asked, bar.update)
            who = asked.name
        found = read_run(folder, who)
        scores = {"judge": found.judge or None, **found.scores.as_json()}
        folder.write("scores.json", json.dumps(scores, indent=1, ensure_ascii=False) + "\n")
        if json_output:
            write_json(scores)
        else:
            write(terminal(Report((found,), ())))
        if judge is not None:
            _say_unjudged(found.scores.measures)


def _say_unjudged(measures: Mapping[str, Number]) -> None:
    few = [number for name, number in measures.items() if name in _JUDGED]
    missing = sum(number.rows - number.scored for number in few)
    if missing:
        note(f"sf-mlx: {missing:,} judgements are missing; the same command asks for them again")


# Measures that take one request each
_JUDGED = ("judge", "CI", "DO", "CU", "TU", "CO")

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
        from sf_mlx.errors import printable
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
            for name, few in found["by_type"].items():
                kind = printable(name, 40)
                numbers = ", ".join(f"{n} {v:.2f}" for n, v in few.items() if n != "rows")
                write(f"    {kind:<10} {few['rows']:>6,} rows: {numbers}\n")
