"""`sf-mlx demo` and `-m demo`: the first answer without any download."""

import errno
import json
import sys
from pathlib import Path

from sf_mlx import errors
from sf_mlx.demo import QUESTIONS
from sf_mlx_cli import demo
from tests.conftest import GOLDEN


def test_demo_writes_a_clip_asks_and_says_what_is_next(sf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = sf("demo")
    assert ran.code == 0, ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["sf-mlx-demo.mp4"]
    for question in QUESTIONS:
        assert f"> {question}\n" in ran.out
    assert "circle" in ran.out and "tiny demo model" in ran.out
    assert "sf-mlx convert" in ran.out and "sf-mlx ask sf-mlx-demo.mp4" in ran.out
    if sys.platform == "linux":  # where the README's output was made
        readme = (Path(__file__).parent.parent / "README.md").read_text()
        said = [
            line for line in ran.out.split("\nThese answers")[0].splitlines() if line[:3] != "  ("
        ]
        assert len(said) > 6 and all(f"{line}\n" in readme for line in said)
    # What the download leaves behind is said before it is begun
    assert "cache keeps the 14 GB" in ran.out


def test_demo_can_be_repeated_and_never_overwrites(tmp_path, monkeypatch):
    """Beside a foreign file of that name it takes the next one, and the same one the next time."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sf-mlx-demo.mp4").write_bytes(b"my own film")
    for _ in range(2):
        assert str(demo._place_clip()) == "sf-mlx-demo-2.mp4"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "sf-mlx-demo-2.mp4",
        "sf-mlx-demo.mp4",
    ]
    assert (tmp_path / "sf-mlx-demo.mp4").read_bytes() == b"my own film"


def test_a_folder_of_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sf-mlx-demo.mp4").mkdir()
    assert str(demo._place_clip()) == "sf-mlx-demo-2.mp4"


def test_where_the_clip_cannot_be_written(sf, tmp_path, monkeypatch):
    def full(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "write_bytes", full)
    ran = sf("demo")
    assert ran.code == errors.OutputError.exit_code and ran.err.count("\n") == 1
    assert "No space left" in ran.err and "cd" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_the_demo_model_goes_the_same_road(sf, tmp_path, monkeypatch):
    """The suggestion that `demo` prints: 1,520 visual tokens by the default preset."""
    from sf_mlx.demo import sample_clip

    clip = sample_clip(tmp_path / "clip.mp4")
    record = json.loads(sf("ask", clip, "How many shapes are there?", "-m", "demo", "--json").out)
    assert record["visual_tokens"] == 1520
    assert "five" in record["answer"].lower()
    assert record["finish_reason"] == "stop"


def test_the_demo_model_warns_before_it_speaks_of_what_it_does_not_know(sf, tmp_path):
    from sf_mlx.demo import sample_clip

    clip = sample_clip(tmp_path / "clip.mp4")
    assert sf("ask", clip, "What happens?", "-m", "demo").err == ""
    other = GOLDEN / "forward" / "frames"
    ran = sf("ask", other, "What happens?", "-m", "demo", "--frames", 6, "--max-tokens", 1)
    assert "coloured shapes only" in ran.err and "8 to 100 frames" in ran.err
    preset = sf("ask", clip, "What happens?", "-m", "demo", "--preset", "fast", "--max-tokens", 1)
    assert preset.err == ""
    odd = ("--spec", "temporal_global_pool", "--max-tokens", 1)
    spec = sf("ask", clip, "What happens?", "-m", "demo", *odd)
    assert "coloured" not in spec.err and "the presets" in spec.err


def test_a_missing_player_is_only_a_remark(sf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = sf("demo", "--open")
    assert ran.code == 0
    assert "no player" in ran.err
