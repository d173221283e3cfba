"""What this machine is: the backend, the dtype to compute in, and a fast BLAS where MLX has none.

This module asks the questions; nothing else in the package looks at the platform.
"""

import ctypes
import glob
import math
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# The sonames that OpenBLAS and MKL install; the first that loads wins.
_BLAS_LIBRARIES = (
    "libopenblas.so.0",
    "libopenblas.so",
    "libmkl_rt.so.2",
    "libmkl_rt.so",
)

# where Linux says what memory is left
_MEMINFO, _GROUPS, _GROUP_ROOT = "/proc/meminfo", "/proc/self/cgroup", "/sys/fs/cgroup"

_blas: str | None = None


def prefer_fast_blas() -> str | None:
    """Load OpenBLAS or MKL before MLX, so that MLX's CPU backend uses it.

    MLX's Linux wheel carries the reference BLAS: 3.6 GFLOP/s for a float32 product of
    [512,2048]x[2048,2048] on two cores, 218 with OpenBLAS loaded first. macOS has Accelerate.

    Returns
    -------
    The library's name, or None on macOS, where none is installed, or where MLX was imported first.
    """
    global _blas
    if sys.platform != "linux" or _blas or "mlx.core" in sys.modules:
        return _blas
    # `pip install mkl` puts its libraries here, outside the loader's path
    wheels = glob.glob(os.path.join(sys.prefix, "lib", "libmkl_rt.so*"))
    for name in (*_BLAS_LIBRARIES, *wheels):
        try:
            ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
        except OSError:
            continue
        _blas = os.path.basename(name)
        return _blas
    return None


@dataclass(frozen=True)
class Device:
    """The machine as far as the arithmetic cares.

    Attributes
    ----------
    backend: which MLX backend runs the arrays.
    half_precision: compute in the checkpoint's half precision with quantised kernels; otherwise in
        float32 with quantised layers expanded, which is what the CPU backend is fast at.
    blas: the BLAS preloaded for the CPU backend, None where there is none to load.
    memory: bytes that a model may use: Metal's recommended working set, a CUDA card's own memory,
        otherwise physical memory.
    """

    backend: Literal["metal", "cuda", "cpu"]
    half_precision: bool
    blas: str | None
    memory: int

    @property
    def slow_exp(self) -> bool:
        """True where MLX computes an exponential ten times as slowly as numpy (Linux)."""
        return self.backend == "cpu" and sys.platform == "linux"

    @property
    def slow_blas(self) -> bool:
        """True where MLX falls back to its reference BLAS (Linux without OpenBLAS or MKL)."""
        return self.backend == "cpu" and sys.platform == "linux" and self.blas is None


def current() -> Device:
    """Look at the machine: the default MLX device, the preloaded BLAS and the memory."""
    import mlx.core as mx

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if mx.default_device() == mx.Device(mx.cpu):
        return Device("cpu", half_precision=False, blas=_blas, memory=memory)
    if mx.metal.is_available():
        working_set = int(mx.device_info()["max_recommended_working_set_size"])
        return Device("metal", half_precision=True, blas=None, memory=working_set)
    # Which of the two names there is depends on MLX's version
    card = mx.device_info()
    on_card = int(card.get("total_memory") or card.get("memory_size") or memory)
    return Device("cuda", half_precision=True, blas=None, memory=on_card)


def cores() -> int:
    """Cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def free_memory() -> int:
    """Bytes that can be taken without others being pushed out: an estimate, below what is there.

    A quarter of the memory where the system does not say (macOS).
    """
    free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4
    try:
        with open(_MEMINFO, encoding="ascii") as file:
            free = next(int(line.split()[1]) for line in file if line.startswith("MemAvailable:"))
            free *= 1024
    except (OSError, ValueError, IndexError, StopIteration):
        pass
    return max(0, int(min(free, _left_to_groups())))


def _left_to_groups() -> float:
    """Bytes that this process's control groups leave to it (cgroup v2; a container's limit)."""
    left = math.inf
    try:
        with open(_GROUPS, encoding="utf-8") as file:
            group = next(line[3:].strip("/\n") for line in file if line.startswith("0::"))
        root = Path(_GROUP_ROOT)
        for folder in (root / group, *(root / group).parents):
            limit = (folder / "memory.max").read_text().strip()
            if limit != "max":
                left = min(left, int(limit) - int((folder / "memory.current").read_text()))
    except (OSError, ValueError, StopIteration):
        pass  # the topmost has no such file
    return left


def has_videotoolbox() -> bool:
    """Whether Apple's video decoder can be there; a file may still need software."""
    return sys.platform == "darwin"
