"""The method: two-stream SlowFast pooling of patch features (arXiv 2407.15841, section 3).

A few frames keep most of their patches (the slow path), all frames keep a few (the fast path).
Behaviour follows `temporal_aggregation` and `prepare_slowfast` of apple/ml-slowfast-llava
(slowfast_llava/llava/model/llava_arch.py), short clips included. Counting tokens needs no MLX.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from sf_mlx.errors import UsageError, printable

if TYPE_CHECKING:
    import mlx.core as mx

# Frames, rows and columns that `spatial_temporal_pool` always produces
_SPATIAL_TEMPORAL_GRID = (16, 12, 12)

# Upstream's own expression, so that the same strings are accepted (llava_arch.py:197)
_SPEC = re.compile(r"slowfast-slow_(\d+)frms_(\w+)-fast_(\d+)x(\d+)", re.ASCII)

# Far beyond any use (the paper has 10 frames and 4 x 4 of 24 x 24 patches), and computed in no time
_MOST_SLOW_FRAMES = 10_000
_LARGEST_GRID = 256


def slow_indices(frames: int, slow_frames: int) -> list[int]:
    """Which of `frames` frames the slow path takes.

    Upstream truncates a float32 `torch.linspace(0, frames, slow_frames + 1)` and drops the last
    (llava_arch.py:208), so more slow frames than frames repeat some.
    """
    # torch fills linspace from both ends; from 14 slow frames on the float32 rounding shows
    step = np.float32(frames) / np.float32(max(slow_frames, 1))
    i = np.arange(slow_frames, dtype=np.float32)
    left = i * step
    right = np.float32(frames) - (np.float32(slow_frames) - i) * step
    return [int(x) for x in np.where(i < (slow_frames + 1) // 2, left, right)]


def _averaging_bins(size: int, bins: int) -> mx.array:
    """[bins, size] membership in torch's adaptive bins: floor(i*size/bins) to ceil((i+1)*...)."""
    import mlx.core as mx

    start = np.arange(bins) * size // bins if bins else np.zeros(0)
    end = -(-(np.arange(1, bins + 1) * size) // bins) if bins else np.zeros(0)
    position = np.arange(size)
    return mx.array((position >= start[:, None]) & (position < end[:, None]))


def _pool_axis(x: mx.array, axis: int, bins: int) -> mx.array:
    """Adaptive average over one axis. Sums first and divides after: 0/1 weights are exact."""
    membership = _averaging_bins(x.shape[axis], bins)
    outer = math.prod(x.shape[:axis])
    inner = math.prod(x.shape[axis + 1 :])
    sums = membership.astype(x.dtype) @ x.reshape(outer, x.shape[axis], inner)
    counts = membership.sum(axis=1, keepdims=True).astype(x.dtype)
    return (sums / counts).reshape(*x.shape[:axis], bins, *x.shape[axis + 1 :])


def _square(patches: int) -> int:
    side = math.isqrt(patches)
    if side * side != patches:
        raise UsageError(
            f"2-D pooling needs a square grid of patches; this vision tower gives {patches}"
        )
    return side


def _grid(x: mx.array) -> mx.array:
    """[T, N, D] -> [T, H, W, D]"""
    side = _square(x.shape[1])
    return x.reshape(x.shape[0], side, side, x.shape[2])


def _pairs(x: mx.array) -> mx.array:
    """[T, N, D] -> [T, N // 2, 2, D]: row-major neighbours; an odd last token is dropped."""
    frames, patches, dim = x.shape
    return x[:, : patches // 2 * 2].reshape(frames, patches // 2, 2, dim)


def _quads(x: mx.array) -> mx.array:
    """[T, N, D] -> [T, H // 2, 2, W // 2, 2, D]: an odd last row and column are dropped."""
    x = _grid(x)
    frames, side, _, dim = x.shape
    half = side // 2
    return x[:, : half * 2, : half * 2].reshape(frames, half, 2, half, 2, dim)


def _spatial_temporal(x: mx.array) -> mx.array:
    x = _grid(x)
    for axis, bins in enumerate(_SPATIAL_TEMPORAL_GRID):
        x = _pool_axis(x, axis, bins)
    return x


# Upstream's names -> [T, N, D] to [..., D] with the tokens in row-major order
_POOLS: MappingProxyType[str, Callable[[mx.array], mx.array]] = MappingProxyType(
    {
        "concat": lambda x: x,
        "spatial_1d_max_pool": lambda x: _pairs(x).max(axis=2),
        "spatial_1d_avg_pool": lambda x: _pairs(x).mean(axis=2),
        "spatial_2d_max_pool": lambda x: _quads(x).max(axis=(2, 4)),
        "spatial_2d_avg_pool": lambda x: _quads(x).mean(axis=(2, 4)),
        "spatial_temporal_pool": _spatial_temporal,
        "temporal_global_pool": lambda x: _pool_axis(x, 0, 1),
    }
)

POOLS = tuple(_POOLS)


def _check_pool(pool: str) -> None:
    if pool not in _POOLS:
        raise UsageError(f"unknown pooling {printable(pool, 60)!r}; known: {', '.join(POOLS)}")


def _pooled_tokens(pool: str, frames: int, patches: int) -> int:
    if pool == "concat":
        return frames * patches
    if pool.startswith("spatial_1d"):
        return frames * (patches // 2)
    if pool.startswith("spatial_2d"):
        return frames * (_square(patches) // 2) ** 2
    if pool == "spatial_temporal_pool":
        _square(patches)
        return math.prod(_SPATIAL_TEMPORAL_GRID) if frames else 0
    return patches if frames else 0  # temporal_global_pool


def _pool(features: mx.array, pool: str) -> mx.array:
    import mlx.core as mx

    frames, patches, dim = features.shape
    if _pooled_tokens(pool, frames, patches) == 0:
        return mx.zeros((0, dim), dtype=features.dtype)
    return _POOLS[pool](features).reshape(-1, dim)


def _check_features(features: mx.array) -> None:
    if features.ndim != 3 or features.shape[0] == 0:
        raise UsageError(f"expected features [frames, patches, dim], got {list(features.shape)}")


@dataclass(frozen=True)
class Pool:
    """One pooling over all frames: upstream's plain aggregations.

    Attributes
    ----------
    pool: one of `POOLS`.
    frames: frames to sample from the video; a shorter clip gives fewer.
    """

    pool: str
    frames: int = 50

    def __post_init__(self) -> None:
        _check_pool(self.pool)

    def __str__(self) -> str:
        return self.pool

    def tokens(self, frames: int, patches: int) -> int:
        """Visual tokens for `frames` frames of `patches` patches, exactly."""
        return _pooled_tokens(self.pool, frames, patches)

    def __call__(self, features: mx.array) -> mx.array:
        """Pool features [T, N, D] to tokens [L, D] of the same dtype."""
        _check_features(features)
        return _pool(features, self.pool)


@dataclass(frozen=True)
class SlowFast:
    """Two-stream pooling: all slow tokens, then all fast tokens, both frame by frame.

    Attributes
    ----------
    frames: frames to sample from the video; a shorter clip gives fewer.
    slow_frames: how many of them the slow path takes, uniformly; they repeat in a shorter clip.
    slow_pool: the slow path's pooling, one of `POOLS`.
    fast_grid: rows and columns that the fast path averages every frame to.

    The defaults are the paper's: 50 frames, 10 x 288 slow + 50 x 16 fast = 3,680 visual tokens from
    24 x 24 patches (section 4.1).

    Raises
    ------
    UsageError: an unknown pooling, more than 10,000 slow frames, or a grid side above 256.
    """

    frames: int = 50
    slow_frames: int = 10
    slow_pool: str = "spatial_1d_max_pool"
    fast_grid: tuple[int, int] = (4, 4)

    def __post_init__(self) -> None:
        _check_pool(self.slow_pool)
        for what, value, most in (
            ("slow frames", self.slow_frames, _MOST_SLOW_FRAMES),
            *(("side of the fast grid", side, _LARGEST_GRID) for side in self.fast_grid),
        ):
            if type(value) is not int or not 0 <= value <= most:
                raise UsageError(f"{what} must be 0 to {most:,}, not {printable(value, 40)}")

    def __str__(self) -> str:
        rows, columns = self.fast_grid
        return f"slowfast-slow_{self.slow_frames}frms_{self.slow_pool}-fast_{rows}x{columns}"

    def tokens(self, frames: int, patches: int) -> int:
        """Visual tokens for `frames` frames of `patches` patches, exactly."""
        _square(patches)
        slow = _pooled_tokens(self.slow_pool, self.slow_frames, patches)
        return slow + frames * math.prod(self.fast_grid)

    def __call__(self, features: mx.array) -> mx.array:
        """Pool features [T, N, D] to tokens [L, D] of the same dtype.

        Raises
        ------
        UsageError: no frame, or a number of patches that is not a square.
        """
        import mlx.core as mx

        _check_features(features)
        dim = features.shape[2]
        indices = mx.array(slow_indices(features.shape[0], self.slow_frames), dtype=mx.int32)
        slow = _pool(features[indices], self.slow_pool)
        rows, columns = self.fast_grid
        fast = _pool_axis(_pool_axis(_grid(features), 1, rows), 2, columns)
        return mx.concatenate([slow, fast.reshape(-1, dim)])


Aggregation = SlowFast | Pool

# The paper's ablations (tables 5 and 6) on 24 x 24 patches; accuracies are LLaVA-1.6-7B's on
# ActivityNet-QA and EgoSchema
PRESETS: MappingProxyType[str, SlowFast] = MappingProxyType(
    {
        "default": SlowFast(),
        "fast": SlowFast(fast_grid=(1, 1)),
        "light": SlowFast(slow_frames=5),
        "detail": SlowFast(slow_pool="concat"),
    }
)


def parse_spec(text: str, frames: int = 50) -> Aggregation:
    """Read an upstream specification string; `str()` of the result prints it again.

    Parameters
    ----------
    text: `slowfast-slow_10frms_spatial_1d_max_pool-fast_4x4`, or the name of a plain pooling.
    frames: frames to sample, which upstream's strings do not say.

    Raises
    ------
    UsageError: not a specification, an unknown pooling, or numbers out of range.
    """
    if frames < 1:
        raise UsageError(f"the number of frames must be at least 1, not {frames}")
    if text in _POOLS:
        return Pool(text, frames)
    match = _SPEC.fullmatch(text)
    if not match:
        raise UsageError(
            f"cannot read the pooling specification {printable(text, 60)!r}; expected "
            "slowfast-slow_<n>frms_<pool>-fast_<rows>x<columns>, with <pool> (or the whole) one of "
            + ", ".join(POOLS)
        )
    slow_frames, pool, rows, columns = match.groups()
    return SlowFast(frames, _number(slow_frames), pool, (_number(rows), _number(columns)))


def _number(digits: str) -> int:
    """Python refuses to convert thousands of digits; nine say that it is too much."""
    return int(digits.lstrip("0")[:9] or "0")


def preset(name: str, frames: int = 50) -> SlowFast:
    """The named preset for `frames` sampled frames.

    Raises
    ------
    UsageError: no preset of that name.
    """
    if name not in PRESETS:
        raise UsageError(f"unknown preset {printable(name, 60)!r}; known: {', '.join(PRESETS)}")
    if frames < 1:
        raise UsageError(f"the number of frames must be at least 1, not {frames}")
    chosen = PRESETS[name]
    return SlowFast(frames, chosen.slow_frames, chosen.slow_pool, chosen.fast_grid)


def pooling_of(spec: Aggregation | str) -> Aggregation:
    """A pooling, or the one that a preset's name or a specification string means.

    Raises
    ------
    UsageError: neither.
    """
    if not isinstance(spec, str):
        return spec
    return PRESETS[spec] if spec in PRESETS else parse_spec(spec)


def preset_name(pooling: Aggregation) -> str | None:
    """The preset that pools like this, whatever its number of frames; None for others."""
    return next((name for name, spec in PRESETS.items() if str(spec) == str(pooling)), None)
