"""`sf-mlx inspect`: what the model will see of a video."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options
from .arguments import pooling_of, reading_of
from .output import errors_as_json, write, write_json

if TYPE_CHECKING:
    from sf_mlx.inspection import TowerShape

EXAMPLES = """
sf-mlx inspect holiday.mov
sf-mlx inspect holiday.mov -o sheet.html
sf-mlx inspect film.mkv --start 1:02:00 --end 1:05:00 --preset detail -o sheet.jpg
"""


def inspect(
    video: Annotated[
        str,
        typer.Argument(
            metavar="VIDEO", help="Video file, folder of images, image, or - for standard input."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Write a contact sheet: .jpg, .png or .html."
        ),
    ] = None,
    square: Annotated[
        bool,
        typer.Option(
            "--square", help="Show frames squeezed into squares, as the vision tower gets them."
        ),
    ] = False,
    json_output: options.Json = False,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            help="Whose vision tower counts; that of LLaVA-1.5 and 1.6 if left out.",
            rich_help_panel=options.TOKENS,
        ),
    ] = None,
    preset: options.Preset = None,
    spec: options.Spec = None,
    frames: options.Frames = None,
    start: options.Start = None,
    end: options.End = None,
    fps: options.Fps = None,
    at: options.At = None,
    exact: options.Exact = False,
    hwaccel: options.Hwaccel = False,
    limit: options.Limit = None,
) -> None:
    """Show what a model will see of a video: the frames, their cells and tokens, and what is wrong.

    Needs no model. A terminal that shows pictures (Kitty, Ghostty, iTerm2, WezTerm) shows the
    sheet too.
    """
    with errors_as_json(json_output):
        from sf_mlx import sheet
        from sf_mlx.errors import UsageError
        from sf_mlx.inspection import inspect as look

        if out is not None:
            sheet.check_path(out)
            # The sheet of a picture would be written over it
            if os.path.exists(out) and os.path.exists(video) and os.path.samefile(out, video):
                raise UsageError(f"{out} is what is to be inspected; name another file for -o")
        pooling = pooling_of(preset, spec)
        reading = reading_of(frames, start, end, fps, at, exact, hwaccel, limit)

        from .progress import Bar

        with Bar(shown=not json_output) as bar:
            bar.say("Looking at the frames")
            found = look(video, pooling=pooling, reading=reading, tower=_tower(model))
        if out is not None:
            sheet.save(found, out, square=square)
        if json_output:
            write_json({**found.as_json(), "sheet": None if out is None else str(out)})
            return
        for label, text in found.lines():
            write(f"{label:<11}{text}\n")
        if out is not None:
            write(f"{'sheet':<11}{out}\n")
            return

        from .pictures import show, terminal_protocol

        if how := terminal_protocol():
            show(sheet.draw(found, square=square), how)
        elif sys.stdout is not None and sys.stdout.isatty():
            write("\nTo see the frames: -o sheet.html (or .jpg, .png)\n")


def _tower(model: str | None) -> TowerShape:
    from sf_mlx.inspection import TowerShape

    if model is None:
        return TowerShape()

    from sf_mlx.loading import tower_shape

    return tower_shape(model)
