"""The method's own claim on the demo model: slow path, fast path and both, and the presets.

    python -m benchmarks.demo_method [--images FOLDER] [--clips 60] [--processes 2] [--minutes 20]

On the harder scenes, written as files: two to six small shapes, some of which only look in for a
moment. The model in the box was trained with every one of these. The last rows are what each
costs: visual tokens, and the time from the file to the first answer, in turn about the same clips.
`--images` is the checkpoint before that, which saw single images as 144 plain patches
(`python -m demo.train` writes it): asked about clips as it is, which is the method's
training-free step.
"""

import argparse
import math
import tempfile
import time
from pathlib import Path
from statistics import median

import sf_mlx
from benchmarks.demo_accuracy import Specs, measure_in, table
from benchmarks.demo_questions import hard_clips
from benchmarks.demo_reader import Reader
from sf_mlx.slowfast import PRESETS, parse_spec

# For the visual tokens of "default", from 12 x 12 patches: 1,512 and 1,520 against 1,520
ALONE = {
    "slow alone": parse_spec("slowfast-slow_21frms_spatial_1d_max_pool-fast_0x0", 50),
    "fast alone": parse_spec("slowfast-slow_0frms_spatial_1d_max_pool-fast_4x4", 95),
}


def cost(specs: Specs, rounds: int = 3) -> str:
    """Rows of visual tokens, wall and CPU seconds from the file to the first answer."""
    models = {path: sf_mlx.load(path) for path, _ in specs.values()}
    readers = {name: Reader(models[path], spec) for name, (path, spec) in specs.items()}
    wall: dict[str, list[float]] = {name: [] for name in readers}
    cpu: dict[str, list[float]] = {name: [] for name in readers}
    with tempfile.TemporaryDirectory() as folder:
        clip = next(iter(hard_clips(Path(folder), range(1))))
        # In turn, so that a busy minute strikes all; the first round reads the weights
        for _ in range(1 + rounds):
            for name, reader in readers.items():
                started = time.perf_counter(), time.process_time()
                reader.open(clip.path)
                reader.ask("How many shapes are there?")
                wall[name].append(time.perf_counter() - started[0])
                cpu[name].append(time.process_time() - started[1])
    rows = {
        "visual tokens": [f"{reader.visual_tokens:,}" for reader in readers.values()],
        "seconds": [f"{median(wall[name][1:]):.2f}" for name in readers],
        "CPU seconds": [f"{median(cpu[name][1:]):.2f}" for name in readers],
    }
    return "\n".join(f"| {name} | | | {' | '.join(row)} |" for name, row in rows.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", help="checkpoint trained on single images as plain patches")
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=math.inf, help="end after them")
    args = parser.parse_args()
    specs: Specs = {name: ("demo", spec) for name, spec in {**PRESETS, **ALONE}.items()}
    if args.images:
        specs["images, default"] = (args.images, PRESETS["default"])
    counts = {"hard": args.clips}
    print(table(measure_in(args.processes, specs, counts, check=0, minutes=args.minutes)))
    print(cost(specs))


if __name__ == "__main__":
    main()
