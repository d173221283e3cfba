"""The files of a checkpoint folder: where they are, and JSON read with care.

Only regular files are read, and their sizes are bounded first.
"""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from sf_mlx.errors import CheckpointError, ModelNotFoundError, UnsupportedModelError, printable

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
INDEX = "model.safetensors.index.json"
# What a conversion calls its config.json until everything else is in place
UNFINISHED = "config.json.part"

# Bytes of a JSON file: an index of 60 layers has 0.1 MB; Llama 3's tokenizer.json has 9, Gemma's 33
_LARGEST_JSON = 4 * 2**20
LARGEST_INDEX = 16 * 2**20
LARGEST_TOKENIZER = 36 * 2**20
# tokenizer_config.json may say 10^30 where a length has no limit
_LONGEST_NUMBER = 40


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; a pipe or a device would be read for ever.

    Raises
    ------
    CheckpointError: missing, unreadable or not a regular file.
    """
    try:
        # Or opening a pipe would wait for its writer
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing; the checkpoint is incomplete") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read: {_reason(error)}") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise CheckpointError(f"{path} is not a regular file; a checkpoint has nothing else")
    return os.fdopen(handle, "rb")


def read_bytes(path: Path, largest: int) -> bytes:
    """The bytes of a regular file of at most `largest` bytes.

    Raises
    ------
    CheckpointError: missing, unreadable, not a regular file, or larger.
    """
    with open_regular(path) as file:
        try:
            content = file.read(largest + 1)
        except OSError as error:
            raise CheckpointError(f"{path} cannot be read: {_reason(error)}") from error
    if len(content) > largest:
        raise CheckpointError(f"{path} has more than the {largest:,} bytes that are read of it")
    return content


def parse_json(
    text: bytes, pairs: Callable[[list[tuple[str, Any]]], dict[str, Any]] | None = None
) -> dict[str, Any]:
    """Parse a JSON object whose numbers are finite and of at most 40 digits.

    Parameters
    ----------
    text: the object in UTF-8.
    pairs: makes a dict of an object's names and values, where a plain one will not do.

    Raises
    ------
    ValueError: saying what is wrong.
    """
    try:
        value = json.loads(
            text.decode("utf-8"),
            parse_int=_whole,
            parse_float=_finite,
            parse_constant=_refuse_constant,
            object_pairs_hook=pairs,
        )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("it is not a JSON object")
    return value


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError(f"a number of {len(digits):,} digits")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{printable(digits)} is too large for a number")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def read_json(path: Path, largest: int = _LARGEST_JSON) -> dict[str, Any]:
    """Parse a file that holds a JSON object.

    Raises
    ------
    CheckpointError: missing, unreadable, too large or not a JSON object.
    """
    try:
        return parse_json(read_bytes(path, largest))
    except ValueError as error:
        raise CheckpointError(f"{path} cannot be read as JSON: {error}") from error


def read_optional_json(path: Path, largest: int = _LARGEST_JSON) -> dict[str, Any] | None:
    """Parse a JSON object, None where there is no such file."""
    return read_json(path, largest) if os.path.lexists(path) else None


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a checkpoint, in order.

    Raises
    ------
    CheckpointError: an index that names missing files, or no safetensors at all.
    UnsupportedModelError: the weights of an adapter only.
    """
    if os.path.lexists(folder / INDEX):
        return _indexed_files(folder)
    if (folder / "model.safetensors").exists():
        return [folder / "model.safetensors"]
    found = sorted(folder.glob("*.safetensors"))
    files = [path for path in found if not path.name.startswith("adapter_")]
    if files:
        return files
    if found:
        raise UnsupportedModelError(
            f"{folder} holds a LoRA adapter and not the model that it belongs to; merge them "
            "first (PEFT's merge_and_unload) and convert the result"
        )
    pickled = [*folder.glob("*.bin"), *folder.glob("*.pth"), *folder.glob("*.pt")]
    reason = "only pickled weights, which are not read" if pickled else "no weights"
    raise CheckpointError(f"{folder} holds {reason}; sf-mlx reads safetensors only")


