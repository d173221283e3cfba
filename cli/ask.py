"""`sf-mlx ask`: one question about one video."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Annotated

import typer

from . import STARTED, options
from .arguments import as_utf8, cache_of, distinct, pooling_of, read_question, reading_of
from .conversation import Looking, keep, last_conversation
from .output import note, write, write_json
from .statistics import statistics

EXAMPLES = """
sf-mlx ask holiday.mov "When does the dog jump in?" -m llava-7b
sf-mlx ask film.mkv "Who comes in?" --start 1:02:00 --end 1:05:00 -m llava-7b
sf-mlx ask clip.mp4 "Which sport?" --choice tennis --choice golf -m llava-7b
sf-mlx ask -c "And who wins?"
"""


def ask(
    video: Annotated[
        str | None,
        typer.Argument(
            metavar="VIDEO", help="Video file, folder of images, image, or - for standard input."
        ),
    ] = None,
    question: Annotated[
        str | None,
        typer.Argument(
            metavar="QUESTION", help="What to ask; a description of the video if left out."
        ),
    ] = None,
    model: options.Model = None,
    question_option: Annotated[
        str | None,
        typer.Option(
            "--question",
            "-q",
            metavar="TEXT",
            help="The question; - reads it from standard input.",
            rich_help_panel=options.WHAT,
        ),
    ] = None,
    go_on: Annotated[
        bool,
        typer.Option(
            "--continue",
            "-c",
            help="Go on with the last conversation, about its video; give the question only.",
            rich_help_panel=options.WHAT,
        ),
    ] = False,
    choice: options.Choices = None,
    choose_by: options.ChoiceBy = options.ChooseBy.likelihood,
    preset: options.Preset = None,
    spec: options.Spec = None,
    frames: options.Frames = None,
    start: options.Start = None,
    end: options.End = None,
    fps: options.Fps = None,
    at: options.At = None,
    exact: options.Exact = False,
    hwaccel: options.Hwaccel = False,
    low_memory: options.LowMemory = False,
    no_cache: options.NoCache = False,
    limit: options.Limit = None,
    max_tokens: options.MaxTokens = 256,
    temperature: options.Temperature = 0.0,
    top_p: options.TopP = 1.0,
    top_k: options.TopK = 0,
    min_p: options.MinP = 0.0,
    repetition_penalty: options.RepetitionPenalty = 1.0,
    seed: options.Seed = None,
    stop: options.Stop = None,
    kv_bits: options.KvBits = None,
    template: options.Template = None,
    json_output: options.Json = False,
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Write the answer to this file and not to stdout: .md, .txt or .json.",
        ),
    ] = None,
    no_history: Annotated[
        bool,
        typer.Option("--no-history", help="Do not keep question and answer in the history."),
    ] = False,
    trace: options.Trace = None,
    stats: options.Stats = False,
    quiet: options.Quiet = False,
) -> None:
    """Ask a question about a video and read the answer as it is generated.

    Question and answer are kept in the history, and what was seen in the cache; see sf-mlx history
    and sf-mlx cache.
    """
    from .output import errors_as_json

    with errors_as_json(json_output):
        from sf_mlx.errors import UsageError

        if go_on and question is None:
            # There is no video to name
            video, question = None, video
        if go_on and video is not None:
            raise UsageError("-c goes on about the same video; give the question only")
        if question is not None and question_option is not None:
            raise UsageError("give the question once: as an argument or as --question")
        if question is not None and os.path.exists(question):
            raise UsageError(
                f"{question} is a file and no question: one video at a time. If it is meant as the "
                "question, write --question"
            )
        if json_output and out is not None:
            raise UsageError("give --json, or -o with a name that ends in .json")
        if go_on and choice:
            raise UsageError("a conversation has no --choice; ask about the video anew")
        asked = question_option if question is None else question
        if asked is not None:
            asked = as_utf8(asked)
        if asked == "-" and question is None:
            if video == "-":
                raise UsageError("standard input cannot be both the video and the question")
            asked = read_question()
        if go_on and asked is None:
            raise UsageError('ask something: sf-mlx ask -c "…"')

        from sf_mlx.settings import read_settings

        if out is not None:
            from sf_mlx.documents import check_target, write_document

            check_target(out)
        settings = read_settings()
        looking = Looking(
            model=model, preset=preset, spec=spec, frames=frames, start=start, end=end, fps=fps,
            at=at, exact=exact, hwaccel=hwaccel, limit=limit or [], kv_bits=kv_bits,
            template=template,
        )  # fmt: skip
        conversation = None
        if go_on:
            conversation, before = last_conversation()
            looking, video = looking.after(before), conversation.video
            if conversation.is_changed and not quiet:
                note("sf-mlx: warning: the video has changed since the conversation began")
        elif video is None:
            raise UsageError("no video is named: sf-mlx ask VIDEO QUESTION")
        looking = looking.settled()

        from .interrupt import end_at_once_on_signals, signals_end_the_command

        end_at_once_on_signals()

        from sf_mlx.sampling import Sampling

        pooling = pooling_of(looking.preset, looking.spec)
        reading = reading_of(
            looking.frames,
            looking.start,
            looking.end,
            looking.fps,
            looking.at,
            looking.exact,
            looking.hwaccel,
            looking.limit,
            low_memory,
        )
        sampling = Sampling(
            max_tokens=max_tokens,
            temperature=temperature,
            top_p=top_p,
            top_k=top_k,
            min_p=min_p,
            repetition_penalty=repetition_penalty,
            seed=seed,
            stop=tuple(as_utf8(text) for text in stop or ()),
        )

        from sf_mlx import trace as timeline

        from .progress import Bar

        if trace is not None:
            timeline.start(STARTED)
            timeline.record("start", STARTED, time.perf_counter())
        with Bar(shown=not quiet) as bar:
            bar.say("Loading the model")

            with timeline.span("import"):
                from sf_mlx.loading import load

            with timeline.span("open the model"):
                loaded = load(str(looking.model))
            bar.say("Reading from the pipe" if video == "-" else "Opening the video")
            session = loaded.open(
                video,
                spec=pooling,
                reading=reading,
                template=looking.template,
                kv_bits=looking.kv_bits or None,
                keep_vision=False,
                cache=cache_of(no_cache),
            )
            asked = settings.question if asked is None else asked
            if conversation is not None:
                chat = session.chat(conversation.earlier())
                answer = chat.ask(asked, sampling=sampling, progress=bar.update)
            else:
                answer = session.ask(
                    asked,
                    choices=distinct([as_utf8(option) for option in choice or ()]),
                    choose_by=choose_by.value,
                    sampling=sampling,
                    progress=bar.update,
                )
            warned = 0
            for piece in answer:
                if out is None:
                    bar.close()
                if not quiet:
                    warned = _warn(answer.warnings, warned)
                if not json_output and out is None:
                    write(piece)
        record = answer.record
        assert record is not None
        if json_output:
            write_json(record.as_json())
        elif out is None:
            write("\n")
        if settings.history and not no_history:
            keep(conversation, looking, record)
        if out is not None:
            with signals_end_the_command():
                write_document(record, out)
        if not quiet:
            _warn(record.warnings, warned)
        if stats:
            note(statistics(record))
        if trace is not None:
            timeline.write(trace)


def _warn(warnings: Sequence[str], already: int) -> int:
    """Print those that were not printed yet; returns how many there are."""
    for warning in warnings[already:]:
        note(f"sf-mlx: warning: {warning}")
    return len(warnings)
