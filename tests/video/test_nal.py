"""Packets that are dropped before the decoder: no other picture may change for it."""

import random
from pathlib import Path

import av
import pytest
from av.video.stream import VideoStream

from sf_mlx.video.nal import test_for as make_test
from sf_mlx.video.reader import Reader
from tests.video.clips import digest, encode, film, moving_square

X265 = "keyint=25:bframes=3:b-pyramid=1:open-gop=1:log-level=none"
KINDS = {
    "h264": ("libx264", "yuv420p", {"g": "25", "bf": "3", "x264-params": "b-pyramid=2"}),
    "h264 slices": ("libx264", "yuv420p", {"bf": "2", "x264-params": "slices=4:aud=1"}),
    "h264 fields": ("libx264", "yuv420p", {"bf": "2", "x264-params": "tff=1:interlaced=1"}),
    "hevc": ("libx265", "yuv420p", {"x265-params": X265}),
    "hevc 10 bits": ("libx265", "yuv420p10le", {"x265-params": X265}),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("nal")
    frames = moving_square(100)
    return {
        kind: encode(folder / f"{i}.mp4", frames, codec, pixels, options=options)
        for i, (kind, (codec, pixels, options)) in enumerate(KINDS.items())
    }


def decoded(path: Path, threads: int, drop: bool) -> tuple[dict[int, str], int]:
    """Every frame's content by its stamp, and how many packets were dropped."""
    found: dict[int, str] = {}
    dropped = 0
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        context.thread_type, context.thread_count = "AUTO", threads
        disposable = make_test(context.name, context.extradata)
        assert disposable is not None
        for packet in container.demux(stream):
            if drop and packet.size and disposable(packet):
                dropped += 1
                continue
            for frame in packet.decode():
                assert frame.pts is not None
                found[frame.pts] = digest(frame)
    return found, dropped


@pytest.mark.parametrize("threads", [1, 8])
@pytest.mark.parametrize("kind", KINDS)
def test_nobody_misses_them(kind: str, threads: int, made: dict[str, Path]) -> None:
    everything, _ = decoded(made[kind], threads, drop=False)
    rest, dropped = decoded(made[kind], threads, drop=True)
    assert len(everything) == 100
    assert dropped > 20 and len(rest) == 100 - dropped
    assert rest.items() <= everything.items()


def test_threads_decode_nothing_more(
    made: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sent while an asked frame is still in the decoder is not decoded in vain."""
    counts: dict[int, int] = {}
    accepted = Reader._accepted
    clip = film(made["h264 slices"])  # one GOP: no seek
    stamps = [int(stamp) for stamp in clip.timeline.pts[12:100:25]]
    for threads in (1, 8):
        counts[threads] = 0

        def counted(self, decode, threads=threads):  # type: ignore[no-untyped-def]
            for frame in accepted(self, decode):
                counts[threads] += 1
                yield frame

        monkeypatch.setattr(Reader, "_accepted", counted)
        with Reader(clip.file, clip.timeline, threads=threads) as one:
            assert all(found.hit for found in one.read(stamps))
    # the asked frames, and those to which others refer
    assert counts[8] <= counts[1] + 4 < 75, counts


def test_no_framing_that_it_does_not_know(made: dict[str, Path]) -> None:
    assert make_test("h264", None) is None and make_test("hevc", b"") is None
    assert make_test("h264", b"\0\0\0\1\x67") is None  # start codes
    assert make_test("h264", b"\1") is None and make_test("hevc", b"\1" * 21) is None
    assert make_test("av1", b"\1" * 40) is None


@pytest.mark.parametrize(("codec", "extradata"), [("h264", b"\1" * 8), ("hevc", b"\1" * 30)])
def test_broken_packets_go_to_the_decoder(codec: str, extradata: bytes) -> None:
    """The answer is no wherever a packet is not whole pictures that nobody needs."""
    extradata = extradata[:4] + b"\3" + extradata[5:21] + b"\3" + extradata[22:]
    disposable = make_test(codec, extradata)
    assert disposable is not None
    free = b"\0\0\0\2\1\0"  # a slice of two bytes: in both codecs one that nobody needs
    free = b"\0\0\0\2\0\0" if codec == "hevc" else free
    aside = b"\0\0\0\1\6" if codec == "h264" else b"\0\0\0\1\x4e"
    needed = b"\0\0\0\2\x61\0" if codec == "h264" else b"\0\0\0\2\2\0"

    def says(data: bytes) -> bool:
        packet: av.Packet[VideoStream] = av.Packet(data)
        return disposable(packet)

    assert says(free) and says(aside + free) and says(free + free)
    assert not says(aside) and not says(free + needed) and not says(free[:-1])
    assert not says(free + b"\0\0\0\0") and not says(free + b"\0") and not says(b"\0\0\0\0" + free)
    made = random.Random(0)
    for _ in range(2000):
        data = bytearray(aside + free)
        data[made.randrange(len(data))] = made.randrange(256)
        assert says(bytes(data[: made.randrange(1, 12)])) in (True, False)
