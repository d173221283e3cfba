"""Which frames a file shows, and when: joined, trimmed, headless and damaged files."""

import re
import struct
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from sf_mlx.video import Selection, probe, read_frames
from sf_mlx.video.picture import PictureMaker
from sf_mlx.video.reader import Reader
from tests.video.clips import ODD, digest, encode, film, moving_square, psnr, straight

GOPS = {"g": "15", "bf": "2", "sc_threshold": "0"}


def in_order(path: Path) -> list[str]:
    """Every frame's content as a straight decode shows them."""
    found: list[str] = []
    with av.open(f"file:{path}") as container:
        for packet in container.demux(container.streams.video[0]):
            with suppress(av.FFmpegError):
                found += [digest(f) for f in packet.decode() if isinstance(f, VideoFrame)]
    return found


def read(path: Path, indices: list[int]) -> list[str]:
    clip = film(path)
    stamps = [int(clip.timeline.pts[i]) for i in indices]
    with Reader(clip.file, clip.timeline, opened=clip.opened) as reader:
        found = list(reader.read(stamps))
    assert [f.target for f in found] == stamps and all(f.hit for f in found)
    return [digest(f.frame) for f in found]


def check_as_straight(path: Path, seconds: float | None = None) -> None:
    """All frames, and some, are those of a straight decode; nothing is wrong with the file."""
    expected = in_order(path)
    clip = film(path)
    assert clip.info.frames == len(expected) and not clip.warnings
    if seconds is not None:
        assert clip.info.duration == pytest.approx(seconds, abs=1e-3)
    assert read(path, list(range(len(expected)))) == expected
    rng = np.random.default_rng(0)
    for _ in range(6):
        some = sorted(rng.choice(len(expected), min(5, len(expected)), replace=False).tolist())
        assert read(path, some) == [expected[i] for i in some]


