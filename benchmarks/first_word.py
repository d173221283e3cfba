"""From the start of the process to the first word: `python -m benchmarks.first_word`.

A cold command, by default the demo on its sample, in new processes; where its time goes is read
from the timeline of `ask --trace`. On Linux also without the fast BLAS, which MLX then does without
(sf_mlx/device.py). Everything is measured in turn; medians.

    python -m benchmarks.first_word --against ../old    another checkout, by its own .venv's Python
    python -m benchmarks.first_word -m MODEL CLIP       another model and video
    python -m benchmarks.first_word --starts            imports and --help alone
    python -m benchmarks.first_word --picture docs/first-word.svg
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.timeline import Event, picture
from benchmarks.timing import in_turn
from sf_mlx import demo

ROOT = Path(__file__).parent.parent
QUESTION = demo.QUESTIONS[0]
# Under its name in a checkout, which need not be installed
ENTRY = "from cli.main import main; main()"
# MLX imported first keeps the BLAS that it came with
WITHOUT_BLAS = f"import mlx.core; {ENTRY}"
# What the first word waits for, and the spans that say how long
PARTS = {
    "import": ("start", "import"),
    "open the model": ("open the model",),
    "wait for frames": ("wait for frames",),
    "wait for weights": ("wait for weights: vision", "wait for weights: language"),
    "vision": ("vision", "pool"),
    "prefill": ("prefill",),
    "first token": ("first token",),
}


@dataclass(frozen=True)
class Way:
    """One thing that is measured.

    Attributes
    ----------
    name: what it is called.
    python, root: the interpreter, and the checkout that it runs.
    code: what it is given with -c.
    traces: whether its `ask` has --trace.
    """

    name: str
    python: Path
    root: Path
    code: str
    traces: bool


@dataclass(frozen=True)
class Start:
    """One cold command: seconds to its first output and to its end, peak MB, and its timeline."""

    word: float
    end: float
    memory: float
    events: list[Event]


def run(way: Way, model: str, clip: Path, folder: Path) -> Start:
    """Start the command once."""
    timeline = folder / "timeline.json"
    command = [str(way.python), "-c", way.code, "ask", str(clip), QUESTION, "-m", model, "--quiet"]
    if way.traces:
        command += ["--trace", str(timeline)]
    # Nobody's settings, and nothing kept on disk: every start has to see the video
    bare = {k: v for k, v in os.environ.items() if not k.startswith("SF_MLX_")}
    environment = {**bare, "SF_MLX_CACHE_SIZE": "0", "PYTHONPATH": str(way.root)}
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stderr is not None
    first = os.read(process.stdout.fileno(), 1)
    word = time.perf_counter() - started
    process.stdout.read()
    errors = process.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    if status or not first:
        raise SystemExit(f"{way.name} failed:\n{errors}")
    end = time.perf_counter() - started
    # Linux counts in units of 1,024 bytes, macOS in bytes
    memory = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    events: list[Event] = []
    if way.traces:
        raw: list[dict[str, Any]] = json.loads(timeline.read_text())["traceEvents"]
        for event in raw:
            begin = event["ts"] / 1e6
            events.append(Event(event["name"], str(event["tid"]), begin, event["dur"] / 1e6))
    return Start(word, end, memory, events)


def parts(events: list[Event]) -> dict[str, float]:
    """Seconds of each part that the first word waited for, one after the other."""
    before: dict[str, float] = {}
    tokens = [event for event in events if event.name == "token"]
    # The first step of decoding gives the first word
    until = tokens[0].begin + tokens[0].seconds if tokens else float("inf")
    for name, spans in PARTS.items():
        mine = [e for e in events if e.name in spans and e.begin < until]
        before[name] = sum(event.seconds for event in mine)
    before["first token"] = tokens[0].seconds if tokens else 0.0
    return before


def ways(against: Path | None, python: Path | None) -> list[Way]:
    """Ours and the other's, with and without the fast BLAS where that is a question."""
    roots = {"this checkout": (Path(sys.executable), ROOT)}
    if against is not None:
        other = against.resolve()
        found = python.absolute() if python else other / ".venv" / "bin" / "python"
        roots["the other"] = (found, other)
    codes = {"": ENTRY}
    if sys.platform == "linux":
        codes = {", fast BLAS": ENTRY, ", MLX's own BLAS": WITHOUT_BLAS}
    return [
        Way(f"{who}{which}", interpreter, root, code, (root / "sf_mlx" / "trace.py").exists())
        for which, code in codes.items()
        for who, (interpreter, root) in roots.items()
    ]


