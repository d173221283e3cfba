"""mlx-vlm on the same clip, machine and weights: `python -m benchmarks.peers --python PYTHON`.

PYTHON is that of an environment with `pip install mlx-vlm opencv-python`. Both load the same small
checkpoint with random weights; mlx-vlm has no pooling, so its frames cost 65 tokens each and more,
and ours 22. A failure is recorded as a failure.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.full_size.shapes import sizes
from benchmarks.peer_mlx_vlm import QUESTIONS
from benchmarks.random_checkpoint import write
from sf_mlx import demo

ROOT = Path(__file__).parent.parent
SCRIPT = Path(__file__).with_name("peer_mlx_vlm.py")
TOKENS = 16
OURS = "import time; s = time.perf_counter(); from benchmarks.peers import ours; ours(s)"

Values = dict[str, float]


def ours(started: float) -> None:
    """Our side, in a process of its own that began at `started`: one line of JSON."""
    folder, clip, frames, tokens = sys.argv[1:5]
    import mlx.core as mx

    from sf_mlx import Sampling, load

    values: Values = {"import_s": time.perf_counter() - started}
    model = load(folder)
    with model.open(clip, frames=int(frames)) as session:
        for which, question in zip(("first", "second"), QUESTIONS, strict=True):
            answer = session.ask(question, sampling=Sampling(max_tokens=int(tokens)))
            record = answer.record
            assert record is not None
            values[f"{which}_question_s"] = record.first_token_seconds
            values[f"{which}_prompt_tokens"] = record.visual_tokens + record.text_tokens
    values["load_s"] = model.load_seconds
    unit = 1 if sys.platform == "darwin" else 1024
    values["peak_gb"] = mx.get_peak_memory() / 1e9
    values["rss_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
    print(json.dumps(values), flush=True)


def checkpoint(folder: Path) -> Path:
    """The tiny shape with the files that transformers' processor asks for."""
    described = sizes("tiny")
    side = described["vision_config"]["image_size"]
    token = json.loads((demo.MODEL / "config.json").read_text()).get("image_token_index", 3)
    described |= {
        "image_token_index": token,
        "image_grid_pinpoints": [[side, side]],
        "vision_feature_select_strategy": "default",
    }
    write(folder, described)
    picture = {
        "image_processor_type": "LlavaNextImageProcessor",
        "processor_class": "LlavaNextProcessor",
        "crop_size": {"height": side, "width": side},
        "size": {"shortest_edge": side},
        "image_grid_pinpoints": [[side, side]],
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
        "resample": 3,
    }
    processor = {
        "processor_class": "LlavaNextProcessor",
        "patch_size": 14,
        "vision_feature_select_strategy": "default",
        "image_token": "<image>",
        "num_additional_image_tokens": 1,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(picture))
    (folder / "processor_config.json").write_text(json.dumps(processor))
    return folder


def told_by(command: list[str], limit: float) -> Values:
    """The last line of a process, which is JSON.

    Raises
    ------
    RuntimeError: with the last line of what it said instead.
    """
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=limit, check=False
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "nothing said").splitlines()
        raise RuntimeError(f"exit {done.returncode}: {said[-1][:200]}")
    values: Values = json.loads(done.stdout.strip().splitlines()[-1])
    return values


def help_of(command: list[str], limit: float) -> Values:
    """Seconds that `--help` takes."""
    started = time.perf_counter()
    subprocess.run(command, cwd=ROOT, capture_output=True, timeout=limit, check=True)
    return {"help_s": time.perf_counter() - started}


def row(name: str, runs: int, work: Any, *arguments: Any) -> dict[str, Any]:
    """The medians of some runs, or why there are none."""
    try:
        each: list[Values] = [work(*arguments) for _ in range(runs)]
        found: dict[str, Any] = {key: median(one[key] for one in each) for key in each[0]}
        words = ", ".join(f"{key} {value:.4g}" for key, value in found.items())
    except (RuntimeError, OSError, ValueError, subprocess.SubprocessError) as error:
        found = {"failed": str(error)[:300]}
        words = f"failed: {found['failed']}"
    print(f"{name}: {words}", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clip", type=Path, nargs="?", help="the demo's sample if left out")
    parser.add_argument("--python", type=Path, required=True, help="with mlx-vlm and OpenCV")
    parser.add_argument("--frames", type=int, nargs="+", default=[8, 50])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=float, default=300, help="seconds for one process")
    parser.add_argument("--out", type=Path, help="JSON")
    told = parser.parse_args()
    results: dict[str, dict[str, Any]] = {}
    peer = str(told.python.absolute())
    with tempfile.TemporaryDirectory() as name:
        clip = told.clip.resolve() if told.clip else demo.sample_clip(Path(name) / "clip.mp4")
        folder = checkpoint(Path(name) / "model")
        commands: dict[str, list[str]] = {}
        for frames in told.frames:
            asked = [str(folder), str(clip), str(frames), str(TOKENS)]
            commands[f"sf-mlx, {frames} frames"] = [sys.executable, "-c", OURS, *asked]
            script = [peer, str(SCRIPT), *asked, "images"]
            commands[f"mlx-vlm, {frames} frames as images"] = script
        asked = [str(folder), str(clip), str(told.frames[0]), str(TOKENS)]
        commands["mlx-vlm, the file as a video"] = [peer, str(SCRIPT), *asked, "video"]
        for title, command in commands.items():
            results[title] = row(title, told.runs, told_by, command, told.limit)
        helps = {
            "sf-mlx ask --help": [
                sys.executable, "-c", "from cli.main import main; main()", "ask", "--help",
            ],
            "mlx_vlm.generate --help": [peer, "-m", "mlx_vlm.generate", "--help"],
        }  # fmt: skip
        for title, command in helps.items():
            results[title] = row(title, told.runs, help_of, command, told.limit)
    if told.out is not None:
        told.out.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
