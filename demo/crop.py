"""A part of a scene's time as a scene of its own: what `--start` and `--end` show."""

from dataclasses import replace

import numpy as np

from demo.story import bounces
from demo.world import Motion, Scene, Shape

# Shares of the clip: how near a change may be to the cut, and how near a shape's exit
_CLEAR, _CLEAR_EXIT = 0.04, 0.12


def window(rng: np.random.Generator, scene: Scene) -> tuple[float, float] | None:
    """A random part of half the clip or more in which nobody would dispute what happens."""
    for _ in range(6):
        length = float(rng.uniform(0.5, 0.9))
        first = float(rng.choice([0.0, 1 - length, rng.uniform(0, 1 - length)]))
        if _clear(scene, first, first + length):
            return first, first + length
    return None


def _clear(scene: Scene, first: float, last: float) -> bool:
    for shape in scene.shapes:
        moments = [shape.appears, shape.vanishes, shape.turns, *(s for s, _ in shape.flashes)]
        if shape.motion.kind == "bounce":
            fine = np.linspace(0, 1, 401, dtype=np.float32)
            moments += fine[1:][np.diff(bounces(shape.motion, fine)) > 0].tolist()
        if any(abs(m - cut) < _CLEAR for m in moments for cut in (first, last)):
            return False
        if shape.motion.kind == "leave":
            if any(abs(shape.motion.end - cut) < _CLEAR_EXIT for cut in (first, last)):
                return False
            # It is on its way out long before it is gone
            if first < shape.motion.end and 0 < shape.motion.end - last < 0.25:
                return False
        gone = min(shape.vanishes, shape.motion.end, last)
        if shape.motion.kind != "still" and 0 < gone - max(shape.appears, first) < 0.3:
            return False
    return True


def cut(scene: Scene, first: float, last: float) -> Scene:
    """What happens between two times, with times from 0 to 1 again."""
    shapes = tuple(s for s in (_cut(shape, first, last) for shape in scene.shapes) if s)
    return replace(scene, shapes=shapes)


def _cut(shape: Shape, first: float, last: float) -> Shape | None:
    length = last - first
    gone = min(shape.vanishes, shape.motion.end if shape.motion.kind == "leave" else 2.0)
    if gone <= first or shape.appears >= last:
        return None

    def moved(time: float) -> float:
        return (time - first) / length

    turned = shape.turns <= first
    kept = bool(shape.second_colour) and first < shape.turns < last
    scale = 1 + (shape.growth - 1) * first
    return replace(
        shape,
        colour=shape.second_colour if turned else shape.colour,
        second_colour=shape.second_colour if kept else "",
        turns=moved(shape.turns) if kept else 2.0,
        motion=_motion(shape.motion, first, last),
        size=shape.size * scale,
        growth=(1 + (shape.growth - 1) * last) / scale,
        angle=shape.angle + shape.spin * first,
        spin=shape.spin * length,
        appears=moved(shape.appears) if shape.appears > first else -1.0,
        vanishes=moved(shape.vanishes) if shape.vanishes < last else 2.0,
        flashes=tuple((moved(s), n / length) for s, n in shape.flashes if first < s < last),
    )


def _motion(motion: Motion, first: float, last: float) -> Motion:
    length = last - first
    start = motion.at(np.array([first], np.float32))[0]
    step = motion.step[0] * length, motion.step[1] * length
    at = float(start[0]), float(start[1])
    if motion.kind == "leave" and motion.end > last:
        return replace(motion, kind="move", start=at, step=step, end=1.0)
    if motion.kind == "leave":
        return replace(motion, start=at, step=step, end=(motion.end - first) / length)
    if motion.kind != "bounce":
        return replace(motion, start=at, step=step)
    turned = bounces(motion, np.array([first, last], np.float32))
    if turned[0] % 2:
        step = -step[0], -step[1]
    axis = 0 if step[0] else 1
    names = {(0, True): "right", (0, False): "left", (1, True): "down", (1, False): "up"}
    direction = names[axis, step[axis] > 0]
    count = int(turned[1] - turned[0])
    kind = "bounce" if count else "move"
    return replace(motion, kind=kind, direction=direction, start=at, step=step, bounces=count)
