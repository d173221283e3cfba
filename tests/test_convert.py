"""Conversion: what comes out loads, says the same, and is either complete or not there."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import mlx.core as mx
import numpy as np
import pytest
from mlx.utils import tree_flatten

import sf_mlx
from sf_mlx.device import Device
from sf_mlx.errors import CheckpointError, OutputError, UnsupportedModelError, UsageError
from sf_mlx.model.llava import Llava
from sf_mlx.model.llava_config import read_config
from sf_mlx.model.preprocess import CLIP_MEAN, CLIP_STD
from sf_mlx.weights import load
from sf_mlx.weights.convert import convert
from sf_mlx.weights.files import read_json
from sf_mlx.weights.load import load_model
from sf_mlx.weights.packing import Packing, packing
from tests.conftest import GOLDEN
from tests.tiny import CONFIG, save_model, write_tiny

HALF = Device("cpu", half_precision=True, blas=None, memory=2**34)
LAYOUTS = ("vicuna-hf", "vicuna-hf-v5names", "vicuna-original")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("tiny") / "model")


def first_logits(folder: Path, device: Device | None = None) -> np.ndarray:
    """Logits after 40 random embeddings, scaled like a prompt's."""
    model = load_model(folder, device)
    mx.random.seed(3)
    inputs = mx.random.normal((1, 40, model.config.text["hidden_size"]))
    logits = model.language_model(None, None, inputs.astype(model.dtype))[0, -1]
    return np.array(logits.astype(mx.float32))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_converts_to_the_same_tensors(golden_models, tmp_path, layout):
    convert(golden_models / layout, tmp_path / "out")
    ours = mx.load(str(tmp_path / "out" / "model-00001-of-00001.safetensors"))
    source = mx.load(str(GOLDEN / "models" / "vicuna-hf" / "model.safetensors"))
    assert ours.keys() == source.keys()
    for name, array in source.items():
        if "patch_embedding" in name:
            array = array.transpose(0, 2, 3, 1)
        if ours[name].shape != array.shape:  # the original layout has no row for <image>
            array = array[:1130]
        assert mx.array_equal(ours[name], array), name


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_converted_checkpoint_answers_the_same(golden_models, tmp_path, layout):
    convert(golden_models / layout, tmp_path / "out")
    frames = GOLDEN / "forward" / "frames"
    texts = [
        "".join(sf_mlx.load(folder).ask(frames, "Why?", spec="slowfast-slow_1frms_concat-fast_1x1"))
        for folder in (golden_models / layout, tmp_path / "out")
    ]
    assert texts[0] == texts[1] != ""


def error(exact: np.ndarray, ours: np.ndarray) -> float:
    """Root mean square difference as a share of the logits' standard deviation."""
    return float(np.sqrt(((exact - ours) ** 2).mean()) / exact.std())


# Measured: 0.006 and 0.093 here; trained weights have fewer outliers than random ones
@pytest.mark.parametrize(("bits", "bound"), [(8, 0.01), (4, 0.15)])
def test_quantised_logits_stay_close(tiny, tmp_path, bits, bound):
    convert(tiny, tmp_path / "out", language=Packing(bits, 64))
    assert error(first_logits(tiny), first_logits(tmp_path / "out")) < bound


@pytest.mark.parametrize("name", ["vicuna-hf", "mistral-hf", "yi34b-hf"])
def test_eight_bits_of_the_golden_models(golden_models, tmp_path, name):
    """96 and 128 columns are whole groups of 32. Measured: 0.026, 0.063 and 0.048."""
    convert(golden_models / name, tmp_path / "out", language=Packing(8, 32))
    assert error(first_logits(golden_models / name), first_logits(tmp_path / "out")) < 0.08
    assert np.isfinite(first_logits(tmp_path / "out", HALF)).all()


@pytest.mark.parametrize("name", ["vicuna-hf", "mistral-hf", "yi34b-hf"])
def test_four_bits_of_the_golden_models_run(golden_models, tmp_path, name):
    convert(golden_models / name, tmp_path / "out", language=Packing(4, 32))
    answer = sf_mlx.load(tmp_path / "out").ask(
        GOLDEN / "forward" / "frames", "Why?", spec="slowfast-slow_1frms_concat-fast_1x1"
    )
    assert "".join(answer)


@pytest.mark.parametrize("mode", ["mxfp4", "nvfp4", "mxfp8"])
def test_float_modes_load(tiny, tmp_path, mode):
    convert(tiny, tmp_path / "out", language=packing(None, None, mode))
    assert np.corrcoef(first_logits(tiny), first_logits(tmp_path / "out"))[0, 1] > 0.75


