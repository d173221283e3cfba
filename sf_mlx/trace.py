"""A timeline of what runs when, in the format of chrome://tracing and ui.perfetto.dev.

Off unless `start` was called; then every span costs about a microsecond. There is one recording in
a process, for what it shows is how threads overlap.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sf_mlx.whole_file import write_whole

# Or a watched folder would fill the memory
_MOST_EVENTS = 1_000_000

_events: list[dict[str, Any]] | None = None
_origin = 0.0


def start(origin: float | None = None) -> None:
    """Begin a recording; what an earlier one held is dropped.

    Parameters
    ----------
    origin: the `time.perf_counter` of its zero; now when not given.
    """
    global _events, _origin
    _origin = time.perf_counter() if origin is None else origin
    _events = []


def stop() -> list[dict[str, Any]]:
    """End the recording and give its events, in Chrome's form."""
    global _events
    events, _events = _events or [], None
    return events


@contextmanager
def span(name: str, **about: int | float | str) -> Iterator[None]:
    """Record what happens inside the block, on the thread that runs it.

    Parameters
    ----------
    name: what it is: "decode", "weights", "vision", "prefill", "token", …
    about: numbers that the timeline shows beside it.
    """
    if _events is None:
        yield
        return
    began = time.perf_counter()
    try:
        yield
    finally:
        record(name, began, time.perf_counter(), **about)


def record(name: str, began: float, ended: float, **about: int | float | str) -> None:
    """Record what happened between two times of `time.perf_counter`, on this thread."""
    events = _events
    if events is None or len(events) >= _MOST_EVENTS:
        return
    thread = threading.current_thread()
    events.append(
        {
            "name": name,
            "ph": "X",
            "ts": round((began - _origin) * 1e6, 1),
            "dur": round((ended - began) * 1e6, 1),
            "pid": os.getpid(),
            "tid": thread.name,
            "args": about,
        }
    )


def write(path: str | os.PathLike[str]) -> None:
    """End the recording and write it as a file.

    Raises
    ------
    OutputError: the file cannot be written.
    """
    write_whole(path, json.dumps({"traceEvents": stop()}).encode("utf-8"))