def show(way: Way, starts: list[Start]) -> None:
    """Print the medians of one way."""
    word, end, memory = (
        median(getattr(start, key) for start in starts) for key in ("word", "end", "memory")
    )
    quickest = min(start.word for start in starts)
    print(
        f"{way.name}: first word {word:.2f} s (quickest {quickest:.2f}), all {end:.2f} s, "
        f"peak {memory:.0f} MB"
    )
    if way.traces:
        split = [parts(start.events) for start in starts]
        shares = {name: median(each[name] for each in split) for name in PARTS}
        print("    " + ", ".join(f"{name} {seconds:.3f}" for name, seconds in shares.items()))


def show_starts(rounds: int) -> None:
    """Print what it takes until a command says how it is used, and bare Python beside it."""

    def run_code(*arguments: str) -> Callable[[], object]:
        command = [sys.executable, *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        quiet = subprocess.DEVNULL
        return lambda: subprocess.run(command, check=True, stdout=quiet, env=environment)

    alternatives = {
        "python -c pass": run_code("-c", "pass"),
        "import sf_mlx": run_code("-c", "import sf_mlx"),
        "--help": run_code("-c", ENTRY, "--help"),
        "ask --help": run_code("-c", ENTRY, "ask", "--help"),
        "import sf_mlx.loading": run_code("-c", "import sf_mlx.loading"),
    }
    for name, seconds in in_turn(alternatives, rounds).items():
        middle, quickest = median(seconds) * 1e3, min(seconds) * 1e3
        print(f"{name:22} median {middle:6.0f} ms, quickest {quickest:6.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clip", type=Path, nargs="?")
    parser.add_argument("-m", "--model", default=demo.NAME)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--against", type=Path, help="another checkout")
    parser.add_argument("--python", type=Path, help="its Python, where it has no .venv")
    parser.add_argument("--starts", action="store_true", help="--help and imports only")
    parser.add_argument("--picture", type=Path, help="draw the timeline of our median start")
    told = parser.parse_args()
    if told.starts:
        show_starts(15)
        return
    # The command runs in a folder of its own
    is_folder = told.model != demo.NAME and Path(told.model).is_dir()
    model = str(Path(told.model).resolve()) if is_folder else told.model
    chosen = ways(told.against, told.python)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = told.clip.resolve() if told.clip else demo.sample_clip(folder / "clip.mp4")
        rounds = []
        for number in range(told.runs + 1):
            # In turn, so that a busy minute strikes all; the first round warms the files
            each = [run(way, model, clip, folder) for way in chosen]
            if number:
                rounds.append(each)
    by_way = list(zip(*rounds, strict=True))
    for way, starts in zip(chosen, by_way, strict=True):
        show(way, list(starts))
    if told.against is not None:
        for i in range(0, len(chosen), 2):
            ours, other = ([start.word for start in by_way[i + j]] for j in (0, 1))
            ratio, paired = (
                median(ours) / median(other),
                median(a / b for a, b in zip(ours, other, strict=True)),
            )
            which = chosen[i].name.partition(", ")[2] or "this machine"
            print(f"{which}: {ratio:.2f} of the other's first word (in pairs {paired:.2f})")
    if told.picture is not None:
        middle = sorted(by_way[0], key=lambda start: start.word)[told.runs // 2]
        told.picture.write_text(picture(middle.events), encoding="utf-8")


if __name__ == "__main__":
    main()
