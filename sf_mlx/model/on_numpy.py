"""Layers that numpy computes, for Linux, where MLX's CPU backend is slow at them.

Measured on two x86 cores with mlx 0.32.4: an exponential takes 22 ns in MLX and 2.4 in numpy, and
without OpenBLAS a float32 product runs at 3 GFLOP/s in MLX and at 170 on numpy's own OpenBLAS
(benchmarks/numpy_layers.py).
`device.py` says where this holds; everything here is float32. A model is built with these layers in
the place of MLX's, under the same names.
"""

from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx_lm.models import llama
from numpy.typing import NDArray

# exp of more overflows float32, and a sigmoid of less than its negative is as good as 0
_LARGEST_EXPONENT = 88.0


@dataclass(frozen=True)
class OnNumpy:
    """What numpy computes in a model.

    Attributes
    ----------
    exp: the exponentials of attention and of activations.
    products: every linear layer that is not quantised.
    """

    exp: bool = False
    products: bool = False


class Llama(llama.Model):  # type: ignore[misc]  # mlx-lm has no types
    """mlx-lm's model; while a prompt is prefilled, its exponentials are numpy's."""

    def __init__(self, args: llama.ModelArgs) -> None:
        super().__init__(args)
        for layer in self.layers:
            layer.self_attn, layer.mlp = TextAttention(args), TextMLP(args)


class TextAttention(llama.Attention):  # type: ignore[misc]
    """mlx-lm's attention; while a prompt is prefilled, its exponentials are numpy's."""

    def __call__(self, x: mx.array, mask: Any = None, cache: Any = None) -> mx.array:
        batch, length, _ = x.shape
        output: mx.array
        # Without a cache or with a quantised one, or with a mask that is an array
        plain = cache is None or hasattr(cache, "bits") or not isinstance(mask, str)
        if length == 1 or plain:
            output = super().__call__(x, mask, cache)
            return output
        q, k, v = (
            projection(x).reshape(batch, length, heads, -1).transpose(0, 2, 1, 3)
            for projection, heads in (
                (self.q_proj, self.n_heads),
                (self.k_proj, self.n_kv_heads),
                (self.v_proj, self.n_kv_heads),
            )
        )
        q, k = self.rope(q, offset=cache.offset), self.rope(k, offset=cache.offset)
        k, v = cache.update_and_fetch(k, v)
        # Query heads that share a key head lie next to each other
        q = q.reshape(batch, self.n_kv_heads, -1, length, self.head_dim)
        x = attention(q, k[:, :, None], v[:, :, None], scale=self.scale, causal=True)
        x = x.flatten(1, 2).transpose(0, 2, 1, 3).reshape(batch, length, -1)
        output = self.o_proj(x)
        return output


class TextMLP(llama.MLP):  # type: ignore[misc]
    """mlx-lm's feed-forward layer; while a prompt is prefilled, its exponentials are numpy's."""

    def __call__(self, x: mx.array) -> mx.array:
        output: mx.array
        if x.shape[1] == 1:
            output = super().__call__(x)
        else:
            output = self.down_proj(_gated(self.gate_proj(x), 1.0) * self.up_proj(x))
        return output


class Linear(nn.Linear):
    """A linear layer whose product numpy computes."""

    def __call__(self, x: mx.array) -> mx.array:
        product = mx.array(_view(x) @ _view(self.weight).T)
        return product + self.bias if "bias" in self else product


def attention(
    q: mx.array, k: mx.array, v: mx.array, *, scale: float, causal: bool = False
) -> mx.array:
    """Queries [..., S, D] attend to keys and values [..., L, D]; causal: they are the last of L."""
    scores = (q * scale) @ k.swapaxes(-1, -2)
    # Written in place: nobody else holds the scores
    weights = _view(scores)
    weights -= weights.max(-1, keepdims=True)
    if causal:
        length = q.shape[-2]
        later = np.triu(np.full((length, length), -np.inf, np.float32), k=1)
        weights[..., -length:] += later
    np.exp(weights, out=weights)
    # Divided last: the output is smaller than the weights
    return (scores @ v) / mx.array(weights.sum(-1, keepdims=True))


def quick_gelu(x: mx.array) -> mx.array:
    """x * sigmoid(1.702 x), CLIP's activation."""
    return _gated(x, 1.702)


def use_numpy_products(model: nn.Module) -> None:
    """Put our linear layers into a model that was just built; mlx-lm's build MLX's themselves."""
    for module in model.modules():
        for name, child in module.children().items():
            if type(child) is nn.Linear:
                rows, columns = child.weight.shape
                setattr(module, name, Linear(columns, rows, bias="bias" in child))


def _gated(x: mx.array, slope: float) -> mx.array:
    """x * sigmoid(slope x)"""
    values = _view(x)
    below = np.maximum(values, -_LARGEST_EXPONENT / slope)
    below *= np.float32(-slope)
    np.exp(below, out=below)
    below += 1
    return mx.array(np.divide(values, below, out=below))


def _view(x: mx.array) -> NDArray[np.float32]:
    """The array's values, computed now and not copied: what is written here, MLX reads."""
    return np.asarray(x)
