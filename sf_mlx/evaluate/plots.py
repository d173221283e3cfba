"""Plots as SVG, drawn by hand: no library, no script, readable in light and dark."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

# Classes of the page's style sheet: the colour of each run, in their order
SERIES = 6

_LEFT, _TOP, _BOTTOM = 44, 16, 46
_HEIGHT = 250


@dataclass(frozen=True)
class Bar:
    """A value with its interval; None where there is nothing to show."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Line:
    """A published value to be compared with."""

    name: str
    value: float


@dataclass(frozen=True)
class Dot:
    """A run, or a published one, in the plane of tokens and accuracy."""

    name: str
    tokens: float
    bar: Bar
    series: int | None


def bars(
    kinds: Sequence[str],
    runs: Sequence[str],
    values: Sequence[Sequence[Bar | None]],
    lines: Sequence[Line],
    top: float,
    title: str,
) -> str:
    """Bars of every run side by side for every kind, with published values as lines.

    Parameters
    ----------
    values: of each run, one for each kind.
    top: the axis's end: 100 of per cents, 5 of scores.
    """
    thick = max(6, min(26, 150 // max(1, len(runs))))
    step = thick * len(runs) + 2 * (len(runs) - 1) + max(18, thick)
    width = max(420, _LEFT + step * len(kinds) + 150)
    right = width - 150
    y = _Axis(top)
    parts = [_grid(y, right, title)]
    for at, kind in enumerate(kinds):
        start = _LEFT + at * step + (step - thick * len(runs) - 2 * (len(runs) - 1)) / 2
        for number, (run, row) in enumerate(zip(runs, values, strict=True)):
            bar = row[at]
            if bar is None:
                continue
            x = start + number * (thick + 2)
            said = f"{run}, {kind}: {bar.value:.1f} [{bar.low:.1f}, {bar.high:.1f}]"
            parts.append(
                f'<g class="s{number % SERIES}"><title>{html.escape(said)}</title>'
                f"{_column(x, y(bar.value), thick, y(0))}"
                f"{_whisker(x + thick / 2, y(bar.low), y(bar.high))}</g>"
            )
        middle = start + (thick * len(runs) + 2 * (len(runs) - 1)) / 2
        for down, words in enumerate(kind.split(": ", 1)):
            parts.append(_label(middle, y(0) + 18 + 13 * down, words, "middle", int(step / 5.5)))
    parts += _published(lines, y, right)
    return _svg(width, parts, title)


def budget(dots: Sequence[Dot], top: float, title: str) -> str:
    """Accuracy over visual tokens a video: each run a dot with its interval."""
    most = max(dot.tokens for dot in dots)
    end = next(end for end in _ENDS if end >= most) if most <= _ENDS[-1] else most * 1.1
    width, right = 640, 600
    y = _Axis(top)
    parts = [_grid(y, right, title)]

    def x(tokens: float) -> float:
        return _LEFT + (right - _LEFT) * tokens / end

    for tick in range(5):
        tokens = end * tick / 4
        parts.append(_label(x(tokens), y(0) + 18, f"{tokens:,.0f}", "middle", 12))
    parts.append(_label((_LEFT + right) / 2, y(0) + 36, "visual tokens of a video", "middle", 40))
    # No label stands on a dot, or on another label
    taken = [_Box(x(dot.tokens) - 7, y(dot.bar.value) - 7, 14, 14) for dot in dots]
    for dot in sorted(dots, key=lambda dot: (dot.tokens, -dot.bar.value)):
        px, py = x(dot.tokens), y(dot.bar.value)
        kind = "paper" if dot.series is None else f"s{dot.series % SERIES}"
        said = f"{dot.name}: {dot.bar.value:.1f} with {dot.tokens:,.0f} tokens"
        whisker = "" if dot.series is None else _whisker(px, y(dot.bar.low), y(dot.bar.high))
        parts.append(
            f'<g class="{kind}"><title>{html.escape(said)}</title>{whisker}'
            f'<circle cx="{px:.1f}" cy="{py:.1f}" r="5"/></g>'
        )
        wide = 6.2 * min(len(dot.name), 34)
        anchor, beside = ("end", px - 9) if px + wide > right else ("start", px + 9)
        left = beside - wide if anchor == "end" else beside
        parts.append(_label(beside, _free(taken, left, py + 4, wide), dot.name, anchor, 34))
    return _svg(width, parts, title)


# Where the axis of tokens may end
_ENDS = (1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000)


class _Axis:
    """From a value to its height in the picture."""

    def __init__(self, top: float) -> None:
        self.top = top

    def __call__(self, value: float) -> float:
        share = min(max(value / self.top, 0.0), 1.0)
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - share)


@dataclass(frozen=True)
class _Box:
    """A place that is taken: its upper left corner and its size."""

    x: float
    y: float
    wide: float
    high: float

    def meets(self, other: _Box) -> bool:
        """Whether two places overlap."""
        return (
            self.x < other.x + other.wide
            and other.x < self.x + self.wide
            and self.y < other.y + other.high
            and other.y < self.y + self.high
        )


def _free(taken: list[_Box], x: float, y: float, wide: float) -> float:
    """A base line for a label, as near to `y` as it covers nothing."""
    for step in range(200):
        away = (step + 1) // 2 * (3 if step % 2 else -3)
        box = _Box(x, y - 10 + away, wide, 12)
        if not any(box.meets(other) for other in taken):
            break
    taken.append(box)
    return box.y + 10


def _grid(y: _Axis, right: float, title: str) -> str:
    ticks = [y.top * part / 5 for part in range(6)]
    lines = [
        f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>'
        + _label(_LEFT - 6, y(tick) + 4, f"{tick:g}", "end", 8)
        for tick in ticks
    ]
    return "".join(lines)


def _column(x: float, top: float, thick: float, bottom: float) -> str:
    """A bar with round corners at its end only."""
    r = min(3.0, thick / 2, max(bottom - top, 0.0))
    return (
        f'<path d="M{x:.1f} {bottom:.1f}V{top + r:.1f}q0 {-r:.1f} {r:.1f} {-r:.1f}'
        f'h{thick - 2 * r:.1f}q{r:.1f} 0 {r:.1f} {r:.1f}V{bottom:.1f}z"/>'
    )


def _whisker(x: float, low: float, high: float) -> str:
    return f'<line class="whisker" x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}"/>'


def _published(lines: Sequence[Line], y: _Axis, right: float) -> list[str]:
    parts, free = [], 0.0
    for line in sorted(lines, key=lambda line: -line.value):
        at = y(line.value)
        parts.append(f'<line class="paper" x1="{_LEFT}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}"/>')
        said = f"{line.name} {line.value:g}"
        # In the order of the lines, also where they are too close for their names
        at = max(at + 4, free)
        free = at + 12
        parts.append(_label(right + 6, at, said, "start", 24))
    return parts


def _label(x: float, y: float, text: str, anchor: str, most: int) -> str:
    shown = text if len(text) <= most else text[: most - 1] + "…"
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(shown)}</text>'


def _svg(width: float, parts: Sequence[str], title: str) -> str:
    return (
        f'<svg viewBox="0 0 {width:.0f} {_HEIGHT}" width="{width:.0f}" height="{_HEIGHT}" '
        f'role="img" aria-label="{html.escape(title)}" xmlns="http://www.w3.org/2000/svg">'
        + "".join(parts)
        + "</svg>"
    )
