"""The rotary base for prompts beyond the trained context.

Upstream doubles the context with dynamic NTK scaling (slowfast_llava/llava/model/builder.py:118),
recomputed while decoding, so that cached keys keep an older rotation and one long request changes
the next. Here the base is fixed for a request before it begins, from its own length.
"""

import mlx.nn as nn

# Upstream's rope_scaling_factor in every configuration of the paper
SCALING_FACTOR = 2

# Lengths are rounded up to a multiple of this, so that questions about one video share their keys
_STEP = 512


def length_for(tokens: int) -> int:
    """The length in tokens that the base of a request (prompt and longest answer) is chosen for."""
    return -(-tokens // _STEP) * _STEP


def scaled_base(base: float, head_dim: int, trained_context: int, length: int) -> float:
    """Dynamic NTK base for a sequence of `length` tokens; `base` itself up to the trained context.

    transformers 4.38.2, LlamaDynamicNTKScalingRotaryEmbedding: the formula of
    reddit.com/r/LocalLLaMA "Dynamically Scaled RoPE" that upstream inherits.
    """
    if length <= trained_context:
        return base
    stretch = SCALING_FACTOR * length / trained_context - (SCALING_FACTOR - 1)
    return float(base * stretch ** (head_dim / (head_dim - 2)))


def set_base(language_model: nn.Module, base: float) -> None:
    """Give every attention layer this rotary base; keys already cached keep theirs."""
    layers = language_model.layers
    if layers[0].self_attn.rope.base == base:
        return
    for layer in layers:
        layer.self_attn.rope.base = base
