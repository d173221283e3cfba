"""Peak memory of the vision tower and of a conversion: `python -m benchmarks.memory [GB]`.

ViT-L/14-336 on 50 frames must stay under 1 GiB of activations; a conversion under 1.5 times its
largest file plus one output file.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import mlx.core as mx
import numpy as np

from benchmarks.random_model import config, make
from sf_mlx import demo
from sf_mlx.model.llava import ARCHITECTURE
from sf_mlx.model.llava_config import read_config
from sf_mlx.vision import FEWEST_FRAMES
from sf_mlx.weights.checkpoint import expected_shapes
from sf_mlx.weights.convert import convert
from sf_mlx.weights.packing import Packing

GIB = 2**30


def vision(layers: int = 2) -> None:
    """Activations do not depend on the number of layers; two keep this quick without a GPU."""
    tower = {
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_attention_heads": 16,
        "num_hidden_layers": layers,
        "image_size": 336,
    }
    model = make(config(vision=tower))
    frames = np.random.default_rng(0).integers(0, 256, (50, 336, 336, 3), np.uint8)
    mx.eval(model.parameters())
    mx.clear_cache()
    before = mx.get_active_memory()
    mx.reset_peak_memory()
    starts = range(0, len(frames), FEWEST_FRAMES)
    features = mx.concatenate([model.encode(frames[i : i + FEWEST_FRAMES]) for i in starts])
    extra = mx.get_peak_memory() - before - features.nbytes
    print(f"vision: 50 frames of 336x336 through {layers} layers of ViT-L: {extra / GIB:.2f} GiB")


def conversion(gigabytes: float) -> None:
    """A checkpoint of two files, its matrices as wide as a 7B model's."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "model"
        folder.mkdir()
        # One such layer has 0.4 GB
        sizes = config(
            text={
                "hidden_size": 4096,
                "intermediate_size": 11008,
                "num_attention_heads": 32,
                "num_key_value_heads": 32,
                "num_hidden_layers": max(2, round(gigabytes / 0.4)),
            }
        )
        (folder / "config.json").write_text(json.dumps(sizes))
        for name in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(demo.MODEL / name, folder)
        shapes = sorted(expected_shapes(ARCHITECTURE, read_config(sizes)).items())
        largest = 0
        for number in range(2):
            path = folder / f"model-{number}.safetensors"
            part = shapes[: len(shapes) // 2] if number else shapes[len(shapes) // 2 :]
            mx.save_safetensors(str(path), {n: mx.zeros(s, dtype=mx.float16) for n, s in part})
            largest = max(largest, path.stat().st_size)
            mx.clear_cache()
        before = mx.get_active_memory()
        mx.reset_peak_memory()
        output = largest // 2
        convert(folder, Path(scratch) / "out", language=Packing(4, 64), shard_bytes=output)
        peak = mx.get_peak_memory() - before
        bound = 1.5 * largest + output
        print(
            f"conversion: largest file {largest / GIB:.2f} GiB, output files of "
            f"{output / GIB:.2f}: peak {peak / GIB:.2f} GiB, {peak / bound:.2f} of the bound"
        )


def main() -> None:
    vision()
    conversion(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0)


if __name__ == "__main__":
    main()
