"""Streaming: sampling options, stop strings, text pieces, counts, and refusals."""

from itertools import pairwise

import mlx.core as mx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sf_mlx
from sf_mlx.errors import ContextLengthError, UsageError
from sf_mlx.generate import (
    Generated,
    Sampling,
    _Stopper,
    _TextStream,
    check_context,
    generate,
)
from tests.conftest import GOLDEN
from tests.tiny import write_tiny


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return sf_mlx.load(write_tiny(tmp_path_factory.mktemp("tiny") / "model"))


@pytest.fixture(scope="module")
def prefix(tiny) -> mx.array:
    mx.random.seed(7)
    return mx.random.normal((40, 128))


def run(model, prefix, ends=frozenset(), **options):
    sampling = Sampling(**{"max_tokens": 12, **options})
    pieces = list(generate(model.llava, model.tokenizer, prefix, (5, 6, 7), sampling, ends))
    return "".join(p for p in pieces if isinstance(p, str)), pieces[-1]


def test_one_record_comes_last(tiny, prefix):
    text, record = run(tiny, prefix)
    assert isinstance(record, Generated)
    assert (record.prompt_tokens, record.tokens, record.finish_reason) == (43, 12, "length")
    assert text and record.tokens_per_second > 0


def test_max_tokens(tiny, prefix):
    assert run(tiny, prefix, max_tokens=1)[1].tokens == 1
    assert run(tiny, prefix, max_tokens=1)[1].tokens_per_second == 0


def test_greedy_is_repeatable_and_ignores_the_seed(tiny, prefix):
    assert run(tiny, prefix, seed=1)[0] == run(tiny, prefix, seed=2)[0]


def test_seed_makes_sampling_repeatable(tiny, prefix):
    texts = [run(tiny, prefix, temperature=2.0, seed=seed)[0] for seed in (1, 1, 2, 3)]
    assert texts[0] == texts[1]
    assert len(set(texts)) > 1


def test_top_k_beyond_the_vocabulary_keeps_all(tiny, prefix):
    wide = run(tiny, prefix, temperature=1.0, seed=3, top_k=10**6)
    assert wide[0] == run(tiny, prefix, temperature=1.0, seed=3)[0]


@pytest.mark.parametrize("only_best", [{"top_k": 1}, {"min_p": 1.0}, {"top_p": 1e-6}])
def test_sampling_filters_that_leave_one_token_are_greedy(tiny, prefix, only_best):
    assert run(tiny, prefix, temperature=1.5, seed=3, **only_best)[0] == run(tiny, prefix)[0]


def test_repetition_penalty_changes_a_repeating_answer():
    """vicuna-hf's random weights repeat words from this start, the first at token 28."""
    model = sf_mlx.load(GOLDEN / "models" / "vicuna-hf")
    mx.random.seed(7)
    prefix = mx.random.normal((40, 96))
    plain, strong = (
        run(model, prefix, max_tokens=40, repetition_penalty=penalty)[0] for penalty in (1.0, 5.0)
    )
    assert plain != strong and plain[:60] == strong[:60]


def test_end_token_stops_and_is_not_shown(tiny, prefix):
    every = frozenset(range(1152))
    text, record = run(tiny, prefix, ends=every)
    assert (text, record.tokens, record.finish_reason) == ("", 0, "stop")


def test_stop_string_ends_the_answer_before_it(tiny, prefix):
    text, _ = run(tiny, prefix)
    stop = text[4:7]
    cut, record = run(tiny, prefix, stop=(stop,))
    assert cut == text[: text.index(stop)]
    assert record.finish_reason == "stop"


@pytest.mark.parametrize("bits", [8, 4])
def test_quantised_kv_cache_runs(tiny, prefix, bits):
    assert run(tiny, prefix, kv_bits=bits)[1].tokens == 12


def test_eight_bit_kv_cache_keeps_the_first_token(tiny, prefix):
    assert run(tiny, prefix, kv_bits=8, max_tokens=1)[0] == run(tiny, prefix, max_tokens=1)[0]


def test_kv_cache_that_cannot_be_quantised(prefix):
    model = sf_mlx.load(GOLDEN / "models" / "vicuna-hf")
    with pytest.raises(UsageError, match="24"):
        model.ask(GOLDEN / "forward" / "frames", "Why?", sampling=Sampling(kv_bits=8))


def test_closing_the_generator_stops_it(tiny, prefix):
    steps = []
    pieces = generate(
        tiny.llava, tiny.tokenizer, prefix, (5,), Sampling(max_tokens=1000), frozenset(),
        progress=lambda *done: steps.append(done),
    )  # fmt: skip
    next(pieces)
    pieces.close()
    assert list(pieces) == []
    assert steps[-1] == (41, 41)


def stream(tokenizer, ids: list[int]) -> list[str]:
    text = _TextStream(tokenizer)
    return [text.push(token) for token in ids]


def test_pieces_are_whole_characters(tiny):
    """A character of several byte tokens appears when its last byte does."""
    ids = tiny.tokenizer.encode("ab 😀 é", add_special_tokens=False)
    pieces = stream(tiny.tokenizer, ids)
    assert "\ufffd" not in "".join(pieces)
    assert "".join(pieces).strip() == "ab 😀 é"
    assert "😀" in pieces


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 1129), max_size=30))
def test_streamed_text_is_the_decoded_text(tiny, ids):
    """Whatever tokens a model says. (Bytes that are no character spoil a run of bytes as a whole,
    also those shown already, so then only that it goes on is promised.)"""
    whole = tiny.tokenizer.decode(ids, skip_special_tokens=True)
    streamed = "".join(stream(tiny.tokenizer, ids))
    if "\ufffd" not in whole:
        assert streamed == whole


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_tokens": 0},
        {"temperature": -1},
        {"top_p": 0},
        {"top_p": 1.5},
        {"top_k": -1},
        {"min_p": 2},
        {"repetition_penalty": 0},
        {"stop": ("",)},
        {"kv_bits": 3},
    ],
)
def test_sampling_refuses_nonsense(wrong):
    with pytest.raises(UsageError):
        Sampling(**wrong)


def test_context_error_gives_the_numbers():
    check_context(3680, 90, 256, 8192)
    with pytest.raises(
        ContextLengthError, match=r"6,560 visual \+ 1,500 text \+ 256.*8,316.*8,192"
    ):
        check_context(6560, 1500, 256, 8192)


@given(
    text=st.text("abc", max_size=30),
    stops=st.lists(st.text("abc", min_size=1, max_size=4), max_size=3),
    cuts=st.lists(st.integers(0, 30), max_size=8),
)
def test_stopper_cuts_where_a_whole_text_search_would(text, stops, cuts):
    """However the text is split into pieces."""
    stopper = _Stopper(tuple(stops))
    edges = sorted({0, len(text), *(c for c in cuts if c <= len(text))})
    shown = ""
    for begin, end in pairwise(edges):
        shown += stopper.push(text[begin:end])
        if stopper.stopped:
            break
    else:
        shown += stopper.rest()
    assert all(stop not in shown for stop in stops)
    assert text.startswith(shown)
    if not any(stop in text for stop in stops):
        assert shown == text
