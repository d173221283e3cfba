"""`sf-mlx ask --every` and `--find`: one question for each stretch of a video."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from .arguments import length_of
from .output import note, write, write_json
from .progress import Bar
from .statistics import statistics

if TYPE_CHECKING:
    from sf_mlx.stretches import Stretch

    from .looking import Asking, Looking

# The best stretches of a search that are shown; --json shows all
_SHOWN = 5


@dataclass(frozen=True)
class Stretches:
    """What is asked of each stretch.

    Attributes
    ----------
    every: length of a stretch as it was typed, None for half a minute.
    find: what is looked for; None where `question` is asked.
    question: None for a description.
    """

    every: str | None
    find: str | None
    question: str | None


@dataclass(frozen=True)
class Output:
    """Where the answers go.

    Attributes
    ----------
    json: a line of JSON for each.
    file: write them to this file and not to stdout.
    """

    json: bool
    file: str | None
    stats: bool
    quiet: bool


def ask_stretches(
    looking: Looking, video: str, asked: Stretches, asking: Asking, output: Output
) -> None:
    """Ask, print each answer as it comes (of a search, the best at the end), and exit.

    Raises
    ------
    UsageError: options that mean nothing together.
    typer.Exit: with the code of the first stretch that failed.
    """
    from sf_mlx import stretch_forms
    from sf_mlx.settings import read_settings
    from sf_mlx.stretches import ask_stretches as ask
    from sf_mlx.stretches import find

    length = _length(asked, asking)
    if output.file is not None:
        stretch_forms.check_path(output.file)
    progress = _Progress(not output.quiet)
    with progress.bar as bar:
        bar.say("Loading the model")

        from sf_mlx.loading import load

        loaded = load(str(looking.model))
    if asked.find is not None:
        found = find(
            loaded,
            video,
            asked.find,
            length=length,
            spec=looking.pooling(),
            reading=looking.reading(asking.low_memory),
            template=looking.template,
            kv_bits=looking.cache_bits,
            begun=progress.begun,
        )
    else:
        found = ask(
            loaded,
            video,
            asked.question or read_settings().question,
            length=length,
            spec=looking.pooling(),
            reading=looking.reading(asking.low_memory),
            template=looking.template,
            kv_bits=looking.cache_bits,
            choices=asking.choices,
            choose_by=asking.choose_by,
            sampling=asking.sampling,
            begun=progress.begun,
        )
    done = []
    for stretch in progress.through(found):
        done.append(stretch)
        _tell(stretch, output)
        if output.file is None and asked.find is None:
            _print(stretch, output)
    if output.file is not None:
        from .interrupt import signals_end_the_command

        with signals_end_the_command():
            stretch_forms.save(done, output.file)
    if asked.find is not None:
        _print_best(done, asked.find, output)
    code = next((s.error.exit_code for s in done if s.error is not None), 0)
    if code:
        raise typer.Exit(code)


def _length(asked: Stretches, asking: Asking) -> float:
    from sf_mlx.errors import UsageError
    from sf_mlx.stretches import DEFAULT_LENGTH

    if asked.find is not None and (asked.question is not None or asking.choices):
        raise UsageError("--find asks its own question: leave the question and --choice out")
    return DEFAULT_LENGTH if asked.every is None else length_of(asked.every)


class _Progress:
    """A bar that goes away while a line is printed."""

    def __init__(self, shown: bool) -> None:
        self._shown = shown
        self.bar = Bar(shown)

    def begun(self, done: int, total: int) -> None:
        """A stretch is under way."""
        self.bar.update(f"Stretch {done + 1} of {total}", done, total)

    def through(self, stretches: Iterator[Stretch]) -> Iterator[Stretch]:
        """Pass stretches on."""
        while True:
            self.bar = Bar(self._shown)
            with self.bar:
                stretch = next(stretches, None)
            if stretch is None:
                return
            yield stretch


def _tell(stretch: Stretch, output: Output) -> None:
    """What went wrong and what it took, on stderr."""
    from sf_mlx.clock_time import when

    label = when(stretch.start, stretch.end)
    if stretch.error is not None:
        note(f"sf-mlx: {label}: {stretch.error}")
    if stretch.record is not None:
        if not output.quiet:
            for warning in stretch.record.warnings:
                note(f"sf-mlx: warning: {label}: {warning}")
        if output.stats:
            note(f"{label}\n{statistics(stretch.record)}")


def _print(stretch: Stretch, output: Output) -> None:
    from sf_mlx.clock_time import when
    from sf_mlx.stretch_forms import text_row

    if output.json:
        write_json(stretch.as_json())
        return
    if stretch.record is None:
        return
    answer = stretch.answer
    if sys.stdout is not None and sys.stdout.isatty():
        width = max(shutil.get_terminal_size().columns - 14, 20)
        paragraphs = [textwrap.fill(line, width) for line in answer.splitlines()]
        answer = "\n".join(paragraphs)
    write(text_row(when(stretch.start, stretch.end), answer))


def _print_best(done: list[Stretch], what: str, output: Output) -> None:
    """The likeliest stretches with their scores; to stdout, but where a file has them."""
    from sf_mlx.clock_time import when
    from sf_mlx.errors import printable
    from sf_mlx.stretches import best

    ranked = best(done)
    if output.file is None and output.json:
        for stretch in ranked:
            write_json({"score": round(stretch.score, 4), **stretch.as_json()})
    elif output.file is None:
        for stretch in ranked[:_SHOWN]:
            write(f"{stretch.score:.2f}  {when(stretch.start, stretch.end)}\n")
    if ranked and ranked[0].score < 0.5 and not output.quiet:
        note(f"sf-mlx: {printable(what, 60)}: probably nowhere; these are the likeliest stretches")
