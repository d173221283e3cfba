"""Files of questions -> items, validated: the eight data sets in every form, and one's own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sf_mlx.errors import QuestionsError, printable
from sf_mlx.evaluate.datasets import OWN, Dataset
from sf_mlx.evaluate.forms import Form, form_of, own_form
from sf_mlx.evaluate.items import Item
from sf_mlx.evaluate.tables import Row, is_object, parse_json, read_rows, read_text

# The parts of VCGBench, in the order in which their rows are counted
PARTS = ("generic", "temporal", "consistency")

_FIRST_WORD = re.compile(r"\s*(what|who|how|when|where)\b", re.IGNORECASE)


def read_questions(dataset: Dataset, files: Sequence[str | Path]) -> list[Item]:
    """The items of a published data set, in the order of its rows.

    Parameters
    ----------
    files: the file or files of questions, or the folder in which they have their usual names.

    Raises
    ------
    QuestionsError: a file is broken, not there, or of a form that is not known.
    """
    paths = _find(dataset, [Path(file) for file in files])
    if dataset.kind == "generation":
        items = _read_parts(dataset, paths)
    else:
        items = _read_pair(dataset, paths)
    if dataset.name in ("msvd", "msrvtt"):
        # As their paper does; the files' column is the video's category
        items = [replace(item, type=_first_word(item.questions[0])) for item in items]
    return [replace(item, row=row) for row, item in enumerate(items)]


def read_own(path: str | Path) -> list[Item]:
    """The items of a file of one's own: CSV or JSON Lines with at least `video` and `question`.

    Raises
    ------
    QuestionsError: the file is broken.
    """
    rows = read_rows(path)
    form = own_form(rows[0].values.keys())
    if form is None:
        raise QuestionsError(
            f"{printable(path)} has the columns {_names(rows[0])}; a file of your own needs video "
            "and question, and may have answer, candidates (or a0, a1 …), answer_number, type, id"
        )
    return [replace(_item(OWN, form, row), row=number) for number, row in enumerate(rows)]


# --- finding ---------------------------------------------------------------------------------


def _find(dataset: Dataset, files: list[Path]) -> list[Path]:
    if len(files) == 1 and files[0].is_dir():
        found = [files[0] / name for name in dataset.files if (files[0] / name).is_file()]
        if dataset.kind == "generation":
            # One form of them, not both
            published = [path for path in found if path.suffix == ".csv"]
            found = published or found
        elif dataset.name == "egoschema" and found and found[0].suffix == ".json":
            found = [found[0], files[0] / "subset_answers.json"]
        else:
            found = found[:1]
        if not found:
            raise QuestionsError(
                f"{printable(files[0])} holds no {' and no '.join(dataset.files)}; name the file "
                "of questions instead"
            )
        return found
    return files


# --- one data set of rows ---------------------------------------------------------------------


def _read_pair(dataset: Dataset, paths: list[Path]) -> list[Item]:
    if len(paths) > 2:
        raise QuestionsError(
            f"{dataset.title} comes in one file, or in one of questions and one of answers, not in "
            f"{len(paths)}"
        )
    rows = read_rows(paths[0])
    if len(paths) == 2:
        rows = _with_answers(rows, paths[1])
    form = _form(dataset, rows[0])
    return [_item(dataset.name, form, row) for row in rows]


def _form(dataset: Dataset, row: Row) -> Form:
    form = form_of(dataset.kind, row.values.keys())
    if form is None:
        raise QuestionsError(
            f"{row.file}: no known form of {dataset.title}; its columns are {_names(row)}"
        )
    if form.answer not in row.values:
        raise QuestionsError(
            f"{row.file} has no column {form.answer}: name the file of answers too, as a second "
            "--questions"
        )
    return form


def _names(row: Row) -> str:
    return printable(", ".join(name or "(no name)" for name in row.values), 120)


def _with_answers(rows: list[Row], path: Path) -> list[Row]:
    """Rows of questions with the answers of a second file."""
    if "q_uid" in rows[0].values:
        return _with_subset(rows, path)
    answers = read_rows(path)
    name = "question_id"
    if len(answers) != len(rows):
        raise QuestionsError(
            f"{printable(path)} has {len(answers):,} answers to the {len(rows):,} questions of "
            f"{rows[0].file}"
        )
    joined = []
    for row, answer in zip(rows, answers, strict=True):
        # By position, for ids may come twice; but only where they agree
        if row.text(name) != answer.text(name):
            answer.wrong(name, f"is {answer.text(name)!r}, of the question {row.text(name)!r}")
        kind = {} if "type" not in answer.values else {"question_type": answer.values["type"]}
        joined.append(
            Row(row.file, row.place, {**row.values, "answer": answer.text("answer"), **kind})
        )
    return joined


def _with_subset(rows: list[Row], path: Path) -> list[Row]:
    """EgoSchema publishes the answers to a few of its questions only; the others are left out."""
    text = read_text(path)
    answers = parse_json(text, printable(path)) if is_object(text) else None
    if not isinstance(answers, dict):
        raise QuestionsError(f"{printable(path)}: no object of q_uid and answer")
    joined = [
        Row(row.file, row.place, {**row.values, "answer": answers[row.text("q_uid")]})
        for row in rows
        if row.text("q_uid") in answers
    ]
    if not joined:
        raise QuestionsError(f"{printable(path)} answers none of the questions in {rows[0].file}")
    if len(joined) != len(answers):
        raise QuestionsError(
            f"{printable(path)} answers {len(answers):,} questions; {len(joined):,} of them are "
            f"in {rows[0].file}"
        )
    return joined


# --- VCGBench ----------------------------------------------------------------------------------


def _read_parts(dataset: Dataset, paths: list[Path]) -> list[Item]:
    by_part: dict[str, list[Path]] = {part: [] for part in PARTS}
    for path in paths:
        named = [part for part in PARTS if part in path.name.lower()]
        if len(named) != 1:
            raise QuestionsError(
                f"{printable(path)}: a file of {dataset.title} has one of "
                f"{', '.join(PARTS)} in its name"
            )
        by_part[named[0]].append(path)
    items: list[Item] = []
    for part, files in by_part.items():
        pair = len(files) == 2 and part == "consistency"
        if len(files) > 1 and not pair:
            raise QuestionsError(f"there are {len(files)} files of the part {part}")
        if not files:
            continue
        files = sorted(files, key=lambda path: path.name)
        rows = [read_rows(path) for path in files]
        form = _form(dataset, rows[0][0])
        found = [_item(dataset.name, form, row, part) for row in rows[0]]
        if pair:
            found = _paired(found, [_item(dataset.name, form, row, part) for row in rows[1]], files)
        if part == "consistency" and any(len(item.questions) != 2 for item in found):
            raise QuestionsError(
                f"{printable(files[0])} has one question a row; the part consistency needs two: "
                "name both of its files"
            )
        items += found
    return items


def _paired(first: list[Item], second: list[Item], files: list[Path]) -> list[Item]:
    """Two files of the same rows, the question asked in two ways."""
    names = " and ".join(printable(path.name, 40) for path in files)
    if len(first) != len(second):
        raise QuestionsError(f"{names} have {len(first):,} and {len(second):,} rows")
    for number, (one, other) in enumerate(zip(first, second, strict=True), 1):
        if (one.id, one.video, one.answer) != (other.id, other.video, other.answer):
            raise QuestionsError(f"{names}: row {number} is about {one.id} and {other.id}")
    return [
        replace(one, questions=one.questions + other.questions)
        for one, other in zip(first, second, strict=True)
    ]


# --- one row -----------------------------------------------------------------------------------


def _item(dataset: str, form: Form, row: Row, part: str = "") -> Item:
    """An item from a row, its number in the data set still 0.

    Raises
    ------
    QuestionsError: something is missing or contradicts itself; row and column are named.
    """
    questions: tuple[str, ...]
    if part == "consistency" and isinstance(row.values[form.question[0]], list):
        questions = row.texts(form.question[0])
    else:
        questions = tuple(row.text(column) for column in form.question)
    candidates = form.candidates(row)
    video = row.text(form.video)
    if form.numbered and video.isdecimal():
        video = form.numbered + video
    own = dataset == OWN
    asked = row.text(form.id) if _has(row, form.id) else row.place
    answer, number = "", None
    if candidates:
        answer, number = _right_option(form, row, candidates, own)
    elif not own or _has(row, form.answer):
        answer = row.text(form.answer)
    kind = row.text(form.type) if _has(row, form.type) else ""
    return Item(dataset, 0, asked, video, questions, answer, candidates, number, kind, part)


def _has(row: Row, column: str) -> bool:
    return column != "" and row.values.get(column) not in (None, "")


def _right_option(
    form: Form, row: Row, candidates: tuple[str, ...], own: bool
) -> tuple[str, int | None]:
    """The right option's text and number; both where the file says both, and then they agree."""
    if len(candidates) < 2:
        row.wrong(form.options, f"has {len(candidates)} options")
    column = form.answer if form.by_number else form.number
    if form.by_number or _has(row, column):
        number = row.number(column)
        if number >= len(candidates):
            row.wrong(column, f"is {number}, and there are {len(candidates)} options from 0")
        answer = candidates[number]
        if not form.by_number and _has(row, form.answer) and row.text(form.answer) != answer:
            row.wrong(form.answer, f"is not option {number}, which {column} says")
        return answer, number
    if own and not _has(row, form.answer):
        return "", None
    answer = row.text(form.answer)
    where = [number for number, text in enumerate(candidates) if text == answer]
    if len(where) != 1:
        found = "none" if not where else f"{len(where)}"
        row.wrong(form.answer, f"is {found} of the options; say which in {form.number}")
    return answer, where[0]


def _first_word(question: str) -> str:
    match = _FIRST_WORD.match(question)
    return match[1].lower() if match else "other"
