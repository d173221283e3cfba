"""Checkpoints that lie are refused before anything is built, with a reason, by ask and convert."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import mlx.core as mx
import pytest

import sf_mlx
from benchmarks import hostile_checkpoints as hostile
from sf_mlx.device import Device
from sf_mlx.errors import (
    CheckpointError,
    ModelError,
    ModelNotFoundError,
    OutputError,
    SfMlxError,
    TokenizerError,
    UnsupportedModelError,
    UsageError,
)
from sf_mlx.prompts import build_prompt
from sf_mlx.templates import find_template
from sf_mlx.weights import hub
from sf_mlx.weights.checkpoint import open_checkpoint
from sf_mlx.weights.convert import convert
from sf_mlx.weights.files import parse_json
from sf_mlx.weights.packing import Packing
from sf_mlx.weights.write import output_folder

CASES = [case for case in hostile.cases() if not case.computes]


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sound") / "model"
    hostile.write_sound(folder)
    return folder


@pytest.fixture(scope="module")
def packed(sound) -> Path:
    convert(sound, sound.parent / "packed", language=Packing(4, 64))
    return sound.parent / "packed"


@pytest.fixture
def broken(sound, tmp_path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "broken"))


def edit(folder: Path, name: str, **values) -> None:
    value = json.loads((folder / name).read_bytes())
    value.update(values)
    (folder / name).write_text(json.dumps(value))


def refusal(folder: Path) -> SfMlxError | None:
    try:
        sf_mlx.load(folder)
    except SfMlxError as error:
        return error
    return None


def test_what_all_begin_with_is_sound(sound, packed):
    assert refusal(sound) is None and refusal(packed) is None


# Every group and kind of mutation; benchmarks/hostile.py runs them all, in processes of their own
@pytest.mark.parametrize("case", CASES[::9], ids=lambda case: f"{case.group}: {case.name}"[:70])
def test_convert_refuses_what_ask_refuses(sound, packed, tmp_path, case):
    folder = Path(shutil.copytree(packed if case.packed else sound, tmp_path / "broken"))
    case.change(folder)
    refused = refusal(folder)
    if refused is None:
        convert(folder, tmp_path / "out")
        return
    assert isinstance(refused, ModelError)
    with pytest.raises(type(refused)):
        convert(folder, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken"]


# --- tensors -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["I32", "BOOL", "F8_E4M3", "U8", "F64"])
def test_tensors_that_are_no_floats(broken, tmp_path, dtype):
    """They were answered with nonsense."""
    hostile._retyped("language_model.model.layers.0.self_attn.k_proj.weight", dtype, broken)
    for run in (sf_mlx.load, lambda folder: convert(folder, tmp_path / "out")):
        with pytest.raises(CheckpointError, match=rf"k_proj\.weight is stored as {dtype}"):
            run(broken)


@pytest.mark.parametrize("how", ["flat", "turned", "scalar", "empty", "a column less"])
@pytest.mark.parametrize("part", ["weight", "scales"])
def test_packed_parts_that_lie(packed, tmp_path, part, how):
    """Scales in one dimension ended the process with SIGFPE."""
    folder = Path(shutil.copytree(packed, tmp_path / "broken"))
    hostile._reshaped(f"language_model.lm_head.{part}", how, folder)
    with pytest.raises(CheckpointError, match=r"lm_head is packed in no way"):
        sf_mlx.load(folder)


def test_a_packing_is_found_for_every_layer(sound, tmp_path):
    packings = [Packing(b, g) for b in (2, 3, 4, 5, 6, 8) for g in (32, 64)]
    packings += [Packing(4, 32, "mxfp4"), Packing(4, 16, "nvfp4"), Packing(8, 32, "mxfp8")]
    for i, how in enumerate(packings):
        out = convert(sound, tmp_path / str(i), language=how).out
        assert set(open_checkpoint(out).packings.values()) == {how}


@pytest.mark.parametrize("layers", [3, 20_000, 10**6, 10**9, 10**30])
@pytest.mark.parametrize("part", ["text_config", "vision_config"])
def test_more_layers_than_there_are(broken, monkeypatch, part, layers):
    """10^9 took 6 GB and did not end; now nothing is built."""
    config = {**hostile.CONFIG, part: {**hostile.CONFIG[part], "num_hidden_layers": layers}}
    (broken / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match="layers"):
        sf_mlx.load(broken)


def test_other_libraries_do_not_act_on_the_rest_of_a_config(broken):
    """transformers makes `num_labels` strings."""
    for part in ("text_config", "vision_config"):
        extended = {**hostile.CONFIG[part], "num_labels": 10**9, "pruned_heads": {"x": 1}}
        edit(broken, "config.json", **{part: extended})
    assert refusal(broken) is None


def test_the_layout_is_named_as_it_is(golden_models, tmp_path):
    folder = Path(shutil.copytree(golden_models / "vicuna-original", tmp_path / "original"))
    path = folder / "model-00001-of-00002.safetensors"
    tensors = mx.load(str(path))
    mx.eval(tensors)
    gone = next(name for name in tensors if ".layers.1." in name)
    path.unlink()
    mx.save_safetensors(str(path), {n: a for n, a in tensors.items() if n != gone})
    with pytest.raises(CheckpointError, match="taken for the original LLaVA layout, lacks 1 of"):
        sf_mlx.load(folder)


def test_a_tensor_twice(broken):
    shutil.copy(broken / "model.safetensors", broken / "model-b.safetensors")
    shutil.move(broken / "model.safetensors", broken / "model-a.safetensors")
    with pytest.raises(CheckpointError, match=r"twice, in model-a.* and in model-b"):
        sf_mlx.load(broken)


def test_weights_beyond_the_memory_are_not_begun(sound):
    with pytest.raises(ModelError, match="GiB"):
        sf_mlx.load(sound, device=Device("cpu", False, None, memory=2**18))


def test_an_endless_file_that_agrees_with_its_config(broken, tmp_path):
    hostile._endless_vocabulary(broken)
    for run in (sf_mlx.load, lambda folder: convert(folder, tmp_path / "out")):
        with pytest.raises(ModelError, match="238"):
            run(broken)


# --- files ---------------------------------------------------------------------------------------


def test_json_that_is_nested_or_has_endless_numbers():
    for text in (hostile.DEEP, b'{"a":' * 10**5, b'{"a": ' + b"9" * 5000 + b"}", b'{"a": 1e999}',
                 b'{"a": NaN}', b'{"a": -Infinity}', b"[]", b"\xff"):  # fmt: skip
        with pytest.raises(ValueError):
            parse_json(text)
    # tokenizer_config.json's way of saying "no limit"
    assert parse_json(b'{"a": 1000000000000000019884624838656}')["a"] > 10**30 - 10**24


@pytest.mark.parametrize(
    "name", ["config.json", "model.safetensors", "tokenizer.json", "generation_config.json"]
)
@pytest.mark.parametrize("how", ["fifo", "zero", "loop", "folder", "nothing"])
def test_only_regular_files_are_read(broken, name, how):
    path = broken / name
    path.unlink()
    if how == "fifo":
        os.mkfifo(path)
    elif how == "folder":
        path.mkdir()
    else:
        path.symlink_to({"zero": "/dev/zero", "loop": name, "nothing": "gone"}[how])
    with pytest.raises((CheckpointError, TokenizerError)):
        sf_mlx.load(broken)


@pytest.mark.parametrize(
    "name",
    [
        "../model.safetensors",
        "/etc/passwd",
        "x" * 5000 + ".safetensors",
        "",
        "..",
        "a\0.safetensors",
    ],
)
def test_an_index_does_not_lead_outside(broken, name):
    (broken / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": name}}))
    with pytest.raises(CheckpointError, match="names a file that cannot be"):
        sf_mlx.load(broken)


def test_names_of_tensors_do_not_reach_the_terminal_raw(broken):
    hostile._named("\x1b[2J" + "x" * 10**6, broken)
    error = refusal(broken)
    assert str(error).isprintable() and len(str(error)) <= 400 and "unknown tensors" in str(error)


@pytest.mark.parametrize(
    ("names", "kind", "reason"),
    [
        ((), CheckpointError, "is empty"),
        (("a.mp4", "b.mp4"), CheckpointError, r"no checkpoint: it holds a\.mp4, b\.mp4"),
        (("adapter_config.json", "adapter_model.safetensors"), UnsupportedModelError, "LoRA"),
        (("config.json.part", "model.safetensors"), CheckpointError, "conversion that did not end"),
        (("model.safetensors",), CheckpointError, r"incomplete: config\.json is missing"),
    ],
)
def test_folders_that_are_no_checkpoints_say_what_they_are(tmp_path, names, kind, reason):
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(kind, match=reason):
        sf_mlx.load(tmp_path)


def test_a_folder_too_high(sound):
    with pytest.raises(CheckpointError, match="model in it may be one"):
        sf_mlx.load(sound.parent)


def test_an_adapters_weights_are_not_a_models(broken):
    (broken / "model.safetensors").rename(broken / "adapter_model.safetensors")
    with pytest.raises(UnsupportedModelError, match="LoRA adapter"):
        sf_mlx.load(broken)
    # beside the model they are left alone
    shutil.copy(broken / "adapter_model.safetensors", broken / "model.safetensors")
    assert refusal(broken) is None


@pytest.mark.parametrize("name", ["", "~nosuchuser/x", "x" * 5000, "a\0b", "/dev/null/x", "\udcff"])
def test_names_that_no_folder_can_have(name):
    with pytest.raises(ModelNotFoundError):
        sf_mlx.load(name)
    with pytest.raises(ModelNotFoundError):
        convert(name, "out")


@pytest.mark.parametrize(
    "name", ["", "~nosuchuser/x", "x" * 5000, "a\0b", "/dev/null/x/y", "x/" * 2000]
)
def test_names_that_no_output_can_have(sound, name):
    with pytest.raises(OutputError):
        convert(sound, name)


def test_a_missing_folder_for_temporary_files_is_replaced(sound, monkeypatch, tmp_path):
    """MLX ended with a traceback at its first compiled kernel."""
    monkeypatch.setenv("TMPDIR", "/nonexistent")
    monkeypatch.setattr("tempfile.tempdir", None)
    sf_mlx.load(sound)
    assert os.path.isdir(os.environ["TMPDIR"])


# --- tokenizers ----------------------------------------------------------------------------------

TOKEN = {"content": "What", "special": False, "single_word": False, "lstrip": False,
         "rstrip": False, "normalized": False}  # fmt: skip


@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("index", [5000, 2**31 - 1, 2**32 - 1])
def test_tokens_beyond_the_embedding(broken, special, index):
    """Their rows were read from outside the array: a wrong answer, or SIGSEGV."""
    edit(broken, "tokenizer.json", added_tokens=[{**TOKEN, "id": index, "special": special}])
    if not special:
        with pytest.raises(TokenizerError, match="embeddings"):
            sf_mlx.load(broken)
        return
    # What is typed is never taken for a special token, so that its row is never read
    model = sf_mlx.load(broken)
    prompt = build_prompt(find_template(model.template), "What is it?", model.tokenizer)
    assert max(prompt.head + prompt.instruction + prompt.question) < hostile.ROWS


def test_placeholders_right_behind_the_embedding_are_usual(broken):
    """<image> has no row in the original layout."""
    image = {**TOKEN, "content": "<image>", "id": hostile.ROWS, "special": True}
    edit(broken, "tokenizer.json", added_tokens=[image])
    assert refusal(broken) is None
    with pytest.raises(CheckpointError, match=f"{hostile.ROWS:,}"):
        sf_mlx.load(broken).backbone.embed([5, hostile.ROWS])
    with pytest.raises(CheckpointError, match="-1"):
        sf_mlx.load(broken).backbone.embed([-1])


@pytest.mark.parametrize("ids", [-1, hostile.ROWS, 10**9, "2", True, 1.5, [2, -1], [None], {}])
def test_end_tokens_that_are_none(broken, ids):
    edit(broken, "generation_config.json", eos_token_id=ids)
    with pytest.raises(CheckpointError, match=r"generation_config\.json has the eos_token_id"):
        sf_mlx.load(broken)


def replace(find: str, put: str) -> dict:
    return {"type": "Replace", "pattern": {"String": find}, "content": put}


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("normalizer", {"type": "Sequence", "normalizers": [replace("a", "a" * 10)] * 8}),
        ("normalizer", replace("", "abc" * 100)),
        ("normalizer", {"type": "Replace", "pattern": {"Regex": "x?"}, "content": "y" * 1000}),
        ("normalizer", {"type": "Prepend", "prepend": "a" * 10**6}),
        ("normalizer", {"type": "Sequence", "normalizers": [replace("a", "b")] * 1000}),
        ("decoder", {"type": "Sequence", "decoders": [replace("a", "a" * 10)] * 8}),
    ],
)
def test_rules_that_make_a_text_endless(broken, part, value):
    edit(broken, "tokenizer.json", **{part: value})
    with pytest.raises(TokenizerError):
        sf_mlx.load(broken)


@pytest.mark.parametrize(
    "model",
    [
        {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "u"},
        {"type": "BPE", "vocab": {}, "merges": []},
        {"type": "Unigram", "vocab": [["a", -1.0]], "unk_id": None},
    ],
)
def test_tokenizers_that_load_and_cannot_encode(broken, tmp_path, model):
    edit(broken, "tokenizer.json", model=model, added_tokens=[], post_processor=None)
    for run in (sf_mlx.load, lambda folder: convert(folder, tmp_path / "out")):
        with pytest.raises(TokenizerError):
            run(broken)


def test_a_panic_is_an_error_and_silent(capfd):
    from sf_mlx.weights.tokenizer import tokenizer_errors

    panic = type("PanicException", (BaseException,), {"__module__": "pyo3_runtime"})
    with (
        pytest.raises(TokenizerError, match="it cannot: index out of bounds"),
        tokenizer_errors("it cannot"),
    ):
        os.write(2, b"thread '<unnamed>' panicked at src/lib.rs")
        raise panic("index out of bounds")
    assert capfd.readouterr().err == ""
    with pytest.raises(KeyboardInterrupt), tokenizer_errors("it cannot"):
        raise KeyboardInterrupt


# --- conversion ----------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
from sf_mlx.weights.convert import convert

source, root = sys.argv[1], Path(sys.argv[2])
events = {"open", "os.rename", "os.mkdir", "shutil.copyfile", "os.chmod", "os.rmdir", "os.remove"}
for moment in range(200):
    parent = root / str(moment)
    parent.mkdir()
    child = os.fork()
    if child == 0:
        seen = 0

        def watch(event, arguments):
            global seen
            if event in events and str(arguments[0]).startswith(str(parent)):
                seen += 1
                if seen > moment:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)
        try:
            convert(source, parent / "out", shard_bytes=200_000)
        finally:
            os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        print(moment)
        break
"""