def test_vision_is_quantised_only_when_asked(tiny, tmp_path):
    def packed(out: Path) -> set[str]:
        tensors = mx.load(str(out / "model-00001-of-00001.safetensors"))
        return {name.split(".")[0] for name in tensors if name.endswith(".scales")}

    convert(tiny, tmp_path / "language", language=Packing(4, 64))
    assert packed(tmp_path / "language") == {"language_model"}
    convert(tiny, tmp_path / "both", language=Packing(4, 64), vision=Packing(8, 64))
    assert packed(tmp_path / "both") == {"language_model", "vision_tower"}
    model = load_model(tmp_path / "both", HALF)
    layer = model.vision_tower.vision_model.encoder.layers[0]
    assert (layer.mlp.fc1.bits, model.language_model.model.layers[0].mlp.up_proj.bits) == (8, 4)
    assert not hasattr(model.multi_modal_projector.linear_1, "bits")
    config = read_json(tmp_path / "both" / "config.json")["quantization"]
    assert config["vision_tower.vision_model.encoder.layers.0.mlp.fc1"]["bits"] == 8


@pytest.mark.parametrize("how", [None, Packing(8, 64), Packing(4, 32, "mxfp4")], ids=str)
def test_convert_load_save_is_bit_stable(tiny, tmp_path, how):
    convert(tiny, tmp_path / "a", language=how)
    model = load_model(tmp_path / "a", HALF)
    config = read_json(tmp_path / "a" / "config.json")
    save_model(model, config, tmp_path / "b", source=tmp_path / "a")
    before = mx.load(str(tmp_path / "a" / "model-00001-of-00001.safetensors"))
    after = mx.load(str(tmp_path / "b" / "model-00001-of-00001.safetensors"))
    for name, array in after.items():
        assert array.dtype == before[name].dtype
        assert mx.array_equal(array.view(mx.uint8), before[name].view(mx.uint8)), name
    # the rest is what the model never reads
    assert all("post_layernorm" in n or "newline" in n for n in before.keys() - after.keys())
    assert np.array_equal(first_logits(tmp_path / "a", HALF), first_logits(tmp_path / "b", HALF))


def test_mlx_vlm_conversions_load(tiny, tmp_path):
    """Their layout: hub names, channels-last patch embedding, packed language layers, and in older
    ones a packed position embedding; no file but model.safetensors."""
    tensors = mx.load(str(tiny / "model.safetensors"))
    packed = {}
    for name, array in tensors.items():
        language = name.startswith("language_model.") and array.ndim == 2
        if language or "position_embedding" in name:
            base = name.removesuffix(".weight")
            parts = mx.quantize(array, 64, 4)
            packed.update(
                zip((f"{base}.weight", f"{base}.scales", f"{base}.biases"), parts, strict=True)
            )
        else:
            packed[name] = array
    folder = tmp_path / "vlm"
    shutil.copytree(tiny, folder)
    mx.save_safetensors(str(folder / "model.safetensors"), packed)
    config = read_json(tiny / "config.json")
    config["quantization"] = {"group_size": 64, "bits": 4}
    (folder / "config.json").write_text(json.dumps(config))
    answer = sf_mlx.load(folder).ask(
        GOLDEN / "forward" / "frames", "Why?", spec="slowfast-slow_1frms_concat-fast_1x1"
    )
    assert "".join(answer)


def test_quantised_layers_expand_on_the_cpu_while_memory_permits(tiny, tmp_path):
    convert(tiny, tmp_path / "out", language=Packing(4, 64))
    ample = load_model(tmp_path / "out", Device("cpu", False, None, memory=2**34))
    tight = load_model(tmp_path / "out", Device("cpu", False, None, memory=2**18))
    assert not hasattr(ample.language_model.lm_head, "bits")
    assert tight.language_model.lm_head.bits == 4
    for model in (ample, tight):
        dtypes = {a.dtype for _, a in tree_flatten(model.parameters())} - {mx.uint32}
        assert dtypes == {mx.float32}


def test_loading_holds_one_copy_of_the_weights(tiny, monkeypatch):
    """In float32 from a half-precision file: the model, and a group of tensors besides."""
    # As a seven-billion model's groups are to it
    monkeypatch.setattr(load, "_GROUP_BYTES", 30_000)
    mx.clear_cache()
    mx.reset_peak_memory()
    before = mx.get_active_memory()
    model = load_model(tiny)
    size = sum(array.nbytes for _, array in tree_flatten(model.parameters()))
    # The largest matrix is a fifth of this small model, and stands twice for a moment
    assert mx.get_peak_memory() - before < 1.25 * size


