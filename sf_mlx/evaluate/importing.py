"""Predictions that others published, in the reference's format: one object a line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sf_mlx.errors import QuestionsError, printable
from sf_mlx.evaluate.datasets import DATASETS, Dataset
from sf_mlx.evaluate.forms import form_of
from sf_mlx.evaluate.items import Item
from sf_mlx.evaluate.questions import read_questions
from sf_mlx.evaluate.results import Key, Result
from sf_mlx.evaluate.scoring import Scores, score
from sf_mlx.evaluate.tables import Row, read_rows


@dataclass(frozen=True)
class Imported:
    """A file of predictions, scored.

    Attributes
    ----------
    file: its name.
    predictions: how many it has; repeated: of a row that has one already; unknown: of rows that
        the questions do not have.
    items, results: the rows that are scored; all of the questions' where they are known.
    scores: theirs.
    """

    file: str
    predictions: int
    repeated: int
    unknown: int
    items: list[Item]
    results: dict[Key, Result]
    scores: Scores

    def as_json(self) -> dict[str, Any]:
        """What `eval import --json` prints; accuracies in per cent of the rows expected."""
        return {
            "file": self.file,
            "dataset": self.scores.dataset,
            "rows": self.scores.rows,
            "predictions": self.predictions,
            "missing": self.scores.failed,
            "repeated": self.repeated,
            "unknown": self.unknown,
            "unparsed": self.scores.unparsed,
            "accuracy": {name: round(n.value, 2) for name, n in self.scores.measures.items()},
            "by_type": {
                kind: {
                    "rows": next((number.rows for number in few.values()), 0),
                    **{name: round(number.value, 2) for name, number in few.items()},
                }
                for kind, few in self.scores.by_type.items()
            },
        }


def read_predictions(path: str | Path, questions: Sequence[list[Item]] = ()) -> Imported:
    """Read a file of predictions and score it.

    Parameters
    ----------
    questions: the rows of one or more data sets; those that the predictions are about bring types,
        videos and the rows that are missing. Without them the file alone says what was asked.

    Raises
    ------
    QuestionsError: the file is broken, or about none of the questions.
    """
    rows = read_rows(path)
    predicted = [_prediction(row, number) for number, row in enumerate(rows)]
    repeated = unknown = 0
    if questions:
        items, results, repeated, unknown = _join(predicted, questions, printable(path))
    else:
        items = [item for item, _ in predicted]
        results = {result.key: result for _, result in predicted}
    return Imported(
        printable(path), len(rows), repeated, unknown, items, results, score(items, results)
    )


def read_any_questions(files: Sequence[str | Path]) -> list[list[Item]]:
    """The rows of every file, whichever data set it is of; of a folder's, all that are known.

    Raises
    ------
    QuestionsError: a file is broken, or of no known form.
    """
    found = []
    for file in map(Path, files):
        if file.is_dir():
            there = [
                dataset
                for dataset in DATASETS.values()
                if any((file / name).is_file() for name in dataset.files)
            ]
            found += [read_questions(dataset, [file]) for dataset in there]
        else:
            found.append(read_questions(_dataset_of(file), [file]))
    return found


def _dataset_of(file: Path) -> Dataset:
    """Which data set a file of questions is of: by its usual name, otherwise by its columns."""
    named = next((d for d in DATASETS.values() if file.name in d.files), None)
    if named is None:
        plain = file.stem.lower().replace("-", "").replace("_", "")
        named = next((d for d in DATASETS.values() if d.name in plain), None)
    if named is None:
        columns = read_rows(file)[0].values.keys()
        kinds = ("choice", "open")
        named = next(
            (d for d in DATASETS.values() if d.kind in kinds and form_of(d.kind, columns)), None
        )
    if named is None:
        raise QuestionsError(f"{printable(file)}: no known form of questions")
    return named


def _prediction(row: Row, number: int) -> tuple[Item, Result]:
    """One line: what was asked, and what was answered."""
    asked = row.values.get("question")
    questions = row.texts("question") if isinstance(asked, list) else (row.text("question"),)
    answers: tuple[str, ...]
    if len(questions) == 2:
        answers = (_said(row, "pred1"), _said(row, "pred2"))
    else:
        answers = (_said(row, "pred"),)
    candidates: tuple[str, ...] = ()
    right = None
    if "candidates" in row.values:
        candidates, right = row.texts("candidates"), row.number("answer_number")
        if right >= len(candidates):
            row.wrong("answer_number", f"is {right}, and there are {len(candidates)} options")
    name = row.text("task_name") if "task_name" in row.values else ""
    dataset = _known(name)
    item = Item(
        dataset, number, row.text("id"), "", questions, row.text("answer"), candidates, right, name
    )
    return item, Result(dataset, number, "ok", answers)


def _said(row: Row, column: str) -> str:
    """A prediction; an empty one is an answer too, and a wrong one."""
    value = row.values.get(column)
    if not isinstance(value, str):
        row.wrong(column, f"is no text but {printable(value, 40)}")
    return value.encode("utf-8", "replace").decode()


def _known(task_name: str) -> str:
    """The data set that a task name stands for: NExTQA, EgoSchema …"""
    plain = task_name.lower().replace("-", "").replace("_", "")
    return plain if plain in DATASETS else "predictions"


def _join(
    predicted: list[tuple[Item, Result]], questions: Sequence[list[Item]], name: str
) -> tuple[list[Item], dict[Key, Result], int, int]:
    """Predictions to the rows that they answer: by id and question, for ids may come twice."""
    asked = {(item.id, item.questions) for item, _ in predicted}
    fitting = [sum((i.id, i.questions) in asked for i in items) for items in questions]
    items = questions[fitting.index(max(fitting))]
    if not max(fitting):
        raise QuestionsError(f"{name}: none of its ids and questions is among the questions given")
    rows = defaultdict(list)
    for item in items:
        rows[item.id, item.questions].append(item)
    results: dict[Key, Result] = {}
    repeated = unknown = 0
    for item, result in predicted:
        key = (item.id, item.questions)
        if key not in rows:
            unknown += 1
            continue
        free = [i for i in rows[key] if (i.dataset, i.row) not in results]
        if not free:
            repeated += 1
            continue
        mine = free[0]
        results[mine.dataset, mine.row] = Result(mine.dataset, mine.row, "ok", result.answers)
    return items, results, repeated, unknown
