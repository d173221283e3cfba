"""Where a chat is shown: a pipe, or a terminal with a line to type in."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from .output import note, write
from .progress import Bar

if TYPE_CHECKING:
    from PIL import Image


class Pipe:
    """Answers go to stdout and nothing else does.

    Parameters
    ----------
    quiet: no progress bar and no warnings.
    """

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._bar: Bar | None = None

    def say(self, text: str) -> None:
        """A piece of an answer."""
        write(text)

    def note(self, text: str) -> None:
        """What a command has to say."""
        note(text)

    def warn(self, text: str) -> None:
        """What was wrong with the video."""
        if not self._quiet:
            note(f"sf-mlx: warning: {text}")

    def aside(self, text: str) -> None:
        """Nobody reads it here."""

    def progress(self, stage: str, done: int, total: int) -> None:
        """A bar where stderr is a terminal."""
        if self._bar is None:
            self._bar = Bar(shown=not self._quiet).__enter__()
        if total:
            self._bar.update(stage, done, total)
        else:
            self._bar.say(stage)

    def arrived(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def picture(self, draw: Callable[[], Image.Image]) -> bool:
        """A pipe shows no pictures."""
        return False


class Terminal(Pipe):
    """A terminal, as far as a chat writes to it; `prompt.Prompt` reads from it."""

    def aside(self, text: str) -> None:
        """A line in faint letters."""
        if self._quiet:
            return
        faint = sys.stderr is not None and sys.stderr.isatty() and "NO_COLOR" not in os.environ
        self.note(f"\x1b[2m{text}\x1b[0m" if faint else text)

    def picture(self, draw: Callable[[], Image.Image]) -> bool:
        """Show a picture if the terminal can."""
        from .pictures import show, terminal_protocol

        how = terminal_protocol()
        if how is not None:
            show(draw(), how)
        return how is not None
