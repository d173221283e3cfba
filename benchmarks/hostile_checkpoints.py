"""Broken checkpoints, made by systematic mutation of a tiny sound one that is made on the spot.

`write_sound` makes it, `CASES` are the mutations: each changes a copy of its folder.
"""

import json
import math
import os
import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sf_mlx import demo

# Rows of the embedding: the tokenizer is the demo's
ROWS: int = json.loads((demo.MODEL / "config.json").read_text())["text_config"]["vocab_size"]

TEXT = {
    "model_type": "llama", "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
    "num_attention_heads": 2, "num_key_value_heads": 2, "max_position_embeddings": 4096,
    "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "vocab_size": ROWS, "head_dim": 32,
}  # fmt: skip
VISION = {
    "model_type": "clip_vision_model", "hidden_size": 32, "intermediate_size": 64,
    "num_attention_heads": 2, "num_hidden_layers": 2, "image_size": 28, "patch_size": 14,
    "layer_norm_eps": 1e-5, "hidden_act": "quick_gelu",
}  # fmt: skip
CONFIG = {
    "architectures": ["LlavaNextForConditionalGeneration"],
    "model_type": "llava_next",
    "text_config": TEXT,
    "vision_config": VISION,
    "vision_feature_layer": -1,
    "vision_feature_select_strategy": "default",
    "projector_hidden_act": "gelu",
    "prompt_template": "llava_v1",
}
PREPROCESSOR = {
    "size": {"shortest_edge": 28}, "crop_size": {"height": 28, "width": 28}, "resample": 3,
    "image_mean": [0.5, 0.5, 0.5], "image_std": [0.3, 0.3, 0.3], "rescale_factor": 1 / 255,
}  # fmt: skip

WEIGHTS = "model.safetensors"
_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I32": 4, "U32": 4, "U8": 1, "BOOL": 1, "I8": 1,
          "F8_E4M3": 1, "F8_E5M2": 1, "I64": 8}  # fmt: skip

# name -> (dtype, shape, bytes)
Tensors = dict[str, tuple[str, list[int], bytes]]


@dataclass(frozen=True)
class Case:
    """A mutation.

    Attributes
    ----------
    group: the table's row.
    change: breaks the folder that it is given.
    packed: begins with the quantised checkpoint.
    computes: only computing shows it, so that a conversion may succeed.
    """

    group: str
    name: str
    change: Callable[[Path], None]
    packed: bool = False
    computes: bool = False


