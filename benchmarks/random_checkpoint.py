"""Checkpoints with random weights, in any size, written quickly, for the measurements."""

import json
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from sf_mlx.demo import MODEL
from sf_mlx.model.backbone import architecture_of
from sf_mlx.weights.checkpoint import expected_shapes
from sf_mlx.weights.packing import Packing
from sf_mlx.weights.tokenizer import load_tokenizer

# Spread of the weights; activations stay within float16 for sixty layers
_SPREAD = 0.02
# Random bytes from which every matrix takes its own, beginning elsewhere
_POOL_BYTES = 2**24
_NORM = ("weight", "bias")
_SHARD_BYTES = 4_500_000_000
_WRITERS = 4


def write(folder: Path, sizes: dict[str, Any], bits: int | None = None) -> int:
    """Write a float16 checkpoint in the hub's layout, quickly: what is random repeats itself.

    Parameters
    ----------
    folder: the new folder.
    sizes: its config.json.
    bits: pack the language model's matrices, in groups of 64.

    Returns
    -------
    Bytes of the weights.
    """
    folder.mkdir(parents=True)
    packing = None if bits is None else Packing(bits, 64)
    architecture = architecture_of(sizes)
    shapes = expected_shapes(architecture, architecture.read_config(sizes, None))
    shapes |= _unread(shapes, sizes)
    tensors = [t for name, shape in shapes.items() for t in _tensors(name, shape, packing)]
    total = index = 0
    while tensors:
        size, count = 0, 0
        while count < len(tensors) and (not count or size < _SHARD_BYTES):
            size += tensors[count].nbytes
            count += 1
        index += 1
        _write_file(folder / f"model-{index:05d}.safetensors", tensors[:count])
        tensors, total = tensors[count:], total + size
    described = dict(sizes)
    if packing is not None:
        described["quantization"] = packing.as_config()
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(MODEL / name, folder / name)
    (folder / "config.json").write_text(json.dumps(described, indent=2))
    return total


def _unread(shapes: dict[str, tuple[int, ...]], sizes: dict[str, Any]) -> dict[str, Any]:
    """What the hub's files hold beside: the tower's last layers and norm, and a separator."""
    tower, vision = "vision_tower.vision_model.", sizes["vision_config"]
    first = f"{tower}encoder.layers.0."
    layers = {
        f"{tower}encoder.layers.{i}.{name.removeprefix(first)}": shape
        for name, shape in shapes.items()
        if name.startswith(first)
        for i in range(vision["num_hidden_layers"])
    }
    norm = {f"{tower}post_layernorm.{part}": (vision["hidden_size"],) for part in _NORM}
    return {**layers, **norm, "image_newline": (sizes["text_config"]["hidden_size"],)}


class _Tensor:
    """A tensor to write: its bytes, or how many of the pool's."""

    def __init__(
        self, name: str, dtype: str, shape: tuple[int, ...], values: np.ndarray[Any, Any] | None
    ) -> None:
        self.name, self.dtype, self.shape, self.values = name, dtype, shape, values
        self.nbytes = prod(shape) * (4 if dtype == "U32" else 2)


def _tensors(name: str, shape: tuple[int, ...], packing: Packing | None) -> Iterator[_Tensor]:
    """One parameter as it is stored: a tensor, or the three of a packed matrix."""
    speaks = name == "language_model.lm_head.weight"
    rows = _speakable(shape[0])[:, None] if speaks else np.ones((1, 1))
    if packing and len(shape) == 2 and name.startswith("language_model."):
        path = name.removesuffix(".weight")
        levels = 2**packing.bits
        scale = _SPREAD / np.sqrt((levels**2 - 1) / 12)
        groups = (shape[0], shape[1] // packing.group_size)
        yield _Tensor(name, "U32", (shape[0], shape[1] * packing.bits // 32), None)
        for part, value in (("scales", scale), ("biases", -scale * (levels - 1) / 2)):
            values = np.broadcast_to(rows * value, groups).astype(np.float16)
            yield _Tensor(f"{path}.{part}", "F16", groups, values)
    elif speaks:
        values = np.random.default_rng(0).standard_normal(shape, np.float32) * _SPREAD
        yield _Tensor(name, "F16", shape, (values * rows).astype(np.float16))
    elif len(shape) == 1 and not name.endswith("class_embedding"):
        fill = 0.0 if name.endswith("bias") else 1.0
        yield _Tensor(name, "F16", shape, np.full(shape, fill, np.float16))
    else:
        # The hub keeps convolution kernels as torch has them
        hub = (shape[0], shape[3], *shape[1:3]) if len(shape) == 4 else shape
        yield _Tensor(name, "F16", hub, None)


def _speakable(rows: int) -> np.ndarray[Any, Any]:
    """Which rows of the head say something: words, so that no answer ends early."""
    tokenizer = load_tokenizer(MODEL)
    special = {i for i, token in tokenizer.get_added_tokens_decoder().items() if token.special}
    words = np.zeros(rows)
    words[[i for i in tokenizer.get_vocab().values() if i < rows and i not in special]] = 1
    return words


def _write_file(path: Path, tensors: list[_Tensor]) -> None:
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    at = 0
    for tensor in tensors:
        offsets = [at, at + tensor.nbytes]
        header[tensor.name] = {
            "dtype": tensor.dtype,
            "shape": tensor.shape,
            "data_offsets": offsets,
        }
        at += tensor.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    rng = np.random.default_rng(0)
    floats = (rng.standard_normal(_POOL_BYTES // 2, np.float32) * _SPREAD).astype(np.float16)
    pools = {
        "F16": memoryview(floats.tobytes()),
        "U32": memoryview(rng.bytes(_POOL_BYTES)),
    }
    with open(path, "wb") as file, ThreadPoolExecutor(_WRITERS) as writers:
        file.write(len(text).to_bytes(8, "little") + text)
        file.flush()
        begin = file.tell()

        def put(number: int, tensor: _Tensor) -> None:
            if tensor.values is not None:
                pieces = iter([memoryview(tensor.values.tobytes())])
            else:
                start = number * 4_000_004 % _POOL_BYTES
                pieces = _repeated(pools[tensor.dtype], start, tensor.nbytes)
            to = begin + header[tensor.name]["data_offsets"][0]
            for piece in pieces:
                while piece:
                    written = os.pwrite(file.fileno(), piece, to)
                    piece, to = piece[written:], to + written

        for done in [writers.submit(put, i, tensor) for i, tensor in enumerate(tensors)]:
            done.result()


def _repeated(pool: memoryview, start: int, nbytes: int) -> Iterator[memoryview]:
    while nbytes:
        piece = pool[start : start + nbytes]
        yield piece
        start, nbytes = 0, nbytes - len(piece)
