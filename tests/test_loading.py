"""Weights are read while the caller goes on: in what order, once, and what goes wrong."""

import threading

import mlx.core as mx
import numpy as np
import pytest
from mlx.utils import tree_flatten

import sf_mlx
from sf_mlx import mlx_thread, trace
from sf_mlx.device import current
from sf_mlx.errors import CheckpointError
from sf_mlx.model.backbone import PARTS, part_of
from sf_mlx.weights import load
from sf_mlx.weights.checkpoint import open_checkpoint
from sf_mlx.weights.load import Weights, load_model
from tests.tiny import write_tiny

CLIP = np.random.default_rng(0).integers(0, 256, (4, 56, 56, 3), np.uint8)


@pytest.fixture
def folder(tmp_path):
    return write_tiny(tmp_path / "tiny", mx.float32)


def events_of(work):
    trace.start()
    try:
        work()
    finally:
        events = trace.stop()
    return events


def test_what_sees_is_read_before_what_speaks(folder):
    """So that frames are seen while the language model is on its way."""
    model = sf_mlx.load(folder)
    events = events_of(lambda: model.ask(CLIP, "Why?", frames=2).finish())
    read = [e["name"] for e in events if e["name"].startswith("weights")]
    assert read == ["weights: vision", "weights: language"]
    assert {e["tid"] for e in events if e["name"].startswith("weights")} == {"sf-mlx weights"}


def test_weights_come_once_and_are_those_of_the_file(folder):
    model = sf_mlx.load(folder)
    for _ in range(2):
        with model.open(CLIP, frames=2) as session:
            session.ask("Why?").finish()
    expected = load_model(folder)
    ours = dict(tree_flatten(model.backbone.parameters()))
    for name, array in tree_flatten(expected.parameters()):
        assert mlx_thread.run(lambda a=array, b=ours[name]: bool(mx.array_equal(a, b))), name


def test_a_model_that_is_prepared_waits_for_no_video(folder):
    model = sf_mlx.load(folder)
    assert model.weights.seconds == 0
    model.prepare()
    for part in PARTS:
        mlx_thread.run(model.weights.place, model.backbone, part)
    assert mlx_thread.run(model.weights.place, model.backbone, "language") == 0


def test_a_video_that_is_prepared_is_read_with_the_right_weights(folder):
    """The very first use of the model, before any answer waited for its weights."""
    with sf_mlx.load(folder).open(CLIP, frames=2) as session:
        session.prepare()
        prepared = session.ask("Why?").text
    assert prepared == sf_mlx.load(folder).ask(CLIP, "Why?", frames=2).text


def test_only_the_part_that_is_asked_for(folder):
    weights = Weights(open_checkpoint(folder), current())
    model = weights.build()
    events = events_of(lambda: weights.place(model, "language"))
    assert [e["name"] for e in events if e["name"].startswith("weights")] == ["weights: language"]


def test_the_precision_is_known_before_the_weights(folder):
    assert sf_mlx.load(folder).backbone.dtype == load_model(folder).dtype


def test_groups_are_small_and_lose_nothing(folder, monkeypatch):
    whole = dict(tree_flatten(load_model(folder).parameters()))
    monkeypatch.setattr(load, "_GROUP_BYTES", 1000)
    weights = Weights(open_checkpoint(folder), current())
    parts = {part: list(weights._groups(part)) for part in PARTS}
    assert all(len(groups) > 5 for groups in parts.values())
    for part, groups in parts.items():
        names = [name for group in groups for name in group]
        assert len(names) == len(set(names))
        assert set(names) == {name for name in whole if part_of(name) == part}


@pytest.mark.parametrize("part", PARTS)
def test_a_file_that_goes_away_is_an_error_of_the_answer(folder, monkeypatch, part):
    """And of the next: nothing is left half."""
    model = sf_mlx.load(folder)
    read = Weights._groups

    def failing(self, which):
        if which == part:
            raise OSError("the disk is gone")
        return read(self, which)

    monkeypatch.setattr(Weights, "_groups", failing)
    for _ in range(2):
        with pytest.raises(CheckpointError, match=r"tiny cannot be read: the disk is gone"):
            model.ask(CLIP, "Why?", frames=2).finish()


def test_a_part_that_nobody_needs_any_more_is_given_back(folder):
    """The disk cache knew the video after the tower had been begun."""
    weights = Weights(open_checkpoint(folder), current())
    weights.begin("vision")
    weights.forget("vision")
    for reader in list(load._readers):
        reader.join(timeout=60)
    assert not weights._coming["vision"].done()
    assert weights.place(weights.build(), "vision") == 0


def test_readers_end_with_the_interpreter(folder):
    model = sf_mlx.load(folder)
    model.prepare()
    for reader in list(load._readers):
        reader.join(timeout=60)
    assert not [t for t in threading.enumerate() if t.name == "sf-mlx weights"]
