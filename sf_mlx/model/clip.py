"""CLIP's vision transformer up to the layer that LLaVA reads (arXiv 2103.00020).

Modules and parameters carry the names of transformers' CLIPVisionModel, its misspelling included.
"""

from collections.abc import Callable
from typing import Protocol

import mlx.core as mx
import mlx.nn as nn

from sf_mlx.errors import UnsupportedModelError
from sf_mlx.model import on_numpy
from sf_mlx.model.llava_config import VisionConfig
from sf_mlx.model.on_numpy import OnNumpy

# gelu_fast_approx is x * sigmoid(1.702 x), which CLIP calls quick_gelu
_ACTIVATIONS: dict[str, Callable[[mx.array], mx.array]] = {
    "quick_gelu": nn.gelu_fast_approx,
    "gelu": nn.gelu,
}


class Attend(Protocol):
    def __call__(self, q: mx.array, k: mx.array, v: mx.array, *, scale: float) -> mx.array: ...


class Attention(nn.Module):
    def __init__(self, config: VisionConfig, numpy: OnNumpy) -> None:
        super().__init__()
        dim = config.hidden_size
        self.num_heads = config.num_attention_heads
        self.scale = (dim // self.num_heads) ** -0.5
        self.q_proj = nn.Linear(dim, dim)
        self.k_proj = nn.Linear(dim, dim)
        self.v_proj = nn.Linear(dim, dim)
        self.out_proj = nn.Linear(dim, dim)
        self.attend: Attend = mx.fast.scaled_dot_product_attention
        if numpy.exp:
            self.attend = on_numpy.attention

    def __call__(self, x: mx.array) -> mx.array:
        batch, length, dim = x.shape
        q, k, v = (
            projection(x).reshape(batch, length, self.num_heads, -1).transpose(0, 2, 1, 3)
            for projection in (self.q_proj, self.k_proj, self.v_proj)
        )
        x = self.attend(q, k, v, scale=self.scale)
        return self.out_proj(x.transpose(0, 2, 1, 3).reshape(batch, length, dim))


class MLP(nn.Module):
    def __init__(self, config: VisionConfig, numpy: OnNumpy) -> None:
        super().__init__()
        if config.hidden_act not in _ACTIVATIONS:
            raise UnsupportedModelError(
                f"vision activation {config.hidden_act!r} is not known; known: "
                + ", ".join(_ACTIVATIONS)
            )
        self.activation = _ACTIVATIONS[config.hidden_act]
        if numpy.exp and config.hidden_act == "quick_gelu":
            self.activation = on_numpy.quick_gelu
        self.fc1 = nn.Linear(config.hidden_size, config.intermediate_size)
        self.fc2 = nn.Linear(config.intermediate_size, config.hidden_size)

    def __call__(self, x: mx.array) -> mx.array:
        return self.fc2(self.activation(self.fc1(x)))


class EncoderLayer(nn.Module):
    def __init__(self, config: VisionConfig, numpy: OnNumpy = OnNumpy()) -> None:
        super().__init__()
        self.self_attn = Attention(config, numpy)
        self.layer_norm1 = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.mlp = MLP(config, numpy)
        self.layer_norm2 = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def __call__(self, x: mx.array) -> mx.array:
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))


class Encoder(nn.Module):
    def __init__(self, config: VisionConfig, layers: int, numpy: OnNumpy) -> None:
        super().__init__()
        self.layers = [EncoderLayer(config, numpy) for _ in range(layers)]

    def __call__(self, x: mx.array) -> mx.array:
        for layer in self.layers:
            x = layer(x)
        return x


class Embeddings(nn.Module):
    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        dim, patch = config.hidden_size, config.patch_size
        self.class_embedding = mx.zeros((dim,))
        self.patch_embedding = nn.Conv2d(3, dim, kernel_size=patch, stride=patch, bias=False)
        self.position_embedding = nn.Embedding(config.patches + 1, dim)

    def __call__(self, pixels: mx.array) -> mx.array:
        patches = self.patch_embedding(pixels).flatten(1, 2)
        frames, _, dim = patches.shape
        class_token = mx.broadcast_to(self.class_embedding, (frames, 1, dim))
        x = mx.concatenate([class_token.astype(patches.dtype), patches], axis=1)
        positions: mx.array = self.position_embedding(mx.arange(x.shape[1]))
        return x + positions


class VisionTransformer(nn.Module):
    def __init__(self, config: VisionConfig, layers: int, numpy: OnNumpy) -> None:
        super().__init__()
        self.embeddings = Embeddings(config)
        self.pre_layrnorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.encoder = Encoder(config, layers, numpy)

    def __call__(self, pixels: mx.array) -> mx.array:
        return self.encoder(self.pre_layrnorm(self.embeddings(pixels)))


class ClipVisionTower(nn.Module):
    """The tower's first `layers` layers: LLaVA reads an inner layer, later ones are never built."""

    def __init__(self, config: VisionConfig, layers: int, numpy: OnNumpy) -> None:
        super().__init__()
        self.vision_model = VisionTransformer(config, layers, numpy)

    def __call__(self, pixels: mx.array) -> mx.array:
        """Pixels [T, H, W, 3], normalised, to hidden states [T, 1 + N, D], class token first."""
        return self.vision_model(pixels)
