"""Conversion: a checkpoint of any known layout -> the hub's layout for MLX, quantised or not.

Tensors stream through one by one, so memory holds one output file and one tensor, never the model.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import mlx.core as mx

from sf_mlx.errors import UsageError
from sf_mlx.model.config import Json, hub_config
from sf_mlx.weights.files import checkpoint_folder, load_tensors, read_header, weight_files
from sf_mlx.weights.layouts import PATCH_EMBEDDING, hub_names, is_channels_last
from sf_mlx.weights.load import load_config
from sf_mlx.weights.tokenizer import load_tokenizer
from sf_mlx.weights.write import SHARD_BYTES, CheckpointWriter

# mode -> allowed bits and group sizes, defaults first (mlx.core.quantize)
MODES = {
    "affine": ((4, 2, 3, 5, 6, 8), (64, 32, 128)),
    "mxfp4": ((4,), (32,)),
    "nvfp4": ((4,), (16,)),
    "mxfp8": ((8,), (32,)),
}

DTYPES = {"float16": mx.float16, "bfloat16": mx.bfloat16, "float32": mx.float32}


@dataclass(frozen=True)
class Packing:
    """How weights are quantised.

    Raises
    ------
    UsageError: a combination that MLX does not have.
    """

    bits: int
    group_size: int
    mode: str = "affine"

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise UsageError(f"unknown mode {self.mode!r}; known: {', '.join(MODES)}")
        bits, groups = MODES[self.mode]
        for what, value, allowed in (
            ("bits", self.bits, bits),
            ("group size", self.group_size, groups),
        ):
            if value not in allowed:
                raise UsageError(
                    f"{self.mode} quantisation has {what} {', '.join(map(str, sorted(allowed)))}, "
                    f"not {value}"
                )

    def as_config(self) -> Json:
        """What config.json says about it, in mlx-lm's words."""
        return {"group_size": self.group_size, "bits": self.bits, "mode": self.mode}


def packing(bits: int | None, group_size: int | None, mode: str | None) -> Packing | None:
    """The packing that the options ask for: None without bits or mode, defaults for the rest.

    Raises
    ------
    UsageError: a combination that MLX does not have, or a group size alone.
    """
    if bits is None and mode is None:
        if group_size is not None:
            raise UsageError("a group size needs --bits or --mode")
        return None
    mode = mode or "affine"
    if mode not in MODES:
        raise UsageError(f"unknown mode {mode!r}; known: {', '.join(MODES)}")
    default_bits, default_group = MODES[mode][0][0], MODES[mode][1][0]
    return Packing(
        default_bits if bits is None else bits,
        default_group if group_size is None else group_size,
        mode,
    )


@dataclass(frozen=True)
class Converted:
    """What a conversion made.

    Attributes
    ----------
    source_bytes, bytes: weights before and after.
    parameters: numbers in the model.
    left: matrices that were to be quantised and could not, their rows being no whole groups.
    """

    out: Path
    source_bytes: int
    bytes: int
    parameters: int
    left: int

    @property
    def bits_per_weight(self) -> float:
        """Average over all parameters, scales included."""
        return 8 * self.bytes / max(self.parameters, 1)


