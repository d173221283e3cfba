"""From a decoded frame to the picture that the tower gets: upright, in true colours, no combs."""

from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sf_mlx.video import Reading, Selection, probe, read_frames
from sf_mlx.video.hdr import WHITE, tone_map
from sf_mlx.video.picture import (
    PictureMaker,
    resize,
    resize_in_strips,
    turn_from_matrix,
    turn_image,
)
from tests.video.clips import ODD, encode, moving_square, psnr

# one 16.16 unit in a display matrix
ONE = 1 << 16


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ((ONE, 0, 0, 0, ONE, 0, 0, 0, 0), lambda a: a),
        ((0, ONE, 0, -ONE, 0, 0, 0, 0, 0), lambda a: np.rot90(a, -1)),
        ((-ONE, 0, 0, 0, -ONE, 0, 0, 0, 0), lambda a: np.rot90(a, 2)),
        ((0, -ONE, 0, ONE, 0, 0, 0, 0, 0), lambda a: np.rot90(a, 1)),
        ((-ONE, 0, 0, 0, ONE, 0, 0, 0, 0), lambda a: a[:, ::-1]),
        ((ONE, 0, 0, 0, -ONE, 0, 0, 0, 0), lambda a: a[::-1]),
        ((0, ONE, 0, ONE, 0, 0, 0, 0, 0), lambda a: a.swapaxes(0, 1)),
        ((0, -ONE, 0, -ONE, 0, 0, 0, 0, 0), lambda a: np.rot90(a, 2).swapaxes(0, 1)),
    ],
)
def test_all_eight_turns(matrix: tuple[int, ...], expected) -> None:  # type: ignore[no-untyped-def]
    """Three pixels of different colours: where each has to be after ISO 14496-12's matrix."""
    picture = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    turn = turn_from_matrix(matrix)
    assert (np.asarray(turn_image(Image.fromarray(picture), turn)) == expected(picture)).all()


@pytest.mark.parametrize("degrees", [90, 270])
def test_a_turned_file_reads_upright(degrees: int, tmp_path: Path) -> None:
    frames = np.zeros((3, 96, 64, 3), np.uint8)
    frames[:, :20, :20] = (255, 0, 0)  # red in the stored top left corner
    path = tmp_path / "turned.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 96, "yuv420p"
        stream.set_display_rotation(-degrees)  # counter-clockwise
        for pixels in frames:
            out.mux(stream.encode(VideoFrame.from_ndarray(pixels, "rgb24")))
        out.mux(stream.encode(None))
    info = probe(path)
    assert (info.rotation, info.width, info.height) == (degrees, 96, 64)
    red = next(read_frames(path, size=96)).image[..., 0] > 128
    # 20 of 96 columns and 20 of 64 lines, on a picture of 96x96
    corner = red[:28, -18:] if degrees == 90 else red[-28:, :18]
    assert corner.mean() > 0.8
    assert red.mean() < 0.12


def test_untagged_video_takes_its_matrix_from_its_size() -> None:
    """Pure green, written with either matrix and no tag."""
    for height, width, matrix in ((480, 640, "ITU601"), (720, 1280, "ITU709")):
        green = np.zeros((height, width, 3), np.uint8)
        green[..., 1] = 200
        frame = VideoFrame.from_ndarray(green, "rgb24").reformat(
            format="yuv420p", dst_colorspace=matrix, dst_color_range="MPEG"
        )
        frame.colorspace, frame.color_range = 2, 0
        assert np.abs(PictureMaker(32, True)(frame).astype(int) - (0, 200, 0)).max() <= 3


@pytest.mark.parametrize("tag", [3, 8, 10, 11, 14, 15])
def test_matrix_tags_that_nobody_converts_do_not_stop_the_reading(tag: int) -> None:
    frame = VideoFrame.from_ndarray(np.full((64, 64, 3), 90, np.uint8), "rgb24")
    frame = frame.reformat(format="yuv420p")
    frame.colorspace = tag
    assert np.abs(PictureMaker(32, False)(frame).astype(int) - 90).max() <= 3


