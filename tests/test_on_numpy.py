"""What numpy computes on Linux is what MLX would have computed."""

import sys
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlx.nn.layers.distributed import AllToShardedLinear
from mlx.utils import tree_flatten
from mlx_lm.models import llama
from mlx_lm.models.cache import make_prompt_cache

from sf_mlx.device import Device
from sf_mlx.model import clip, on_numpy
from sf_mlx.model.llava import Llava
from sf_mlx.model.llava_config import read_config
from sf_mlx.model.on_numpy import OnNumpy
from sf_mlx.weights.load import load_model
from tests.tiny import CONFIG, write_tiny

# Sums of float32 in another order: some units of the last digit, of values near 1
CLOSE = 2e-5


def pair(key_heads: int, numpy: OnNumpy) -> tuple[Llava, Llava]:
    """A model of MLX's layers, and one of numpy's with the same weights."""
    text = {**CONFIG["text_config"], "num_attention_heads": 4, "num_key_value_heads": key_heads}
    config = read_config({**CONFIG, "text_config": {**text, "head_dim": 64}})
    mx.random.seed(key_heads)
    plain, model = Llava(config), Llava(config, numpy=numpy)
    weights = tree_flatten(plain.parameters())
    mx.eval(weights)
    # Raises unless both have the same names and shapes
    model.load_weights(weights)
    return plain, model


def logits(model: Llava, kv_bits: int | None = None) -> mx.array:
    """Two steps of a prompt and one of an answer, [L, V]."""
    mx.random.seed(7)
    prompt = mx.random.normal((1, 90, 128))
    cache = make_prompt_cache(model.language_model)
    if kv_bits:
        cache = [layer.to_quantized(group_size=64, bits=kv_bits) for layer in cache]
    found = [
        model.language_model(mx.zeros((1, part.shape[1]), mx.int32), cache, input_embeddings=part)
        for part in (prompt[:, :50], prompt[:, 50:89], prompt[:, 89:])
    ]
    return mx.concatenate(found, axis=1)[0]


def assert_same(ours: mx.array, theirs: mx.array) -> None:
    assert ours.dtype == mx.float32
    np.testing.assert_allclose(np.array(ours), np.array(theirs), atol=CLOSE, rtol=CLOSE)


@pytest.mark.parametrize("key_heads", [4, 2, 1])
@pytest.mark.parametrize("products", [False, True])
def test_a_model_computes_the_same(key_heads: int, products: bool) -> None:
    plain, model = pair(key_heads, OnNumpy(exp=True, products=products))
    pixels = mx.random.normal((2, 56, 56, 3))
    assert_same(model.features(pixels), plain.features(pixels))
    assert_same(logits(model), logits(plain))


def test_a_quantised_kv_cache_is_left_to_mlx() -> None:
    plain, model = pair(4, OnNumpy(exp=True))
    assert_same(logits(model, kv_bits=8), logits(plain, kv_bits=8))


@pytest.mark.parametrize("products", [False, True])
def test_a_sharded_model_computes_the_same(products: bool) -> None:
    """mlx-lm replaces the layers and divides the heads; here among one."""
    plain, model = pair(2, OnNumpy(exp=True, products=products))
    model.language_model.shard()
    assert type(model.language_model.layers[0].mlp.up_proj) is AllToShardedLinear
    assert_same(logits(model), logits(plain))


@given(
    batch=st.integers(1, 3),
    heads=st.integers(1, 3),
    length=st.integers(1, 20),
    size=st.sampled_from([1, 8, 32]),
    spread=st.sampled_from([0.1, 1.0, 30.0]),
)
def test_attention_of_any_shape(
    batch: int, heads: int, length: int, size: int, spread: float
) -> None:
    mx.random.seed(length)
    q, k, v = (mx.random.normal((batch, heads, length, size)) for _ in range(3))
    theirs = mx.fast.scaled_dot_product_attention(q * spread, k, v, scale=0.3)
    assert_same(on_numpy.attention(q * spread, k, v, scale=0.3), theirs)


def test_quick_gelu_of_extreme_values() -> None:
    x = mx.array([-1e30, -1e4, -60.0, -51.0, -1.0, 0.0, 1e-30, 1.0, 60.0, 1e4, 1e30])
    with np.errstate(all="raise", under="ignore"):
        ours = on_numpy.quick_gelu(x)
    assert_same(ours, nn.gelu_fast_approx(x))


@pytest.mark.skipif(sys.platform != "linux", reason="MLX is slow at these on Linux only")
def test_the_device_decides(tmp_path: Path) -> None:
    """With OpenBLAS only the exponentials are numpy's, without also the products; on Metal none."""
    folder = write_tiny(tmp_path / "tiny")

    def kinds(device: Device) -> set[type]:
        return {type(module) for module in load_model(folder, device).modules()}

    exponentials = {on_numpy.TextAttention, on_numpy.TextMLP}
    plain = {llama.Attention, llama.MLP}
    fast = kinds(Device("cpu", False, "libopenblas.so.0", 2**34))
    assert exponentials < fast and not plain & fast and nn.Linear in fast
    slow = kinds(Device("cpu", False, None, 2**34))
    assert exponentials | {on_numpy.Linear} < slow and nn.Linear not in slow
    for device in (Device("metal", True, None, 2**34), Device("cpu", True, None, 2**34)):
        other = kinds(device)
        assert plain | {nn.Linear, clip.Attention} < other
        assert not other & {*exponentials, on_numpy.Linear}