def convert(
    source: str | Path,
    out: str | Path,
    *,
    language: Packing | None = None,
    vision: Packing | None = None,
    dtype: str | None = None,
    name: str | None = None,
    shard_bytes: int = SHARD_BYTES,
    progress: Callable[[int, int], None] | None = None,
) -> Converted:
    """Convert a checkpoint.

    The projector stays as it is, and so does the vision tower unless `vision` is given.

    Parameters
    ----------
    source: a local checkpoint folder.
    out: the new folder; it must not exist.
    language, vision: how to quantise the language model and the tower; None leaves them.
    dtype: "float16", "bfloat16" or "float32" for everything unquantised; None keeps what is stored.
    name: what the model card calls the source; its folder's name when not given.
    progress: called with tensors done and all tensors.

    Raises
    ------
    ModelError: the source cannot be used. OutputError: the target exists or cannot be written.
    """
    folder, out = checkpoint_folder(source), Path(out).expanduser()
    if dtype is not None and dtype not in DTYPES:
        raise UsageError(f"unknown dtype {dtype!r}; known: {', '.join(DTYPES)}")
    config, raw = load_config(folder)
    load_tokenizer(folder)  # a checkpoint without one would only fail later
    files = weight_files(folder)
    tensors = {key for path in files for key in read_header(path)}
    names = hub_names(tensors)
    if any(key.endswith(".scales") for key in names.values()):
        raise UsageError(
            f"{name or folder} is quantised already and can be used as it is: -m {name or folder}"
        )
    with CheckpointWriter(out, shard_bytes) as writer:
        packed: dict[str, Packing] = {}
        parameters = source_bytes = left = 0
        for done, (hub, array) in enumerate(_stream(files, names), start=1):
            source_bytes += array.nbytes
            parameters += array.size
            how = _packing_of(hub, array, language, vision)
            if how is not None and array.shape[1] % how.group_size:
                how, left = None, left + 1
            if dtype and mx.issubdtype(array.dtype, mx.floating):
                array = array.astype(DTYPES[dtype])
            if how is None:
                writer.add(hub, array)
            else:
                path = hub.removesuffix(".weight")
                packed[path] = how
                arrays = mx.quantize(array, how.group_size, how.bits, how.mode)
                for part, value in zip(("weight", "scales", "biases"), arrays, strict=False):
                    writer.add(f"{path}.{part}", value)
            del array
            if progress:
                progress(done, len(names))
        described = copy.deepcopy(raw) if "text_config" in raw else hub_config(config)
        described.update(_quantisation_config(packed, language or vision))
        if dtype:
            _set_dtype(described, dtype)
        writer.finish(described, folder, _card(name, folder, out.name, language, vision))
    return Converted(out, source_bytes, writer.total_bytes, parameters, left)


def _stream(files: list[Path], names: dict[str, str]) -> Iterator[tuple[str, mx.array]]:
    """Every tensor under the hub's name, one in memory at a time."""
    for path in files:
        tensors = load_tensors(path)
        for name in sorted(tensors):
            # Popped, so that only the consumer holds the bytes
            array = tensors.pop(name)
            hub = names.get(name)
            if hub == PATCH_EMBEDDING and not is_channels_last(array.shape):
                array = array.transpose(0, 2, 3, 1)
            if hub is not None:
                yield hub, array


def _packing_of(
    hub: str, array: mx.array, language: Packing | None, vision: Packing | None
) -> Packing | None:
    """How this tensor is to be quantised; matrices only."""
    how = None
    if hub.startswith("language_model."):
        how = language
    elif hub.startswith("vision_tower.vision_model.encoder."):
        how = vision
    return how if array.ndim == 2 else None


def _quantisation_config(packed: dict[str, Packing], default: Packing | None) -> Json:
    """The `quantization` entry of config.json, with the layers that differ from the default."""
    if not packed or default is None:
        return {}
    differing = {path: how.as_config() for path, how in packed.items() if how != default}
    entry = {**default.as_config(), **differing}
    return {"quantization": entry, "quantization_config": entry}


def _set_dtype(config: Json, dtype: str) -> None:
    """Transformers 5 writes `dtype` where older ones wrote `torch_dtype`, here and in each part."""
    for part in (config, config.get("text_config", {}), config.get("vision_config", {})):
        for key in ("torch_dtype", "dtype"):
            if key in part or (part is config and key == "torch_dtype"):
                part[key] = dtype


def _card(
    hub_name: str | None,
    folder: Path,
    name: str,
    language: Packing | None,
    vision: Packing | None,
) -> str:
    def words(how: Packing | None) -> str:
        return (
            f"{how.bits} bits, groups of {how.group_size}, {how.mode}" if how else "not quantised"
        )

    base = f"base_model: {hub_name}\n" if hub_name else ""
    source = (
        f"[{hub_name}](https://huggingface.co/{hub_name})" if hub_name else folder.resolve().name
    )
    return f"""---
library_name: sf-mlx
{base}tags: [mlx, llava, video]
---

# {name}

{source} in MLX's format, for questions about videos with
SlowFast-LLaVA (arXiv 2407.15841). The licence is that of the original weights.

Language model: {words(language)}. Vision tower: {words(vision)}. Projector: not quantised.

    sf-mlx ask video.mov "What happens?" -m {name}
"""
