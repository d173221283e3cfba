"""`sf-mlx cache`: the visual tokens that are kept on the disk."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from .output import write

if TYPE_CHECKING:
    from sf_mlx.cache import Cache

EXAMPLES = """
sf-mlx cache
sf-mlx cache size
sf-mlx cache clear
"""


class Action(StrEnum):
    """What to do with the cache."""

    list = "list"
    size = "size"
    clear = "clear"
    path = "path"


def cache(
    action: Annotated[
        Action,
        typer.Argument(
            metavar="[list|size|clear|path]",
            help="Show the videos, the bytes, or the folder; or remove everything.",
            show_default=False,
        ),
    ] = Action.list,
) -> None:
    """Show or clear what is kept of videos, so that later questions need not read them again."""
    from sf_mlx.cache import Cache
    from sf_mlx.errors import OutputError, printable

    kept = Cache()
    if action == Action.path:
        write(f"{kept.folder}\n")
    elif action == Action.size:
        write(f"{_size(kept)}\n")
    elif action == Action.clear:
        try:
            write(f"{_videos(kept.clear())} removed\n")
        except OSError as error:
            raise OutputError(
                f"the cache in {printable(kept.folder)} cannot be cleared: {error.strerror}"
            ) from None
    else:
        entries = kept.entries()
        if entries:
            write("last used         frames      size  model and video\n")
        for entry in entries:
            used = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.used))
            what = f"{entry.model}  {entry.video}" if entry.model else entry.video
            write(f"{used}  {entry.frames:6}  {megabytes(entry.nbytes):>8}  {what}\n")
        write(f"{_size(kept)} in {printable(kept.folder)}\n")


def _size(kept: Cache) -> str:
    entries = kept.entries()
    total = sum(entry.nbytes for entry in entries)
    return f"{_videos(len(entries))}, {megabytes(total)} of {megabytes(kept.size)}"


def _videos(count: int) -> str:
    return "1 video" if count == 1 else f"{count:,} videos"


def megabytes(count: int) -> str:
    """A number of bytes as people read it."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