def test_killed_at_any_moment_nothing_that_loads_is_left(sound, tmp_path):
    """At every file that is opened, renamed or made."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(sound), str(tmp_path)], capture_output=True, text=True
    )
    moments = int(done.stdout)
    assert moments > 10, done.stderr
    whole = json.loads((tmp_path / str(moments) / "out" / "config.json").read_bytes())
    for moment in range(moments):
        for left in (tmp_path / str(moment)).iterdir():
            with pytest.raises(CheckpointError):
                open_checkpoint(left)
            assert not (left / "config.json").exists()
            if left.name == "out":
                with pytest.raises(OutputError, match="conversion that did not end"):
                    output_folder(left)
    assert open_checkpoint(tmp_path / str(moments) / "out").raw == whole


def test_a_quantised_checkpoint_is_copied_as_it_is(packed, tmp_path):
    done = convert(packed, tmp_path / "copy")
    assert hostile.read_tensors(packed) == hostile.read_tensors(done.out)
    assert json.loads((done.out / "config.json").read_bytes())["quantization"]["bits"] == 4
    assert 4.5 < done.bits_per_weight < 8
    assert refusal(done.out) is None
    with pytest.raises(UsageError, match="without --bits and --mode it is copied"):
        convert(packed, tmp_path / "again", language=Packing(8, 64))


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("mlx-community/llava-v1.6-mistral-7b-4bit", "-o llava-v1.6-mistral-7b-4bit, then"),
        ("someone/llava-8bit", "-o llava-8bit, then"),
        ("llava-hf/llava-1.5-7b-hf", "-o llava-1.5-7b-hf-4bit --bits 4, then"),
    ],
)
def test_a_model_that_is_not_here_is_fetched_by_a_command_that_works(
    monkeypatch, tmp_path, name, command
):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelNotFoundError, match=f"sf-mlx convert {name} {command}"):
        sf_mlx.load(name)


@pytest.fixture
def downloaded(sound, tmp_path) -> Path:
    """A hub cache as a download leaves it; returns the snapshot."""
    repository = tmp_path / "hub" / "models--someone--llava"
    snapshot = repository / "snapshots" / ("ab" * 20)
    snapshot.mkdir(parents=True)
    (repository / "blobs").mkdir()
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("ab" * 20)
    for i, file in enumerate(sorted(sound.iterdir())):
        shutil.copy(file, repository / "blobs" / f"{i:040x}")
        (snapshot / file.name).symlink_to(f"../../blobs/{i:040x}")
    return snapshot


def test_what_the_hubs_cache_keeps_is_said_and_can_be_dropped(
    sf, monkeypatch, downloaded, tmp_path
):
    monkeypatch.setattr(hub, "download", lambda name: downloaded)
    kept = sf("convert", "someone/llava", "-o", tmp_path / "a")
    size = hub.size_of(downloaded) / 1e6
    assert kept.code == 0 and f"keeps the original, {size:.2f} MB, in" in kept.out
    assert downloaded.exists()
    dropped = sf("convert", "someone/llava", "-o", tmp_path / "b", "--drop-source")
    assert dropped.code == 0 and f"{size:.2f} MB given back" in dropped.out
    assert not downloaded.exists() and not downloaded.parent.parent.exists()
    assert refusal(tmp_path / "b") is None


def test_a_failed_conversion_drops_nothing(sf, monkeypatch, downloaded, tmp_path):
    monkeypatch.setattr(hub, "download", lambda name: downloaded)
    edit(downloaded, "config.json", model_type="odd")
    assert sf("convert", "someone/llava", "-o", tmp_path / "a", "--drop-source").code == 33
    assert downloaded.exists()


def test_drop_source_and_demo_are_no_folders(sf, sound, tmp_path):
    done = sf("convert", sound, "-o", tmp_path / "a", "--drop-source")
    assert done.code == 2 and "is a folder and stays" in done.err
    done = sf("convert", "demo", "-o", tmp_path / "a")
    assert done.code == 2 and "-m demo" in done.err


@pytest.mark.parametrize("streams", ["| true", "<&-"])
def test_a_conversion_is_done_and_quiet_whatever_becomes_of_its_streams(sound, tmp_path, streams):
    """Without a standard input too: MLX takes its descriptor for a failure."""
    script = (
        'set -o pipefail; "$0" -c "from sf_mlx_cli.main import main; main()" '
        f'convert "$1" -o "$2" {streams}'
    )
    done = subprocess.run(
        ["/bin/bash", "-c", script, sys.executable, str(sound), str(tmp_path / "out")],
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 128 + signal.SIGPIPE) and done.stderr == ""
    assert refusal(tmp_path / "out") is None
