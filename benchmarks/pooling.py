"""SlowFast pooling against a plain numpy reference: `python -m benchmarks.pooling`.

50 frames of 24x24 patches, 4,096 wide: what LLaVA-1.6-7B gives.
"""

import mlx.core as mx
import numpy as np

from benchmarks.timing import medians
from sf_mlx.slowfast import SlowFast, slow_indices


def naive(features: np.ndarray) -> np.ndarray:
    """Frame by frame and bin by bin, as the paper describes it."""
    slow = [np.maximum(features[i, 0::2], features[i, 1::2]) for i in slow_indices(50, 10)]
    fast = [
        grid[r * 6 : r * 6 + 6, c * 6 : c * 6 + 6].mean(axis=(0, 1))
        for grid in features.reshape(50, 24, 24, -1)
        for r in range(4)
        for c in range(4)
    ]
    return np.concatenate([*slow, np.stack(fast)])


def main() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(50, 576, 4096)).astype(np.float32)
    ours = mx.array(features)
    mx.eval(ours)
    spec = SlowFast()
    difference = np.abs(np.array(spec(ours)) - naive(features)).max()
    times = medians({"numpy": lambda: naive(features), "sf_mlx": lambda: mx.eval(spec(ours))}, 7)
    print(f"3,680 tokens from [50, 576, 4096] float32, largest difference {difference:.1e}")
    for name, seconds in times.items():
        print(f"{name:8} {seconds * 1e3:8.1f} ms   {seconds / times['numpy']:.2f} of numpy")


if __name__ == "__main__":
    main()
