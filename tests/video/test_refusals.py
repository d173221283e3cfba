"""Local video files only: nothing that opens another file or the network, nothing too large."""

import http.server
import os
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from sf_mlx.errors import (
    EmptyVideoError,
    EncryptedVideoError,
    NotAVideoError,
    RefusedVideoError,
    TruncatedVideoError,
    UnsupportedVideoError,
    UsageError,
    VideoError,
    VideoLimitError,
)
from sf_mlx.video import Limits, Reading, Selection, probe, read_frames
from sf_mlx.video.film import open_film
from sf_mlx.video.limits import Stopwatch
from sf_mlx.video.open import find_file
from tests.video.clips import ODD, encode, moving_square

VICTIM = (ODD / "av1.mp4").resolve()


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """A local web server, and the requests that reached it."""
    seen: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}", seen
        httpd.shutdown()
        thread.join()


SCRIPTS = {
    "HLS": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{url}\n#EXT-X-ENDLIST\n",
    "HLS of a local file": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{file}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{file}'\n",
    "SDP": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "DASH": '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
    "<Period><AdaptationSet><Representation><BaseURL>{url}</BaseURL></Representation>"
    "</AdaptationSet></Period></MPD>",
    "PLS": "[playlist]\nFile1={url}\n",
}


@pytest.mark.parametrize("suffix", [".mp4", ".m3u8", ".txt", ".sdp", ".mpd", ".mkv"])
@pytest.mark.parametrize("kind", SCRIPTS)
def test_playlists_and_scripts_are_refused_by_any_name(
    kind: str, suffix: str, tmp_path: Path, server: tuple[str, list[str]]
) -> None:
    url, seen = server
    path = tmp_path / f"clip{suffix}"
    path.write_text(SCRIPTS[kind].format(url=f"{url}/a.ts", file=VICTIM))
    with pytest.raises(RefusedVideoError, match="which names other files"):
        read_frames(path)
    assert not seen


@pytest.mark.parametrize(
    "source",
    ["{url}/a.mp4", "concat:{file}|{file}", "subfile,,start,0,end,99,,:{file}", "file:{file}",
     "crypto:{file}", "data:video/mp4;base64,AAAA", "rtsp://127.0.0.1/a", "pipe:0",
     "image2:{file}"],
)  # fmt: skip
def test_addresses_are_not_paths(source: str, server: tuple[str, list[str]]) -> None:
    url, seen = server
    with pytest.raises(VideoError, match=r"only local paths|no such file"):
        read_frames(source.format(url=url, file=VICTIM))
    assert not seen


@pytest.mark.parametrize(
    "source", ["https:x", "HTTP://a/b.mp4", "file://host/a.mp4", "file://localhost", "rtsp://a"]
)
def test_addresses_are_told_as_such(source: str) -> None:
    with pytest.raises(RefusedVideoError, match="only local paths"):
        read_frames(source)


def test_a_long_path_leaves_room_for_what_happened(tmp_path: Path) -> None:
    folder = tmp_path / ("a" * 200) / ("b" * 200)
    folder.mkdir(parents=True)
    path = folder / "clip.mp4"
    path.write_bytes(b"")
    with pytest.raises(EmptyVideoError, match=r"…b+/clip\.mp4: the file is empty \(0 bytes\)\.$"):
        probe(path)


def test_a_message_is_one_line_whatever_the_file_is_called(tmp_path: Path) -> None:
    path = tmp_path / "a\nb\x1b[31m\udcff.mp4"
    for text in ("", "hello"):
        with pytest.raises(VideoError) as raised:
            probe(path)
        assert str(raised.value).isprintable() and "a b?[31m?.mp4" in str(raised.value)
        path.write_text(text or "hello")


