"""`sf-mlx ask`: one question about one video."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from .arguments import as_utf8, distinct, limits, read_question
from .output import note, write, write_json
from .statistics import statistics

if TYPE_CHECKING:
    from sf_mlx.slowfast import Aggregation


PRESETS = """\
default (the paper's setting; 3,680 visual tokens), \
fast (fast grid 1x1; 2,930 tokens, a fifth less prefill, up to 1.1 points lost), \
light (5 slow frames; 2,240 tokens, 1.6 points lost on ActivityNet and 7.8 on EgoSchema), \
detail (slow frames at full 24x24; 6,560 tokens, EgoSchema +6.0, ActivityNet -1.5)"""

EXAMPLES = """
sf-mlx ask holiday.mov "When does the dog jump in?" -m llava-7b
sf-mlx ask film.mkv "Who comes in?" --start 1:02:00 --end 1:05:00 -m llava-7b
sf-mlx ask clip.mp4 "Which sport?" --choice tennis --choice golf -m llava-7b
"""

# Headings of the help page
_WHAT, _FRAMES, _TOKENS = "The question and the model", "Which frames", "What is kept of them"
_READING, _ANSWER = "Reading the video", "The answer"


class ChooseBy(StrEnum):
    """How an option of a multiple-choice question is taken."""

    likelihood = "likelihood"
    generate = "generate"


def ask(
    video: Annotated[
        str,
        typer.Argument(
            metavar="VIDEO", help="Video file, folder of images, image, or - for standard input."
        ),
    ],
    question: Annotated[
        str | None,
        typer.Argument(
            metavar="QUESTION", help="What to ask; a description of the video if left out."
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            envvar="SF_MLX_MODEL",
            help="Model folder, hub name already downloaded and converted, or demo.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    question_option: Annotated[
        str | None,
        typer.Option(
            "--question",
            metavar="TEXT",
            help="The question; - reads it from standard input.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    choice: Annotated[
        list[str] | None,
        typer.Option(
            "--choice",
            metavar="TEXT",
            help="An answer to choose from; repeat it for each.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    choose_by: Annotated[
        ChooseBy,
        typer.Option(
            "--choice-by",
            metavar="HOW",
            help="likelihood takes the likeliest letter; generate lets the model write.",
            rich_help_panel=_WHAT,
        ),
    ] = ChooseBy.likelihood,
    preset: Annotated[
        str | None,
        typer.Option(metavar="NAME", help=f"Pooling by name: {PRESETS}.", rich_help_panel=_TOKENS),
    ] = None,
    spec: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="Pooling in the notation of the paper's code (see the README).",
            rich_help_panel=_TOKENS,
        ),
    ] = None,
    frames: Annotated[
        int | None,
        typer.Option(metavar="N", help="Frames to sample, evenly; 50.", rich_help_panel=_FRAMES),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Begin here: seconds, 1:02:03.5 or 40%.",
            rich_help_panel=_FRAMES,
        ),
    ] = None,
    end: Annotated[
        str | None, typer.Option(metavar="TIME", help="End here.", rich_help_panel=_FRAMES)
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(
            metavar="RATE",
            help="Frames per second of video instead of --frames.",
            rich_help_panel=_FRAMES,
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIMES",
            help="Only the frames at these times: 3s,7.5s,1:20.",
            rich_help_panel=_FRAMES,
        ),
    ] = None,
    exact: Annotated[
        bool,
        typer.Option(
            "--exact",
            help="Resize large frames exactly as the paper's code does.",
            rich_help_panel=_READING,
        ),
    ] = False,
    hwaccel: Annotated[
        bool,
        typer.Option(
            "--hwaccel",
            help="Decode with VideoToolbox (macOS) where it can.",
            rich_help_panel=_READING,
        ),
    ] = False,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Raise a safety limit: pixels, frames, frame_seconds, total_seconds, piped_bytes.",
            rich_help_panel=_READING,
        ),
    ] = None,
    max_tokens: Annotated[
        int, typer.Option(metavar="N", help="Longest answer.", rich_help_panel=_ANSWER)
    ] = 256,
    temperature: Annotated[
        float,
        typer.Option(
            metavar="T", help="0 always takes the likeliest token.", rich_help_panel=_ANSWER
        ),
    ] = 0.0,
    top_p: Annotated[
        float,
        typer.Option(
            metavar="P", help="Sample from this much probability.", rich_help_panel=_ANSWER
        ),
    ] = 1.0,
    top_k: Annotated[
        int,
        typer.Option(
            metavar="N", help="Sample from this many tokens; 0 is all.", rich_help_panel=_ANSWER
        ),
    ] = 0,
    min_p: Annotated[
        float,
        typer.Option(
            metavar="P", help="Drop tokens below this share of the best.", rich_help_panel=_ANSWER
        ),
    ] = 0.0,
    repetition_penalty: Annotated[
        float,
        typer.Option(metavar="X", help="Above 1 avoids repetition.", rich_help_panel=_ANSWER),
    ] = 1.0,
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", help="Makes sampling repeatable.", rich_help_panel=_ANSWER),
    ] = None,
    stop: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT",
            help="End the answer before this text; repeatable.",
            rich_help_panel=_ANSWER,
        ),
    ] = None,
    kv_bits: Annotated[
        int | None,
        typer.Option(
            metavar="BITS", help="Quantise the KV cache: 8 or 4.", rich_help_panel=_ANSWER
        ),
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Prompt template instead of the checkpoint's own.",
            rich_help_panel=_ANSWER,
        ),
    ] = None,
    json_output: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print one JSON object instead of the text.",
        ),
    ] = False,
    stats: Annotated[
        bool,
        typer.Option(
            "--stats",
            help="Print token counts and timings to stderr.",
        ),
    ] = False,
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="No progress bar and no warnings."),
    ] = False,
) -> None:
    """Ask a question about a video and read the answer as it is generated."""
    from .output import errors_as_json

    with errors_as_json(json_output):
        from sf_mlx.errors import ModelNotFoundError, UsageError

        if preset is not None and spec is not None:
            raise UsageError("give --preset or --spec, not both")
        if question is not None and question_option is not None:
            raise UsageError("give the question once: as an argument or as --question")
        if question is not None and os.path.exists(question):
            raise UsageError(
                f"{question} is a file and no question: one video at a time. If it is meant as the "
                "question, write --question"
            )
        if model is None:
            raise ModelNotFoundError(
                "no model given: -m demo is built in (shapes and colours only); for real videos: "
                "sf-mlx convert llava-hf/llava-v1.6-vicuna-7b-hf -o llava-7b --bits 4, then "
                "-m llava-7b"
            )
        asked = question_option if question is None else question
        if asked is not None:
            asked = as_utf8(asked)
        if asked == "-" and question is None:
            if video == "-":
                raise UsageError("standard input cannot be both the video and the question")
            asked = read_question()

        from .interrupt import end_at_once_on_signals

        end_at_once_on_signals()

        from sf_mlx.prompts import DEFAULT_QUESTION
        from sf_mlx.sampling import Sampling
        from sf_mlx.slowfast import parse_spec
        from sf_mlx.slowfast import preset as find_preset
        from sf_mlx.video import Reading, Selection, parse_time

        pooling: Aggregation = find_preset("default" if preset is None else preset)
        if spec is not None:
            pooling = parse_spec(spec)
        selection = Selection(
            frames=frames,
            start=None if start is None else parse_time(start),
            end=None if end is None else parse_time(end),
            fps=fps,
            at=None if at is None else tuple(parse_time(time) for time in at.split(",")),
        )
        reading = Reading(selection, exact, hwaccel, limits(limit or []))
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

        from .progress import Bar

        with Bar(shown=not quiet) as bar:
            bar.say("Loading the model")

            from sf_mlx.loading import load

            loaded = load(model)
            bar.say("Reading from the pipe" if video == "-" else "Opening the video")
            answer = loaded.ask(
                video,
                DEFAULT_QUESTION if asked is None else asked,
                spec=pooling,
                reading=reading,
                template=template,
                kv_bits=kv_bits,
                keep_vision=False,
                choices=distinct([as_utf8(option) for option in choice or ()]),
                choose_by=choose_by.value,
                sampling=sampling,
                progress=bar.update,
            )
            warned = 0
            for piece in answer:
                bar.close()
                if not quiet:
                    warned = _warn(answer.warnings, warned)
                if not json_output:
                    write(piece)
        record = answer.record
        assert record is not None
        if json_output:
            write_json(record.as_json())
        else:
            write("\n")
        if not quiet:
            _warn(record.warnings, warned)
        if stats:
            note(statistics(record))


def _warn(warnings: Sequence[str], already: int) -> int:
    """Print those that were not printed yet; returns how many there are."""
    for warning in warnings[already:]:
        note(f"sf-mlx: warning: {warning}")
    return len(warnings)
