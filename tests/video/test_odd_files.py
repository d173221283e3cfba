"""Awkward files: each has the outcome that a person would expect."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import av
import numpy as np
import pytest

from sf_mlx import errors
from sf_mlx.video import Selection, probe, read_frames
from tests.video.clips import DATA, ODD, SHARED, film, psnr


@dataclass(frozen=True)
class Usable:
    """A clip, how many frames it shows, and the original frames that two of them are.

    `looks`: (frame of the clip, clip it was made from, frame of that clip); `db`: how close they
    are at 84x84, 3 dB below what was measured.
    """

    name: str
    frames: int
    size: tuple[int, int]
    looks: tuple[tuple[int, str, int], ...] = ()
    db: float = 33


USABLE = [
    Usable("rot90_hevc.mov", 185, (320, 240), ((0, "friday", 0), (180, "friday", 180))),
    Usable("rot180_h264.mp4", 120, (480, 270), ((0, "flower", 0), (110, "flower", 110))),
    Usable("hdr_hlg_bt2020_hevc10.mov", 120, (480, 270), ((0, "flower", 0),), 28),
    Usable("hdr_pq_hdr10_hevc10.mp4", 185, (320, 240), ((0, "friday", 0), (180, "friday", 180))),
    Usable("bt709_full_range.mp4", 60, (480, 270), ((0, "flower", 0), (50, "flower", 50)), 35),
    Usable("yuv444p.mp4", 60, (480, 270), ((0, "flower", 0), (50, "flower", 50)), 32),
    Usable("gray.mp4", 60, (320, 240), ((0, "friday", 0), (50, "friday", 50)), 35),
    Usable("sar_4_3.mp4", 90, (480, 270), ((0, "flower", 0), (80, "flower", 80)), 32),
    Usable("vfr_2_then_12fps.mp4", 59, (480, 270), ((0, "car-detection", 63),), 44),
    Usable("start_10s.ts", 92, (480, 270), ((0, "flower", 0), (40, "flower", 40)), 36),
    Usable("start_7_5s.mkv", 92, (320, 240), ((0, "friday", 0), (40, "friday", 40)), 36),
    Usable("open_gop_bframes.mp4", 120, (480, 270), ((0, "flower", 0), (110, "flower", 110)), 33),
    Usable("interlaced_tff.mp4", 45, (480, 288), ((0, "flower", 0), (15, "flower", 30)), 31),
    Usable("alpha_vp9.webm", 60, (320, 180), ((0, "flower", 0), (50, "flower", 50)), 34),
    Usable("av1.mp4", 60, (320, 180), ((0, "flower", 0), (50, "flower", 50)), 31),
    Usable("loop.gif", 24, (197, 112), ((0, "flower", 0),), 23),
    Usable("mjpeg.avi", 38, (320, 180), ((0, "car-detection", 63), (37, "car-detection", 99)), 30),
    Usable("latin1_metadata.avi", 19, (320, 180), ((0, "car-detection", 63),), 38),
    Usable("webm_named.mp4", 45, (480, 270), ((0, "flower", 0), (40, "flower", 40)), 34),
    Usable("one_frame.mp4", 1, (480, 270), ((0, "flower", 0),), 32),
    Usable("two_video_streams.mkv", 90, (480, 270), ((0, "flower", 0), (80, "flower", 80)), 32),
    Usable("uhd_one_gop.mp4", 90, (3840, 2160), ((0, "flower", 0), (80, "flower", 80)), 42),
    Usable("fragmented.mp4", 120, (480, 270), ((0, "flower", 0), (110, "flower", 110)), 33),
    Usable("odd_size_321x181.mp4", 30, (322, 181), ((0, "flower", 0), (20, "flower", 20)), 30),
    Usable("tiny_16x16.mp4", 30, (16, 16)),
    Usable("still.jpg", 1, (480, 270), ((0, "flower", 60),), 37),
    Usable("still_exif6.jpg", 1, (480, 270), ((0, "flower", 60),), 36),
    Usable(
        "frames_unpadded", 12, (240, 136), ((0, "car-detection", 65), (11, "car-detection", 135))
    ),
    # the edit list hides 19 coded frames of a clip that itself begins at frame 30 of the original
    Usable("editlist_hides_head.mp4", 71, (480, 270), ((1, "flower", 50), (61, "flower", 110)), 33),
]  # fmt: skip

BROKEN = [
    ("truncated60_no_moov.mp4", errors.TruncatedVideoError, "incomplete"),
    ("zero_bytes.mp4", errors.EmptyVideoError, "empty"),
    ("text.mp4", errors.NotAVideoError, "text file"),
    ("lfs_pointer.mp4", errors.NotAVideoError, "git lfs pull"),
    ("playlist_named.mp4", errors.RefusedVideoError, "playlist"),
    ("playlist_local.m3u8", errors.RefusedVideoError, "playlist"),
    ("audio_only.m4a", errors.NoVideoStreamError, "sound only"),
    ("cover_art.mp3", errors.CoverArtError, "cover picture"),
]

WARNED = [
    ("truncated60_moov_front.mp4", 58, "the file is cut short: 58 of 120 frames"),
    ("cut_in_middle.ts", 152, "the file is damaged"),
]


@pytest.mark.parametrize("clip", USABLE, ids=lambda clip: clip.name)
def test_usable(clip: Usable) -> None:
    path = ODD / clip.name
    info = probe(path)
    assert (info.frames, (info.width, info.height)) == (clip.frames, clip.size)
    json.dumps(asdict(info))

    frames = read_frames(path, Selection(10), size=84)
    images = list(frames)
    assert len(images) == frames.count == min(10, clip.frames)
    assert (frames.note is None) == (clip.frames >= 10)
    assert not frames.warnings
    assert [frame.time for frame in images] == list(frames.times)
    assert all(f.image.shape == (84, 84, 3) and f.image.dtype == np.uint8 for f in images)


@pytest.mark.parametrize("clip", [c for c in USABLE if c.looks], ids=lambda clip: clip.name)
def test_upright_and_in_true_colours(clip: Usable) -> None:
    originals = np.load(DATA / "originals.npz")
    for index, source, number in clip.looks:
        at = int(np.flatnonzero(originals[f"{source}_index"] == number)[0])
        original = originals[source][at]
        info = probe(ODD / clip.name)
        # the middle of the frame, because a time between two frames belongs to the first
        time = film_times(clip)[index] + 0.25 * info.duration / info.frames
        picture = next(read_frames(ODD / clip.name, Selection(at=(time,)), size=84)).image
        assert psnr(picture, original) > clip.db
        # the check can tell: upside down or mirrored is far away
        assert psnr(picture[::-1], original) < clip.db - 5
        assert psnr(picture[:, ::-1], original) < clip.db - 5


def film_times(clip: Usable) -> list[float]:
    """When each frame of a clip is shown."""
    path = ODD / clip.name
    if path.suffix in (".jpg", ""):
        return [float(i) for i in range(clip.frames)]
    return film(path).times.tolist()


@pytest.mark.parametrize(("name", "error", "words"), BROKEN, ids=[b[0] for b in BROKEN])
def test_broken(name: str, error: type[errors.VideoError], words: str) -> None:
    with pytest.raises(error, match=words) as raised:
        read_frames(ODD / name)
    assert type(raised.value) is error
    message = str(raised.value)
    assert name in message
    assert "\n" not in message
    with pytest.raises(error):
        probe(ODD / name)


def test_every_error_has_its_own_exit_code() -> None:
    codes = {error.exit_code for _, error, _ in BROKEN}
    assert len(codes) == len({error for _, error, _ in BROKEN})
    assert 0 not in codes


@pytest.mark.parametrize(("name", "count", "words"), WARNED, ids=[w[0] for w in WARNED])
def test_damaged_but_readable(name: str, count: int, words: str) -> None:
    frames = read_frames(ODD / name, Selection(20), size=84)
    images = list(frames)
    assert len(images) == frames.count == 20
    assert frames.info.frames == count
    assert any(words in warning for warning in frames.warnings)
    # spread over what exists, the first and the last tenth included
    assert images[0].time < 0.1 * frames.info.duration
    assert images[-1].time > 0.9 * frames.info.duration


@pytest.mark.parametrize(
    ("name", "start"),
    [("start_10s.ts", 10.0), ("start_7_5s.mkv", 7.5), ("fragmented.mp4", 2002 / 30000)],
)
def test_times_are_the_containers_own_from_the_first_frame(name: str, start: float) -> None:
    info = probe(ODD / name)
    assert info.start == pytest.approx(start)
    with av.open(str(ODD / name)) as container:
        stamps = [f.time for f in container.decode(video=0) if f.time is not None]
    times = film(ODD / name).times
    assert times == pytest.approx(np.array(stamps) - stamps[0], abs=1e-9)
    assert info.duration == pytest.approx(stamps[-1] - stamps[0] + 1 / 29.97, abs=0.002)


def test_a_varying_rate_takes_half_from_each_half() -> None:
    frames = list(read_frames(ODD / "vfr_2_then_12fps.mp4", Selection(10)))
    assert sum(frame.time < 4 for frame in frames) == 5


def test_pictures_come_in_the_order_of_their_numbers() -> None:
    by_one = pictures_of_folder([f"frame_{i}.jpg" for i in range(1, 13)])
    together = [f.image for f in read_frames(ODD / "frames_unpadded", Selection(fps=1), size=84)]
    assert (np.stack(together) == by_one).all()


def pictures_of_folder(names: list[str]) -> np.ndarray:
    folder = ODD / "frames_unpadded"
    return np.stack([next(read_frames(folder / name, size=84)).image for name in names])


def test_facts_of_a_phone_video() -> None:
    info = probe(ODD / "hdr_hlg_bt2020_hevc10.mov")
    assert (info.codec, info.pixel_format) == ("hevc", "yuv420p10le")
    assert (info.transfer, info.primaries, info.matrix) == ("arib-std-b67", "bt2020", "bt2020nc")
    info = probe(ODD / "rot90_hevc.mov")
    assert (info.rotation, info.stored_width, info.stored_height) == (90, 240, 320)
    assert probe(ODD / "two_video_streams.mkv").stream_choice == "the largest of 2"


@pytest.mark.skipif(not SHARED.exists(), reason="the complete set is not beside this checkout")
def test_the_complete_set_is_covered() -> None:
    known = {c.name for c in USABLE} | {b[0] for b in BROKEN} | {w[0] for w in WARNED}
    assert {f.name for f in Path(SHARED / "odd").iterdir()} - {"README.md"} == known
