"""A checkpoint folder of any known layout -> a model ready to run.

The model is built at once, without its weights. Those are read in two parts by a thread of their
own, what sees before what speaks, so that a video is seen while the language model is on its way.
"""

from __future__ import annotations

import atexit
import math
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_map, tree_unflatten

from sf_mlx import trace
from sf_mlx.device import Device, current
from sf_mlx.errors import CheckpointError
from sf_mlx.model.backbone import PARTS, Backbone, Part, part_of
from sf_mlx.model.on_numpy import OnNumpy
from sf_mlx.weights.checkpoint import Checkpoint, build, open_checkpoint
from sf_mlx.weights.headers import load_tensors
from sf_mlx.weights.packing import Packing

_DTYPES = {"F16": mx.float16, "BF16": mx.bfloat16, "F32": mx.float32}

# Expanded weights may take this share of the memory; beyond it they stay quantised
_MEMORY_SHARE = 0.7
# Read at a time. 14 GB of the page cache take 4.5 s beside an H100 in groups of 32 MB, 2.4 of 128
# and 1.9 of 512, but 8.6 all at once or each tensor alone; into Python's memory 2.7. Where the
# precision changes, a group lies in memory twice
_GROUP_BYTES = 512 * 2**20
_GROUP_BYTES_TO_CONVERT = 128 * 2**20

_ending = threading.Event()
_readers: set[threading.Thread] = set()


