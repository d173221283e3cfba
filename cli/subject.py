"""What `sf-mlx chat` talks about: a video, its range, its pooling; and how they are typed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sf_mlx.errors import OutputError, UsageError, printable
from sf_mlx.slowfast import Aggregation, preset_name
from sf_mlx.video import Reading, parse_time
from sf_mlx.video.times import Percent, Time, format_time

if TYPE_CHECKING:
    from sf_mlx.cache import Cache


@dataclass(frozen=True)
class Subject:
    """What is talked about.

    Attributes
    ----------
    video: its path.
    pooling, reading, template, kv_bits, cache: as in `Model.open`.
    """

    video: str
    pooling: Aggregation
    reading: Reading
    template: str | None = None
    kv_bits: int | None = None
    cache: Cache | None = None

    def __str__(self) -> str:
        said = [printable(Path(self.video).name or self.video, 60)]
        start, end = self.reading.selection.start, self.reading.selection.end
        if start is not None or end is not None:
            said.append(f"{_shown(start, 'beginning')} to {_shown(end, 'end')}")
        return " · ".join([*said, preset_name(self.pooling) or str(self.pooling)])


def typed_path(text: str) -> str:
    """A file name as it was typed; quotes around it and a leading ~ are a shell's."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    return os.path.expanduser(text)


def typed_range(text: str) -> tuple[Time | None, Time | None]:
    """Beginning and end of `1:00-2:00`, `1:00-`, `-2:00`; of nothing, the whole video.

    Raises
    ------
    UsageError: something else.
    """
    if not text:
        return None, None
    start, dash, end = text.replace("–", "-").partition("-")
    if not dash or "-" in end or not (start.strip() or end.strip()):
        raise UsageError("a range is written 1:00-2:00, 1:00-, -2:00 or 40%-60%")
    return (
        parse_time(start) if start.strip() else None,
        parse_time(end) if end.strip() else None,
    )


def _shown(time: Time | None, edge: str) -> str:
    if time is None:
        return edge
    return str(time) if isinstance(time, Percent) else format_time(time)


def free_name(stem: str) -> str:
    """A name for a picture in this folder that no file has."""
    for number in range(1, 1000):
        name = f"{stem}.jpg" if number == 1 else f"{stem}-{number}.jpg"
        if not os.path.lexists(name):
            return name
    raise OutputError(f"{printable(stem)}.jpg and 998 more exist already; name a file")
