"""Pictures of the pages that the program itself draws: python -m docs.pictures"""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from sf_mlx import demo, sheet
from sf_mlx.inspection import inspect

FOLDER = Path(__file__).resolve().parent


def main() -> None:
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        drawn = sheet.draw(inspect(demo.sample_clip("sf-mlx-demo.mp4")))
    # Few colours keep the repository small
    few = drawn.quantize(96, Image.Quantize.MAXCOVERAGE, kmeans=1)
    few.save(FOLDER / "inspect-sheet.png", optimize=True)


if __name__ == "__main__":
    main()
