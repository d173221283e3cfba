"""Files of rows from outside: CSV, TSV, JSON and JSON Lines; a row knows its place in the file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from sf_mlx.errors import QuestionsError, printable

# Bytes; the largest published file of questions has 1.5 MB, of predictions some 20
_LARGEST_FILE = 1 << 28


@dataclass(frozen=True)
class Row:
    """One row of a file.

    Attributes
    ----------
    file: the file's name, for messages.
    place: where in it, as a reader of the file finds it: "line 12" or "element 3".
    values: by column.
    """

    file: str
    place: str
    values: Mapping[str, Any]

    def wrong(self, column: str, what: str) -> NoReturn:
        """Raise a QuestionsError that names file, row and column."""
        raise QuestionsError(f"{self.file}, {self.place}, column {printable(column, 40)}: {what}")

    def text(self, column: str) -> str:
        """The text in a column, numbers written out.

        Raises
        ------
        QuestionsError: there is none, or something else.
        """
        value = self.values.get(column)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if value is None or (isinstance(value, str) and not value.strip()):
            self.wrong(column, "is empty")
        if not isinstance(value, str):
            self.wrong(column, f"is no text but {printable(value, 40)}")
        return self._whole(column, value)

    def number(self, column: str) -> int:
        """The whole number in a column, from 0.

        Raises
        ------
        QuestionsError: there is none.
        """
        value = self.values.get(column)
        if isinstance(value, str) and value.strip().isdecimal() and len(value) < 10:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self.wrong(column, f"is no whole number from 0 but {printable(value, 40)!r}")
        return value

    def texts(self, column: str) -> tuple[str, ...]:
        """The list of texts in a column.

        Raises
        ------
        QuestionsError: there is no list, or something else is in it.
        """
        value = self.values.get(column)
        if not isinstance(value, list) or not all(
            isinstance(text, str) and text.strip() for text in value
        ):
            self.wrong(column, f"is no list of texts but {printable(value, 40)}")
        return tuple(self._whole(column, text) for text in value)

    def _whole(self, column: str, text: str) -> str:
        """A text that can be written: JSON may hold halves of characters."""
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            self.wrong(column, "holds half a character (a lone surrogate)")
        return text


def read_text(path: str | Path) -> str:
    """A file's text.

    Raises
    ------
    QuestionsError: it cannot be read, is too large, or is no UTF-8.
    """
    name = printable(path)
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise QuestionsError(f"{name} cannot be read: {why}") from None
    if len(data) > _LARGEST_FILE:
        raise QuestionsError(f"{name} is larger than {_LARGEST_FILE >> 20} MB: no file of rows")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise QuestionsError(f"{name}, line {line}: not UTF-8; save the file as UTF-8") from None


def read_rows(path: str | Path) -> list[Row]:
    """Every row of a file, whatever it is called: a JSON list, JSON Lines, or CSV with a header.

    Raises
    ------
    QuestionsError: the file is broken; the row is named. Also where it has no row.
    """
    text, name = read_text(path), printable(path)
    start = text.lstrip()[:1]
    if start == "[":
        rows = list(_from_list(parse_json(text, name), name))
    elif start == "{":
        rows = list(_from_lines(text, name))
    else:
        rows = list(_from_csv(text, name))
    if not rows:
        raise QuestionsError(f"{name} has no rows")
    return rows


def parse_json(text: str, where: str) -> Any:
    """Strict JSON: no NaN, and nothing that would take the interpreter down.

    Raises
    ------
    QuestionsError: it is none; `where` is named.
    """
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        spot = f", line {error.lineno}" if text.count("\n") else ""
        raise QuestionsError(f"{where}{spot}: no JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise QuestionsError(f"{where}: no JSON that can be read: {error}") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def is_object(text: str) -> bool:
    """Whether a text is one JSON object (pretty-printed or not), and not one a line."""
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _from_list(values: Iterable[Any], name: str) -> Iterator[Row]:
    for number, value in enumerate(values, 1):
        yield _row(value, name, f"element {number}")


def _from_lines(text: str, name: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            place = f"line {number}"
            yield _row(parse_json(line, f"{name}, {place}"), name, place)


def _row(value: Any, name: str, place: str) -> Row:
    if not isinstance(value, dict):
        raise QuestionsError(f"{name}, {place}: no object but {printable(value, 40)}")
    return Row(name, place, value)


def _from_csv(text: str, name: str) -> Iterator[Row]:
    head = text.split("\n", 1)[0]
    delimiter = "\t" if head.count("\t") > head.count(",") else ","
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] | None = None
    begin = 1
    try:
        for cells in lines:
            place, begin = f"line {begin}", lines.line_num + 1
            if columns is None:
                columns = _columns(cells, name)
            elif len(cells) != len(columns):
                if cells:  # blank lines are nothing
                    raise QuestionsError(
                        f"{name}, {place}: {len(cells)} cells where the header has {len(columns)}"
                    )
            else:
                yield Row(name, place, dict(zip(columns, cells, strict=True)))
    except csv.Error as error:
        raise QuestionsError(f"{name}, line {begin}: no CSV: {error}") from None


def _columns(cells: list[str], name: str) -> list[str]:
    columns = [cell.strip() for cell in cells]
    named = [column for column in columns if column]
    twice = {column for column in named if named.count(column) > 1}
    if twice:
        raise QuestionsError(f"{name}, line 1: the column {printable(min(twice), 40)} comes twice")
    return columns