# --- joined streams ---


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Streams of 30 frames: a square that goes right, one that goes left, and one an hour later."""
    folder = tmp_path_factory.mktemp("parts")
    right = moving_square(30)
    left = right[:, :, ::-1].copy()
    later = {"output_ts_offset": "3600"}
    return {
        "right.ts": encode(folder / "right.ts", right, options=GOPS),
        "left.ts": encode(folder / "left.ts", left, options=GOPS),
        "short.ts": encode(folder / "short.ts", right[:8], options=GOPS),
        "later.ts": encode(folder / "later.ts", right, options=GOPS, container_options=later),
        "old.ts": encode(folder / "old.ts", left, "mpeg2video", options={"g": "12", "bf": "2"}),
        "right.mpg": encode(folder / "right.mpg", right, "mpeg2video", options={"g": "12"}),
        "left.mpg": encode(folder / "left.mpg", left, "mpeg2video", options={"g": "12"}),
    }


@pytest.mark.parametrize(
    ("names", "frames"),
    [
        ("right.ts left.ts", 60), ("right.ts right.ts", 60), ("right.ts left.ts right.ts", 90),
        ("right.ts short.ts left.ts", 68), ("later.ts right.ts", 60), ("right.ts later.ts", 60),
        ("old.ts old.ts", 60), ("right.mpg left.mpg", 60), ("right.ts left.ts " * 10, 600),
    ],
)  # fmt: skip
def test_joined_streams(names: str, frames: int, parts: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / f"joined{names.split()[0][-4:]}"
    path.write_bytes(b"".join(parts[name].read_bytes() for name in names.split()))
    check_as_straight(path, frames / 25)


def test_a_joined_stream_has_each_part_in_full(parts: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "joined.ts"
    path.write_bytes(parts["right.ts"].read_bytes() + parts["left.ts"].read_bytes())
    columns = [
        float(np.flatnonzero(f.image[60:68, :, 1].mean(0) > 160).mean())
        for f in read_frames(path, Selection(60), size=128)
    ]
    assert np.diff(columns[:30]).min() > -0.5 and np.diff(columns[31:]).max() < 0.5


# --- streams that begin in the middle ---


@pytest.mark.parametrize("percent", [10, 25, 40, 60])
def test_a_stream_that_begins_in_the_middle(percent: int, tmp_path: Path) -> None:
    """Frames that refer to what is missing are not counted."""
    data = (ODD / "start_10s.ts").read_bytes()
    path = tmp_path / "middle.ts"
    path.write_bytes(data[188 * (len(data) * percent // 100 // 188) :])
    check_as_straight(path)
    assert probe(path).frames == film(path).info.frames  # known without decoding


def test_the_middle_of_a_stream_after_a_whole_one(tmp_path: Path) -> None:
    """What has no keyframe of its own is no frame of the other part either."""
    data = (ODD / "start_10s.ts").read_bytes()
    path = tmp_path / "joined.ts"
    path.write_bytes(data + data[188 * (len(data) * 60 // 100 // 188) :])
    clip = film(path)
    assert clip.info.frames == 92 + 2 and not clip.warnings
    assert (
        read(path, list(range(94)))
        == (whole := in_order(ODD / "start_10s.ts")) + [*in_order(path)[-2:]]
        and len(whole) == 92
    )


# --- edit lists ---


def with_edits(data: bytes, edits: list[tuple[int, int]]) -> bytes:
    """An MP4 with another edit list: (length in the movie's unit, start in the media's or -1)."""
    changed = bytearray(data)
    at = data.index(b"edts")
    (size,) = struct.unpack_from(">I", data, at - 4)
    entries = b"".join(struct.pack(">Iihh", length, start, 1, 0) for length, start in edits)
    elst = struct.pack(">I4sII", 16 + len(entries), b"elst", 0, len(edits)) + entries
    edts = struct.pack(">I4s", 8 + len(elst), b"edts") + elst
    assert data.index(b"moov") > data.index(b"mdat")  # so no offset of a sample moves
    for box in (b"moov", b"trak"):
        place = data.rindex(box, 0, at) - 4
        (old,) = struct.unpack_from(">I", data, place)
        struct.pack_into(">I", changed, place, old + len(edts) - size)
    changed[at - 4 : at - 4 + size] = edts
    return bytes(changed)


@pytest.fixture(scope="module")
def untrimmed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """120 frames in 4 s, a keyframe every second, B-frames."""
    path = tmp_path_factory.mktemp("edits") / "a.mp4"
    return encode(path, moving_square(120), rate=30, options=GOPS | {"g": "30"}).read_bytes()


def check_edits(data: bytes, edits: list[tuple[float, float]], path: Path) -> int:
    """Seconds of length and start (-1: nothing is shown); returns how many frames are left."""
    scale = [struct.unpack_from(">I", data, data.index(box) + 16)[0] for box in (b"mvhd", b"mdhd")]
    delay = scale[1] // 15  # B-frames are shown two frames after their turn
    ticks = [
        (round(length * scale[0]), -1 if start < 0 else round(start * scale[1]) + delay)
        for length, start in edits
    ]
    path.write_bytes(with_edits(data, ticks))
    expected = straight(path, 0)
    clip = film(path)
    assert clip.timeline.pts.tolist() == sorted(expected), edits
    assert not clip.warnings, (edits, clip.warnings)
    assert clip.info.frames == clip.info.frames_promised
    some = np.unique(np.linspace(0, clip.info.frames - 1, 7).astype(int)).tolist()
    assert read(path, some) == [expected[int(clip.timeline.pts[i])] for i in some], edits
    return len(expected)


@pytest.mark.parametrize(
    ("edits", "frames"),
    [
        ([(2, 1)], 60), ([(1, 0)], 30), ([(1, 0.5)], 30), ([(0.5, 3.3)], 15), ([(10, 1)], 90),
        ([(4, 0)], 120), ([(3, 0.7)], 90), ([(1, 0), (1, 2)], 60), ([(1, 2), (1, 0)], 60),
        ([(1, 1), (1, 1)], 60), ([(0.5, -1), (2, 1)], 60), ([(0.5, -1), (4, 0)], 120),
        ([(0.1, 3.9)], 3), ([(1 / 30, 2)], 1), ([(1, 0.1), (1, 1.1), (1, 2.1)], 90),
        ([(2, 2)], 60), ([(1.5, 0.9)], 45), ([(1, 0), (1, 1), (1, 3)], 90),
    ],
)  # fmt: skip
def test_trimmed(
    edits: list[tuple[float, float]], frames: int, untrimmed: bytes, tmp_path: Path
) -> None:
    assert check_edits(untrimmed, edits, tmp_path / "trimmed.mp4") == frames


def test_trimmed_anywhere(untrimmed: bytes, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for _ in range(40):
        edit = (int(rng.integers(1, 60)) / 30, int(rng.integers(0, 110)) / 30)
        check_edits(untrimmed, [edit], tmp_path / "trimmed.mp4")


def test_a_trimmed_file_that_is_cut_short_says_so(untrimmed: bytes, tmp_path: Path) -> None:
    """60 frames are shown; the last second of the media is not there."""
    path = tmp_path / "trimmed.mp4"
    check_edits(untrimmed, [(2, 1)], path)
    data = path.read_bytes()
    media, movie = data.index(b"mdat"), data.index(b"moov") - 4
    # the header moves to the front and the end of the media goes
    head = data[: media - 4] + data[movie:]
    moved = bytearray(head)
    at = moved.index(b"stco") + 8
    (count,) = struct.unpack_from(">I", moved, at)
    shift = len(data) - movie
    for entry in range(at + 4, at + 4 + 4 * count, 4):
        struct.pack_into(">I", moved, entry, struct.unpack_from(">I", moved, entry)[0] + shift)
    body = data[media - 4 : movie]
    path.write_bytes(bytes(moved) + body[: len(body) * 55 // 100])
    frames = read_frames(path, Selection(10), size=32)
    (warning,) = frames.warnings
    found = re.search(r"cut short: (\d+) of 60 frames", warning)
    assert found is not None, warning
    assert 5 < int(found[1]) < 59
    assert len(list(frames)) == 10


# --- stamps ---


def restamped(source: Path, path: Path, change: Callable[[int, "av.Packet"], None]) -> Path:
    """A copy with packets changed on the way."""
    with av.open(str(source)) as old, av.open(str(path), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for number, packet in enumerate(old.demux(old.streams.video[0])):
            if packet.dts is not None:
                change(number, packet)
                packet.stream = stream
                new.mux(packet)
    return path


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """600 frames, B-frames."""
    path = tmp_path_factory.mktemp("long") / "a.mp4"
    return encode(path, np.concatenate([moving_square(100)] * 6), options=GOPS)


@pytest.mark.parametrize("suffix", ["mkv", "ts", "mp4"])
def test_one_wild_stamp(suffix: str, long: Path, tmp_path: Path) -> None:
    """It hurts nothing: the frame is shown in the gap that it left."""

    def late(number: int, packet: av.Packet) -> None:
        if number == 301 and packet.pts is not None and packet.time_base is not None:
            packet.pts += int(360 / Fraction(packet.time_base))

    check_as_straight(restamped(long, tmp_path / f"a.{suffix}", late), 24.0)


@pytest.mark.parametrize("suffix", ["mkv", "ts", "mp4"])
def test_one_duplicate_stamp(
    suffix: str, long: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All but the two frames are as before, at their times, and nothing is decoded twice."""
    before: list[int | None] = []

    def same(number: int, packet: av.Packet) -> None:
        before.append(packet.pts)
        if number == 301:
            packet.pts = before[300]

    path = restamped(long, tmp_path / f"a.{suffix}", same)
    monkeypatch.setattr("sf_mlx.video.film.Film._counted", None)
    clip = film(path)
    assert clip.timeline.source == "packets" and not clip.warnings
    assert (clip.info.frames, clip.info.duration) == (600, pytest.approx(24.0, abs=1e-3))
    indices = [i for i in range(600) if not 295 <= i <= 308]
    expected = in_order(path)
    assert read(path, indices) == [expected[i] for i in indices]


