"""How many frames can be taken without waiting."""

import threading
from pathlib import Path

import numpy as np
import pytest

from sf_mlx.video import Selection, read_frames
from sf_mlx.video.crew import Crew
from sf_mlx.video.info import Shot
from sf_mlx.video.picture import Picture, PictureMaker
from tests.video.clips import ODD, encode, moving_square


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Four seconds with a keyframe each."""
    options = {"g": "25", "bf": "0", "sc_threshold": "0"}
    return encode(tmp_path / "a.mp4", moving_square(100), options=options)


class Gate:
    """Lets drawing pass up to the frame at a time (seconds), until it is opened."""

    def __init__(self, until: float, monkeypatch: pytest.MonkeyPatch) -> None:
        self.opened = threading.Event()
        self.reached = threading.Event()
        draw = PictureMaker.__call__

        def gated(maker: PictureMaker, frame) -> Picture:  # type: ignore[no-untyped-def]
            if frame.time >= until:
                self.reached.set()
                assert self.opened.wait(60)
            return draw(maker, frame)

        monkeypatch.setattr(PictureMaker, "__call__", gated)


def test_counts_what_is_finished(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sf_mlx.video.film.cores", lambda: 1)
    gate = Gate(2.0, monkeypatch)
    with read_frames(clip, Selection(20), size=16) as frames:
        early = sum(time < 2 for time in frames.times)
        assert 0 < early < 20
        assert frames.ready == 0  # nothing decodes yet
        next(frames)
        assert gate.reached.wait(60)
        # one drawer: all before the gate are finished, and taking them waits for nobody
        for left in range(early - 1, 0, -1):
            assert frames.ready == left
            next(frames)
        assert frames.ready == 0
        gate.opened.set()
        assert len(list(frames)) == 20 - early
        assert frames.ready == 0


def test_what_is_finished_behind_a_gap_does_not_count(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Later runs may be finished first."""
    monkeypatch.setattr("sf_mlx.video.film.cores", lambda: 1)
    with read_frames(clip, Selection(8), size=16) as frames:
        crews: list[Crew] = []
        deliver = Crew._deliver
        kept: list[tuple[int, Shot]] = []
        last = threading.Event()

        def second_late(crew: Crew, position: int, shot: Shot) -> None:
            if position == 1:
                crews.append(crew)
                kept.append((position, shot))
            else:
                deliver(crew, position, shot)
            if position == 7:
                last.set()

        monkeypatch.setattr(Crew, "_deliver", second_late)
        next(frames)
        assert last.wait(60)
        assert frames.ready == 0
        deliver(crews[0], *kept[0])
        assert frames.ready == 7
        assert len(list(frames)) == 7


def test_a_frame_that_is_wanted_twice_counts_twice(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(0.2, monkeypatch)
    monkeypatch.setattr("sf_mlx.video.film.cores", lambda: 1)
    # 25 frames a second, each taken four times
    with read_frames(clip, Selection(fps=100, end=0.4), size=16) as frames:
        next(frames)
        assert gate.reached.wait(60)
        assert frames.ready == 4 * 5 - 1
        gate.opened.set()
        assert len(list(frames)) == 4 * 10 - 1


def test_shots_without_a_picture_are_none_to_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the first cannot be decoded, the caller waits for the one that stands for it."""
    crew = Crew.__new__(Crew)
    crew._changed = threading.Condition()
    crew._shots, crew._without_gap, crew._pictured, crew.finished = {}, 0, False, 0
    crew._deliver(0, Shot(None, hit=False))
    assert crew.finished == 0
    crew._deliver(2, Shot(None, hit=False))
    crew._deliver(1, Shot(np.zeros((2, 2, 3), np.uint8), hit=True))
    assert crew.finished == 3


def test_nothing_decodes_pictures_ahead() -> None:
    """So all of them may be taken."""
    with read_frames(np.zeros((10, 8, 8, 3), np.uint8), Selection(6), size=16) as frames:
        assert frames.ready == 6
        next(frames)
        assert frames.ready == 5
    assert frames.ready == 0


def test_nothing_is_ready_after_the_end_or_closing(clip: Path) -> None:
    frames = read_frames(clip, Selection(10), size=16)
    assert len(list(frames)) == 10 and frames.ready == 0
    early = read_frames(clip, Selection(10), size=16)
    next(early)
    early.close()
    assert early.ready == 0


def test_counts_on_where_the_index_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the change to reading straight through."""
    path = ODD / "open_gop_bframes.mp4"
    from sf_mlx.video.reader import IndexLies, Reader

    read = Reader.read

    def lying(self: Reader, targets):  # type: ignore[no-untyped-def]
        if self._seek and targets[0] > 40000:
            raise IndexLies
        return read(self, targets)

    monkeypatch.setattr("sf_mlx.video.film.cores", lambda: 1)
    expected = [frame.image for frame in read_frames(path, Selection(12), size=32)]
    monkeypatch.setattr(Reader, "read", lying)
    with read_frames(path, Selection(12), size=32) as frames:
        got = []
        for frame in frames:
            got.append(frame.image)
            assert 0 <= frames.ready <= 12 - len(got)
    assert any("index does not match" in warning for warning in frames.warnings)
    assert all((a == b).all() for a, b in zip(got, expected, strict=True))
