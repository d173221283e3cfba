"""The clip that ships: one of everything, nothing of it on a border between two answers.

python -m demo.sample sf_mlx/demo/sample.mp4 docs/demo-sample.png
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from demo import clips
from demo.draw import draw
from demo.world import Background, Motion, Scene, Shape

_GREY = (0.5, 0.5, 0.5)
SCENE = Scene(
    (
        Shape("blue", "star", 0.13, Motion("move", (0.18, 0.78), "right", (0.5, 0.0)), spin=4.0),
        Shape(
            "red", "heart", 0.12, Motion("still", (0.58, 0.48)), second_colour="green", turns=0.5
        ),
        Shape(
            "yellow",
            "ring",
            0.11,
            Motion("bounce", (0.85, 0.4), "up", (0.0, -0.7), 1.0, (0.11, 0.89), 1),
            flashes=((0.35, 0.036), (0.66, 0.036)),
        ),
        Shape("pink", "circle", 0.12, Motion("still", (0.18, 0.3)), appears=0.18),
        Shape("purple", "square", 0.11, Motion("leave", (0.37, 0.5), "up", (0.0, -0.7774), 0.82)),
    ),
    Background("grey", "plain", (_GREY, _GREY), np.zeros((4, 4), np.float32), 1.0, 0.0, 0.0, 0.008),
    4 / 3,
)
RECORDING = clips.Recording(320, 240, 90, 15, "libx264", 24)

# When the pictures of the contact sheet are taken
_MOMENTS = (0.02, 0.25, 0.36, 0.6, 0.8, 0.98)


def sheet() -> Image.Image:
    """Six moments side by side."""
    times = np.array(_MOMENTS, np.float32)
    quiet = replace(SCENE, background=replace(SCENE.background, noise=0.0))
    pictures = list(draw(quiet, times, 240, 180, np.random.default_rng(0)))
    gap = np.full((180, 4, 3), 255, np.uint8)
    rows = [
        np.concatenate([p for one in pictures[i : i + 3] for p in (one, gap)][:-1], 1)
        for i in (0, 3)
    ]
    between = np.full((4, rows[0].shape[1], 3), 255, np.uint8)
    return Image.fromarray(np.concatenate([rows[0], between, rows[1]]))


def main() -> None:
    clip, picture = map(Path, sys.argv[1:3])
    clips.write(SCENE, RECORDING, clip, np.random.default_rng(2))
    sheet().quantize(64).save(picture, optimize=True)


if __name__ == "__main__":
    main()
