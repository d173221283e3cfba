"""How many readers, threads and drawers: bounded by memory, cores and the work, whatever it is."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sf_mlx import device
from sf_mlx.video import Reading, Selection, film, parallelism, read_frames
from sf_mlx.video.parallelism import SMALL, Parallelism, Work, choose, peak_bytes, share_of
from tests.video.clips import ODD, encode, moving_square

HD, UHD = 1920 * 1080, 3840 * 2160
PLENTY = 10**11

runs = st.lists(st.tuples(st.integers(1, 5000), st.integers(0, 300)), max_size=200)
works = st.builds(
    lambda pixels, deep, threaded, runs, ahead: Work(
        pixels, deep, threaded, [p for p, _ in runs], [n for _, n in runs], ahead
    ),
    st.integers(1, 36_000_000),
    st.booleans(),
    st.booleans(),
    runs,
    st.integers(0, 64),
)


def work(packets: int, pictures: int, count: int, pixels: int = HD, deep: bool = False) -> Work:
    """So many equal runs."""
    return Work(pixels, deep, True, [packets] * count, [pictures] * count, 64)


@given(works, st.integers(1, 256), st.integers(0, PLENTY))
def test_bounds(work: Work, cores: int, memory: int) -> None:
    told = choose(work, cores, memory)
    most = cores if cores <= 2 else cores - 1
    assert 1 <= told.readers * told.threads <= most
    assert told.readers <= max(1, len(work.packets))
    assert told.threads == 1 or work.threaded
    assert told.drawers >= 0 and told.readers * told.drawers <= max(1, most)
    # one reader with one thread is the least that there is
    assert told == Parallelism() or peak_bytes(work, told) <= memory


DOCS = Path(__file__).parent.parent.parent / "docs" / "video.md"
# the clips of the table in the docs, by how their rows begin
TABLE = {
    "1 min 1080p, a keyframe each 250": Work(HD, False, True, [225] * 7 + [40], [7] * 7 + [1], 64),
    "1 min 1080p, a keyframe each 30": work(20, 1, 50),
    "1 h 720p": work(125, 1, 50, 1280 * 720),
    "30 s 1080p HEVC": Work(HD, True, True, [52] * 15, [4] * 5 + [3] * 10, 64),
    "8 s 1080p in one GOP": work(240, 50, 1),
    "10 s 4K": work(55, 10, 5, UHD),
    "3 s 4K": work(90, 50, 1, UHD),
    "1 min 1080p MJPEG": Work(HD, False, False, [1] * 50, [1] * 50, 64),
}


@pytest.mark.parametrize("clip", TABLE)
def test_the_table_in_the_docs(clip: str) -> None:
    (row,) = [line for line in DOCS.read_text().splitlines() if line.startswith(f"| {clip}")]
    columns = ((2, False), (4, False), (8, False), (16, False), (16, True))
    for cell, (cores, low) in zip(row.strip("| ").split("|")[1:], columns, strict=True):
        one = choose(TABLE[clip], cores, share_of(PLENTY, cores, low))
        assert cell.strip() == f"{one.readers}x{one.threads}, {one.drawers}", (cores, low)


@given(works, st.integers(3, 64), st.integers(0, PLENTY))
def test_readers_do_not_stand_still(work: Work, cores: int, memory: int) -> None:
    """A reader whose pictures may not wait would only hold memory."""
    told = choose(work, cores, memory)
    assert (told.readers - 1) * max([1, *work.pictures]) <= work.ahead


@given(st.integers(0, 2**50), st.integers(1, 256), st.booleans())
def test_share_of_memory(free: int, cores: int, low: bool) -> None:
    share = share_of(free, cores, low)
    assert share == SMALL or SMALL < share <= free / 8
    if low or cores <= 2:
        assert share == SMALL


@pytest.mark.parametrize(
    ("clip", "chosen"),
    [
        (work(225, 6, 8), Parallelism(2, 1, 1)),  # a minute, a keyframe each 250 frames
        (work(20, 1, 50), Parallelism(2, 1, 1)),  # each second
        (work(125, 1, 50), Parallelism(2, 1, 1)),  # an hour
        (work(52, 2, 30, deep=True), Parallelism(2, 1, 1)),  # HEVC with 10 bits
        (work(300, 50, 1), Parallelism(1, 2, 1)),  # one GOP
        (work(55, 5, 10, UHD), Parallelism(1, 1, 0)),
        (work(90, 50, 1, UHD), Parallelism(1, 1, 0)),
    ],
)
def test_two_cores_read_as_before(clip: Work, chosen: Parallelism) -> None:
    """Below 200 MB where the pictures allow it, and never more than one decoder needs."""
    assert choose(clip, 2, share_of(PLENTY, 2, low_memory=False)) == chosen


@pytest.mark.parametrize("cores", [8, 16, 64])
@pytest.mark.parametrize("pixels", [HD, UHD])
@pytest.mark.parametrize(("packets", "pictures", "count"), [(225, 6, 8), (20, 1, 50), (300, 50, 1)])
def test_many_cores_are_used(
    packets: int, pictures: int, count: int, pixels: int, cores: int
) -> None:
    """At least four threads decode."""
    told = choose(work(packets, pictures, count, pixels), cores, PLENTY)
    assert told.readers * told.threads >= 4


@pytest.mark.parametrize("cores", [4, 16])
@pytest.mark.parametrize("deep", [False, True])
def test_low_memory_keeps_the_small_promise(cores: int, deep: bool) -> None:
    clip = work(225, 6, 8, deep=deep)
    told = choose(clip, cores, share_of(PLENTY, cores, low_memory=True))
    assert peak_bytes(clip, told) <= SMALL < 200_000_000
    # and threads are not given up for it
    assert told.readers * told.threads > 2


def test_many_runs_cost_no_time_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    followed: list[int] = []
    real = parallelism.duration

    def counted(work: Work, *given: object) -> float:
        followed.append(len(work.packets))
        return real(work, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(parallelism, "duration", counted)
    choose(work(1, 1, 100_000), 16, PLENTY)
    assert followed and max(followed) <= 64


def test_what_a_clip_is_read_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is the file's: its runs, packets and pictures; `low_memory` gets the small share."""
    options = {"g": "25", "bf": "2", "sc_threshold": "0"}
    path = encode(tmp_path / "a.mp4", moving_square(100), options=options)
    asked: list[tuple[Work, int, int]] = []

    def seen(*given: object) -> Parallelism:
        asked.append(given)  # type: ignore[arg-type]
        return choose(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(film, "choose", seen)
    monkeypatch.setattr(film, "cores", lambda: 8)
    monkeypatch.setattr(film, "free_memory", lambda: 8_000_000_000)
    for reading in (Reading(Selection(10)), Reading(Selection(10), low_memory=True)):
        assert len(list(read_frames(path, reading, size=32))) == 10
    (first, _, much), (_, _, little) = asked
    # frames 5, 15 ... 94 of keyframes 0, 25, 50, 75
    assert (first.packets, first.pictures) == ([16, 21, 25, 20], [2, 3, 3, 2])
    assert (first.pixels, first.deep, first.threaded) == (96 * 128, False, True)
    assert (much, little) == (1_000_000_000, SMALL)


def test_decoders_without_threads_get_none() -> None:
    from tests.video.clips import film as opened

    assert not opened(ODD / "mjpeg.avi").threaded
    assert opened(ODD / "av1.mp4").threaded and opened(ODD / "rot90_hevc.mov").threaded


def test_free_memory_is_no_more_than_there_is() -> None:
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 <= device.free_memory() <= there


@pytest.mark.parametrize("text", ["", "MemAvailable:\n", "MemAvailable: x kB\n", "\xff\n"])
def test_free_memory_where_the_system_says_nothing(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "meminfo"
    broken.write_text(text, encoding="utf-8")
    monkeypatch.setattr(device, "_MEMINFO", str(broken))
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 <= device.free_memory() <= there // 4


def test_a_containers_limit_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    group = tmp_path / "cgroup" / "user" / "job"
    group.mkdir(parents=True)
    (group.parent / "memory.max").write_text("1000\n")
    (group.parent / "memory.current").write_text("400\n")
    (group / "memory.max").write_text("max\n")
    (tmp_path / "self").write_text("4:memory:/other\n0::/user/job\n")
    monkeypatch.setattr(device, "_GROUPS", str(tmp_path / "self"))
    monkeypatch.setattr(device, "_GROUP_ROOT", str(tmp_path / "cgroup"))
    assert device.free_memory() == 600
    (group.parent / "memory.current").write_text("4000\n")
    assert device.free_memory() == 0
    (group.parent / "memory.current").write_text("much\n")
    assert device.free_memory() > 600
