"""A checkpoint folder of any known layout -> a model ready to run."""

from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten
from mlx_lm.utils import dequantize_model, infer_quant_config

from sf_mlx.device import Device, current
from sf_mlx.errors import CheckpointError, SfMlxError
from sf_mlx.model.config import Json, LlavaConfig, read_config
from sf_mlx.model.llava import Llava
from sf_mlx.model.on_numpy import use_numpy_exp, use_numpy_products
from sf_mlx.weights.files import (
    checkpoint_folder,
    load_tensors,
    read_json,
    read_optional_json,
    weight_files,
)
from sf_mlx.weights.layouts import (
    PATCH_EMBEDDING,
    first_few,
    hub_names,
    is_channels_last,
    is_unused,
    recognise,
)

# Expanded weights may take this share of the memory; beyond it they stay quantised
_MEMORY_SHARE = 0.7


def load_config(folder: Path) -> tuple[LlavaConfig, Json]:
    """Read a checkpoint's configuration: understood, and as it stands in config.json."""
    raw = read_json(folder / "config.json")
    return read_config(raw, read_optional_json(folder / "vision_config.json")), raw


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
    folder = checkpoint_folder(path)
    config, _ = load_config(folder)
    weights = _read_weights(folder, config)
    model = _build(config)
    _quantise_like(model, weights)
    _check(model, weights, folder)
    model.load_weights(list(weights.items()))
    # Or the stored precision would stay in memory beside the new one
    weights.clear()
    device = device or current()
    _set_precision(model, device)
    if model.dtype == mx.float32:
        _use_numpy(model, device)
    for module in model.modules():
        mx.eval([value for value in module.values() if isinstance(value, mx.array)])
    return model


def _build(config: LlavaConfig) -> Llava:
    try:
        return Llava(config)
    except SfMlxError:
        raise
    except Exception as error:  # mlx-lm's modules check their arguments each in its own way
        raise CheckpointError(
            f"config.json describes no model that can be built: {error}"
        ) from error


def _read_weights(folder: Path, config: LlavaConfig) -> dict[str, mx.array]:
    """Every tensor that the model reads, under the hub's name."""
    tensors: dict[str, mx.array] = {}
    for path in weight_files(folder):
        tensors.update(load_tensors(path))
    weights = {
        hub: tensors[name]
        for name, hub in hub_names(tensors).items()
        if not is_unused(hub, config.feature_layer)
        and not (config.text["tie_word_embeddings"] and "lm_head" in hub)
    }
    kernel = weights.get(PATCH_EMBEDDING)
    if kernel is not None and kernel.ndim == 4 and not is_channels_last(kernel.shape):
        weights[PATCH_EMBEDDING] = kernel.transpose(0, 2, 3, 1)
    return weights


def _quantise_like(model: Llava, weights: dict[str, mx.array]) -> None:
    """Make quantised layers of those whose weights come with scales, with the packing they show."""

    def packing(path: str, module: nn.Module) -> bool | dict[str, int | str]:
        if f"{path}.scales" not in weights or not hasattr(module, "to_quantized"):
            return False
        try:
            return dict(infer_quant_config(path, module, weights))
        except (ValueError, KeyError, IndexError, ZeroDivisionError) as error:
            raise CheckpointError(f"the packing of {path} is not known: {error}") from error

    nn.quantize(model, class_predicate=packing)


def _check(model: Llava, weights: dict[str, mx.array], folder: Path) -> None:
    expected = dict(tree_flatten(model.parameters()))
    layout = recognise(weights).name
    missing = sorted(expected.keys() - weights.keys())
    if missing:
        raise CheckpointError(
            f"{folder}, taken for the {layout} layout, lacks {len(missing)} of {len(expected)} "
            f"tensors: {first_few(missing)}"
        )
    unknown = sorted(weights.keys() - expected.keys())
    if unknown:
        raise CheckpointError(
            f"{folder}, taken for the {layout} layout, has {len(unknown)} unknown tensors: "
            + first_few(unknown)
        )
    for name, array in expected.items():
        if weights[name].shape != array.shape:
            raise CheckpointError(
                f"{folder}: {name} is {list(weights[name].shape)}, "
                f"config.json asks for {list(array.shape)}"
            )


def _set_precision(model: Llava, device: Device) -> None:
    if device.half_precision:
        # Parts of mixed precision would make MLX compute, and cache keys, in float32
        model.set_dtype(model.dtype)
        return
    fits = _float32_bytes(model) <= _MEMORY_SHARE * device.memory
    if fits or any(hasattr(module, "bits") for module in model.modules()):
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
