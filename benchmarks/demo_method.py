"""The method's own claim on the demo model: slow path, fast path and both, for the same tokens.

    python -m benchmarks.demo_method [--images FOLDER] [--clips 100] [--processes 2]

The model in the box was trained with both paths, and in one step of eight with one of them alone.
`--images` is the checkpoint before that, which saw single images as 144 plain patches: it is asked
about photographs, and then about clips as it is, which is the method's training-free step.
(`python -m demo.train` writes it.) Same questions and files as in demo_accuracy.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.demo_accuracy import Specs, Turns, ask_all, measure_in, questions_about, table
from demo.draw import draw
from demo.world import invent
from sf_mlx.slowfast import Pool, parse_spec

# 1,520, 1,512 and 1,520 visual tokens from 12 x 12 patches
BUDGETS = {
    "both": parse_spec("slowfast-slow_10frms_spatial_1d_max_pool-fast_4x4", 50),
    "slow": parse_spec("slowfast-slow_21frms_spatial_1d_max_pool-fast_0x0", 50),
    "fast": parse_spec("slowfast-slow_0frms_spatial_1d_max_pool-fast_4x4", 95),
}
FIRST_PHOTO = 30_000_000


def photographs(folder: Path, numbers: range) -> Iterator[tuple[Path, Turns]]:
    """Image files, with questions as `ask_all` has them about clips."""
    for number in numbers:
        rng = np.random.default_rng(FIRST_PHOTO + number)
        scene = invent(rng, still=True)
        height = 240
        width = round(height * scene.aspect)
        (picture,) = draw(scene, np.zeros(1, np.float32), width, height, rng)
        path = folder / f"{number:05d}.png"
        Image.fromarray(picture).save(path)
        yield path, questions_about(scene, number, rng)
        path.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", help="checkpoint trained on single images as plain patches")
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--processes", type=int, default=1)
    args = parser.parse_args()
    specs: Specs = {f"demo, {name}": ("demo", spec) for name, spec in BUDGETS.items()}
    if args.images:
        photos: Specs = {"images, photographs": (args.images, Pool("concat", 1))}
        print(table(measure_in(args.processes, photos, photographs, args.clips, check=0)))
        specs["images, both"] = (args.images, BUDGETS["both"])
    print(table(measure_in(args.processes, specs, ask_all, args.clips, check=0)))


if __name__ == "__main__":
    main()
