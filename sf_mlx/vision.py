"""Frames to visual tokens: the only place where frames are batched for the vision tower."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from itertools import islice

import mlx.core as mx
import numpy as np

from sf_mlx import trace
from sf_mlx.device import Device, current
from sf_mlx.errors import EmptyVideoError
from sf_mlx.model.backbone import Backbone
from sf_mlx.slowfast import Aggregation
from sf_mlx.video import Frames
from sf_mlx.weights.diagnose import check_values
from sf_mlx.weights.load import Weights

# In one pass of the tower: 8 frames of ViT-L/14-336 need about 0.4 GiB in float32. On an H100 50
# frames take 82, 55 and 56 ms in passes of 8, 16 and 25, which take 2.5, 4.2 and 5.6 GB
FEWEST_FRAMES, MOST_FRAMES = 8, 16
_BYTES_OF_A_FRAME = 260_000_000
# What a pass may take of the memory
_PASS_SHARE = 0.05


@dataclass(frozen=True)
class VisualTokens:
    """A video as the language model sees it.

    Attributes
    ----------
    tokens: embeddings [L, D], evaluated.
    frame_times: seconds of every frame that is in them, from the video's first frame.
    """

    tokens: mx.array
    frame_times: tuple[float, ...]


@dataclass(frozen=True)
class Pass:
    """One pass of the tower is done.

    Attributes
    ----------
    frames: how many frames are seen by now.
    decode_seconds: waiting for the frames; weights_seconds: for the tower's weights;
    vision_seconds: the tower and the projector.
    """

    frames: int
    decode_seconds: float
    weights_seconds: float
    vision_seconds: float


def frames_per_pass(device: Device) -> int:
    """How many frames the tower sees at once; more are faster where a GPU has the memory."""
    if device.backend == "cpu":
        return FEWEST_FRAMES
    fit = int(device.memory * _PASS_SHARE / _BYTES_OF_A_FRAME)
    return max(FEWEST_FRAMES, min(fit, MOST_FRAMES))


def see(
    model: Backbone, weights: Weights, frames: Frames, pooling: Aggregation
) -> Generator[Pass, None, VisualTokens]:
    """Frames to visual tokens, a pass of the tower at a time; later frames are decoded meanwhile.

    Parameters
    ----------
    weights: the model's; the tower's are waited for when the first frames are there.
    frames: of the tower's size; closed at the end.

    Raises
    ------
    EmptyVideoError: not one frame came.
    VideoError: the video is damaged in a way that only decoding shows.
    CheckpointError: the tower cannot be read, or computes no numbers.
    """
    at_once = frames_per_pass(current())
    features: list[mx.array] = []
    times: list[float] = []
    with frames:
        while True:
            asked = time.perf_counter()
            batch = list(islice(frames, at_once))
            came = time.perf_counter()
            trace.record("wait for frames", asked, came, frames=len(batch))
            if not batch:
                break
            waited = weights.place(model, "vision")
            with trace.span("vision", frames=len(batch)):
                features.append(model.encode(np.stack([frame.image for frame in batch])))
                times += [frame.time for frame in batch]
                # The GPU sees these while the next are collected; one pass in advance is enough for
                # it, and more would hold the activations of all
                mx.async_eval(features[-1])  # type: ignore[no-untyped-call]
                if len(features) > 1:
                    mx.eval(features[-2])
            yield Pass(len(times), came - asked, waited, time.perf_counter() - came - waited)
    if not features:
        raise EmptyVideoError("no frame of the video could be decoded")
    with trace.span("pool", frames=len(times)):
        tokens = pooling(mx.concatenate(features))
        mx.eval(tokens)
    check_values(model, tokens, "visual tokens", "vision")
    return VisualTokens(tokens, tuple(times))
