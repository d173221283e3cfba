"""Files that lie about themselves, and files that are cut anywhere."""

import io
import re
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sf_mlx.errors import SfMlxError, TruncatedVideoError
from sf_mlx.video import Selection, probe, read_frames
from sf_mlx.video.headers import read_header
from tests.video.clips import ODD, encode, moving_square


def square_column(image: np.ndarray) -> float:
    """Where the square of `moving_square` is, as a share of the width."""
    lines = image[len(image) * 42 // 96 : len(image) * 54 // 96, :, 1].mean(0)
    return float(np.flatnonzero(lines > 160).mean()) / image.shape[1]


def expected_column(index: int, count: int) -> float:
    return (index * 112 // (count - 1) + 7.5) / 128


@pytest.fixture(scope="module")
def long_gop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """100 frames, a keyframe every 50, B-frames."""
    path = tmp_path_factory.mktemp("clips") / "good.mp4"
    options = {"g": "50", "bf": "2", "sc_threshold": "0"}
    return encode(path, moving_square(100), options=options)


def patched(path: Path, box: bytes, at: int, values: list[int], out: Path) -> Path:
    """A copy with 32-bit numbers written `at` bytes after a box's type."""
    data = bytearray(path.read_bytes())
    place = data.index(box) + 4 + at
    data[place : place + 4 * len(values)] = struct.pack(f">{len(values)}I", *values)
    out.write_bytes(data)
    return out


def check_frames(path: Path, count: int = 20) -> list[str]:
    frames = read_frames(path, Selection(count), size=128)
    for frame in frames:
        assert square_column(frame.image) == pytest.approx(
            expected_column(frame.index, 100), abs=0.02
        )
    return frames.warnings


def test_the_good_one(long_gop: Path) -> None:
    assert check_frames(long_gop) == []


def test_keyframes_that_are_none(long_gop: Path, tmp_path: Path) -> None:
    """The index calls frame 31 a keyframe where the second one, 51, is."""
    path = patched(long_gop, b"stss", 4, [2, 1, 31], tmp_path / "lies.mp4")
    assert probe(path).frames_from == "stated"
    check_frames(path)


def test_every_frame_called_a_keyframe(long_gop: Path, tmp_path: Path) -> None:
    """Without a table of sync samples all of them are (ISO 14496-12, 8.6.2)."""
    data = long_gop.read_bytes().replace(b"stss", b"free")
    path = tmp_path / "lies.mp4"
    path.write_bytes(data)
    warnings = check_frames(path)
    assert any("does not match its frames" in warning for warning in warnings)


def test_times_that_the_index_does_not_tell(long_gop: Path, tmp_path: Path) -> None:
    """The same step for all, but one frame is shown half a step late: not on the index's grid."""
    data = bytearray(long_gop.read_bytes())
    place = data.index(b"ctts") + 12 + 8 * 20 + 4  # the offset of an entry in the middle
    (offset,) = struct.unpack_from(">I", data, place)
    struct.pack_into(">I", data, place, offset + 7)
    path = tmp_path / "lies.mp4"
    path.write_bytes(data)
    frames = list(read_frames(path, Selection(100), size=128))
    assert len(frames) == 100
    for frame in frames:
        assert square_column(frame.image) == pytest.approx(
            expected_column(frame.index, 100), abs=0.02
        )


def test_times_that_reordering_offsets_move(long_gop: Path, tmp_path: Path) -> None:
    """Even decoding times, but the second half is shown two seconds later."""
    data = bytearray(long_gop.read_bytes().replace(b"edts", b"free"))  # it ends the film at 4 s
    place = data.index(b"ctts") + 8
    (count,) = struct.unpack_from(">I", data, place)
    sample = 0
    for entry in range(place + 4, place + 4 + 8 * count, 8):
        length, offset = struct.unpack_from(">2I", data, entry)
        assert length == 1 or sample + length <= 50 or sample >= 50
        struct.pack_into(">I", data, entry + 4, offset + (2 * 12800 if sample >= 50 else 0))
        sample += length
    path = tmp_path / "moved.mp4"
    path.write_bytes(data)
    true = [i / 25 + (2 if i >= 50 else 0) for i in range(100)]
    frames = read_frames(path, Selection(fps=25), size=128)
    assert frames.info.duration == pytest.approx(6.0)
    for frame in frames:
        assert frame.time == pytest.approx(true[frame.index])
        assert square_column(frame.image) == pytest.approx(
            expected_column(frame.index, 100), abs=0.02
        )
    assert not frames.warnings
    (late,) = read_frames(path, Selection(at=(5.0,)), size=128)
    assert (late.index, late.time) == (75, pytest.approx(5.0))


def test_a_header_that_claims_more_frames_than_bytes(tmp_path: Path) -> None:
    data = encode(tmp_path / "a.mp4", moving_square(5)).read_bytes()
    for box in (b"ctts", b"edts", b"stss"):
        data = data.replace(box, b"free")
    path = tmp_path / "claims.mp4"
    path.write_bytes(data)
    claimed = 300_000
    patched(path, b"stsz", 4, [1, claimed], path)
    patched(path, b"stts", 4, [1, claimed, 512], path)
    patched(path, b"stsc", 4, [1, 1, claimed, 1], path)
    tracemalloc.start()
    try:
        assert probe(path).frames < len(data)
        assert tracemalloc.get_traced_memory()[1] < 5e6  # a Python object each would be 60 MB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "name",
    ["fragmented.mp4", "start_7_5s.mkv", "start_10s.ts", "loop.gif", "mjpeg.avi", "webm_named.mp4",
     "truncated60_moov_front.mp4"],
)  # fmt: skip
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99])
def test_cut_anywhere(name: str, share: float, tmp_path: Path) -> None:
    """The frames before the cut, in the number that is announced, or one clear error."""
    data = (ODD / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(data[: int(share * len(data))])
    try:
        frames = read_frames(path, Selection(10), size=84)
    except SfMlxError as error:
        assert share < 0.5
        assert name in str(error)
        return
    assert len(list(frames)) == frames.count > 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("start_7_5s.mkv", "cut short: 5\\d of 60 frames|cut short: only 60 frames"),
        ("webm_named.mp4", "cut short: "),
        ("mjpeg.avi", "cut short: 24 of 38 frames"),
        ("fragmented.mp4", "cut short: 8\\d of 90 frames"),
    ],
)
def test_a_download_that_stopped_is_told(name: str, words: str, tmp_path: Path) -> None:
    data = (ODD / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(data[: int(0.7 * len(data))])
    frames = read_frames(path, Selection(5), size=32)
    assert re.search(words, frames.warnings[0])
    assert len(list(frames)) == 5


def matroska_of(size: int | None, length: int, header: bytes, body: bytes) -> bytes:
    """An EBML header and a segment that states its size (None: unknown) in `length` bytes."""
    unknown = (1 << 7 * length) - 1
    stated = (1 << 7 * length | (unknown if size is None else size)).to_bytes(length, "big")
    start = b"\x1a\x45\xdf\xa3" + bytes([0x80 | len(header)]) + header
    return start + b"\x18\x53\x80\x67" + stated + body


def is_cut(data: bytes) -> bool:
    return read_header(io.BytesIO(data)).cut


@settings(deadline=None)
@given(st.integers(0, 126), st.integers(1, 8), st.binary(max_size=40), st.binary(max_size=126))
def test_a_matroska_file_is_cut_where_it_is_shorter_than_it_says(
    size: int, length: int, header: bytes, body: bytes
) -> None:
    assert is_cut(matroska_of(size, length, header, body)) == (size > len(body))
    assert not is_cut(matroska_of(None, length, header, body))


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_any_matroska_header(tail: bytes) -> None:
    """Only a segment that states a size can be cut."""
    if is_cut(b"\x1a\x45\xdf\xa3" + tail):
        assert b"\x18\x53\x80\x67" in tail


def test_a_hole_in_the_data(long_gop: Path, tmp_path: Path) -> None:
    """A quarter of the pictures overwritten: all come, and the loss is told."""
    data = bytearray(long_gop.read_bytes())
    start = data.index(b"mdat") + 4
    length = struct.unpack_from(">I", data, start - 8)[0]
    rng = np.random.default_rng(0)
    hole = slice(start + length // 2, start + 3 * length // 4)
    data[hole] = rng.integers(0, 256, hole.stop - hole.start, np.uint8).tobytes()
    path = tmp_path / "hole.mp4"
    path.write_bytes(data)
    frames = read_frames(path, Selection(40), size=84)
    assert len(list(frames)) == frames.count == 40
    assert frames.warnings


def test_nothing_but_the_header(long_gop: Path, tmp_path: Path) -> None:
    data = bytearray(long_gop.read_bytes())
    start = data.index(b"mdat") + 4
    data[start : start + struct.unpack_from(">I", data, start - 8)[0] - 8] = bytes(
        struct.unpack_from(">I", data, start - 8)[0] - 8
    )
    path = tmp_path / "zeros.mp4"
    path.write_bytes(data)
    with pytest.raises(TruncatedVideoError, match="no frame can be decoded"):
        list(read_frames(path))


def test_raw_streams_are_counted(tmp_path: Path) -> None:
    """No stamps at all: order and number come from decoding."""
    path = encode(tmp_path / "raw.h264", moving_square(40), options={"bf": "2"})
    frames = read_frames(path, Selection(10), size=128)
    for frame in frames:
        assert square_column(frame.image) == pytest.approx(
            expected_column(frame.index, 40), abs=0.02
        )
    assert frames.info.frames == 40


def test_varying_rate_in_the_file(tmp_path: Path) -> None:
    stamps = [0, 40, 80, 1000, 2000, 5000, 5040]
    path = encode(tmp_path / "v.mkv", moving_square(7), stamps=stamps, options={"bf": "0"})
    info = probe(path)
    assert (info.frames, info.variable_rate) == (7, True)
    frames = list(read_frames(path, Selection(at=(0.05, 1.5, 4.9, 5.05)), size=128))
    assert [frame.index for frame in frames] == [1, 3, 4, 6]
    assert [frame.time for frame in frames] == pytest.approx([0.04, 1.0, 2.0, 5.04])
