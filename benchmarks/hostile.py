"""What comes from outside, broken: checkpoints, arguments, names, environments, videos, pictures.

    python -m benchmarks.hostile [--every 1] [--group NAME …] [--videos 10000] [--pictures 3000]

--pictures is for each format. Every outcome must be one or two printable lines and a documented
exit code: no signal, no traceback, no hang over 60 seconds, no more than 2 GB, and nothing
half-written left. Every outcome that breaks a rule goes to stderr at once, a table of all of them
to stdout at the end; the exit code is 1 if a rule was broken. Videos and pictures end with a kind
of error instead of an exit code.

The commands run in children of one process that has imported everything and computed nothing, so
that a crash or a memory bomb ends the child alone.
"""

import argparse
import contextlib
import importlib
import io
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.hostile_checkpoints import Case, cases, write_sound
from benchmarks.hostile_commands import COMMANDS, ENVIRONMENTS, Command, run_environment
from benchmarks.video_fuzz import BROKEN, pictures, videos

SECONDS = 60
BYTES = 2 * 10**9
# More address space than memory: MLX and OpenBLAS reserve some
_ADDRESS_SPACE = 12 * 2**30
_LINE = 500  # characters
SPEC = "slowfast-slow_1frms_concat-fast_1x1"


@dataclass(frozen=True)
class Outcome:
    """How a command ended; `code` is negative for a signal."""

    code: int
    out: str
    err: str
    seconds: float
    peak: int


def warm_up() -> None:
    """Import what the commands import, and compute nothing: a fork would lose MLX's threads."""
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"  # before its import, as main() does
    for name in (
        "av", "PIL.Image", "sentencepiece", "transformers", "transformers.models.llama",
        "huggingface_hub", "sf_mlx.loading", "sf_mlx.weights.convert", "sf_mlx_cli.main",
    ):  # fmt: skip
        importlib.import_module(name)
    import transformers

    for name in ("LlamaConfig", "MistralConfig", "CLIPVisionConfig", "PreTrainedTokenizerFast",
                 "LlamaTokenizer"):  # fmt: skip
        getattr(transformers, name)
    from sf_mlx_cli.main import app

    with contextlib.redirect_stdout(io.StringIO()):
        for command in ("ask", "convert"):
            app([command, "--help"], standalone_mode=False)


def run(
    arguments: Iterable[str], folder: Path, *, setup: Callable[[], None] | None = None
) -> Outcome:
    """Run `sf-mlx` with these arguments in a child, its output in files in `folder`."""
    out, err = folder / "stdout", folder / "stderr"
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        _be_the_command(list(arguments), out, err, setup)
    status, usage = _wait(child)
    code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    said, wrong = (path.read_bytes()[:100_000].decode("utf-8", "replace") for path in (out, err))
    return Outcome(code, said, wrong, time.monotonic() - begun, peak)


def _be_the_command(
    arguments: list[str], out: Path, err: Path, setup: Callable[[], None] | None
) -> None:
    code = 99
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for number, path in ((1, out), (2, err)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        if setup:
            setup()
        from sf_mlx_cli.main import main

        sys.argv = ["sf-mlx", *arguments]
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 1
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)


def _wait(child: int) -> tuple[int, resource.struct_rusage]:
    """Wait for a child, and end it when its time is over."""

    def end(number: int, frame: object) -> None:
        os.kill(child, signal.SIGKILL)

    signal.signal(signal.SIGALRM, end)
    signal.alarm(SECONDS)
    try:
        _, status, usage = os.wait4(child, 0)
    finally:
        signal.alarm(0)
    return status, usage


def documented_codes() -> set[int]:
    """The exit codes of sf_mlx/errors.py, but 1, which is a bug."""
    from sf_mlx import errors

    kinds = [k for k in vars(errors).values() if isinstance(k, type)]
    return {0, *(k.exit_code for k in kinds if issubclass(k, errors.SfMlxError))} - {1}


def faults(outcome: Outcome, extra_codes: Iterable[int] = ()) -> list[str]:
    """Which rules an outcome breaks."""
    found = []
    if outcome.seconds >= SECONDS:
        found.append(f"no end in {SECONDS} s")
    elif outcome.code < 0:
        found.append(f"ended by {signal.Signals(-outcome.code).name}")
    if outcome.code not in documented_codes() | set(extra_codes) and outcome.code >= 0:
        found.append(f"exit code {outcome.code}")
    if outcome.peak > BYTES:
        found.append(f"{outcome.peak / 1e9:.1f} GB")
    for word in ("Traceback", "panicked"):
        if word in outcome.err:
            found.append(word)
    # A wrong option is answered by typer, which says how it is used first
    lines = [
        line
        for line in outcome.err.splitlines()
        if line.strip() and not line.startswith(("Usage: ", "Try 'sf-mlx"))
    ]
    if outcome.code > 0 and not lines and outcome.code not in extra_codes:
        found.append("no message")
    if len(lines) > 2:
        found.append(f"{len(lines)} lines")
    if any(len(line) > _LINE for line in lines):
        found.append("a long line")
    if not all(line.isprintable() for line in lines):
        found.append("raw characters")
    return found


