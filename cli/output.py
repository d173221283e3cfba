"""What the commands print: the answer on stdout, all else on stderr; both may go away."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import typer


def use_utf8() -> None:
    """Print UTF-8 whatever the locale says; what is no text, a file name perhaps, as escapes."""
    for stream in (sys.stdout, sys.stderr):
        # A closed stream is None, a test's may be anything
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def write(text: str) -> None:
    """Print to stdout at once; end quietly, as a shell's own tools do, where nobody reads on.

    Raises
    ------
    typer.Exit: with 141, the code of a closed pipe.
    OutputError: stdout is closed, or its disk is full.
    """
    if sys.stdout is not None and sys.stdout.isatty():
        # A model may say anything, also what would move the cursor or set the window's title
        text = "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)
    write_codes(text)


def write_codes(text: str) -> None:
    """`write` of our own text, which may hold a terminal's control sequences."""
    from sf_mlx.errors import OutputError

    if sys.stdout is None:
        raise OutputError("the answer cannot be written: standard output is closed")
    try:
        print(text, end="", flush=True)
    except BrokenPipeError:
        _discard_stdout()
        raise typer.Exit(128 + signal.SIGPIPE) from None
    except OSError as error:
        _discard_stdout()
        raise OutputError(f"the answer cannot be written: {error.strerror}") from None


def _discard_stdout() -> None:
    # Python flushes stdout once more at exit
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def note(text: str) -> None:
    """Print a line to stderr, if there is one."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(text, file=sys.stderr, flush=True)


def warn(warnings: Sequence[str], already: int = 0) -> int:
    """Print those warnings that were not printed yet; returns how many there are."""
    for warning in warnings[already:]:
        note(f"sf-mlx: warning: {warning}")
    return len(warnings)


def about(video: str, error: Exception) -> str:
    """An error, with the video's name where it does not begin with it."""
    from sf_mlx.errors import printable

    name, text = printable(video), str(error)
    return text if text.startswith(name[:20]) else f"{name}: {text}"


def write_json(value: dict[str, Any]) -> None:
    """Print one JSON object and the end of the line.

    A file name that is no UTF-8 cannot stand in JSON; its odd bytes become U+FFFD.
    """
    import json

    text = json.dumps(value, ensure_ascii=False)
    write(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace") + "\n")


@contextmanager
def errors_as_json(wanted: bool) -> Iterator[None]:
    """Print an error of ours as an object on stdout too, where an object was asked for."""
    from sf_mlx import __version__
    from sf_mlx.errors import IncompleteError, OutputError, SfMlxError

    try:
        yield
    except SfMlxError as error:
        # What is incomplete has said so line by line
        if wanted and not isinstance(error, OutputError | IncompleteError):
            write_json({"version": __version__, "error": error.as_json()})
        raise
