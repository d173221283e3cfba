"""`sf-mlx ask` about several videos or with several questions: a line for each, as it is known."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .arguments import cache_of
from .output import about, note, warn, write, write_json
from .progress import BatchBar
from .statistics import statistics

if TYPE_CHECKING:
    from sf_mlx.answer_file import AnswerFile
    from sf_mlx.many import Result

    from .looking import Asking, Looking


@dataclass(frozen=True)
class Output:
    """Where answers go.

    Attributes
    ----------
    jsonl, csv: files; one of them or none.
    json: objects on standard output instead of text.
    quiet, stats: as the options of these names.
    """

    jsonl: str | None
    csv: str | None
    json: bool
    quiet: bool
    stats: bool

    def __post_init__(self) -> None:
        from sf_mlx.errors import UsageError

        if sum((self.jsonl is not None, self.csv is not None, self.json)) > 1:
            raise UsageError("give one of --jsonl, --csv and --json")

    @property
    def has_file(self) -> bool:
        """Whether answers go to a file, and none to standard output."""
        return self.jsonl is not None or self.csv is not None

    def open(self, clips: Sequence[str]) -> AbstractContextManager[AnswerFile | None]:
        """The file, if there is one.

        Raises
        ------
        OutputError: it cannot be written.
        """
        from sf_mlx.answer_file import AnswerFile, Csv, JsonLines
        from sf_mlx.many import shown

        names = [shown(clip) for clip in clips]
        if self.jsonl is not None:
            return AnswerFile(self.jsonl, JsonLines(), names)
        return nullcontext() if self.csv is None else AnswerFile(self.csv, Csv(), names)


def ask_many(
    looking: Looking,
    clips: Sequence[str],
    questions: Sequence[str],
    asking: Asking,
    output: Output,
) -> None:
    """Ask every question about every clip.

    Parameters
    ----------
    questions: what the settings say where there is none.

    Raises
    ------
    UsageError, OutputError, ModelError: before or while it works; what was written stays.
    IncompleteError: at the end, where some could not be answered.
    """
    from sf_mlx.errors import IncompleteError, UsageError, printable

    if "-" in clips:
        raise UsageError("standard input is one video for one question; name files")
    from sf_mlx.settings import read_settings

    questions = list(dict.fromkeys(questions)) or [read_settings().question]
    total = len(clips) * len(questions)
    bar = BatchBar(not output.quiet, total)
    printer = Printer(output, bar)
    with output.open(clips) as file, bar:
        bar.at("Loading the model")

        from sf_mlx.loading import load
        from sf_mlx.many import ask_many as ask

        results = ask(
            load(str(looking.model)),
            clips,
            questions,
            spec=looking.pooling(),
            reading=looking.reading(asking.low_memory),
            template=looking.template,
            kv_bits=looking.cache_bits,
            cache=cache_of(asking.no_cache),
            choices=asking.choices,
            choose_by=asking.choose_by,
            sampling=asking.sampling,
            skip=None if file is None else file.has,
        )
        bar.begin()
        for number in range(total):
            bar.at(clips[number // len(questions)])
            result = next(results)
            if file is not None:
                file.add(result)
            printer.show(result)
            bar.advance(asked=result.record is not None)
    if output.has_file and not output.quiet:
        note(f"sf-mlx: {printable(output.jsonl or output.csv)}: {printer.summary()}")
    if printer.failed:
        retry = "; the same command asks them again" if output.has_file else ""
        raise IncompleteError(f"{printer.failed} of {total} could not be answered{retry}")


class Printer:
    """What of the results is printed, and how many there were of each kind."""

    def __init__(self, output: Output, bar: BatchBar) -> None:
        self.answered = self.known = self.failed = 0
        self._output = output
        self._bar = bar
        self._video: str | None = None
        # Every question about a broken video fails alike, every clip may be warned of alike
        self._said: set[str] = set()

    def summary(self) -> str:
        """The three numbers in words."""
        known = f", {self.known:,} known before" if self.known else ""
        failed = f", {self.failed:,} failed" if self.failed else ""
        return f"{self.answered:,} answered{known}{failed}"

    def show(self, result: Result) -> None:
        """Print a result where it is to be seen, and count it."""
        self.known += result.is_skipped
        self.failed += result.error is not None
        self.answered += result.record is not None
        with self._bar.hidden():
            if not self._output.has_file:
                self._write(result)
            elif result.error is not None:
                self._note_once(f"sf-mlx: {about(result.video, result.error)}")
            if result.record is None:
                return
            if not self._output.quiet:
                new = [text for text in result.record.warnings if text not in self._said]
                self._said.update(new)
                warn(new)
            if self._output.stats:
                note(statistics(result.record))

    def _write(self, result: Result) -> None:
        if self._output.json:
            write_json(result.as_json())
            return
        if result.video != self._video:
            write(f"{'' if self._video is None else chr(10)}{result.video}\n")
            self._video = result.video
        said = result.answer if result.error is None else f"failed: {result.error}"
        write(f"> {result.question}\n{said}\n")

    def _note_once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            note(text)
