"""SlowFast pooling against the numbers that the reference implementation produced."""

import json
from pathlib import Path

import mlx.core as mx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sf_mlx.errors import UsageError, printable
from sf_mlx.slowfast import (
    POOLS,
    PRESETS,
    Pool,
    SlowFast,
    parse_spec,
    preset,
    slow_indices,
)

GOLDEN = Path(__file__).parent / "data" / "golden"
CASES = json.loads((GOLDEN / "aggregate.json").read_text())["cases"]
SAMPLING = json.loads((GOLDEN / "sampling.json").read_text())


@pytest.fixture(scope="module")
def tensors() -> dict[str, mx.array]:
    return mx.load(str(GOLDEN / "aggregate.safetensors"))


def by_key(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda c: c["key"])


def assert_matches(tokens: mx.array, case: dict, tensors: dict, rows_atol: float) -> None:
    tokens = np.array(tokens.astype(mx.float32))
    assert [1, *tokens.shape] == case["shape"]
    if case["stored"] == "full":
        np.testing.assert_allclose(tokens, np.array(tensors[case["key"] + "/full"]), atol=rows_atol)
    else:
        rows = np.array(tensors[case["key"] + "/rows"])
        np.testing.assert_allclose(tokens[case["row_indices"]], rows, atol=rows_atol)
        # every row counts in the channel sums: L rows, each within rows_atol
        sums = np.array(tensors[case["key"] + "/channel_sum"])
        np.testing.assert_allclose(
            tokens.sum(0, dtype=np.float64), sums, atol=rows_atol * tokens.shape[0]
        )


@by_key([c for c in CASES if "shape" in c])
def test_pooling_equals_reference_in_float32(case, tensors):
    features = tensors[case["input"]].astype(mx.float32)
    tokens = parse_spec(case["mode"])(features)
    # max and concat only move values; averages differ by the order of summation
    exact = case["mode"] == "concat" or case["mode"].endswith("max_pool")
    assert_matches(tokens, case, tensors, rows_atol=0 if exact else 1e-5)


@pytest.mark.parametrize("dtype", [mx.float16, mx.bfloat16], ids=str)
@by_key([c for c in CASES if "shape" in c and c["input"] == "B/features"])
def test_pooling_in_half_precision(case, dtype, tensors):
    # Up to three sums and divisions, each rounded once: 6 half-ulps of values below 16
    bound = 6 * 16 * (2**-11 if dtype == mx.float16 else 2**-8)
    features = tensors[case["input"]].astype(dtype)
    tokens = parse_spec(case["mode"])(features)
    assert tokens.dtype == dtype
    assert_matches(tokens, case, tensors, rows_atol=bound)


@by_key([c for c in CASES if "error" in c])
def test_what_upstream_refuses_is_refused(case):
    with pytest.raises(UsageError):
        parse_spec(case["mode"])


@by_key([c for c in CASES if "shape" in c])
def test_token_count_is_known_before_anything_runs(case, tensors):
    frames, patches, _ = tensors[case["input"]].shape
    assert parse_spec(case["mode"]).tokens(frames, patches) == case["shape"][1]


@pytest.mark.parametrize(
    "row", SAMPLING["slow_indices"], ids=lambda r: f"{r['num_slow']}of{r['T']}"
)
def test_slow_frames_are_upstreams(row):
    assert slow_indices(row["T"], row["num_slow"]) == row["indices"]


@pytest.mark.parametrize(
    "row", SAMPLING["slow_indices_platform_dependent"], ids=lambda r: f"{r['num_slow']}of{r['T']}"
)
def test_slow_frames_where_upstream_depends_on_the_machine(row):
    assert slow_indices(row["T"], row["num_slow"]) in (row["indices_fused"], row["indices_unfused"])


def test_presets_have_the_papers_token_counts():
    counts = {name: spec.tokens(50, 576) for name, spec in PRESETS.items()}
    assert counts == {"default": 3680, "fast": 2930, "light": 2240, "detail": 6560}


specs = st.builds(
    SlowFast,
    frames=st.integers(1, 200),
    slow_frames=st.integers(0, 200),
    slow_pool=st.sampled_from(POOLS),
    fast_grid=st.tuples(st.integers(0, 40), st.integers(0, 40)),
) | st.builds(Pool, pool=st.sampled_from(POOLS), frames=st.integers(1, 200))


