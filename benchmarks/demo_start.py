"""How soon `sf-mlx demo` answers, from the start of its process, and how much memory it takes.

    python -m benchmarks.demo_start [--runs 5]

With the fast BLAS and, on Linux, without one: MLX imported first keeps its reference BLAS
(sf_mlx/device.py). "First word" is the first letter of the first answer on standard output.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from statistics import median

from sf_mlx.demo import QUESTIONS

RUN = "from sf_mlx_cli.main import main; main()"
WAYS = {"fast BLAS": RUN, "reference BLAS": f"import mlx.core; {RUN}"}


def run(code: str) -> tuple[float, float, float]:
    """Seconds to the first word, seconds to the first whole answer, and peak memory in MB."""
    asked = f"> {QUESTIONS[0]}\n".encode()
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-c", code, "demo"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdout is not None
        output, word, answer = b"", 0.0, 0.0
        while piece := os.read(process.stdout.fileno(), 4096):
            output += piece
            said = output.partition(asked)[2]
            if said and not word:
                word = time.perf_counter() - started
            if b"\n" in said and not answer:
                answer = time.perf_counter() - started
        _, status, usage = os.wait4(process.pid, 0)
    if status or not answer:
        raise SystemExit(f"sf-mlx demo failed:\n{output.decode()}")
    # Linux counts in units of 1,024 bytes, macOS in bytes
    unit = 1 if sys.platform == "darwin" else 1024
    return word, answer, usage.ru_maxrss * unit / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    ways = WAYS if sys.platform == "linux" else {"Accelerate or Metal": RUN}
    # In turn, so that a busy minute strikes all
    runs = [{name: run(code) for name, code in ways.items()} for _ in range(args.runs)]
    for name in ways:
        word, answer, memory = (median(r[name][i] for r in runs) for i in range(3))
        quickest = min(r[name][0] for r in runs)
        print(
            f"{name}: first word {word:.1f} s (quickest {quickest:.1f}), first answer "
            f"{answer:.1f} s, peak {memory:.0f} MB"
        )


if __name__ == "__main__":
    main()
