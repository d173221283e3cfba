"""What decides a run's answers: written beside them, and compared before a run goes on."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from sf_mlx.errors import RunError, UsageError, printable
from sf_mlx.evaluate.items import Item

# How the options of multiple choice are asked for: written, as the paper does; by the likeliest
# letter; or both, one after the other
ChooseBy = Literal["generate", "likelihood", "both"]
CHOOSE_BY: tuple[ChooseBy, ...] = ("generate", "likelihood", "both")

# Tokens of the longest answer in the reference's evaluation
UPSTREAM_MAX_TOKENS = 128

_PACKAGES = ("sf-mlx", "mlx", "mlx-lm", "transformers", "numpy", "av", "pillow")
_SAMPLE = 1 << 16
_SAMPLES = 16


@dataclass(frozen=True)
class Settings:
    """Everything that an answer depends on besides the row and its video.

    Attributes
    ----------
    dataset: the data set's name, or "own".
    items: hash of the rows that are asked, in their order; rows: how many.
    model, model_hash: what it was called, and what it holds.
    spec, frames: the pooling, and how many frames it samples.
    exact: frames resized exactly as the reference does.
    template, prompt: the prompt template's name and text; for_choices: that of multiple choice.
    choose_by: how an option is taken.
    max_tokens: of the longest answer; it is always the likeliest token.
    kv_bits: of the KV cache.
    sample, seed: rows drawn at random; limit: the first rows only. 0 is all.
    backend: what MLX computed on.
    versions: of the packages that matter.
    """

    dataset: str
    items: str
    rows: int
    model: str
    model_hash: str
    spec: str
    frames: int
    exact: bool
    template: str
    prompt: str
    for_choices: str
    choose_by: str
    max_tokens: int
    kv_bits: int | None
    limit: int
    sample: int
    seed: int
    backend: str
    versions: Mapping[str, str]

    @property
    def hash(self) -> str:
        """Told with every row."""
        return hash_of_settings(asdict(self))

    def as_json(self) -> dict[str, Any]:
        """For `settings.json`."""
        return asdict(self)

    def differences(self, other: Mapping[str, Any]) -> list[str]:
        """What `other`, as a file has it, says otherwise; the model's name does not matter."""
        mine = self.as_json()
        found = []
        for name in sorted((mine.keys() | other.keys()) - {"model", "prompt", "for_choices"}):
            here, there = mine.get(name), other.get(name)
            if name == "versions" and isinstance(here, dict) and isinstance(there, dict):
                found += [
                    f"{package} {printable(there.get(package), 40)} -> {here.get(package)}"
                    for package in sorted(here.keys() | there.keys())
                    if here.get(package) != there.get(package)
                ]
            elif here != there:
                found.append(f"{name} {printable(there, 60)} -> {printable(here, 60)}")
        if not found and any(mine[name] != other.get(name) for name in ("prompt", "for_choices")):
            found.append("the prompt's text")
        return found


def digest(value: Any) -> str:
    """SHA-256 of a value as canonical JSON."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def hash_of_settings(values: Mapping[str, Any]) -> str:
    """The hash of settings as a file has them. The model may be called otherwise elsewhere."""
    return digest({**values, "model": ""})[:16]


def hash_of(items: Sequence[Item]) -> str:
    """What rows are asked, and with which truth."""
    return digest([item.as_json() for item in items])[:16]


def versions() -> dict[str, str]:
    """Versions of the packages that an answer depends on."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "-"
    return found


def fingerprint(folder: str | Path) -> str:
    """What a checkpoint holds, without reading all of it.

    Small files whole; of every weight file its size, its header and 16 stretches of it.

    Raises
    ------
    RunError: it cannot be read.
    """
    found = hashlib.sha256()
    try:
        for path in sorted(p for p in Path(folder).iterdir() if p.is_file()):
            if path.suffix not in (".json", ".model", ".safetensors"):
                continue
            size = path.stat().st_size
            found.update(f"{path.name}\0{size}\0".encode())
            with open(path, "rb") as file:
                if size <= _SAMPLE * _SAMPLES:
                    found.update(file.read())
                    continue
                for number in range(_SAMPLES):
                    file.seek((size - _SAMPLE) * number // (_SAMPLES - 1))
                    found.update(file.read(_SAMPLE))
    except OSError as error:
        raise RunError(f"{printable(folder)} cannot be read: {error.strerror}") from None
    return found.hexdigest()[:16]


def choose_rows(items: Sequence[Item], *, limit: int, sample: int, seed: int) -> list[Item]:
    """The rows that are asked, with the numbers that they have in the whole.

    Parameters
    ----------
    limit: the first so many; sample: so many at random, in the order of the rows. 0 is all.

    Raises
    ------
    UsageError: both, or more than there are.
    """
    if limit and sample:
        raise UsageError("give --limit or --sample, not both")
    if limit < 0 or sample < 0 or sample > len(items):
        raise UsageError(f"of {len(items):,} rows, 1 to {len(items):,} can be asked")
    if sample:
        chosen = sorted(random.Random(seed).sample(range(len(items)), sample))
        return [items[number] for number in chosen]
    return list(items[:limit] if limit else items)
