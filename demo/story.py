"""What has been seen of each shape by each moment: labels for training, no part of any answer.

A question about a whole clip can be answered from its last tokens, if those know what came before.
Eight answers a clip teach that slowly; these numbers say it for every visual token.
"""

import numpy as np
import numpy.typing as npt

from demo.world import MAX_FLASHES, MAX_SHAPES, Floats, Motion, Scene, Shape

# Columns of `facts`, each about -2 to 2: way gone and speed in x and y, growth, whether its colour
# has changed, when it did, when it came, when it first lit up, how far it has turned
FACTS = 10

# Of each of the two `counts`, flashes and turns at a wall: none to four
MOST = MAX_FLASHES

# Between two of fifty frames
_MOMENT = np.float32(0.02)


def facts(scene: Scene, times: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    """What the clip has shown of each shape up to each time.

    Returns
    -------
    float32 [T, MAX_SHAPES, FACTS] and int64 [T, MAX_SHAPES, 2].
    """
    times = np.asarray(times, np.float32)
    numbers = np.zeros((len(times), MAX_SHAPES, FACTS), np.float32)
    counts = np.zeros((len(times), MAX_SHAPES, 2), np.int64)
    for i, shape in enumerate(scene.shapes):
        numbers[:, i] = _numbers(shape, times)
        counts[:, i, 0] = sum(times >= start for start, _ in shape.flashes)
        counts[:, i, 1] = bounces(shape.motion, times)
    return numbers, counts


def _numbers(shape: Shape, times: Floats) -> Floats:
    came = np.float32(max(shape.appears, 0.0))
    places = shape.motion.at(times)
    gone = 2 * (places - shape.motion.at(np.array([came], np.float32)))
    speed = (places - shape.motion.at(times - _MOMENT)) / (2 * _MOMENT)
    turned = times >= shape.turns
    lit = shape.flashes[0][0] if shape.flashes else 2.0
    return np.stack(
        [
            *gone.T,
            *speed.T,
            (shape.growth - 1) * times,
            turned,
            turned * shape.turns,
            np.full_like(times, came),
            (times >= lit) * lit,
            np.minimum(1, abs(shape.spin) * (times - came) / 3),
        ],
        1,
        dtype=np.float32,
    )


def bounces(motion: Motion, times: Floats) -> npt.NDArray[np.int64]:
    """How often it has turned round by each time, int64 [T]."""
    if motion.kind != "bounce":
        return np.zeros(len(times), np.int64)
    axis = 0 if motion.step[0] else 1
    low, high = motion.walls
    path = motion.start[axis] + motion.step[axis] * times
    turns: npt.NDArray[np.int64] = np.abs(np.floor((path - low) / (high - low))).astype(np.int64)
    return turns
