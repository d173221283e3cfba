"""A model in memory -> a checkpoint folder in the hub's layout."""

from pathlib import Path

from mlx.utils import tree_flatten

from sf_mlx.model.config import Json
from sf_mlx.model.llava import Llava
from sf_mlx.weights.write import CheckpointWriter


def save_model(model: Llava, config: Json, out: Path, *, source: Path | None, card: str) -> None:
    """Write the model's parameters as they are, quantised ones packed.

    Parameters
    ----------
    config: the config.json that describes them.
    out: the new folder; it must not exist.
    source: the folder whose tokenizer files are taken along.
    card: the text of README.md.

    Raises
    ------
    OutputError: the folder exists or cannot be written.
    """
    with CheckpointWriter(out) as writer:
        parameters = dict(tree_flatten(model.parameters()))
        for name in sorted(parameters):
            writer.add(name, parameters[name])
        writer.finish(config, source, card)
