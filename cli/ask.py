"""`sf-mlx ask`: one question about one video."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from . import options
from .arguments import as_utf8, chosen_model, pooling_of, questions_of, reading_of
from .output import note, warn, write, write_json
from .statistics import statistics

EXAMPLES = """
sf-mlx ask holiday.mov "When does the dog jump in?" -m llava-7b
sf-mlx ask film.mkv "Who comes in?" --start 1:02:00 --end 1:05:00 -m llava-7b
sf-mlx ask clip.mp4 "Which sport?" --choice tennis --choice golf -m llava-7b
sf-mlx ask clips/*.mp4 -q "What happens?" -q "Where is it?" --jsonl out.jsonl -m llava-7b
"""


def ask(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="VIDEO... [QUESTION]",
            help="Video file, folder of images, image, or - for standard input; several videos, or "
            "a folder of them, if the question comes with -q. A description if there is none.",
        ),
    ],
    model: options.Model = None,
    question: options.Questions = None,
    choice: options.Choices = None,
    choose_by: options.ChoiceBy = options.ChooseBy.likelihood,
    questions: options.QuestionsFile = None,
    recursive: Annotated[
        bool,
        typer.Option(
            "--recursive",
            help="Videos in the folders of a folder too.",
            rich_help_panel=options.MANY,
        ),
    ] = False,
    jsonl: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write a line of JSON for each video and question as soon as it is answered. "
            "What the file holds is not asked again.",
            rich_help_panel=options.MANY,
        ),
    ] = None,
    csv: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The same as a table of comma-separated values.",
            rich_help_panel=options.MANY,
        ),
    ] = None,
    preset: options.Preset = None,
    spec: options.Spec = None,
    frames: options.Frames = None,
    start: options.Start = None,
    end: options.End = None,
    fps: options.Fps = None,
    at: options.At = None,
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

        videos, argument = _split(words, bool(question or questions is not None))
        name = chosen_model(model)
        if videos == ["-"] and "-" in (question or []):
            raise UsageError("standard input cannot be both the video and the question")
        asked = questions_of(argument, question or [], questions)

        from .interrupt import end_at_once_on_signals

        # A line that is written is whole, and one that is not is repaired by the next run
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

        from . import ask_many

        output = ask_many.Output(jsonl, csv, json_output, quiet, stats)
        if output.has_file or len(videos) > 1 or len(asked) > 1 or os.path.isdir(videos[0]):
            from sf_mlx.clips import find_clips

            clips = find_clips(videos, recursive=recursive)
            if output.has_file or clips != videos or len(clips) > 1 or len(asked) > 1:
                ask_many.ask_many(
                    name,
                    clips,
                    asked or [DEFAULT_QUESTION],
                    output,
                    pooling=pooling,
                    reading=reading,
                    template=template,
                    kv_bits=kv_bits,
                    choices=[as_utf8(option) for option in choice or ()],
                    choose_by=choose_by.value,
                    sampling=sampling,
                )
                return

        from .progress import Bar

        video = videos[0]
        with Bar(shown=not quiet) as bar:
            bar.say("Loading the model")

            from sf_mlx.loading import load

            loaded = load(name)
            bar.say("Reading from the pipe" if video == "-" else "Opening the video")
            answer = loaded.ask(
                video,
                asked[0] if asked else DEFAULT_QUESTION,
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
                    warned = warn(answer.warnings, warned)
                if not json_output:
                    write(piece)
        record = answer.record
        assert record is not None
        if json_output:
            write_json(record.as_json())
        else:
            write("\n")
        if not quiet:
            warn(record.warnings, warned)
        if stats:
            note(statistics(record))


def _split(words: list[str], has_question: bool) -> tuple[list[str], str | None]:
    """The videos, and the question where it is among the arguments.

    Raises
    ------
    UsageError: what should be the question is a file, or there are two questions.
    """
    from sf_mlx.errors import UsageError

    if has_question:
        if len(words) == 2 and not _is_path(words[1]):
            raise UsageError(
                "give the question once: as an argument or as --question; there is no file "
                f"{words[1]}"
            )
        return words, None
    if len(words) > 2:
        raise typer.BadParameter("about several videos write the question as -q QUESTION")
    if len(words) == 2 and os.path.exists(words[1]):
        raise UsageError(
            f"{words[1]} is a file and no question: an argument is about one video; for several "
            "write -q QUESTION. If it is meant as the question, write --question"
        )
    return words[:1], words[1] if len(words) == 2 else None


def _is_path(word: str) -> bool:
    """Whether a word is meant as a file, be it there or not."""
    from sf_mlx.video.stills import _VIDEO_SUFFIXES as VIDEO_SUFFIXES
    from sf_mlx.video.stills import SUFFIXES

    return os.path.exists(word) or word == "-" or word.lower().endswith(SUFFIXES + VIDEO_SUFFIXES)
