"""`sf-mlx ask`: one question about one video."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from .output import write

if TYPE_CHECKING:
    from sf_mlx.ask import AnswerRecord
    from sf_mlx.video import Limits

PRESETS = """\
default (the paper's setting; 3,680 visual tokens), \
fast (fast grid 1x1; 2,930 tokens, a fifth less prefill, up to 1.1 points lost), \
light (5 slow frames; 2,240 tokens, 1.6 points lost on ActivityNet and 7.8 on EgoSchema), \
detail (slow frames at full 24x24; 6,560 tokens, EgoSchema +6.0, ActivityNet -1.5)"""

_VIDEO = "Video file, folder of images, image, or - for standard input."
_MODEL = "Model folder, hub name already downloaded and converted, or demo."


def ask(
    video: Annotated[str, typer.Argument(help=_VIDEO)],
    question: Annotated[
        str | None, typer.Argument(help="What to ask; a description of the video if left out.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", envvar="SF_MLX_MODEL", help=_MODEL)
    ] = None,
    question_option: Annotated[
        str | None,
        typer.Option("--question", help="The question; - reads it from standard input."),
    ] = None,
    choice: Annotated[
        list[str] | None,
        typer.Option("--choice", help="An answer to choose from; repeat it for each."),
    ] = None,
    preset: Annotated[str | None, typer.Option(help=f"Pooling by name: {PRESETS}.")] = None,
    spec: Annotated[
        str | None,
        typer.Option(help="Pooling as upstream writes it: slowfast-slow_10frms_…-fast_4x4."),
    ] = None,
    frames: Annotated[
        int | None, typer.Option(help="Frames to sample, evenly; 50 if left out.")
    ] = None,
    start: Annotated[
        str | None, typer.Option(help="Begin here: seconds, 1:02:03.5 or 40%.")
    ] = None,
    end: Annotated[str | None, typer.Option(help="End here.")] = None,
    fps: Annotated[
        float | None, typer.Option(help="Frames per second of video instead of --frames.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="Only the frames at these times: 3s,7.5s,1:20.")
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Resize large frames exactly as the paper's code does.")
    ] = False,
    hwaccel: Annotated[
        bool, typer.Option("--hwaccel", help="Decode with VideoToolbox (macOS) where it can.")
    ] = False,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Raise a safety limit: pixels, frames, frame_seconds, total_seconds, piped_bytes.",
        ),
    ] = None,
    max_tokens: Annotated[int, typer.Option(help="Longest answer.")] = 256,
    temperature: Annotated[float, typer.Option(help="0 always takes the likeliest token.")] = 0.0,
    top_p: Annotated[float, typer.Option(help="Sample from this much probability.")] = 1.0,
    top_k: Annotated[int, typer.Option(help="Sample from this many tokens; 0 is all.")] = 0,
    min_p: Annotated[float, typer.Option(help="Drop tokens below this share of the best.")] = 0.0,
    repetition_penalty: Annotated[float, typer.Option(help="Above 1 avoids repetition.")] = 1.0,
    seed: Annotated[int | None, typer.Option(help="Makes sampling repeatable.")] = None,
    stop: Annotated[
        list[str] | None, typer.Option(help="End the answer before this text; repeatable.")
    ] = None,
    kv_bits: Annotated[int | None, typer.Option(help="Quantise the KV cache: 8 or 4.")] = None,
    template: Annotated[
        str | None, typer.Option(help="Prompt template instead of the checkpoint's own.")
    ] = None,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print one JSON object instead of the text.")
    ] = False,
    stats: Annotated[
        bool, typer.Option("--stats", help="Print token counts and timings to stderr.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress bar and no warnings.")
    ] = False,
) -> None:
    """Ask a question about a video and read the answer as it is generated."""
    from sf_mlx.errors import ModelNotFoundError, UsageError

    from .interrupt import exit_at_once_on_interrupt

    if preset is not None and spec is not None:
        raise UsageError("give --preset or --spec, not both")
    if question is not None and question_option is not None:
        raise UsageError("give the question once: as an argument or as --question")
    if model is None:
        raise ModelNotFoundError(
            "no model given: -m demo is built in (shapes and colours only); for real videos: "
            "sf-mlx convert llava-hf/llava-v1.6-vicuna-7b-hf -o llava-7b --bits 4, then -m llava-7b"
        )
    asked = question_option if question is None else question
    if asked == "-" and question is None:
        if video == "-":
            raise UsageError("standard input cannot be both the video and the question")
        asked = _read_question()
    if video != "-":
        # A piped video lies in a temporary file, which must be cleaned up
        exit_at_once_on_interrupt()

    from sf_mlx.generate import Sampling
    from sf_mlx.loading import load
    from sf_mlx.prompts import DEFAULT_QUESTION
    from sf_mlx.slowfast import parse_spec
    from sf_mlx.slowfast import preset as find_preset
    from sf_mlx.video import Selection, parse_time

    from .progress import Bar

    count = 50 if frames is None else frames
    if spec is not None:
        pooling = parse_spec(spec, count)
    else:
        pooling = find_preset("default" if preset is None else preset, count)
    selection = Selection(
        frames=frames,
        start=None if start is None else parse_time(start),
        end=None if end is None else parse_time(end),
        fps=fps,
        at=None if at is None else tuple(parse_time(time) for time in at.split(",")),
    )
    sampling = Sampling(
        max_tokens=max_tokens,
        temperature=temperature,
        top_p=top_p,
        top_k=top_k,
        min_p=min_p,
        repetition_penalty=repetition_penalty,
        seed=seed,
        stop=tuple(stop or ()),
        kv_bits=kv_bits,
    )
    with Bar(shown=not quiet) as bar:
        bar.say("Loading the model")
        answer = load(model).ask(
            video,
            DEFAULT_QUESTION if asked is None else asked,
            spec=pooling,
            selection=selection,
            choices=choice or (),
            template=template,
            sampling=sampling,
            exact=exact,
            hwaccel=hwaccel,
            limits=_limits(limit or []),
            keep_vision=False,
            progress=bar.update,
        )
        empty = True
        for piece in answer:
            bar.close()
            if not json_output:
                # The tokenizer's leading space is no part of the answer
                shown = piece.lstrip() if empty else piece
                write(shown)
                empty = empty and not shown
    assert answer.record is not None
    if json_output:
        _print_json(answer.record)
    else:
        write("\n")
    if not quiet:
        for warning in answer.record.warnings:
            print(f"sf-mlx: warning: {warning}", file=sys.stderr)
    if stats:
        _print_stats(answer.record)