def write_sound(folder: Path) -> None:
    """The checkpoint that all cases begin with: random weights, and the built-in model's tokens."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    tensors: Tensors = {}
    for name, shape in _shapes().items():
        values = (rng.standard_normal(shape) * 0.15).astype(np.float16)
        tensors[name] = ("F16", list(shape), values.tobytes())
    write_tensors(folder, tensors)
    _write(folder / "config.json", CONFIG)
    _write(folder / "preprocessor_config.json", PREPROCESSOR)
    _write(folder / "generation_config.json", {"eos_token_id": 2})
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(demo.MODEL / name, folder)


def _shapes() -> dict[str, tuple[int, ...]]:
    dim, wide, tower, mlp = 64, 128, 32, 64
    shapes: dict[str, tuple[int, ...]] = {
        "language_model.model.embed_tokens.weight": (ROWS, dim),
        "language_model.model.norm.weight": (dim,),
        "language_model.lm_head.weight": (ROWS, dim),
        "multi_modal_projector.linear_1.weight": (dim, tower),
        "multi_modal_projector.linear_1.bias": (dim,),
        "multi_modal_projector.linear_2.weight": (dim, dim),
        "multi_modal_projector.linear_2.bias": (dim,),
        "vision_tower.vision_model.embeddings.class_embedding": (tower,),
        "vision_tower.vision_model.embeddings.patch_embedding.weight": (tower, 3, 14, 14),
        "vision_tower.vision_model.embeddings.position_embedding.weight": (5, tower),
        "vision_tower.vision_model.pre_layrnorm.weight": (tower,),
        "vision_tower.vision_model.pre_layrnorm.bias": (tower,),
    }
    for i in range(2):
        text = f"language_model.model.layers.{i}."
        shapes |= {f"{text}self_attn.{p}_proj.weight": (dim, dim) for p in "qkvo"}
        shapes |= {f"{text}mlp.{p}_proj.weight": (wide, dim) for p in ("gate", "up")}
        shapes[f"{text}mlp.down_proj.weight"] = (dim, wide)
        shapes[f"{text}input_layernorm.weight"] = (dim,)
        shapes[f"{text}post_attention_layernorm.weight"] = (dim,)
        vision = f"vision_tower.vision_model.encoder.layers.{i}."
        for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
            shapes[f"{vision}self_attn.{part}.weight"] = (tower, tower)
            shapes[f"{vision}self_attn.{part}.bias"] = (tower,)
        for norm in ("layer_norm1", "layer_norm2"):
            shapes[f"{vision}{norm}.weight"] = shapes[f"{vision}{norm}.bias"] = (tower,)
        shapes |= {f"{vision}mlp.fc1.weight": (mlp, tower), f"{vision}mlp.fc1.bias": (mlp,)}
        shapes |= {f"{vision}mlp.fc2.weight": (tower, mlp), f"{vision}mlp.fc2.bias": (tower,)}
    return shapes


# --- files ---------------------------------------------------------------------------------------


def _write(path: Path, value: Any) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())


def _weights_file(folder: Path) -> Path:
    """model.safetensors, or what a conversion calls it."""
    return next(folder.glob("*.safetensors"))


def read_tensors(folder: Path) -> Tensors:
    """The tensors of the sound checkpoint or of a mutation that is still well formed."""
    content = _weights_file(folder).read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    header.pop("__metadata__", None)
    body = content[8 + length :]
    return {
        name: (entry["dtype"], entry["shape"], body[slice(*entry["data_offsets"])])
        for name, entry in header.items()
    }


def write_tensors(folder: Path, tensors: Tensors) -> None:
    """Well-formed safetensors, whatever the tensors say."""
    header, start = {}, 0
    for name, (dtype, shape, content) in tensors.items():
        end = start + len(content)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}
        start = end
    for index in folder.glob("*.index.json"):
        index.unlink()
    for old in folder.glob("*.safetensors"):
        old.unlink()
    body = b"".join(content for _, _, content in tensors.values())
    _write_raw(folder / WEIGHTS, json.dumps(header).encode(), body)


def _write_raw(path: Path, header: bytes, body: bytes) -> None:
    path.write_bytes(struct.pack("<Q", len(header)) + header + body)


def _edit_json(name: str, edit: Callable[[dict[str, Any]], Any], folder: Path) -> None:
    value = json.loads((folder / name).read_bytes())
    edit(value)
    _write(folder / name, value)


def _put(keys: tuple[str | int, ...], value: Any, tree: Any) -> None:
    for key in keys[:-1]:
        tree = tree[key]
    tree[keys[-1]] = value


def _replaced(name: str, content: bytes, folder: Path) -> None:
    _write(folder / name, content)


def _linked(name: str, target: str, folder: Path) -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(target)


def _fifo(name: str, folder: Path) -> None:
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)


def _folder_instead(name: str, folder: Path) -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).mkdir()


def _removed(name: str, folder: Path) -> None:
    (folder / name).unlink()


def _sparse(name: str, size: int, folder: Path) -> None:
    with open(folder / name, "wb") as file:
        file.truncate(size)


DEEP = b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
BAD_JSON = {
    "empty": b"", "a list": b"[]", "null": b"null", "a string": b'"x"', "cut": b'{"a": ',
    "nested": DEEP, "nested objects": b'{"a":' * 200_000, "NaN": b'{"a": NaN}',
    "UTF-16": "{}".encode("utf-16"),
    "not UTF-8": b'{"a": "\xff\xfe"}', "10 MB": b'{"a": "' + b"x" * 10_000_000 + b'"}',
    "5,000 digits": b'{"a": ' + b"9" * 5000 + b"}", "1e999": b'{"a": 1e999}', "zeros": bytes(4096),
}  # fmt: skip


def _file_cases(group: str, name: str) -> Iterator[Case]:
    for what, content in BAD_JSON.items():
        yield Case(group, f"{name}: {what}", partial(_replaced, name, content))
    yield Case(group, f"{name}: /dev/zero", partial(_linked, name, "/dev/zero"))
    yield Case(group, f"{name}: /dev/tty", partial(_linked, name, "/dev/tty"))
    yield Case(group, f"{name}: a link to itself", partial(_linked, name, name))
    yield Case(group, f"{name}: a link to nothing", partial(_linked, name, "nothing"))
    yield Case(group, f"{name}: a pipe", partial(_fifo, name))
    yield Case(group, f"{name}: a folder", partial(_folder_instead, name))
    yield Case(group, f"{name}: 100 GB of zeros", partial(_sparse, name, 10**11))


# --- safetensors headers -------------------------------------------------------------------------

_ODD_NAMES = (
    "", "\x1b[2J\x1b]0;title\x07", "x" * 1_000_000, "a\nb", "../../etc/passwd", "\u202egnp.exe",
    f"language_model.model.layers.{'9' * 5000}.input_layernorm.weight",
    "language_model.model.layers.-1.input_layernorm.weight",
    "language_model.model.layers.00.input_layernorm.weight",
    "language_model.model.layers.１.input_layernorm.weight",
    "language_model.model.layers.99.input_layernorm.weight",
    "vision_tower.vision_model.encoder.layers.7777777777.mlp.fc1.bias",
    "model.mm_projector.0.weight",
)  # fmt: skip
_ODD_FIELDS: dict[str, tuple[Any, ...]] = {
    "dtype": ("Q9", "", None, 5, "f16", "F64", "F8_E5M2", "I64", "F4", ["F16"]),
    "shape": (
        None, "x", 5, [-64], [64.0], [True], [2**31], [2**63], [10**30], [[64]], [0], [1] * 100, [],
    ),
    "data_offsets": (
        None, [0], [0, -1], [128, 0], [0, 10**30], ["a", "b"], [0.0, 128.0], [1, 129],
        [10**12, 10**12 + 128], 5,
    ),
}  # fmt: skip
_NORM = "language_model.model.norm.weight"


def _header_field(field: str, value: Any, folder: Path) -> None:
    def edit(header: dict[str, Any]) -> None:
        header[_NORM][field] = value

    _header(edit, folder)


def _header(edit: Callable[[dict[str, Any]], None], folder: Path) -> None:
    content = (folder / WEIGHTS).read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    edit(header)
    _write_raw(folder / WEIGHTS, json.dumps(header).encode(), content[8 + length :])


def _truncated(keep: int, folder: Path) -> None:
    content = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(content[:keep])


def _length_field(value: int, folder: Path) -> None:
    content = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(struct.pack("<Q", value) + content[8:])


def _named(name: str, folder: Path) -> None:
    write_tensors(folder, {**read_tensors(folder), name: ("F16", [1], b"ab")})


def _endless_vocabulary(folder: Path) -> None:
    """A sparse file of 256 GB whose header and config.json agree."""
    rows, tensors = 10**9, read_tensors(folder)
    large = [name for name in tensors if "embed_tokens" in name or "lm_head" in name]
    small = {name: tensor for name, tensor in tensors.items() if name not in large}
    write_tensors(folder, small)
    start = sum(len(content) for _, _, content in small.values())

    def edit(header: dict[str, Any]) -> None:
        for i, name in enumerate(large):
            span = [start + i * rows * 128, start + (i + 1) * rows * 128]
            header[name] = {"dtype": "F16", "shape": [rows, 64], "data_offsets": span}

    _header(edit, folder)
    with open(folder / WEIGHTS, "r+b") as file:
        file.truncate((folder / WEIGHTS).stat().st_size + len(large) * rows * 128)
    _edit_json("config.json", partial(_put, ("text_config", "vocab_size"), rows), folder)


def _twice(folder: Path) -> None:
    content = (folder / WEIGHTS).read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    text = content[8 : 8 + length].decode()
    entry = json.dumps({_NORM: {"dtype": "I8", "shape": [128], "data_offsets": [0, 128]}})
    twice = f"{text.rstrip()[:-1]}, {entry[1:]}"
    _write_raw(folder / WEIGHTS, twice.encode(), content[8 + length :])


def _many_names(count: int, folder: Path) -> None:
    entry = '"t%d":{"dtype":"F16","shape":[0],"data_offsets":[0,0]}'
    header = "{" + ",".join(entry % i for i in range(count)) + "}"
    _write_raw(folder / WEIGHTS, header.encode(), b"")


def _header_cases() -> Iterator[Case]:
    for keep in (0, 1, 7, 8, 9, 100, 5000, 20_000, 100_000, -1):
        yield Case("header", f"cut at {keep}", partial(_truncated, keep))
    for length in (0, 1, 2, 1000, 2**31, 2**40, 2**63, 2**64 - 1):
        yield Case("header", f"length {length}", partial(_length_field, length))
    for field, values in _ODD_FIELDS.items():
        for value in values:
            name = f"{field} {str(value)[:40]}"
            yield Case("header", name, partial(_header_field, field, value))
    for name in _ODD_NAMES:
        yield Case("header", f"a tensor {name[:60]!r}", partial(_named, name))
    for meta in ("x", None, 5, {"a": {"b": 1}}, {"format": "\x1b[2J"}, {"x": "y" * 20_000_000}):
        edit = partial(_put, ("__metadata__",), meta)
        yield Case("header", f"metadata {str(meta)[:30]!r}", partial(_header, edit))
    for what, content in BAD_JSON.items():
        raw = struct.pack("<Q", len(content)) + content
        yield Case("header", f"header {what}", partial(_replaced, WEIGHTS, raw))
    yield Case("header", "a name twice", _twice)
    yield Case("header", "256 GB of zeros", _endless_vocabulary)
    for count in (60_000, 200_000, 1_600_000):
        yield Case("header", f"{count:,} names", partial(_many_names, count))


# --- tensors -------------------------------------------------------------------------------------

_TENSORS = (
    "language_model.model.embed_tokens.weight", "language_model.lm_head.weight", _NORM,
    "language_model.model.layers.0.self_attn.k_proj.weight",
    "language_model.model.layers.1.mlp.down_proj.weight", "multi_modal_projector.linear_1.weight",
    "multi_modal_projector.linear_2.bias",
    "vision_tower.vision_model.embeddings.patch_embedding.weight",
    "vision_tower.vision_model.embeddings.class_embedding",
    "vision_tower.vision_model.embeddings.position_embedding.weight",
    "vision_tower.vision_model.encoder.layers.1.mlp.fc1.weight",
)  # fmt: skip


def _reshaped(name: str, how: str, folder: Path) -> None:
    tensors = read_tensors(folder)
    dtype, shape, content = tensors[name]
    size = _BYTES[dtype]
    if how == "gone":
        del tensors[name]
    elif how == "renamed":
        tensors[f"{name}x"] = tensors.pop(name)
    else:
        new = {
            "turned": shape[::-1], "flat": [math.prod(shape)],
            "a row less": [shape[0] - 1, *shape[1:]],
            "a row more": [shape[0] + 1, *shape[1:]], "empty": [0, *shape[1:]], "scalar": [],
            "one more side": [1, *shape], "a column less": [*shape[:-1], shape[-1] - 1],
        }[how]  # fmt: skip
        need = math.prod(new) * size
        tensors[name] = (dtype, new, (content * 2)[:need])
    write_tensors(folder, tensors)


def _retyped(name: str, dtype: str, folder: Path) -> None:
    tensors = read_tensors(folder)
    _, shape, _ = tensors[name]
    tensors[name] = (dtype, shape, bytes([1]) * math.prod(shape) * _BYTES[dtype])
    write_tensors(folder, tensors)


def _filled(name: str, value: float, folder: Path) -> None:
    tensors = read_tensors(folder)
    for each in [name] if name else list(tensors):
        dtype, shape, content = tensors[each]
        filled = np.full(len(content) // 2, value, np.float16).tobytes()
        tensors[each] = (dtype, shape, filled)
    write_tensors(folder, tensors)


def _tensor_cases() -> Iterator[Case]:
    for name in _TENSORS:
        short = name.removesuffix(".weight").rpartition(".")[2]
        hows = ["gone", "renamed", "turned", "flat", "a row less", "a row more", "empty", "scalar",
                "one more side", "a column less"]  # fmt: skip
        shape = _shapes()[name]
        for how in hows:
            if (how == "turned" and shape == shape[::-1]) or (how == "flat" and len(shape) == 1):
                continue
            yield Case("tensors", f"{short} {how}", partial(_reshaped, name, how))
        for dtype in ("F64", "I32", "U8", "BOOL", "I8", "F8_E4M3", "F8_E5M2", "I64"):
            yield Case("tensors", f"{short} as {dtype}", partial(_retyped, name, dtype))
        for value in (math.nan, math.inf, -math.inf, 0.0, 65504.0):
            change = partial(_filled, name, value)
            yield Case("values", f"{short} of {value}", change, computes=True)
    for value in (math.nan, math.inf, 0.0, 1.0, 65504.0):
        yield Case("values", f"all of {value}", partial(_filled, "", value), computes=True)


# --- quantisation --------------------------------------------------------------------------------


def _quantisation_cases() -> Iterator[Case]:
    paths = ("language_model.model.embed_tokens", "language_model.lm_head",
             "language_model.model.layers.0.mlp.down_proj")  # fmt: skip
    for path in paths:
        short = path.rpartition(".")[2]
        for part in ("weight", "scales", "biases"):
            for how in ("gone", "renamed", "turned", "flat", "a row less", "empty", "scalar",
                        "one more side", "a column less"):  # fmt: skip
                change = partial(_reshaped, f"{path}.{part}", how)
                yield Case("quantised", f"{short}.{part} {how}", change, packed=True)
            for dtype in ("F32", "F64", "I32", "U8", "BOOL", "U32", "F8_E4M3"):
                if (part, dtype) == ("weight", "U32") or (part != "weight" and dtype == "F32"):
                    continue  # as it is, and one that is sound
                change = partial(_retyped, f"{path}.{part}", dtype)
                yield Case("quantised", f"{short}.{part} as {dtype}", change, packed=True)
    for name in (_NORM, "multi_modal_projector.linear_2.bias", "odd.weight"):
        extra = f"{name.rpartition('.')[0]}.scales"
        yield Case("quantised", f"{extra}", partial(_named, extra), packed=True)
    quantizations: tuple[Any, ...] = (
        None, [], "x", {"bits": 99}, {"bits": "x", "group_size": -1, "mode": 5},
    )  # fmt: skip
    for value in quantizations:
        edit = partial(_put, ("quantization",), value)
        change = partial(_edit_json, "config.json", edit)
        yield Case("quantised", f"quantization {value}", change, packed=True)


# --- index, config and the other small files -----------------------------------------------------


def _index(value: Any, folder: Path) -> None:
    _write(folder / "model.safetensors.index.json", value)


def _index_cases() -> Iterator[Case]:
    maps: list[Any] = [None, [], {}, "x", 5, {"a": []}, {"a": None}, {"a": 5}, {"a": {}}]
    names = (
        "", ".", "..", "../model.safetensors", "/etc/passwd", "/dev/zero", "x" * 5000, "a\0b",
        "missing.safetensors", "config.json", "sub/model.safetensors", "~root/x.safetensors",
        "\x1b[2J.safetensors", "\ud800.safetensors", "a\\b.safetensors", ".safetensors",
        "x" * 5000 + ".safetensors", "model.safetensors\n",
    )  # fmt: skip
    maps += [{"a": name} for name in names]
    maps.append({f"t{i}": f"m{i}.safetensors" for i in range(100_000)})
    for value in maps:
        yield Case("index", f"map {str(value)[:50]!r}", partial(_index, {"weight_map": value}))
    yield Case("index", "no map", partial(_index, {}))
    yield from _file_cases("index", "model.safetensors.index.json")


_ODD_VALUES: tuple[Any, ...] = (
    None, "x", -1, 0, 1, 3, 20_000, 10**6, 10**9, 10**30, 1.5, 1e-300, True, [], {}, [64],
)  # fmt: skip


def _config_cases() -> Iterator[Case]:
    def case(keys: tuple[str, ...], value: Any) -> Case:
        change = partial(_edit_json, "config.json", partial(_put, keys, value))
        # A number in place of another may still be a model
        return Case("config", f"{'.'.join(keys)} {str(value)[:40]}", change, computes=True)

    for part, known in (("text_config", TEXT), ("vision_config", VISION)):
        for key in known:
            for value in _ODD_VALUES:
                yield case((part, key), value)
        for value in (None, [], "x", 5, {}):
            yield case((part,), value)
    for key in ("model_type", "vision_feature_layer", "vision_feature_select_strategy",
                "projector_hidden_act", "multimodal_projector_bias", "prompt_template",
                "mm_vision_tower",
                "mm_projector_type", "eos_token_id"):  # fmt: skip
        for value in (None, "\x1b[2J", "x" * 100_000, -99, 10**9, [], {}, [-2, -5], True):
            yield case((key,), value)
    scalings: tuple[Any, ...] = (
        {}, {"rope_type": "x"}, {"type": "linear"}, {"type": "linear", "factor": 0},
        {"rope_type": "yarn", "factor": "x"}, {"rope_type": "llama3"}, "x", 5, [],
        {"rope_type": "longrope", "long_factor": [], "short_factor": []},
        {"rope_type": "dynamic", "factor": -1},
    )  # fmt: skip
    for scaling in scalings:
        yield case(("text_config", "rope_scaling"), scaling)
    for key in ("num_labels", "id2label", "torch_dtype", "quantization_config", "layer_types",
                "pruned_heads", "auto_map", "transformers_version"):  # fmt: skip
        for value in (10**9, "x", {"0": "x"}):
            yield case(("text_config", key), value)
    yield from _file_cases("config", "config.json")
    yield Case("config", "no config.json", partial(_removed, "config.json"))


def _tokenizer_cases() -> Iterator[Case]:
    def case(name: str, keys: tuple[str | int, ...], value: Any) -> Case:
        change = partial(_edit_json, "tokenizer.json", partial(_put, keys, value))
        return Case("tokenizer", name, change)

    def replace(find: str, put: str) -> dict[str, Any]:
        return {"type": "Replace", "pattern": {"String": find}, "content": put}

    def sequence(*steps: dict[str, Any]) -> dict[str, Any]:
        return {"type": "Sequence", "normalizers": list(steps)}

    yield case("grows to 10^8", ("normalizer",), sequence(*[replace("a", "a" * 10)] * 8))
    yield case("grows at once", ("normalizer",), replace("a", "a" * 10**7))
    yield case("prepends 10^7", ("normalizer",), {"type": "Prepend", "prepend": "a" * 10**7})
    yield case("10^5 steps", ("normalizer",), sequence(*[replace("a", "b")] * 100_000))
    yield case("decoder grows", ("decoder",), replace("a", "a" * 10**6))
    slow = {"type": "Replace", "pattern": {"Regex": "(a+)+$|(.+)+x(.+)+y"}, "content": ""}
    yield case("a slow expression", ("normalizer",), slow)
    yield case("no expression", ("normalizer",), {**slow, "pattern": {"Regex": "(["}})
    split = {
        "type": "Split",
        "pattern": {"Regex": "(?:(?:.+)+)+z"},
        "behavior": "Isolated",
        "invert": False,
    }
    yield case("a slow split", ("pre_tokenizer",), split)
    models: tuple[Any, ...] = (
        None, {}, [], "x", {"type": "Odd"}, {"type": "BPE", "vocab": {}, "merges": []},
        {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "u"},
        {"type": "WordPiece", "vocab": {"a": 0}, "unk_token": "u",
         "continuing_subword_prefix": "##", "max_input_chars_per_word": 0},
        {"type": "Unigram", "vocab": [], "unk_id": 5},
        {"type": "Unigram", "vocab": [["a", -1.0]], "unk_id": None},
        {"type": "BPE", "vocab": {"a": 4_294_967_295}, "merges": []},
        {"type": "BPE", "vocab": {"a": -1}, "merges": []},
        {"type": "BPE", "vocab": {"a": 0, "b": 0}, "merges": [["a", "b"]]},
    )  # fmt: skip
    for value in models:
        yield case(f"model {str(value)[:60]}", ("model",), value)
    for index in (ROWS, 5000, 2**31 - 1, 2**32 - 1, 2**40, -1):
        token = {"id": index, "content": "What", "special": False, "single_word": False,
                 "lstrip": False, "rstrip": False, "normalized": False}  # fmt: skip
        yield case(f"added id {index}", ("added_tokens",), [token])
        yield case(f"special id {index}", ("added_tokens",), [{**token, "special": True}])
        template = {"type": "TemplateProcessing", "pair": [],
                    "single": [{"SpecialToken": {"id": "s", "type_id": 0}},
                               {"Sequence": {"id": "A", "type_id": 0}}],
                    "special_tokens": {"s": {"id": "s", "ids": [index],
                                          "tokens": ["s"]}}}  # fmt: skip
        yield case(f"template id {index}", ("post_processor",), template)
        many = {
            **template,
            "special_tokens": {"s": {"id": "s", "ids": [1] * 10**6, "tokens": ["s"] * 10**6}},
        }
    yield case("10^5 tokens around", ("post_processor",), many)
    long = {"id": 5, "content": "\x1b[2J" + "x" * 10**6, "special": True, "single_word": False,
            "lstrip": False, "rstrip": False, "normalized": True}  # fmt: skip
    yield case("a token of 10^6", ("added_tokens",), [long])
    steps: tuple[Any, ...] = ("x", 5, [], {"type": "Odd"}, {"type": "Sequence"})
    for part in (
        "normalizer", "pre_tokenizer", "decoder", "post_processor", "truncation", "padding",
    ):  # fmt: skip
        for value in steps:
            yield case(f"{part} {value}", (part,), value)
    yield from _file_cases("tokenizer", "tokenizer.json")
    yield Case("tokenizer", "none", partial(_removed, "tokenizer.json"))
    for name, content in (("noise", bytes(range(256)) * 8), ("empty", b""), ("zeros", bytes(4096))):
        yield Case("tokenizer", f"tokenizer.model {name}", partial(_bare_tokenizer, content))
    ends: tuple[Any, ...] = (-1, ROWS, 10**9, 10**30, "2", True, 1.5, {}, [None], [[2]], [2, -1])
    for value in ends:
        edit = partial(_put, ("eos_token_id",), value)
        change = partial(_edit_json, "generation_config.json", edit)
        yield Case("tokenizer", f"end token {value}", change)
    yield from _file_cases("small files", "tokenizer_config.json")
    yield from _file_cases("small files", "generation_config.json")


def _bare_tokenizer(content: bytes, folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer.model").write_bytes(content)


def _preprocessor_cases() -> Iterator[Case]:
    odd: tuple[Any, ...] = ("x", -1, 0, 224, 10**30, 1.5, True, [], {}, [0.5], [0, 0, 0],
                            [1e-30] * 3, ["x"] * 3, {"height": 28, "width": 29})  # fmt: skip
    for key in PREPROCESSOR:
        for value in odd:
            edit = partial(_put, (key,), value)
            change = partial(_edit_json, "preprocessor_config.json", edit)
            yield Case("small files", f"{key} {value}", change)
    yield from _file_cases("small files", "preprocessor_config.json")


# --- folders -------------------------------------------------------------------------------------


def _only(names: tuple[str, ...], folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    for name in names:
        (folder / name).write_bytes(b"x" * 100)


def _renamed(old: str, new: str, folder: Path) -> None:
    (folder / old).rename(folder / new)


def _inside(folder: Path) -> None:
    for path in list(folder.iterdir()):
        (folder / "sub").mkdir(exist_ok=True)
        path.rename(folder / "sub" / path.name)


def _folder_cases() -> Iterator[Case]:
    for names in (
        (), ("a.mp4", "b.mov"), ("model.gguf",), ("pytorch_model.bin",), ("adapter_config.json",),
        ("adapter_config.json", "adapter_model.safetensors"), ("\x1b[2J.txt",), ("x" * 250,),
        ("config.json.part", "model.safetensors"), ("config.json",), ("model.safetensors",),
    ):  # fmt: skip
        yield Case("folders", f"only {', '.join(names)[:60]!r}", partial(_only, names))
    for new in (
        "adapter_model.safetensors",
        "pytorch_model.bin",
        "consolidated.00.pth",
        "model.pt",
    ):
        yield Case("folders", f"weights as {new}", partial(_renamed, WEIGHTS, new))
    yield Case("folders", "one folder too high", _inside)
    yield Case("folders", "weights: a pipe", partial(_fifo, WEIGHTS))
    yield Case("folders", "weights: a folder", partial(_folder_instead, WEIGHTS))
    for target in ("/dev/zero", "/dev/null", "nothing", WEIGHTS, "config.json", "/proc/self/mem"):
        yield Case("folders", f"weights: {target}", partial(_linked, WEIGHTS, target))


def cases() -> list[Case]:
    """All mutations."""
    return [
        *_header_cases(), *_tensor_cases(), *_quantisation_cases(), *_index_cases(),
        *_config_cases(), *_tokenizer_cases(), *_preprocessor_cases(), *_folder_cases(),
    ]  # fmt: skip
