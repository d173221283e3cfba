"""CLIP's normalisation, in MLX."""

import mlx.core as mx
import numpy as np
import numpy.typing as npt

# OpenAI CLIP's training statistics, R G B (transformers OPENAI_CLIP_MEAN, OPENAI_CLIP_STD)
CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


def normalise(frames: npt.NDArray[np.uint8] | mx.array) -> mx.array:
    """Pixels as the CLIP vision tower wants them.

    Parameters
    ----------
    frames: uint8 [T,H,W,3], RGB.

    Returns
    -------
    float32 [T,H,W,3], ``(x / 255 - mean) / std``: channels last, as MLX's convolutions want them.
    """
    pixels = mx.array(frames)
    if pixels.dtype != mx.uint8 or pixels.ndim != 4 or pixels.shape[-1] != 3:
        raise ValueError(f"expected uint8 [T,H,W,3], got {pixels.dtype} {pixels.shape}")
    return (pixels.astype(mx.float32) / 255 - mx.array(CLIP_MEAN)) / mx.array(CLIP_STD)
