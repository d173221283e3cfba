"""What a command is given as text, understood: arguments, standard input, limits."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from .output import note

if TYPE_CHECKING:
    from sf_mlx.cache import Cache
    from sf_mlx.slowfast import Aggregation
    from sf_mlx.video import Limits, Reading

_LONGEST_QUESTION = 1 << 20


def as_utf8(argument: str) -> str:
    """A text from the command line, whose bytes Python took for the locale's.

    Raises
    ------
    UsageError: its bytes are no UTF-8.
    """
    from sf_mlx.errors import UsageError

    try:
        return os.fsencode(argument).decode("utf-8")
    except UnicodeError:
        shown = ascii(argument[:40])
        raise UsageError(f"the text {shown} on the command line is not valid UTF-8") from None


def distinct(choices: list[str]) -> list[str]:
    """Options as they were typed, each once.

    Raises
    ------
    UsageError: one comes again.
    """
    from sf_mlx.errors import UsageError

    plain = [choice.strip().casefold() for choice in choices]
    for choice, text in zip(choices, plain, strict=True):
        if plain.count(text) > 1:
            raise UsageError(f"the choice {choice!r} is given twice")
    return choices


def read_question() -> str:
    """The question from standard input, whatever the locale says.

    Raises
    ------
    UsageError: standard input is closed, too long, or no UTF-8.
    """
    from sf_mlx.errors import UsageError

    if sys.stdin is None or sys.stdin.closed:
        raise UsageError("the question should come from standard input, but that is closed")
    if sys.stdin.isatty():
        note("Type the question, then Ctrl-D on a line of its own:")
    try:
        data = sys.stdin.buffer.read(_LONGEST_QUESTION + 1)
        if len(data) > _LONGEST_QUESTION:
            raise UsageError("the question from standard input is longer than 1 MB")
        return data.decode("utf-8").removesuffix("\n")
    except UnicodeDecodeError:
        raise UsageError("the question from standard input is not valid UTF-8") from None
    except OSError as error:
        raise UsageError(f"the question cannot be read: {error.strerror}") from None


def read_questions(path: str) -> list[str]:
    """The questions of a text file, one on each line; empty lines are none.

    Raises
    ------
    UsageError: it cannot be read, is too long, no UTF-8, or holds no question.
    """
    from sf_mlx.errors import UsageError, printable

    name = printable(path)
    try:
        with open(path, "rb") as file:
            data = file.read(_LONGEST_QUESTION + 1)
        if len(data) > _LONGEST_QUESTION:
            raise UsageError(f"{name}: longer than 1 MB; a question stands on each line")
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{name}: not valid UTF-8") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{name}: the questions cannot be read ({reason})") from None
    # Not splitlines: a question may hold other separators
    questions = [line.strip() for line in text.split("\n") if line.strip()]
    if not questions:
        raise UsageError(f"{name}: no question in it; one stands on each line")
    return questions


def questions_of(argument: str | None, options: list[str], file: str | None) -> list[str]:
    """What is asked: by the argument, or by options and a file, in this order; perhaps nothing.

    Raises
    ------
    UsageError: both ways are taken, or a question cannot be read.
    """
    from sf_mlx.errors import UsageError

    if argument is not None:
        return [as_utf8(argument)]
    if options.count("-") > 1:
        raise UsageError("standard input can be only one of the questions")
    given = [read_question() if text == "-" else as_utf8(text) for text in options]
    return given + ([] if file is None else read_questions(file))


def chosen_model(model: str | None) -> str:
    """The model that was named here, or is set.

    Raises
    ------
    ModelNotFoundError: neither.
    UsageError: what is set cannot be used.
    """
    from sf_mlx.errors import ModelNotFoundError
    from sf_mlx.settings import read_settings

    if model is None:
        model = read_settings().model
    if model is None:
        raise ModelNotFoundError(
            "no model given: -m demo is built in (shapes and colours only); for real videos: "
            "sf-mlx convert llava-hf/llava-v1.6-vicuna-7b-hf -o llava-7b --bits 4, then "
            "-m llava-7b"
        )
    return model


def pooling_of(preset: str | None, spec: str | None) -> Aggregation:
    """The pooling that `--preset` or `--spec` names; what is set, or the default, where neither
    does.

    Raises
    ------
    UsageError: both are given, or it is none.
    """
    from sf_mlx.settings import read_settings

    if preset is None and spec is None:
        preset = read_settings().preset
    return named_pooling(preset, spec)


def named_pooling(preset: str | None, spec: str | None, frames: int | None = None) -> Aggregation:
    """The pooling that `--preset` or `--spec` names, the default where neither does.

    Parameters
    ----------
    frames: to sample; the method's own number when not given.

    Raises
    ------
    UsageError: both are given, or it is none.
    """
    from sf_mlx.errors import UsageError
    from sf_mlx.slowfast import parse_spec
    from sf_mlx.slowfast import preset as find_preset
    from sf_mlx.video.select import UPSTREAM_FRAMES

    if preset is not None and spec is not None:
        raise UsageError("give --preset or --spec, not both")
    count = UPSTREAM_FRAMES if frames is None else frames
    if spec is not None:
        return parse_spec(spec, count)
    return find_preset("default" if preset is None else preset, count)


def kv_bits_of(kv_bits: int | None) -> int | None:
    """Bits of the KV cache that `--kv-bits` asks for, or what is set; None for all.

    Raises
    ------
    UsageError: what is set cannot be used.
    """
    from sf_mlx.settings import read_settings

    return (read_settings().kv_bits if kv_bits is None else kv_bits) or None


def cache_of(no_cache: bool) -> Cache | None:
    """The disk cache, as it is set, unless `--no-cache` is given.

    Raises
    ------
    UsageError: what is set cannot be used.
    """
    from sf_mlx.cache import Cache

    return None if no_cache else Cache()


def reading_of(
    frames: int | None,
    start: str | None,
    end: str | None,
    fps: float | None,
    at: str | None,
    exact: bool,
    hwaccel: bool,
    limit: list[str] | None,
    low_memory: bool = False,
) -> Reading:
    """How the video is read, from the options of these names.

    Raises
    ------
    UsageError: a time, a number or a limit is none.
    """
    from sf_mlx.video import Reading, Selection, parse_time

    selection = Selection(
        frames=frames,
        start=None if start is None else parse_time(start),
        end=None if end is None else parse_time(end),
        fps=fps,
        at=None if at is None else tuple(parse_time(time) for time in at.split(",")),
    )
    return Reading(selection, exact, hwaccel, limits(limit or []), low_memory)


def length_of(every: str) -> float:
    """Seconds of the stretches that `--every` asks for.

    Raises
    ------
    UsageError: it is no length.
    """
    from sf_mlx.errors import UsageError
    from sf_mlx.video import Percent, parse_time

    length = parse_time(every)
    if isinstance(length, Percent) or length <= 0:
        raise UsageError("--every takes the length of a stretch: 30s, 2m or 1:30")
    return length


def limits(settings: list[str]) -> Limits:
    """The safety limits with those that `NAME=VALUE` sets.

    Raises
    ------
    UsageError: no such limit, or no number.
    """
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
