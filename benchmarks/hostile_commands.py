"""Odd arguments, names and environments for `sf-mlx`."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_NUMBERS = (
    "", " ", "0", "-1", "-0", "1e999", "nan", "inf", "0x10", "１２", "1_0", "1,5", "9" * 5000,
    "1e-999", "1.5", "2e0", "true", "\x1b[2J", "--", "½",
)  # fmt: skip
_TEXTS = (
    "",
    " ",
    "\x1b[2J",
    "x" * 100_000,
    "../..",
    "\u202eabc",
    "%s%n",
    "$(id)",
    "a\nb",
    "-",
    "🎬" * 500,
)
_INTEGER_OPTIONS = ("--frames", "--max-tokens", "--top-k", "--seed", "--kv-bits")
_FLOAT_OPTIONS = ("--temperature", "--top-p", "--min-p", "--repetition-penalty", "--fps")
_TIME_OPTIONS = ("--start", "--end", "--at")


@dataclass(frozen=True)
class Command:
    """A command line; MODEL, FRAMES and ROOT stand for paths."""

    group: str
    words: tuple[str, ...]


def _ask(group: str, *more: str, video: str = "FRAMES", model: str = "MODEL") -> Command:
    return Command(group, ("ask", video, "Why?", "-m", model, "--max-tokens", "2", *more))


def _commands() -> Iterator[Command]:
    few = ("--spec", "slowfast-slow_1frms_concat-fast_1x1", "--frames", "2")
    for option in (*_INTEGER_OPTIONS, *_FLOAT_OPTIONS, *_TIME_OPTIONS):
        for value in _NUMBERS[:: 1 if option in ("--frames", "--top-p", "--start") else 3]:
            yield _ask("numbers", *few, f"{option}={value}")
    for option in (
        "--spec",
        "--preset",
        "--template",
        "--choice",
        "--limit",
        "--stop",
        "--question",
    ):
        for value in _TEXTS:
            yield _ask("texts", f"{option}={value}")
    for spec in (
        "slowfast-slow_1frms_concat-fast_999999999x0",
        "slowfast-slow_1frms_concat-fast_0x9999999999",
        f"slowfast-slow_{'9' * 5000}frms_concat-fast_1x1", "slowfast-slow_0frms_concat-fast_0x0",
        "slowfast-slow_10000frms_concat-fast_1x1", "slowfast-slow_1frms_concat-fast_256x256",
    ):  # fmt: skip
        yield _ask("texts", "--spec", spec)
    models = (
        "", " ", ".", "..", "/", "/dev/null", "/dev/zero", "~nosuchuser/x", "x" * 5000, "nothing",
        "owner/" + "x" * 5000, "a/b", "mlx-community/llava-1.5-7b-4bit", "../x", "\x1b[2J", "demo/",
        "http://example.org/x", "file:///tmp", "a/b/c", "\udcff\udcfe", "FRAMES", "🎬", "-", "~",
        "a//b",
    )  # fmt: skip
    for name in models:
        yield _ask("names", f"--model={name}", model="MODEL")
        yield Command("names", ("convert", name, "-o", "ROOT/new"))
        yield _ask("names", video=name)
    for name in ("", "/", ".", "x/" * 2000, "ROOT/" + "x" * 5000, "~nosuchuser/x", "/dev/null/x",
                 "/proc/x", "ROOT/\x1b[2J", "ROOT/\udcff", "ROOT/a\nb", "FRAMES",
                 "ROOT/a/b/c"):  # fmt: skip
        yield Command("names", ("convert", "MODEL", "-o", name))
    files = (
        "", "/", "x/" * 2000, "ROOT/" + "x" * 5000, "/dev/null", "/dev/full", "/proc/x",
        "ROOT/\x1b[2J", "ROOT/\udcff", "ROOT/a\nb", "ROOT/a/b", "ROOT/frames",
    )  # fmt: skip
    for name in files:
        for option in ("--jsonl", "--csv", "--questions"):
            yield _ask("names", *few, f"{option}={name}")
        yield Command("names", ("watch", name, "-m", "MODEL", "--once"))
    for second in ("FRAMES", "-", "ROOT/\udcff.mp4"):
        yield Command("names", ("ask", "FRAMES", second, "-q", "Why?", "-m", "MODEL", *few))
    for value in _NUMBERS[:12]:
        for option in ("--bits", "--group-size", "--vision-bits"):
            yield Command("numbers", ("convert", "MODEL", "-o", "ROOT/new", f"{option}={value}"))
    for value in _TEXTS:
        for option in ("--mode", "--dtype"):
            yield Command("texts", ("convert", "MODEL", "-o", "ROOT/new", f"{option}={value}"))
    for words in (
        ("ask",), ("convert",), ("odd",), ("",), ("\x1b[2J",), ("ask", "--odd"), ("--version", "x"),
        ("ask", "FRAMES", "Why?"), ("convert", "MODEL"), ("convert", "-o", "ROOT/new"),
        ("convert", "demo", "-o", "ROOT/new"),
        ("convert", "MODEL", "-o", "ROOT/new", "--drop-source"),
        ("ask", "FRAMES", "a", "b", "-m", "MODEL"), ("demo", "x"), ("ask", "-", "--question", "-"),
        ("x" * 100_000,), ("ask", "--" + "x" * 100_000), ("ask", "FRAMES", "-m", "demo", "--top-p"),
    ):  # fmt: skip
        yield Command("names", words)


COMMANDS = list(_commands())


@dataclass(frozen=True)
class Environment:
    """A process as a shell would start it: variables, and what is closed.

    Attributes
    ----------
    codes: exit codes that are right without a message: 141 of a closed pipe, and all where stderr
        is closed.
    """

    name: str
    variables: dict[str, str | None] = field(default_factory=dict)
    redirection: str = ""
    convert: bool = False
    codes: tuple[int, ...] = ()


_VARIABLES: tuple[dict[str, str | None], ...] = (
    {"LC_ALL": "C"}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0"}, {"LANG": "nothing"}, {"TERM": "dumb"},
    {"NO_COLOR": "1"}, {"FORCE_COLOR": "1"}, {"COLUMNS": "1"}, {"COLUMNS": "x"}, {"HOME": None},
    {"HOME": "/nonexistent"}, {"TMPDIR": "/nonexistent"}, {"SF_MLX_MODEL": ""}, {"PATH": ""},
    {"SF_MLX_MODEL": "\x1b[2J"}, {"HF_HOME": "/dev/null"}, {"HF_HUB_CACHE": "/nonexistent"},
    {"OMP_NUM_THREADS": "x"}, {"TOKENIZERS_PARALLELISM": "x"}, {"PYTHONIOENCODING": "ascii"},
    {"TRANSFORMERS_VERBOSITY": "debug"}, {"TZ": "nowhere"},
)  # fmt: skip
_REDIRECTIONS = (
    "<&-",
    ">&-",
    "2>&-",
    "<&- >&- 2>&-",
    ">/dev/full",
    "2>/dev/full",
    "| true",
    "2>&1 | true",
)

ENVIRONMENTS = [
    *(Environment(f"{'convert' if convert else 'ask'} {variables}", variables, convert=convert)
      for variables in _VARIABLES for convert in (False, True)),
    *(Environment(f"{'convert' if convert else 'ask'} {how}", {}, how, convert,
                  (141, 50) if "2>" in how else (141,))
      for how in _REDIRECTIONS for convert in (False, True)),
]  # fmt: skip


def run_environment(
    environment: Environment, model: Path, frames: Path, root: Path, seconds: int
) -> tuple[int, str, str, float, int]:
    """Exit code (negative for a signal), stdout, stderr, seconds, and peak bytes of a process."""
    command = (
        ["convert", str(model), "-o", str(root / "made")]
        if environment.convert
        else ["ask", str(frames), "Why?", "-m", str(model), "--max-tokens", "2", "--frames", "2",
              "--spec", "slowfast-slow_1frms_concat-fast_1x1"]
    )  # fmt: skip
    variables = {**os.environ, **environment.variables}
    program = "from sf_mlx_cli.main import main; main()"
    # pipefail: the command's code, not that of `true`
    script = f'set -o pipefail; "$0" "$@" {environment.redirection}'
    begun = time.monotonic()
    try:
        done = subprocess.run(
            ["/bin/bash", "-c", script, sys.executable, "-c", program, *command],
            env={name: value for name, value in variables.items() if value is not None},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds + 5,
            cwd=root,
        )
        code, out, err = done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired as late:
        code, out, err = -9, late.stdout or b"", late.stderr or b""
    subprocess.run(["rm", "-rf", str(root / "made")], check=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    texts = [text[:100_000].decode("utf-8", "replace") for text in (out, err)]
    return code, texts[0], texts[1], time.monotonic() - begun, peak