def _read_question() -> str:
    from sf_mlx.errors import UsageError

    try:
        # Whatever the locale says
        return sys.stdin.buffer.read().decode("utf-8").removesuffix("\n")
    except UnicodeDecodeError:
        raise UsageError("the question from standard input is not valid UTF-8") from None


def _limits(settings: list[str]) -> Limits:
    from dataclasses import asdict

    from sf_mlx.errors import UsageError
    from sf_mlx.video import Limits

    kinds = {name: type(value) for name, value in asdict(Limits()).items()}
    values = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        try:
            values[name] = kinds[name](value)
        except (KeyError, ValueError):
            raise UsageError(
                f"--limit {setting!r} is not NAME=VALUE with a number and one of {', '.join(kinds)}"
            ) from None
    return Limits(**values)


def _print_json(record: AnswerRecord) -> None:
    import json
    from dataclasses import asdict

    write(json.dumps(asdict(record), ensure_ascii=False) + "\n")


def _print_stats(record: AnswerRecord) -> None:
    from sf_mlx.device import current

    device = current()
    blas = f" with {device.blas}" if device.blas else ""
    lines = [
        f"prompt       {record.visual_tokens:,} visual + {record.text_tokens:,} text tokens "
        f"({len(record.frame_times)} frames, {record.spec})",
        f"decode       {record.decode_seconds:.2f} s",
        f"vision       {record.vision_seconds:.2f} s",
        f"prefill      {record.prefill_seconds:.2f} s",
        f"first token  {record.first_token_seconds:.2f} s",
        f"answer       {record.tokens:,} tokens, {record.tokens_per_second:.1f} tokens/s, "
        f"ended by {record.finish_reason}",
        f"memory       {record.peak_memory / 2**20:,.0f} MiB at most",
        f"device       {device.backend}{blas}",
    ]
    if device.slow_blas:
        lines.append(
            "             no OpenBLAS or MKL found: attention is slow; install libopenblas0"
        )
    print("\n".join(lines), file=sys.stderr)
