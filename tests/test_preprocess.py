"""The picture that the vision tower sees: upstream's own numbers, or the checkpoint's."""

import numpy as np
import pytest
from PIL import Image

from sf_mlx.errors import CheckpointError, UnsupportedModelError
from sf_mlx.model.preprocess import CLIP_MEAN, CLIP_STD, Preprocess, read_preprocess
from sf_mlx.video import read_frames
from tests.video.clips import DATA

# float32 arithmetic in another order than numpy's; the reference suggests 2e-6
TOLERANCE = 2e-6


def test_resize_and_normalise_are_upstreams() -> None:
    golden = np.load(DATA / "preprocess.npz")
    for i, name in enumerate(golden["order"]):
        frame = next(read_frames(golden[f"image_{name}"][None]))
        pixels = np.array(Preprocess(336)(frame.image[None]))[0].transpose(2, 0, 1)
        error = np.abs(pixels[:, 5::29, 3::31] - golden["pixel_values_f32_strided"][i]).max()
        assert error <= TOLERANCE, name


def test_images_and_arrays_give_the_same() -> None:
    pixels = np.load(DATA / "preprocess.npz")["image_portrait"]
    a = next(read_frames(pixels[None], size=168)).image
    b = next(read_frames([Image.fromarray(pixels)], size=168)).image
    assert a.shape == (168, 168, 3)
    assert (a == b).all()


@pytest.mark.parametrize("shape", [(3, 4, 4), (1, 4, 4, 4), (4, 4, 3)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected uint8"):
        Preprocess(336)(np.zeros(shape, np.uint8))


# --- preprocessor_config.json -------------------------------------------------------------------

MEAN, STD = [0.1, 0.2, 0.3], [0.4, 0.5, 0.6]


@pytest.mark.parametrize(
    "size",
    [
        336,
        {"shortest_edge": 336},
        {"height": 336, "width": 336},
        [336, 336],
        None,
    ],
    ids=str,
)
@pytest.mark.parametrize("nested", [False, True])
def test_sizes_are_written_in_many_ways(size, nested):
    given = {"size": size, "crop_size": size, "image_mean": MEAN, "image_std": STD, "resample": 3}
    files = (None, {"image_processor": given}) if nested else (given, {"patch_size": 14})
    assert read_preprocess(336, *files) == Preprocess(336, tuple(MEAN), tuple(STD))


@pytest.mark.parametrize("files", [(None, None), ({}, None), (None, {"patch_size": 14})], ids=str)
def test_clips_values_where_the_checkpoint_says_nothing(files):
    assert read_preprocess(336, *files) == Preprocess(336, CLIP_MEAN, CLIP_STD)


def test_a_switched_off_crop_and_normalisation():
    assert read_preprocess(336, {"do_center_crop": False, "crop_size": 512}, None).size == 336
    plain = read_preprocess(336, {"do_normalize": False, "image_mean": MEAN}, None)
    pixels = np.array(plain(np.full((1, 2, 2, 3), 51, np.uint8)))
    np.testing.assert_allclose(pixels, 0.2, rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"size": 224}, "size 224.*336"),
        ({"size": {"shortest_edge": 224}}, "336"),
        ({"size": {"height": 336, "width": 224}}, "336"),
        ({"crop_size": {"height": 224, "width": 224}}, "crop_size"),
        ({"size": "large"}, "size large"),
        ({"size": {}}, "size"),
        ({"size": True}, "size"),
        ({"size": 336.0}, "size"),
        ({"image_mean": [0.5, 0.5]}, "image_mean"),
        ({"image_mean": 0.5}, "image_mean"),
        ({"image_mean": ["a", 0.5, 0.5]}, "image_mean"),
        ({"image_mean": [10**39, 0.5, 0.5]}, "image_mean"),
        ({"image_std": [0.5, 0, 0.5]}, "image_std"),
        ({"image_std": [0.5, -0.5, 0.5]}, "image_std"),
        ({"image_std": [1e-9, 0.5, 0.5]}, "image_std"),
        ({"image_std": {}}, "image_std"),
    ],
    ids=str,
)
def test_values_that_cannot_be_are_refused(change, reason):
    with pytest.raises(CheckpointError, match=reason):
        read_preprocess(336, change, None)


@pytest.mark.parametrize(
    "change",
    [
        {"resample": 2},
        {"resample": True},
        {"resample": []},
        {"do_rescale": False},
        {"rescale_factor": 1 / 127.5},
        {"rescale_factor": "x"},
    ],
    ids=str,
)
def test_what_the_method_does_not_do_is_said(change):
    with pytest.raises(UnsupportedModelError):
        read_preprocess(336, change, None)
