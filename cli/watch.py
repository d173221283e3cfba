"""`sf-mlx watch`: a text beside each new movie of a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from . import options
from .arguments import cache_of, questions_of
from .looking import Looking
from .output import about, note, write

if TYPE_CHECKING:
    from sf_mlx.many import Result
    from sf_mlx.watch import Ask

EXAMPLES = """
sf-mlx watch ~/Movies/inbox -q "What happens?" -m llava-7b
sf-mlx watch ~/Movies/inbox -q "What happens?" -q "Where is it?" --to json -m llava-7b
sf-mlx watch ~/Movies/inbox --once -m llava-7b
"""

_FOLDER = "The folder"


class Kind(StrEnum):
    """What is written beside a movie."""

    md = "md"
    txt = "txt"
    json = "json"


def watch(
    folder: Annotated[
        str, typer.Argument(metavar="FOLDER", help="Where movies come; not the folders in it.")
    ],
    model: options.Model = None,
    question: options.Questions = None,
    questions: options.QuestionsFile = None,
    to: Annotated[
        Kind,
        typer.Option(
            "--to",
            metavar="KIND",
            help="md, txt or json: holiday.md for holiday.mov.",
            rich_help_panel=_FOLDER,
        ),
    ] = Kind.md,
    once: Annotated[
        bool,
        typer.Option(
            "--once",
            help="End when the movies that are there have their texts.",
            rich_help_panel=_FOLDER,
        ),
    ] = False,
    preset: options.Preset = None,
    spec: options.Spec = None,
    frames: options.Frames = None,
    start: options.Start = None,
    end: options.End = None,
    fps: options.Fps = None,
    exact: options.Exact = False,
    hwaccel: options.Hwaccel = False,
    no_cache: options.NoCache = False,
    limit: options.Limit = None,
    max_tokens: options.MaxTokens = 256,
    kv_bits: options.KvBits = None,
    template: options.Template = None,
) -> None:
    """Watch a folder and write a text with the answers beside each new movie, once.

    A movie is taken when it has finished copying. Ctrl-C ends; the next start goes on. What was
    done stands in .sf-mlx-watch.jsonl in the folder, by content: a new name makes no new movie.
    """
    looking = Looking(
        model=model, preset=preset, spec=spec, frames=frames, start=start, end=end, fps=fps,
        exact=exact, hwaccel=hwaccel, limit=limit or [], kv_bits=kv_bits, template=template,
    ).settled()  # fmt: skip
    asked = list(dict.fromkeys(questions_of(None, question or [], questions)))
    pooling, reading = looking.pooling(), looking.reading()
    cache = cache_of(no_cache)

    from .interrupt import end_at_once_on_signals

    # A text comes whole or not at all, and what is left of one is swept away by the next start
    end_at_once_on_signals()

    from sf_mlx.errors import IncompleteError, printable
    from sf_mlx.sampling import Sampling
    from sf_mlx.settings import read_settings
    from sf_mlx.watch import watch as run

    asked = asked or [read_settings().question]

    from .progress import Bar

    def load() -> Ask:
        with Bar(shown=True) as bar:
            bar.say("Loading the model")

            from sf_mlx.loading import load
            from sf_mlx.many import ask_many

            loaded = load(str(looking.model))

        def ask(paths: Sequence[str]) -> Iterator[list[Result]]:
            results = ask_many(
                loaded,
                paths,
                asked,
                spec=pooling,
                reading=reading,
                template=looking.template,
                kv_bits=looking.cache_bits,
                cache=cache,
                sampling=Sampling(max_tokens=max_tokens),
            )
            for _ in paths:
                yield list(islice(results, len(asked)))

        # What cannot be asked is known before the first movie comes
        next(ask([]), None)
        if not once:
            note(f"sf-mlx: watching {printable(folder)}; Ctrl-C ends")
        return ask

    failed = 0
    for movie in run(folder, load, kind=to.value, once=once, cache=cache):
        if movie.output is not None:
            write(f"{movie.movie} -> {movie.output}\n")
        elif movie.error is not None:
            failed += 1
            note(f"sf-mlx: {about(movie.movie, movie.error)}")
        else:
            note(f"sf-mlx: {printable(movie.movie)}: still being copied; left for the next time")
    if failed:
        raise IncompleteError(f"{failed} of the movies could not be answered")
