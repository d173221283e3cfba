"""From a model's name to a model that can be asked."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlx.utils import tree_flatten
from mlx_lm.utils import maybe_set_recommended_wired_limit

from sf_mlx import demo, mlx_thread
from sf_mlx.context import Budget
from sf_mlx.device import Device, current
from sf_mlx.errors import CheckpointError, ModelNotFoundError
from sf_mlx.model.llava import Llava
from sf_mlx.models import Model
from sf_mlx.prompts import TEMPLATES, choose_template
from sf_mlx.weights.files import checkpoint_folder, read_optional_json
from sf_mlx.weights.hub import cached, is_hub_name
from sf_mlx.weights.load import load_config, load_model
from sf_mlx.weights.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

# The model in the box: trained on coloured shapes, see demo/README.md of the repository
DEMO = "demo"


def load(path: str | os.PathLike[str], *, device: Device | None = None) -> Model:
    """Load a model for questions.

    Parameters
    ----------
    path: a checkpoint's folder, a hub name whose files are already in the hub's cache, or "demo",
        the model in the box.
    device: decides the precision; this machine when not given.

    Raises
    ------
    ModelError: the model cannot be used; its subclasses say why.
    """
    started = time.perf_counter()
    name = os.fspath(path)
    folder = _find(name)
    # The small files first: a missing tokenizer is known before gigabytes are read
    config, raw = load_config(folder)
    tokenizer = load_tokenizer(folder)
    template = config.prompt_template or choose_template(
        tokenizer, is_next=config.is_next, mistral=config.language == "mistral"
    )
    if template not in TEMPLATES:
        raise CheckpointError(f"{folder / 'config.json'} names an unknown template {template!r}")
    # On the thread that will use it: what MLX has not computed yet stays with its thread
    llava = mlx_thread.run(load_model, folder, device)
    # For the whole process: Metal would page weights out under pressure
    maybe_set_recommended_wired_limit()
    return Model(
        name=name,
        llava=llava,
        tokenizer=tokenizer,
        template=template,
        end_tokens=_end_tokens(folder, raw, tokenizer),
        budget=Budget(_room(llava, device or current())),
        load_seconds=time.perf_counter() - started,
    )


def _room(llava: Llava, device: Device) -> int:
    """Bytes that KV caches of open videos may keep: half of what the weights leave."""
    weights = sum(array.nbytes for array in dict(tree_flatten(llava.parameters())).values())
    return max(device.memory - weights, 0) // 2


def _find(name: str) -> Path:
    if name == DEMO:
        return demo.MODEL
    if not is_hub_name(name):
        return checkpoint_folder(name)
    folder = cached(name)
    if folder is None:
        raise ModelNotFoundError(
            f"no folder {name}, and the hub's cache does not hold it; fetch and convert it first: "
            f"sf-mlx convert {name} -o {name.split('/')[1]}-4bit --bits 4"
        )
    return folder


def _end_tokens(
    folder: Path, raw: dict[str, Any], tokenizer: PreTrainedTokenizerFast
) -> frozenset[int]:
    """Every id that a file of the checkpoint calls the end of a sequence."""
    found: set[int] = set()
    for source in (
        read_optional_json(folder / "generation_config.json") or {},
        raw,
        raw.get("text_config", {}),
    ):
        ids = source.get("eos_token_id")
        found.update(i for i in (ids if isinstance(ids, list) else [ids]) if isinstance(i, int))
    names = (read_optional_json(folder / "tokenizer_config.json") or {}).get("eos_token")
    name = names.get("content") if isinstance(names, dict) else names
    if isinstance(name, str) and (index := tokenizer.get_vocab().get(name)) is not None:
        found.add(index)
    return frozenset(found)
