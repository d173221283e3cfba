"""Reads thousands of broken videos: no crash, no hang, no memory, only our own errors.

    python benchmarks/video_fuzz.py [--count 10000] [--first 0]

The readers run in child processes, so that a crash inside the decoder library is counted and the
run goes on. Prints every mutation that broke a rule and how the others ended.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SEEDS = ROOT / "tests" / "data" / "video" / "odd"
SLOW = 10.0  # seconds
LARGE = 1 << 30  # bytes
_LARGEST_SEED = 110_000  # bytes; larger ones say no more and take longer


def seeds() -> list[bytes]:
    """The small good and odd clips."""
    files = sorted(f for f in SEEDS.iterdir() if f.is_file())
    return [f.read_bytes() for f in files if 1000 < f.stat().st_size < _LARGEST_SEED]


def child(first: int, last: int) -> None:
    """Read mutations first ... last-1; one line each before and after."""
    from sf_mlx.errors import SfMlxError
    from sf_mlx.video import Selection, read_frames
    from tests.video.mutate import mutate

    good = seeds()
    with tempfile.NamedTemporaryFile() as file:
        for number in range(first, last):
            print("start", number, flush=True)
            file.seek(0)
            file.truncate()
            file.write(mutate(good, number))
            file.flush()
            begun = time.monotonic()
            try:
                with read_frames(file.name, Selection(frames=8), size=32) as frames:
                    count = sum(1 for _ in frames)
                    ending = "read" if count == frames.count else "short"
                    ending += " with warnings" if frames.warnings else ""
            except SfMlxError as error:
                ending = type(error).__name__
                if "\n" in str(error) or len(str(error)) > 400:
                    ending = "LONG_MESSAGE"
            except Exception as error:
                ending = f"ESCAPED {type(error).__name__}: {str(error)[:150]}"
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            peak *= 1 if sys.platform == "darwin" else 1024
            print("end", number, f"{time.monotonic() - begun:.2f}", peak, ending, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child is not None:
        child(arguments.child, arguments.first)
        return
    endings: Counter[str] = Counter()
    broken: list[str] = []
    number, last = arguments.first, arguments.first + arguments.count
    while number < last:
        number = _watch(number, last, endings, broken)
    for ending, count in endings.most_common():
        print(f"{count:7}  {ending}")
    print(f"{len(broken)} of {arguments.count} broke a rule")
    for line in broken:
        print(" ", line)
    sys.exit(1 if broken else 0)


def _watch(first: int, last: int, endings: Counter[str], broken: list[str]) -> int:
    """Run a child over mutations from `first` on; returns where the next one has to begin."""
    # a child reads 500, so that its peak memory says something about few files
    stop = min(last, first + 500)
    command = [sys.executable, __file__, "--child", str(first), "--first", str(stop)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    number = first
    large = False
    for line in process.stdout:
        word, at, *rest = line.split(maxsplit=4)
        number = int(at)
        if word == "end":
            seconds, peak, ending = float(rest[0]), int(rest[1]), rest[2].strip()
            endings[ending.split(":")[0]] += 1
            if seconds > SLOW:
                broken.append(f"{number}: {seconds:.1f} seconds ({ending})")
            if peak > LARGE and not large:
                large = True
                broken.append(f"{number}: {peak >> 20} MB ({ending})")
            if ending.startswith(("ESCAPED", "LONG")):
                broken.append(f"{number}: {ending}")
            number += 1
    status = process.wait()
    if status:
        endings["CRASH"] += 1
        broken.append(f"{number}: the process ended with status {status}")
        return number + 1
    return stop


if __name__ == "__main__":
    main()
