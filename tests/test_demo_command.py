"""`sf-mlx demo` and `-m demo`: the first answer without any download."""

import json

from sf_mlx import errors
from sf_mlx.demo import QUESTIONS


def test_demo_writes_a_clip_asks_and_says_what_is_next(sf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = sf("demo")
    assert ran.code == 0, ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["sf-mlx-demo.mp4"]
    for question in QUESTIONS:
        assert f"> {question}\n" in ran.out
    assert "circle" in ran.out and "tiny demo model" in ran.out
    assert "sf-mlx convert" in ran.out


def test_demo_can_be_repeated_and_never_overwrites(sf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sf-mlx-demo.mp4").write_bytes(b"my own film")
    ran = sf("demo")
    assert ran.code == errors.OutputError.exit_code and "another file" in ran.err
    assert (tmp_path / "sf-mlx-demo.mp4").read_bytes() == b"my own film"


def test_the_demo_model_goes_the_same_road(sf, tmp_path, monkeypatch):
    """The suggestion that `demo` prints: 1,520 visual tokens by the default preset."""
    from sf_mlx.demo import sample_clip

    clip = sample_clip(tmp_path / "clip.mp4")
    record = json.loads(sf("ask", clip, "How many shapes are there?", "-m", "demo", "--json").out)
    assert record["visual_tokens"] == 1520
    assert "five" in record["answer"].lower()
    assert record["finish_reason"] == "stop"


def test_a_missing_player_is_only_a_remark(sf, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = sf("demo", "--open")
    assert ran.code == 0
    assert "no player" in ran.err
