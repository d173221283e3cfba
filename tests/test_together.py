"""A model split over two processes answers as one does, and ends as one does."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import sf_mlx
from sf_mlx import demo, together
from sf_mlx.errors import ModelError
from sf_mlx.ranks import Ranks
from tests.conftest import GOLDEN

BIN = Path(sys.executable).parent

SCRIPT = """
import json, sys
import sf_mlx
from sf_mlx import together
from sf_mlx.errors import VideoNotFoundError
from sf_mlx.ranks import launched
from sf_mlx.video import Reading, Selection

ranks = launched()
for path in sys.argv[3:]:
    model = sf_mlx.load(path)
    sampling = sf_mlx.Sampling(max_tokens=16)
    reading = Reading(Selection(8))
    # Only rank 0 can see the file
    video = sys.argv[2] if ranks is None or ranks.rank == 0 else "not there"
    if ranks is None:
        session = model.open(video, reading=reading)
    else:
        together.split(model, ranks)
        session = together.open_together(model, ranks, video, reading=reading)
    said = [session.ask(q, sampling=sampling).text for q in ("What happens?", "How many shapes?")]
    times = session.ask("Who?", sampling=sampling).record.frame_times
    if ranks is None or ranks.rank == int(sys.argv[1]):
        print(json.dumps([said, times]), flush=True)
if ranks is not None:
    try:
        together.open_together(model, ranks, "nowhere.mp4")
    except VideoNotFoundError as error:
        print("told", ranks.rank, error, flush=True)
"""


def run(*arguments, ranks=0):
    command = [sys.executable, "-c", *map(str, arguments)]
    if ranks:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        launcher = [BIN / "mlx.launch", "-n", ranks, "--backend", "ring", "--starting-port", port]
        command = [*map(str, launcher), "--", *command]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(not (BIN / "mlx.launch").exists(), reason="MLX's launcher is not installed")
def test_two_ranks_answer_as_one(tmp_path):
    """Rank 1 has no video and half of the heads, and says the same."""
    clip = demo.sample_clip(tmp_path / "clip.mp4")
    models = ["demo", GOLDEN / "models" / "vicuna-hf", GOLDEN / "models" / "mistral-hf"]
    alone = run(SCRIPT, 0, clip, *models)
    both = run(SCRIPT, 1, clip, *models, ranks=2)
    found = [json.loads(line) for line in both.splitlines() if line.startswith("[")]
    assert found == [json.loads(line) for line in alone.splitlines()]
    assert found[0][0][0].startswith("A blue star")
    # And a video that rank 0 does not find ends both in the same way
    told = sorted(line for line in both.splitlines() if line.startswith("told"))
    assert [line[:6] for line in told] == ["told 0", "told 1"]
    assert told[0][6:] == told[1][6:] and "nowhere.mp4" in told[0]


def test_heads_that_cannot_be_dealt_out():
    model = sf_mlx.load("demo")
    heads = model.backbone.language_model.args.num_attention_heads
    with pytest.raises(ModelError, match=f"{heads} heads and .* out to 7 processes"):
        together.split(model, Ranks(0, 7, SimpleNamespace()))
