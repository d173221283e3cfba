"""The models' real sizes on this machine, and the reference road beside them where torch is there.

    python -m benchmarks.full_size                      everything, in the order of importance
    python -m benchmarks.full_size --only fp16,torch    these rows (a name, or its beginning)
    python -m benchmarks.full_size --shapes tiny --quick    tries the benchmark itself

Checkpoints with random weights and a clip are made once in --cache (26 GB for 7B, 21 more for 34B).
Every part runs in a process of its own; what fails is a row that says so. The results are
written after every row as JSON, and as Markdown with the ratios to the goals.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks import video_clips
from benchmarks.full_size.report import markdown
from benchmarks.full_size.rows import Rows
from benchmarks.full_size.shapes import sizes
from benchmarks.random_checkpoint import write
from sf_mlx import demo

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Stage:
    """A process that measures some rows.

    Attributes
    ----------
    label: what its rows' names begin with.
    module: of this package.
    shape, bits: its checkpoint.
    seconds: what it takes for 7B on an H100, its checkpoint written before.
    options: further arguments.
    runs: repetitions, where the usual number would take too long.
    """

    label: str
    module: str
    shape: str
    bits: int | None
    seconds: int
    options: tuple[str, ...] = ()
    runs: int | None = None


def stages(shape: str) -> list[Stage]:
    """All of them, the most important first."""
    big = "tiny" if shape == "tiny" else "34b"
    return [
        Stage("fp16", "ours", shape, None, 75, ("--parts",)),
        Stage("torch", "reference", shape, None, 115),
        Stage("4bit", "ours", shape, 4, 40),
        Stage("fp16", "cold", shape, None, 25),
        Stage("4bit", "cold", shape, 4, 15),
        Stage("load.fp16", "load", shape, None, 45, runs=1),
        Stage("mlx.kernel", "kernels", shape, None, 10),
        Stage("load.4bit", "load", shape, 4, 15, runs=1),
        Stage("8bit", "ours", shape, 8, 40),
        Stage("34b", "ours", big, 4, 70),
    ]


class Results:
    """What has been measured, on disk after every row.

    Parameters
    ----------
    path: the JSON; the Markdown lies beside it. What it holds of an earlier run stays.
    """

    def __init__(self, path: Path, machine: dict[str, Any]) -> None:
        self._path = path
        self._rows: dict[str, dict[str, Any]] = {}
        if path.exists():
            self._rows = json.loads(path.read_text())["rows"]
        self._machine = machine
        path.parent.mkdir(parents=True, exist_ok=True)

    def add(self, row: dict[str, Any]) -> None:
        """Keep a row and say it."""
        name = row.pop("row")
        self._rows[name] = row
        whole = {"machine": self._machine, "rows": self._rows}
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(whole, indent=1))
        part.replace(self._path)
        self._path.with_suffix(".md").write_text(markdown(whole))
        shown = {k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()}
        print(name, json.dumps(shown), flush=True)

    def value(self, row: str, key: str, default: float) -> float:
        """One number of a row, if it is there."""
        return float(self._rows.get(row, {}).get(key, default))


def run(stage: Stage, folder: Path, clip: Path, told: argparse.Namespace, results: Results) -> None:
    """Run a stage's process and keep its rows as they come."""
    runs = 1 if told.quick else stage.runs or told.runs
    command = [sys.executable, "-m", f"benchmarks.full_size.{stage.module}", str(folder), str(clip)]
    command += ["--label", stage.label, "--only", told.only, "--runs", str(runs), *stage.options]
    command += ["--tokens", str(8 if told.quick else told.tokens)]
    if stage.module == "reference":
        command += ["--text-tokens", str(int(results.value("fp16.first", "text_tokens", 98)))]
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stderr is not None
    said: list[str] = []
    # Read beside, or a talkative library would block on its pipe
    errors = threading.Thread(target=said.extend, args=(process.stderr,))
    errors.start()
    late = threading.Timer(told.limit, process.kill)
    late.start()
    for line in process.stdout:
        if line.startswith('{"row"'):
            results.add(json.loads(line))
    status = process.wait()
    late.cancel()
    errors.join()
    if status:
        last = next((line.strip() for line in reversed(said) if line.strip()), "")
        failed = f"exit {status} after {time.perf_counter() - started:.0f} s: {last[:300]}"
        results.add({"row": f"{stage.label}.{stage.module}", "failed": failed})


def checkpoint(cache: Path, shape: str, bits: int | None, results: Results) -> Path:
    """The folder of a checkpoint, written where it is not there yet."""
    name = f"{shape}-{f'{bits}bit' if bits else 'fp16'}"
    folder, unfinished = cache / name, cache / f"unfinished-{name}-{os.getpid()}"
    if not folder.exists():
        started = time.perf_counter()
        written = write(unfinished, sizes(shape), bits)
        unfinished.rename(folder)
        seconds = time.perf_counter() - started
        results.add({"row": f"write.{name}", "gb": written / 1e9, "seconds": seconds})
    return folder


def clip_of(shape: str, cache: Path, source: Path | None) -> Path:
    """A minute of 1080p from the source, the demo's sample where there is none."""
    cache.mkdir(parents=True, exist_ok=True)
    if shape == "tiny":
        return demo.sample_clip(cache / "sample.mp4")
    sources = [source] if source else [demo.sample_clip(cache / "sample.mp4")]
    return video_clips.make(video_clips.CLIPS[0], sources, cache)


def machine() -> dict[str, Any]:
    """What these figures are from."""
    from importlib.metadata import version

    import mlx.core as mx

    from sf_mlx.device import cores, current

    about = {k: v for k, v in mx.device_info().items() if isinstance(v, str | int)}
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        "cores": cores(),
        "backend": current().backend,
        "mlx": version("mlx"),
        "device": about,
        "date": time.strftime("%Y-%m-%d"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shapes", choices=("7b", "tiny"), default="7b")
    parser.add_argument("--only", default="", help="names of rows, with commas between")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "sf-mlx-full-size")
    parser.add_argument("--source", type=Path, help="a real video, of which the clip is made")
    parser.add_argument("--out", type=Path, default=Path("full_size.json"))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=128, help="of an answer")
    parser.add_argument("--budget", type=float, default=1e9, help="seconds for all of it")
    parser.add_argument("--limit", type=float, default=300, help="seconds for one process")
    parser.add_argument("--quick", action="store_true", help="one run, eight tokens")
    parser.add_argument("--prepare", action="store_true", help="write the files and end")
    told = parser.parse_args()
    started = time.perf_counter()
    results = Results(told.out, machine())
    wanted = Rows([one for one in told.only.split(",") if one], told.runs)
    clip = clip_of(told.shapes, told.cache, told.source)
    print(f"the clip is there after {time.perf_counter() - started:.1f} s", flush=True)
    for stage in stages(told.shapes):
        if not wanted.wants(stage.label):
            continue
        if stage.module == "reference" and not (find_spec("torch") and find_spec("transformers")):
            results.add({"row": "torch", "failed": "torch or transformers is not installed"})
            continue
        left = told.budget - (time.perf_counter() - started)
        if left < stage.seconds:
            failed = f"not run: {stage.seconds} s expected, {left:.0f} left"
            results.add({"row": f"{stage.label}.{stage.module}", "failed": failed})
            continue
        try:
            folder = checkpoint(told.cache, stage.shape, stage.bits, results)
        except Exception as error:
            results.add({"row": f"{stage.label}.{stage.module}", "failed": repr(error)[:300]})
            continue
        if not told.prepare:
            run(stage, folder, clip, told, results)
    print(f"{told.out} after {time.perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
