"""A clip file of a scene with what is asked about it, for the benchmarks of the demo model."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from demo import clips
from demo.world import KINDS, SPINNING_KINDS, Scene


@dataclass(frozen=True)
class Asked:
    """One question, the line of the table that it counts on, the truth, and what fits it."""

    line: str
    question: str
    truth: str
    fits: Callable[[str], bool]


@dataclass(frozen=True)
class Clip:
    """A file and the conversations about it, most of one question."""

    path: Path
    talks: list[list[Asked]]


def recast(scene: Scene, rng: np.random.Generator) -> Scene:
    """The same scene with other kinds of shapes, so that rare pairs meet."""
    shapes = tuple(
        replace(s, kind=str(rng.choice(SPINNING_KINDS if s.spin else KINDS))) for s in scene.shapes
    )
    return replace(scene, shapes=shapes)


def written(
    scene: Scene,
    folder: Path,
    rng: np.random.Generator,
    talks: list[list[Asked]],
    recording: clips.Recording | None = None,
) -> Clip:
    """The scene as a file, recorded at random where nothing is said."""
    path = folder / "clip.mp4"
    clips.write(scene, recording or clips.film(scene, rng), path, rng)
    return Clip(path, talks)
