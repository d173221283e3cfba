"""From a model's name to a model that can be asked."""

from __future__ import annotations

import os
import re
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import mlx.core as mx

from sf_mlx import demo, mlx_thread
from sf_mlx.context import Budget
from sf_mlx.device import Device, current
from sf_mlx.errors import ModelNotFoundError, OutputError, printable
from sf_mlx.inspection import TowerShape
from sf_mlx.models import Model
from sf_mlx.weights.checkpoint import build, open_checkpoint
from sf_mlx.weights.hub import cached, is_hub_name
from sf_mlx.weights.interface import text_interface
from sf_mlx.weights.load import Weights
from sf_mlx.weights.tower import tower_of

if TYPE_CHECKING:
    from sf_mlx.ranks import Ranks

# Names on the hub that say that the weights are quantised: mlx-community/llava-1.5-7b-4bit
_QUANTISED = re.compile(r"\d-?bit|mxfp|nvfp", re.IGNORECASE)


def load(
    path: str | os.PathLike[str], *, device: Device | None = None, ranks: Ranks | None = None
) -> Model:
    """Make a model ready for questions; its weights are read once a video is opened, or by
    `Model.prepare`, while the caller goes on.

    Parameters
    ----------
    path: a checkpoint's folder, a hub name whose files are already in the hub's cache, or "demo",
        the model in the box.
    device: decides the precision; this machine when not given.
    ranks: processes that share the language model: each reads and keeps its part of it only, and
        all of them ask the same, see `together.open_together`.

    Raises
    ------
    ModelError: the model cannot be used; its subclasses say why.
    OutputError: there is no folder for temporary files.
    """
    started = time.perf_counter()
    _find_temporary_folder()
    name = os.fspath(path)
    device = device or current()
    # The small files first: a missing tokenizer is known before gigabytes are read
    checkpoint = open_checkpoint(find_model(name))
    if ranks is None:
        checkpoint.check_memory(checkpoint.nbytes, device.memory)
    tower = tower_of(checkpoint, device)
    text = text_interface(checkpoint)
    weights = Weights(checkpoint, device)
    # On the thread that will use it: what MLX has not computed yet stays with its thread
    backbone = mlx_thread.run(weights.build)
    if ranks is not None:
        from sf_mlx.together import split

        split(name, backbone, weights, ranks)
        checkpoint.check_memory(weights.nbytes, device.memory)
    if device.backend == "metal":
        # For the whole process: Metal would page weights out under pressure
        mx.set_wired_limit(device.memory)
    return Model(
        name=name,
        backbone=backbone,
        tokenizer=text.tokenizer,
        template=text.template,
        end_tokens=text.end_tokens,
        # Half of what the weights leave
        budget=Budget(max(device.memory - weights.nbytes, 0) // 2),
        weights=weights,
        open_seconds=time.perf_counter() - started,
        tower=tower,
    )


def tower_shape(path: str | os.PathLike[str]) -> TowerShape:
    """A model's vision tower, from its small files: no weight is read.

    Parameters
    ----------
    path: as for `load`.

    Raises
    ------
    ModelError: as `load` does.
    """
    checkpoint = open_checkpoint(find_model(os.fspath(path)))
    model = mlx_thread.run(build, checkpoint.architecture, checkpoint.config.single())
    return TowerShape(checkpoint.preprocess.size, model.patches)


def _find_temporary_folder() -> None:
    """MLX's CPU backend compiles in TMPDIR, and ends where that is no folder or read-only."""
    try:
        usable = tempfile.gettempdir()
    except FileNotFoundError as error:
        raise OutputError(f"no folder for temporary files can be written: {error}") from error
    if os.environ.get("TMPDIR", "/tmp") != usable:
        os.environ["TMPDIR"] = usable


def find_model(name: str) -> str | Path:
    """The folder of a checkpoint that `load` is given by name.

    Raises
    ------
    ModelNotFoundError: a hub name whose files are not in the hub's cache.
    """
    if name == demo.NAME:
        return demo.MODEL
    if not is_hub_name(name):
        return name
    folder = cached(name)
    if folder is None:
        owner, model = name.split("/")
        quantised = owner == "mlx-community" or _QUANTISED.search(model)
        out, bits = (model, "") if quantised else (f"{model}-4bit", " --bits 4")
        raise ModelNotFoundError(
            f"no folder {printable(name)}, and the hub's cache does not hold it; fetch and convert "
            f"it first: sf-mlx convert {name} -o {out}{bits}, then -m {out}"
        )
    return folder
