"""The method's own claim on the demo model: slow path, fast path and both, for the same tokens.

    python -m benchmarks.demo_method [--stills FOLDER] [--images FOLDER] [--clips 100]

The model in the box was trained with both paths. `--stills` is the checkpoint before that, trained
on single images only, in all three layouts: it shows how far the training-free step carries.
`--images` saw single images as 144 plain patches; it is asked about photographs, then about clips.
(`python -m demo.train` writes both.) Same questions and files as in demo_accuracy.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

import sf_mlx
from benchmarks.demo_accuracy import Reader, Turns, ask_all, measure, questions_about, table
from demo.draw import draw
from demo.world import invent
from sf_mlx.slowfast import Pool, parse_spec

# 1,520, 1,512 and 1,520 visual tokens from 12 x 12 patches
BUDGETS = {
    "both": parse_spec("slowfast-slow_10frms_spatial_1d_max_pool-fast_4x4", 50),
    "slow": parse_spec("slowfast-slow_21frms_spatial_1d_max_pool-fast_0x0", 21),
    "fast": parse_spec("slowfast-slow_0frms_spatial_1d_max_pool-fast_4x4", 95),
}
FIRST_PHOTO = 30_000_000


def photographs(folder: Path, count: int) -> Iterator[tuple[Path, Turns]]:
    """Image files, with questions as `ask_all` has them about clips."""
    for number in range(count):
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
    parser.add_argument("--stills", help="checkpoint trained on single images in all layouts")
    parser.add_argument("--images", help="checkpoint trained on single images as plain patches")
    parser.add_argument("--clips", type=int, default=100)
    args = parser.parse_args()
    names = {"demo": "demo"} | ({"stills": args.stills} if args.stills else {})
    models = {label: sf_mlx.load(path) for label, path in names.items()}
    readers = {
        f"{label}, {budget}": Reader(model, spec)
        for label, model in models.items()
        for budget, spec in BUDGETS.items()
    }
    if args.images:
        plain = sf_mlx.load(args.images)
        photos = {"images, photographs": Reader(plain, Pool("concat", 1))}
        print(table(measure(photos, photographs, args.clips, check=0)))
        readers["images, both"] = Reader(plain, BUDGETS["both"])
    print(table(measure(readers, ask_all, args.clips, check=0)))


if __name__ == "__main__":
    main()