def test_one_float32_norm_does_not_double_a_model(tiny, tmp_path):
    shutil.copytree(tiny, tmp_path / "mixed")
    name = "language_model.model.norm.weight"
    rewrite(tmp_path / "mixed", lambda t: t.update({name: t[name].astype(mx.float32)}))
    convert(tmp_path / "mixed", tmp_path / "packed", language=Packing(4, 64))
    for folder in ("mixed", "packed"):
        model = load_model(tmp_path / folder, HALF)
        dtypes = {array.dtype for _, array in tree_flatten(model.parameters())}
        assert dtypes - {mx.uint32} == {mx.float16} and model.dtype == mx.float16


def test_mixed_precision_becomes_the_language_models(tiny, tmp_path):
    """Or keys would be cached in float32 on a GPU."""
    shutil.copytree(tiny, tmp_path / "mixed")
    tensors = mx.load(str(tiny / "model.safetensors"))
    mixed = {
        name: array.astype(mx.bfloat16) if name.startswith("language_model") else array
        for name, array in tensors.items()
    }
    (tmp_path / "mixed" / "model.safetensors").unlink()
    mx.save_safetensors(str(tmp_path / "mixed" / "model.safetensors"), mixed)
    model = load_model(tmp_path / "mixed", HALF)
    assert {array.dtype for _, array in tree_flatten(model.parameters())} == {mx.bfloat16}


def test_matrices_that_cannot_be_quantised_are_counted(tmp_path):
    done = convert(GOLDEN / "models" / "vicuna-hf", tmp_path / "out", language=Packing(4, 64))
    # 96 columns are no whole groups of 64; only the three down projections have 192
    assert done.left == 3 * 6 + 2


def test_dtype_is_applied_and_recorded(tiny, tmp_path):
    convert(tiny, tmp_path / "out", dtype="bfloat16")
    tensors = mx.load(str(tmp_path / "out" / "model-00001-of-00001.safetensors"))
    assert {array.dtype for array in tensors.values()} == {mx.bfloat16}
    assert read_json(tmp_path / "out" / "config.json")["torch_dtype"] == "bfloat16"


def test_sizes_and_bits_are_counted(tiny, tmp_path):
    done = convert(tiny, tmp_path / "out", language=Packing(4, 64))
    files = sorted((tmp_path / "out").glob("*.safetensors"))
    stored = sum(a.nbytes for f in files for a in mx.load(str(f)).values())
    assert done.bytes == stored < done.source_bytes
    assert 4.5 < done.bits_per_weight < 16
    index = read_json(tmp_path / "out" / "model.safetensors.index.json")
    assert index["metadata"]["total_size"] == done.bytes


def test_output_is_sharded_and_memory_bounded(tmp_path):
    """At most 1.5 times the largest source file plus one output file, in MLX's own count."""
    text = {**CONFIG["text_config"], "hidden_size": 512, "intermediate_size": 2048}
    folder = write_tiny(tmp_path / "model", config={**CONFIG, "text_config": text})
    tensors = mx.load(str(folder / "model.safetensors"))
    halves = [{}, {}]
    for name, array in tensors.items():
        halves[".layers.1." in name][name] = array
    for i, half in enumerate(halves):
        mx.save_safetensors(str(folder / f"model-{i}.safetensors"), half)
    (folder / "model.safetensors").unlink()
    sizes = [path.stat().st_size for path in folder.glob("*.safetensors")]
    del tensors, halves, half, array
    mx.clear_cache()
    mx.reset_peak_memory()
    before = mx.get_active_memory()
    shard_bytes = 2 * 2**20
    convert(folder, tmp_path / "out", language=Packing(8, 64), shard_bytes=shard_bytes)
    assert mx.get_peak_memory() - before <= 1.5 * max(sizes) + shard_bytes
    assert len(list((tmp_path / "out").glob("model-*-of-*.safetensors"))) > 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((7, None, None), "bits"),
        ((4, 48, None), "group size"),
        ((None, 64, None), "--bits"),
        ((8, None, "mxfp4"), "bits"),
        ((None, None, "gguf"), "gguf"),
        ((0, None, None), "bits"),
        ((4, 0, None), "group size"),
    ],
)
def test_packings_that_do_not_exist(arguments, reason):
    with pytest.raises(UsageError, match=reason):
        packing(*arguments)


def test_quantised_twice_is_refused(tiny, tmp_path):
    convert(tiny, tmp_path / "a", language=Packing(4, 64))
    with pytest.raises(UsageError, match="quantised already"):
        convert(tmp_path / "a", tmp_path / "b", language=Packing(8, 64))
    assert not (tmp_path / "b").exists()


