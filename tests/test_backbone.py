"""One more architecture is one file and one line in the registry."""

import json
import shutil
from pathlib import Path

import mlx.core as mx
import pytest
from mlx.utils import tree_flatten

import sf_mlx
from sf_mlx.device import Device
from sf_mlx.errors import CheckpointError, UnsupportedModelError
from sf_mlx.model.backbone import ARCHITECTURES, Backbone, architecture_of
from sf_mlx.model.llava import ARCHITECTURE as LLAVA
from sf_mlx.sampling import Sampling
from sf_mlx.weights.convert import convert
from sf_mlx.weights.load import load_model
from sf_mlx.weights.packing import Packing
from tests import toy_backbone
from tests.conftest import GOLDEN

FRAMES = GOLDEN / "forward" / "frames"
FLOAT32 = Device("cpu", False, None, 2**34)


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkpoint of an architecture that is registered for this test, in its own layout."""
    monkeypatch.setitem(ARCHITECTURES, "toy", "tests.toy_backbone")
    folder = tmp_path / "toy"
    folder.mkdir()
    config = toy_backbone.ToyConfig(image_size=56, layers=2, width=128, rows=1152)
    mx.random.seed(0)
    weights = {"never_read": mx.zeros((3,))}
    for name, array in tree_flatten(toy_backbone.Toy(config, None).parameters()):
        own = name.replace("vision_tower.", "eye.").removeprefix("language_model.")
        kernel = array.transpose(0, 3, 1, 2) if array.ndim == 4 else array
        weights[own] = kernel.astype(mx.float16)
    mx.save_safetensors(str(folder / "model.safetensors"), weights)
    (folder / "config.json").write_text(json.dumps(config.as_hub()))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(GOLDEN / "models" / "yi34b-hf" / name, folder)
    return folder


def answer(folder: Path) -> str:
    model = sf_mlx.load(folder, device=FLOAT32)
    said = model.ask(FRAMES, "Why?", spec="slowfast-slow_1frms_concat-fast_2x2", frames=3,
                     sampling=Sampling(max_tokens=8, temperature=3.0, seed=1))  # fmt: skip
    return "".join(said)


def test_another_architecture_answers_and_converts(toy: Path, tmp_path: Path) -> None:
    """In its layout and in ours, whole and packed: nothing outside its file knows it."""
    model: Backbone = load_model(toy, FLOAT32)
    assert isinstance(model, toy_backbone.Toy)
    assert sf_mlx.load(toy).template == "chatml_direct"
    convert(toy, tmp_path / "whole")
    assert answer(toy) == answer(tmp_path / "whole") != ""
    convert(toy, tmp_path / "packed", language=Packing(8, 64))
    packed = load_model(tmp_path / "packed", Device("cpu", True, None, 2**34))
    assert packed.language_model.layers[0].mlp.up_proj.bits == 8
    assert answer(tmp_path / "packed")


def test_its_checkpoints_are_checked_as_all_are(toy: Path) -> None:
    weights = mx.load(str(toy / "model.safetensors"))
    assert isinstance(weights, dict)
    for broken, reason in (
        ({n: a for n, a in weights.items() if n != "eye.bias"}, "toy layout, lacks 1 of"),
        ({**weights, "eye.bias": mx.zeros((3,))}, r"vision_tower\.bias is \[3\]"),
        ({"odd": mx.zeros((3,))}, "not a Toy model"),
    ):
        mx.save_safetensors(str(toy / "model.safetensors"), broken)
        with pytest.raises((CheckpointError, UnsupportedModelError), match=reason):
            sf_mlx.load(toy)


def test_a_class_is_looked_up_before_a_model_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """LLaVA-OneVision's original files say "llava" too."""
    monkeypatch.setitem(ARCHITECTURES, "LlavaToyForCausalLM", "tests.toy_backbone")
    config = {"model_type": "llava", "mm_vision_tower": "x"}
    assert architecture_of({**config, "architectures": ["LlavaToyForCausalLM"]}) is (
        toy_backbone.ARCHITECTURE
    )
    assert architecture_of({**config, "architectures": ["LlavaLlamaForCausalLM"]}) is LLAVA
    assert architecture_of({**config, "architectures": 5}) is LLAVA


@pytest.mark.parametrize("kind", [None, "odd", 5, [], {}, "\x1b[2J", "x" * 10**6])
def test_nobody_runs_it(kind: object) -> None:
    with pytest.raises(UnsupportedModelError) as refused:
        architecture_of({"model_type": kind, "vision_config": {}, "architectures": [kind, None]})
    assert "llava_next" in str(refused.value) and str(refused.value).isprintable()
