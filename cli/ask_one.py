"""`sf-mlx ask` with one question about one video: the answer as it is generated."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import STARTED
from .arguments import cache_of
from .ask_together import as_one, open_video
from .conversation import keep
from .output import note, warn, write, write_json
from .statistics import statistics

if TYPE_CHECKING:
    from sf_mlx.history import Conversation
    from sf_mlx.ranks import Ranks

    from .looking import Asking, Looking


@dataclass(frozen=True)
class Output:
    """Where the answer goes.

    Attributes
    ----------
    json: one object instead of the text.
    file: write it to this file and not to stdout.
    history: keep question and answer, unless the settings say no.
    trace: write the timeline to this file.
    stats, quiet: as the options of these names.
    """

    json: bool
    file: str | None
    history: bool
    trace: str | None
    stats: bool
    quiet: bool


def ask_one(
    looking: Looking,
    video: str,
    question: str | None,
    asking: Asking,
    output: Output,
    conversation: Conversation | None,
    ranks: Ranks | None,
) -> None:
    """Ask, and print pieces as they come.

    Parameters
    ----------
    question: what the settings say where None.
    conversation: what it goes on with, if anything.
    ranks: the processes that share the model, of which this is the first.
    """
    from sf_mlx import trace
    from sf_mlx.settings import read_settings

    from .interrupt import signals_end_the_command
    from .progress import Bar

    settings = read_settings()
    asked = settings.question if question is None else question
    if output.trace is not None:
        trace.start(STARTED)
        trace.record("start", STARTED, time.perf_counter())
    with Bar(shown=not output.quiet) as bar:
        bar.say("Loading the model")
        with as_one(ranks):
            if output.file is not None:
                from sf_mlx.documents import check_target, write_document

                check_target(output.file)
            with trace.span("import"):
                from sf_mlx.loading import load
            with trace.span("open the model"):
                model = load(str(looking.model), ranks=ranks)
        bar.say("Reading from the pipe" if video == "-" else "Opening the video")
        if ranks is not None:
            session = open_video(ranks, model, video, looking, asking)
        else:
            session = model.open(
                video,
                spec=looking.pooling(),
                reading=looking.reading(asking.low_memory),
                template=looking.template,
                kv_bits=looking.cache_bits,
                keep_vision=False,
                cache=cache_of(asking.no_cache),
            )
        if conversation is not None:
            chat = session.chat(conversation.earlier())
            answer = chat.ask(asked, sampling=asking.sampling, progress=bar.update)
        else:
            answer = session.ask(
                asked,
                choices=asking.choices,
                choose_by=asking.choose_by,
                sampling=asking.sampling,
                progress=bar.update,
            )
        warned = 0
        for piece in answer:
            if output.file is None:
                bar.close()
            if not output.quiet:
                warned = warn(answer.warnings, warned)
            if not output.json and output.file is None:
                write(piece)
    record = answer.record
    assert record is not None
    if output.json:
        write_json(record.as_json())
    elif output.file is None:
        write("\n")
    if output.history and settings.history:
        keep(conversation, looking, record)
    if output.file is not None:
        with signals_end_the_command():
            write_document(record, output.file)
    if not output.quiet:
        warn(record.warnings, warned)
    if output.stats:
        note(statistics(record))
    if output.trace is not None:
        trace.write(output.trace)
