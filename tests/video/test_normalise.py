"""The picture that the vision tower sees, against upstream's own numbers."""

import numpy as np
import pytest
from PIL import Image

from sf_mlx.video import normalise, read_frames
from tests.video.clips import DATA

# float32 arithmetic in another order than numpy's; the reference suggests 2e-6
TOLERANCE = 2e-6


def test_resize_and_normalise_are_upstreams() -> None:
    golden = np.load(DATA / "preprocess.npz")
    for i, name in enumerate(golden["order"]):
        frame = next(read_frames(golden[f"image_{name}"][None]))
        pixels = np.array(normalise(frame.image[None]))[0].transpose(2, 0, 1)
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
        normalise(np.zeros(shape, np.uint8))
