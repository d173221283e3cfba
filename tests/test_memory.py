"""What the activations of a full-size vision tower may take."""

import mlx.core as mx
import numpy as np

from sf_mlx.model.llava import Llava
from sf_mlx.model.llava_config import read_config
from sf_mlx.vision import FEWEST_FRAMES
from tests.tiny import CONFIG


def test_full_size_tower_stays_under_one_gibibyte():
    """One layer of ViT-L/14-336 on two and a half passes; more layers and passes hold no more."""
    tower = {
        **CONFIG["vision_config"],
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_attention_heads": 16,
        "num_hidden_layers": 1,
        "image_size": 336,
    }
    model = Llava(read_config({**CONFIG, "vision_config": tower}))
    mx.eval(model.parameters())
    frames = np.zeros((20, 336, 336, 3), np.uint8)
    mx.clear_cache()
    before = mx.get_active_memory()
    mx.reset_peak_memory()
    features = [
        model.encode(frames[start : start + FEWEST_FRAMES]) for start in range(0, 20, FEWEST_FRAMES)
    ]
    assert [part.shape for part in features] == [(8, 576, 128), (8, 576, 128), (4, 576, 128)]
    kept = sum(part.nbytes for part in features)
    assert mx.get_peak_memory() - before - kept < 2**30


def test_released_tower_gives_its_memory_back():
    model = Llava(read_config(CONFIG))
    mx.eval(model.parameters())
    before = mx.get_active_memory()
    model.release_vision()
    assert model.vision_tower is None and not model.sees
    assert mx.get_active_memory() < before
