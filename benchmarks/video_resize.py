"""What the faster resizing of large and 10-bit pictures changes, in pixels and in features.

    python benchmarks/video_resize.py [CLIP ...]

Exact means the whole picture as RGB and Pillow's bicubic on every pixel, as upstream does.
"""

import sys
from pathlib import Path

import mlx.core as mx
import numpy as np

import sf_mlx.weights.load
from sf_mlx.video import Reading, Selection, read_frames

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "tests" / "data" / "golden" / "models"
CLIPS = [ROOT / "tests" / "data" / "video" / "odd" / "uhd_one_gop.mp4"]
FRAMES = 12


def main() -> None:
    models = {
        name: sf_mlx.weights.load.load_model(MODELS / name)
        for name in ("vicuna-hf", "mistral-hf", "yi34b-hf")
    }
    for path in [Path(name) for name in sys.argv[1:]] or CLIPS:
        fast, exact = (
            np.stack([f.image for f in read_frames(path, Reading(Selection(FRAMES), exact))])
            for exact in (False, True)
        )
        error = np.abs(fast.astype(int) - exact)
        noise = 10 * np.log10(255**2 / max(float((error.astype(float) ** 2).mean()), 1e-9))
        print(f"{path.name}: mean {error.mean():.2f}, max {error.max()} of 255, {noise:.1f} dB")
        for name, model in models.items():
            a, b = (model.vision_features(model.preprocess(pixels)) for pixels in (fast, exact))
            distance = mx.sqrt(mx.mean((a - b) ** 2)) / mx.sqrt(mx.var(b))
            # the yardstick: the same features after one level of random noise on every pixel
            rng = np.random.default_rng(0)
            step = rng.choice([-1, 1], exact.shape)
            noisy = np.clip(exact + step, 0, 255).astype(np.uint8)
            c = model.vision_features(model.preprocess(noisy))
            yardstick = mx.sqrt(mx.mean((c - b) ** 2)) / mx.sqrt(mx.var(b))
            print(
                f"  {name}: features differ by {100 * distance.item():.2f} % of their spread "
                f"(one level of noise on every pixel: {100 * yardstick.item():.2f} %)"
            )


if __name__ == "__main__":
    main()
