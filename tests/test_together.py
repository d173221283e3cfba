"""A model split over two processes answers as one does, and ends as one does."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import mlx.core as mx
import pytest
from mlx.utils import tree_flatten

import sf_mlx
from sf_mlx import demo, mlx_thread
from sf_mlx.device import Device
from sf_mlx.errors import ModelError
from sf_mlx.ranks import Ranks
from sf_mlx.weights import load as weights
from sf_mlx.weights.convert import convert
from sf_mlx.weights.packing import Packing
from tests.conftest import GOLDEN
from tests.tiny import CONFIG, write_tiny

BIN = Path(sys.executable).parent
# What is quantised stays it
DEVICE = Device("cpu", half_precision=True, blas=None, memory=2**34)

SCRIPT = """
import json, sys
import sf_mlx
from sf_mlx import together
from sf_mlx.errors import VideoNotFoundError
from sf_mlx.ranks import launched
from sf_mlx.video import Reading, Selection

ranks = launched()
for path in sys.argv[3:]:
    model = sf_mlx.load(path, ranks=ranks)
    sampling = sf_mlx.Sampling(max_tokens=16)
    reading = Reading(Selection(8))
    # Only rank 0 can see the file
    video = sys.argv[2] if ranks is None or ranks.rank == 0 else "not there"
    if ranks is None:
        session = model.open(video, reading=reading)
    else:
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
    heads = sf_mlx.load("demo").backbone.language_model.args.num_attention_heads
    with pytest.raises(ModelError, match=f"{heads} heads and .* out to 7 processes"):
        sf_mlx.load("demo", ranks=Ranks(0, 7, SimpleNamespace()))


class Group:
    """As much of MLX's group as dealing out weights asks for."""

    def __init__(self, rank, size):
        self.rank, self.size = lambda: rank, lambda: size


def language(model):
    """The language model's arrays, once they are read."""
    mlx_thread.run(model.weights.place, model.backbone, "language")
    return dict(tree_flatten(model.backbone.language_model.parameters()))


@pytest.mark.parametrize("kind", ["demo", "quantised"])
def test_a_rank_reads_its_part_only(kind, tmp_path):
    """The parts of two ranks are the whole, bit for bit, quantised or not."""
    path = "demo"
    if kind == "quantised":
        path = tmp_path / "q4"
        convert(write_tiny(tmp_path / "tiny"), path, language=Packing(4, 32))
    whole = language(sf_mlx.load(path, device=DEVICE))
    parts = [
        language(sf_mlx.load(path, device=DEVICE, ranks=Ranks(rank, 2, Group(rank, 2))))
        for rank in (0, 1)
    ]
    cut = 0
    for key, array in whole.items():
        mine, other = (part[key] for part in parts)
        if mine.shape == array.shape:
            assert mx.array_equal(mine, array) and mx.array_equal(other, array)
            continue
        cut += 1
        axis = next(i for i, n in enumerate(array.shape) if mine.shape[i] != n)
        assert mx.array_equal(mx.concatenate([mine, other], axis), array)
    assert cut >= 14


