"""Token ids to text: whole characters, stop strings, no white space around the answer."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sf_mlx.text import Stopper, Strip, TextStream
from sf_mlx.weights.tokenizer import load_tokenizer
from tests.conftest import GOLDEN


@pytest.fixture(scope="module")
def tokenizer():
    return load_tokenizer(GOLDEN / "models" / "vicuna-hf")


def stream(tokenizer, ids: list[int]) -> list[str]:
    text = TextStream(tokenizer)
    return [text.push(token) for token in ids]


def test_pieces_are_whole_characters(tokenizer):
    """A character of several byte tokens appears when its last byte does."""
    ids = tokenizer.encode("ab 😀 é", add_special_tokens=False).ids
    pieces = stream(tokenizer, ids)
    assert "\ufffd" not in "".join(pieces)
    assert "".join(pieces).strip() == "ab 😀 é"
    assert "😀" in pieces


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 1129), max_size=30))
def test_streamed_text_is_the_decoded_text(tokenizer, ids):
    """Whatever tokens a model says. (Bytes that are no character spoil a run of bytes as a whole,
    also those shown already, so then only that it goes on is promised.)"""
    whole = tokenizer.decode(ids, skip_special_tokens=True)
    streamed = "".join(stream(tokenizer, ids))
    if "\ufffd" not in whole:
        assert streamed == whole


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(3, 1129), max_size=20), st.integers(0, 80))
def test_tokens_within_a_length_are_those_that_fit(tokenizer, ids, characters):
    text = TextStream(tokenizer)
    for token in ids:
        text.push(token)
    count = text.tokens_within(characters)

    def length(n: int) -> int:
        return len(tokenizer.decode(ids[:n], skip_special_tokens=True))

    assert count == max(n for n in range(len(ids) + 1) if length(n) <= characters or n == 0)


@given(text=st.text(" \nab", max_size=20), cuts=st.lists(st.integers(0, 20), max_size=6))
def test_strip_does_what_str_strip_does(text, cuts):
    """However the text is split into pieces, and no piece ends in white space."""
    strip = Strip()
    edges = sorted({0, len(text), *(c for c in cuts if c <= len(text))})
    pieces = [strip.push(text[begin:end]) for begin, end in pairwise(edges)]
    assert "".join(pieces) == text.strip()
    assert all(piece == piece.rstrip() for piece in pieces)


@given(
    text=st.text("abc", max_size=30),
    stops=st.lists(st.text("abc", min_size=1, max_size=4), max_size=3),
    cuts=st.lists(st.integers(0, 30), max_size=8),
)
def test_stopper_cuts_where_a_whole_text_search_would(text, stops, cuts):
    """However the text is split into pieces."""
    stopper = Stopper(tuple(stops))
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
    assert stopper.passed == len(shown) - len("" if stopper.stopped else stopper.rest())
