"""An inspection as one picture or one web page: the frames with their times and cells."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import sqrt
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from sf_mlx.errors import UsageError, printable
from sf_mlx.inspection import Inspection
from sf_mlx.slowfast import SlowFast
from sf_mlx.video.picture import Picture
from sf_mlx.video.times import format_time
from sf_mlx.whole_file import write_whole

SUFFIXES = (".jpg", ".jpeg", ".png", ".html")

# Pixels
_WIDTH, _MARGIN, _GAP = 1400, 28, 8
_LABEL_COLUMN = 96
# Area of a picture of the slow and of the fast path
_LARGE, _SMALL = 62_000, 17_000
# Width over height of the narrowest and of the widest picture
_NARROWEST, _WIDEST = 1 / 3, 4.0

_GROUND, _TEXT, _DIM = (22, 24, 29), (232, 234, 238), (139, 147, 160)
_SLOW, _WARNING = (255, 180, 84), (255, 122, 110)
_LINE = (255, 255, 255, 72)


@dataclass(frozen=True)
class _Block:
    """One path's frames: a heading, and its pictures in rows.

    `cells`: rows and columns drawn on each; `marked`: which have a border around them.
    """

    heading: str
    explained: str
    frames: Sequence[int]
    cells: tuple[int, int] | None
    marked: frozenset[int]
    area: int


def _blocks(inspection: Inspection) -> list[_Block]:
    everything = range(len(inspection.frames))
    slow = inspection.slow
    pooling = inspection.pooling
    if not isinstance(pooling, SlowFast):
        heading, told = "All frames", f"pooled as {pooling}"
        cells = inspection.slow_cells
        return [_Block(heading, told, everything, cells, frozenset(), _SMALL * 2)]
    found = []
    if slow:
        told = f"{len(slow)} of them, {_cells(inspection.slow_cells)}"
        cells = inspection.slow_cells
        found.append(_Block("Slow path", told, slow, cells, frozenset(), _LARGE))
    if cells := inspection.fast_cells:
        told = f"all {len(everything)}, {_cells(cells)}; those of the slow path are marked"
        found.append(_Block("Fast path", told, everything, cells, frozenset(slow), _SMALL))
    return found


def _cells(cells: tuple[int, int] | None) -> str:
    if cells is None:
        return "in cells of no even grid"
    return f"{cells[1]}x{cells[0]} cells = {cells[0] * cells[1]} tokens each"


# --- files ----------------------------------------------------------------------------------------


def check_path(path: str | os.PathLike[str]) -> None:
    """Refuse a name that says no format that a sheet can have.

    Raises
    ------
    UsageError
    """
    if Path(path).suffix.lower() not in SUFFIXES:
        raise UsageError(f"{printable(path)}: a sheet is a .jpg, .png or .html")


def save(inspection: Inspection, path: str | os.PathLike[str], *, square: bool = False) -> None:
    """Write the sheet; its name says whether as JPEG, PNG or HTML.

    Parameters
    ----------
    square: show the frames as the tower gets them, squeezed into squares.

    Raises
    ------
    UsageError: another suffix.
    OutputError: it cannot be written.
    """
    check_path(path)
    suffix = Path(path).suffix.lower()
    if suffix == ".html":
        data = page(inspection, square=square).encode()
    else:
        data = encoded(draw(inspection, square=square), "PNG" if suffix == ".png" else "JPEG")
    write_whole(path, data)


def encoded(picture: Image.Image, form: str) -> bytes:
    """A picture as a file's bytes; `form`: JPEG or PNG."""
    file = io.BytesIO()
    picture.save(file, form, quality=88, optimize=form == "PNG")
    return file.getvalue()


# --- a picture ------------------------------------------------------------------------------------