def refer_to(movie: Path, target: str, out: Path) -> None:
    """Write a QuickTime reference movie: the header of `movie`, the data in a file beside it."""
    data = bytearray(movie.read_bytes())
    dref = data.index(b"dref")
    path = b"/" + target.encode()
    # an alias record: volume, name and dates left empty, then the path, one level up and down
    record = bytes(134) + struct.pack(">HH", 1, 1) + bytes(16)
    record += struct.pack(">HH", 2, len(path)) + path + bytes(len(path) % 2) + b"\xff\xff\0\0"
    record = struct.pack(">I4s", len(record) + 8, b"alis") + record
    (old,) = struct.unpack_from(">I", data, dref + 12)
    for box in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        at = data.rindex(box, 0, dref + 4) - 4
        struct.pack_into(">I", data, at, struct.unpack_from(">I", data, at)[0] + len(record) - old)
    data[dref + 12 : dref + 12 + old] = record
    media = data.index(b"mdat") + 4
    (size,) = struct.unpack_from(">I", data, media - 8)
    data[media : media + size - 8] = bytes(size - 8)
    out.write_bytes(data)


def test_a_movie_that_refers_to_another_file(tmp_path: Path) -> None:
    movie = encode(tmp_path / "second.mov", moving_square(5))
    path = tmp_path / "reference.mov"
    refer_to(movie, "second.mov", path)
    # FFmpeg shows the second file's frames where that is allowed
    with av.open(str(path), container_options={"enable_drefs": "1"}) as container:
        frames = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
    assert len(frames) == 5 and frames[0].max() > 200
    with pytest.raises(TruncatedVideoError, match="no frame can be decoded"):
        list(read_frames(path, Selection(3)))


def test_pipes_and_devices_do_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(RefusedVideoError, match="not a regular file"):
        read_frames(tmp_path / "pipe.mp4")
    with pytest.raises(RefusedVideoError):
        read_frames("/dev/zero")