# --- damage ---


def test_a_damaged_keyframe_is_no_place_to_begin(tmp_path: Path) -> None:
    """Bits flipped in a keyframe and after it: as good as a straight decode, and told where."""
    with av.open(str(ODD / "fragmented.mp4")) as container:
        clip = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
    sound = encode(
        tmp_path / "sound.ts", np.stack(clip), rate=30, options=GOPS | {"g": "20", "crf": "20"}
    )
    starts = [int(p.pos or 0) for p in av.open(str(sound)).demux(video=0) if p.is_keyframe]
    data = bytearray(sound.read_bytes())
    rng = np.random.default_rng(1)
    for key in starts[3:5]:
        for _ in range(6):
            place = key + 188 * int(rng.integers(2, 12)) + int(rng.integers(20, 180))
            data[place] ^= 1 << int(rng.integers(8))
    path = tmp_path / "damaged.ts"
    path.write_bytes(data)
    true = list(read_frames(sound, Selection(fps=30), size=84))
    frames = read_frames(path, Selection(50), size=84)
    assert frames.info.frames == 120
    ours, middle = [], []
    plain = straight_pictures(path)
    for frame in frames:
        ours.append(min(60.0, psnr(frame.image, true[frame.index].image)))
        middle.append(min(60.0, psnr(plain[frame.index], true[frame.index].image)))
    damaged = [i for i, t in enumerate(frames.times) if 2.0 - 0.01 <= t < 3.34]
    assert min(ours) > 20  # grey is 12 to 16
    assert np.mean([ours[i] for i in damaged]) > np.mean([middle[i] for i in damaged]) - 0.5
    assert all(ours[i] > 45 for i in range(50) if i not in damaged)
    (warning,) = frames.warnings
    assert re.search(r"\d+ frames \(at 2\.\d\ds to [23]\.\d\ds\) damaged", warning)


def straight_pictures(path: Path) -> list[np.ndarray]:
    make, found = PictureMaker(84, False), []
    with av.open(str(path)) as container:
        for packet in container.demux(video=0):
            with suppress(av.FFmpegError):
                found += [make(f) for f in packet.decode() if isinstance(f, VideoFrame)]
    return found
