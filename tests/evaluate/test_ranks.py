"""Several processes under MLX's launcher: each takes its videos, and together they are as one."""

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sf_mlx import demo, ranks
from sf_mlx.errors import UsageError

BIN = Path(sys.executable).parent


@pytest.fixture
def place(tmp_path):
    (tmp_path / "videos").mkdir()
    questions = ["video,question,answer"]
    for name in "abc":
        shutil.copy(demo.MODEL.parent / "sample.mp4", tmp_path / "videos" / f"{name}.mp4")
        questions += [
            f"{name},Which way does the blue star move?,right",
            f"{name},What spins?,star",
        ]
    (tmp_path / "mine.csv").write_text("\n".join(questions) + "\n")
    return tmp_path


def command(place, out):
    return [BIN / "sf-mlx", "eval", "run", "--dataset", place / "mine.csv", "--videos",
            place / "videos", "-m", "demo", "-o", place / out,
            "--frames", "8", "--quiet"]  # fmt: skip


def rows(folder):
    found = [
        json.loads(line)
        for path in folder.glob("rows*.jsonl")
        for line in path.read_text().splitlines()
    ]
    return sorted(({**row, "cost": None} for row in found), key=lambda row: row["row"])


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.mark.skipif(not (BIN / "mlx.launch").exists(), reason="MLX's launcher is not installed")
def test_two_ranks_give_the_rows_of_one(place):
    launcher = [BIN / "mlx.launch", "-n", "2", "--backend", "ring", "--starting-port", free_port()]
    launched = [*launcher, "--", *command(place, "two")]
    done = subprocess.run(list(map(str, launched)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # The launcher says 0 whatever happened; these files say that both came to their end
    names = {path.name for path in (place / "two").iterdir()}
    assert {"done-1-of-2.json", "done-2-of-2.json", "rows-1-of-2.jsonl"} <= names
    subprocess.run(list(map(str, command(place, "one"))), check=True, capture_output=True)
    assert rows(place / "two") == rows(place / "one") and len(rows(place / "one")) == 6


def test_a_process_alone_is_alone(monkeypatch):
    for sign in ranks._SIGNS:
        monkeypatch.delenv(sign, raising=False)
    assert ranks.launched() is None


def test_ranks_that_do_not_find_one_another_are_no_single_one(monkeypatch):
    """Without a backend MLX would say: rank 0 of 1, and every process would do everything."""
    monkeypatch.setenv("MLX_RANK", "1")
    monkeypatch.delenv("MLX_HOSTFILE", raising=False)
    with pytest.raises(UsageError, match="do not find one another"):
        ranks.launched()
