"""A library and a folder of clips for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sf_mlx import fingerprint
from sf_mlx.library import Library


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file's stamp proves its content at once, as it does two seconds after the last change."""
    monkeypatch.setattr(fingerprint, "SETTLED_SECONDS", -1.0)


@pytest.fixture
def library(tmp_path: Path, settled: None) -> Iterator[Library]:
    with Library(tmp_path / "data" / "library.db") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "clips"
    made.mkdir()
    return made
