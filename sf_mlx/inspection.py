"""What a model will see of a video: which frames, in which cells, as how many tokens.

No model is needed for it, and no MLX.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isqrt
from typing import Any

from sf_mlx.errors import VideoLimitError
from sf_mlx.slowfast import PRESETS, Aggregation, SlowFast, preset, preset_name, slow_indices
from sf_mlx.video import Frame, Reading, VideoInfo, read_frames
from sf_mlx.video.source import Source
from sf_mlx.video.times import format_time

# Frames of one inspection: each is held as a picture, and more are no overview
MOST_FRAMES = 600

_HDR = {"smpte2084": "HDR (PQ)", "arib-std-b67": "HDR (HLG)"}


@dataclass(frozen=True)
class TowerShape:
    """A vision tower's geometry; by default that of every LLaVA-1.5 and 1.6.

    Attributes
    ----------
    size: side of the square pictures that it takes, in pixels.
    patches: tokens of one picture before pooling.
    """

    size: int = 336
    patches: int = 576

    @property
    def side(self) -> int:
        """Rows and columns of patches; a class token beside them does not count."""
        return isqrt(self.patches)


@dataclass(frozen=True)
class Inspection:
    """A video as a model will see it; made by `inspect`.

    Attributes
    ----------
    info: what the video is.
    frames: the sampled frames, uint8 [S, S, 3] each.
    pooling, tower: how frames become tokens.
    warnings: what is wrong with the video, and why frames are fewer than asked.
    """

    info: VideoInfo
    frames: tuple[Frame, ...]
    pooling: Aggregation
    tower: TowerShape
    warnings: tuple[str, ...]

    @property
    def slow(self) -> tuple[int, ...]:
        """Which of the frames the slow path takes, each once; all of them under a plain pooling."""
        count = len(self.frames)
        if isinstance(self.pooling, SlowFast):
            return tuple(sorted(set(slow_indices(count, self.pooling.slow_frames))))
        return tuple(range(count))

    @property
    def slow_cells(self) -> tuple[int, int] | None:
        """Rows and columns into which the slow path divides a frame; None for no such grid."""
        pool = self.pooling.slow_pool if isinstance(self.pooling, SlowFast) else self.pooling.pool
        return _cells(pool, self.tower.side)

    @property
    def fast_cells(self) -> tuple[int, int] | None:
        """Rows and columns of the fast path; None where there is none."""
        return self.pooling.fast_grid if isinstance(self.pooling, SlowFast) else None

    @property
    def visual_tokens(self) -> int:
        """Visual tokens of every prompt about it."""
        return self.pooling.tokens(len(self.frames), self.tower.patches)

    @property
    def preset_tokens(self) -> Mapping[str, int]:
        """What each preset would make of these frames."""
        count = len(self.frames)
        return {name: preset(name, count).tokens(count, self.tower.patches) for name in PRESETS}

    def as_json(self) -> dict[str, Any]:
        """Everything but the pictures; docs/inspect.md lists the keys, which are only added to."""
        from sf_mlx import __version__

        slow = set(self.slow)
        frames = [
            {"index": frame.index, "time_seconds": round(frame.time, 3), "slow": i in slow}
            for i, frame in enumerate(self.frames)
        ]
        return {
            "version": __version__,
            "video": self.info.name,
            "video_info": asdict(self.info),
            "hdr": _HDR.get(self.info.transfer),
            "frames": frames,
            "preset": preset_name(self.pooling),
            "spec": str(self.pooling),
            "slow_cells": self.slow_cells,
            "fast_cells": self.fast_cells,
            "visual_tokens": self.visual_tokens,
            "preset_tokens": dict(self.preset_tokens),
            "tower": asdict(self.tower),
            "warnings": list(self.warnings),
        }

    def lines(self) -> list[tuple[str, str]]:
        """The same for people: what it is about, and what is to be said of it."""
        return [
            *_source(self.info),
            ("frames", _sampled(self.frames)),
            *self._paths(),
            ("presets", ", ".join(f"{name} {n:,}" for name, n in self.preset_tokens.items())),
            *(("warning", warning) for warning in self.warnings),
        ]

    def _paths(self) -> list[tuple[str, str]]:
        count, pooling = len(self.frames), self.pooling
        total = f"{self.visual_tokens:,} visual tokens"
        if not isinstance(pooling, SlowFast):
            return [("tokens", f"{total}: {pooling} of {_frames(count)}")]
        fast = SlowFast(pooling.frames, 0, pooling.slow_pool, pooling.fast_grid)
        tokens = fast.tokens(count, self.tower.patches)
        slow = f"{_frames(pooling.slow_frames)}, {_grid(self.slow_cells)}"
        few = " (some repeated)" if pooling.slow_frames > count else ""
        named = preset_name(pooling)
        return [
            ("slow path", f"{slow}{few}: {self.visual_tokens - tokens:,} tokens"),
            ("fast path", f"{_frames(count)}, {_grid(self.fast_cells)}: {tokens:,} tokens"),
            ("tokens", f"{total} ({named or pooling})"),
        ]


def inspect(
    video: Source,
    *,
    pooling: Aggregation = SlowFast(),
    reading: Reading = Reading(),
    tower: TowerShape = TowerShape(),
    size: int = 336,
) -> Inspection:
    """Read the frames that a model would be shown.

    Parameters
    ----------
    video: see `read_frames`.
    pooling, reading: as in `Model.open`.
    tower: the model's.
    size: side of the square pictures, in pixels: what a person wants to look at.

    Raises
    ------
    UsageError, VideoError: see `read_frames`.
    VideoLimitError: more frames than `MOST_FRAMES`.
    """
    pooling.tokens(1, tower.patches)  # a tower that cannot be pooled, before a frame is decoded
    with read_frames(video, reading, size=size, default_frames=pooling.frames) as frames:
        if frames.count > MOST_FRAMES:
            raise VideoLimitError(
                f"{frames.count:,} frames are too many to look at; ask for up to {MOST_FRAMES} "
                "(--frames)"
            )
        seen = tuple(frames)
        note = [frames.note] if frames.note else []
        return Inspection(frames.info, seen, pooling, tower, (*note, *frames.warnings))


def _cells(pool: str, side: int) -> tuple[int, int] | None:
    """The grid that a pooling lays over a frame of `side` x `side` patches."""
    if pool == "spatial_temporal_pool":
        return 12, 12
    if pool in ("concat", "temporal_global_pool"):
        return side, side
    if side % 2:  # what is left over would make it no grid
        return None
    return (side, side // 2) if pool.startswith("spatial_1d") else (side // 2, side // 2)


def _grid(cells: tuple[int, int] | None) -> str:
    return "cells of no even grid" if cells is None else f"{cells[1]}x{cells[0]} cells"


def _frames(count: int) -> str:
    return "1 frame" if count == 1 else f"{count:,} frames"


def _sampled(frames: tuple[Frame, ...]) -> str:
    first, last = format_time(frames[0].time), format_time(frames[-1].time)
    return f"1, at {first}" if len(frames) == 1 else f"{len(frames)}, from {first} to {last}"


def _source(info: VideoInfo) -> list[tuple[str, str]]:
    """What the file is."""
    picture = [f"{info.width}x{info.height}"]
    if (info.stored_width, info.stored_height) != (info.width, info.height):
        picture.append(f"stored as {info.stored_width}x{info.stored_height}")
    if info.rotation:
        picture.append(f"turned by {info.rotation}°")
    picture += ["mirrored"] * info.mirrored + ["interlaced"] * info.interlaced
    colour = [
        f"{value} {what}".strip()
        for value, what in (
            (info.pixel_format, ""),
            (info.matrix, "matrix"),
            (info.primaries, "primaries"),
            (info.colour_range, "range"),
        )
        if value not in ("unspecified", "unknown")
    ]
    if hdr := _HDR.get(info.transfer):
        colour.append(f"{hdr}, shown as SDR")
    rate = "" if info.fps is None else f", {info.fps:.4g} a second"
    uneven = " (uneven)" if info.variable_rate else ""
    lost = info.frames_promised - info.frames
    promised = f", {info.frames_promised:,} promised" if lost > 0 else ""
    lines = [
        ("video", info.name),
        ("format", f"{info.codec} in {info.container.split(',')[0]}"),
        ("picture", ", ".join(picture)),
        ("colour", ", ".join(colour) or "not said"),
        ("length", f"{format_time(info.duration)}, {_frames(info.frames)}{promised}{rate}{uneven}"),
    ]
    if info.stream_choice not in ("the only video stream", "pictures"):
        lines.append(("stream", f"number {info.stream}, {info.stream_choice}"))
    return lines
