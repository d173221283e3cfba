"""Frames to visual tokens: the only place where frames are batched for the vision tower."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass
from itertools import islice

import mlx.core as mx
import numpy as np

from sf_mlx.errors import EmptyVideoError
from sf_mlx.model.backbone import Backbone
from sf_mlx.slowfast import Aggregation
from sf_mlx.video import Frames
from sf_mlx.weights.diagnose import check_values

# In one pass of the tower: 8 frames of ViT-L/14-336 need about 0.4 GiB in float32
FRAMES_PER_PASS = 8


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
    decode_seconds: waiting for the frames; vision_seconds: the tower and the projector.
    """

    frames: int
    decode_seconds: float
    vision_seconds: float


def see(
    model: Backbone, frames: Frames, pooling: Aggregation
) -> Generator[Pass, None, VisualTokens]:
    """Frames to visual tokens, a pass of the tower at a time; later frames are decoded meanwhile.

    Raises
    ------
    EmptyVideoError: not one frame came.
    VideoError: the video is damaged in a way that only decoding shows.
    CheckpointError: the tower computes no numbers.
    """
    features: list[mx.array] = []
    times: list[float] = []
    with frames:
        while True:
            asked = time.perf_counter()
            batch = list(islice(frames, FRAMES_PER_PASS))
            came = time.perf_counter()
            if not batch:
                break
            features.append(model.encode(np.stack([frame.image for frame in batch])))
            times += [frame.time for frame in batch]
            yield Pass(len(times), came - asked, time.perf_counter() - came)
    if not features:
        raise EmptyVideoError("no frame of the video could be decoded")
    tokens = pooling(mx.concatenate(features))
    mx.eval(tokens)
    check_values(model, tokens, "visual tokens")
    return VisualTokens(tokens, tuple(times))
