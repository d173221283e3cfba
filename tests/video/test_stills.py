"""Photos, animations, folders and images in memory: in part broken, in odd formats."""

import os
import struct
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from benchmarks import video_fuzz
from benchmarks.video_mutations import mutate
from sf_mlx.errors import (
    NotAVideoError,
    SfMlxError,
    TruncatedVideoError,
    UsageError,
    VideoLimitError,
)
from sf_mlx.video import Limits, Reading, Selection, probe, read_frames, stills
from sf_mlx.video.limits import DEFAULT_LIMITS, Stopwatch
from tests.video.clips import found, moving_square

EXACT = Reading(exact=True)


def animation(path: Path, count: int = 12) -> Path:
    pages = [Image.fromarray(p) for p in moving_square(count)]
    pages[0].save(path, save_all=True, append_images=pages[1:], duration=100, lossless=True)
    return path


@pytest.mark.parametrize("suffix", ["png", "webp", "avif"])
def test_an_animation_is_opened_once_to_read_it(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = stills.from_file(found(animation(tmp_path / f"a.{suffix}")))
    opened: list[object] = []
    real = Image.open
    monkeypatch.setattr(Image, "open", lambda *a, **k: opened.append(a) or real(*a, **k))
    shots = list(clip.pictures([0, 3, 4, 11], 96, EXACT))
    assert len(opened) == 1
    expected = list(stills.from_memory(moving_square(12), DEFAULT_LIMITS).pictures([3], 96, EXACT))
    difference = np.abs(shots[1].picture.astype(int) - expected[0].picture)  # type: ignore
    assert difference.mean() < (1 if suffix == "avif" else 1e-9)  # AVIF loses a little


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_the_time_limit_covers_the_reading_of_an_animation(suffix: str, tmp_path: Path) -> None:
    clip = stills.from_file(found(animation(tmp_path / f"a.{suffix}")))
    clip.watch = Stopwatch("a", Limits(total_seconds=1e-9))
    with pytest.raises(VideoLimitError, match="decoding takes more"):
        next(clip.pictures([11], 32, Reading()))


def test_a_cut_animation_gives_the_pages_before_the_cut(tmp_path: Path) -> None:
    path = animation(tmp_path / "a.png")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    frames = read_frames(path, Selection(50), size=32)
    assert 3 <= frames.info.frames < frames.info.frames_promised == 12
    assert len(list(frames)) == frames.count == frames.info.frames
    assert frames.warnings == [f"{path}: the file is cut short: {frames.count} of 12 frames."]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tiff", "avif"])
def test_every_orientation(suffix: str, orientation: int, tmp_path: Path) -> None:
    """As Pillow itself turns it."""
    pixels = np.zeros((60, 40, 3), np.uint8)
    pixels[:20, :20, 0] = pixels[:30, 20:, 1] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(pixels).save(path, exif=exif)
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image)
        assert upright is not None
        expected = stills.from_memory([upright.convert("RGB")], DEFAULT_LIMITS)
    (frame,) = read_frames(path, size=64)
    (shot,) = expected.pictures([0], 64, Reading())
    assert shot.picture is not None and (frame.image == shot.picture).all()
    assert (probe(path).width, probe(path).height) == (expected.info.width, expected.info.height)


def exif_of(kind: int, count: int, value: bytes) -> bytes:
    """EXIF data with an orientation of this TIFF type."""
    where = struct.pack("<I", 26) if len(value) > 4 else value.ljust(4, b"\0")
    entry = struct.pack("<HHI", 0x0112, kind, count) + where
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4) + value