def test_existing_output_is_refused(tiny, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(OutputError, match="exists"):
        convert(tiny, tmp_path / "out")
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]


def test_an_error_half_way_leaves_nothing(tiny, tmp_path):
    def fail(done: int, total: int) -> None:
        if done == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(tiny, tmp_path / "out", shard_bytes=10**5, progress=fail)
    assert list(tmp_path.iterdir()) == []


def test_full_disk(tiny, tmp_path):
    """A file-size limit makes writes fail as a full disk does."""
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000));"
        "sys.argv = ['sf-mlx', 'convert', sys.argv[1], '-o', sys.argv[2]];"
        "from sf_mlx_cli.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tiny), str(tmp_path / "out")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == OutputError.exit_code, done.stderr
    assert "cannot write" in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 100_000


def test_killed_half_way_leaves_nothing_that_loads(tiny, tmp_path):
    """Even SIGKILL, which no handler sees."""
    script = (
        "import os, signal, sys; from sf_mlx.weights.convert import convert;"
        "convert(sys.argv[1], sys.argv[2], shard_bytes=100_000,"
        "progress=lambda done, total: done == 30 and os.kill(os.getpid(), signal.SIGKILL))"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tiny), str(tmp_path / "out")])
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".") and os.listdir(left)
    with pytest.raises(CheckpointError, match=r"config\.json"):
        load_model(left)


def test_a_killed_conversion_can_be_repeated(tiny, tmp_path):
    test_killed_half_way_leaves_nothing_that_loads(tiny, tmp_path)
    convert(tiny, tmp_path / "out")
    assert load_model(tmp_path / "out")


def test_a_checkpoints_own_mean_and_deviation_are_used(tiny, tmp_path):
    """The same frames, normalised otherwise, are other tokens; a conversion keeps them."""
    shutil.copytree(tiny, tmp_path / "own")
    own = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "size": 56}
    (tmp_path / "own" / "preprocessor_config.json").write_text(json.dumps(own))
    convert(tmp_path / "own", tmp_path / "converted")
    frames = GOLDEN / "forward" / "frames"
    seen = {}

    def features(model, pixels):
        seen.setdefault(id(model), np.array(pixels))
        return Llava.features(model, pixels)

    models = [sf_mlx.load(folder) for folder in (tiny, tmp_path / "own", tmp_path / "converted")]
    for model in models:
        model.backbone.features = partial(features, model.backbone)
        next(iter(model.ask(frames, "Why?", spec="slowfast-slow_1frms_concat-fast_1x1")))
    clip, ours, converted = seen.values()
    mean, std = np.array(CLIP_MEAN), np.array(CLIP_STD)
    # float16 pixels below 4: half a step is 1e-3
    np.testing.assert_allclose(ours, (clip * std + mean - 0.5) / 0.5, atol=4e-3)
    assert np.array_equal(ours, converted)


# --- broken checkpoints ------------------------------------------------------------------------


@pytest.fixture
def broken(tiny, tmp_path) -> Path:
    folder = tmp_path / "broken"
    shutil.copytree(tiny, folder)
    return folder


def rewrite(folder: Path, change) -> None:
    tensors = mx.load(str(folder / "model.safetensors"))
    mx.eval(tensors)
    change(tensors)
    (folder / "model.safetensors").unlink()
    mx.save_safetensors(str(folder / "model.safetensors"), tensors)


def test_missing_tensors_are_named(broken):
    rewrite(broken, lambda t: t.pop("language_model.model.norm.weight"))
    with pytest.raises(CheckpointError, match=r"llava-hf layout.*norm\.weight"):
        load_model(broken)


def test_unknown_tensors_are_named(broken):
    rewrite(broken, lambda t: t.update({"surprise.weight": mx.zeros((2, 2))}))
    with pytest.raises(CheckpointError, match=r"llava-hf layout.*surprise"):
        load_model(broken)
    rewrite(
        broken,
        lambda t: (t.pop("surprise.weight"), t.update({"language_model.model.odd": mx.zeros(2)})),
    )
    with pytest.raises(CheckpointError, match=r"language_model\.model\.odd"):
        load_model(broken)


def test_wrong_shapes_are_named(broken):
    rewrite(broken, lambda t: t.update({"language_model.model.norm.weight": mx.zeros(3)}))
    with pytest.raises(CheckpointError, match=r"norm\.weight is \[3\]"):
        load_model(broken)


@pytest.mark.parametrize("keep", [0, 4, 100, 5000, -1])
def test_truncated_weights(broken, keep):
    path = broken / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(CheckpointError, match=r"model\.safetensors"):
        load_model(broken)


