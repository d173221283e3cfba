"""The demo model through all of `sf-mlx eval`: eight data sets, four poolings, one page.

    python -m benchmarks.eval_demo [--clips 12] [--keep FOLDER]

Clips with known answers are exported as the eight data sets (benchmarks/eval_export.py), asked by
the command, judged by a stand-in that compares words, and reported. Printed are the accuracies; the
goal is what demo/README.md says of the model: 99 % of multiple choice and of short answers.
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path

from benchmarks.eval_export import export
from sf_mlx.evaluate.datasets import DATASETS
from sf_mlx.evaluate.folder import RunFolder
from sf_mlx.evaluate.judge import judge_run
from sf_mlx.evaluate.matching import words
from sf_mlx.evaluate.report import read_run
from sf_mlx_cli.main import app

# Beside the default pooling of all eight
POOLINGS = {
    "light": ["--preset", "light"],
    "slow-only": ["--spec", "slowfast-slow_10frms_spatial_1d_max_pool-fast_0x0"],
    "fast-only": ["--spec", "slowfast-slow_0frms_spatial_1d_max_pool-fast_4x4"],
}


# The run of the default pooling stands beside theirs
NAMES = {"nextqa": "default"}


class Words:
    """A judge that compares words, so that the road is walked without a language model."""

    name, at_a_time = "stand-in: shared words", 4

    def reply(self, system: str, user: str) -> str:
        """Yes where the true words are within the predicted ones; the share of them as a score."""
        lines = user.split("\n")
        truth = next(line for line in lines if line.startswith("Correct Answer: "))
        said = [line for line in lines if line.startswith("Predicted Answer")]
        wanted = set(words(truth.removeprefix("Correct Answer: ")))
        shares = [len(wanted & set(words(line))) / len(wanted) for line in said]
        score = int(5 * min(shares))
        return f"{{'pred': '{'yes' if score == 5 else 'no'}', 'score': {score}}}"

    def close(self) -> None:
        """Nothing is under way."""


def run(folder: Path, dataset: str, name: str, more: list[str]) -> Path:
    """Ask all of a data set by the command; returns the run's folder."""
    out = folder / "runs" / name
    out.parent.mkdir(exist_ok=True)
    arguments = [
        "eval",
        "run",
        dataset,
        "--no-cache",
        "--questions",
        folder,
        "--videos",
        folder / "videos",
    ]
    app([*map(str, arguments), "-m", "demo", "-o", str(out), *more], standalone_mode=False)
    return out


def judge(out: Path) -> None:
    """Let the stand-in judge a run."""
    folder = RunFolder(out)
    items = folder.items()
    judge_run(folder, items, folder.results(items), Words(), lambda *_: None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--clips", type=int, default=12)
    parser.add_argument("--hard", action="store_true", help="clips on which poolings differ")
    parser.add_argument("--only", choices=DATASETS, help="one data set, with all poolings")
    parser.add_argument("--keep", type=Path, help="keep clips, runs and pages in this folder")
    args = parser.parse_args()
    folder = args.keep or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    export(folder, args.clips, hard=args.hard)
    outs = {}
    for dataset in DATASETS.values():
        if args.only not in (None, dataset.name):
            continue
        choosing = ["--choose-by", "both"] if dataset.kind == "choice" else []
        outs[dataset.name] = run(
            folder, dataset.name, NAMES.get(dataset.name, dataset.name), choosing
        )
        if dataset.kind != "choice":
            judge(outs[dataset.name])
    pages = {"all": list(outs.values())}
    if "nextqa" in outs:
        pages["nextqa"] = [outs["nextqa"]] + [
            run(folder, "nextqa", name, ["--choose-by", "both", *more])
            for name, more in POOLINGS.items()
        ]
    for name, runs in pages.items():
        page = ["--html", str(folder / f"{name}.html"), "--videos", str(folder / "videos")]
        app(["eval", "report", *map(str, runs), *page], standalone_mode=False)
    for name, out in outs.items():
        measures = read_run(RunFolder(out)).scores.measures
        shown = ", ".join(f"{key} {value.value:.1f}" for key, value in measures.items())
        print(f"{name}: {shown}")
    print(f"{args.clips} clips in {time.perf_counter() - started:.0f} s")
    if not args.keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
