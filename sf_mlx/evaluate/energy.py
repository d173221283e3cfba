"""Joules that the machine has used, where it tells without being root."""

from __future__ import annotations

from pathlib import Path

_RAPL = Path("/sys/class/powercap")


class Meter:
    """Counts energy from one reading to the next; Intel's and AMD's counters of Linux.

    macOS tells it to root alone (powermetrics), so there is none there.
    """

    def __init__(self, folder: Path = _RAPL) -> None:
        self._counters = sorted(folder.glob("intel-rapl:[0-9]")) if folder.is_dir() else []
        self._last = self._read()

    def take(self) -> float | None:
        """Joules since the last call, of all processors; None where nothing is told."""
        now, before = self._read(), self._last
        self._last = now
        if now is None or before is None:
            return None
        joules = 0.0
        for (value, wraps), (old, _) in zip(now, before, strict=True):
            joules += (value - old if value >= old else value + wraps - old) / 1e6
        return joules

    def _read(self) -> list[tuple[int, int]] | None:
        """Microjoules of each counter, and where it begins anew."""
        try:
            return [
                (
                    int((counter / "energy_uj").read_text()),
                    int((counter / "max_energy_range_uj").read_text()),
                )
                for counter in self._counters
            ] or None
        except (OSError, ValueError):
            return None
