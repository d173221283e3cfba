"""The clips that benchmarks/video.py reads, made once from a real one.

A short piece is encoded; longer clips repeat its packets with later stamps, which keeps the
structure (GOP length, B-frames, bit rate) of a long recording without encoding it all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

RATE = 30


@dataclass(frozen=True)
class Clip:
    """How to make one clip: `seconds` in all, by repeating a piece of `piece` frames."""

    name: str
    title: str
    width: int
    height: int
    seconds: int
    piece: int
    codec: str
    pixel_format: str
    options: dict[str, str]


_X264 = {"preset": "veryfast", "bf": "3", "g": "250", "sc_threshold": "0"}
_X265 = "keyint=30:min-keyint=30:open-gop=1:bframes=3:scenecut=0:log-level=none"

CLIPS = [
    Clip(
        "hd_1min.mp4", "1 min 1080p", 1920, 1080, 60, 750, "libx264", "yuv420p",
        _X264 | {"b": "3600k"},
    ),
    Clip(
        "hd_10min.mp4", "10 min 1080p, GOP 250, B-frames", 1920, 1080, 600, 750, "libx264",
        "yuv420p", _X264 | {"b": "3600k"},
    ),
    Clip(
        "hevc_10min.mp4", "10 min 1080p HEVC 10-bit, open GOP", 1920, 1080, 600, 300, "libx265",
        "yuv420p10le", {"preset": "superfast", "x265-params": _X265, "b": "3600k"},
    ),
    Clip(
        "film_1min.mp4", "1 min 720p", 1280, 720, 60, 750, "libx264", "yuv420p",
        _X264 | {"b": "900k"},
    ),
    Clip(
        "film_1h.mp4", "1 h 720p", 1280, 720, 3600, 750, "libx264", "yuv420p",
        _X264 | {"b": "900k"},
    ),
    Clip(
        "uhd_3s.mp4", "3 s of 4K in one GOP", 3840, 2160, 3, 90, "libx264", "yuv420p",
        _X264 | {"b": "20M"},
    ),
]  # fmt: skip


def make(clip: Clip, sources: list[Path], cache: Path) -> Path:
    """The clip's path in `cache`, made from the sources where it is not there yet."""
    path = cache / clip.name
    if path.exists():
        return path
    cache.mkdir(parents=True, exist_ok=True)
    key = f"{clip.width}x{clip.height}_{clip.codec}_{clip.piece}"
    piece = cache / f"piece_{key}.mp4"
    if not piece.exists():
        _encode(clip, sources, piece)
    _repeat(piece, path, clip.seconds * RATE)
    return path


def _encode(clip: Clip, sources: list[Path], path: Path) -> None:
    unfinished = path.with_name("unfinished_" + path.name)
    with av.open(str(unfinished), "w") as out:
        stream = out.add_stream(clip.codec, rate=RATE, options=dict(clip.options))
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = clip.width, clip.height, clip.pixel_format
        if "b" in clip.options:
            bits = clip.options["b"].lower()
            stream.bit_rate = int(bits[:-1]) * (1000 if bits[-1] == "k" else 1_000_000)
        for number, frame in zip(range(clip.piece), _endless(sources), strict=False):
            picture = frame.reformat(clip.width, clip.height, clip.pixel_format)
            picture.pts, picture.time_base = number, Fraction(1, RATE)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    unfinished.rename(path)


def _endless(sources: list[Path]) -> Iterator[VideoFrame]:
    while True:
        for source in sources:
            with av.open(str(source)) as container:
                for frame in container.decode(container.streams.best("video")):
                    assert isinstance(frame, VideoFrame)
                    yield frame


def _repeat(piece: Path, path: Path, frames: int) -> None:
    """Write the piece's packets again and again, each time later, until `frames` are written."""
    unfinished = path.with_name("unfinished_" + path.name)
    with av.open(str(piece)) as source, av.open(str(unfinished), "w") as out:
        stream = source.streams.video[0]
        copy = out.add_stream_from_template(stream)
        packets = [(bytes(p), p.pts, p.dts, p.is_keyframe) for p in source.demux(stream) if p.size]
        assert stream.time_base is not None
        length = len(packets) * round(1 / (RATE * stream.time_base))
        for number in range(frames):
            turn, i = divmod(number, len(packets))
            data, pts, dts, keyframe = packets[i]
            packet = av.Packet(data)
            packet.time_base = stream.time_base
            assert pts is not None and dts is not None
            packet.pts, packet.dts = pts + turn * length, dts + turn * length
            packet.is_keyframe = keyframe
            packet.stream = copy
            out.mux(packet)
    unfinished.rename(path)
