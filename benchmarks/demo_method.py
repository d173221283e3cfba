"""The method's own claim on the demo model: slow path, fast path and both, and the presets.

    python -m benchmarks.demo_method [--images FOLDER] [--clips 60] [--processes 2] [--cost]

On the harder scenes: two to six small shapes, some of which only look in for a moment. The model
in the box was trained with every one of these. `--images` is the checkpoint before that, which saw
single images as 144 plain patches (`python -m demo.train` writes it): asked about clips as it is,
which is the method's training-free step.
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

import sf_mlx
from benchmarks.demo_accuracy import Specs, measure_in, table
from benchmarks.demo_questions import hard_clips
from benchmarks.demo_reader import Reader
from sf_mlx.slowfast import PRESETS, parse_spec

# 1,520, 1,512 and 1,520 visual tokens from 12 x 12 patches
BUDGETS = {
    "both": PRESETS["default"],
    "slow": parse_spec("slowfast-slow_21frms_spatial_1d_max_pool-fast_0x0", 50),
    "fast": parse_spec("slowfast-slow_0frms_spatial_1d_max_pool-fast_4x4", 95),
}


def cost(specs: Specs) -> str:
    """Visual tokens of each reader, and seconds from the file to the first answer."""
    lines = ["| | visual tokens | seconds |", "|---|---|---|"]
    with tempfile.TemporaryDirectory() as folder:
        clip = next(iter(hard_clips(Path(folder), range(1))))
        readers = {n: Reader(sf_mlx.load(path), spec) for n, (path, spec) in specs.items()}
        taken: dict[str, list[float]] = {name: [] for name in readers}
        # In turn, so that a busy minute strikes all
        for _ in range(5):
            for name, reader in readers.items():
                started = time.perf_counter()
                reader.open(clip.path)
                reader.ask("How many shapes are there?")
                taken[name].append(time.perf_counter() - started)
        for name, reader in readers.items():
            lines.append(f"| {name} | {reader.visual_tokens:,} | {median(taken[name]):.1f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", help="checkpoint trained on single images as plain patches")
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--cost", action="store_true", help="tokens and seconds of each, too")
    args = parser.parse_args()
    specs: Specs = {name: ("demo", spec) for name, spec in BUDGETS.items()}
    specs |= {name: ("demo", spec) for name, spec in PRESETS.items() if name != "default"}
    if args.images:
        specs["images, both"] = (args.images, BUDGETS["both"])
    print(table(measure_in(args.processes, specs, {"hard": args.clips}, check=0)))
    if args.cost:
        print(cost(specs))


if __name__ == "__main__":
    main()
