"""A progress bar on stderr, and only on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn

_WORDS = {
    "frames": "Looking at the frames",
    "prompt": "Reading the prompt",
    "text": "Answering",
}
# Characters of a clip's name
_NAME = 30


def _on_terminal(
    shown: bool, columns: Callable[[], list[ProgressColumn]], period: float = 30.0
) -> Progress | None:
    """A line of these columns that disappears at its end; None where nobody would see it.

    Parameters
    ----------
    period: seconds over which the speed is taken.
    """
    if not shown or sys.stderr is None or not sys.stderr.isatty():
        return None
    from rich.console import Console
    from rich.progress import Progress

    class Terminal(Console):
        def show_cursor(self, show: bool = True) -> bool:
            """Leave it: a signal may end the process, and nobody would show it again."""
            return False

    return Progress(
        *columns(), console=Terminal(stderr=True), transient=True, speed_estimate_period=period
    )


def _columns() -> list[ProgressColumn]:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

    # A file's name is no markup
    return [TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn()]


def _columns_with_share() -> list[ProgressColumn]:
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

    return [
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    ]


def _columns_with_time() -> list[ProgressColumn]:
    from rich.progress import TextColumn

    return [*_columns(), TextColumn("{task.fields[left]}")]


class _Line:
    """What the bars have in common: there inside a `with` block, and on a terminal only."""

    _progress: Progress | None

    @property
    def is_shown(self) -> bool:
        """Whether there is a terminal to show it on."""
        return self._progress is not None

    def __enter__(self) -> Self:
        if self._progress:
            self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the line away."""
        if self._progress:
            self._progress.stop()
            self._progress = None


class Bar(_Line):
    """One line that says what is under way; it disappears when the answer begins."""

    def __init__(self, shown: bool) -> None:
        self._progress = _on_terminal(shown, _columns)
        if self._progress:
            self._task = self._progress.add_task("", total=None)

    def say(self, words: str) -> None:
        """Show a step of unknown length."""
        if self._progress:
            self._progress.update(self._task, description=words, completed=0, total=None)

    def update(self, stage: str, done: int, total: int) -> None:
        """Show how far a step is; `stage` is one of `_WORDS`, or words of its own."""
        if self._progress:
            self._progress.update(
                self._task, description=_WORDS.get(stage, stage), completed=done, total=total
            )


class ShareBar(_Line):
    """One line with what is under way, how much of all the work is done, and the time left."""

    def __init__(self, shown: bool) -> None:
        # One clip may take minutes
        self._progress = _on_terminal(shown, _columns_with_share, period=3600)
        if self._progress:
            self._task = self._progress.add_task("", total=1.0)

    def update(self, words: str, share: float) -> None:
        """Show what is under way, and the share of the work that is done, 0 to 1."""
        if self._progress:
            self._progress.update(self._task, description=words, completed=share)


class BatchBar(_Line):
    """One line for many answers: which video, how many are done, and the time that is left.

    Parameters
    ----------
    total: answers.
    clock: seconds.
    """

    def __init__(
        self, shown: bool, total: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._begun = clock()
        self._total, self._done, self._asked = total, 0, 0
        self._progress = _on_terminal(shown, _columns_with_time)
        if self._progress:
            self._task = self._progress.add_task("", total=total, left="")

    def at(self, words: str) -> None:
        """Show what is under way: the model, or a clip's name."""
        if self._progress:
            from sf_mlx.errors import printable

            self._progress.update(self._task, description=printable(words, _NAME))

    def begin(self) -> None:
        """The first question is about to be asked: the time counts from now."""
        self._begun = self._clock()

    def advance(self, asked: bool) -> None:
        """One more is done; only one that was asked, not known before, tells how long one takes."""
        self._done += 1
        self._asked += asked
        if self._progress:
            self._progress.update(self._task, completed=self._done, left=self.left())

    def left(self) -> str:
        """The time that the rest takes, if none of it is known before; in words, rounded."""
        if not self._asked or self._done == self._total:
            return ""
        seconds = (self._clock() - self._begun) / self._asked * (self._total - self._done)
        if seconds < 60:
            return f"{max(round(seconds), 1)} s left"
        minutes = round(seconds / 60)
        return f"{minutes} min left" if minutes < 120 else f"{round(minutes / 60)} h left"

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Take the line away while something else is printed."""
        if self._progress:
            self._progress.stop()
        yield
        if self._progress:
            self._progress.start()
