"""The answers of many clips in a JSON Lines or CSV file: what is done is found there again.

A line belongs to a video's name, a question and settings. Of several the last counts: an error that
was mended, the answer about a file that was replaced. The others are taken out when the file is
opened and when it is closed, so that a crash loses nothing.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Collection
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol

from sf_mlx.errors import OutputError, printable
from sf_mlx.line_file import LineFile, Span
from sf_mlx.many import Result

COLUMNS = ("video", "question", "answer", "error", "model", "content", "settings")

Row = dict[str, Any]


class Format(Protocol):
    """How a line is written.

    Attributes
    ----------
    header: the line that a file begins with.
    begin: how every other line begins.
    quoted: whether a text in quotes may hold ends of lines.
    """

    header: bytes
    begin: bytes
    quoted: bool

    def write(self, row: Row) -> bytes:
        """A row of `Result.as_json` as a line, its end included."""

    def read(self, line: bytes) -> Row:
        """The row of a line, as far as it matters here; ValueError where it is none of ours."""


class JsonLines:
    """One object a line."""

    header = b""
    begin = b'{"version": "'
    quoted = False

    def write(self, row: Row) -> bytes:
        """A lone surrogate becomes JSON's own escape of it."""
        text = json.dumps(row, ensure_ascii=False)
        return text.encode("utf-8", "backslashreplace") + b"\n"

    def read(self, line: bytes) -> Row:
        """Keys as in `Result.as_json`."""
        row = json.loads(line)
        if not isinstance(row, dict):
            raise ValueError
        return row


class Csv:
    """The columns of `COLUMNS`, all texts in quotes."""

    header = b'"' + '","'.join(COLUMNS).encode() + b'"\n'
    begin = b'"'
    quoted = True

    def write(self, row: Row) -> bytes:
        """An error is its message, an answer that there is none of is empty."""
        error = row.get("error")
        cells = {**row, "error": error["message"] if isinstance(error, dict) else error}
        text = io.StringIO()
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow([cells.get(column) or "" for column in COLUMNS])
        return text.getvalue().encode("utf-8", "backslashreplace")

    def read(self, line: bytes) -> Row:
        """Every column as text; None where it is empty."""
        text = line.decode()
        # Python's own bound is 128 KB a cell
        csv.field_size_limit(max(csv.field_size_limit(), len(text)))
        cells = next(csv.reader(io.StringIO(text, newline=""), strict=True))
        if len(cells) != len(COLUMNS):
            raise ValueError
        row = dict(zip(COLUMNS, cells, strict=True))
        return {**row, "error": row["error"] or None, "content": row["content"] or None}


@dataclass(eq=False)
class _Line:
    """A line of the file, as far as it is needed to find it again."""

    span: Span
    video: str
    failed: bool
    work: tuple[str | None, str, str]


class AnswerFile:
    """The file that a batch writes, open for this process alone.

    Parameters
    ----------
    path: the file.
    form: JSON Lines or CSV.
    clips: the names of all clips of this run, as they stand in its results.

    Raises
    ------
    OutputError: it cannot be written, another process is writing it, or it holds something else.
    """

    def __init__(self, path: str | os.PathLike[str], form: Format, clips: Collection[str]) -> None:
        self._name = printable(path)
        self._form = form
        self._clips = frozenset(clips)
        # The line that counts for a name, and those that answer a content, whatever its names
        self._by_name: dict[tuple[str, str, str], _Line] = {}
        self._by_work: dict[tuple[str | None, str, str], list[_Line]] = {}
        self._lines: dict[_Line, None] = {}
        self._outdated = False
        self._file = LineFile(path, "another sf-mlx")
        try:
            self._load()
            self._tidy()
            if form.header and not self._header:
                self._header.append(self._file.append(form.header))
        except BaseException:
            self._file.close()
            raise

    def _load(self) -> None:
        self._header: list[Span] = []
        end = 0
        for number, (span, line) in enumerate(self._file.lines(quoted=self._form.quoted), 1):
            end = span.start + span.length
            if number == 1 and self._form.header:
                if line != self._form.header:
                    raise self._foreign(1)
                self._header.append(span)
                continue
            try:
                row = self._form.read(line)
                self._note(row, span)
            except (ValueError, KeyError, TypeError, RecursionError, csv.Error, StopIteration):
                raise self._foreign(number) from None
        torn = self._file.read(Span(end, 64))
        begin = self._form.begin if end or not self._form.header else self._form.header[:64]
        # What a crash left of a line of ours, and not a file that was never ours
        if not torn.startswith(begin) and not begin.startswith(torn):
            raise self._foreign(number=0)
        self._file.cut(end)

    def _foreign(self, number: int) -> OutputError:
        where = f"line {number} is" if number else "it is"
        return OutputError(
            f"{self._name}: {where} not what this command writes; name another file, or the one "
            "that an earlier run wrote with the same of --jsonl and --csv"
        )

    def _note(self, row: Row, span: Span) -> None:
        """Know a line that is in the file; it takes the place of an earlier one of its name."""
        video, question, settings = (row[key] for key in ("video", "question", "settings"))
        content = row["content"]
        if not all(isinstance(text, str) for text in (video, question, settings)):
            raise ValueError
        if content is not None and not isinstance(content, str):
            raise ValueError
        line = _Line(span, video, row.get("error") is not None, (content, question, settings))
        earlier = self._by_name.get((video, question, settings))
        if earlier is not None:
            self._outdated = True
            del self._lines[earlier]
            if not earlier.failed:
                self._by_work[earlier.work].remove(earlier)
        self._lines[line] = None
        self._by_name[video, question, settings] = line
        if not line.failed:
            self._by_work.setdefault(line.work, []).append(line)

    def _tidy(self) -> None:
        """Take out lines that count no more."""
        if not self._outdated:
            return
        kept = self._file.keep([*self._header, *(line.span for line in self._lines)])
        self._header = kept[: len(self._header)]
        for line, span in zip(self._lines, kept[len(self._header) :], strict=True):
            line.span = span
        self._outdated = False

    def has(self, result: Result) -> bool:
        """Whether the file holds an answer for the same content, question and settings."""
        return result.content is not None and bool(self._by_work.get(_work(result)))

    def add(self, result: Result) -> None:
        """Write a result's line.

        A skipped one needs none, where its name or a name that it had before has a line; another
        name of the same content gets a copy.

        Raises
        ------
        OutputError: the disk is full, say.
        """
        if not result.is_skipped:
            self._append(result.as_json())
            return
        lines = self._by_work[_work(result)]
        if any(line.video == result.video for line in lines):
            return
        taken = self._by_name.get((result.video, result.question, result.settings))
        former = [line for line in lines if line.video not in self._clips]
        if former and taken is None:
            # The file was renamed; its line now is this one's, and no other's
            former[0].video = result.video
            return
        row = self._form.read(self._file.read(lines[0].span))
        self._append({**row, "video": result.video, "same_as": row["video"]})

    def _append(self, row: Row) -> None:
        self._note(row, self._file.append(self._form.write(row)))

    def close(self) -> None:
        """Take out what counts no more, and let others have the file."""
        try:
            self._tidy()
        finally:
            if not self._lines and self._header:
                self._file.cut(0)
            self._file.close()

    def __enter__(self) -> AnswerFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _work(result: Result) -> tuple[str | None, str, str]:
    return result.content, result.question, result.settings
