"""Safetensors headers: what tensors a checkpoint stores, known without reading one of them.

Read here and not by safetensors' own `safe_open` (0.8), which takes a name that is there twice, as
MLX may read the other one, needs 20 s and 1 GB for a header of a million tensors, and waits for
ever at a pipe.
"""

import os
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import mlx.core as mx

from sf_mlx.errors import CheckpointError, printable
from sf_mlx.weights.files import open_regular, parse_json, weight_files

# Bytes of a header: one of 1,000 tensors has 0.1 MB
_LARGEST_HEADER = 16 * 2**20
# A quantised LLaVA-34B has 3,000
_MOST_TENSORS = 50_000
# MLX's shapes are 32-bit
_LARGEST_SIDE = 2**31 - 1
_MOST_SIDES = 8

_ITEM_BYTES = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8,
    "U32": 4, "U16": 2, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Stored:
    """A tensor as a header describes it.

    Attributes
    ----------
    file: where it lies.
    dtype: in safetensors' words: "F16", "BF16", "U32", …
    start: at which of the file's bytes its values begin.
    """

    file: Path
    dtype: str
    shape: tuple[int, ...]
    start: int

    @property
    def nbytes(self) -> int:
        """Bytes in the file."""
        return prod(self.shape) * _ITEM_BYTES[self.dtype]


def stored_tensors(folder: Path) -> dict[str, Stored]:
    """Every tensor of a checkpoint by the name that it has there.

    Raises
    ------
    CheckpointError: a file that is not safetensors or not whole, a name that is there twice.
    """
    tensors: dict[str, Stored] = {}
    for path in weight_files(folder):
        for name, stored in read_header(path).items():
            if name in tensors:
                raise CheckpointError(
                    f"{folder} stores {printable(name)} twice, in "
                    f"{printable(tensors[name].file.name)} and in {printable(path.name)}"
                )
            tensors[name] = stored
        if len(tensors) > _MOST_TENSORS:
            raise CheckpointError(
                f"{folder} has more than {_MOST_TENSORS:,} tensors; a LLaVA model has 3,000 at most"
            )
    return tensors


def read_header(path: Path) -> dict[str, Stored]:
    """The tensors that a safetensors file describes.

    Raises
    ------
    CheckpointError: not safetensors, or shorter than its header says.
    """
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        try:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > size - 8:
                raise ValueError("its header is cut off")
            if length > _LARGEST_HEADER:
                raise ValueError(f"its header has {length:,} bytes")
            header = parse_json(file.read(length), _no_twins)
            header.pop("__metadata__", None)
            data = 8 + length
            tensors = {name: _stored(path, name, entry, data) for name, entry in header.items()}
            spans = sorted(_span(entry) for entry in header.values())
            end = 0
            for start, stop in spans:
                if start != end:
                    raise ValueError(f"its tensors leave a gap or overlap at byte {end:,}")
                end = stop
        except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
            raise CheckpointError(f"{path} is not a readable safetensors file: {error}") from error
    if 8 + length + end != size:
        raise CheckpointError(
            f"{path} is damaged: {size:,} bytes, its header promises {8 + length + end:,}; "
            "download it again"
        )
    return tensors


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A header that names a tensor twice would be read in two ways."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("its header says something twice")
    return found


def _span(entry: dict[str, Any]) -> tuple[int, int]:
    start, stop = entry["data_offsets"]
    if type(start) is not int or type(stop) is not int or not 0 <= start <= stop:
        raise ValueError(f"its offsets are {printable([start, stop])}")
    return start, stop


def _stored(path: Path, name: str, entry: Any, data: int) -> Stored:
    shape, dtype = tuple(entry["shape"]), entry["dtype"]
    if len(shape) > _MOST_SIDES or not all(
        type(side) is int and 0 <= side <= _LARGEST_SIDE for side in shape
    ):
        raise ValueError(f"tensor {printable(name)} has the shape {printable(shape)}")
    if not isinstance(dtype, str) or dtype not in _ITEM_BYTES:
        raise ValueError(f"tensor {printable(name)} has the dtype {printable(dtype)}")
    start, stop = _span(entry)
    stored = Stored(path, dtype, shape, data + start)
    if stored.nbytes != stop - start:
        raise ValueError(f"tensor {printable(name)} does not have the size that its shape says")
    return stored


def load_tensors(path: Path) -> dict[str, mx.array]:
    """The tensors of a safetensors file, lazily: bytes are read when an array is evaluated.

    Raises
    ------
    CheckpointError: not safetensors, or of a dtype that MLX does not have.
    """
    _occupy_standard_descriptors()
    try:
        tensors = mx.load(str(path), format="safetensors")
    except (RuntimeError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be loaded: {error}") from error
    if not isinstance(tensors, dict):
        raise CheckpointError(f"{path} holds no named tensors")
    return tensors


def _occupy_standard_descriptors() -> None:
    """Give closed standard streams (`<&-`) back their numbers, on the null device.

    MLX takes descriptor 0 for a failure, and what C libraries print would go into a file that got
    1 or 2.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
