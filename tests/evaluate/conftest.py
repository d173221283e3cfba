"""What the tests of evaluation share."""

from pathlib import Path

import pytest

from sf_mlx.evaluate.datasets import DATASETS
from sf_mlx.evaluate.questions import read_questions

FILES = Path(__file__).parent.parent / "data" / "eval"
# Rows that others published: beside the checkout on some machines, never in it
_ROOT = Path(__file__).parent.parent.parent
PUBLISHED = next(
    (up / "shared" / "eval" for up in _ROOT.parents if (up / "shared" / "eval").is_dir()),
    _ROOT.parent / "shared" / "eval",
)

published = pytest.mark.skipif(not PUBLISHED.exists(), reason="no published files here")


def read(dataset, *names):
    """Items of a data set from files of tests/data/eval."""
    return read_questions(DATASETS[dataset], [FILES / name for name in names])