@pytest.mark.parametrize(
    "pixel_format",
    ["yuv420p", "yuvj420p", "yuv422p10le", "yuv444p12le", "gbrp", "gray", "gray10le", "rgb24",
     "bgra", "yuv411p", "nv12", "p010le", "ya8", "yuva420p", "gbrap"],
)  # fmt: skip
def test_pixel_formats(pixel_format: str) -> None:
    """A grey ramp comes back as it was, within 3 of 255 for 8-bit chroma and range rounding."""
    ramp = np.repeat(np.linspace(0, 255, 64).astype(np.uint8), 64 * 3).reshape(64, 64, 3)
    frame = VideoFrame.from_ndarray(ramp, "rgb24").reformat(format=pixel_format)
    for exact in (False, True):
        picture = PictureMaker(64, exact)(frame)
        assert np.abs(picture.astype(int) - ramp).max() <= 3


def test_a_palette() -> None:
    indices = np.tile(np.arange(64, dtype=np.uint8), (64, 1))
    palette = np.zeros((256, 4), np.uint8)
    palette[:, 0] = 255  # opaque: ARGB
    palette[:, 1] = np.arange(256) * 4 % 256
    frame = VideoFrame.from_ndarray((indices, palette), "pal8")
    picture = PictureMaker(64, True)(frame)
    assert (picture[0, :, 0] == np.arange(64) * 4).all()
    assert not picture[..., 1:].any()


def test_alpha_lies_over_black() -> None:
    pixels = np.full((64, 64, 4), 200, np.uint8)
    pixels[:, :32, 3] = 0
    pixels[:, 32:, 3] = 255
    picture = PictureMaker(64, False)(VideoFrame.from_ndarray(pixels, "rgba"))
    assert (picture[:, :28] == 0).all()
    assert (picture[:, 36:] == 200).all()


def test_prores_with_alpha(tmp_path: Path) -> None:
    pixels = np.full((5, 64, 64, 4), 200, np.uint8)
    pixels[:, :, :32, 3] = 0
    pixels[:, :, 32:, 3] = 255
    path = encode(tmp_path / "a.mov", pixels, "prores_ks", "yuva444p10le")
    picture = next(read_frames(path, size=64)).image
    assert picture[:, :28].max() <= 4
    assert np.abs(picture[:, 36:].astype(int) - 200).max() <= 4


def test_interlaced_material_has_no_combs() -> None:
    """A square that jumps between two fields: one of its two places, not stripes of both."""
    lines = np.full((96, 96, 3), 40, np.uint8)
    lines[0::2, 10:40] = 220  # the upper field
    lines[1::2, 50:80] = 220
    frame = VideoFrame.from_ndarray(lines, "rgb24").reformat(format="yuv420p")
    combed = PictureMaker(96, True)(frame)
    assert combed[20:70, 15:35].astype(int).std() > 50
    frames = list(read_frames(ODD / "interlaced_tff.mp4", Selection(10), size=288))
    assert frames
    with av.open(str(ODD / "interlaced_tff.mp4")) as container:
        coded = next(container.decode(video=0))
        assert coded.interlaced_frame
        woven = np.asarray(coded.to_image().resize((288, 288), Image.Resampling.BICUBIC))
    # combs are differences from line to line that the picture itself does not have
    ours = PictureMaker(288, False)(coded)
    assert _comb(ours) < 0.5 * _comb(woven)


def _comb(picture: np.ndarray) -> float:
    lines = picture.astype(float).mean(2)
    return float(np.abs(lines[2:] - 2 * lines[1:-1] + lines[:-2]).mean())


