"""An architecture that sf-mlx does not have: what one more takes, in one file.

Its eye is a convolution, its language model mlx-lm's Qwen2, its layout's names are its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import numpy.typing as npt
from mlx_lm.models import qwen2

from sf_mlx.model.backbone import Architecture, Layout
from sf_mlx.model.config import Json, check_sizes
from sf_mlx.model.on_numpy import OnNumpy
from sf_mlx.model.preprocess import Preprocess
from sf_mlx.model.rope import set_base

PATCH = 14


@dataclass(frozen=True)
class ToyConfig:
    image_size: int
    layers: int
    width: int
    rows: int

    is_tied = True
    vision_layers = 0
    prompt_template = None

    @property
    def text_layers(self) -> int:
        return self.layers

    @property
    def templates(self) -> Mapping[str, str]:
        return {"<|never|>": "llama_3", "": "chatml_direct"}

    def single(self) -> ToyConfig:
        return replace(self, layers=1)

    def as_hub(self) -> Json:
        return {
            "model_type": "toy",
            "vision_config": {"image_size": self.image_size},
            "text_config": {"layers": self.layers, "width": self.width, "rows": self.rows},
        }


def read_config(config: Json, tower: Json | None) -> ToyConfig:
    sizes = {**config["vision_config"], **config["text_config"]}
    check_sizes(sizes)
    return ToyConfig(**sizes)


class Toy(nn.Module):
    def __init__(
        self, config: ToyConfig, preprocess: Preprocess | None, numpy: OnNumpy = OnNumpy()
    ) -> None:
        super().__init__()
        self.config = config
        self.preprocess = preprocess or Preprocess(config.image_size)
        self.vision_tower: nn.Module | None = nn.Conv2d(3, config.width, PATCH, PATCH)
        self.language_model = qwen2.Model(
            qwen2.ModelArgs(
                model_type="qwen2",
                hidden_size=config.width,
                num_hidden_layers=config.layers,
                intermediate_size=2 * config.width,
                num_attention_heads=2,
                num_key_value_heads=1,
                rms_norm_eps=1e-6,
                vocab_size=config.rows,
                tie_word_embeddings=True,
            )
        )
        self.base = 10000.0

    patches = property(lambda self: (self.config.image_size // PATCH) ** 2)
    context = property(lambda self: 2048)
    dtype = property(lambda self: self.language_model.model.norm.weight.dtype)
    width = property(lambda self: self.config.width)
    rows = property(lambda self: self.config.rows)
    head_dim = property(lambda self: self.config.width // 2)
    kv_values = property(lambda self: 2 * self.config.layers * self.head_dim)
    sees = property(lambda self: self.vision_tower is not None)

    def encode(self, frames: npt.NDArray[np.uint8]) -> mx.array:
        assert self.vision_tower is not None
        found: mx.array = self.vision_tower(self.preprocess(frames).astype(self.dtype))
        found = found.flatten(1, 2)
        mx.eval(found)
        return found

    def embed(self, ids: list[int]) -> mx.array:
        found: mx.array = self.language_model.model.embed_tokens(mx.array(ids, dtype=mx.int32))
        return found

    def rope_base(self, length: int) -> float:
        return self.base

    def set_rope_base(self, base: float) -> None:
        set_base(self.language_model, base)

    def release_vision(self) -> None:
        self.vision_tower = None


ARCHITECTURE: Architecture[Any] = Architecture(
    name="Toy",
    example="someone/toy",
    layouts=(
        Layout("toy", sign="eye.", renames=(("eye.", "vision_tower."), ("", "language_model."))),
        Layout("hub", sign="vision_tower.", renames=(("", ""),)),
    ),
    unused=r"language_model\.never_read",
    text_layers="language_model.model.layers.",
    vision_layers="vision_tower.layers.",
    read_config=read_config,
    build=Toy,
)