def load_model(path: str | Path, device: Device | None = None) -> Backbone:
    """Load a checkpoint of any known layout, or one that was converted for MLX, and wait for it.

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
    weights = Weights(open_checkpoint(path), device or current())
    model = weights.build()
    for part in PARTS:
        weights.place(model, part)
    return model


@dataclass(frozen=True)
class Cut:
    """Which part of a tensor is kept, where several processes share it: along an axis, the
    `index`-th of `count` equal parts."""

    axis: int
    index: int
    count: int

    def of(self, whole: mx.array) -> mx.array:
        """The part, in memory of its own, so that the whole can be freed."""
        part: mx.array = mx.contiguous(mx.split(whole, self.count, self.axis)[self.index])
        return part


class Weights:
    """The weights of one checkpoint on their way into memory; each part is read once.

    Parameters
    ----------
    checkpoint: which.
    device: decides the precision, see `load_model`.

    Attributes
    ----------
    seconds: from the beginning to the end of reading, as far as it has come.
    """

    def __init__(self, checkpoint: Checkpoint, device: Device) -> None:
        self.seconds = 0.0
        self._checkpoint = checkpoint
        self._device = device
        self._dtype, self._packings = _precision(checkpoint, device)
        self._lock = threading.Lock()
        self._coming: dict[Part, Future[dict[str, mx.array]]] = {}
        self._placed: set[Part] = set()
        self._cuts: Mapping[str, Cut] = {}

    @property
    def nbytes(self) -> int:
        """Stored size of what this process keeps."""
        # A packed matrix has several tensors, which are all cut alike
        parts = {name.rpartition(".")[0]: cut.count for name, cut in self._cuts.items()}
        return sum(
            stored.nbytes // parts.get(name.rpartition(".")[0], 1)
            for name, stored in self._checkpoint.tensors.items()
        )

    def keep_parts(self, cuts: Mapping[str, Cut]) -> None:
        """Of these tensors read a part only; before anything is read.

        Parameters
        ----------
        cuts: by the hub's names.
        """
        assert not self._coming, "weights were read before they were dealt out"
        self._cuts = cuts

    def build(self) -> Backbone:
        """The model without its weights; on the thread that will compute with it.

        Raises
        ------
        CheckpointError: the configuration describes none.
        """
        in_float32, device = self._dtype == mx.float32, self._device
        model = build(
            self._checkpoint.architecture,
            self._checkpoint.config,
            self._checkpoint.preprocess,
            OnNumpy(exp=in_float32 and device.slow_exp, products=in_float32 and device.slow_blas),
        )
        assert isinstance(model, nn.Module)
        packings = self._packings
        nn.quantize(
            model,
            class_predicate=lambda path, _: path in packings and packings[path].as_config(),
        )
        # Whoever computes with it too early gets no number; MLX would begin with random ones
        model.update(tree_map(partial(_nothing, self._dtype), model.parameters()))
        return model

    def begin(self, *parts: Part) -> None:
        """Read these parts in this order while the caller goes on; what was begun is left alone."""
        with self._lock:
            new = [part for part in parts if part not in self._coming]
            if not new:
                return
            self._coming.update({part: Future() for part in new})
        reader = threading.Thread(
            target=self._read, args=(new,), name="sf-mlx weights", daemon=True
        )
        _readers.add(reader)
        reader.start()

    def place(self, model: Backbone, part: Part) -> float:
        """Put a part into the model that `build` gave, once, on the thread that computes with it.

        Returns
        -------
        Seconds that were spent waiting for it.

        Raises
        ------
        CheckpointError: a file changed or cannot be read.
        """
        if part in self._placed:
            return 0.0
        started = time.perf_counter()
        self.begin(part)
        with trace.span(f"wait for weights: {part}"):
            weights = self._coming[part].result()
        model.update(tree_unflatten(list(weights.items())))  # type: ignore[attr-defined]
        self._placed.add(part)
        # Or what was read would be held here too
        self._coming[part] = Future()
        return time.perf_counter() - started

    def forget(self, part: Part) -> None:
        """Give back what was read of a part that nobody will place any more."""
        with self._lock:
            self._placed.add(part)
            self._coming[part] = Future()

    def _read(self, parts: list[Part]) -> None:
        started = time.perf_counter()
        try:
            # Arrays may cross threads once they are computed; on this stream the GPU goes on
            with mx.stream(mx.cpu):
                for part in parts:
                    self._read_part(part)
        finally:
            self.seconds += time.perf_counter() - started
            _readers.discard(threading.current_thread())

    def _read_part(self, part: Part) -> None:
        done: dict[str, mx.array] = {}
        try:
            for group in self._groups(part):
                if _ending.is_set():
                    raise RuntimeError("the interpreter is ending")
                if part in self._placed:
                    return
                with trace.span(f"weights: {part}", tensors=len(group)):
                    mx.eval(group)
                done.update(group)
                group.clear()
                # What was converted is in the pool twice otherwise
                mx.clear_cache()
        except (OSError, RuntimeError, ValueError) as error:
            folder = self._checkpoint.folder
            self._coming[part].set_exception(
                CheckpointError(f"the weights in {folder} cannot be read: {error}")
            )
        except BaseException as error:
            self._coming[part].set_exception(error)
        else:
            with self._lock:
                if part not in self._placed:
                    self._coming[part].set_result(done)

    def _groups(self, part: Part) -> Iterator[dict[str, mx.array]]:
        """A part's tensors under the hub's names, not yet computed, a few at a time."""
        checkpoint = self._checkpoint
        stored = {
            hub: array.transpose(0, 2, 3, 1) if hub in checkpoint.turned else array
            for path in checkpoint.files
            for name, array in load_tensors(path).items()
            if (hub := checkpoint.names.get(name)) in checkpoint.tensors
            and hub is not None
            and part_of(hub) == part
        }
        converts = not self._device.half_precision
        most = min(_GROUP_BYTES, _GROUP_BYTES_TO_CONVERT) if converts else _GROUP_BYTES
        group: dict[str, mx.array] = {}
        size = 0
        while stored:
            name = next(iter(stored))
            path, _, last = name.rpartition(".")
            how = checkpoint.packings.get(path)
            if how is not None and not self._packings and last in ("weight", "scales", "biases"):
                name, whole = f"{path}.weight", _expanded(stored, path, how)
            else:
                whole = stored.pop(name)
            # The whole is in memory too until the group is read
            size += whole.nbytes
            cut = self._cuts.get(name)
            group[name] = whole if cut is None else cut.of(whole)
            if size >= most:
                # Or it would be kept until the next is read
                del whole
                yield self._in_precision(group)
                group, size = {}, 0
        yield self._in_precision(group)

    def _in_precision(self, group: dict[str, mx.array]) -> dict[str, mx.array]:
        # Parts of mixed precision would make MLX compute, and cache keys, in float32
        return {
            name: array.astype(self._dtype) if mx.issubdtype(array.dtype, mx.floating) else array
            for name, array in group.items()
        }


def _nothing(dtype: mx.Dtype, array: mx.array) -> mx.array:
    """What stands for a weight that was not read yet; lazily, so that it takes no memory."""
    if not mx.issubdtype(array.dtype, mx.floating):
        return array
    return mx.full(array.shape, mx.nan, dtype)


def _precision(checkpoint: Checkpoint, device: Device) -> tuple[mx.Dtype, dict[str, Packing]]:
    """What to compute in, and which matrices stay packed."""
    whole = 4 * sum(math.prod(shape) for shape in checkpoint.expected.values())
    fits = whole <= _MEMORY_SHARE * device.memory
    if device.half_precision or not (fits or checkpoint.packings):
        return main_dtype(checkpoint), checkpoint.packings
    return mx.float32, {} if fits else checkpoint.packings


def _expanded(stored: dict[str, mx.array], path: str, how: Packing) -> mx.array:
    """A quantised matrix in float32; its tensors are taken out of `stored`."""
    weight, scales = stored.pop(f"{path}.weight"), stored.pop(f"{path}.scales")
    biases = stored.pop(f"{path}.biases", None)
    if biases is not None:
        # So that the products are float32's
        scales, biases = scales.astype(mx.float32), biases.astype(mx.float32)
    whole: mx.array = mx.dequantize(weight, scales, biases, how.group_size, how.bits, how.mode)
    return whole


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


def _stop_reading() -> None:
    """MLX must not be at work while the interpreter ends."""
    _ending.set()
    for reader in list(_readers):
        reader.join()


atexit.register(_stop_reading)
