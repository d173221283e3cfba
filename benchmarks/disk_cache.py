"""What tomorrow's question costs: `python -m benchmarks.disk_cache [--demo]`.

Each question is asked by a process of its own; the first with an empty cache, the others with what
it kept. The goals: no frame decoded and none of the tower's weights read (shown by the timeline of
`--trace`), and a first token within the prefill and 15 %. Medians. The demo on its sample clip, and
134 million random parameters behind 3,680 visual tokens of a random tower (left out with `--demo`).
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import mlx.core as mx
from mlx.utils import tree_flatten

from benchmarks.random_model import config, make
from sf_mlx import demo, mlx_thread
from sf_mlx.fingerprint import SETTLED_SECONDS

ROUNDS = 5
# What a timeline has where a video is read
READING = {"wait for frames", "vision", "pool", "weights: vision", "hash"}


def synthetic(folder: Path) -> Path:
    """A checkpoint of 134 million random parameters behind a tower of 24 x 24 patches."""
    sizes = config(
        text={
            "hidden_size": 1024,
            "intermediate_size": 2816,
            "num_hidden_layers": 10,
            "num_attention_heads": 16,
            "num_key_value_heads": 16,
        },
        vision={"image_size": 336},
    )
    folder.mkdir()
    model = mlx_thread.run(make, sizes)
    mx.save_safetensors(str(folder / "model.safetensors"), dict(tree_flatten(model.parameters())))
    (folder / "config.json").write_text(json.dumps(sizes))
    for path in demo.MODEL.glob("tokenizer*.json"):
        shutil.copy(path, folder)
    return folder


def ask(model: str, clip: Path, folder: Path) -> tuple[dict[str, Any], set[str]]:
    """The record of a question, and the names in its timeline."""
    timeline = folder / "trace.json"
    done = subprocess.run(
        [
            sys.executable, "-m", "sf_mlx", "ask", str(clip), "What happens?", "-m", model,
            "--max-tokens", "4", "--json", "--trace", str(timeline), "--no-history",
        ],
        check=True,
        stdout=subprocess.PIPE,
        env=os.environ | {"SF_MLX_CACHE": str(folder / "cache")},
    )  # fmt: skip
    events = json.loads(timeline.read_text())
    events = events["traceEvents"] if isinstance(events, dict) else events
    return json.loads(done.stdout), {event["name"] for event in events}


def measure(name: str, model: str, clip: Path, folder: Path, rounds: int) -> None:
    """Print one model's figures."""
    first, names = ask(model, clip, folder)
    assert not first["from_cache"] and names >= READING, READING - names
    later = []
    for _ in range(rounds):
        record, names = ask(model, clip, folder)
        assert record["from_cache"] and not READING & names, READING & names
        assert record["answer"] == first["answer"]
        later.append(record)
    size = sum(path.stat().st_size for path in (folder / "cache" / "visual").iterdir())
    shutil.rmtree(folder / "cache")
    wait, prefill = (
        median(record[key] for record in later)
        for key in ("first_token_seconds", "prefill_seconds")
    )
    # Of each record its own: other load changes from one to the next
    share = median(r["first_token_seconds"] / r["prefill_seconds"] for r in later)
    print(
        f"{name}: {first['visual_tokens']:,} visual tokens, {size / 1e6:.1f} MB; first token "
        f"{first['first_token_seconds']:.2f} s, from the cache {wait:.2f} s, of it prefill "
        f"{prefill:.2f} s ({share:.3f})",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--demo", action="store_true", help="the demo only: half a minute")
    only_demo = parser.parse_args().demo
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        clip = demo.sample_clip(folder / "sf-mlx-demo.mp4")
        model = None if only_demo else synthetic(folder / "random")
        time.sleep(SETTLED_SECONDS + 0.5)
        measure("demo", demo.NAME, clip, folder, ROUNDS)
        if model is not None:
            measure("random", str(model), clip, folder, 2)


if __name__ == "__main__":
    main()
