"""Where the time of loading goes: the same files read in ways that each do less.

"seconds" ends when the bytes are in memory, "touch_s" is the first use of all of them on the device
that computes, "again_s" the second: where memory has to move, the first is the dearer.
"""

import gc
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
from mlx.utils import tree_flatten

from benchmarks.full_size.rows import Values, arguments, medians, rows_of
from sf_mlx import mlx_thread
from sf_mlx.device import current
from sf_mlx.model.backbone import PARTS
from sf_mlx.weights import load as loading
from sf_mlx.weights.checkpoint import open_checkpoint
from sf_mlx.weights.headers import load_tensors, read_header

_CHUNK = 64 * 2**20
_NUMPY = {"F16": np.float16, "F32": np.float32, "U32": np.uint32}

Arrays = list[mx.array]


def read(files: list[Path], threads: int) -> Arrays:
    """Python's `readinto`, a buffer for each thread; nothing is kept."""

    def work(share: int) -> None:
        buffer = memoryview(bytearray(_CHUNK))
        for path in files:
            size = path.stat().st_size
            begin, end = size * share // threads, size * (share + 1) // threads
            with open(path, "rb", buffering=0) as file:
                file.seek(begin)
                while begin < end:
                    count = file.readinto(buffer[: end - begin])
                    assert count
                    begin += count

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    return []


def weights(folder: Path, group: int) -> Arrays:
    """As the model is loaded, with groups of this many bytes."""
    if not hasattr(loading, "_GROUP_BYTES"):
        raise AttributeError("sf_mlx/weights/load.py has no _GROUP_BYTES any more")
    shipped, loading._GROUP_BYTES = loading._GROUP_BYTES, group
    try:
        coming = loading.Weights(open_checkpoint(folder), current())
        model: Any = coming.build()
        for part in PARTS:
            coming.place(model, part)
    finally:
        loading._GROUP_BYTES = shipped
    return list(dict(tree_flatten(model.parameters())).values())


def at_once(files: list[Path]) -> Arrays:
    """`mx.load` of every file, evaluated in one go on MLX's own threads."""
    arrays = [array for path in files for array in load_tensors(path).values()]
    mx.eval(arrays)
    return arrays


def one_by_one(files: list[Path]) -> Arrays:
    """`mx.load`, every tensor evaluated on its own."""
    arrays = [array for path in files for array in load_tensors(path).values()]
    for array in arrays:
        mx.eval(array)
    return arrays


def mapped(files: list[Path]) -> Arrays:
    """`numpy.memmap`, and a copy of every tensor into an `mx.array`."""
    return [mx.array(view) for path in files for view in _views(path)]


def mapped_by_threads(files: list[Path], threads: int) -> Arrays:
    """The same, but threads read the tensors into numpy's memory first."""
    with ThreadPoolExecutor(threads) as pool:
        return [mx.array(copy) for path in files for copy in pool.map(np.array, _views(path))]


def _views(path: Path) -> Iterator[np.ndarray[Any, Any]]:
    with open(path, "rb") as file:
        at = 8 + int.from_bytes(file.read(8), "little")
    # In the order in which the files were written, which is that of the header
    for stored in read_header(path).values():
        shape, dtype = stored.shape, _NUMPY[stored.dtype]
        yield np.memmap(path, dtype, "r", at, shape)
        at += stored.nbytes


def measure(work: Callable[[], Arrays], nbytes: int, runs: int) -> Values:
    def once() -> Values:
        gc.collect()
        mx.clear_cache()
        before = mx.get_active_memory()
        mx.reset_peak_memory()
        started = time.perf_counter()
        arrays = work()
        values = {"seconds": time.perf_counter() - started}
        values["gb_per_s"] = nbytes / 1e9 / values["seconds"]
        for name in ("touch_s", "again_s") if arrays else ():
            started = time.perf_counter()
            mx.eval([mx.max(array) for array in arrays])
            values[name] = time.perf_counter() - started
        values["peak_of_weights"] = (mx.get_peak_memory() - before) / nbytes
        return values

    return medians([once() for _ in range(runs)])


def main() -> None:
    told = arguments(__doc__).parse_args()
    rows = rows_of(told)
    files = sorted(told.checkpoint.glob("*.safetensors"))
    nbytes = sum(path.stat().st_size for path in files)
    # Warm files for all that follows
    read(files, 4)
    ways: dict[str, Callable[[], Arrays]] = {
        "read 1 thread": partial(read, files, 1),
        "read 4 threads": partial(read, files, 4),
        **{
            f"weights {group} MB": partial(weights, told.checkpoint, group * 2**20)
            for group in (128, 32, 512)
        },
        "one eval of all": partial(at_once, files),
        "an eval of each": partial(one_by_one, files),
        "memmap": partial(mapped, files),
        "memmap 4 threads": partial(mapped_by_threads, files, 4),
    }
    for name, work in ways.items():
        name = f"{told.label}.{name}"
        rows.measure(name, partial(mlx_thread.run, measure, work, nbytes, told.runs))


if __name__ == "__main__":
    main()