def test_a_rank_needs_the_memory_of_its_part(tmp_path, monkeypatch):
    """Where the whole is too large; besides the part only one group of tensors is in memory."""
    text = CONFIG["text_config"] | {
        "hidden_size": 256,
        "intermediate_size": 1024,
        "num_hidden_layers": 8,
    }
    path = write_tiny(tmp_path / "large", config=CONFIG | {"text_config": text})
    whole = sf_mlx.load(path, device=DEVICE).weights.nbytes
    small = replace(DEVICE, memory=whole * 2 // 3)
    with pytest.raises(ModelError, match="GiB at once"):
        sf_mlx.load(path, device=small)
    group = 2**20
    monkeypatch.setattr(weights, "_GROUP_BYTES", group)
    model = sf_mlx.load(path, device=small, ranks=Ranks(1, 2, Group(1, 2)))
    part = model.weights.nbytes
    assert part < 0.6 * whole
    before = mx.get_active_memory()
    mx.reset_peak_memory()
    language(model)
    # A group ends behind the tensor that fills it; the largest of them has half a MB
    assert mx.get_peak_memory() - before < part + 2 * group < whole
    assert mx.get_active_memory() - before <= part


def test_matrices_that_cannot_be_dealt_out(tmp_path):
    """Its heads can be, and 128 columns in groups of 64 too, but not 64 of them to each of four."""
    text = CONFIG["text_config"] | {"num_attention_heads": 4, "num_key_value_heads": 4}
    path = write_tiny(tmp_path / "tiny", config=CONFIG | {"text_config": text})
    convert(path, tmp_path / "q4", language=Packing(4, 64))
    with pytest.raises(ModelError, match=r"to 4 processes.*64"):
        sf_mlx.load(tmp_path / "q4", device=DEVICE, ranks=Ranks(0, 4, Group(0, 4)))


# --- the command ---------------------------------------------------------------------------------


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def by_hand(tmp_path, *arguments, ranks=2, stdin=b""):
    """What each of the processes says and ends with; a launcher does not tell that."""
    hosts = tmp_path / "hosts.json"
    hosts.write_text(json.dumps([[f"127.0.0.1:{port}"] for port in free_ports(ranks)]))
    started = []
    for rank in range(ranks):
        environment = os.environ | {
            "MLX_RANK": str(rank),
            "MLX_HOSTFILE": str(hosts),
            "SF_MLX_STATE": str(tmp_path / f"data-{rank}"),
            "SF_MLX_CACHE": str(tmp_path / f"cache-{rank}"),
        }
        started.append(
            subprocess.Popen(
                [str(BIN / "sf-mlx"), *map(str, arguments)],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        )
    # Only the first has something to read
    inputs = [stdin] + [None] * (ranks - 1)
    for process in started[1:]:
        process.stdin.close()
        process.stdin = None
    waiting = zip(started, inputs, strict=True)
    said = [process.communicate(text, timeout=100) for process, text in waiting]
    codes = [process.returncode for process in started]
    return codes, [out.decode() for out, _ in said], [err.decode() for _, err in said]


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.skipif(not (BIN / "mlx.launch").exists(), reason="MLX's launcher is not installed")
@pytest.mark.parametrize("model", ["demo", "vicuna-hf"])
def test_the_command_under_the_launcher_says_what_one_process_says(tmp_path, model):
    clip = demo.sample_clip(tmp_path / "clip.mp4")
    path = model if model == "demo" else GOLDEN / "models" / model
    command = [BIN / "sf-mlx", "ask", clip, "Which way does the star move?", "-m", path,
               "--frames", "8", "--max-tokens", "12", "--quiet", "--no-history",
               "--no-cache"]  # fmt: skip
    command = list(map(str, command))
    alone = subprocess.run(command, capture_output=True, text=True, check=True)
    (port,) = free_ports(1)
    launcher = [BIN / "mlx.launch", "-n", 2, "--backend", "ring", "--starting-port", port, "--"]
    both = subprocess.run([*map(str, launcher), *command], capture_output=True, text=True)
    assert both.stdout == alone.stdout and both.stdout.strip()


def test_one_process_reads_and_writes_for_all(tmp_path):
    """By chance too: without a seed both take the same tokens, or they would wait for ever."""
    clip = demo.sample_clip(tmp_path / "clip.mp4")
    out = tmp_path / "answer.json"
    codes, said, warned = by_hand(
        tmp_path, "ask", clip, "-q", "-", "-m", "demo", "--frames", 8, "-o", out,
        "--temperature", "1.5", "--quiet", stdin=b"What happens?",
    )  # fmt: skip
    assert codes == [0, 0], warned
    assert said == ["", ""] and warned[1] == ""
    record = json.loads(out.read_text())
    assert record["question"] == "What happens?" and record["answer"] and not record["from_cache"]
    assert files(tmp_path / "data-0")
    # The cache on disk is nobody's
    assert not files(tmp_path / "cache-0") and not files(tmp_path / "cache-1")
    assert not files(tmp_path / "data-1")


@pytest.mark.parametrize(
    ("arguments", "ranks", "code", "message"),
    [
        (["nowhere.mp4", "What?", "-m", "demo"], 2, 11, "nowhere.mp4"),
        (["CLIP", "What?", "-m", "demo"], 3, 30, "heads, which cannot be dealt out to 3 processes"),
        (["CLIP", "What?", "-m", "demo", "--every", "2s"], 2, 2, "leave --every out"),
    ],
)
def test_an_error_is_said_once_and_ends_all(tmp_path, arguments, ranks, code, message):
    clip = demo.sample_clip(tmp_path / "clip.mp4")
    arguments = [clip if word == "CLIP" else word for word in arguments]
    codes, said, warned = by_hand(tmp_path, "ask", *arguments, "--quiet", ranks=ranks)
    assert codes == [code] * ranks
    assert message in warned[0].replace("\n", " ") and warned[0].count("sf-mlx:") == 1
    assert warned[1:] == [""] * (ranks - 1) and not any(said)


def test_a_conversation_is_of_one_process(tmp_path):
    codes, _, warned = by_hand(tmp_path, "chat", "clip.mp4", "-m", "demo")
    assert codes == [2, 2] and "without the launcher" in warned[0] and not warned[1]
