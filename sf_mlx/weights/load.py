"""A checkpoint folder of any known layout -> a model ready to run."""

from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
from mlx_lm.utils import dequantize_model

from sf_mlx.device import Device, current
from sf_mlx.model.llava import Llava
from sf_mlx.model.on_numpy import use_numpy_exp, use_numpy_products
from sf_mlx.weights.checkpoint import Checkpoint, build, open_checkpoint
from sf_mlx.weights.headers import load_tensors
from sf_mlx.weights.layouts import PATCH_EMBEDDING, is_channels_last

_DTYPES = {"F16": mx.float16, "BF16": mx.bfloat16, "F32": mx.float32}

# Expanded weights may take this share of the memory; beyond it they stay quantised
_MEMORY_SHARE = 0.7


def load_model(path: str | Path, device: Device | None = None) -> Llava:
    """Load a LLaVA checkpoint: llava-hf, transformers 5, original, or converted for MLX.

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


def load_weights(checkpoint: Checkpoint, device: Device) -> Llava:
    """Load a checkpoint that is open; otherwise as `load_model`."""
    weights = _read_weights(checkpoint)
    model = build(checkpoint.config, checkpoint.preprocess)
    packings = checkpoint.packings
    nn.quantize(
        model,
        class_predicate=lambda path, _: path in packings and packings[path].as_config(),
    )
    model.load_weights(list(weights.items()))
    # Or the stored precision would stay in memory beside the new one
    weights.clear()
    _set_precision(model, main_dtype(checkpoint), device)
    if model.dtype == mx.float32:
        _use_numpy(model, device)
    for module in model.modules():
        mx.eval([value for value in module.values() if isinstance(value, mx.array)])
    return model


def _read_weights(checkpoint: Checkpoint) -> dict[str, mx.array]:
    """Every tensor that the model reads, under the hub's name."""
    weights = {
        hub: array
        for path in checkpoint.files
        for name, array in load_tensors(path).items()
        if (hub := checkpoint.names.get(name)) in checkpoint.tensors and hub is not None
    }
    kernel = weights[PATCH_EMBEDDING]
    if not is_channels_last(kernel.shape):
        weights[PATCH_EMBEDDING] = kernel.transpose(0, 2, 3, 1)
    return weights


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


def _set_precision(model: Llava, stored: mx.Dtype, device: Device) -> None:
    fits = _float32_bytes(model) <= _MEMORY_SHARE * device.memory
    packed = any(hasattr(module, "bits") for module in model.modules())
    if device.half_precision or not (fits or packed):
        # Parts of mixed precision would make MLX compute, and cache keys, in float32
        model.set_dtype(stored)
        return
    model.set_dtype(mx.float32)
    if fits:
        dequantize_model(model)
        model.set_dtype(mx.float32)


def _use_numpy(model: Llava, device: Device) -> None:
    if device.slow_exp:
        use_numpy_exp(model)
    if device.slow_blas:
        use_numpy_products(model)


def _float32_bytes(model: Llava) -> int:
    """Size of the model with every layer expanded to float32."""
    total = 0.0
    for module in model.modules():
        own = {name: value for name, value in module.items() if isinstance(value, mx.array)}
        packed = 32 / getattr(module, "bits", 32)
        total += sum(a.size * (packed if name == "weight" else 1) for name, a in own.items())
    return int(4 * total)
