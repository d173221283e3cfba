"""A new process for each question: from its start to the first text, the files warm."""

import time

STARTED = time.perf_counter()

import json  # noqa: E402
import resource  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
from functools import partial  # noqa: E402
from pathlib import Path  # noqa: E402

from benchmarks.full_size.rows import Rows, Values, arguments, medians, rows_of  # noqa: E402
from benchmarks.full_size.shapes import QUESTION  # noqa: E402

_CODE = "from benchmarks.full_size.cold import once; once()"


def once() -> None:
    """Ask, and print one line of JSON; this is what the new process does."""
    folder, clip = Path(sys.argv[1]), Path(sys.argv[2])
    from sf_mlx.loading import load
    from sf_mlx.sampling import Sampling

    values = {"import_s": time.perf_counter() - STARTED}
    model = load(folder)
    answer = model.ask(clip, QUESTION, sampling=Sampling(max_tokens=16), keep_vision=False)
    next(iter(answer))
    values["first_text_s"] = time.perf_counter() - STARTED
    record = answer.record
    assert record is not None
    weights = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    unit = 1 if sys.platform == "darwin" else 1024
    values |= {
        "load_s": record.load_seconds,
        "weights_wait_s": record.weights_seconds,
        "decode_wait_s": record.decode_seconds,
        "vision_s": record.vision_seconds,
        "prefill_s": record.prefill_seconds,
        "peak_of_weights": record.peak_memory_bytes / weights,
        "rss_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9,
    }
    print(json.dumps(values), flush=True)


def processes(folder: Path, clip: Path, rows: Rows) -> Values:
    """Medians over new processes; `wall_s`: to the end of each, sixteen tokens and all."""
    runs = []
    for _ in range(rows.runs):
        started = time.perf_counter()
        command = [sys.executable, "-c", _CODE, str(folder), str(clip)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"exit {done.returncode}: {done.stderr.strip()[-200:]}")
        wall = time.perf_counter() - started
        runs.append({**json.loads(done.stdout.splitlines()[-1]), "wall_s": wall})
    return medians(runs)


def main() -> None:
    told = arguments(__doc__).parse_args()
    rows = rows_of(told)
    work = partial(processes, told.checkpoint, told.clip, rows)
    rows.measure(f"{told.label}.cold", work)


if __name__ == "__main__":
    main()
