"""How long a run may take and what memory it needs: arithmetic, on a speed that is measured."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import mlx.core as mx

from sf_mlx.device import Device, current
from sf_mlx.evaluate.check import Check
from sf_mlx.weights.checkpoint import open_checkpoint

# Tokens of a question and its prompt, and of an answer as they are usually given
_TEXT, _ANSWER = 90, 60
# What long products reach of a square one's speed: attention, small layers, waiting
_SHARE = 0.6


@dataclass(frozen=True)
class Estimate:
    """What was worked out; nothing was run but two short products.

    Attributes
    ----------
    seconds: for the whole run, decoding not counted; it goes on meanwhile.
    memory_bytes: weights, one video's KV cache and features, working memory.
    tflops, gigabytes_per_second: the speed of this machine that was measured.
    """

    seconds: float
    memory_bytes: int
    tflops: float
    gigabytes_per_second: float

    def as_json(self) -> dict[str, Any]:
        """What `--json` prints."""
        return asdict(self)

    def line(self) -> str:
        """For a terminal."""
        return (
            f"estimated    {_span(self.seconds)} and {self.memory_bytes / 2**30:,.1f} GiB "
            f"(at {self.tflops:,.2f} TFLOP/s and {self.gigabytes_per_second:,.0f} GB/s, measured "
            "now; decoding not counted)"
        )


def patches_of(model: str | Path) -> int:
    """Patches of a frame for this checkpoint, from its small files.

    Raises
    ------
    ModelError: the checkpoint cannot be used.
    """
    config = open_checkpoint(model).config.as_hub()["vision_config"]
    return int(config["image_size"] // config["patch_size"]) ** 2


def estimate(model: str | Path, check: Check) -> Estimate:
    """The cost of a run with this model; its weights are not read.

    Raises
    ------
    ModelError: the checkpoint cannot be used.
    """
    checkpoint, device = open_checkpoint(model), current()
    text = checkpoint.config.as_hub()["text_config"]
    sizes = {name: math.prod(shape) for name, shape in checkpoint.expected.items()}
    language = sum(size for name, size in sizes.items() if name.startswith("language_model."))
    tower = sum(sizes.values()) - language
    flops, reading = _speed(device)
    patches = patches_of(model) + 1
    read = check.visual_tokens + check.questions * _TEXT
    work = 2 * (tower * patches * check.frames + language * read)
    written = check.questions * _ANSWER * checkpoint.nbytes
    heads = text.get("num_key_value_heads") or text["num_attention_heads"]
    width = text["hidden_size"] // text["num_attention_heads"]
    bytes_each = 2 if device.half_precision else 4
    tokens = check.per_video + _TEXT + 128
    cache = 2 * text["num_hidden_layers"] * heads * width * tokens * bytes_each
    features = 2 * 50 * patches * text["hidden_size"] * bytes_each
    weights = checkpoint.nbytes if device.half_precision else sum(sizes.values()) * 4
    return Estimate(
        seconds=work / (flops * _SHARE) + written / reading,
        memory_bytes=int(weights + cache + features + (1 << 30)),
        tflops=flops / 1e12,
        gigabytes_per_second=reading / 1e9,
    )


def _speed(device: Device) -> tuple[float, float]:
    """Floating-point operations a second of a product, bytes a second of reading."""
    side, kind = (2048, mx.float16) if device.half_precision else (512, mx.float32)
    square = mx.random.normal((side, side)).astype(kind)
    vector = mx.random.normal((1 << 24,)).astype(kind)
    mx.eval(square @ square, vector.sum())
    started, rounds = time.perf_counter(), 0
    while time.perf_counter() - started < 0.2:
        mx.eval(square @ square)
        rounds += 1
    flops = rounds * 2 * side**3 / (time.perf_counter() - started)
    started = time.perf_counter()
    for _ in range(4):
        mx.eval(vector.max())
    return flops, 4 * vector.nbytes / (time.perf_counter() - started)


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:,.0f} s"
    return f"{seconds / 60:,.0f} min" if seconds < 5400 else f"{seconds / 3600:,.1f} h"
