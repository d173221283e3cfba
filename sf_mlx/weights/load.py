"""A checkpoint folder of any known layout -> a model ready to run."""

import math
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn

from sf_mlx.device import Device, current
from sf_mlx.model.backbone import Backbone
from sf_mlx.model.on_numpy import OnNumpy
from sf_mlx.weights.checkpoint import Checkpoint, build, open_checkpoint
from sf_mlx.weights.headers import load_tensors
from sf_mlx.weights.packing import Packing

_DTYPES = {"F16": mx.float16, "BF16": mx.bfloat16, "F32": mx.float32}

# Expanded weights may take this share of the memory; beyond it they stay quantised
_MEMORY_SHARE = 0.7


def load_model(path: str | Path, device: Device | None = None) -> Backbone:
    """Load a checkpoint of any known layout, or one that was converted for MLX.

    Parameters
    ----------
    path: the checkpoint's folder.
    device: decides the precision; this machine when not given. With `half_precision` the weights
        stay as they are stored, otherwise they become float32 and quantised layers are expanded
        while memory permits; numpy computes what MLX is slow at there (`model/on_numpy.py`).

    Raises
    ------
    ModelNotFoundError, UnsupportedModelError, CheckpointError: the folder cannot be used.
    """
    return load_weights(open_checkpoint(path), device or current())


def load_weights(checkpoint: Checkpoint, device: Device) -> Backbone:
    """Load a checkpoint that is open; otherwise as `load_model`."""
    dtype, packings = _precision(checkpoint, device)
    in_float32 = dtype == mx.float32
    model = build(
        checkpoint.architecture,
        checkpoint.config,
        checkpoint.preprocess,
        OnNumpy(exp=in_float32 and device.slow_exp, products=in_float32 and device.slow_blas),
    )
    assert isinstance(model, nn.Module)
    nn.quantize(
        model,
        class_predicate=lambda path, _: path in packings and packings[path].as_config(),
    )
    weights = _read_weights(checkpoint)
    if not packings:
        _expand(weights, checkpoint.packings)
    model.load_weights(list(weights.items()))
    # Or the stored precision would stay in memory beside the new one
    weights.clear()
    # Parts of mixed precision would make MLX compute, and cache keys, in float32
    model.set_dtype(dtype)
    for module in model.modules():
        mx.eval([value for value in module.values() if isinstance(value, mx.array)])
    return model


def _precision(checkpoint: Checkpoint, device: Device) -> tuple[mx.Dtype, dict[str, Packing]]:
    """What to compute in, and which matrices stay packed."""
    whole = 4 * sum(math.prod(shape) for shape in checkpoint.expected.values())
    fits = whole <= _MEMORY_SHARE * device.memory
    if device.half_precision or not (fits or checkpoint.packings):
        return main_dtype(checkpoint), checkpoint.packings
    return mx.float32, {} if fits else checkpoint.packings


def _read_weights(checkpoint: Checkpoint) -> dict[str, mx.array]:
    """Every tensor that the model reads, under the hub's name, lazily."""
    return {
        hub: array.transpose(0, 2, 3, 1) if hub in checkpoint.turned else array
        for path in checkpoint.files
        for name, array in load_tensors(path).items()
        if (hub := checkpoint.names.get(name)) in checkpoint.tensors and hub is not None
    }


def _expand(weights: dict[str, mx.array], packings: dict[str, Packing]) -> None:
    """Unpack quantised matrices to float32, lazily."""
    for path, how in packings.items():
        scales, biases = weights.pop(f"{path}.scales"), weights.pop(f"{path}.biases", None)
        if biases is not None:
            # So that the products are float32's
            scales, biases = scales.astype(mx.float32), biases.astype(mx.float32)
        weights[f"{path}.weight"] = mx.dequantize(
            weights[f"{path}.weight"], scales, biases, how.group_size, how.bits, how.mode
        )


def main_dtype(checkpoint: Checkpoint) -> mx.Dtype:
    """The precision that most of the weights have.

    By bytes, and a packed matrix counts with the dtype of its scales: one float32 norm in a
    float16 model must not double its memory and its KV cache.
    """
    sizes = dict.fromkeys(_DTYPES, 0)
    for name, stored in checkpoint.tensors.items():
        path = name.removesuffix(".weight")
        scales = checkpoint.tensors[f"{path}.scales"] if path in checkpoint.packings else stored
        if scales.dtype in sizes:
            sizes[scales.dtype] += stored.nbytes
    return _DTYPES[max(sizes, key=lambda dtype: sizes[dtype])]
