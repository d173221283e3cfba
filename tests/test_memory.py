"""What the activations of a full-size vision tower may take."""

import mlx.core as mx

from sf_mlx.model.config import read_config
from sf_mlx.model.llava import Llava
from tests.tiny import CONFIG


def test_full_size_tower_stays_under_one_gibibyte():
    """One layer of ViT-L/14-336 on two and a half passes; more layers and frames hold no more."""
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
    pixels = mx.zeros((20, 336, 336, 3), dtype=mx.float16)
    mx.eval(pixels)
    mx.clear_cache()
    before = mx.get_active_memory()
    mx.reset_peak_memory()
    features = model.encode(pixels)
    assert features.shape == (20, 576, 128)
    assert mx.get_peak_memory() - before - features.nbytes < 2**30


def test_released_tower_gives_its_memory_back():
    model = Llava(read_config(CONFIG))
    mx.eval(model.parameters())
    before = mx.get_active_memory()
    model.release_vision()
    assert model.vision_tower is None
    assert mx.get_active_memory() < before
