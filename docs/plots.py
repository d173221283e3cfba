"""The pictures of docs/performance.md from what benchmarks/growth.py wrote.

python -m docs.plots growth.json docs/growth.svg
"""

import argparse
import json
from html import escape
from math import log10
from pathlib import Path

_WIDTH, _HEIGHT = 300, 200
_LEFT, _TOP, _RIGHT, _BOTTOM = 46, 34, 16, 44
_COLOURS = {
    "open": "#9aa0a6",
    "frames": "#4285f4",
    "vision": "#34a853",
    "prefill": "#ea4335",
    "answer": "#f9ab00",
    "first": "#ea4335",
    "later": "#f9ab00",
}
_INK, _LINES = "#202124", "#dadce0"
_COLUMNS = 3
# From so many times the smallest on, an axis is logarithmic
_SPREAD = 20

Point = dict[str, float]


def page(results: dict[str, list[Point]]) -> str:
    """All series beside each other, the parts of the time stacked."""
    rows = -(-len(results) // _COLUMNS)
    width, height = _COLUMNS * _WIDTH, rows * _HEIGHT + 26
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for number, (title, points) in enumerate(results.items()):
        x, y = number % _COLUMNS * _WIDTH, number // _COLUMNS * _HEIGHT
        lines += [f'<g transform="translate({x} {y})">', *_plot(title, points), "</g>"]
    x = 20
    for name, colour in _COLOURS.items():
        lines.append(f'<rect x="{x}" y="{height - 20}" width="11" height="11" fill="{colour}"/>')
        lines.append(f'<text x="{x + 15}" y="{height - 10}" fill="{_INK}">{name}</text>')
        x += 70
    return "\n".join([*lines, "</svg>"]) + "\n"


def _plot(title: str, points: list[Point]) -> list[str]:
    keys = [key for key in _COLOURS if key in points[0]]
    highest = max(sum(point[key] for key in keys) for point in points) or 1.0
    step = next(s for s in _steps() if highest / s <= 4)
    top = step * -(-highest // step)
    values = [point["x"] for point in points]
    logarithmic = max(values) > _SPREAD * min(values)
    placed = [log10(value) if logarithmic else value for value in values]
    span = (placed[-1] - placed[0]) or 1.0
    across, up = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    xs = [_LEFT + (place - placed[0]) / span * across for place in placed]
    base = _TOP + up
    lines = [f'<text x="{_LEFT}" y="20" fill="{_INK}">seconds by {escape(title)}</text>']
    for number in range(round(top / step) + 1):
        y = base - number * step / top * up
        lines.append(f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="{_LINES}"/>')
        lines.append(
            f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" text-anchor="end" fill="{_INK}">'
            f"{number * step:g}</text>"
        )
    below = [0.0] * len(points)
    for key in keys:
        above = [low + point[key] for low, point in zip(below, points, strict=True)]
        edge = [
            f"{x:.1f},{base - y / top * up:.1f}"
            for ys, order in ((above, 1), (below, -1))
            for x, y in list(zip(xs, ys, strict=True))[::order]
        ]
        lines.append(f'<polygon points="{" ".join(edge)}" fill="{_COLOURS[key]}"/>')
        below = above
    for x, value in zip(xs, values, strict=True):
        lines.append(
            f'<text x="{x:.1f}" y="{base + 15}" text-anchor="middle" fill="{_INK}">{value:g}</text>'
        )
    return lines


def _steps() -> list[float]:
    return [digit * 10.0**power for power in range(-4, 6) for digit in (1, 2, 5)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("picture", type=Path)
    told = parser.parse_args()
    told.picture.write_text(page(json.loads(told.results.read_text())), encoding="utf-8")


if __name__ == "__main__":
    main()
