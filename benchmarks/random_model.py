"""Models with random weights, in any size, for the measurements."""

import json
from typing import Any

import mlx.core as mx

from sf_mlx import mlx_thread
from sf_mlx.context import Budget
from sf_mlx.demo import MODEL
from sf_mlx.model.backbone import Backbone, Part
from sf_mlx.model.llava import Llava
from sf_mlx.model.llava_config import read_config
from sf_mlx.models import Model
from sf_mlx.weights.load import Weights
from sf_mlx.weights.tokenizer import load_tokenizer

# Tokens of the demo, whose tokenizer these models are given
VOCABULARY: int = json.loads((MODEL / "config.json").read_text())["text_config"]["vocab_size"]

_TEXT = {
    "model_type": "llama",
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
    "rms_norm_eps": 1e-5,
    "vocab_size": VOCABULARY,
}
_VISION = {
    "model_type": "clip_vision_model",
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "image_size": 56,
    "patch_size": 14,
}


def config(
    text: dict[str, Any] | None = None, vision: dict[str, Any] | None = None
) -> dict[str, Any]:
    """config.json of a tiny LLaVA-NeXT, with other sizes where they are given."""
    return {
        "architectures": ["LlavaNextForConditionalGeneration"],
        "model_type": "llava_next",
        "text_config": {**_TEXT, **(text or {})},
        "vision_config": {**_VISION, **(vision or {})},
        "vision_feature_layer": -1,
    }


def make(sizes: dict[str, Any]) -> Llava:
    """A model of these sizes, its weights computed."""
    model = Llava(read_config(sizes))
    mx.eval(model.parameters())
    return model


class _InPlace(Weights):
    """Weights that were made and not read."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def begin(self, *parts: Part) -> None:
        """Nothing is to be read."""

    def place(self, model: Backbone, part: Part) -> float:
        """Everything is there."""
        return 0.0


def random_model(sizes: dict[str, Any], budget: Budget) -> Model:
    """A model of these sizes that can be asked, with the demo's tokenizer."""
    return Model(
        name="random",
        backbone=mlx_thread.run(make, sizes),
        tokenizer=load_tokenizer(MODEL),
        template="llava_v1",
        end_tokens=frozenset(),
        budget=budget,
        weights=_InPlace(),
        open_seconds=0.0,
    )