@pytest.mark.parametrize(
    ("kind", "count", "value"),
    [
        (2, 2, b"6\0"), (7, 4, b"6666"), (6, 1, b"\xfa"), (11, 1, b"\0\0\xd0@"),
        (5, 1, bytes(8)), (5, 1, b"\x0d\0\0\0\2\0\0\0"), (2, 5, b"\xff\xfe\xfdab"), (99, 1, b"\6"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_an_orientation_of_another_type_is_none(
    suffix: str, kind: int, count: int, value: bytes, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{suffix}"
    Image.new("RGB", (40, 30), (9, 9, 9)).save(path, exif=exif_of(kind, count, value))
    assert (probe(path).width, probe(path).height) == (40, 30)
    assert len(list(read_frames(path, size=8))) == 1


def test_a_damaged_avif_is_told_and_does_not_spoil_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "1.avif"
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(path)
    data = bytearray(path.read_bytes())
    media = data.index(b"mdat") + 4
    data[media : media + 40] = bytes([255]) * 40  # "Decoding of color planes failed"
    path.write_bytes(data)
    with pytest.raises(TruncatedVideoError, match=r"Download or copy"):
        list(read_frames(path))
    Image.new("RGB", (8, 8), (5, 5, 5)).save(tmp_path / "2.png")
    frames = read_frames(tmp_path, size=8)
    assert [f.image.max() for f in frames] == [5, 5]
    assert frames.warnings[0] == f"{path}: a damaged picture."


def test_an_avif_may_call_itself_an_image_first(tmp_path: Path) -> None:
    """Its major brand is that of any HEIF image; AVIF is among the compatible ones."""
    path = tmp_path / "a.mp4"
    Image.new("RGB", (8, 8), (5, 5, 5)).save(path, format="AVIF")
    data = path.read_bytes()
    assert data[4:12] == b"ftypavif" and b"avif" in data[12:40]
    path.write_bytes(data[:8] + b"mif1" + data[12:])
    (frame,) = read_frames(path, size=8)
    assert abs(int(frame.image.max()) - 5) < 3  # AVIF loses a little


def test_a_picture_over_a_limit_does_not_spoil_its_folder(tmp_path: Path) -> None:
    folder_of(tmp_path, (2,))
    Image.new("1", (300, 200)).save(tmp_path / "shot 1.png")
    Image.new("I", (8, 8), 70_000).save(tmp_path / "shot 3.tiff")
    frames = read_frames(tmp_path, Reading(limits=Limits(pixels=50_000)), size=8)
    assert [f.image.max() for f in frames] == [2, 2, 2]
    assert "300x200 passes the limit" in frames.warnings[0]
    assert "Convert it to 8 bits" in frames.warnings[1]


# mutations (format, number) that crashed or wrote on stderr once
CAUGHT = [("TIFF", n) for n in (8, 14, 40, 51, 90, 93, 235)] + [("AVIF", n) for n in range(40)]


def test_damaged_pictures_end_in_frames_or_in_our_errors(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A short run; the long one is benchmarks/video_fuzz.py."""
    cases = [(kind, n) for kind in video_fuzz.FORMATS for n in range(30)] + CAUGHT
    for kind, number in cases:
        (tmp_path / "a.gif").write_bytes(mutate(video_fuzz.picture_seeds(kind), number))
        (tmp_path / "b.bmp").write_bytes(video_fuzz.picture_seeds("BMP")[0])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                list(read_frames(tmp_path / "a.gif", Selection(4), size=16))
            except SfMlxError as error:
                assert str(error).isprintable(), (kind, number)
            assert len(list(read_frames(tmp_path, Selection(4), size=16))) >= 2, (kind, number)
    said = capfd.readouterr()
    assert not said.out and not said.err


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_a_cut_photo_is_told_as_cut(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(TruncatedVideoError, match=r"Download or copy"):
        list(read_frames(path))


def folder_of(path: Path, values: tuple[int, ...]) -> None:
    for i in values:
        Image.new("RGB", (8, 8), (i, i, i)).save(path / f"shot {i}.png")


def test_a_damaged_picture_does_not_spoil_its_folder(tmp_path: Path) -> None:
    folder_of(tmp_path, (2, 4))
    (tmp_path / "shot 1.png").write_bytes(b"\x89PNG broken")
    (tmp_path / "shot 3.png").write_text("not a picture")
    frames = read_frames(tmp_path, Selection(fps=1), size=8)
    assert [f.image.max() for f in frames] == [2, 2, 2, 4]
    assert frames.warnings == [
        f"{tmp_path}/shot 1.png: a damaged picture.",
        f"{tmp_path}/shot 3.png: a damaged picture.",
        f"{tmp_path}: 2 frames could not be decoded; the nearest ones are shown instead.",
    ]


def test_a_folder_of_damaged_pictures(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"\x89PNG broken")
    with pytest.raises(TruncatedVideoError, match=r"1\.png: a damaged picture"):
        read_frames(tmp_path)
    (tmp_path / "2.png").write_text("not a picture")
    with pytest.raises(NotAVideoError, match=r"2\.png: not a picture"):
        read_frames(tmp_path)


def test_only_regular_files_of_a_folder_are_opened(tmp_path: Path) -> None:
    folder_of(tmp_path, (5,))
    os.mkfifo(tmp_path / "1.jpg")
    (tmp_path / "2.jpg").mkdir()
    (tmp_path / "3.jpg").symlink_to(tmp_path / "gone.jpg")
    assert probe(tmp_path).frames == 1
    assert [f.image.max() for f in read_frames(tmp_path, size=8)] == [5]


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_sixteen_bits_of_grey(suffix: str, tmp_path: Path) -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint16)[:, None] * 256 + 7, 256, axis=1)
    image = Image.fromarray(ramp)
    assert image.mode == "I;16"
    image.save(tmp_path / f"a.{suffix}")
    for source in (tmp_path / f"a.{suffix}", [image]):
        picture = next(read_frames(source, size=256)).image
        assert (picture == np.arange(256)[:, None, None]).all()


@pytest.mark.parametrize("mode", ["I", "F"])
def test_pictures_without_a_known_white_are_refused(mode: str, tmp_path: Path) -> None:
    image = Image.new(mode, (8, 8), 1)
    image.save(tmp_path / "a.tiff")
    for source in (tmp_path / "a.tiff", [image]):
        with pytest.raises(UsageError, match="Convert it to 8 bits"):
            next(read_frames(source))


def test_the_limit_of_pixels_is_ours_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("1", (300, 200)).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    assert len(list(read_frames(tmp_path / "a.png", size=8))) == 1
    with pytest.raises(VideoLimitError, match="a picture of 300x200 passes"):
        read_frames(tmp_path / "a.png", Reading(limits=Limits(pixels=50_000)))
    assert Image.MAX_IMAGE_PIXELS == 1000


def test_one_image_is_one_frame() -> None:
    assert len(list(read_frames(Image.new("RGB", (8, 8)), size=8))) == 1


@pytest.mark.parametrize("source", [None, 5, (p for p in ())])
def test_what_is_no_source(source: object) -> None:
    with pytest.raises(UsageError, match="is no video"):
        read_frames(source)  # type: ignore[arg-type]


def test_images_that_are_closed(tmp_path: Path) -> None:
    folder_of(tmp_path, (1, 2))
    images = [Image.open(tmp_path / f"shot {i}.png") for i in (1, 2)]
    images[1].close()
    with pytest.raises(UsageError, match="Image 1 cannot be read"):
        list(read_frames(images, Selection(fps=1), size=8))
    images[0].load()
    images[0].close()
    with pytest.raises(UsageError, match="Image 0 cannot be read"):
        read_frames(images)