@pytest.mark.parametrize(
    "content",
    [
        b"\xff" * 100,
        (50).to_bytes(8, "little") + b"[]" + b" " * 48,
        (30).to_bytes(8, "little") + b'{"a":{"dtype":"F32","shape":[2' + b"x" * 20,
        (56).to_bytes(8, "little")
        + b'{"a":{"dtype":"F32","shape":[99],"data_offsets":[0,4]}} '
        + b"abcd",
        (56).to_bytes(8, "little")
        + b'{"a":{"dtype":"Q99","shape":[1] ,"data_offsets":[0,4]}} '
        + b"abcd",
    ],
)
def test_noise_instead_of_weights(broken, content):
    (broken / "model.safetensors").write_bytes(content)
    with pytest.raises(CheckpointError):
        load_model(broken)


def test_missing_shard(broken):
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors"}}
    (broken / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(CheckpointError, match="1 of 1 weight files are missing"):
        load_model(broken)


def test_pickled_weights_are_not_read(broken):
    (broken / "model.safetensors").unlink()
    (broken / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(CheckpointError, match="safetensors only"):
        load_model(broken)


def test_text_only_weights(broken):
    tensors = {"model.layers.0.mlp.up_proj.weight": mx.zeros((4, 4))}
    mx.save_safetensors(str(broken / "model.safetensors"), tensors)
    with pytest.raises(UnsupportedModelError, match="without a vision part"):
        load_model(broken)


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', '{"text_config": 3, "vision_config": 4}'])
def test_broken_config(broken, text):
    (broken / "config.json").write_text(text)
    with pytest.raises((CheckpointError, UnsupportedModelError)):
        load_model(broken)


def test_config_read_back_is_the_sources(golden_models, tmp_path):
    convert(golden_models / "vicuna-original", tmp_path / "out")
    source = golden_models / "vicuna-original"
    ours = read_config(read_json(tmp_path / "out" / "config.json"))
    assert ours == read_config(
        read_json(source / "config.json"), read_json(source / "vision_config.json")
    )


# --- what only computing shows -----------------------------------------------------------------


def ask(folder: Path) -> str:
    frames = GOLDEN / "forward" / "frames"
    return "".join(
        sf_mlx.load(folder).ask(frames, "Why?", spec="slowfast-slow_1frms_concat-fast_1x1")
    )


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("language_model.model.norm.weight", float("nan"), "holds NaN"),
        ("language_model.model.layers.1.mlp.up_proj.weight", float("inf"), "holds infinity"),
        ("language_model.lm_head.weight", 0.0, "is all zeros"),
        ("language_model.model.embed_tokens.weight", 0.0, "is all zeros"),
        ("multi_modal_projector.linear_2.bias", float("nan"), "holds NaN"),
        ("vision_tower.vision_model.pre_layrnorm.weight", float("-inf"), "holds infinity"),
        ("vision_tower.vision_model.embeddings.patch_embedding.weight", float("nan"), "holds NaN"),
    ],
)
def test_a_bad_tensor_is_named_at_the_first_token(broken, name, value, reason):
    rewrite(broken, lambda t: t.update({name: mx.full(t[name].shape, value, mx.float16)}))
    with pytest.raises(CheckpointError, match=f"{name} {reason}"):
        ask(broken)


def test_one_bad_number_is_enough(broken):
    def change(tensors):
        tensors["language_model.model.embed_tokens.weight"][1] = float("nan")  # <s>

    rewrite(broken, change)
    with pytest.raises(CheckpointError, match=r"embed_tokens\.weight holds NaN"):
        ask(broken)


def test_all_zeros_everywhere(broken):
    rewrite(broken, lambda t: t.update({name: mx.zeros_like(a) for name, a in t.items()}))
    with pytest.raises(CheckpointError, match="is all zeros"):
        ask(broken)


def test_a_tower_of_zeros_sees_nothing(broken):
    """The projector's bias still makes tokens, the same for every patch."""
    rewrite(
        broken,
        lambda t: t.update({n: mx.zeros_like(a) for n, a in t.items() if "vision" in n}),
    )
    with pytest.raises(CheckpointError, match=r"vision_tower.* is all zeros"):
        ask(broken)


def test_sound_weights_are_not_scanned(tiny, monkeypatch):
    monkeypatch.setattr("sf_mlx.weights.diagnose.first_bad_tensor", lambda model, part: 1 / 0)
    assert ask(tiny)


def test_values_in_the_config_that_leave_no_numbers(broken):
    config = read_json(broken / "config.json")
    config["text_config"]["rope_theta"] = 1e-300
    (broken / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match="rope_theta"):
        ask(broken)
