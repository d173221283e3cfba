"""What is true of a scene, and what people would argue about.

Every question that can be asked has its truth here; `Unclear` where a place, a time or a size lies
on a border, or where a name fits no shape or several.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from demo.world import Event, Scene, Shape, events, part


class Unclear(Exception):
    """Nobody could say, or two people would say different things."""


def _changes(does: str) -> Callable[[Shape], bool]:
    return {
        "move": lambda s: s.motion.kind != "still",
        "still": lambda s: s.motion.kind == "still",
        "bounce": lambda s: s.motion.kind == "bounce",
        "leave": lambda s: s.motion.kind == "leave",
        "spin": lambda s: bool(s.spin),
        "grow": lambda s: s.growth > 1,
        "shrink": lambda s: s.growth < 1,
        "turn": lambda s: bool(s.second_colour),
        "appear": lambda s: s.appears > 0,
        "vanish": lambda s: s.vanishes < 1,
        "flash": lambda s: bool(s.flashes),
    }[does]


DOES = (
    "move",
    "still",
    "bounce",
    "leave",
    "spin",
    "grow",
    "shrink",
    "turn",
    "appear",
    "vanish",
    "flash",
)
_TESTS = {does: _changes(does) for does in DOES}

# The events' words (`world.events`)
_EVENTS = {
    "appear": "appears",
    "vanish": "disappears",
    "leave": "leaves",
    "turn": "turns",
    "flash": "flashes",
}

# Rows top to bottom, columns left to right
PLACES = (
    ("in the top left", "at the top", "in the top right"),
    ("on the left", "in the centre", "on the right"),
    ("in the bottom left", "at the bottom", "in the bottom right"),
)

# How much is clear: shares of the picture, ratios, shares of the clip
_APART, _LARGER, _FASTER, _LATER = 0.1, 1.25, 1.4, 0.1


def _single(found: list[Shape]) -> Shape:
    if len(found) != 1:
        raise Unclear
    return found[0]


def _coming(shape: Shape) -> tuple[float, float]:
    first = np.array([max(shape.appears, 0.0)], np.float32)
    return round(float(first[0]), 2), float(shape.motion.at(first)[0, 0])


def does(shape: Shape, what: str) -> bool:
    """Whether it does what is in `DOES`."""
    return _TESTS[what](shape)


class View:
    """One scene's truths."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        # In the order in which they come, and then from left to right: lists have this order
        self.shapes = tuple(sorted(scene.shapes, key=_coming))
        self.events = events(scene)

    # --- which shapes

    def of(self, kind: str = "", colour: str = "") -> list[Shape]:
        return [
            s for s in self.shapes if kind in ("", s.kind) and (not colour or colour in s.colours)
        ]

    def one(self, kind: str = "", colour: str = "") -> Shape:
        """The only shape of that kind and colour."""
        return _single(self.of(kind, colour))

    def only(self, what: str) -> Shape:
        """The only one that does it."""
        return _single(self.doing(what))

    def doing(self, what: str) -> list[Shape]:
        found = [s for s in self.shapes if does(s, what)]
        # A shape that leaves is gone too: some would say that it disappears
        if what == "vanish" and any(s.motion.kind == "leave" for s in self.shapes):
            raise Unclear
        return found

    def who(self, what: str) -> list[Shape]:
        if not self.shapes:
            raise Unclear
        return self.doing(what)

    def some(self, what: str) -> bool:
        return bool(self.doing(what))

    def does(self, shape: Shape, what: str) -> bool:
        if what == "vanish" and shape.motion.kind == "leave":
            raise Unclear
        return does(shape, what)

    def going(self, direction: str) -> list[Shape]:
        """Those that go straight that way; bounces and slanted ways leave room for argument."""
        for s in self.shapes:
            if s.motion.kind == "bounce" or (
                s.motion.direction != direction and direction in s.motion.direction.split()
            ):
                raise Unclear
            if direction in ("up", "down") and s.motion.direction.startswith(("upper", "lower")):
                raise Unclear
        return [s for s in self.shapes if s.motion.direction == direction]

    def but(self, kind: str = "", colour: str = "") -> list[Shape]:
        """All others than those."""
        if any(s.second_colour for s in self.shapes) and colour:
            raise Unclear
        if not self.shapes:
            raise Unclear
        left_out = self.of(kind, colour)
        return [s for s in self.shapes if not any(s is o for o in left_out)]

    def others(self, shape: Shape) -> list[Shape]:
        return [s for s in self.shapes if s is not shape]

    def others_red(self) -> list[Shape]:
        return [s for s in self.others(self.one(colour="red")) if "red" in s.colours]

    def either(self, one: Shape, other: Shape, what: str) -> tuple[Shape, Shape]:
        """Of two, the one that does it and the one that does not."""
        first, second = self.does(one, what), self.does(other, what)
        if first == second:
            raise Unclear
        return (one, other) if first else (other, one)

    # --- numbers

    def count(self) -> int:
        return len(self.shapes)

    def seen(self, time: float) -> list[Shape]:
        """Those that are there at time 0 or 1."""
        at = np.array([time], np.float32)
        return [
            s
            for s in self.shapes
            if s.visible(at)[0] and not (time == 1 and s.motion.kind == "leave")
        ]

    def more(self, kind: str, other: str) -> bool:
        if not self.of(kind) and not self.of(other):
            raise Unclear
        return len(self.of(kind)) > len(self.of(other))

    def same_number(self, kind: str, other: str) -> bool:
        if not self.of(kind) and not self.of(other):
            raise Unclear
        return len(self.of(kind)) == len(self.of(other))

    def exactly(self, kind: str, number: int) -> bool:
        if len(self.of(kind)) > number:
            raise Unclear
        return len(self.of(kind)) == number

    def more_do(self, what: str, than: str) -> bool:
        if not self.shapes:
            raise Unclear
        return len(self.doing(what)) > len(self.doing(than))

    def after(self, shape: Shape, what: str) -> int:
        """How many are there after an event, where that stays so."""
        return self._around(self.event_of(shape, what), 1)

    def before(self, shape: Shape, what: str) -> int:
        return self._around(self.event_of(shape, what), -1)

    def _around(self, event: Event, side: int) -> int:
        span = np.linspace(event.time + 0.02 * side, 1.0 if side > 0 else 0.0, 9, dtype=np.float32)
        numbers = np.sum([s.visible(span) for s in self.shapes], 0)
        if (numbers != numbers[0]).any():
            raise Unclear
        return int(numbers[0])

    # --- looks

    def colour(self, shape: Shape) -> list[str]:
        return list(shape.colours)

    def first(self, shape: Shape) -> str:
        self.second(shape)
        return shape.colour

    def second(self, shape: Shape) -> str:
        if not shape.second_colour:
            raise Unclear
        return shape.second_colour

    def is_colour(self, shape: Shape, colour: str) -> bool:
        if shape.second_colour:
            raise Unclear
        return shape.colour == colour

    def palette(self) -> list[str]:
        if not self.shapes or any(s.second_colour for s in self.shapes):
            raise Unclear
        return list(dict.fromkeys(s.colour for s in self.shapes))

    def ground(self) -> str:
        return self.scene.background.colour

    def shared(self, trait: str) -> bool:
        """Whether two shapes have the same "colour" or "kind"."""
        if len(self.shapes) < 2 or (
            trait == "colour" and any(s.second_colour for s in self.shapes)
        ):
            raise Unclear
        values = [getattr(s, trait) for s in self.shapes]
        return len(set(values)) < len(values)

    def same_colour(self, one: Shape, other: Shape) -> bool:
        if one is other or one.second_colour or other.second_colour:
            raise Unclear
        return one.colour == other.colour

    # --- places

    def centre(self, shape: Shape, time: float | None) -> np.ndarray:
        """x and y at time 0 or 1; without a time, of one that stays where it is."""
        if time is None:
            if shape.motion.kind != "still":
                raise Unclear
            time = 0.0
        elif shape.motion.kind != "still" and not any(shape is s for s in self.seen(time)):
            raise Unclear
        where: npt.NDArray[np.float32] = shape.motion.at(np.array([time], np.float32))[0]
        return where

    def place(self, shape: Shape, time: float | None = None) -> str:
        """One of nine fields of the picture."""
        cells = []
        for value in self.centre(shape, time):
            found = [
                i
                for i, (low, high) in enumerate(((0, 0.3), (0.38, 0.62), (0.7, 1)))
                if low <= value <= high
            ]
            if not found:
                raise Unclear
            cells.append(found[0])
        return PLACES[cells[1]][cells[0]]

    def side(self, shape: Shape, time: float | None = None) -> str:
        x = self.centre(shape, time)[0]
        if abs(x - 0.5) < 0.12:
            raise Unclear
        return "on the left" if x < 0.5 else "on the right"

    def left_of(self, one: Shape, other: Shape, time: float | None = None) -> bool:
        return self._compare(one, other, time, 0)

    def above(self, one: Shape, other: Shape, time: float | None = None) -> bool:
        return self._compare(one, other, time, 1)

    def _compare(self, one: Shape, other: Shape, time: float | None, axis: int) -> bool:
        gap = (self.centre(one, time) - self.centre(other, time))[axis]
        if one is other or abs(gap) < _APART:
            raise Unclear
        return bool(gap < 0)

    def extreme(self, side: str, time: float | None = None) -> Shape:
        """The one furthest to the left, right, top or bottom."""
        if len(self.shapes) < 2:
            raise Unclear
        shapes = self.shapes if time is None else self.seen(time)
        axis, sign = {"left": (0, 1), "right": (0, -1), "top": (1, 1), "bottom": (1, -1)}[side]
        ranked = sorted(((sign * self.centre(s, time)[axis], i) for i, s in enumerate(shapes)))
        if len(ranked) < 2 or ranked[1][0] - ranked[0][0] < _APART * 0.8:
            raise Unclear
        return shapes[ranked[0][1]]

    # --- sizes and speeds

    def _sizes(self, *shapes: Shape) -> list[float]:
        if any(s.growth != 1 for s in shapes):
            raise Unclear
        return [s.size for s in shapes]

    def bigger(self, one: Shape, other: Shape) -> bool:
        a, b = self._sizes(one, other)
        if one is other or max(a, b) / min(a, b) < _LARGER:
            raise Unclear
        return a > b

    def larger(self, one: Shape, other: Shape) -> Shape:
        return one if self.bigger(one, other) else other

    def biggest(self) -> Shape:
        return self._top(self._sizes(*self.shapes), _LARGER * 0.97)

    def smallest(self) -> Shape:
        return self._top([1 / size for size in self._sizes(*self.shapes)], _LARGER * 0.97)

    def _top(self, values: list[float], clear: float) -> Shape:
        ranked = [int(i) for i in np.argsort(values)[::-1]]
        if len(values) < 2 or values[ranked[0]] < clear * values[ranked[1]]:
            raise Unclear
        return self.shapes[ranked[0]]

    def speed(self, shape: Shape) -> float:
        """Picture heights in the whole clip."""
        x, y = shape.motion.step
        return float(np.hypot(x * self.scene.aspect, y))

    def faster(self, one: Shape, other: Shape) -> bool:
        a, b = self.speed(one), self.speed(other)
        if one is other or max(a, b) < _FASTER * min(a, b) or not max(a, b):
            raise Unclear
        return a > b

    def quicker(self, one: Shape, other: Shape) -> Shape:
        return one if self.faster(one, other) else other

    def fastest(self) -> Shape:
        speeds = [self.speed(s) for s in self.shapes]
        if not any(speeds):
            raise Unclear
        return self._top(speeds, _FASTER)

    # --- ways

    def way(self, shape: Shape) -> str:
        """A key of DIRECTIONS, "still", "sideways" or "upright" for a bounce."""
        motion = shape.motion
        if motion.kind == "bounce":
            return "sideways" if motion.step[0] else "upright"
        return motion.direction or "still"

    def sideways(self, shape: Shape) -> str:
        if shape.motion.kind == "bounce" or shape.motion.direction not in ("left", "right"):
            raise Unclear
        return shape.motion.direction

    def upright(self, shape: Shape) -> str:
        if shape.motion.kind == "bounce" or shape.motion.direction not in ("up", "down"):
            raise Unclear
        return shape.motion.direction

    def goes(self, shape: Shape, direction: str) -> bool:
        if shape.motion.kind == "bounce" or "er " in shape.motion.direction:
            raise Unclear
        return shape.motion.direction == direction

    def same_way(self, one: Shape, other: Shape) -> bool:
        ways = self.way(one), self.way(other)
        if (
            one is other
            or "bounce" in (one.motion.kind, other.motion.kind)
            or ways == ("still", "still")
        ):
            raise Unclear
        if ways[0] != ways[1] and set(ways[0].split()) & set(ways[1].split()) - {"still"}:
            raise Unclear
        return ways[0] == ways[1]

    def exit_side(self, shape: Shape) -> str:
        side = {"up": r"top|up", "down": r"bottom|down|low"}.get(shape.motion.direction)
        return rf"\b({side or shape.motion.direction})"

    # --- times

    def event_of(self, shape: Shape, what: str) -> Event:
        found = [
            e for e in self.events if e.shape is shape and e.what.split()[0] == _EVENTS.get(what)
        ]
        if len(found) != 1:
            raise Unclear
        return found[0]

    def moment(self, event: Event) -> str:
        """Beginning, middle or end."""
        name = part(event.time)
        if name is None:
            raise Unclear
        return name

    def when(self, shape: Shape, what: str) -> str:
        return self.moment(self.event_of(shape, what))

    def repeats(self) -> bool:
        """Whether something happens several times, so that "first" and "last" are disputable."""
        return any(len(s.flashes) > 1 or s.motion.kind == "bounce" for s in self.shapes)

    def event(self, which: int) -> Event:
        """The first (0) or the last (-1)."""
        if self.repeats() or not self.events:
            raise Unclear
        event = self.events[which]
        if any(e is not event and abs(e.time - event.time) < _LATER for e in self.events):
            raise Unclear
        return event

    def around(self, name: str) -> Event:
        """The one event in a part of the clip."""
        found = [e for e in self.events if part(e.time) == name]
        if (
            self.repeats()
            or len(found) != 1
            or sum(abs(e.time - found[0].time) < 0.3 for e in self.events) > 1
        ):
            raise Unclear
        return found[0]

    def following(self, shape: Shape, what: str) -> Event:
        """What happens next."""
        event = self.event_of(shape, what)
        if self.repeats():
            raise Unclear
        later = [e for e in self.events if e.time > event.time]
        if not later or any(b.time - a.time < _LATER for a, b in pairwise([event, *later][:3])):
            raise Unclear
        return later[0]

    def preceding(self, shape: Shape, what: str) -> Event:
        """What happened just before."""
        event = self.event_of(shape, what)
        if self.repeats():
            raise Unclear
        earlier = [e for e in self.events if e.time < event.time]
        last = [*earlier[-2:], event]
        if not earlier or any(b.time - a.time < _LATER for a, b in pairwise(last)):
            raise Unclear
        return earlier[-1]

    def first_to(self, what: str) -> Shape:
        found = [e for e in self.events if e.what.split()[0] == _EVENTS[what]]
        self.doing(what)
        if len(found) < 2 or found[1].time - found[0].time < _LATER:
            raise Unclear
        return found[0].shape

    def earlier(self, one: Shape, what: str, other: Shape, than: str) -> bool:
        first, second = self.event_of(one, what), self.event_of(other, than)
        if first is second or abs(first.time - second.time) < _LATER:
            raise Unclear
        return first.time < second.time

    def earliest(self, one: Shape, what: str, other: Shape, than: str) -> Event:
        if self.earlier(one, what, other, than):
            return self.event_of(one, what)
        return self.event_of(other, than)

    def times(self, shape: Shape, what: str) -> int:
        """How often it flashes or bounces."""
        return len(shape.flashes) if what == "flash" else shape.motion.bounces

    def always(self, shape: Shape) -> bool:
        return shape.appears <= 0 and shape.vanishes >= 1 and shape.motion.kind != "leave"
