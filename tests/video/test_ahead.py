"""Frames that are decoded on a thread of their own: the same frames, errors and ends."""

import threading

import pytest

from sf_mlx.demo import sample_clip
from sf_mlx.errors import VideoError
from sf_mlx.video import Selection, read_frames
from sf_mlx.video.ahead import Ahead


@pytest.fixture
def clip(tmp_path):
    return sample_clip(tmp_path / "clip.mp4")


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "sf-mlx ahead"]


def test_the_same_frames_in_the_same_order(clip):
    plain = list(read_frames(clip, Selection(12), size=56))
    frames = read_frames(clip, Selection(12), size=56)
    frames.read_ahead()
    with frames:
        found = list(frames)
    assert [(f.index, f.time) for f in found] == [(f.index, f.time) for f in plain]
    assert all((a.image == b.image).all() for a, b in zip(found, plain, strict=True))
    assert next(frames, None) is None and not threads()


def test_closing_ends_the_thread(clip):
    frames = read_frames(clip, Selection(50), size=56)
    frames.read_ahead()
    next(frames)
    frames.close()
    assert not threads()


def test_forgetting_ends_the_thread(clip):
    frames = read_frames(clip, Selection(50), size=56)
    frames.read_ahead()
    del frames
    assert not threads()


def test_an_error_comes_when_it_is_its_turn():
    def broken():
        yield 1
        raise VideoError("cut short")

    ahead = Ahead(broken())
    assert next(ahead) == 1
    with pytest.raises(VideoError, match="cut short"):
        next(ahead)
    with pytest.raises(StopIteration):
        next(ahead)
    ahead.close()
