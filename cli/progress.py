"""A progress bar on stderr, and only on a terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_WORDS = {
    "frames": "Looking at the frames",
    "prompt": "Reading the prompt",
    "text": "Answering",
}


class Bar:
    """One line that says what is under way; it disappears when the answer begins."""

    def __init__(self, shown: bool) -> None:
        self._progress = None
        if shown and sys.stderr is not None and sys.stderr.isatty():
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            self._progress = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                console=_terminal(),
                transient=True,
            )
            self._task = self._progress.add_task("", total=None)

    @property
    def is_shown(self) -> bool:
        """Whether there is a terminal to show it on."""
        return self._progress is not None

    def __enter__(self) -> Bar:
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

    def close(self) -> None:
        """Take the line away."""
        if self._progress:
            self._progress.stop()
            self._progress = None


class ShareBar:
    """One line with what is under way, how much of all the work is done, and the time left."""

    def __init__(self, shown: bool) -> None:
        self._progress = None
        if shown and sys.stderr is not None and sys.stderr.isatty():
            from rich.progress import (
                BarColumn,
                Progress,
                TaskProgressColumn,
                TextColumn,
                TimeRemainingColumn,
            )

            self._progress = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TaskProgressColumn(),
                TimeRemainingColumn(elapsed_when_finished=True),
                console=_terminal(),
                transient=True,
                # Seconds over which the speed is taken: one clip may take minutes
                speed_estimate_period=3600,
            )
            self._task = self._progress.add_task("", total=1.0)

    def __enter__(self) -> ShareBar:
        if self._progress:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress:
            self._progress.stop()
            self._progress = None

    def update(self, words: str, share: float) -> None:
        """Show what is under way, and the share of the work that is done, 0 to 1."""
        if self._progress:
            self._progress.update(self._task, description=words, completed=share)


def _terminal() -> Console:
    from rich.console import Console

    class Terminal(Console):
        def show_cursor(self, show: bool = True) -> bool:
            """Leave it: a signal may end the process, and nobody would show it again."""
            return False

    return Terminal(stderr=True)
