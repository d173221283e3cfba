"""The package as Python shows it."""

import io
import pydoc

import pytest

import sf_mlx


@pytest.mark.parametrize("name", sf_mlx.__all__)
def test_every_public_name_is_there(name):
    assert name in dir(sf_mlx)
    assert getattr(sf_mlx, name) is not None


def test_help_shows_what_there_is():
    text = io.StringIO()
    pydoc.Helper(output=text).help(sf_mlx)
    for name in ("load", "Session", "Answer", "Sampling"):
        assert name in text.getvalue()


def test_unknown_names_are_unknown():
    with pytest.raises(AttributeError, match="nothing"):
        _ = sf_mlx.nothing
