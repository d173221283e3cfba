"""The world of the demo model: up to six coloured shapes that move and change on a background.

A `Scene` is the whole truth about a clip; `states` says where every shape is at any time, and
`events` what happens when. Times run from 0 to 1, the clip's first to its last frame. Positions
are shares of the picture's width and height, y downwards; sizes are shares of its height.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

COLOURS: dict[str, tuple[float, float, float]] = {
    "red": (0.85, 0.10, 0.10),
    "orange": (0.97, 0.53, 0.05),
    "yellow": (0.97, 0.92, 0.15),
    "green": (0.12, 0.60, 0.16),
    "cyan": (0.15, 0.85, 0.90),
    "blue": (0.10, 0.22, 0.85),
    "purple": (0.50, 0.12, 0.68),
    "pink": (0.99, 0.55, 0.75),
    "white": (0.98, 0.98, 0.98),
    "black": (0.03, 0.03, 0.03),
}
BACKGROUNDS: dict[str, tuple[float, float, float]] = {
    "grey": (0.50, 0.50, 0.50),
    "beige": (0.74, 0.68, 0.56),
    "brown": (0.42, 0.31, 0.24),
}
KINDS = ("circle", "square", "triangle", "star", "cross", "ring", "heart", "moon")

# A turned circle or ring looks the same
SPINNING_KINDS = ("square", "triangle", "star", "cross", "heart", "moon")

DIRECTIONS: dict[str, tuple[int, int]] = {
    "right": (1, 0),
    "left": (-1, 0),
    "up": (0, -1),
    "down": (0, 1),
    "upper right": (1, -1),
    "upper left": (-1, -1),
    "lower right": (1, 1),
    "lower left": (-1, 1),
}

# When something can happen, with gaps between: what lies in a gap is neither the one nor the other
PARTS = {"beginning": (0.08, 0.28), "middle": (0.41, 0.60), "end": (0.72, 0.92)}

# One sampled frame of fifty is 0.02, in the shortest clips 0.034; a flash is seen in one or two
FLASH_SECONDS = (0.03, 0.038)
FLASH_GAP = 0.09
_SPANS = tuple(PARTS.values())

# How long a shape stays that only looks in
VISIT_SECONDS = (0.06, 0.12)

MARGIN = 0.03
MAX_SHAPES = 6
# Share of the scenes that are harder: smaller shapes, more of them, short events
HARD = 0.4
MAX_FLASHES = 4
WAVES = 4


@dataclass(frozen=True)
class Motion:
    """How a shape's centre moves.

    Attributes
    ----------
    kind: "still", "move" (straight on), "leave" (straight on and out of the picture) or "bounce".
    direction: a key of `DIRECTIONS`, "" where still; for a bounce, where it starts towards.
    start: x and y at time 0.
    step: x and y gone per unit of time.
    end: when the shape has left the picture; 1 otherwise.
    walls: for a bounce, the lowest and highest value of the coordinate that moves.
    bounces: how often it turns round.
    """

    kind: str
    start: tuple[float, float]
    direction: str = ""
    step: tuple[float, float] = (0.0, 0.0)
    end: float = 1.0
    walls: tuple[float, float] = (0.0, 1.0)
    bounces: int = 0

    def at(self, times: Floats) -> Floats:
        """Centres [T, 2] at times [T]."""
        t = np.asarray(times, np.float32)[:, None]
        path = np.asarray(self.start, np.float32) + np.asarray(self.step, np.float32) * t
        if self.kind == "bounce":
            low, high = self.walls
            axis = 0 if self.step[0] else 1
            # A triangle wave: the straight path, folded at the walls
            folded = np.mod(path[:, axis] - low, 2 * (high - low))
            path[:, axis] = low + np.minimum(folded, 2 * (high - low) - folded)
        return path


@dataclass(frozen=True)
class Shape:
    """One shape and everything that happens to it.

    Attributes
    ----------
    size: radius at time 0, a share of the picture's height.
    angle: radians at time 0.
    spin: radians per unit of time.
    growth: size at time 1 over size at time 0.
    second_colour, turns: the colour that it takes, and when; "" and 2 if it keeps its own.
    appears, vanishes: when it is there; -1 and 2 for always.
    flashes: start and length of each moment in which it lights up.
    tint: what makes this red a little different from the next, RGB.
    """

    colour: str
    kind: str
    size: float
    motion: Motion
    angle: float = 0.0
    spin: float = 0.0
    growth: float = 1.0
    second_colour: str = ""
    turns: float = 2.0
    appears: float = -1.0
    vanishes: float = 2.0
    flashes: tuple[tuple[float, float], ...] = ()
    tint: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def colours(self) -> tuple[str, ...]:
        """The colours it has in the course of the clip."""
        return (self.colour, self.second_colour) if self.second_colour else (self.colour,)

    def visible(self, times: Floats) -> npt.NDArray[np.bool_]:
        """Whether it is there [T], leaving shapes until they are out of the picture."""
        return (times >= self.appears) & (times < self.vanishes) & (times < self.motion.end + 1e-6)


@dataclass(frozen=True)
class Background:
    """A plain colour, or two shades of it in waves, stripes or checks, and noise.

    Attributes
    ----------
    colour: a key of `BACKGROUNDS`.
    pattern: "plain", "clouds", "stripes" or "checks".
    shades: RGB of the two shades.
    waves: [WAVES, 4]: x and y frequency in radians per picture, phase, amplitude.
    hardness: how sharp the border between the shades is.
    checks: 1 where two waves are multiplied instead of added.
    grain: standard deviation of noise that stays.
    noise: standard deviation of noise that is new in every frame.
    """

    colour: str
    pattern: str
    shades: tuple[tuple[float, float, float], tuple[float, float, float]]
    waves: Floats
    hardness: float
    checks: float
    grain: float
    noise: float


@dataclass(frozen=True)
class Scene:
    """A whole clip.

    Attributes
    ----------
    shapes: in drawing order, the last one on top.
    aspect: width over height of the picture.
    """

    shapes: tuple[Shape, ...]
    background: Background
    aspect: float = 1.0


@dataclass(frozen=True)
class Event:
    """Something that happens at one time: `what` it `shape` does, "turns blue" or "appears"."""

    time: float
    shape: Shape
    what: str


def part(time: float) -> str | None:
    """Beginning, middle or end; None where people would argue."""
    for name, (low, high) in PARTS.items():
        if low - 0.02 <= time <= high + 0.02:
            return name
    return None


def events(scene: Scene) -> list[Event]:
    """What happens at one time, in order."""
    found = []
    for shape in scene.shapes:
        if shape.appears > 0:
            found.append(Event(shape.appears, shape, "appears"))
        if shape.vanishes < 1:
            found.append(Event(shape.vanishes, shape, "disappears"))
        if shape.motion.kind == "leave":
            found.append(Event(shape.motion.end, shape, "leaves"))
        if shape.second_colour:
            found.append(Event(shape.turns, shape, f"turns {shape.second_colour}"))
        if len(shape.flashes) == 1:
            found.append(Event(shape.flashes[0][0], shape, "flashes"))
    return sorted(found, key=lambda event: event.time)


# --- a scene as numbers, for drawing

# Columns of `states`
X, Y, SIZE, ANGLE, RED, GREEN, BLUE, ALPHA = range(8)


def states(scene: Scene, times: Floats) -> Floats:
    """Every shape at the given times, float32 [T, MAX_SHAPES, 8]; ALPHA is 0 where it is absent."""
    times = np.asarray(times, np.float32)
    table = np.zeros((len(times), MAX_SHAPES, 8), np.float32)
    table[:, :, SIZE] = 0.1
    for i, shape in enumerate(scene.shapes):
        table[:, i, X : Y + 1] = shape.motion.at(times)
        table[:, i, SIZE] = shape.size * (1 + (shape.growth - 1) * times)
        table[:, i, ANGLE] = shape.angle + shape.spin * times
        table[:, i, RED:ALPHA] = np.add(COLOURS[shape.colour], shape.tint)
        if shape.second_colour:
            later = times >= shape.turns
            table[later, i, RED:ALPHA] = np.add(COLOURS[shape.second_colour], shape.tint)
        for start, length in shape.flashes:
            lit = (times >= start) & (times < start + length)
            table[lit, i, RED:ALPHA] = 1.0
            table[lit, i, SIZE] *= 1.35
        table[:, i, ALPHA] = shape.visible(times)
    table[:, :, RED:ALPHA] = table[:, :, RED:ALPHA].clip(0, 1)
    return table


# --- inventing scenes


def _background(rng: np.random.Generator) -> Background:
    colour = str(rng.choice(list(BACKGROUNDS)))
    base = np.asarray(BACKGROUNDS[colour]) + rng.normal(0, 0.025) + rng.normal(0, 0.012, 3)
    pattern = str(rng.choice(["plain", "clouds", "stripes", "checks"]))
    contrast = 0.0 if pattern == "plain" else rng.uniform(0.03, 0.09)
    waves = np.zeros((WAVES, 4), np.float32)
    hardness, checks = 1.0, 0.0
    if pattern == "clouds":
        waves[:, :2] = rng.normal(0, 7, (WAVES, 2))
        waves[:, 2] = rng.uniform(0, 6.3, WAVES)
        waves[:, 3] = rng.uniform(0.2, 0.6, WAVES)
    elif pattern != "plain":
        frequency, angle = rng.uniform(14, 45), rng.uniform(0, 3.15)
        waves[0] = (frequency * np.cos(angle), frequency * np.sin(angle), rng.uniform(0, 6.3), 1)
        hardness = rng.uniform(1, 8)
        if pattern == "checks":
            checks = 1.0
            waves[1] = (-waves[0, 1], waves[0, 0], rng.uniform(0, 6.3), 1)
    first, second = (base + contrast).clip(0, 1), (base - contrast).clip(0, 1)
    return Background(
        colour,
        pattern,
        (tuple(first.tolist()), tuple(second.tolist())),
        waves,
        hardness,
        checks,
        grain=float(rng.choice([0.0, rng.uniform(0, 0.05)])),
        noise=float(rng.choice([0.0, rng.uniform(0, 0.03)])),
    )


def _inside(rng: np.random.Generator, size: float, aspect: float) -> tuple[float, float]:
    """A centre whose shape lies inside the picture."""
    x, y = size / aspect + MARGIN, size + MARGIN
    return float(rng.uniform(x, 1 - x)), float(rng.uniform(y, 1 - y))


def _straight(rng: np.random.Generator, size: float, aspect: float) -> Motion:
    direction = str(rng.choice(list(DIRECTIONS)))
    way = DIRECTIONS[direction]
    edges = (size / aspect * 0.8 + MARGIN, size * 0.8 + MARGIN)
    shortest = 0.36 if 0 in way else 0.30
    start, step = list(_inside(rng, size, aspect)), [0.0, 0.0]
    longest = min(1 - 2 * edges[i] for i in (0, 1) if way[i])
    distance = rng.uniform(shortest, max(shortest, min(longest, 0.75)))
    for i in (0, 1):
        if way[i]:
            free = max(1 - 2 * edges[i] - distance, 0)
            low = edges[i] + rng.uniform(0, free) if free else (1 - distance) / 2
            start[i] = float(low if way[i] > 0 else low + distance)
            step[i] = float(way[i] * distance)
    return Motion("move", (start[0], start[1]), direction, (step[0], step[1]))


def _leaving(rng: np.random.Generator, size: float, aspect: float, end: float) -> Motion:
    direction = str(rng.choice(list(DIRECTIONS)[:4]))
    way = DIRECTIONS[direction]
    start = _inside(rng, size, aspect)
    step = [0.0, 0.0]
    for i, radius in enumerate((size / aspect, size)):
        if way[i]:
            # A quarter beyond the edge: stars and flashing shapes reach further than their size
            goal = 1 + radius * 1.25 if way[i] > 0 else -radius * 1.25
            step[i] = (goal - start[i]) / end
    return Motion("leave", start, direction, (step[0], step[1]), end)


def _bounce(rng: np.random.Generator, size: float, aspect: float) -> Motion:
    axis = int(rng.integers(2))
    radius = (size / aspect, size)[axis]
    low, high = radius, 1 - radius
    bounces = int(rng.integers(1, 5))
    sign = int(rng.choice([-1, 1]))
    start = list(_inside(rng, size, aspect))
    start[axis] = float(rng.uniform(low + 0.12, high - 0.12))
    first = (high - start[axis]) if sign > 0 else (start[axis] - low)
    # The last leg is long enough to be seen and does not reach the wall
    distance = first + (bounces - 1 + rng.uniform(0.25, 0.75)) * (high - low)
    step = [0.0, 0.0]
    step[axis] = sign * distance
    direction = {(0, 1): "right", (0, -1): "left", (1, 1): "down", (1, -1): "up"}[axis, sign]
    return Motion(
        "bounce", (start[0], start[1]), direction, (step[0], step[1]), 1.0, (low, high), bounces
    )


def _moment(rng: np.random.Generator, taken: list[float]) -> float:
    """A time in one of the parts, apart from those that are taken."""
    for _ in range(20):
        low, high = _SPANS[int(rng.integers(3))]
        time = float(rng.uniform(low, high))
        if all(abs(time - other) >= 0.12 for other in taken):
            break
    taken.append(time)
    return time


def _flashes(
    rng: np.random.Generator, taken: list[float], most: int
) -> tuple[tuple[float, float], ...]:
    count = int(rng.integers(1, most + 1))
    if count == 1:
        starts = [_moment(rng, taken)]
    else:
        # Uniform over the clip, with at least FLASH_GAP between
        free = 0.9 - FLASH_GAP * (count - 1)
        starts = (
            0.04 + np.sort(rng.uniform(0, free, count)) + FLASH_GAP * np.arange(count)
        ).tolist()
    return tuple((float(start), float(rng.uniform(*FLASH_SECONDS))) for start in starts)


# Chances of each change, in ordinary scenes and in those where much happens
_CHANGES = ("none", "spin", "grow", "turn", "appear", "vanish", "flash")
_ORDINARY = (0.27, 0.1, 0.1, 0.15, 0.1, 0.09, 0.19)
_EVENTFUL = (0.03, 0.0, 0.0, 0.3, 0.24, 0.21, 0.22)

# Of shapes that stand still in a hard scene, how many only look in
_VISITING = 0.3


def _shape(
    rng: np.random.Generator,
    colour: str,
    size: float,
    aspect: float,
    taken: list[float],
    *,
    still: bool,
    eventful: bool,
    hard: bool,
) -> Shape:
    kind = str(rng.choice(KINDS))
    shape = Shape(
        colour,
        kind,
        size,
        Motion("still", _inside(rng, size, aspect)),
        # Mostly upright, as people draw them
        angle=float(rng.normal(0, 0.12)),
        tint=tuple(rng.normal(0, 0.025, 3).tolist()),
    )
    if still:
        return shape
    chances = [0.45, 0.3, 0.15, 0.1] if eventful else [0.24, 0.45, 0.06, 0.25]
    movement = str(rng.choice(["still", "move", "leave", "bounce"], p=chances))
    if movement == "move":
        shape = replace(shape, motion=_straight(rng, size, aspect))
    elif movement == "bounce":
        shape = replace(shape, motion=_bounce(rng, size, aspect))
    elif movement == "leave":
        return replace(shape, motion=_leaving(rng, size, aspect, _moment(rng, taken)))
    if hard and movement == "still" and rng.random() < _VISITING:
        time = _moment(rng, taken)
        return replace(shape, appears=time, vanishes=time + float(rng.uniform(*VISIT_SECONDS)))
    change = str(rng.choice(_CHANGES, p=_EVENTFUL if eventful else _ORDINARY))
    if change == "spin" and kind in SPINNING_KINDS:
        return replace(shape, spin=float(rng.choice([-1, 1]) * rng.uniform(3.5, 9)))
    if change == "grow":
        growth = float(rng.uniform(1.7, 2.2))
        # One that grows starts smaller, so that it stays in the picture and leaves room
        if rng.random() < 0.5:
            return replace(shape, size=size / growth * 1.15, growth=growth)
        return replace(shape, growth=1 / growth * 0.95)
    if change == "turn":
        second = str(rng.choice([name for name in COLOURS if name != colour]))
        return replace(shape, second_colour=second, turns=_moment(rng, taken))
    if change == "appear":
        time = _moment(rng, taken)
        # A path of which little is left to see says nothing about its direction
        return replace(shape, appears=time) if movement == "still" or time < 0.3 else shape
    if change == "vanish":
        time = _moment(rng, taken)
        return replace(shape, vanishes=time) if movement == "still" or time > 0.7 else shape
    if change == "flash" and colour != "white":
        most = 1 if eventful and rng.random() < 0.5 else MAX_FLASHES
        return replace(shape, flashes=_flashes(rng, taken, most))
    return shape


_CHECK_TIMES = np.linspace(0, 1, 17, dtype=np.float32)


def _crowded(shapes: tuple[Shape, ...], aspect: float) -> bool:
    """Whether two shapes hide each other for more than a moment, or start on one another."""
    for i, one in enumerate(shapes):
        for other in shapes[:i]:
            gap = (one.motion.at(_CHECK_TIMES) - other.motion.at(_CHECK_TIMES)) * (aspect, 1)
            near = np.hypot(gap[:, 0], gap[:, 1]) < 0.85 * (
                one.size * max(1, one.growth) + other.size * max(1, other.growth)
            )
            near &= one.visible(_CHECK_TIMES) & other.visible(_CHECK_TIMES)
            if near[0] or near[-1] or near.mean() > 0.25:
                return True
    return False


def invent(rng: np.random.Generator, *, still: bool = False, hard: bool = False) -> Scene:
    """A random scene.

    Parameters
    ----------
    still: nothing moves or changes: a photograph.
    hard: more and smaller shapes, some of which only look in.
    """
    aspect = float(rng.choice([1.0, 1.0, 1.0, 4 / 3, 5 / 4, 3 / 4]))
    if hard:
        count = int(rng.choice([2, 3, 4, 5, 6], p=[0.08, 0.17, 0.25, 0.25, 0.25]))
        smallest, largest = 0.06, 0.12
    else:
        count = int(rng.choice([0, 1, 2, 3, 4], p=[0.015, 0.2, 0.285, 0.265, 0.235]))
        smallest, largest = 0.105, (0.22, 0.22, 0.19, 0.165, 0.15)[count]
    colours = [str(c) for c in rng.choice(list(COLOURS), count, replace=rng.random() < 0.2)]
    eventful = bool(rng.random() < 0.35)
    for attempt in range(40):
        taken: list[float] = []
        shapes = tuple(
            _shape(
                rng,
                colour,
                float(rng.uniform(smallest, largest)),
                aspect,
                taken,
                still=still,
                eventful=eventful,
                hard=hard,
            )
            for colour in colours
        )
        if not _crowded(shapes, aspect):
            break
        if attempt % 10 == 9 and len(colours) > 1:
            colours = colours[:-1]
    return Scene(shapes, _background(rng), aspect)
