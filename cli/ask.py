"""`sf-mlx ask`: one question about one video."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Annotated

import typer

from . import options
from .arguments import as_utf8, chosen_model, pooling_of, read_question, reading_of
from .output import note, write, write_json
from .statistics import statistics

EXAMPLES = """
sf-mlx ask holiday.mov "When does the dog jump in?" -m llava-7b
sf-mlx ask film.mkv "Who comes in?" --start 1:02:00 --end 1:05:00 -m llava-7b
sf-mlx ask film.mkv "What happens?" --every 30s -m llava-7b
sf-mlx ask film.mkv --find "a red car" -m llava-7b
sf-mlx ask clip.mp4 "Which sport?" --choice tennis --choice golf -m llava-7b
"""


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
    choice: options.Choices = None,
    choose_by: options.ChoiceBy = options.ChooseBy.likelihood,
    preset: options.Preset = None,
    spec: options.Spec = None,
    frames: options.Frames = None,
    start: options.Start = None,
    end: options.End = None,
    fps: options.Fps = None,
    at: options.At = None,
    every: options.Every = None,
    find: options.Find = None,
    exact: options.Exact = False,
    hwaccel: options.Hwaccel = False,
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
    stats: options.Stats = False,
    quiet: options.Quiet = False,
) -> None:
    """Ask a question about a video and read the answer as it is generated."""
    from .output import errors_as_json

    with errors_as_json(json_output):
        from sf_mlx.errors import UsageError

        if question is not None and question_option is not None:
            raise UsageError("give the question once: as an argument or as --question")
        if question is not None and os.path.exists(question):
            raise UsageError(
                f"{question} is a file and no question: one video at a time. If it is meant as the "
                "question, write --question"
            )
        name = chosen_model(model)
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

        pooling = pooling_of(preset, spec)
        reading = reading_of(frames, start, end, fps, at, exact, hwaccel, limit)
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

        if every is not None or find is not None:
            from .ask_stretches import Output, Stretches, ask_stretches

            given = None if find is None else as_utf8(find)
            among = [as_utf8(option) for option in choice or ()]
            ask_stretches(
                name,
                video,
                Stretches(every, given, asked, among, choose_by.value),
                Output(json_output, None, stats, quiet),
                pooling=pooling,
                reading=reading,
                template=template,
                kv_bits=kv_bits,
                sampling=sampling,
            )
            return

        from .progress import Bar

        with Bar(shown=not quiet) as bar:
            bar.say("Loading the model")

            from sf_mlx.loading import load

            loaded = load(name)
            bar.say("Reading from the pipe" if video == "-" else "Opening the video")
            answer = loaded.ask(
                video,
                DEFAULT_QUESTION if asked is None else asked,
                spec=pooling,
                reading=reading,
                template=template,
                kv_bits=kv_bits,
                keep_vision=False,
                choices=[as_utf8(option) for option in choice or ()],
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
