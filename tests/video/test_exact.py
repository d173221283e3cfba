"""The asked frame is the frame that comes, whatever way it is reached."""

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sf_mlx.video import Percent, Selection, read_frames
from sf_mlx.video.parallelism import Parallelism
from sf_mlx.video.reader import Reader
from sf_mlx.video.select import ROUNDING, choose, midpoints
from tests.video.clips import ODD, SHARED, digest, film, straight

# every way in which seeking is known to go wrong: open GOPs, B-frames, edit lists, offsets,
# fragments, no index, one GOP, decoders that drop frames
CLIPS = [
    "open_gop_bframes.mp4", "editlist_hides_head.mp4", "fragmented.mp4", "start_10s.ts",
    "start_7_5s.mkv", "rot90_hevc.mov", "hdr_hlg_bt2020_hevc10.mov", "av1.mp4", "webm_named.mp4",
    "latin1_metadata.avi", "mjpeg.avi", "vfr_2_then_12fps.mp4", "loop.gif",
    "truncated60_moov_front.mp4", "two_video_streams.mkv",
]  # fmt: skip
REAL = ["flower.mp4", "friday.mp4", "car-detection.mp4", "nasa_13013.mp4"]
COUNTS = (1, 2, 10, 50, 200)


@cache
def reference(path: Path) -> dict[int, str]:
    return straight(path, film(path).info.stream)


def read(path: Path, stamps: list[int], threads: int = 1) -> list[str]:
    """What the reader gives for each stamp."""
    clip = film(path)
    with Reader(clip.file, clip.timeline, threads=threads, opened=clip.opened) as reader:
        found = list(reader.read(stamps))
    assert [f.target for f in found] == stamps
    assert all(f.hit and not f.corrupt for f in found)
    return [digest(f.frame) for f in found]


@pytest.mark.parametrize("name", CLIPS)
def test_the_timeline_is_what_a_straight_decode_shows(name: str) -> None:
    assert film(ODD / name).timeline.pts.tolist() == sorted(reference(ODD / name))


@pytest.mark.parametrize("name", CLIPS)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_any_frames_in_any_spacing(name: str, data: st.DataObject) -> None:
    expected = reference(ODD / name)
    some = st.sets(st.sampled_from(sorted(expected)), min_size=1, max_size=12)
    stamps = sorted(data.draw(some))
    threads = data.draw(st.sampled_from((1, 2)))
    assert read(ODD / name, stamps, threads) == [expected[stamp] for stamp in stamps]


@pytest.mark.parametrize("name", REAL)
@pytest.mark.skipif(not SHARED.exists(), reason="the real clips are not beside this checkout")
def test_real_clips_in_random_ranges(name: str) -> None:
    """1, 2, 10, 50 and 200 frames of 100 random ranges each.

    The pictures of two ranges, or of all with SF_MLX_THOROUGH=1 (minutes); the choice of all.
    """
    path = SHARED / name
    expected = reference(path)
    clip = film(path)
    pts, times, duration = clip.timeline.pts, clip.times, clip.info.duration
    assert pts.tolist() == sorted(expected)
    rng = np.random.default_rng(3)
    for count in COUNTS:
        for turn in range(100):
            start, end = sorted(rng.uniform(0, duration, 2))
            indices, _ = choose(Selection(count, start, end), times, duration)
            inside = np.flatnonzero((times >= start - ROUNDING) & (times < end - ROUNDING))
            assert len(indices) == max(1, min(count, len(inside)))
            if turn < (100 if os.environ.get("SF_MLX_THOROUGH") else 2):
                stamps = sorted({int(pts[i]) for i in indices})
                assert read(path, stamps) == [expected[stamp] for stamp in stamps]


@pytest.mark.parametrize("name", ["open_gop_bframes.mp4", "start_10s.ts"])
def test_readers_side_by_side_give_what_one_gives(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def images(*how: int) -> np.ndarray:
        monkeypatch.setattr("sf_mlx.video.film.choose", lambda *_: Parallelism(*how))
        return np.stack([f.image for f in read_frames(ODD / name, Selection(30), size=84)])

    one = images(1, 1, 0)
    for how in ((1, 1, 1), (2, 1, 1), (8, 1, 1), (1, 8, 3), (2, 3, 2)):
        assert (one == images(*how)).all()


@pytest.mark.parametrize("threads", [1, 2, 4, 8])
@pytest.mark.parametrize("name", ["open_gop_bframes.mp4", "start_10s.ts", "rot90_hevc.mov"])
def test_reading_on_from_run_to_run(name: str, threads: int) -> None:
    """What is in the decoder when a run ends may be asked by the next one."""
    clip = film(ODD / name)
    expected = straight(ODD / name, clip.info.stream)
    stamps = [int(clip.timeline.pts[i]) for i in midpoints(len(clip.timeline.pts), 30)]
    for step in (1, 3, 30):
        with Reader(clip.file, clip.timeline, threads=threads) as one:
            for start in range(0, 30, step):
                for found in one.read(stamps[start : start + step]):
                    assert found.hit and digest(found.frame) == expected[found.target]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
@given(st.floats(0, 100), st.floats(0, 100), st.integers(1, 60))
def test_times_match_pictures(a: float, b: float, count: int) -> None:
    """A frame's picture is the one that a straight decode shows at its time."""
    if abs(a - b) < 1:
        return
    path = ODD / "start_7_5s.mkv"
    selection = Selection(count, Percent(min(a, b)), Percent(max(a, b)))
    everything = {f.time: f.image for f in read_frames(path, Selection(fps=60), size=32)}
    for frame in read_frames(path, selection, size=32):
        assert (frame.image == everything[frame.time]).all()
