"""A terminal's recording as an animated SVG: python -m docs.record

Runs the program in tmux, which has to be installed, types, looks at the screen many times a second,
and writes what changed. Pauses longer than a second are shortened.
"""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from sf_mlx import demo

FOLDER = Path(__file__).resolve().parent
COLUMNS, ROWS = 88, 24
# Seconds: between two looks, between two keys, and the longest that a picture stays
LOOK, KEY, PAUSE = 0.08, 0.05, 1.2
LAST = 3.0
# Pixels
WIDTH, HEIGHT, MARGIN = 8.4, 19.0, 16.0

COLOURS = {
    "30": "#5c6370", "31": "#ff7a6e", "32": "#98c379", "33": "#ffb454", "34": "#61afef",
    "35": "#c678dd", "36": "#56b6c2", "37": "#e8eaee", "90": "#8b93a0", "97": "#ffffff",
}  # fmt: skip

# What is typed, and what the screen shows before it goes on; C-c and Tab are keys of tmux
SCRIPT: Sequence[tuple[str, str]] = (
    ("sf-mlx chat sf-mlx-demo.mp4 -m demo\n", "/help"),
    ("What happens in the video?\n", r"to the first word"),
    ("Which ones do not move?\n", r"do not move\.\n.*to the first word"),
    ("/ra<Tab>", "/range"),
    ("3-6\n", r"tokens\n"),
    ("What does the heart do now?\n", r"now\?\n(.*\n)+.*to the first word"),
    ("/frames\n", "are in"),
    ("/save talk.md\n", "saved in"),
    ("<C-d>", r"\n\$\n$"),
)


@dataclass(frozen=True)
class Shot:
    """What the screen showed, line by line with escape sequences, and for how many seconds."""

    lines: tuple[str, ...]
    seconds: float


def tmux(*arguments: str) -> str:
    """What tmux printed."""
    return subprocess.run(
        ["tmux", "-L", "sf-mlx-record", *arguments], check=True, capture_output=True, text=True
    ).stdout


def record(script: Sequence[tuple[str, str]], folder: Path) -> list[Shot]:
    """Type the script in a shell and look on."""
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    tmux(
        "new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), "-c", str(folder),
        "env", "-u", "TMUX", f"PATH={path}", f"SF_MLX_STATE={folder}/state", "PS1=$ ", "bash",
        "--norc",
    )  # fmt: skip
    shots: list[tuple[float, tuple[str, ...]]] = []

    def look() -> str:
        lines = tuple(tmux("capture-pane", "-e", "-p").rstrip("\n").split("\n"))
        if not shots or shots[-1][1] != lines:
            shots.append((time.monotonic(), lines))
        return "\n".join(plain(line).rstrip() for line in lines) + "\n"

    try:
        wait(look, r"\$ *\n$")
        for typed, shown in script:
            for key in re.findall(r"<[^>]+>|.|\n", typed):
                if key.startswith("<"):
                    tmux("send-keys", key[1:-1])
                elif key == "\n":
                    tmux("send-keys", "Enter")
                else:
                    tmux("send-keys", "-l", key)
                time.sleep(KEY)
                look()
            wait(look, shown)
    finally:
        tmux("kill-server")
    ends = [at for at, _ in shots[1:]] + [shots[-1][0] + LAST]
    return [
        Shot(lines, LAST if i == len(shots) - 1 else min(end - at, PAUSE))
        for i, ((at, lines), end) in enumerate(zip(shots, ends, strict=True))
    ]


def wait(look: Callable[[], str], shown: str) -> None:
    """Look until the screen shows it."""
    deadline = time.monotonic() + 120
    while not re.search(shown, screen := look()):
        if time.monotonic() > deadline:
            raise SystemExit(f"waited in vain for {shown!r}; the screen shows\n{screen}")
        time.sleep(LOOK)


def plain(line: str) -> str:
    """A line without escape sequences."""
    return re.sub(r"\x1b\[[\d;]*m", "", line)


def spans(line: str) -> str:
    """A line as SVG text: colours, bold and faint letters."""
    found, style = [], {"fill": "", "weight": "", "opacity": ""}
    for codes, text in re.findall(r"\x1b\[([\d;]*)m|([^\x1b]+)", line):
        if text:
            given = "".join(f' {name}="{value}"' for name, value in attributes(style) if value)
            found.append(f"<tspan{given}>{escape(text)}</tspan>" if given else escape(text))
            continue
        for code in codes.split(";"):
            if code in ("", "0"):
                style = dict.fromkeys(style, "")
            elif code == "1":
                style["weight"] = "bold"
            elif code == "2":
                style["opacity"] = "0.6"
            elif code in ("22", "39"):
                style["fill" if code == "39" else "weight"] = style["opacity"] = ""
            else:
                style["fill"] = COLOURS.get(code, style["fill"])
    return "".join(found)


def attributes(style: dict[str, str]) -> list[tuple[str, str]]:
    """SVG's names."""
    return [
        ("fill", style["fill"]),
        ("font-weight", style["weight"]),
        ("opacity", style["opacity"]),
    ]


def svg(shots: Sequence[Shot], title: str) -> str:
    """The recording; it begins anew at its end."""
    total = sum(shot.seconds for shot in shots)
    rows = max(len(shot.lines) for shot in shots)
    width, height = round(COLUMNS * WIDTH + 2 * MARGIN), round(rows * HEIGHT + 2 * MARGIN)
    numbers: dict[str, int] = {}
    pictures, moments = [], []
    at = 0.0
    for i, shot in enumerate(shots):
        uses = [
            f'<use href="#l{numbers.setdefault(line, len(numbers))}" y="{row * HEIGHT:.0f}"/>'
            for row, line in enumerate(shot.lines)
            if plain(line).strip()
        ]
        pictures.append(f'<g class="s" style="animation-name: s{i}">{"".join(uses)}</g>')
        begin, end = 100 * at / total, 100 * (at + shot.seconds) / total
        hidden = f"0% {{ visibility: hidden }} {begin:.3f}%" if i else "0%"
        last = "" if i == len(shots) - 1 else f" {end:.3f}% {{ visibility: hidden }}"
        moments.append(f"@keyframes s{i} {{ {hidden} {{ visibility: visible }}{last} }}")
        at += shot.seconds
    lines = "\n".join(
        f'<text id="l{number}" xml:space="preserve">{spans(line.rstrip())}</text>'
        for line, number in numbers.items()
    )
    # Where nothing moves (print, reduced motion) the last picture stays
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" \
viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">
<style>
text {{ font: 14px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #e8eaee }}
.s {{ visibility: hidden; animation: {total:.2f}s step-end infinite }}
.s:last-of-type {{ visibility: visible }}
{chr(10).join(moments)}
@media (prefers-reduced-motion: reduce) {{ .s {{ animation: none }} }}
</style>
<rect width="100%" height="100%" rx="8" fill="#16181d"/>
<defs>
{lines}
</defs>
<svg x="{MARGIN:.0f}" y="{MARGIN + 12:.0f}" overflow="visible">
{chr(10).join(pictures)}
</svg>
</svg>
"""


def main() -> None:
    if shutil.which("tmux") is None:
        raise SystemExit("tmux is not installed")
    with TemporaryDirectory() as name:
        folder = Path(name)
        demo.sample_clip(folder / "sf-mlx-demo.mp4")
        shots = record(SCRIPT, folder)
    text = svg(shots, "a conversation about the sample clip in a terminal")
    (FOLDER / "chat.svg").write_text(text, encoding="utf-8")
    print("\n".join(plain(line).rstrip() for line in shots[-1].lines))


if __name__ == "__main__":
    main()
