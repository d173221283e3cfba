"""How often the demo model is right on clip files that it never saw, and what it says of others.

    python -m benchmarks.demo_accuracy [--model FOLDER …] [--clips 150] [--other 150]
        [--foreign 60] [--minutes 30]

Every clip is written as a real H.264 or HEVC file and read through sf_mlx's own decoder. Asked are,
of each clip, the types of question that were trained, in the grammar's words; a dozen of the
natural list; a conversation of five turns; questions out of scope; of clips of their own, the list
that another hand wrote (`demo_natural_other`). Clips of another world are asked a few natural
questions each. With the defaults these are more than 5,000 answers. The sources take turns, so that
a run that `--minutes` ends has some of all. Several models are asked the same about the same files.
"""

import argparse
import math
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import sf_mlx
from benchmarks import demo_other
from benchmarks.demo_clips import Asked, Clip
from benchmarks.demo_questions import GOALS, foreign_clips, hard_clips, own_clips
from benchmarks.demo_reader import Reader, repeats
from demo import refusals
from sf_mlx.slowfast import Aggregation

Specs = dict[str, tuple[str, Aggregation]]
Tally = dict[str, Counter[str]]

_REFUSED = refusals.ANSWER.split(":")[0]
_FOREIGN = refusals.FOREIGN.split(";")[0]

_SOURCES = {
    "own": own_clips,
    "hard": hard_clips,
    "foreign": foreign_clips,
    "other": demo_other.other_clips,
}
# Clips of one number; one where nothing is said
_CLIPS = {"own": 2}


def measure(
    specs: Specs,
    sources: dict[str, range],
    *,
    check: int = 3,
    show: int = 0,
    minutes: float = math.inf,
) -> Tally:
    """What each reader got right by line of the table, and under "asked" how many there were.

    Parameters
    ----------
    specs: each reader's name, and the model and the aggregation that it reads with.
    sources: the numbers of the clips of "own", "hard" and "foreign".
    check: compare so many clips' first answers with those of the public `Model.ask`.
    show: print so many wrong answers of each reader and line.
    minutes: begin no further clip after them.
    """
    end = time.monotonic() + 60 * minutes
    models = {path: sf_mlx.load(path) for path, _ in specs.values()}
    readers = {name: Reader(models[path], spec) for name, (path, spec) in specs.items()}
    tally: Tally = {name: Counter() for name in (*readers, "asked")}
    shown = Counter[tuple[str, str]]()
    with tempfile.TemporaryDirectory() as folder:
        for done, clip in enumerate(_in_turn(Path(folder), sources)):
            if time.monotonic() > end:
                break
            for name, reader in readers.items():
                for line, asked, answer, right in _answers(reader, clip):
                    tally[name][line] += right
                    if name == next(iter(readers)):
                        tally["asked"][line] += 1
                    if not right and shown[name, line] < show:
                        shown[name, line] += 1
                        print(
                            f"{name} | {line} | {asked.question!r} ({asked.truth}) got {answer!r}",
                            flush=True,
                        )
                if done < check:
                    _check(reader, clip)
            if (done + 1) % 20 == 0:
                # What is known by now, if the rest does not come
                print(f"{done + 1} clips\n{table(tally)}", file=sys.stderr, flush=True)
    return tally


def _in_turn(folder: Path, sources: dict[str, range]) -> Iterator[Clip]:
    """The clips of all the sources, each source's spread evenly over the whole."""
    counts = {name: len(few) * _CLIPS.get(name, 1) for name, few in sources.items()}
    streams = {name: _SOURCES[name](folder, few) for name, few in sources.items()}
    order = sorted(((i + 0.5) / n, name) for name, n in counts.items() for i in range(n))
    for _, name in order:
        yield from islice(streams[name], 1)


def _answers(reader: Reader, clip: Clip) -> list[tuple[str, Asked, str, bool]]:
    """Line of the table, question, answer and whether it is right; some count on several lines."""
    reader.open(clip.path)
    found = []
    for talk in clip.talks:
        answers = reader.converse([asked.question for asked in talk])
        for asked, answer in zip(talk, answers, strict=True):
            found.append((asked.line, asked, answer, asked.fits(answer)))
            if asked.line.startswith("natural") and not asked.line.endswith("talk"):
                found.append(("natural list, all", asked, answer, asked.fits(answer)))
                refused = _REFUSED in answer or _FOREIGN in answer
                found.append(("not refused: in its world", asked, answer, not refused))
            if asked.line in demo_other.GOALS and asked.line not in (
                demo_other.OUT,
                demo_other.TALKS,
            ):
                found.append((demo_other.ALL, asked, answer, asked.fits(answer)))
                if not asked.line.endswith("talk"):
                    refused = _REFUSED in answer or _FOREIGN in answer
                    found.append(("another hand: not refused", asked, answer, not refused))
            found.append(("without repetition", asked, answer, not repeats(answer)))
    return found


def _check(reader: Reader, clip: Clip) -> None:
    question = clip.talks[0][0].question
    public = "".join(reader.model.ask(clip.path, question, spec=reader.spec)).strip()
    if public != reader.ask(question):
        raise SystemExit(f"{clip.path}: Model.ask says {public!r}, not what the benchmark got")


def measure_in(
    processes: int,
    specs: Specs,
    counts: dict[str, int],
    *,
    check: int = 3,
    show: int = 0,
    minutes: float = math.inf,
) -> Tally:
    """`measure` so many clips of each source, each process its share of them."""
    shares = [
        {name: range(first, count, processes) for name, count in counts.items()}
        for first in range(processes)
    ]
    if processes == 1:
        return measure(specs, shares[0], check=check, show=show, minutes=minutes)
    work = partial(measure, specs, check=check, show=show, minutes=minutes)
    # Spawned: a forked process would share MLX's threads, which do not survive it
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        parts = list(pool.map(work, shares))
    return {name: sum((part[name] for part in parts), Counter[str]()) for name in parts[0]}


def table(tally: Tally) -> str:
    """Percentages, a row for each line and a column for each reader."""
    asked = tally["asked"]
    names = [name for name in tally if name != "asked"]
    lines = [
        "| questions | asked | goal | " + " | ".join(names) + " |",
        "|---" * (3 + len(names)) + "|",
    ]
    goals = GOALS | demo_other.GOALS
    order = [*goals, *sorted(line for line in asked if line not in goals)]
    for line in order:
        if asked[line]:
            shares = [f"{100 * tally[name][line] / asked[line]:.1f}" for name in names]
            lines.append(
                f"| {line} | {asked[line]} | {goals.get(line, 80)} | " + " | ".join(shares) + " |"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--model", action="append", default=[], help="folders; the demo model if none"
    )
    parser.add_argument("--clips", type=int, default=150)
    parser.add_argument("--other", type=int, default=150, help="clips for the other hand's list")
    parser.add_argument("--foreign", type=int, default=60, help="clips of another world")
    parser.add_argument("--show", type=int, default=0, help="wrong answers to print of each line")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=math.inf, help="end after them")
    args = parser.parse_args()
    started = time.perf_counter()
    specs: Specs = {name: (name, sf_mlx.SlowFast()) for name in args.model or ["demo"]}
    counts = {"own": args.clips, "other": args.other, "foreign": args.foreign}
    print(
        table(
            measure_in(args.processes, specs, counts, show=args.show, minutes=args.minutes),
        )
    )
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
