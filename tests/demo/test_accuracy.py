"""The demo model's benchmarks: what is asked, in which order, and when they end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import sf_mlx
from benchmarks import demo_accuracy, demo_method
from benchmarks.demo_clips import Clip
from sf_mlx.slowfast import PRESETS


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources whose clips say where they come from, without a file."""

    def source(name: str, per_number: int) -> object:
        def clips(folder: Path, numbers: range) -> Iterator[Clip]:
            for number in numbers:
                for i in range(per_number):
                    yield Clip(folder / f"{name} {number}.{i}", [])

        return clips

    sources = {name: source(name, 2 if name == "own" else 1) for name in demo_accuracy._SOURCES}
    monkeypatch.setattr(demo_accuracy, "_SOURCES", sources)


@pytest.mark.usefixtures("named")
def test_the_sources_take_turns_and_none_is_cut_short(tmp_path: Path) -> None:
    few = {"own": range(1, 9, 2), "foreign": range(2), "other": range(0)}
    names = [clip.path.name for clip in demo_accuracy._in_turn(tmp_path, few)]
    own = [name for name in names if name.startswith("own")]
    assert own == [f"own {number}.{i}" for number in (1, 3, 5, 7) for i in (0, 1)]
    assert [n for n in names if n not in own] == ["foreign 0.0", "foreign 1.0"]
    # Half of the clips are half of each source
    assert sum(name.startswith("foreign") for name in names[:5]) == 1


def test_a_run_out_of_time_asks_nothing_more() -> None:
    specs: demo_accuracy.Specs = {"demo": ("demo", sf_mlx.SlowFast())}
    tally = demo_accuracy.measure(specs, {"own": range(1)}, minutes=0)
    assert tally["asked"].total() == 0
    assert demo_accuracy.table(tally).count("\n") == 1


def test_one_path_alone_has_as_many_tokens_as_both() -> None:
    patches, both = 12 * 12, PRESETS["default"].tokens(50, 12 * 12)
    slow, fast = (demo_method.ALONE[f"{path} alone"] for path in ("slow", "fast"))
    assert both == fast.tokens(95, patches) == 1520
    # 21 frames of 72 tokens; 22 would be more than both
    assert slow.tokens(50, patches) == 21 * 72 == 1512