def draw(inspection: Inspection, *, square: bool = False) -> Image.Image:
    """The sheet as one RGB picture.

    Parameters
    ----------
    square: see `save`.
    """
    facts = _wrapped(inspection.lines())
    blocks = [_Grid(block, _aspect(inspection, square)) for block in _blocks(inspection)]
    height = _MARGIN * 2 + _line(14) * len(facts) + sum(grid.height for grid in blocks)
    sheet = Image.new("RGB", (_WIDTH, height), _GROUND)
    pen = ImageDraw.Draw(sheet)
    y = _MARGIN
    for label, text in facts:
        colour = _WARNING if label == "warning" else _TEXT
        pen.text((_MARGIN, y), label, _DIM, _font(14))
        pen.text((_MARGIN + _LABEL_COLUMN, y), text, colour, _font(14))
        y += _line(14)
    for grid in blocks:
        grid.draw(sheet, pen, y, inspection)
        y += grid.height
    return sheet


@dataclass(frozen=True)
class _Grid:
    """Where the pictures of a block lie."""

    block: _Block
    aspect: float

    @property
    def columns(self) -> int:
        width = sqrt(self.block.area * self.aspect)
        usual = max(1, round((_WIDTH - 2 * _MARGIN + _GAP) / (width + _GAP)))
        count = len(self.block.frames)
        if count <= usual:
            return usual
        # A column more or less may leave fewer holes in the last row
        return min((usual, usual + 1, max(usual - 1, 1)), key=lambda columns: -count % columns)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a picture."""
        width = (_WIDTH - 2 * _MARGIN + _GAP) // self.columns - _GAP
        return width, max(1, round(width / self.aspect))

    @property
    def rows(self) -> int:
        return -(-len(self.block.frames) // self.columns)

    @property
    def height(self) -> int:
        return 24 + _line(18) + self.rows * (self.size[1] + _GAP)

    def draw(
        self, sheet: Image.Image, pen: ImageDraw.ImageDraw, top: int, inspection: Inspection
    ) -> None:
        """Draw it below `top`."""
        y = top + 20
        pen.text((_MARGIN, y), self.block.heading, _SLOW, _font(18))
        begin = _MARGIN + pen.textlength(self.block.heading, _font(18)) + 14
        pen.text((begin, y + 4), self.block.explained, _DIM, _font(14))
        y += _line(18) + 4
        width, height = self.size
        for place, number in enumerate(self.block.frames):
            row, column = divmod(place, self.columns)
            frame = inspection.frames[number]
            picture = _with_cells(frame.image, self.size, self.block.cells)
            marked = number in self.block.marked
            _label(picture, format_time(frame.time), marked, small=self.block.area == _SMALL)
            where = (_MARGIN + column * (width + _GAP), y + row * (height + _GAP))
            sheet.paste(picture, where)


def _aspect(inspection: Inspection, square: bool) -> float:
    if square:
        return 1.0
    return min(max(inspection.info.width / inspection.info.height, _NARROWEST), _WIDEST)


def _with_cells(
    image: Picture, size: tuple[int, int], cells: tuple[int, int] | None
) -> Image.Image:
    """A frame in the video's shape with the borders between its cells."""
    picture = Image.fromarray(image).resize(size, Image.Resampling.LANCZOS)
    if cells is None:
        return picture
    (width, height), (rows, columns) = size, cells
    lines = Image.new("RGBA", size)
    pen = ImageDraw.Draw(lines)
    # Closer lines would hide the picture
    if rows * 4 <= height and columns * 4 <= width:
        for column in range(1, columns):
            x = round(column * width / columns)
            pen.line((x, 0, x, height), _LINE)
        for row in range(1, rows):
            y = round(row * height / rows)
            pen.line((0, y, width, y), _LINE)
    return Image.alpha_composite(picture.convert("RGBA"), lines).convert("RGB")


def _label(picture: Image.Image, text: str, marked: bool, *, small: bool) -> None:
    """Write the time into the lower left corner, and frame what the slow path takes."""
    pen = ImageDraw.Draw(picture)
    font = _font(12 if small else 15)
    width, height = picture.size
    wide, high = pen.textlength(text, font) + 10, (16 if small else 20)
    box = (0, height - high, wide, height)
    pen.rectangle(box, _SLOW if marked else _GROUND)
    pen.text((5, height - high + 1), text, _GROUND if marked else _TEXT, font)
    if marked:
        pen.rectangle((0, 0, width - 1, height - 1), outline=_SLOW, width=2)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own: the same on every machine."""
    return ImageFont.load_default(size)


def _line(size: int) -> int:
    return round(size * 1.5)


def _wrapped(lines: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Facts in lines that fit beside their labels."""
    measure = ImageDraw.Draw(Image.new("L", (1, 1)))
    room = _WIDTH - 2 * _MARGIN - _LABEL_COLUMN
    found = []
    for label, text in lines:
        line = ""
        for word in text.split(" "):
            longer = f"{line} {word}" if line else word
            if line and measure.textlength(longer, _font(14)) > room:
                found.append((label, line))
                label, line = "", word
            else:
                line = longer
        found.append((label, line))
    return found


