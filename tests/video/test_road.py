"""The road of a plain MP4: how often it is opened, and how deep the calls are to its pictures."""

import builtins
import io
import re
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import av
import numpy as np
import pytest

from benchmarks.video_mutations import mutate
from sf_mlx.video import Selection, headers, probe, read_frames, reader
from sf_mlx.video.headers import read_header
from sf_mlx.video.parallelism import Parallelism
from sf_mlx.video.picture import PictureMaker
from sf_mlx.video.reader import Reader
from tests.video.clips import ODD, encode, film, moving_square

ARCHITECTURE = Path(__file__).parent.parent.parent / "docs" / "architecture.md"
ROOM = str(Path(headers.__file__).parent)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds with a keyframe each."""
    options = {"g": "25", "bf": "2", "sc_threshold": "0"}
    return encode(tmp_path_factory.mktemp("plain") / "a.mp4", moving_square(250), options=options)


@pytest.fixture
def opens(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Who opened the film, in order: python or ffmpeg."""
    found: list[str] = []

    def counted(who: str, real: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            if str(args[0]).endswith("a.mp4"):
                found.append(who)
            return real(*args, **options)

        return call

    monkeypatch.setattr(builtins, "open", counted("python", open))
    monkeypatch.setattr(av, "open", counted("ffmpeg", av.open))
    return found


@pytest.mark.parametrize("readers", [1, 2, 4])
def test_a_file_is_opened_once_for_its_header_and_once_for_each_reader(
    readers: int, plain: Path, opens: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So two readers open it three times; the first goes on with what told the index."""
    one = Parallelism(readers, 1, 1)
    monkeypatch.setattr("sf_mlx.video.film.choose", lambda *_: one)
    assert len(list(read_frames(plain, Selection(50), size=32))) == 50
    assert opens == ["python"] + ["ffmpeg"] * readers


def test_the_header_is_parsed_once(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[object] = []
    real = headers._Movie.tracks
    monkeypatch.setattr(
        headers._Movie, "tracks", lambda *given: parsed.append(given) or real(*given)
    )
    frames = read_frames(plain, Selection(5), size=32)
    list(frames)
    assert len(parsed) == 1 and frames.info.frames_from == "stated"


def test_a_probe_opens_a_file_twice(plain: Path, opens: list[str]) -> None:
    probe(plain)
    assert opens == ["python", "ffmpeg"]


def stack(frame: FrameType | None) -> list[str]:
    """The functions of the video room that are under way, the outermost first."""
    found = []
    while frame is not None:
        name = frame.f_code.co_name
        if frame.f_code.co_filename.startswith(ROOM) and not name.startswith("<"):
            found.append(name)
        frame = frame.f_back
    return found[::-1]


def test_seven_hops_to_a_picture(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the caller's `next` to the first picture, over three threads, as the docs list them."""
    caller = threading.get_ident()
    seen: list[list[str]] = []
    real = PictureMaker.__call__

    def drawn(self: PictureMaker, frame: Any) -> Any:
        if not seen:
            names = {thread.ident: thread.name for thread in threading.enumerate()}
            frames = sys._current_frames()
            reading = [f for i, f in frames.items() if "video-reader" in names.get(i, "")]
            waits = stack(frames[caller])
            if waits[-1] == "shot":  # it may still be starting the threads
                waits.pop()
            seen.append([*waits, stack(reading[0])[0], *stack(sys._getframe()), "__call__"])
        return real(self, frame)

    monkeypatch.setattr("sf_mlx.video.film.cores", lambda: 1)
    monkeypatch.setattr(PictureMaker, "__call__", drawn)
    next(read_frames(plain, Selection(5), size=32))
    (road,) = seen
    assert len(road) <= 7
    listed = re.findall(r"^\d\. `(?:\w+\.)*(\w+)` \(", ARCHITECTURE.read_text(), re.MULTILINE)
    assert road == listed


def test_no_call_is_deeper_than_eight(plain: Path) -> None:
    """In any thread, functions of the video room alone."""
    deepest: dict[str, list[str]] = defaultdict(list)

    def profile(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(ROOM):
            thread, names = threading.current_thread().name, stack(frame)
            if len(names) > len(deepest[thread]):
                deepest[thread] = names

    before = sys.getprofile()
    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        list(read_frames(plain, Selection(20), size=32))
    finally:
        sys.setprofile(before)
        threading.setprofile(None)  # type: ignore[arg-type]
    assert len(deepest) >= 3
    assert max(map(len, deepest.values())) <= 8, dict(deepest)


def test_the_worked_example(monkeypatch: pytest.MonkeyPatch) -> None:
    """The seek that the docs tell: an early keyframe, one back, and 26 packets."""
    starts: list[int] = []
    packets: list[int] = []
    start_at, packets_of = Reader._start_at, reader.packets_of

    def starting(self: Reader, owner: int) -> None:
        starts.append(owner)
        start_at(self, owner)

    def counted(*given: Any) -> Iterator[Any]:
        packets.append(0)
        for packet in packets_of(*given):
            packets[-1] += 1
            yield packet

    clip = film(ODD / "open_gop_bframes.mp4")
    assert clip.timeline.keys.tolist() == [0, 21021, 47047, 71071, 95095]
    assert (clip.timeline.pts == 1001 * np.arange(120)).all() and clip.timeline.source == "index"
    monkeypatch.setattr(Reader, "_start_at", starting)
    monkeypatch.setattr(reader, "packets_of", counted)
    with Reader(clip.file, clip.timeline, opened=clip.opened) as one:
        (found,) = one.read([71071])
    assert found.hit and found.frame.pts == 71071
    assert starts == [3, 2] and packets == [2, 26]
    starts.clear()
    with Reader(clip.file, clip.timeline) as one:
        assert [f.hit for f in one.read([70070, 71071])] == [True, True]
    assert starts == [2]


# --- broken headers ---


def test_a_broken_header_is_none() -> None:
    """Whatever is changed in the header of an MP4, what is read of it ends, and is bounded."""
    sound = (ODD / "rot90_hevc.mov").read_bytes()
    moov = sound.index(b"moov") - 4
    size = int.from_bytes(sound[moov : moov + 4])
    start = b"\0\0\0\x10ftypqt  \0\0\0\0"
    whole = read_header(io.BytesIO(start + sound[moov : moov + size]))
    assert whole.tracks and any(track.matrix for track in whole.tracks.values())
    for number in range(500):
        damaged = start + mutate([sound[moov : moov + size]], number)
        tracks = read_header(io.BytesIO(damaged)).tracks.values()
        assert sum(len(track.offsets) for track in tracks) <= len(damaged) // 8


def box(kind: bytes, *contents: bytes) -> bytes:
    body = b"".join(contents)
    return (8 + len(body)).to_bytes(4) + kind + body


def track_box(number: int, offsets: int) -> bytes:
    """A track with so many composition offsets of 1."""
    head = box(b"tkhd", bytes(12) + number.to_bytes(4) + bytes(68))
    table = box(b"ctts", bytes(4), offsets.to_bytes(4), b"\0\0\0\1\0\0\0\1" * offsets)
    return box(b"trak", head, box(b"mdia", box(b"minf", box(b"stbl", table))))


def test_offsets_are_bounded_over_all_tracks(monkeypatch: pytest.MonkeyPatch) -> None:
    data = box(b"moov", *(track_box(number, 100) for number in range(1, 6)))
    tracks = read_header(io.BytesIO(data)).tracks
    assert [len(tracks[number].offsets) for number in range(1, 6)] == [100] * 5
    assert (tracks[5].offsets == np.ones((100, 2))).all()
    monkeypatch.setattr(headers, "_MAX_OFFSETS", 250)
    tracks = read_header(io.BytesIO(data)).tracks
    assert [len(tracks[number].offsets) for number in range(1, 6)] == [100, 100, 50, 0, 0]


def test_boxes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tracks behind too many boxes are not looked for."""
    many = [box(b"free")] * 1000
    data = box(b"moov", *many, track_box(1, 1))
    assert 1 in read_header(io.BytesIO(data)).tracks
    monkeypatch.setattr(headers, "_MAX_BOXES", 500)
    assert not read_header(io.BytesIO(data)).tracks
