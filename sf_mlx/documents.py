"""An answer as a file: Markdown, plain text or JSON; complete, or not there."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from sf_mlx.errors import OutputError, UsageError, printable
from sf_mlx.whole_file import write_whole

if TYPE_CHECKING:
    from sf_mlx.answer import Record

KINDS = (".md", ".txt", ".json")


def check_target(path: str) -> None:
    """Refuse a file that could not be written, before any work is done.

    Raises
    ------
    UsageError: another ending than `KINDS`.
    OutputError: no such folder, or something else than a file is there.
    """
    if os.path.splitext(path)[1].lower() not in KINDS:
        raise UsageError(f"{printable(path)}: an answer is written as {', '.join(KINDS)}")
    try:
        # What a link leads to
        target = Path(os.path.realpath(path))
        if not stat.S_ISDIR(target.parent.stat().st_mode):
            raise NotADirectoryError(20, "no folder")
        if target.exists() and not target.is_file():
            raise OutputError(f"{printable(path)} is there and no file")
        if not os.access(target.parent, os.W_OK):
            raise PermissionError(13, "its folder is not writable")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"{printable(path)} cannot be written: {reason}") from None


def write_document(record: Record, path: str) -> None:
    """Write an answer; an older file of that name is replaced.

    Parameters
    ----------
    path: its ending says what it becomes.

    Raises
    ------
    OutputError: the disk refuses; an older file stays.
    """
    kind = os.path.splitext(path)[1].lower()
    text = {".md": as_markdown, ".txt": as_text, ".json": as_json}[kind](record)
    data = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").encode()
    write_whole(path, data)


def as_text(record: Record) -> str:
    """The answer and the end of the line."""
    return f"{record.answer}\n"


def as_json(record: Record) -> str:
    """The object that `--json` prints."""
    return json.dumps(record.as_json(), ensure_ascii=False) + "\n"


def as_markdown(record: Record) -> str:
    """Video, question and answer, and how it came about."""
    # Here, or a wrong ending would be told only once FFmpeg's library is loaded
    from sf_mlx.video.times import format_time

    times = record.frame_times
    frames = "1 frame" if len(times) == 1 else f"{len(times)} frames"
    if times:
        frames += f" from {format_time(times[0])} to {format_time(times[-1])}"
    lines = [f"# {printable(os.path.basename(record.video) or record.video)}", ""]
    lines += [f"> {line}" for line in record.question.splitlines()]
    if record.choices:
        lines += [">", *(f"> - {choice}" for choice in record.choices)]
    lines += ["", record.answer, ""]
    lines += [f"*{printable(record.model)}, {record.preset or record.spec}, {frames}*"]
    lines += [f"\nWarning: {warning}" for warning in record.warnings]
    return "\n".join(lines) + "\n"