@pytest.mark.parametrize("tag", [b"encv", b"drmi"])
def test_encrypted(tag: bytes, tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", moving_square(5))
    data = path.read_bytes()
    assert data.count(b"avc1") >= 1
    at = data.index(b"avc1", data.index(b"stsd"))
    path.write_bytes(data[:at] + tag + data[at + 4 :])
    with pytest.raises(EncryptedVideoError, match="encrypted"):
        probe(path)


def test_encrypted_after_a_clear_beginning(tmp_path: Path) -> None:
    """Two sample descriptions, as streams with a clear lead have; the second is encrypted."""
    data = bytearray(encode(tmp_path / "a.mp4", moving_square(5)).read_bytes())
    stsd = data.index(b"stsd")
    (size,) = struct.unpack_from(">I", data, stsd + 12)  # of the first entry
    second = data[stsd + 12 : stsd + 12 + size].replace(b"avc1", b"encv")
    struct.pack_into(">I", data, stsd + 8, 2)
    for box in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd"):
        at = data.index(box) - 4
        struct.pack_into(">I", data, at, struct.unpack_from(">I", data, at)[0] + size)
    assert data.index(b"moov") > data.index(b"mdat")  # so no offset of a sample moves
    data[stsd + 12 + size : stsd + 12 + size] = second
    path = tmp_path / "lead.mp4"
    path.write_bytes(data)
    with pytest.raises(EncryptedVideoError, match="encrypted"):
        probe(path)


def test_common_encryption_as_a_muxer_writes_it(tmp_path: Path) -> None:
    path = encode(
        tmp_path / "cenc.mp4",
        moving_square(5),
        container_options={
            "encryption_scheme": "cenc-aes-ctr",
            "encryption_key": "76a6c65c5ea762046bd749a2e632ccbb",
            "encryption_kid": "a7e61c373e219033c21091fa607bf3b8",
        },
    )
    with pytest.raises(EncryptedVideoError):
        read_frames(path)


def test_an_unknown_codec(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", moving_square(5))
    data = path.read_bytes()
    at = data.index(b"avc1", data.index(b"stsd"))
    path.write_bytes(data[:at] + b"zzzz" + data[at + 4 :])
    with pytest.raises(UnsupportedVideoError, match="no decoder"):
        probe(path)


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (b"<!DOCTYPE html><html>", NotAVideoError, "web page"),
        (bytes(5000), NotAVideoError, "zeros"),
        (b"PK\x03\x04" + bytes(range(256)), NotAVideoError, "not a video"),
        (b"\x1aE\xdf\xa3" + bytes(50), TruncatedVideoError, "Matroska"),
        (b"\0\0\0\x18ftypheic" + bytes(50), UnsupportedVideoError, "HEIC"),
    ],
)
def test_other_files(data: bytes, error: type[VideoError], words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    with pytest.raises(error, match=words):
        read_frames(path)


# --- limits ---


def test_large_pictures(tmp_path: Path) -> None:
    with pytest.raises(VideoLimitError, match=r"3840x2160 passes the limit of 2 million pixels"):
        probe(ODD / "uhd_one_gop.mp4", limits=Limits(pixels=2_000_000))
    Image.new("L", (3000, 3000)).save(tmp_path / "a.png")
    with pytest.raises(VideoLimitError):
        read_frames(tmp_path / "a.png", Reading(limits=Limits(pixels=8_000_000)))
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    with pytest.raises(VideoLimitError):
        read_frames(tmp_path / "bomb.png")
    with pytest.raises(VideoLimitError):
        read_frames(
            np.zeros((1, 3000, 3000, 3), np.uint8), Reading(limits=Limits(pixels=8_000_000))
        )


def test_many_frames() -> None:
    for name in ("start_7_5s.mkv", "frames_unpadded"):
        with pytest.raises(VideoLimitError, match="more than 10 frames"):
            probe(ODD / name, limits=Limits(frames=10))
    with pytest.raises(VideoLimitError):
        probe(ODD / "open_gop_bframes.mp4", limits=Limits(frames=10))


def test_the_time_limit_is_for_all_readers_together() -> None:
    """One reader of a source has used up what another one asks for; overlaps count once."""
    watch = Stopwatch("a", Limits(total_seconds=10))
    watch.count(0, 4)
    watch.count(2, 5)
    watch.count(1, 3)
    watch.count(20, 25)
    with pytest.raises(VideoLimitError, match="more than 10 seconds"):
        watch.count(24, 25.5)
    path = str(ODD / "start_10s.ts")
    film = open_film(find_file(path, "a", Limits(total_seconds=1000)))
    list(film.pictures([5, 80], 32, Reading()))
    now = time.monotonic()
    with pytest.raises(VideoLimitError, match=r"--limit total_seconds=N, in Python Limits\("):
        film.file.watch.count(now, now + 1000)  # and what the readers took


@pytest.mark.parametrize(
    "values",
    [
        {"pixels": 0}, {"pixels": -1}, {"pixels": 1.5}, {"pixels": True}, {"frames": float("inf")},
        {"frame_seconds": float("nan")}, {"frame_seconds": 0}, {"total_seconds": float("inf")},
        {"total_seconds": -1.0}, {"total_seconds": False}, {"piped_bytes": "1"},
        {"frames": -(10**5000)},
    ],
)  # fmt: skip
def test_limits_that_mean_nothing(values: dict[str, int]) -> None:
    (name,) = values
    with pytest.raises(UsageError, match=f"The limit {name} must be") as raised:
        Limits(**values)
    assert len(str(raised.value)) < 150


def test_limits_above_what_ffmpeg_knows() -> None:
    wide = Limits(pixels=10**30, frames=10**30, piped_bytes=10**30, total_seconds=10**30)
    assert len(list(read_frames(ODD / "gray.mp4", Reading(Selection(2), limits=wide), size=8))) == 2


def test_slow_decoding() -> None:
    with pytest.raises(VideoLimitError, match=r"takes more than 0\.001 seconds"):
        list(read_frames(ODD / "open_gop_bframes.mp4", Reading(limits=Limits(total_seconds=0.001))))
    with pytest.raises(VideoLimitError, match="no picture after"):
        list(read_frames(ODD / "uhd_one_gop.mp4", Reading(limits=Limits(frame_seconds=1e-4))))
