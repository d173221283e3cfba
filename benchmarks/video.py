"""Reading 50 frames at 336x336: ours against decord, OpenCV and a straight decode, in one run.

    python benchmarks/video.py [--peers PYTHON] [--clip NAME ...] [--runs 3]

Makes its clips once, from a real one (about 1 GB in --cache). decord and OpenCV are run with
--peers, a Python that has them (they cannot share an environment with everything else everywhere);
rows of what is not installed are left out and named.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from video_clips import CLIPS, make
from video_reader import METHODS

ROOT = Path(__file__).resolve().parent.parent
REAL = ROOT.parent / "shared" / "videos"
SMALL = ROOT / "tests" / "data" / "video" / "odd" / "uhd_one_gop.mp4"
PEERS = ("decord", "OpenCV, seek a frame")
# minutes of decoding for a figure that nobody doubts
SKIPPED = {("PyAV, straight", "film_1h.mp4"), ("OpenCV, seek a frame", "uhd_3s.mp4")}

Result = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=sys.executable, help="Python with decord and cv2")
    parser.add_argument("--clip", action="append", choices=[clip.name for clip in CLIPS])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--cache", type=Path, default=Path.home() / ".cache" / "sf-mlx" / "benchmark-clips"
    )
    arguments = parser.parse_args()
    names = ("flower.mp4", "nasa_13013.mp4", "friday.mp4", "car-detection.mp4")
    sources = [REAL / name for name in names if (REAL / name).exists()] or [SMALL]
    medians: dict[tuple[str, str], Result] = {}
    for clip in CLIPS:
        if arguments.clip and clip.name not in arguments.clip:
            continue
        path = make(clip, sources, arguments.cache)
        print(f"\n{clip.title} ({path.stat().st_size >> 20} MB)")
        print(f"{'':22} {'CPU s':>7} {'wall s':>7} {'MB':>6}   CPU, memory against decord")
        runs: dict[str, list[Result]] = {method: [] for method in METHODS}
        for _ in range(arguments.runs):  # in turn, so that a busy minute hits everybody
            for method in METHODS:
                if (method, clip.name) not in SKIPPED:
                    python = arguments.peers if method in PEERS else sys.executable
                    runs[method].append(_run(python, method, path))
        for method, results in runs.items():
            if not results or "missing" in results[0]:
                print(f"{method:22} {'not run' if not results else 'not installed'}")
                continue
            median = {k: statistics.median(r[k] for r in results) for k in results[0]}
            medians[method, clip.name] = median
        for method in METHODS:
            if (method, clip.name) in medians:
                _print_row(method, medians[method, clip.name], medians.get(("decord", clip.name)))
        if hasattr(os, "sched_setaffinity"):
            one = min(_run(sys.executable, "sf-mlx", path, cores=1)["wall"] for _ in range(2))
            two = min(_run(sys.executable, "sf-mlx", path, cores=2)["wall"] for _ in range(2))
            print(f"two cores against one, wall: {two:.2f} / {one:.2f} = {two / one:.2f}")
    _print_ratios(medians)


def _run(python: str, method: str, path: Path, cores: int | None = None) -> Result:
    def pin() -> None:
        if cores is not None:
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])

    done = subprocess.run(
        [python, str(ROOT / "benchmarks" / "video_reader.py"), method, str(path)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        preexec_fn=pin,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{method} on {path.name} failed:\n{done.stderr}")
    result: Result = json.loads(done.stdout.splitlines()[-1])
    return result


def _print_row(method: str, median: Result, decord: Result | None) -> None:
    row = f"{method:22} {median['cpu']:7.2f} {median['wall']:7.2f} {median['memory'] / 1e6:6.0f}"
    if decord:
        row += f"   {median['cpu'] / decord['cpu']:.2f}, {median['memory'] / decord['memory']:.3f}"
    print(row)


def _print_ratios(medians: dict[tuple[str, str], Result]) -> None:
    """The ratios across clips."""

    def ratio(what: str, above: tuple[str, str], below: tuple[str, str]) -> None:
        if above in medians and below in medians:
            print(f"{what}: {medians[above]['cpu'] / medians[below]['cpu']:.2f} (CPU)")

    print()
    ratio(
        "1 h film / 1 min of the same kind", ("sf-mlx", "film_1h.mp4"), ("sf-mlx", "film_1min.mp4")
    )
    seek = ("OpenCV, seek a frame", "hd_1min.mp4")
    ratio("OpenCV-seek / sf-mlx, 1 min 1080p", seek, ("sf-mlx", "hd_1min.mp4"))


if __name__ == "__main__":
    main()
