"""Shared fixtures: the golden checkpoints in every layout, made from the one copy in tests/data."""

import io
import json
import os
import shutil
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mlx.core as mx
import pytest

DATA = Path(__file__).parent / "data"
GOLDEN = DATA / "golden"
MODELS = ("vicuna-hf", "mistral-hf", "yi34b-hf")


def _renamed(scheme: str) -> dict[str, mx.array]:
    """vicuna-hf's tensors under another naming scheme of name_map.json."""
    names = json.loads((GOLDEN / "models" / "name_map.json").read_text())
    tensors = mx.load(str(GOLDEN / "models" / "vicuna-hf" / "model.safetensors"))
    return {names[name][scheme]: array for name, array in tensors.items()}


@pytest.fixture(scope="session")
def golden_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all five golden checkpoints."""
    root = tmp_path_factory.mktemp("models")
    for name in MODELS:
        shutil.copytree(GOLDEN / "models" / name, root / name)

    v5 = root / "vicuna-hf-v5names"
    shutil.copytree(GOLDEN / "models" / "vicuna-hf", v5)
    shutil.copy(GOLDEN / "models" / "vicuna-hf-v5names" / "config.json", v5)
    mx.save_safetensors(str(v5 / "model.safetensors"), _renamed("transformers_5"))

    original = root / "vicuna-original"
    shutil.copytree(GOLDEN / "models" / "vicuna-original", original)
    shutil.copy(GOLDEN / "models" / "vicuna-hf" / "tokenizer.model", original)
    tensors = _renamed("original")
    for name in ("model.embed_tokens.weight", "lm_head.weight"):
        tensors[name] = tensors[name][:1130]  # no row for <image> in this layout
    shards = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
    weight_map = {name: shards[i % 2] for i, name in enumerate(sorted(tensors))}
    for shard in shards:
        part = {name: array for name, array in tensors.items() if weight_map[name] == shard}
        mx.save_safetensors(str(original / shard), part)
    (original / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    return root


def overwrite(path: Path, data: bytes) -> None:
    """In place, with the modification time of before; only the change time shows it."""
    before = path.stat()
    while path.stat().st_ctime_ns == before.st_ctime_ns:
        with open(path, "r+b") as file:
            file.write(data)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (after.st_ino, after.st_size, after.st_mtime_ns) == (
        before.st_ino,
        before.st_size,
        before.st_mtime_ns,
    )


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any attempt to leave the machine fails the test that makes it, not silently."""

    def refuse(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            raise AssertionError(f"a test opened a network connection to {address}")
        connect(self, address)

    connect = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(autouse=True)
def own_places(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """No test reads or writes the user's own cache, state or settings; where they are instead."""
    places = tmp_path_factory.mktemp("places")
    monkeypatch.setenv("SF_MLX_CACHE", str(places / "cache"))
    monkeypatch.setenv("SF_MLX_STATE", str(places / "state"))
    monkeypatch.setenv("SF_MLX_CONFIG", str(places / "config.toml"))
    return places


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def sf(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run `sf-mlx` in this process: sf("ask", "clip.mp4", "Why?")."""
    from sf_mlx_cli import interrupt, main

    # It would end the test run on Ctrl-C without a report
    monkeypatch.setattr(interrupt, "end_at_once_on_signals", lambda: None)
    monkeypatch.delenv("SF_MLX_MODEL", raising=False)

    def run(*arguments: object, stdin: bytes | None = b"") -> Ran:
        monkeypatch.setattr(sys, "argv", ["sf-mlx", *map(str, arguments)])
        piped = None if stdin is None else io.TextIOWrapper(io.BytesIO(stdin))
        monkeypatch.setattr(sys, "stdin", piped)
        with pytest.raises(SystemExit) as ended:
            main.main()
            sys.exit(0)
        printed = capsys.readouterr()
        return Ran(ended.value.code or 0, printed.out, printed.err)

    return run
