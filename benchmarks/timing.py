"""Times of alternatives measured in turn, so that a noisy machine disturbs all alike."""

import statistics
import time
from collections.abc import Callable


def in_turn(alternatives: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each alternative in `rounds` interleaved rounds, one warm-up before."""
    seconds: dict[str, list[float]] = {name: [] for name in alternatives}
    for round_number in range(rounds + 1):
        for name, run in alternatives.items():
            started = time.perf_counter()
            run()
            if round_number:
                seconds[name].append(time.perf_counter() - started)
    return seconds


def medians(alternatives: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each alternative."""
    seconds = in_turn(alternatives, rounds)
    return {name: statistics.median(values) for name, values in seconds.items()}
