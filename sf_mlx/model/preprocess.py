"""Pixels as a checkpoint's vision tower wants them: preprocessor_config.json, and what it asks for.

Frames come resized to the tower's square already (`sf_mlx.video`); crops and tiles of the image
models play no part in the method.
"""

import math
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import numpy as np
import numpy.typing as npt

from sf_mlx.errors import CheckpointError, UnsupportedModelError, printable
from sf_mlx.model.config import Json

Channels = tuple[float, float, float]

# OpenAI CLIP's training statistics, R G B (transformers OPENAI_CLIP_MEAN, OPENAI_CLIP_STD)
CLIP_MEAN: Channels = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD: Channels = (0.26862954, 0.26130258, 0.27577711)

# The filter's number in Pillow, and its name
_BICUBIC = (3, "bicubic")
# Normalised pixels beyond this are a mistake; float16 ends at 65,504
_LARGEST_PIXEL = 1000.0


@dataclass(frozen=True)
class Preprocess:
    """What happens to frames before the tower.

    Attributes
    ----------
    size: side of the square that a frame is resized to, in pixels.
    mean, std: of the training pixels in 0 … 1; R, G, B.
    resample: the filter of the resize.
    """

    size: int
    mean: Channels = CLIP_MEAN
    std: Channels = CLIP_STD
    resample: str = "bicubic"

    def __call__(self, frames: npt.NDArray[np.uint8] | mx.array) -> mx.array:
        """Normalise frames.

        Parameters
        ----------
        frames: uint8 [T,H,W,3], RGB.

        Returns
        -------
        float32 [T,H,W,3], ``(x / 255 - mean) / std``: channels last, as MLX's convolutions want.
        """
        pixels = mx.array(frames)
        if pixels.dtype != mx.uint8 or pixels.ndim != 4 or pixels.shape[-1] != 3:
            raise ValueError(f"expected uint8 [T,H,W,3], got {pixels.dtype} {pixels.shape}")
        return (pixels.astype(mx.float32) / 255 - mx.array(self.mean)) / mx.array(self.std)


def read_preprocess(
    image_size: int, preprocessor: Json | None, processor: Json | None
) -> Preprocess:
    """Understand what a checkpoint says about its pixels; CLIP's values where it says nothing.

    Parameters
    ----------
    image_size: the side that the tower is made for.
    preprocessor: the parsed preprocessor_config.json, if there is one.
    processor: the parsed processor_config.json, whose `image_processor` stands in for it.

    Raises
    ------
    CheckpointError: a value of the wrong kind, or a size that is not the tower's.
    UnsupportedModelError: another filter or scale than LLaVA's.
    """
    given = preprocessor
    if given is None:
        given = (processor or {}).get("image_processor") or {}
    if not isinstance(given, dict):
        raise CheckpointError("processor_config.json's image_processor is not a JSON object")
    for key in ("size", "crop_size"):
        # Some save a crop that they switch off
        used = key == "size" or given.get("do_center_crop", True)
        if given.get(key) is not None and used and _side(key, given[key]) != image_size:
            raise CheckpointError(
                f"preprocessor_config.json has the {key} {printable(given[key], 60)}, but the "
                f"vision tower in config.json takes {image_size} pixels"
            )
    resample = given.get("resample")
    if resample is not None and (isinstance(resample, bool) or resample not in _BICUBIC):
        raise UnsupportedModelError(
            f"preprocessor_config.json asks for the filter {printable(resample)}; frames are "
            "resized with Pillow's bicubic one, number 3"
        )
    factor = given.get("rescale_factor")
    if not given.get("do_rescale", True) or not (factor is None or _is_255th(factor)):
        raise UnsupportedModelError(
            f"preprocessor_config.json scales pixels by {printable(factor)}; LLaVA's towers take "
            "them by 1/255"
        )
    if not given.get("do_normalize", True):
        return Preprocess(image_size, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    mean = _channels("image_mean", given.get("image_mean"), CLIP_MEAN)
    std = _channels("image_std", given.get("image_std"), CLIP_STD)
    if min(std) <= 0 or any(
        max(abs(m), abs(1 - m)) / s > _LARGEST_PIXEL for m, s in zip(mean, std, strict=True)
    ):
        raise CheckpointError(
            f"preprocessor_config.json has the image_std {printable(list(std))}; a pixel's "
            "deviation lies between 0 and 1"
        )
    return Preprocess(image_size, mean, std)


def _side(key: str, value: Any) -> int | None:
    """The side that a size stands for, None for a rectangle: 336, {"shortest_edge": 336}, …"""
    if isinstance(value, dict):
        sides = [value[k] for k in ("shortest_edge", "height", "width") if value.get(k) is not None]
    else:
        sides = list(value) if isinstance(value, list) else [value]
    if not sides or not all(type(side) is int for side in sides):
        raise CheckpointError(f"preprocessor_config.json has the {key} {printable(value)}")
    return int(sides[0]) if len(set(sides)) == 1 else None


def _is_255th(factor: Any) -> bool:
    return _is_number(factor) and math.isclose(factor, 1 / 255, rel_tol=1e-6)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e30


def _channels(key: str, value: Any, default: Channels) -> Channels:
    if value is None:
        return default
    if not isinstance(value, list) or len(value) != 3 or not all(map(_is_number, value)):
        raise CheckpointError(
            f"preprocessor_config.json has the {key} {printable(value)}; three numbers are needed"
        )
    red, green, blue = map(float, value)
    return red, green, blue
