"""Nothing is left behind: no file, no thread, no memory; and frames come while others decode."""

import gc
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sf_mlx.errors import SfMlxError
from sf_mlx.video import Frames, Reading, Selection, probe, read_frames
from tests.video.clips import ODD

FD = Path("/dev/fd")


def open_files() -> int:
    return len(os.listdir(FD))


def readers() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("video-")]


def test_a_thousand_opens_leave_nothing() -> None:
    """Good and bad files, read whole, in part, and not at all."""
    names = sorted(f.name for f in ODD.iterdir() if "uhd" not in f.name)
    gc.collect()
    before = open_files()
    for i in range(1000):
        path = ODD / names[i % len(names)]
        try:
            if i % 3 == 0:
                probe(path)
            elif i % 3 == 1:
                read_frames(path)  # forgotten before it began
            else:
                next(read_frames(path, Selection(3), size=16))  # forgotten after one frame
        except SfMlxError:
            pass
    gc.collect()
    assert open_files() == before
    assert not readers()


@pytest.mark.parametrize("taken", [0, 1, 5])
def test_closing_early_ends_the_threads(taken: int) -> None:
    frames = read_frames(ODD / "open_gop_bframes.mp4", Selection(40), size=32)
    for _ in range(taken):
        next(frames)
    frames.close()
    assert not readers()
    with pytest.raises(StopIteration):
        next(frames)


def test_a_forgotten_iterator_leaves_nothing() -> None:
    """Without a call of close, and without the garbage collector."""
    gc.collect()
    gc.disable()
    try:
        before = open_files()
        frames = read_frames(ODD / "rot90_hevc.mov", Selection(150), size=32)
        next(frames)
        assert readers() and open_files() > before
        del frames
        assert not readers() and open_files() == before
    finally:
        gc.enable()


SCRIPT = """
import gc, sys, threading
from sf_mlx.video import Selection, crew, picture, read_frames
gc.disable()
crew._AHEAD = 2
draw, drawn, third = picture.PictureMaker.__call__, [], threading.Event()
def counted(self, frame):
    drawn.append(frame.pts)
    made = draw(self, frame)
    if len(drawn) == 3:
        third.set()
    return made
picture.PictureMaker.__call__ = counted
frames = read_frames(sys.argv[1], Selection(100), size=32)
next(frames)
third.wait(1)  # by then all threads wait for the caller
"""


def test_a_script_may_end_in_the_middle_of_a_video() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, ODD / "rot90_hevc.mov"], capture_output=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_reader_does_not_run_far_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller that takes one frame of many has few decoded for him."""
    made: list[int] = []
    from sf_mlx.video.picture import PictureMaker

    draw = PictureMaker.__call__

    def counting(self: PictureMaker, frame):  # type: ignore[no-untyped-def]
        made.append(1)
        return draw(self, frame)

    monkeypatch.setattr(PictureMaker, "__call__", counting)
    monkeypatch.setattr("sf_mlx.video.crew._AHEAD", 4)
    with read_frames(ODD / "rot90_hevc.mov", Selection(150), size=16) as frames:
        next(frames)
        next(frames)
        assert isinstance(frames, Frames)
    assert 2 <= len(made) <= 2 + 4 + 1


def test_hwaccel_where_there_is_none() -> None:
    """Software decoding, and it is said. (VideoToolbox itself needs a Mac.)"""
    frames = read_frames(ODD / "gray.mp4", Reading(Selection(3), hwaccel=True), size=32)
    assert len(list(frames)) == 3
    if os.uname().sysname != "Darwin":
        assert any("VideoToolbox" in warning for warning in frames.warnings)


def test_hwaccel_that_falls_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where FFmpeg finds no such device after all: the same frames, and no file stays open."""
    monkeypatch.setattr("sf_mlx.video.film.has_videotoolbox", lambda: True)
    before = open_files()
    asked = Reading(Selection(3), hwaccel=True)
    there, without = (
        [f.image for f in read_frames(ODD / "gray.mp4", reading, size=32)]
        for reading in (asked, Selection(3))
    )
    assert len(there) == 3 and open_files() == before
    if os.uname().sysname != "Darwin":
        assert all((a == b).all() for a, b in zip(there, without, strict=True))
