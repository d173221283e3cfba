"""Scenes to pictures by signed distance functions, in numpy for a clip or in torch for a batch.

`xp` is the array library (numpy or torch): only functions that both call alike are used.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from demo.world import ALPHA, ANGLE, BLUE, KINDS, RED, SIZE, WAVES, Scene, X, Y, states

Array = Any

# Half a pixel's softness at the border, in pixels of the picture
SOFTNESS = 0.7


def _circle(x: Array, y: Array, xp: Any) -> Array:
    return xp.sqrt(x * x + y * y) - 0.95


def _box(x: Array, y: Array, width: float, height: float, xp: Any) -> Array:
    dx, dy = abs(x) - width, abs(y) - height
    outside = xp.sqrt(dx.clip(0) ** 2 + dy.clip(0) ** 2)
    return outside + xp.maximum(dx, dy).clip(-9, 0)


def _square(x: Array, y: Array, xp: Any) -> Array:
    return _box(x, y, 0.82, 0.82, xp)


def _triangle(x: Array, y: Array, xp: Any) -> Array:
    # Apex up; three half planes
    side = abs(x) * 0.866 - (y + 0.95) * 0.5 * 1.0
    return xp.maximum(side, y - 0.72)


def _star(x: Array, y: Array, xp: Any) -> Array:
    # Five points: fold the plane into one tenth, then one straight edge from tip to notch
    angle = xp.arctan2(x, -y)
    sector = 2 * np.pi / 5
    folded = abs(angle - sector * xp.floor(angle / sector + 0.5))
    radius = xp.sqrt(x * x + y * y)
    px, py = radius * xp.sin(folded), radius * xp.cos(folded)
    tip, notch = 1.08, 0.46
    nx, ny = notch * np.sin(sector / 2), notch * np.cos(sector / 2)
    ex, ey = nx, ny - tip
    length = float(np.hypot(ex, ey))
    return (px * -ey + (py - tip) * ex) / length


def _cross(x: Array, y: Array, xp: Any) -> Array:
    return xp.minimum(_box(x, y, 0.95, 0.32, xp), _box(x, y, 0.32, 0.95, xp))


def _ring(x: Array, y: Array, xp: Any) -> Array:
    return abs(xp.sqrt(x * x + y * y) - 0.70) - 0.26


def _heart(x: Array, y: Array, xp: Any) -> Array:
    # Two discs above, a wedge below
    ax = abs(x)
    disc = xp.sqrt((ax - 0.44) ** 2 + (y + 0.34) ** 2) - 0.53
    # The wedge's edges are the discs' tangents; it begins where they touch
    wedge = xp.maximum(ax * 0.767 + y * 0.641 - 0.6495, -y - 0.05)
    # Fills the seam between them, whose softened borders would show
    seam = xp.sqrt(x * x + (y + 0.05) ** 2) - 0.25
    return xp.minimum(xp.minimum(disc, wedge), seam)


def _moon(x: Array, y: Array, xp: Any) -> Array:
    disc = xp.sqrt((x + 0.08) ** 2 + y * y) - 0.98
    bite = xp.sqrt((x - 0.42) ** 2 + y * y) - 0.80
    return xp.maximum(disc, -bite)


_DISTANCES = {
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "cross": _cross,
    "ring": _ring,
    "heart": _heart,
    "moon": _moon,
}


def distance(kind: int, x: Array, y: Array, xp: Any) -> Array:
    """How far each point is from the border of a shape of size 1 at the origin, negative inside.

    Parameters
    ----------
    kind: index in KINDS.
    """
    return _DISTANCES[KINDS[kind]](x, y, xp)


Distance = Callable[[Any, Array, Array, Any], Array]


def coverage(
    state: Array,
    kind: Any,
    x: Array,
    y: Array,
    aspect: Any,
    pixels: Any,
    xp: Any,
    measure: Distance = distance,
) -> Array:
    """How much of each pixel a shape covers, 0 to 1.

    Parameters
    ----------
    state: [..., 8], the columns of `world.states`; leading axes broadcast against x and y.
    kind: the index in KINDS, or whatever `measure` takes.
    x, y: pixel centres as shares of the picture.
    pixels: the picture's height in pixels: what the border's softness is measured in.
    measure: `distance`, or something that answers like it.
    """
    size, angle = state[..., SIZE], state[..., ANGLE]
    dx, dy = (x - state[..., X]) * aspect / size, (y - state[..., Y]) / size
    cos, sin = xp.cos(angle), xp.sin(angle)
    px, py = dx * cos + dy * sin, dy * cos - dx * sin
    border = measure(kind, px, py, xp) * size * pixels / (2 * SOFTNESS)
    return (0.5 - border).clip(0, 1) * state[..., ALPHA]


def backdrop(waves: Array, hardness: Any, checks: Any, x: Array, y: Array, xp: Any) -> Array:
    """The mix of the background's two shades at each pixel, 0 to 1."""
    parts = [
        waves[..., i, 3] * xp.sin(waves[..., i, 0] * x + waves[..., i, 1] * y + waves[..., i, 2])
        for i in range(WAVES)
    ]
    product = parts[0] * parts[1]
    total = sum(parts[1:], parts[0])
    return 0.5 + 0.5 * xp.tanh(hardness * (checks * product + (1 - checks) * total))


def draw(
    scene: Scene, times: npt.NDArray[np.float32], width: int, height: int, rng: np.random.Generator
) -> Iterator[npt.NDArray[np.uint8]]:
    """The scene at each of the given times, uint8 [height, width, 3], in numpy.

    Parameters
    ----------
    rng: where the background's noise comes from.
    """
    table = states(scene, times)
    ground = scene.background
    y, x = np.meshgrid(
        (np.arange(height, dtype=np.float32) + 0.5) / height,
        (np.arange(width, dtype=np.float32) + 0.5) / width,
        indexing="ij",
    )
    mix = backdrop(ground.waves, ground.hardness, ground.checks, x, y, np)[..., None]
    first, second = (np.asarray(shade, np.float32) for shade in ground.shades)
    still = first + (second - first) * mix + rng.normal(0, 1, (height, width, 1)) * ground.grain
    still = still.astype(np.float32)
    for row in table:
        picture = still.copy()
        for i, shape in enumerate(scene.shapes):
            state = row[i]
            if not state[ALPHA]:
                continue
            # Only the pixels around it: a clip file is many times larger than the model's input
            reach = state[SIZE] * 1.5 + 2 / height
            top, bottom = _span(state[Y], reach, height)
            left, right = _span(state[X], reach / scene.aspect, width)
            if top >= bottom or left >= right:
                continue
            area = (slice(top, bottom), slice(left, right))
            kind = KINDS.index(shape.kind)
            cover = coverage(state, kind, x[area], y[area], scene.aspect, height, np)[..., None]
            picture[area] += (state[RED : BLUE + 1] - picture[area]) * cover
        if ground.noise:
            picture += rng.standard_normal((height, width, 1), np.float32) * ground.noise
        yield (picture.clip(0, 1) * 255 + 0.5).astype(np.uint8)


def _span(centre: float, reach: float, length: int) -> tuple[int, int]:
    first = int(np.floor((centre - reach) * length))
    last = int(np.ceil((centre + reach) * length))
    return max(first, 0), min(last, length)
