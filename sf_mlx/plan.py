"""Whether a question can be answered at all: everything is checked here, once, before work."""

from __future__ import annotations

from sf_mlx.context import KV_BITS, KV_GROUP_SIZE
from sf_mlx.device import current
from sf_mlx.errors import ContextLengthError, UsageError
from sf_mlx.model.backbone import Backbone
from sf_mlx.slowfast import Aggregation

# All frames' features may take this share of the memory, beside the weights
_FEATURES_SHARE = 0.5


def check_video(model: Backbone, frames: int, pooling: Aggregation, kv_bits: int | None) -> int:
    """What a video comes to, before a frame is decoded.

    Parameters
    ----------
    frames: how many frames will be seen.
    kv_bits: bits of the KV cache, None for the model's own precision.

    Returns
    -------
    Visual tokens.

    Raises
    ------
    UsageError: no visual tokens, too many frames for the memory, a cache that cannot be quantised.
    ContextLengthError: more than the context, whatever is asked.
    """
    check_kv_bits(model, kv_bits)
    visual = pooling.tokens(frames, model.patches)
    if not visual:
        raise UsageError(f"{pooling} leaves no visual tokens: the answer would ignore the video")
    if visual >= model.context:
        raise ContextLengthError(
            f"{visual:,} visual tokens do not fit the model's context of {model.context:,}; take "
            "a smaller preset or fewer frames"
        )
    # All frames' features are held at once, and once more while they are joined
    size = 2 * frames * model.patches * model.width * model.dtype.size
    memory = current().memory
    if size > memory * _FEATURES_SHARE:
        raise UsageError(
            f"{frames:,} frames need {size / 2**30:,.1f} GiB for their features, more than half "
            f"of the {memory / 2**30:,.1f} GiB that a model may use here; ask for fewer --frames"
        )
    return visual


def check_kv_bits(model: Backbone, kv_bits: int | None) -> None:
    """Refuse a quantisation of the KV cache that this model cannot have; None is none.

    Raises
    ------
    UsageError
    """
    if kv_bits is not None and kv_bits not in KV_BITS:
        raise UsageError(f"the KV cache can have 4 or 8 bits, not {kv_bits}")
    if kv_bits is not None and current().backend == "cuda":
        # mlx 0.32: "[quantized_matmul] No implementation for problem shape", in the middle
        raise UsageError("MLX cannot quantise the KV cache on CUDA; ask without --kv-bits")
    if kv_bits is not None and model.head_dim % KV_GROUP_SIZE:
        raise UsageError(
            f"this model's KV cache cannot be quantised: its head size {model.head_dim} is "
            f"not a multiple of {KV_GROUP_SIZE}"
        )


def check_prompt(visual: int, text: int, said: int, max_tokens: int, context: int) -> None:
    """Refuse a prompt that does not fit; nothing is ever cut.

    Parameters
    ----------
    visual, text: tokens of the video and of the rest of the prompt.
    said: those of the text that earlier turns of a conversation take.
    max_tokens: of the longest answer.
    context: what the model can hold.

    Raises
    ------
    ContextLengthError: with the numbers.
    """
    if visual + text + max_tokens <= context:
        return
    earlier = f" ({said:,} of earlier turns)" if said else ""
    advice = "begin a new conversation, or take " if said else "take "
    raise ContextLengthError(
        f"{visual:,} visual + {text:,} text{earlier} + {max_tokens:,} answer tokens = "
        f"{visual + text + max_tokens:,} do not fit the model's context of {context:,}; {advice}"
        "a smaller preset, fewer --max-tokens or a shorter question"
    )
