"""The files of a checkpoint folder: where they are, and JSON and safetensors read with care."""

import json
import struct
from pathlib import Path
from typing import Any

import mlx.core as mx

from sf_mlx.errors import CheckpointError, ModelNotFoundError, UnsupportedModelError

# A safetensors header lists names and shapes; a real one is under a megabyte
_MAX_HEADER = 100 * 2**20

# What a checkpoint needs besides its weights; downloads fetch these and nothing else
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)
OTHER_FILES = (
    "generation_config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "vision_config.json",
)

_WEIGHT_BYTES = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8,
    "U32": 4, "U16": 2, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1,
}  # fmt: skip


def read_json(path: Path) -> dict[str, Any]:
    """Parse a JSON object.

    Raises
    ------
    CheckpointError: missing, unreadable or not a JSON object.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing; the checkpoint is incomplete") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(value, dict):
        raise CheckpointError(f"{path} does not hold a JSON object")
    return value


def read_optional_json(path: Path) -> dict[str, Any] | None:
    """Parse a JSON object, None where there is no such file."""
    return read_json(path) if path.is_file() else None


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a checkpoint, in order.

    Raises
    ------
    CheckpointError: an index that names missing files, or no safetensors at all.
    """
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        shards = read_json(index).get("weight_map")
        if not isinstance(shards, dict) or not shards:
            raise CheckpointError(f"{index} has no weight map")
        names = sorted({str(name) for name in shards.values()})
        missing = [name for name in names if not (folder / Path(name).name).is_file()]
        if missing:
            raise CheckpointError(
                f"{folder} is incomplete: {len(missing)} of {len(names)} weight files are missing "
                f"({missing[0]}); download it again"
            )
        # Only the last part: an index must not lead outside its folder
        return [folder / Path(name).name for name in names]
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        pickled = list(folder.glob("*.bin")) + list(folder.glob("*.pth"))
        reason = "only pickled weights, which are not read" if pickled else "no weights"
        raise CheckpointError(f"{folder} holds {reason}; sf-mlx reads safetensors only")
    return files


def read_header(path: Path) -> dict[str, Any]:
    """The header of a safetensors file: name -> {dtype, shape, data_offsets}.

    Raises
    ------
    CheckpointError: not safetensors, or shorter than its header says.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > min(size - 8, _MAX_HEADER):
                raise ValueError("its header is cut off")
            header = json.loads(file.read(length))
        if not isinstance(header, dict):
            raise ValueError("its header is not an object")
        header.pop("__metadata__", None)
        ends = [entry["data_offsets"][1] for entry in header.values()]
        for name, entry in header.items():
            _check_entry(name, entry)
    except (OSError, ValueError, KeyError, TypeError, IndexError, struct.error) as error:
        raise CheckpointError(f"{path} is not a readable safetensors file: {error}") from error
    if 8 + length + max(ends, default=0) != size:
        raise CheckpointError(
            f"{path} is damaged: {size:,} bytes, its header promises "
            f"{8 + length + max(ends, default=0):,}; download it again"
        )
    return header


def _check_entry(name: str, entry: dict[str, Any]) -> None:
    start, end = entry["data_offsets"]
    count = 1
    for side in entry["shape"]:
        count *= side
    if entry["dtype"] not in _WEIGHT_BYTES or count * _WEIGHT_BYTES[entry["dtype"]] != end - start:
        raise ValueError(f"tensor {name} does not have the size that its shape says")


def load_tensors(path: Path) -> dict[str, mx.array]:
    """The tensors of a safetensors file, lazily: bytes are read when an array is evaluated.

    Raises
    ------
    CheckpointError: not safetensors, cut short, or of a dtype that MLX does not have.
    """
    read_header(path)
    try:
        tensors = mx.load(str(path), format="safetensors")
    except (RuntimeError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be loaded: {error}") from error
    if not isinstance(tensors, dict):
        raise CheckpointError(f"{path} holds no named tensors")
    return tensors


def checkpoint_folder(path: str | Path) -> Path:
    """The folder of a local checkpoint.

    Raises
    ------
    ModelNotFoundError: no such folder.
    UnsupportedModelError: a file, such as a GGUF, where a folder is expected.
    """
    folder = Path(path).expanduser()
    if folder.is_file():
        raise UnsupportedModelError(
            f"{folder} is a file; a model is a folder with config.json and safetensors"
        )
    if not folder.is_dir():
        raise ModelNotFoundError(
            f"no model folder at {folder}; convert one first: "
            "sf-mlx convert llava-hf/llava-v1.6-vicuna-7b-hf -o FOLDER --bits 4"
        )
    return folder
