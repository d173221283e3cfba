"""The answers about a video's stretches as a file: subtitles, Markdown, plain text, JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from sf_mlx.clock_time import when
from sf_mlx.errors import UsageError, printable
from sf_mlx.stretches import Stretch, lines
from sf_mlx.whole_file import write_whole

Rows = Sequence[tuple[float, float, str]]


def check_path(path: str | os.PathLike[str]) -> None:
    """Refuse a name that says no form that stretches can have.

    Raises
    ------
    UsageError
    """
    if Path(path).suffix.lower() not in FORMS:
        raise UsageError(f"{printable(path)}: stretches are written as {', '.join(FORMS)}")


def save(stretches: Sequence[Stretch], path: str | os.PathLike[str]) -> None:
    """Write a file; its name says in which form, and an older one is replaced.

    Raises
    ------
    UsageError: another suffix than those of `FORMS`.
    OutputError: it cannot be written.
    """
    check_path(path)
    text = FORMS[Path(path).suffix.lower()](stretches)
    write_whole(path, text.encode("utf-8", "backslashreplace"))


def as_srt(stretches: Sequence[Stretch]) -> str:
    """SubRip subtitles: players show each answer while its stretch runs."""
    cues = []
    for number, (start, end, answer) in enumerate(lines(stretches), 1):
        # An empty line ends a subtitle, an arrow begins one
        text = "\n".join(line for line in answer.splitlines() if line.strip())
        text = text.replace("-->", "→") or "…"
        cues.append(f"{number}\n{_stamp(start)} --> {_stamp(end)}\n{text}\n")
    return "\n".join(cues)


def as_markdown(stretches: Sequence[Stretch]) -> str:
    """A table."""
    rows = ["| time | answer |", "|---|---|"]
    for start, end, answer in lines(stretches):
        cell = answer.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
        rows.append(f"| {when(start, end)} | {'<br>'.join(cell.splitlines())} |")
    return "\n".join(rows) + "\n"


def as_text(stretches: Sequence[Stretch]) -> str:
    """A line for each, further lines of an answer below its first."""
    return "".join(text_row(when(start, end), answer) for start, end, answer in lines(stretches))


def text_row(label: str, answer: str) -> str:
    """One row of the table that `as_text` makes."""
    first, *more = answer.splitlines() or [""]
    width = max(len(label), 11) + 2
    return "\n".join([f"{label:<{width}}{first}", *(" " * width + line for line in more)]) + "\n"


def as_json(stretches: Sequence[Stretch]) -> str:
    """All in one object, those that failed too; each as in `Stretch.as_json`."""
    from sf_mlx import __version__

    value = {"version": __version__, "stretches": [stretch.as_json() for stretch in stretches]}
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _stamp(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    whole, rest = divmod(milliseconds, 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02},{rest:03}"


FORMS: dict[str, Callable[[Sequence[Stretch]], str]] = {
    ".srt": as_srt,
    ".md": as_markdown,
    ".txt": as_text,
    ".json": as_json,
}
