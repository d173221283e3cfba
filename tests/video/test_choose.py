"""Which frames are chosen, and how times are read."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sf_mlx.errors import EmptyVideoError, UsageError, VideoLimitError, VideoRangeError
from sf_mlx.video import Limits, Percent, Selection, parse_time
from sf_mlx.video.select import ROUNDING, choose, is_constant_rate, midpoints, shown_at
from sf_mlx.video.times import format_time

GOLDEN = Path(__file__).parent.parent / "data" / "golden" / "sampling.json"
EVERY_40_MS = np.arange(250) * 0.04  # 10 s at 25 frames a second


def test_midpoints_are_upstreams() -> None:
    for row in json.loads(GOLDEN.read_text())["get_seq_frames"]:
        assert midpoints(row["total"], row["requested"]) == row["indices"], row["total"]


@settings(deadline=None)
@given(total=st.integers(0, 200_000), count=st.integers(1, 300))
def test_midpoints_are_ascending_and_inside(total: int, count: int) -> None:
    chosen = midpoints(total, count)
    assert len(chosen) == min(total, count)
    assert chosen == sorted(chosen)
    assert all(0 <= i < total for i in chosen)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12", 12),
        ("12.5s", 12.5),
        (".5", 0.5),
        ("1:02", 62),
        ("1:02:03.5", 3723.5),
        ("75", 75),
        ("5s", 5),
        ("1m30s", 90),
        ("1h2m3s", 3723),
        ("1h 2m 3.5s", 3723.5),
        ("90m", 5400),
        ("2h", 7200),
        ("1H", 3600),
        ("100s", 100),
        ("1m.5s", 60.5),
    ],
)
def test_times_that_people_write(text: str, seconds: float) -> None:
    assert parse_time(text) == seconds


def test_percent() -> None:
    assert parse_time(" 40% ") == Percent(40)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "-3",
        "1:75",
        "1:2:3:4",
        "101%",
        "nan",
        "inf",
        "1e3",
        "1:-2",
        "12s5",
        "%",
        "1m75s",
        "1h60m",
        "1h90s",
        "5m5",
        "h",
        "s",
        "-5s",
        "٣",
    ],
)
def test_times_that_mean_nothing(text: str) -> None:
    with pytest.raises(UsageError, match="is not a time"):
        parse_time(text)


@pytest.mark.parametrize("text", ["-5", "-1:00", " -5s"])
def test_times_from_the_end_are_explained(text: str) -> None:
    with pytest.raises(UsageError, match=r"count from the first frame.*such as 90%"):
        parse_time(text)


@pytest.mark.parametrize("text", ["9" * 5000, "9" * 5000 + ":00:00", "9" * 5000 + "%"])
def test_times_of_thousands_of_digits(text: str) -> None:
    with pytest.raises(UsageError, match=r"of 500\d characters"):
        parse_time(text)


@settings(deadline=None)
@given(st.integers(0, 359_999))
def test_a_printed_clock_time_reads_back(seconds: int) -> None:
    assert parse_time(format_time(seconds)) == seconds


@settings(deadline=None)
@given(start=st.floats(0, 9.9), length=st.floats(0.05, 10), count=st.integers(1, 400))
def test_a_range_holds_its_frames(start: float, length: float, count: int) -> None:
    end = start + length
    chosen, note = choose(Selection(count, start, end), EVERY_40_MS, 10.0)
    inside = [i for i, t in enumerate(EVERY_40_MS) if start - ROUNDING <= t < end - ROUNDING]
    if inside:
        assert len(chosen) == min(count, len(inside))
        assert set(chosen) <= set(inside)
        assert (note is None) == (len(chosen) == count)
    else:
        assert len(chosen) == 1  # the frame that is on screen


def test_percent_ranges() -> None:
    chosen, _ = choose(Selection(10, Percent(50), Percent(100)), EVERY_40_MS, 10.0)
    assert 125 <= chosen[0] <= chosen[-1] <= 249


def test_fewer_frames_come_with_the_reason() -> None:
    chosen, note = choose(Selection(50), EVERY_40_MS[:7], 0.28)
    assert len(chosen) == 7
    assert note == "7 frames instead of 50: the video has no more."
    _, note = choose(Selection(50, 1.0, 1.04), EVERY_40_MS, 10.0)
    assert note == "1 frame instead of 50: the range has no more."


def test_all_loose_pictures_come_once() -> None:
    times = np.arange(7.0)
    assert choose(Selection(50), times, 7.0, loose=True)[0] == list(range(7))
    assert choose(Selection(3, 2.0, 5.0), times, 7.0, loose=True)[0] == [2, 3, 4]
    assert choose(Selection(6), times, 7.0, loose=True)[0] == midpoints(7, 6)
    assert choose(Selection(50), times, 7.0)[0] == midpoints(7, 7)  # a film: upstream's


def test_frames_a_second() -> None:
    chosen, _ = choose(Selection(fps=2), EVERY_40_MS, 10.0)
    assert [EVERY_40_MS[i] for i in chosen] == pytest.approx(
        [k / 2 - (k % 2) * 0.02 for k in range(20)]  # 0.5 s lies inside the frame of 0.48 s
    )
    assert len(choose(Selection(fps=50), EVERY_40_MS, 10.0)[0]) == 500  # each frame twice


def test_explicit_times_come_in_order() -> None:
    chosen, _ = choose(Selection(at=(7.5, 3.0, 3.03, Percent(100))), EVERY_40_MS, 10.0)
    assert chosen == [75, 75, 187, 249]


@settings(deadline=None)
@given(st.lists(st.floats(0, 10), min_size=1, max_size=30))
def test_the_frame_at_a_time_is_the_one_on_screen(wanted: list[float]) -> None:
    for time, i in zip(wanted, shown_at(EVERY_40_MS, wanted), strict=True):
        assert EVERY_40_MS[i] <= time + 1e-6
        assert i == 249 or EVERY_40_MS[i + 1] > time


def test_a_varying_rate_is_spread_over_time() -> None:
    times = np.concatenate([np.arange(0, 4, 0.5), 4 + np.arange(50) * 0.08])
    assert not is_constant_rate(times)
    chosen, _ = choose(Selection(10), times, 8.0)
    assert sum(times[i] < 4 for i in chosen) == 5


def test_stamps_rounded_to_milliseconds_are_a_constant_rate() -> None:
    assert is_constant_rate(np.round(np.arange(3000) / 29.97, 3))


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (Selection(start=11.0), "after the end"),
        (Selection(start=5.0, end=5.0), "is empty"),
        (Selection(start=5.0, end=2.0), "is empty"),
        (Selection(at=(3.0, 10.5)), "after the end"),
        (Selection(at=(-1.0,)), "cannot be"),
        (Selection(end=float("nan")), "cannot be"),
        (Selection(start=10**400), "cannot be inf"),
    ],
)
def test_ranges_outside_the_video(selection: Selection, words: str) -> None:
    with pytest.raises(VideoRangeError, match=words):
        choose(selection, EVERY_40_MS, 10.0)


@pytest.mark.parametrize(
    "values",
    [{"frames": 0}, {"frames": 2.5}, {"frames": float("nan")}, {"fps": 0}, {"fps": float("nan")},
     {"at": ()}, {"at": (1,), "fps": 1}, {"at": (1,), "start": 0.0}, {"frames": True},
     {"frames": "8"}, {"frames": -(10**5000)}, {"fps": "2"}, {"fps": True}, {"start": "5s"},
     {"end": True}, {"at": ("3",)}, {"at": "35"}],
)  # fmt: skip
def test_selections_that_mean_nothing(values: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        Selection(**values)  # type: ignore[arg-type]


def test_a_number_and_a_rate_are_one_too_many() -> None:
    with pytest.raises(UsageError, match="give one"):
        Selection(frames=8, fps=2)
    with pytest.raises(UsageError, match="give one"):
        Selection(frames=8, at=(1.0,))


def test_the_number_of_frames_has_one_owner() -> None:
    assert Selection().frames is None
    assert Selection(100) == Selection(frames=100)
    assert len(choose(Selection(), EVERY_40_MS, 10.0)[0]) == 50
    assert len(choose(Selection(start=1.0), EVERY_40_MS, 10.0, default_frames=8)[0]) == 8
    assert len(choose(Selection(9, start=1.0), EVERY_40_MS, 10.0, default_frames=8)[0]) == 9


def test_the_note_names_the_number_that_was_meant() -> None:
    _, note = choose(Selection(), EVERY_40_MS[:7], 0.28, default_frames=8)
    assert note == "7 frames instead of 8: the video has no more."
    _, note = choose(Selection(10**5000), EVERY_40_MS[:7], 0.28)
    assert note is not None and len(note) < 100


def test_one_photo_is_not_fifty_frames_too_few() -> None:
    one = np.zeros(1)
    assert choose(Selection(), one, 1.0, loose=True) == ([0], None)
    assert choose(Selection(2), one, 1.0, loose=True)[1] is not None
    assert choose(Selection(), one, 0.04)[1] is not None  # a film of one frame is odd


def test_more_frames_than_the_limit() -> None:
    """Found out before there is an array of that length: here of 320 GB."""
    with pytest.raises(VideoLimitError, match=r"40000000000 frames.*--limit frames=N"):
        choose(Selection(fps=1000), np.array([0.0, 4e7]), 4e7)
    with pytest.raises(VideoLimitError):
        choose(Selection(at=(1.0,) * 11), EVERY_40_MS, 10.0, limits=Limits(frames=10))
    with pytest.raises(VideoLimitError):
        choose(Selection(fps=2), EVERY_40_MS, 10.0, limits=Limits(frames=19))
    assert len(choose(Selection(fps=2), EVERY_40_MS, 10.0, limits=Limits(frames=20))[0]) == 20


@pytest.mark.parametrize("value", [-1, 101, float("nan"), float("inf"), "50", True, None])
def test_percentages_that_mean_nothing(value: float) -> None:
    with pytest.raises(UsageError, match="from 0 to 100"):
        Percent(value)


def test_no_frames() -> None:
    with pytest.raises(EmptyVideoError):
        choose(Selection(), np.array([]), 0.0)
