"""Where a chat is shown: a pipe, or a terminal with a line to type in."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from rich.cells import cell_len

from .output import note, write
from .progress import Bar

if TYPE_CHECKING:
    from PIL import Image


# Letters
_LONGEST_WORD = 24


class Screen(Protocol):
    """Where a talk is shown."""

    def say(self, text: str) -> None:
        """A piece of an answer."""

    def note(self, text: str) -> None:
        """What a command has to say."""

    def warn(self, text: str) -> None:
        """What was wrong with the video."""

    def aside(self, text: str) -> None:
        """What matters less than the answer before it."""

    def progress(self, stage: str, done: int, total: int) -> None:
        """What is waited for; of unknown length where there is nothing in `total`."""

    def arrived(self) -> None:
        """The wait is over."""

    def picture(self, draw: Callable[[], Image.Image]) -> bool:
        """Show a picture if this can be done here; returns whether it was."""


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


class Wrap:
    """Breaks text that comes in pieces between words, where a terminal would break it anywhere.

    A word is held until the next white space shows that it is complete.

    Parameters
    ----------
    width: columns.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._column = 0
        self._space = self._word = ""

    def push(self, text: str) -> str:
        """What can be printed now; an end of line lets everything out."""
        out = []
        for letter in text:
            if letter.isspace():
                out.append(self._let_out())
                self._space += letter
                if letter == "\n":
                    out.append("\n")
                    self._column, self._space = 0, ""
            else:
                self._word += letter
                # Scripts without spaces would be held for ever
                if len(self._word) >= _LONGEST_WORD:
                    out.append(self._let_out())
        return "".join(out)

    def _let_out(self) -> str:
        if not self._word:
            return ""
        wide, before = cell_len(self._word), self._space.expandtabs(1)
        if self._column and self._column + len(before) + wide > self._width:
            text, self._column = f"\n{self._word}", wide
        else:
            text = before + self._word
            self._column += len(before) + wide
        self._space = self._word = ""
        return text


class Terminal(Pipe):
    """A terminal, as far as a chat writes to it; `prompt.Prompt` reads from it."""

    def __init__(self, quiet: bool = False) -> None:
        super().__init__(quiet)
        self._wrap: Wrap | None = None

    def say(self, text: str) -> None:
        """A piece of an answer, broken between words where it goes to the terminal."""
        if sys.stdout is None or not sys.stdout.isatty():
            write(text)
            return
        if self._wrap is None:
            self._wrap = Wrap(shutil.get_terminal_size().columns)
        write(self._wrap.push(text))
        if text.endswith("\n"):
            # The window may have another size when the next answer comes
            self._wrap = None

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
