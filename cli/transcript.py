"""A conversation as a text file, a page of Markdown, or JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sf_mlx.errors import UsageError, printable
from sf_mlx.whole_file import write_whole

if TYPE_CHECKING:
    from sf_mlx.answer import Record


@dataclass(frozen=True)
class Said:
    """A question and what was answered.

    Attributes
    ----------
    about: the video, its range if it has one, and the preset, as a heading.
    record: None of an answer that was stopped.
    """

    about: str
    question: str
    answer: str
    record: Record | None


def save(said: Sequence[Said], path: str | os.PathLike[str]) -> None:
    """Write a conversation; the file's name says how.

    Raises
    ------
    UsageError: another suffix than .md, .txt or .json.
    OutputError: it cannot be written.
    """
    form = _FORMS.get(Path(path).suffix.lower())
    if form is None:
        raise UsageError(f"{printable(path)}: a conversation is saved as .md, .txt or .json")
    # A file name in it may be no text
    write_whole(path, form(said).encode("utf-8", "backslashreplace"))


def _markdown(said: Sequence[Said]) -> str:
    lines = []
    about = None
    for each in said:
        if each.about != about:
            about = each.about
            lines.append(f"# {about}\n")
        question = "\n".join(f"> {line}".rstrip() for line in each.question.split("\n"))
        lines.append(f"{question}\n\n{each.answer or '…'}{_stopped(each)}\n")
    return "\n".join(lines)


def _text(said: Sequence[Said]) -> str:
    lines = []
    about = None
    for each in said:
        if each.about != about:
            about = each.about
            lines.append(f"{about}\n")
        question = each.question.replace("\n", "\n  ")
        lines.append(f"> {question}\n{each.answer or '…'}{_stopped(each)}\n")
    return "\n".join(lines)


def _json(said: Sequence[Said]) -> str:
    from sf_mlx import __version__

    turns: list[dict[str, Any]] = []
    for each in said:
        turn = {"about": each.about, "question": each.question, "answer": each.answer}
        record = None if each.record is None else each.record.as_json()
        turns.append({**turn, "record": record})
    return json.dumps({"version": __version__, "turns": turns}, ensure_ascii=False, indent=1) + "\n"


def _stopped(each: Said) -> str:
    return " (stopped)" if each.record is None else ""


_FORMS: dict[str, Callable[[Sequence[Said]], str]] = {
    ".md": _markdown,
    ".txt": _text,
    ".json": _json,
}