# --- a web page -----------------------------------------------------------------------------------

_STYLE = """
:root { color-scheme: dark; --slow: #ffb454; --dim: #8b93a0; }
body { background: #16181d; color: #e8eaee; font: 15px/1.5 system-ui, sans-serif; margin: 2rem; }
table { border-spacing: 0; } th { color: var(--dim); font-weight: 400; text-align: left;
  padding-right: 1.5rem; vertical-align: top; white-space: nowrap; }
.warning { color: #ff7a6e; }
h2 { color: var(--slow); font-size: 1.15rem; font-weight: 500; margin: 1.8rem 0 .6rem; }
h2 small { color: var(--dim); font-size: .95rem; margin-left: .6rem; }
.frames { display: grid; gap: 8px; }
figure { margin: 0; position: relative; overflow: hidden; }
figure img { display: block; width: 100%; }
figure::after { content: ""; position: absolute; inset: 0; pointer-events: none;
  background-image: linear-gradient(to right, #ffffff48 1px, transparent 1px),
    linear-gradient(to bottom, #ffffff48 1px, transparent 1px);
  background-size: calc(100% / var(--columns)) calc(100% / var(--rows)); }
figure.whole::after, body:has(#cells:not(:checked)) figure::after { background: none; }
figure.slow { outline: 2px solid var(--slow); outline-offset: -2px; }
figcaption { position: absolute; left: 0; bottom: 0; z-index: 1; padding: 0 6px;
  background: #16181d; font-size: .8rem; }
.slow figcaption { background: var(--slow); color: #16181d; }
"""


def page(inspection: Inspection, *, square: bool = False) -> str:
    """The sheet as one HTML file that loads nothing else.

    Parameters
    ----------
    square: see `save`.
    """
    name = escape(inspection.info.name)
    aspect = _aspect(inspection, square)
    facts = "\n".join(
        f"<tr{' class=warning' if label == 'warning' else ''}>"
        f"<th>{escape(label)}</th><td>{escape(text)}</td></tr>"
        for label, text in inspection.lines()
    )
    blocks = "\n".join(_section(block, inspection, aspect) for block in _blocks(inspection))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{name}: what the model sees</title>
<style>{_STYLE}</style>
</head>
<body>
<table>
{facts}
</table>
<p><label><input type="checkbox" id="cells" checked> show the cells</label></p>
{blocks}
</body>
</html>
"""


def _section(block: _Block, inspection: Inspection, aspect: float) -> str:
    grid = _Grid(block, aspect)
    figures = "\n".join(_figure(number, grid, inspection) for number in block.frames)
    least = grid.size[0] * 2 // 3
    return (
        f"<h2>{escape(block.heading)}<small>{escape(block.explained)}</small></h2>\n"
        f'<div class="frames" style="grid-template-columns: '
        f'repeat(auto-fill, minmax({least}px, 1fr))">\n{figures}\n</div>'
    )


def _figure(number: int, grid: _Grid, inspection: Inspection) -> str:
    frame, cells = inspection.frames[number], grid.block.cells
    time = escape(format_time(frame.time))
    picture = _with_cells(frame.image, grid.size, None)
    data = base64.b64encode(encoded(picture, "JPEG")).decode()
    slow = "slow" if number in grid.block.marked else ""
    rows, columns = cells or (1, 1)
    kind = f"{slow} whole".strip() if cells is None else slow
    return (
        f'<figure class="{kind}" style="--rows: {rows}; --columns: {columns}">'
        f'<img alt="frame {frame.index} at {time}" src="data:image/jpeg;base64,{data}">'
        f"<figcaption>{time}</figcaption></figure>"
    )
