"""Results as Markdown, with the ratios to the goals; and into a page between its two marks.

python -m benchmarks.full_size.report full_size.json docs/performance.md
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- full size: written by benchmarks.full_size.report -->", "<!-- end of it -->"

Table = dict[str, dict[str, Any]]

_ROAD = ("decode_wait_s", "vision_s", "prefill_s", "first_token_s", "tokens_per_s", "peak_gb")
_ROADS = {
    "torch.A": "A: reference as upstream runs it",
    "torch.C": "C: reference at its strongest",
    "fp16.first": "sf-mlx, fp16",
    "8bit.first": "sf-mlx, 8 bits",
    "4bit.first": "sf-mlx, 4 bits",
    "fp16.second": "second question, fp16",
    "4bit.second": "second question, 4 bits",
    "34b.first": "34B shapes, 4 bits",
    "34b.second": "second question of it",
}


def _over(row: str, other: str, key: str) -> Callable[[Table], float]:
    return lambda rows: float(rows[row][key] / rows[other][key])


# What is compared, how, and the goal: at most so much, or at least where it is negative
GOALS: list[tuple[str, Callable[[Table], float], float]] = [
    ("first token, of C's", _over("fp16.first", "torch.C", "first_token_s"), 0.75),
    ("first token, of A's", _over("fp16.first", "torch.A", "first_token_s"), 0.3),
    ("tokens/s, of C's", _over("fp16.first", "torch.C", "tokens_per_s"), -4),
    ("tokens/s, of A's", _over("fp16.first", "torch.A", "tokens_per_s"), -4),
    ("vision, of C's", _over("fp16.first", "torch.C", "vision_s"), 1.1),
    ("fp16 prefill, of C's", _over("fp16.first", "torch.C", "prefill_s"), 1.15),
    ("peak, of A's", _over("fp16.first", "torch.A", "peak_gb"), 1),
    ("second question, ms", lambda r: 1e3 * float(r["fp16.second"]["first_token_s"]), 50),
    (
        "fp16 load, of a plain read",
        lambda r: float(r["fp16.load"]["load_s"] / r["load.fp16.read 1 thread"]["seconds"]),
        1.2,
    ),
    (
        "4-bit load, of a plain read",
        lambda r: float(r["4bit.load"]["load_s"] / r["load.4bit.read 1 thread"]["seconds"]),
        1.2,
    ),
    ("peak while loading, of the weights", lambda r: r["fp16.load"]["peak_of_weights"], 1.1),
]


def markdown(results: dict[str, Any]) -> str:
    """Machine, goals, the roads beside each other, and every other row."""
    rows: Table = results["rows"]
    about = results["machine"]
    device = about["device"].get("device_name", about["backend"])
    lines = [
        f"{device}, {about['cores']} cores, MLX {about['mlx']}, {about['date']}; medians.",
        "",
        "| goal | measured | at most | met |",
        "|---|---|---|---|",
    ]
    lines += [_goal(rows, *goal) for goal in GOALS]
    lines += ["", f"| first question, model loaded | {' | '.join(map(_words, _ROAD))} |"]
    lines += ["|---" * (len(_ROAD) + 1) + "|"]
    for name, title in _ROADS.items():
        if name in rows:
            lines.append(_line(title, rows[name], _ROAD))
    for title, names in _others(rows).items():
        keys = list(dict.fromkeys(key for name in names for key in rows[name]))
        keys = [key for key in keys if key not in ("failed", "row_seconds")] or ["failed"]
        lines += [
            "",
            f"| {title} | {' | '.join(map(_words, keys))} |",
            "|---" * len(keys) + "|---|",
        ]
        lines += [_line(name.removeprefix(f"{title}."), rows[name], keys) for name in names]
    return "\n".join(lines) + "\n"


def _goal(rows: Table, title: str, value: Callable[[Table], float], goal: float) -> str:
    limit = f"{goal:g}" if goal > 0 else f"at least {-goal:g}"
    try:
        found = value(rows)
    except (KeyError, TypeError, ZeroDivisionError):
        return f"| {title} | not measured | {limit} | |"
    met = found <= goal if goal > 0 else found >= -goal
    return f"| {title} | {found:.3g} | {limit} | {'yes' if met else 'no'} |"


def _others(rows: Table) -> dict[str, list[str]]:
    """The rows that are no road, by the part of their names before the last dot."""
    groups: dict[str, list[str]] = {}
    for name in rows:
        if name not in _ROADS:
            groups.setdefault(name.rpartition(".")[0] or name, []).append(name)
    return groups


def _line(title: str, row: dict[str, Any], keys: tuple[str, ...] | list[str]) -> str:
    if "failed" in row:
        return f"| {title} | failed: {str(row['failed']).replace('|', '/')} |" + " |" * (
            len(keys) - 1
        )
    return f"| {title} | " + " | ".join(_number(row.get(key)) for key in keys) + " |"


def _number(value: object) -> str:
    return f"{value:,.4g}" if isinstance(value, int | float) else ""


def _words(key: str) -> str:
    if key == "tokens_per_s":
        return "tokens/s"
    name, _, unit = key.rpartition("_")
    units = {"s": "s", "gb": "GB"}
    return (
        f"{name.replace('_', ' ')}, {units[unit]}"
        if name and unit in units
        else key.replace("_", " ")
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("page", type=Path, nargs="?", help="printed where it is left out")
    told = parser.parse_args()
    text = markdown(json.loads(told.results.read_text()))
    if told.page is None:
        print(text)
        return
    page = told.page.read_text()
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{told.page} lacks the marks {BEGIN} and {END}")
    told.page.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}")


if __name__ == "__main__":
    main()
