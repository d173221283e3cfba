"""The timeline of `ask --trace`: what it shows, in Chrome's format, and what goes wrong."""

import json
import threading

import pytest

from sf_mlx import demo, trace
from sf_mlx.errors import OutputError


@pytest.fixture(autouse=True)
def ended():
    yield
    trace.stop()


def test_nothing_is_recorded_unless_asked():
    with trace.span("work"):
        pass
    assert trace.stop() == []


def test_spans_lie_where_they_happened(monkeypatch):
    times = iter([1.0, 3.0])
    monkeypatch.setattr(trace.time, "perf_counter", lambda: next(times))
    trace.start(origin=0.5)
    with trace.span("work", frames=8):
        pass
    (event,) = trace.stop()
    assert (event["name"], event["ph"], event["args"]) == ("work", "X", {"frames": 8})
    assert (event["ts"], event["dur"]) == (500_000, 2_000_000)
    assert event["tid"] == threading.current_thread().name


def test_a_span_that_fails_is_recorded_too():
    trace.start()
    with pytest.raises(ZeroDivisionError), trace.span("work"):
        _ = 1 / 0
    assert [event["name"] for event in trace.stop()] == ["work"]


def test_a_long_recording_is_bounded(monkeypatch):
    monkeypatch.setattr(trace, "_MOST_EVENTS", 3)
    trace.start()
    for _ in range(5):
        trace.record("work", 0, 1)
    assert len(trace.stop()) == 3


def test_the_command_writes_it(sf, tmp_path):
    target = tmp_path / "timeline.json"
    ran = sf("ask", demo._SAMPLE, "How many shapes?", "-m", "demo", "--trace", target)
    assert ran.code == 0
    events = json.loads(target.read_text())["traceEvents"]
    names = {event["name"] for event in events}
    wanted = {"start", "import", "open the model", "weights: vision", "weights: language",
              "wait for frames", "vision", "pool", "prefill", "token"}  # fmt: skip
    assert wanted <= names
    assert sum(e["args"].get("frames", 0) for e in events if e["name"] == "vision") == 50
    assert list(tmp_path.iterdir()) == [target]


def test_a_place_that_cannot_be_written(tmp_path):
    trace.start()
    with pytest.raises(OutputError, match=r"timeline\.json cannot be written"):
        trace.write(tmp_path / "missing" / "timeline.json")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError):
        trace.write(tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
