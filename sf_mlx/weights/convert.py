"""Conversion: a checkpoint of any known layout -> the hub's layout for MLX, quantised or not.

Tensors stream through one by one, so memory holds one output file and one tensor, never the model.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import mlx.core as mx

from sf_mlx.device import current
from sf_mlx.errors import UsageError, printable
from sf_mlx.model.config import Json
from sf_mlx.weights.checkpoint import Checkpoint, open_checkpoint
from sf_mlx.weights.headers import load_tensors
from sf_mlx.weights.interface import text_interface
from sf_mlx.weights.packing import Packing
from sf_mlx.weights.write import SHARD_BYTES, CheckpointWriter, output_folder

DTYPES = {"float16": mx.float16, "bfloat16": mx.bfloat16, "float32": mx.float32}


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

    The projector stays as it is, and so does the vision tower unless `vision` is given. What is
    quantised already is copied as it is.

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
    if dtype is not None and dtype not in DTYPES:
        raise UsageError(f"unknown dtype {printable(dtype)!r}; known: {', '.join(DTYPES)}")
    out = output_folder(out)
    checkpoint = open_checkpoint(source)
    folder, names = checkpoint.folder, checkpoint.names
    if checkpoint.packings and (language or vision):
        found = next(iter(checkpoint.packings.values()))
        raise UsageError(
            f"{printable(name or folder)} is quantised already ({found.mode}, {found.bits} bits); "
            "without --bits and --mode it is copied as it is"
        )
    # One tensor at a time, and once more while it is quantised
    largest = max(stored.nbytes for stored in checkpoint.tensors.values())
    checkpoint.check_memory(2 * largest, current().memory)
    # What the model cannot be asked with would only show later
    text_interface(checkpoint)
    wanted = {"language_model.": language, checkpoint.architecture.vision_layers: vision}
    with CheckpointWriter(out, shard_bytes) as writer:
        packed: dict[str, Packing] = {}
        parameters = source_bytes = left = 0
        for done, (hub, array) in enumerate(_stream(checkpoint), start=1):
            source_bytes += array.nbytes
            parameters += _parameters(hub, array, checkpoint.packings)
            how = None
            if array.ndim == 2 and mx.issubdtype(array.dtype, mx.floating):
                how = next((p for prefix, p in wanted.items() if hub.startswith(prefix)), None)
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
        raw = checkpoint.raw
        described = copy.deepcopy(raw) if "text_config" in raw else checkpoint.config.as_hub()
        described.update(_quantisation_config(packed, language or vision))
        if dtype:
            _set_dtype(described, dtype)
        writer.finish(described, folder, _card(name, folder, out.name, language, vision))
    return Converted(out, source_bytes, writer.total_bytes, parameters, left)


def _stream(checkpoint: Checkpoint) -> Iterator[tuple[str, mx.array]]:
    """Every tensor under the hub's name, one in memory at a time."""
    for path in checkpoint.files:
        tensors = load_tensors(path)
        for name in sorted(tensors):
            # Popped, so that only the consumer holds the bytes
            array = tensors.pop(name)
            hub = checkpoint.names.get(name)
            if hub is not None:
                yield hub, array.transpose(0, 2, 3, 1) if hub in checkpoint.turned else array


def _parameters(hub: str, array: mx.array, packings: dict[str, Packing]) -> int:
    """Numbers that a tensor holds; a packed weight holds several in 32 bits."""
    path, _, part = hub.rpartition(".")
    if path not in packings or part == "bias":
        return array.size
    return array.size * 32 // packings[path].bits if part == "weight" else 0


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