@given(specs)
def test_printed_specs_parse_to_themselves(spec):
    assert parse_spec(str(spec), spec.frames) == spec


@given(st.text())
def test_any_text_parses_or_is_refused_with_a_reason(text):
    try:
        spec = parse_spec(text)
    except UsageError as error:
        assert repr(printable(text, 60)) in str(error) or "unknown pooling" in str(error)
    else:
        assert parse_spec(str(spec)) == spec


@settings(max_examples=60, deadline=None)
@given(specs, st.integers(1, 12), st.integers(2, 9))
def test_promised_token_count_is_delivered(spec, frames, side):
    features = mx.random.normal((frames, side * side, 3))
    tokens = spec(features)
    assert tokens.shape == (spec.tokens(frames, side * side), 3)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(2, 9), st.integers(1, 4))
def test_fast_path_is_adaptive_average_pooling(rows, columns, side, frames):
    """Against the definition, written out: bins floor(i*n/k) to ceil((i+1)*n/k)."""
    features = np.random.default_rng(0).normal(size=(frames, side * side, 2)).astype(np.float32)
    grid = features.reshape(frames, side, side, 2)
    expected = [
        frame[
            r * side // rows : -(-(r + 1) * side // rows),
            c * side // columns : -(-(c + 1) * side // columns),
        ].mean(axis=(0, 1))
        for frame in grid
        for r in range(rows)
        for c in range(columns)
    ]
    tokens = SlowFast(slow_frames=0, fast_grid=(rows, columns))(mx.array(features))
    np.testing.assert_allclose(np.array(tokens), np.array(expected), atol=1e-5)


@given(st.integers(1, 300), st.integers(1, 100))
def test_slow_frames_are_in_order_and_in_range(frames, slow):
    indices = slow_indices(frames, slow)
    assert len(indices) == slow
    assert indices == sorted(indices)
    assert indices[0] == 0 and indices[-1] < frames


@pytest.mark.parametrize(
    "text",
    [
        "slowfast-slow_1frms_concat-fast_999999999x0",
        "slowfast-slow_1frms_concat-fast_0x9999999999",
        "slowfast-slow_999999999frms_concat-fast_1x1",
        f"slowfast-slow_{'9' * 5000}frms_concat-fast_1x1",
        f"slowfast-slow_1frms_concat-fast_1x{'9' * 5000}",
        "slowfast-slow_1frms_concat-fast_257x1",
        f"slowfast-slow_1frms_{'x' * 5000}-fast_1x1",
    ],
    ids=lambda text: text[:44],
)
def test_numbers_out_of_range_are_refused(text):
    """The grids made arrays of that length: no end, and 74 GiB."""
    with pytest.raises(UsageError):
        parse_spec(text)


def test_the_largest_numbers_are_computed():
    spec = SlowFast(slow_frames=10_000, slow_pool="temporal_global_pool", fast_grid=(256, 1))
    tokens = spec(mx.ones((1, 4, 2)))
    assert tokens.shape == (spec.tokens(1, 4), 2) == (4 + 256, 2)
    assert parse_spec(f"slowfast-slow_{'0' * 5000}7frms_concat-fast_1x1").slow_frames == 7


@pytest.mark.parametrize("wrong", [-1, True, 2.0, "4", 10**9])
def test_counts_that_are_none(wrong):
    with pytest.raises(UsageError):
        SlowFast(slow_frames=wrong)
    with pytest.raises(UsageError):
        SlowFast(fast_grid=(4, wrong))


def test_patches_that_are_not_a_square_are_refused():
    features = mx.zeros((4, 600, 8))
    for spec in (SlowFast(), Pool("spatial_2d_avg_pool"), Pool("spatial_temporal_pool")):
        with pytest.raises(UsageError, match="600"):
            spec(features)
    assert Pool("spatial_1d_avg_pool")(features).shape == (1200, 8)


def test_no_frame_is_an_error():
    with pytest.raises(UsageError):
        SlowFast()(mx.zeros((0, 576, 8)))


@pytest.mark.parametrize(
    "call", [lambda: preset("nope"), lambda: preset("fast", 0), lambda: parse_spec("concat", 0)]
)
def test_wrong_preset_or_frame_count(call):
    with pytest.raises(UsageError):
        call()
