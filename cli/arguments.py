"""What a command is given as text, understood: arguments, standard input, limits."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from .output import note

if TYPE_CHECKING:
    from sf_mlx.video import Limits

_LONGEST_QUESTION = 1 << 20


def as_utf8(argument: str) -> str:
    """A text from the command line, whose bytes Python took for the locale's.

    Raises
    ------
    UsageError: its bytes are no UTF-8.
    """
    from sf_mlx.errors import UsageError

    try:
        return os.fsencode(argument).decode("utf-8")
    except UnicodeError:
        shown = ascii(argument[:40])
        raise UsageError(f"the text {shown} on the command line is not valid UTF-8") from None


def distinct(choices: list[str]) -> list[str]:
    """Options as they were typed, each once.

    Raises
    ------
    UsageError: one comes again.
    """
    from sf_mlx.errors import UsageError

    plain = [choice.strip().casefold() for choice in choices]
    for choice, text in zip(choices, plain, strict=True):
        if plain.count(text) > 1:
            raise UsageError(f"the choice {choice!r} is given twice")
    return choices


def read_question() -> str:
    """The question from standard input, whatever the locale says.

    Raises
    ------
    UsageError: standard input is closed, too long, or no UTF-8.
    """
    from sf_mlx.errors import UsageError

    if sys.stdin is None or sys.stdin.closed:
        raise UsageError("the question should come from standard input, but that is closed")
    if sys.stdin.isatty():
        note("Type the question, then Ctrl-D on a line of its own:")
    try:
        data = sys.stdin.buffer.read(_LONGEST_QUESTION + 1)
        if len(data) > _LONGEST_QUESTION:
            raise UsageError("the question from standard input is longer than 1 MB")
        return data.decode("utf-8").removesuffix("\n")
    except UnicodeDecodeError:
        raise UsageError("the question from standard input is not valid UTF-8") from None
    except OSError as error:
        raise UsageError(f"the question cannot be read: {error.strerror}") from None


def limits(settings: list[str]) -> Limits:
    """The safety limits with those that `NAME=VALUE` sets.

    Raises
    ------
    UsageError: no such limit, or no number.
    """
    from dataclasses import asdict

    from sf_mlx.errors import UsageError
    from sf_mlx.video import Limits

    kinds = {name: type(value) for name, value in asdict(Limits()).items()}
    values = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        try:
            values[name] = kinds[name](value)
        except (KeyError, ValueError):
            raise UsageError(
                f"--limit {setting!r} is not NAME=VALUE with a number and one of {', '.join(kinds)}"
            ) from None
    return Limits(**values)