def _indexed_files(folder: Path) -> list[Path]:
    index = folder / INDEX
    shards = read_json(index, LARGEST_INDEX).get("weight_map")
    if not isinstance(shards, dict) or not shards:
        raise CheckpointError(f"{index} has no weight map")
    names = set()
    for name in shards.values():
        # An index must not lead outside its folder
        if not isinstance(name, str) or not _is_plain(name):
            raise CheckpointError(f"{index} names a file that cannot be: {printable(name)!r}")
        names.add(name)
    missing = sorted(name for name in names if not (folder / name).exists())
    if missing:
        raise CheckpointError(
            f"{folder} is incomplete: {len(missing)} of {len(names)} weight files are missing "
            f"({printable(missing[0])}); download it again"
        )
    return [folder / name for name in sorted(names)]


def _is_plain(name: str) -> bool:
    """True for a safetensors file's name without folders, short enough for any file system."""
    return (
        name.endswith(".safetensors")
        and not set("/\\\0") & set(name)
        and len(name.encode("utf-8", "surrogatepass")) <= 255
    )


def checkpoint_folder(path: str | Path) -> Path:
    """The folder of a local checkpoint, known to have a config.json.

    Raises
    ------
    ModelNotFoundError: no such folder.
    UnsupportedModelError: a file, such as a GGUF, where a folder is expected; a LoRA adapter.
    CheckpointError: a folder without config.json.
    """
    if not str(path):
        raise ModelNotFoundError("the model's name is empty; give a folder, a hub name or demo")
    shown = printable(path)
    try:
        folder = Path(path).expanduser()
        kind = folder.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise ModelNotFoundError(
            f"no model folder at {shown}; convert one first: "
            "sf-mlx convert llava-hf/llava-v1.6-vicuna-7b-hf -o FOLDER --bits 4"
        ) from None
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: no such user's home
        raise ModelNotFoundError(f"no model folder at {shown}: {_reason(error)}") from error
    if not stat.S_ISDIR(kind):
        raise UnsupportedModelError(
            f"{shown} is a file; a model is a folder with config.json and safetensors"
        )
    try:
        if not os.path.lexists(folder / "config.json"):
            _explain_no_checkpoint(folder)
    except OSError as error:
        raise ModelNotFoundError(f"{shown} cannot be read: {_reason(error)}") from error
    return folder


def _explain_no_checkpoint(folder: Path) -> NoReturn:
    names = sorted(entry.name for entry in os.scandir(folder))
    shown = printable(folder)
    if UNFINISHED in names:
        raise CheckpointError(
            f"{shown} was left by a conversion that did not end (it has no config.json); remove "
            "it and convert again"
        )
    if "adapter_config.json" in names:
        raise UnsupportedModelError(
            f"{shown} is a LoRA adapter and no model (it has no config.json); merge it into its "
            "base model first (PEFT's merge_and_unload) and convert the result"
        )
    if any(name.endswith(".safetensors") for name in names):
        raise CheckpointError(f"{shown} is incomplete: config.json is missing; download it again")
    inside = [name for name in names if os.path.lexists(folder / name / "config.json")]
    if inside:
        raise CheckpointError(
            f"{shown} is no checkpoint (it has no config.json) but {printable(inside[0])} in it "
            "may be one"
        )
    holds = f"it holds {_few(names)}" if names else "it is empty"
    raise CheckpointError(
        f"{shown} is no checkpoint: {holds}; a model is a folder with config.json and safetensors"
    )


def _few(names: list[str]) -> str:
    listed = ", ".join(printable(name, 30) for name in names[:3])
    return listed if len(names) <= 3 else f"{listed} and {len(names) - 3:,} more"


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