def test_reduced_resize_of_large_pictures_is_close_to_exact() -> None:
    """4K: at most 3 of 255 on a smooth picture, where exact means every pixel."""
    y, x = np.mgrid[0:2160, 0:3840]
    waves = np.stack([127 + 120 * np.sin(x / 37 + k) * np.cos(y / 23 + k) for k in range(3)], -1)
    image = Image.fromarray(waves.astype(np.uint8))
    exact, fast = (resize(image, 336, exact).astype(int) for exact in (True, False))
    assert np.abs(exact - fast).max() <= 3
    assert psnr(exact, fast) > 50


@given(
    st.integers(168, 900), st.integers(168, 900), st.integers(0, 40),
    st.sampled_from((32, 100, 168)), st.booleans(),
)  # fmt: skip
def test_strips_change_nothing(
    width: int, height: int, padding: int, size: int, exact: bool
) -> None:
    """Against Pillow on the whole picture; a lower threshold for "large" saves time."""
    width, height = max(width, height), min(width, height)
    rng = np.random.default_rng(width * height)
    padded = rng.integers(0, 256, (height, 3 * width + padding), np.uint8)
    packed = np.ascontiguousarray(padded[:, : 3 * width]).reshape(height, width, 3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sf_mlx.video.picture._LARGE", 300 * 300)
        whole = resize(Image.fromarray(packed), size, exact)
        stride = 3 * width + padding
        strips = resize_in_strips(padded.reshape(-1), width, height, stride, size, exact)
    assert (strips == whole).all()


def test_deep_colour_is_close_to_the_exact_road(tmp_path: Path) -> None:
    """10 bits: the decoder's scaler against Pillow on the full picture."""
    path = encode(tmp_path / "deep.mkv", moving_square(4, 480, 640), "libx265", "yuv420p10le",
                  options={"x265-params": "log-level=none"})  # fmt: skip
    fast, exact = (next(read_frames(path, Reading(exact=exact))).image for exact in (False, True))
    assert psnr(fast, exact) > 40


# --- HDR ---


def pq(nits: float) -> int:
    """The 16-bit PQ signal of a light level (BT.2100-2, inverse of table 4's EOTF)."""
    y = (nits / 10_000) ** (2610 / 16384)
    signal = ((3424 / 4096 + 2413 / 128 * y) / (1 + 2392 / 128 * y)) ** (2523 / 32)
    return round(65535 * float(signal))


def grey(signal: int) -> np.ndarray:
    return np.full((1, 1, 3), signal, np.uint16)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.1, 0.2, 0.5, 0.8])
def test_pq_below_the_knee_is_sdr_light(share: float) -> None:
    """Grey at a share of diffuse white is that share to the power 1/2.4."""
    shown = tone_map(grey(pq(share * WHITE)), "pq")
    assert np.abs(shown.astype(int) - round(255 * share ** (1 / 2.4))).max() <= 1


def test_hlg_reference_levels() -> None:
    """BT.2408: HLG 75 % is diffuse white at 203 cd/m2 on the nominal 1000 cd/m2 display."""
    white = tone_map(grey(round(0.75 * 65535)), "hlg")
    assert np.abs(white.astype(int) - tone_map(grey(pq(203)), "pq")).max() <= 2
    # 18 % grey: HLG 38 %, 26 cd/m2 (BT.2408 table 1)
    middle = tone_map(grey(round(0.38 * 65535)), "hlg")
    assert np.abs(middle.astype(int) - tone_map(grey(pq(26)), "pq")).max() <= 3


@pytest.mark.parametrize("transfer", ["pq", "hlg"])
def test_brighter_is_never_darker_and_highlights_do_not_wrap(transfer: str) -> None:
    ramp = np.repeat(np.arange(0, 65536, 17, dtype=np.uint16), 3).reshape(1, -1, 3)
    shown = tone_map(ramp, transfer).astype(int)  # type: ignore[arg-type]
    assert (np.diff(shown[0, :, 0]) >= 0).all()
    assert shown[0, 0].tolist() == [0, 0, 0]
    assert shown[0, -1].min() >= 254
    assert np.ptp(shown, axis=2).max() <= 1  # grey stays grey
