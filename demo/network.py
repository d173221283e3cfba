"""The demo model in PyTorch, for training only: what sf_mlx.model runs, CLIP, projector and llama.

Parameters carry the hub's names (llava-hf), so the state dict is the checkpoint.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIZE, PATCH = 168, 14
GRID = SIZE // PATCH
VISION = {
    "hidden_size": 128,
    "intermediate_size": 512,
    "num_hidden_layers": 5,
    "num_attention_heads": 4,
}
TEXT = {
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_hidden_layers": 8,
    "num_attention_heads": 4,
}
# The layer of the language model after which training reads what was seen so far: late enough to
# have counted, early enough for a question to look it up and use it
READ_AFTER = 5
ROPE_THETA, RMS_EPS, LAYER_EPS = 10000.0, 1e-5, 1e-5


def config(vocabulary: int, image_token: int, end_token: int, begin_token: int) -> dict[str, Any]:
    """config.json in the hub's layout."""
    return {
        "architectures": ["LlavaNextForConditionalGeneration"],
        "model_type": "llava_next",
        "image_token_index": image_token,
        "prompt_template": "llava_v1",
        "projector_hidden_act": "gelu",
        "vision_feature_layer": -1,
        "vision_feature_select_strategy": "default",
        "tie_word_embeddings": False,
        "torch_dtype": "float16",
        "vision_config": {
            "model_type": "clip_vision_model",
            "image_size": SIZE,
            "patch_size": PATCH,
            "hidden_act": "quick_gelu",
            "layer_norm_eps": LAYER_EPS,
            "projection_dim": VISION["hidden_size"],
            **VISION,
        },
        "text_config": {
            "model_type": "llama",
            "architectures": ["LlamaForCausalLM"],
            "vocab_size": vocabulary,
            "max_position_embeddings": 4096,
            "num_key_value_heads": TEXT["num_attention_heads"],
            "rms_norm_eps": RMS_EPS,
            "rope_theta": ROPE_THETA,
            "hidden_act": "silu",
            "tie_word_embeddings": False,
            "bos_token_id": begin_token,
            "eos_token_id": end_token,
            **TEXT,
        },
    }


def _heads(x: Tensor, heads: int) -> Tensor:
    """[B, S, D] -> [B, heads, S, D / heads]"""
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


class VisionAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        dim = VISION["hidden_size"]
        self.q_proj, self.k_proj = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.v_proj, self.out_proj = nn.Linear(dim, dim), nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            _heads(p(x), VISION["num_attention_heads"])
            for p in (self.q_proj, self.k_proj, self.v_proj)
        )
        return self.out_proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class VisionMLP(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(VISION["hidden_size"], VISION["intermediate_size"])
        self.fc2 = nn.Linear(VISION["intermediate_size"], VISION["hidden_size"])

    def forward(self, x: Tensor) -> Tensor:
        x = self.fc1(x)
        return self.fc2(x * torch.sigmoid(1.702 * x))


class VisionLayer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        dim = VISION["hidden_size"]
        self.self_attn, self.mlp = VisionAttention(), VisionMLP()
        self.layer_norm1, self.layer_norm2 = (
            nn.LayerNorm(dim, LAYER_EPS),
            nn.LayerNorm(dim, LAYER_EPS),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.self_attn(self.layer_norm1(x)).to(x.dtype)
        return x + self.mlp(self.layer_norm2(x)).to(x.dtype)


class VisionEmbeddings(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        dim = VISION["hidden_size"]
        self.class_embedding = nn.Parameter(torch.zeros(dim))
        self.patch_embedding = nn.Conv2d(3, dim, PATCH, PATCH, bias=False)
        self.position_embedding = nn.Embedding(GRID * GRID + 1, dim)

    def forward(self, patches: Tensor) -> Tensor:
        """Patches [F, N, 3 * PATCH * PATCH], channels first, as the convolution would cut them."""
        x = patches @ self.patch_embedding.weight.flatten(1).to(patches.dtype).T
        first = self.class_embedding.to(x.dtype).expand(x.shape[0], 1, -1)
        return torch.cat([first, x], 1) + self.position_embedding.weight.to(x.dtype)


class VisionTransformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embeddings = VisionEmbeddings()
        self.pre_layrnorm = nn.LayerNorm(VISION["hidden_size"], LAYER_EPS)
        self.encoder = nn.Module()
        self.encoder.layers = nn.ModuleList(
            VisionLayer() for _ in range(VISION["num_hidden_layers"])
        )

    def forward(self, patches: Tensor) -> Tensor:
        x = self.embeddings(patches)
        x = self.pre_layrnorm(x).to(x.dtype)
        for layer in self.encoder.layers:
            x = layer(x)
        return x[:, 1:]


class Projector(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(VISION["hidden_size"], TEXT["hidden_size"])
        self.linear_2 = nn.Linear(TEXT["hidden_size"], TEXT["hidden_size"])

    def forward(self, x: Tensor) -> Tensor:
        return self.linear_2(F.gelu(self.linear_1(x)))


class RMSNorm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(TEXT["hidden_size"]))

    def forward(self, x: Tensor) -> Tensor:
        y = x.float()
        y = y * torch.rsqrt(y.square().mean(-1, keepdim=True) + RMS_EPS)
        return (y * self.weight).to(x.dtype)


def rotations(length: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Cosines and sines [length, head size / 2] of the rotary embedding."""
    half = TEXT["hidden_size"] // TEXT["num_attention_heads"] // 2
    rates = ROPE_THETA ** (-torch.arange(half, device=device, dtype=torch.float32) / half)
    angles = torch.arange(length, device=device, dtype=torch.float32)[:, None] * rates
    return angles.cos(), angles.sin()


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    a, b = x.float().chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1).to(x.dtype)


class TextAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        dim = TEXT["hidden_size"]
        self.q_proj, self.k_proj = nn.Linear(dim, dim, bias=False), nn.Linear(dim, dim, bias=False)
        self.v_proj, self.o_proj = nn.Linear(dim, dim, bias=False), nn.Linear(dim, dim, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        q, k, v = (
            _heads(p(x), TEXT["num_attention_heads"])
            for p in (self.q_proj, self.k_proj, self.v_proj)
        )
        q, k = _rotate(q, cos, sin), _rotate(k, cos, sin)
        prefix = x.shape[1] - mask.shape[2]
        attend = F.scaled_dot_product_attention
        video = attend(q[:, :, :prefix], k[:, :, :prefix], v[:, :, :prefix], is_causal=True)
        text = attend(q[:, :, prefix:], k, v, attn_mask=mask)
        return self.o_proj(torch.cat([video, text], 2).transpose(1, 2).flatten(2))


class TextMLP(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        dim, inner = TEXT["hidden_size"], TEXT["intermediate_size"]
        self.gate_proj, self.up_proj = (
            nn.Linear(dim, inner, bias=False),
            nn.Linear(dim, inner, bias=False),
        )
        self.down_proj = nn.Linear(inner, dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class TextLayer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.self_attn, self.mlp = TextAttention(), TextMLP()
        self.input_layernorm, self.post_attention_layernorm = RMSNorm(), RMSNorm()

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, mask).to(x.dtype)
        return x + self.mlp(self.post_attention_layernorm(x)).to(x.dtype)


class TextModel(nn.Module):
    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(vocabulary, TEXT["hidden_size"])
        self.layers = nn.ModuleList(TextLayer() for _ in range(TEXT["num_hidden_layers"]))
        self.norm = RMSNorm()

    def forward(self, x: Tensor, places: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """What comes out of the last layer, normed, and what layer READ_AFTER made.

        Parameters
        ----------
        places: int64 [B, S], each token's position.
        mask: bool [B, 1, text, S]: which tokens the text sees; what is before the text is causal.
        """
        cos, sin = (table[places][:, None] for table in rotations(x.shape[1], x.device))
        read = x
        for number, layer in enumerate(self.layers, start=1):
            x = layer(x, cos, sin, mask)
            if number == READ_AFTER:
                read = x
        return self.norm(x), read


def slow_path(features: Tensor) -> Tensor:
    """Visual tokens [B, T * N / 2, D] of features [B, T, N, D]: the larger of two neighbours."""
    return features.unflatten(2, (-1, 2)).amax(3).flatten(1, 2)


def fast_path(features: Tensor, grid: int) -> Tensor:
    """Features [B, T, grid * grid, D] of features [B, T, N, D]: means of square cells."""
    cell = GRID // grid
    shape = (*features.shape[:2], grid, cell, grid, cell, features.shape[3])
    return features.reshape(shape).mean((3, 5)).flatten(2, 3)


class Llava(nn.Module):
    """The whole model.

    Parameters
    ----------
    vocabulary: rows of the embedding and of the output layer.
    """

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.vision_tower = nn.Module()
        self.vision_tower.vision_model = VisionTransformer()
        self.multi_modal_projector = Projector()
        self.language_model = nn.Module()
        self.language_model.model = TextModel(vocabulary)
        self.language_model.lm_head = nn.Linear(TEXT["hidden_size"], vocabulary, bias=False)
        self.apply(_initialise)
        for part, layers in (
            ("out_proj", VISION),
            ("fc2", VISION),
            ("o_proj", TEXT),
            ("down_proj", TEXT),
        ):
            for name, weight in self.named_parameters():
                if name.endswith(f"{part}.weight"):
                    # GPT-2's rule: the residual stream keeps its size however many layers add to it
                    weight.data /= (2 * layers["num_hidden_layers"]) ** 0.5

    def features(self, patches: Tensor) -> Tensor:
        """Patches [B, T, N, 3 * PATCH * PATCH] to projected features [B, T, N, D]."""
        batch, frames = patches.shape[:2]
        vision = self.vision_tower.vision_model(patches.flatten(0, 1))
        return self.multi_modal_projector(vision).unflatten(0, (batch, frames))

    def forward(
        self, visual: Tensor, head: Tensor, text: Tensor, talks: Tensor, places: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Logits [B, S, V] for each of the text's tokens, from what comes before it.

        Each conversation stands right behind the video, as if it were the only one.

        Also what layer READ_AFTER made of the visual tokens, [B, L, D].

        Parameters
        ----------
        visual: visual tokens [B, L, D].
        head: ids [H] before the video.
        text, talks, places: [B, S], as in `data.Batch`.
        """
        embed = self.language_model.model.embed_tokens
        first = embed(head).to(visual.dtype).expand(visual.shape[0], -1, -1)
        x = torch.cat([first, visual, embed(text).to(visual.dtype)], 1)
        before = len(head) + visual.shape[1]
        video = torch.arange(before, device=text.device).expand(len(text), -1)
        order = torch.arange(text.shape[1], device=text.device)
        own = (talks[:, :, None] == talks[:, None]) & (order[:, None] >= order)
        mask = torch.cat([own.new_ones(*text.shape, before), own], 2)[:, None]
        hidden, read = self.language_model.model(x, torch.cat([video, before + places], 1), mask)
        logits = self.language_model.lm_head(hidden[:, -text.shape[1] - 1 : -1])
        return logits, read[:, len(head) : len(head) + visual.shape[1]]


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)
