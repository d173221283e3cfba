"""Shared fixtures: the golden checkpoints in every layout, made from the one copy in tests/data."""

import json
import shutil
from pathlib import Path

import mlx.core as mx
import pytest

DATA = Path(__file__).parent / "data"
GOLDEN = DATA / "golden"
MODELS = ("vicuna-hf", "mistral-hf", "yi34b-hf")


def _renamed(scheme: str) -> dict[str, mx.array]:
    """vicuna-hf's tensors under another naming scheme of name_map.json."""
    names = json.loads((GOLDEN / "models" / "name_map.json").read_text())
    tensors = mx.load(str(GOLDEN / "models" / "vicuna-hf" / "model.safetensors"))
    return {names[name][scheme]: array for name, array in tensors.items()}


@pytest.fixture(scope="session")
def golden_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all five golden checkpoints."""
    root = tmp_path_factory.mktemp("models")
    for name in MODELS:
        shutil.copytree(GOLDEN / "models" / name, root / name)

    v5 = root / "vicuna-hf-v5names"
    shutil.copytree(GOLDEN / "models" / "vicuna-hf", v5)
    shutil.copy(GOLDEN / "models" / "vicuna-hf-v5names" / "config.json", v5)
    mx.save_safetensors(str(v5 / "model.safetensors"), _renamed("transformers_5"))

    original = root / "vicuna-original"
    shutil.copytree(GOLDEN / "models" / "vicuna-original", original)
    shutil.copy(GOLDEN / "models" / "vicuna-hf" / "tokenizer.model", original)
    tensors = _renamed("original")
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        tensors[name] = tensors[name][:1130]  # no row for <image> in this layout
    shards = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
    weight_map = {name: shards[i % 2] for i, name in enumerate(sorted(tensors))}
    for shard in shards:
        part = {name: array for name, array in tensors.items() if weight_map[name] == shard}
        mx.save_safetensors(str(original / shard), part)
    (original / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    return root