@dataclass
class Table:
    """Outcomes by group and exit code or kind of ending, and the ones that broke a rule."""

    codes: dict[str, Counter[int]] = field(default_factory=dict)
    endings: dict[str, Counter[str]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    slowest: float = 0.0
    largest: int = 0

    def add(self, group: str, name: str, outcome: Outcome, wrong: list[str]) -> None:
        self.codes.setdefault(group, Counter())[outcome.code] += 1
        self.slowest = max(self.slowest, outcome.seconds)
        self.largest = max(self.largest, outcome.peak)
        if wrong:
            last = outcome.err.strip().splitlines()[-1:] or [""]
            self._break(f"{group}: {name!r}: {', '.join(wrong)}: {last[0][:200]!r}")

    def add_endings(self, group: str, endings: Counter[str]) -> None:
        """Count what was read without a command; `BROKEN` are the endings that break a rule."""
        self.endings[group] = endings
        for ending in BROKEN:
            for _ in range(endings[ending]):
                self._break(f"{group}: {ending}: python benchmarks/video_fuzz.py says which")

    def _break(self, what: str) -> None:
        self.broken.append(what)
        print(what, file=sys.stderr, flush=True)

    def show(self) -> None:
        """Print all rows and the sum."""
        rows: dict[str, Counter[int] | Counter[str]] = {**self.codes, **self.endings}
        for group, row in rows.items():
            listed = ", ".join(f"{count} x {ending}" for ending, count in sorted(row.items()))
            print(f"{group:24} {row.total():6}   {listed}")
        runs = sum(row.total() for row in rows.values())
        print(
            f"{runs:,} runs, {len(self.broken)} broke a rule; the slowest command took "
            f"{self.slowest:.1f} s, the largest {self.largest / 1e9:.2f} GB"
        )


class Workplace:
    """A temporary folder with sound checkpoints, a folder of frames, and room for mutations."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.sound, self.packed, self.frames = root / "sound", root / "packed", root / "frames"
        write_sound(self.sound)
        self.frames.mkdir()
        from PIL import Image

        for i in range(3):
            Image.new("RGB", (40, 30), (80 * i, 255 - 80 * i, 60)).save(self.frames / f"{i}.png")
        made = run(
            ["convert", str(self.sound), "-o", str(self.packed), "--bits", "4", "--quiet"], root
        )
        assert made.code == 0, made.err

    def ask(self, model: str, *more: str) -> Outcome:
        return run(
            ["ask", str(self.frames), "Why?", "-m", model, "--spec", SPEC, "--frames", "2",
             "--max-tokens", "3", *more],
            self.root,
        )  # fmt: skip

    def check(self, case: Case, table: Table) -> None:
        """Ask and convert a mutation."""
        folder, out = self.root / "broken", self.root / "made" / "out"
        out.parent.mkdir()
        shutil.copytree(self.packed if case.packed else self.sound, folder)
        try:
            case.change(folder)
            asked = self.ask(str(folder))
            made = run(["convert", str(folder), "-o", str(out)], self.root)
            left = sorted(path.name for path in out.parent.iterdir())
            wrong = faults(made)
            if left != (["out"] if made.code == 0 else []):
                wrong.append(f"left behind: {left}")
            if made.code == 0 and asked.code in range(30, 40) and not case.computes:
                wrong.append(f"converted, and ask refuses it: {asked.err.strip()[:120]}")
            table.add(f"ask {case.group}", case.name, asked, faults(asked))
            table.add(f"convert {case.group}", case.name, made, wrong)
        finally:
            for path in (folder, out.parent):
                shutil.rmtree(path)


def check_command(place: Workplace, command: Command, table: Table) -> None:
    """Run one odd command line."""
    words = {"MODEL": str(place.sound), "FRAMES": str(place.frames), "ROOT": str(place.root)}
    arguments = [words.get(word, word.replace("ROOT/", f"{place.root}/")) for word in command.words]
    before = set(place.root.iterdir())
    outcome = run(arguments, place.root)
    table.add(command.group, " ".join(command.words)[:100], outcome, faults(outcome))
    for path in set(place.root.iterdir()) - before - {place.root / "stdout", place.root / "stderr"}:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every so many commands")
    parser.add_argument("--group", action="append", help="only these rows of the table")
    parser.add_argument("--videos", type=int, default=10_000, help="mutated videos")
    parser.add_argument("--pictures", type=int, default=3_000, help="mutated pictures of a format")
    arguments = parser.parse_args()
    warm_up()
    table = Table()
    with tempfile.TemporaryDirectory(prefix="hostile-") as root:
        place = Workplace(Path(root))
        sound = place.ask(str(place.sound))
        assert sound.code == 0, sound.err

        def wanted(group: str) -> bool:
            return not arguments.group or group in arguments.group

        for number, case in enumerate(cases()[:: arguments.every]):
            if wanted(case.group):
                place.check(case, table)
            if number % 100 == 99:
                print(f"{number + 1} checkpoints", file=sys.stderr, flush=True)
        for command in COMMANDS[:: arguments.every]:
            if wanted(command.group):
                check_command(place, command, table)
        if wanted("environments"):
            for environment in ENVIRONMENTS[:: arguments.every]:
                code, out, err, seconds, peak = run_environment(
                    environment, place.sound, place.frames, place.root, SECONDS
                )
                outcome = Outcome(code, out, err, seconds, peak)
                wrong = faults(outcome, environment.codes)
                table.add("environments", environment.name, outcome, wrong)
        for group, read, count in (
            ("videos", videos, arguments.videos),
            ("pictures", pictures, arguments.pictures),
        ):
            if wanted(group) and count:
                table.add_endings(group, read(count))
    table.show()
    sys.exit(1 if table.broken else 0)


if __name__ == "__main__":
    main()
