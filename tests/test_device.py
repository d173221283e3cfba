"""What the machine decides: frames a pass of the tower, tokens a step of prefill."""

from types import SimpleNamespace

import mlx.core as mx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sf_mlx import device, plan
from sf_mlx.context import prefill_step
from sf_mlx.device import Device
from sf_mlx.errors import UsageError
from sf_mlx.vision import FEWEST_FRAMES, MOST_FRAMES, frames_per_pass

GB = 10**9


@pytest.mark.parametrize(
    ("backend", "memory", "frames", "step"),
    [
        ("cpu", 24, 8, 256),
        ("metal", 5, 8, 128 * 2),
        ("metal", 11, 8, 256),  # a laptop of 16 GB
        ("metal", 22, 8, 512),
        ("metal", 48, 9, 1024),
        ("cuda", 80, 15, 1024),
    ],
)
def test_larger_machines_take_larger_pieces(backend, memory, frames, step):
    machine = Device(backend, backend != "cpu", None, memory * GB)
    assert (frames_per_pass(machine), prefill_step(machine, 4096)) == (frames, step)


@given(st.sampled_from(["cpu", "metal", "cuda"]), st.integers(0, 2**45), st.integers(1, 2**17))
def test_pieces_are_bounded(backend, memory, width):
    machine = Device(backend, backend != "cpu", None, memory)
    assert FEWEST_FRAMES <= frames_per_pass(machine) <= MOST_FRAMES
    step = prefill_step(machine, width)
    assert 256 <= step <= 1024 and step & (step - 1) == 0
    # More memory is never a smaller step, a wider model never a larger
    more = Device(backend, backend != "cpu", None, 2 * memory)
    assert prefill_step(more, width) >= step >= prefill_step(machine, 2 * width)


@pytest.mark.parametrize("name", ["total_memory", "memory_size"])
def test_a_card_has_its_own_memory(monkeypatch, name):
    monkeypatch.setattr(mx, "default_device", lambda: mx.Device(mx.gpu))
    monkeypatch.setattr(mx.metal, "is_available", lambda: False)
    monkeypatch.setattr(mx, "device_info", lambda: {name: 80 * GB})
    assert device.current() == Device("cuda", True, None, 80 * GB)


def test_the_cache_is_not_quantised_on_cuda(monkeypatch):
    """MLX has no kernel for it there; said before work, not in the middle of it."""
    monkeypatch.setattr(plan, "current", lambda: Device("cuda", True, None, 80 * GB))
    with pytest.raises(UsageError, match="cannot quantise the KV cache on CUDA"):
        plan.check_kv_bits(SimpleNamespace(head_dim=128), 8)
    plan.check_kv_bits(SimpleNamespace(head_dim=128), None)
