"""The clips that benchmarks/video.py and video_threads.py read, made once.

A short piece is encoded, of a real video or of a synthetic one; longer clips repeat its packets
with later stamps, which keeps the structure (GOP length, B-frames, bit rate) of a long recording
without encoding it all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
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


X264 = {"preset": "veryfast", "bf": "3", "g": "250", "sc_threshold": "0"}
_X265 = "keyint=30:min-keyint=30:open-gop=1:bframes=3:scenecut=0:log-level=none"

CLIPS = [
    Clip(
        "hd_1min.mp4", "1 min 1080p", 1920, 1080, 60, 750, "libx264", "yuv420p",
        X264 | {"b": "3600k"},
    ),
    Clip(
        "hd_10min.mp4", "10 min 1080p, GOP 250, B-frames", 1920, 1080, 600, 750, "libx264",
        "yuv420p", X264 | {"b": "3600k"},
    ),
    Clip(
        "hevc_10min.mp4", "10 min 1080p HEVC 10-bit, open GOP", 1920, 1080, 600, 300, "libx265",
        "yuv420p10le", {"preset": "superfast", "x265-params": _X265, "b": "3600k"},
    ),
    Clip(
        "film_1min.mp4", "1 min 720p", 1280, 720, 60, 750, "libx264", "yuv420p",
        X264 | {"b": "900k"},
    ),
    Clip(
        "film_1h.mp4", "1 h 720p", 1280, 720, 3600, 750, "libx264", "yuv420p",
        X264 | {"b": "900k"},
    ),
    Clip(
        "uhd_3s.mp4", "3 s of 4K in one GOP", 3840, 2160, 3, 90, "libx264", "yuv420p",
        X264 | {"b": "20M"},
    ),
]  # fmt: skip


def make(clip: Clip, sources: list[Path], cache: Path) -> Path:
    """The clip's path in `cache`, made where it is not there yet.

    `sources`: videos to show in it, one after the other; a synthetic one where there are none.
    """
    path = cache / clip.name
    if path.exists():
        return path
    cache.mkdir(parents=True, exist_ok=True)
    key = f"{clip.width}x{clip.height}_{clip.codec}_{clip.piece}"
    if not sources:
        key = f"synthetic_{clip.name.partition('.')[0]}_{key}"
    piece = cache / f"piece_{key}{path.suffix}"
    if not piece.exists():
        _encode(clip, sources, piece)
    _repeat(clip, piece, path)
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
        shown = _endless(sources) if sources else _synthetic(clip.width, clip.height)
        for number, frame in zip(range(clip.piece), shown, strict=False):
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


def _synthetic(width: int, height: int) -> Iterator[VideoFrame]:
    """A camera that pans over a landscape of noise, with grain: motion and detail to decode."""
    made = np.random.default_rng(0)
    shape = (height + 256, width + 256)
    land = np.zeros(shape, np.float32)
    for coarse in (8, 32, 128):  # detail of several sizes, the finest the weakest
        noise = made.normal(0, 6 * coarse**0.4, (shape[0] // coarse + 1, shape[1] // coarse + 1))
        land += np.kron(noise, np.ones((coarse, coarse)))[: shape[0], : shape[1]]
    grain = made.normal(0, 3, (height + 16, width + 16))
    wide, grey = np.clip(land + 128, 16, 235), np.full((height // 2, width), 128, np.uint8)
    number = 0
    while True:
        x, y = (round(128 + 120 * wave(number / 40)) for wave in (np.sin, np.cos))
        i, j = made.integers(0, 16, 2)
        light = wide[y : y + height, x : x + width] + grain[i : i + height, j : j + width]
        yield VideoFrame.from_ndarray(np.vstack([light.astype(np.uint8), grey]), "yuv420p")
        number += 1


def _repeat(clip: Clip, piece: Path, path: Path) -> None:
    """Write the piece's packets again and again, each time later, until the clip is full."""
    unfinished = path.with_name("unfinished_" + path.name)
    with av.open(str(piece)) as source, av.open(str(unfinished), "w") as out:
        stream = source.streams.video[0]
        if stream.codec_context.codec.canonical_name == "av1":
            # its decoder is no encoder, so it is no template; its packets say what it holds
            copy = out.add_mux_stream("av1", RATE, width=clip.width, height=clip.height)
        else:
            copy = out.add_stream_from_template(stream)
        packets = [(bytes(p), p.pts, p.dts, p.is_keyframe) for p in source.demux(stream) if p.size]
        assert stream.time_base is not None
        length = round(len(packets) / (RATE * stream.time_base))
        for number in range(clip.seconds * RATE):
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
