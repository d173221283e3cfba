"""A LLaVA checkpoint made on the spot (dimensions that quantise, a head size of 64), and saved."""

import json
import shutil
from pathlib import Path

import mlx.core as mx
from mlx.utils import tree_flatten

from sf_mlx.model.llava import Llava
from sf_mlx.model.llava_config import read_config
from sf_mlx.weights.write import CheckpointWriter
from tests.conftest import GOLDEN

CONFIG = {
    "architectures": ["LlavaNextForConditionalGeneration"],
    "model_type": "llava_next",
    "text_config": {
        "model_type": "llama",
        "hidden_size": 128,
        "intermediate_size": 256,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "max_position_embeddings": 4096,
        "rms_norm_eps": 1e-5,
        "vocab_size": 1152,
    },
    "vision_config": {
        "model_type": "clip_vision_model",
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_attention_heads": 2,
        "num_hidden_layers": 2,
        "image_size": 56,
        "patch_size": 14,
    },
    "vision_feature_layer": -1,
}


def write_tiny(
    folder: Path, dtype: mx.Dtype = mx.float16, seed: int = 0, config: dict = CONFIG
) -> Path:
    """Random weights in the hub's layout, with vicuna-hf's tokenizer."""
    mx.random.seed(seed)
    folder.mkdir(parents=True)
    model = Llava(read_config(config))
    weights = {
        name: (mx.random.normal(array.shape) * 0.15).astype(dtype)
        for name, array in tree_flatten(model.parameters())
    }
    mx.save_safetensors(str(folder / "model.safetensors"), weights)
    (folder / "config.json").write_text(json.dumps(config))
    for name in ("tokenizer.json", "tokenizer_config.json", "generation_config.json"):
        shutil.copy(GOLDEN / "models" / "vicuna-hf" / name, folder)
    return folder


def save_model(model: Llava, config: dict, out: Path, source: Path) -> None:
    """Write a model's parameters as they are, quantised ones packed, with `source`'s tokenizer."""
    with CheckpointWriter(out) as writer:
        for name, array in sorted(tree_flatten(model.parameters())):
            writer.add(name, array)
        writer.finish(config, source, card="")
