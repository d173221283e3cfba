"""A row is one measurement, printed as a line of JSON; a failure is a row that says so."""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

Values = dict[str, float]


class Rows:
    """Prints the rows that are wanted, each as soon as it is measured.

    Parameters
    ----------
    only: names, or beginnings of names up to a dot; everything where it is empty.
    runs: how often each is repeated after a warm-up.
    """

    def __init__(self, only: Sequence[str], runs: int) -> None:
        self._only = only
        self.runs = runs

    def wants(self, name: str) -> bool:
        """Whether a row, or any row below the name, is wanted."""
        return not self._only or any(
            f"{name}.".startswith(f"{one}.") or one.startswith(f"{name}.") for one in self._only
        )

    def measure(self, name: str, work: Callable[[], Values]) -> None:
        """Measure and print one row, if it is wanted."""
        if not self.wants(name):
            return
        started = time.perf_counter()
        try:
            values: dict[str, float | str] = {**work()}
        except Exception as error:
            values = {"failed": f"{type(error).__name__}: {error}".split("\n")[0][:300]}
        values["row_seconds"] = time.perf_counter() - started
        print(json.dumps({"row": name, **values}), flush=True)

    def seconds(self, work: Callable[[], object]) -> float:
        """Median seconds of the runs, after a warm-up; the work waits for its own result."""
        work()
        taken = []
        for _ in range(self.runs):
            started = time.perf_counter()
            work()
            taken.append(time.perf_counter() - started)
        return median(taken)


def medians(runs: Sequence[Values]) -> Values:
    """The median of every value."""
    return {key: median(run[key] for run in runs) for key in runs[0]}


def arguments(description: str | None) -> argparse.ArgumentParser:
    """What every part of the benchmark is told."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--label", default="", help="what the rows' names begin with")
    parser.add_argument("--only", default="", help="names of rows, with commas between")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=128, help="of an answer")
    return parser


def rows_of(told: argparse.Namespace) -> Rows:
    """The rows that the arguments ask for."""
    return Rows([one for one in told.only.split(",") if one], told.runs)
