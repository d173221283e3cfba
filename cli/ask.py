"""`sf-mlx ask`: about one video, about each stretch of it, or about many."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from . import options
from .arguments import as_utf8, distinct, questions_of
from .ask_together import as_one, check_one, check_options, follow, settle
from .conversation import last_conversation
from .looking import Asking, Looking
from .output import errors_as_json, note

EXAMPLES = """
sf-mlx ask holiday.mov "When does the dog jump in?" -m llava-7b
sf-mlx ask film.mkv "Who comes in?" --start 1:02:00 --end 1:05:00 -m llava-7b
sf-mlx ask film.mkv "What happens?" --every 30s -m llava-7b
sf-mlx ask film.mkv --find "a red car" -m llava-7b
sf-mlx ask clip.mp4 "Which sport?" --choice tennis --choice golf -m llava-7b
sf-mlx ask clips/*.mp4 -q "What happens?" -q "Where is it?" --jsonl out.jsonl -m llava-7b
sf-mlx ask -c "And who wins?"
"""


def ask(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="VIDEO... [QUESTION]",
            help="Video file, folder of images, image, or - for standard input; several videos, or "
            "a folder of them, if the question comes with -q. A description if there is none.",
        ),
    ] = None,
    model: options.Model = None,
    question: options.Questions = None,
    questions: options.QuestionsFile = None,
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
    every: options.Every = None,
    find: options.Find = None,
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
            help="Write to this file and not to stdout: .md, .txt or .json; of --every also .srt.",
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

    What was seen is kept in the cache, and one question about one video in the history; see sf-mlx
    cache and sf-mlx history.
    """
    with errors_as_json(json_output):
        from sf_mlx.errors import UsageError
        from sf_mlx.ranks import launched
        from sf_mlx.sampling import Sampling

        ranks = launched()
        with as_one(ranks):
            if json_output and out is not None:
                raise UsageError("give --json, or -o with a name that ends in .json")
            if (
                trace is not None
                and out is not None
                and os.path.realpath(trace) == os.path.realpath(out)
            ):
                raise UsageError("--trace and -o are two files; name another for one of them")
            looking = Looking(
                model=model, preset=preset, spec=spec, frames=frames, start=start, end=end, fps=fps,
                at=at, exact=exact, hwaccel=hwaccel, limit=limit or [], kv_bits=kv_bits,
                template=template,
            )  # fmt: skip
            if choose_by is not options.ChooseBy.likelihood and not choice:
                raise UsageError("--choice-by is about the options that --choice gives")
            conversation = None
            has_question = bool(question or questions is not None)
            # Where there are several processes, the first has the standard input and the settings
            is_first = ranks is None or ranks.rank == 0
            if ranks is not None:
                check_options(
                    {
                        "-c": go_on,
                        "--every": every is not None,
                        "--find": find is not None,
                        "--jsonl": jsonl is not None,
                        "--csv": csv is not None,
                        "--questions": questions is not None,
                    }
                )
            if go_on:
                if choice or every is not None or find is not None:
                    raise UsageError("-c goes on with a conversation; ask about the video anew")
                if jsonl is not None or csv is not None:
                    raise UsageError("-c goes on with one conversation; write its answer with -o")
                argument = _only_a_question(words or [], has_question)
                conversation, before = last_conversation()
                looking, videos = looking.after(before), [conversation.video]
                if conversation.is_changed and not quiet:
                    note("sf-mlx: warning: the video has changed since the conversation began")
            else:
                videos, argument = _split(words or [], has_question)
            if videos == ["-"] and "-" in (argument or "", *(question or ())):
                raise UsageError("standard input cannot be both the video and the question")
            if ranks is not None:
                check_one(ranks, videos, question or [], recursive)
            asked = questions_of(argument, question or [], questions) if is_first else []
            if go_on and len(asked) != 1:
                raise UsageError('ask one thing: sf-mlx ask -c "…"')
            if is_first:
                looking = looking.settled()
            asking = Asking(
                choices=tuple(distinct([as_utf8(option) for option in choice or ()])),
                choose_by=choose_by.value,
                sampling=Sampling(
                    max_tokens=max_tokens,
                    temperature=temperature,
                    top_p=top_p,
                    top_k=top_k,
                    min_p=min_p,
                    repetition_penalty=repetition_penalty,
                    seed=seed,
                    stop=tuple(as_utf8(text) for text in stop or ()),
                ),
                low_memory=low_memory,
                no_cache=no_cache,
            )

        from .interrupt import end_at_once_on_signals

        # A line that is written is whole, and one that is not is repaired by the next run
        end_at_once_on_signals()

        if ranks is not None:
            about = settle(ranks, looking, asked[0] if asked else None, asking)
            looking, asked, asking = about[0], [about[1]], about[2]
            if ranks.rank > 0:
                follow(ranks, looking, videos[0], asked[0], asking)
                return

        from sf_mlx.clips import find_clips

        if every is not None or find is not None:
            from .ask_stretches import Output, Stretches, ask_stretches

            if len(videos) > 1 or len(asked) > 1 or jsonl is not None or csv is not None:
                raise UsageError("--every and --find are about one video and one question")
            if recursive or find_clips(videos) != videos:
                raise UsageError("--every and --find are about one video, not a folder of them")
            _refuse_trace(trace)
            wanted = Stretches(
                every, None if find is None else as_utf8(find), asked[0] if asked else None
            )
            stretches = Output(json_output, out, stats, quiet)
            ask_stretches(looking, videos[0], wanted, asking, stretches)
            return

        from . import ask_many

        lines = ask_many.Output(jsonl, csv, json_output, quiet, stats)
        if lines.has_file or len(videos) > 1 or len(asked) > 1 or os.path.isdir(videos[0]):
            clips = find_clips(videos, recursive=recursive)
            if lines.has_file or clips != videos or len(clips) > 1 or len(asked) > 1:
                if out is not None:
                    raise UsageError("-o is for one answer; write those of many with --jsonl")
                _refuse_trace(trace)
                ask_many.ask_many(looking, clips, asked, asking, lines)
                return

        from .ask_one import Output as OneOutput
        from .ask_one import ask_one

        output = OneOutput(json_output, out, not no_history, trace, stats, quiet)
        ask_one(
            looking, videos[0], asked[0] if asked else None, asking, output, conversation, ranks
        )


def _refuse_trace(trace: str | None) -> None:
    """Where several answers are asked for.

    Raises
    ------
    UsageError: a timeline is wanted.
    """
    from sf_mlx.errors import UsageError

    if trace is not None:
        raise UsageError("--trace is of one question about one video")


def _only_a_question(words: list[str], has_question: bool) -> str | None:
    """The question where it is an argument; a conversation has its video.

    Raises
    ------
    UsageError: a video is named too, or there are two questions.
    """
    from sf_mlx.errors import UsageError

    if len(words) > 1:
        raise UsageError("-c goes on about the same video; give the question only")
    if words and has_question:
        raise UsageError("give the question once: as an argument or as --question")
    return words[0] if words else None


def _split(words: list[str], has_question: bool) -> tuple[list[str], str | None]:
    """The videos, and the question where it is among the arguments.

    Raises
    ------
    UsageError: what should be the question is a file, or there are two questions.
    """
    from sf_mlx.errors import UsageError

    if not words:
        raise UsageError("no video is named: sf-mlx ask VIDEO QUESTION")
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
    from sf_mlx.video.stills import SUFFIXES, VIDEO_SUFFIXES

    return os.path.exists(word) or word == "-" or word.lower().endswith(SUFFIXES + VIDEO_SUFFIXES)
