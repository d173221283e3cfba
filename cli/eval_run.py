"""`sf-mlx eval run`: ask every question of a data set, and write down what came of it."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options
from .arguments import cache_of, chosen_model, named_pooling
from .eval_options import Mapping, Name, Own, Questions, Quiet, VideoFolder, read_items
from .output import note, write

if TYPE_CHECKING:
    from sf_mlx.evaluate.folder import Shard
    from sf_mlx.evaluate.items import Item
    from sf_mlx.evaluate.results import Result

    from .progress import Bar

WHICH = "Which rows"

EXAMPLES = """
sf-mlx eval run nextqa --questions NExT_QA.csv --videos NExTVideo -m llava-7b -o nextqa-7b
sf-mlx eval run msvd --questions MSVD_QA.csv --videos YouTubeClips -m llava-7b -o try --sample 200
sf-mlx eval run --dataset mine.csv --videos clips -m llava-7b -o mine --retry
"""

# Seconds between two lines of progress where there is no terminal
_PAUSE = 60.0


class ChooseBy(StrEnum):
    """How the options of multiple choice are asked for."""

    generate = "generate"
    likelihood = "likelihood"
    both = "both"


Out = Annotated[
    Path,
    typer.Option(
        "--out", "-o", metavar="RUN", help="The run's folder; one that is there is continued."
    ),
]
Choosing = Annotated[
    ChooseBy,
    typer.Option(
        "--choose-by",
        metavar="HOW",
        help="Of multiple choice: generate writes, as the paper does; likelihood takes the "
        "likeliest letter; both.",
        rich_help_panel=options.ANSWER,
    ),
]
MaxTokens = Annotated[
    int,
    typer.Option(metavar="N", help="Longest answer; the paper's.", rich_help_panel=options.ANSWER),
]
Limit = Annotated[
    int, typer.Option(metavar="N", help="The first N rows only.", rich_help_panel=WHICH)
]
Sample = Annotated[int, typer.Option(metavar="N", help="N rows at random.", rich_help_panel=WHICH)]
Seed = Annotated[int, typer.Option(metavar="N", help="Of --sample.", rich_help_panel=WHICH)]
ShardOption = Annotated[
    str | None,
    typer.Option(
        metavar="I/N",
        help="Part I of N of the videos, from 1/N; for machines of their own.",
        rich_help_panel=WHICH,
    ),
]
Retry = Annotated[
    bool, typer.Option("--retry", help="Ask again what failed.", rich_help_panel=WHICH)
]


def run(
    videos: VideoFolder,
    out: Out,
    dataset: Name = None,
    own: Own = None,
    questions: Questions = None,
    mapping: Mapping = None,
    model: options.Model = None,
    preset: options.Preset = None,
    spec: options.Spec = None,
    frames: options.Frames = None,
    exact: options.Exact = False,
    choose_by: Choosing = ChooseBy.generate,
    max_tokens: MaxTokens = 128,
    template: options.Template = None,
    kv_bits: options.KvBits = None,
    limit: Limit = 0,
    sample: Sample = 0,
    seed: Seed = 0,
    shard: ShardOption = None,
    retry: Retry = False,
    no_cache: options.NoCache = False,
    quiet: Quiet = False,
) -> None:
    """Ask every question of a data set and write down each answer as it comes.

    A run that was ended goes on where it was when the same is typed again.
    """
    from sf_mlx.errors import IncompleteError, UsageError
    from sf_mlx.evaluate.check import title_of
    from sf_mlx.evaluate.folder import Shard
    from sf_mlx.evaluate.settings import choose_rows
    from sf_mlx.evaluate.videos import find_videos
    from sf_mlx.ranks import launched

    found, every = read_items(dataset, own, questions)
    pooling = named_pooling(preset, spec, frames)
    part = parse_shard(shard)
    if ranks := launched():
        if shard is not None:
            raise UsageError("the launcher deals out the videos: leave --shard out")
        part = Shard(ranks.rank, ranks.size)
    items = choose_rows(every, limit=limit, sample=sample, seed=seed)
    name = chosen_model(model)

    from .interrupt import end_at_once_on_signals
    from .progress import Bar

    # Every line is whole as soon as it is written: nothing to clean up
    end_at_once_on_signals()
    with Bar(shown=not quiet) as bar:
        bar.say("Looking for the videos")
        where = find_videos(videos, mapping)
        bar.say("Loading the model")

        from sf_mlx.evaluate.folder import RunFolder
        from sf_mlx.evaluate.run import Job, pending
        from sf_mlx.evaluate.run import run as ask_all
        from sf_mlx.evaluate.start import settings_of
        from sf_mlx.loading import load
        from sf_mlx.video import Reading

        loaded = load(name)
        settings = settings_of(
            loaded,
            items,
            pooling,
            exact=exact,
            template=template,
            choose_by=choose_by.value,
            max_tokens=max_tokens,
            kv_bits=kv_bits,
            limit=limit,
            sample=sample,
            seed=seed,
        )
        folder = RunFolder(out)
        folder.begin(settings, items)
        reading, cache = Reading(exact=exact), cache_of(no_cache)
        job = Job(folder, settings, loaded, pooling, reading, where, part, retry, cache)
        left = sum(map(len, pending(items, folder.results(items), part, retry)))
        ticker = Ticker(bar, title_of(found, own), left, quiet, bar.is_shown)
        ask_all(job, items, ticker)
    ticker.end()
    results = folder.results(items)
    still = len(items) - len(results)
    if still:
        note(f"sf-mlx: {still:,} rows of other parts are not done yet")
    without = sum(not result.ok for result in results.values())
    if without and part.index == 0:
        raise IncompleteError(
            f"{without:,} of {len(items):,} rows have no answer, and count as asked in every "
            "number; --retry asks them again"
        )


def parse_shard(text: str | None) -> Shard:
    """A part of the videos as it is typed.

    Raises
    ------
    UsageError: it is none.
    """
    from sf_mlx.errors import UsageError, printable
    from sf_mlx.evaluate.folder import Shard

    if text is None:
        return Shard()
    first, _, count = text.partition("/")
    if not (first.isdecimal() and count.isdecimal() and 1 <= int(first) <= int(count) <= 9999):
        raise UsageError(f"--shard {printable(text, 40)} is no part such as 2/3")
    return Shard(int(first) - 1, int(count))


class Ticker:
    """Progress: rows done, how many are right, and how long it will take."""

    def __init__(self, bar: Bar, title: str, total: int, quiet: bool, shown: bool) -> None:
        self._bar, self._title, self._total = bar, title, total
        self._lines = not quiet and not shown
        self._done = self._right = self._scored = self._failed = 0
        self._started = self._said = time.monotonic()

    def __call__(self, item: Item, result: Result) -> None:
        """Count a row."""
        from sf_mlx.evaluate.scoring import first_value

        self._done += 1
        self._failed += not result.ok
        value = first_value(item, result)
        if value is not None:
            self._scored += 1
            self._right += value > 0
        words = self._words()
        self._bar.update(words, self._done, self._total)
        if self._lines and time.monotonic() - self._said > _PAUSE:
            self._said = time.monotonic()
            note(f"sf-mlx: {self._done:,} of {self._total:,} rows; {words}")

    def _words(self) -> str:
        spent = time.monotonic() - self._started
        left = spent / self._done * (self._total - self._done)
        words = self._title
        if self._scored:
            words += f", {100 * self._right / self._scored:.1f} % right"
        if self._failed:
            words += f", {self._failed:,} failed"
        return f"{words}, {span(left)} left"

    def end(self) -> None:
        """Say how it ended."""
        failed = f", {self._failed:,} of them without an answer" if self._failed else ""
        write(f"{self._done:,} rows in {span(time.monotonic() - self._started)}{failed}\n")


def span(seconds: float) -> str:
    """A time for people."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
