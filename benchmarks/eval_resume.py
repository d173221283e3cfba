"""Kill -9 at random moments, and ranks: `eval run` always ends with the rows of an undisturbed run.

    python -m benchmarks.eval_resume [--kills 20] [--clips 4] [--ranks 2 3]

The real command with the demo model on exported clips. Compared are the rows, and the report of
them, byte for byte but for times. With ranks, one process of the launcher's is killed as soon as it
has written a row, and a second run without the launcher finishes its part (Linux: it is found in
/proc).
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.eval_export import export
from sf_mlx.evaluate.report import build

BIN = Path(sys.executable).parent


def command(folder: Path, out: str) -> list[str]:
    """The command of a run."""
    return list(
        map(
            str,
            [BIN / "sf-mlx", "eval", "run", "nextqa", "--questions", folder, "--videos",
             folder / "videos", "-m", "demo", "-o", folder / out / "run", "--no-cache",
             "--quiet"],
        )
    )  # fmt: skip


def rows(folder: Path) -> list[dict[str, Any]]:
    """All rows, without what they took, in their order."""
    found = [
        {**json.loads(line), "cost": None}
        for path in sorted(folder.glob("rows*.jsonl"))
        for line in path.read_text().splitlines()
    ]
    return sorted(found, key=lambda row: int(row["row"]))


def numbers(folder: Path) -> dict[str, Any]:
    """The report without what it took."""
    report = build([folder]).as_json()
    for run in report["runs"]:
        run.pop("cost")
    return report


def killed(folder: Path, kills: int, seconds: float) -> int:
    """Start the run, and kill it after a while, so many times; how often it was still running."""
    draw, hits = random.Random(0), 0
    for _ in range(kills):
        process = subprocess.Popen(command(folder, "killed"), stdout=subprocess.DEVNULL)
        try:
            process.wait(draw.uniform(0.05, 1.0) * seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            hits += 1
        process.wait()
    return hits


def launched(folder: Path, ranks: int, *, kill: bool) -> None:
    """Run under MLX's launcher; the last rank is killed once it has written a row."""
    out = f"ranks{ranks}{'-killed' if kill else ''}"
    launcher = [str(BIN / "mlx.launch"), "-n", str(ranks), "--backend", "ring", "--"]
    process = subprocess.Popen([*launcher, *command(folder, out)], stdout=subprocess.DEVNULL)
    written = folder / out / "run" / f"rows-{ranks}-of-{ranks}.jsonl"
    while kill and process.poll() is None:
        if written.exists() and written.stat().st_size:
            os.kill(_writer_of(written), signal.SIGKILL)
            break
        time.sleep(0.05)
    process.wait()
    if kill:
        subprocess.run(command(folder, out), check=True, stdout=subprocess.DEVNULL)


def _writer_of(path: Path) -> int:
    """The process that has a file open."""
    for name in Path("/proc").iterdir():
        if name.name.isdecimal() and (name / "fd").exists():
            try:
                if any(link.resolve() == path.resolve() for link in (name / "fd").iterdir()):
                    return int(name.name)
            except OSError:
                continue
    raise SystemExit(f"nobody writes {path}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--clips", type=int, default=4)
    parser.add_argument("--ranks", type=int, nargs="*", default=[2, 3])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        export(folder, args.clips)
        started = time.perf_counter()
        subprocess.run(command(folder, "whole"), check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - started
        whole, report = rows(folder / "whole" / "run"), numbers(folder / "whole" / "run")
        print(f"undisturbed: {len(whole)} rows in {seconds:.1f} s", flush=True)
        hits = killed(folder, args.kills, seconds)
        subprocess.run(command(folder, "killed"), check=True, stdout=subprocess.DEVNULL)
        same = rows(folder / "killed" / "run") == whole
        alike = numbers(folder / "killed" / "run") == report
        print(
            f"killed {hits} of {args.kills} times: rows the same {same}, report {alike}", flush=True
        )
        for ranks in args.ranks:
            for kill in (False, True):
                launched(folder, ranks, kill=kill)
                out = folder / f"ranks{ranks}{'-killed' if kill else ''}" / "run"
                shown = "one killed and finished by a second run" if kill else "undisturbed"
                print(f"{ranks} ranks, {shown}: rows the same {rows(out) == whole}", flush=True)


if __name__ == "__main__":
    main()
