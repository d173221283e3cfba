"""`sf-mlx chat`: a conversation about a video, on a terminal or through a pipe."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from . import options
from .arguments import as_utf8, cache_of
from .ask_together import as_one
from .looking import Looking
from .output import note

if TYPE_CHECKING:
    from sf_mlx.models import Model
    from sf_mlx.sampling import Sampling
    from sf_mlx.video import Limits

    from .screen import Screen
    from .subject import Subject
    from .talk import Talk

EXAMPLES = """
sf-mlx chat holiday.mov -m llava-7b
sf-mlx chat film.mkv --start 1:02:00 --end 1:05:00 -m llava-7b
"""

# Bytes of a line that is piped in
_LONGEST_LINE = 1 << 20


def chat(
    video: Annotated[
        str, typer.Argument(metavar="VIDEO", help="Video file, folder of images, or image.")
    ],
    model: options.Model = None,
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
    no_history: Annotated[
        bool, typer.Option("--no-history", help="Keep nothing of what is typed for the next time.")
    ] = False,
    quiet: options.Quiet = False,
) -> None:
    """Talk about a video: each question knows the ones before it.

    The video is read while you type; /help lists the commands. Where standard input is a pipe, each
    line of it is a question or a command, answers are printed and nothing else, and the exit code
    is that of the first failure.
    """
    from sf_mlx.errors import UsageError
    from sf_mlx.ranks import launched

    ranks = launched()
    with as_one(ranks):
        if ranks is not None:
            raise UsageError("one process talks: start sf-mlx chat without the launcher")
    if video == "-":
        raise UsageError("standard input is where questions come from; save the video to a file")
    if sys.stdin is None or sys.stdin.closed:
        raise UsageError("questions should come from standard input, but that is closed")
    looking = Looking(
        model=model, preset=preset, spec=spec, frames=frames, start=start, end=end, fps=fps,
        at=at, exact=exact, hwaccel=hwaccel, limit=limit or [], kv_bits=kv_bits, template=template,
    ).settled()  # fmt: skip
    reading = looking.reading(low_memory)
    find(video, reading.limits)

    from sf_mlx.sampling import Sampling

    from .subject import Subject

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
    subject = Subject(
        video, looking.pooling(), reading, template, looking.cache_bits, cache_of(no_cache)
    )
    name = str(looking.model)
    if _is_terminal(sys.stdin) and (_is_terminal(sys.stdout) or _is_terminal(sys.stderr)):
        talk_on_terminal(name, subject, sampling, no_history=no_history, quiet=quiet)
    else:
        talk_through_pipe(name, subject, sampling, quiet=quiet)


def find(video: str, limits: Limits) -> None:
    """Refuse a file that is not there before the prompt is; everything else takes longer to know.

    Raises
    ------
    VideoNotFoundError, EmptyVideoError, RefusedVideoError
    """
    from sf_mlx.video.open import find_file, local_path

    find_file(local_path(video), video, limits)


def _is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is there and a terminal."""
    return stream is not None and stream.isatty()


def talk_on_terminal(
    name: str, subject: Subject, sampling: Sampling, *, no_history: bool, quiet: bool
) -> None:
    """Read from the terminal until the user leaves."""
    from prompt_toolkit.history import InMemoryHistory
    from prompt_toolkit.output import create_output

    from .chat_history import history_file, open_history
    from .prompt import Prompt
    from .screen import Terminal
    from .talk import Talk

    screen = Terminal(quiet)
    prompt = Prompt(
        InMemoryHistory() if no_history else open_history(history_file()),
        lambda: talk.status(),
        lambda: talk.failure,
        # stdout may be a file that wants the answers only
        output=create_output(sys.stdout if _is_terminal(sys.stdout) else sys.stderr),
    )
    # A key and not the end of the command
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    talk = Talk(lambda: _load(name), subject, sampling, screen, prompt.interrupt)
    try:
        note(f"{subject}: ask about it, or /help")
        converse(talk, prompt.read, screen)
    except KeyboardInterrupt:
        # The second one, faster than the prompt came back
        pass
    finally:
        signal.signal(signal.SIGINT, before)
    _end(talk)


def converse(talk: Talk, read: Callable[[], str], screen: Screen) -> None:
    """Do what is typed, until the user leaves.

    Raises
    ------
    BaseException: the talk's failure.
    """
    from sf_mlx.errors import SfMlxError

    from .talk import Leave

    while talk.failure is None:
        try:
            try:
                talk.submit(read())
            except KeyboardInterrupt:
                talk.interrupt()
        except (EOFError, Leave):
            return
        except SfMlxError as error:
            if talk.failure is None:
                screen.note(f"sf-mlx: {error}")
    raise talk.failure


def talk_through_pipe(name: str, subject: Subject, sampling: Sampling, *, quiet: bool) -> None:
    """Do what the lines of standard input say, to the last, whatever fails."""
    from sf_mlx.errors import SfMlxError

    from .screen import Pipe
    from .talk import Leave, Talk

    talk = Talk(lambda: _load(name), subject, sampling, Pipe(quiet))
    code = 0
    while line := sys.stdin.buffer.readline(_LONGEST_LINE + 1):
        try:
            talk.submit(_decoded(line))
        except Leave:
            break
        except SfMlxError as error:
            note(f"sf-mlx: {error}")
            code = code or error.exit_code
            if error is talk.failure:
                break
    _end(talk, code)
    if code:
        raise typer.Exit(code)


def _decoded(line: bytes) -> str:
    """A line as text; what is too long is read to its end.

    Raises
    ------
    UsageError: it is too long, or no UTF-8.
    """
    from sf_mlx.errors import UsageError

    if len(line) > _LONGEST_LINE:
        while line and not line.endswith(b"\n"):
            line = sys.stdin.buffer.readline(_LONGEST_LINE)
        raise UsageError("a line of standard input is longer than 1 MB")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("a line of standard input is not valid UTF-8") from None


def _load(name: str) -> Model:
    from sf_mlx.loading import load

    return load(name)


def _end(talk: Talk, code: int = 0) -> None:
    """Give everything back; where something is still under way, by ending at once."""
    if talk.is_busy:
        # The interpreter would wait for it, or stop a thread inside of a library, which crashes
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                with suppress(OSError):
                    stream.flush()
        os._exit(code)
    talk.close()
