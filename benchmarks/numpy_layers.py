"""What the layers that numpy computes on Linux save (sf_mlx/model/on_numpy.py).

    python -m benchmarks.numpy_layers [--runs 5]

One layer each of a 7B checkpoint, random weights, float32: CLIP ViT-L/14-336 on two frames, and
Llama on 256 tokens of a prompt behind 3,424 others. MLX and numpy take turns; first with the fast
BLAS, then once in a process with MLX's reference BLAS, where numpy has the products too.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

import mlx.core as mx
import mlx.nn as nn
from mlx_lm.models import llama
from mlx_lm.models.cache import KVCache

from sf_mlx.device import current
from sf_mlx.model import clip, on_numpy
from sf_mlx.model.llava_config import VisionConfig
from sf_mlx.model.on_numpy import OnNumpy

VISION = VisionConfig(1024, 4096, 24, 16, 336, 14, 1e-5, "quick_gelu")
TEXT = llama.ModelArgs("llama", 4096, 1, 11008, 32, 1e-5, 32000)
TOKENS, BEFORE = 256, 3424


def vision(numpy: OnNumpy) -> tuple[nn.Module, Callable[[nn.Module], mx.array]]:
    x = mx.random.normal((2, VISION.patches + 1, VISION.hidden_size))
    return clip.EncoderLayer(VISION, numpy), lambda layer: layer(x)


def text(numpy: OnNumpy) -> tuple[nn.Module, Callable[[nn.Module], mx.array]]:
    x = mx.random.normal((1, TOKENS, TEXT.hidden_size))
    keys = mx.random.normal((1, 32, BEFORE, 128))

    def run(layer: nn.Module) -> mx.array:
        cache = KVCache()
        cache.update_and_fetch(keys, keys)
        out: mx.array = layer(x, "causal", cache)
        return out

    model = on_numpy.Llama if numpy.exp else llama.Model
    return model(TEXT).layers[0], run


def seconds(run: Callable[[nn.Module], mx.array], layer: nn.Module) -> float:
    started = time.perf_counter()
    mx.eval(run(layer))
    return time.perf_counter() - started


def measure(runs: int) -> None:
    device = current()
    print("reference BLAS" if device.slow_blas else f"fast BLAS: {device.blas}", flush=True)
    for name, make in (("CLIP", vision), ("Llama", text)):
        plain, run = make(OnNumpy())
        numpy, _ = make(OnNumpy(exp=True))
        if device.slow_blas:
            on_numpy.use_numpy_products(numpy)
        numpy.update(plain.parameters())
        off = mx.abs(run(plain) - run(numpy)).max().item()
        times = [(seconds(run, plain), seconds(run, numpy)) for _ in range(runs)]
        before, after = (median(t[i] for t in times) for i in (0, 1))
        print(
            f"  {name}: MLX {before * 1e3:,.0f} ms, numpy {after * 1e3:,.0f} ms, ratio "
            f"{before / after:.1f}; largest difference {off:.0e}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    if sys.platform != "linux":
        raise SystemExit("numpy computes no layers here: MLX is slow at them on Linux only")
    measure(args.runs)
    # MLX imported first keeps its reference BLAS (sf_mlx/device.py)
    code = "import mlx.core; from benchmarks.numpy_layers import measure; measure(1)"
    subprocess.run([sys.executable, "-c", code], check=True)


if __name__ == "__main__":
    main()
