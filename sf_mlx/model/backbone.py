"""What a vision language model is to the rest of the package, and which ones there are.

A new architecture is one file in this folder, which says all of the below of itself in its
`ARCHITECTURE`, and one line in `ARCHITECTURES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Generic, Literal, Protocol, Self, TypeVar

import mlx.core as mx
import numpy as np
import numpy.typing as npt

from sf_mlx.errors import UnsupportedModelError, printable
from sf_mlx.model.config import Json
from sf_mlx.model.on_numpy import OnNumpy
from sf_mlx.model.preprocess import Preprocess

# A name in config.json's `architectures`, or else its `model_type` -> the module that runs it.
# Both, for some families share a model type
ARCHITECTURES: dict[str, str] = {
    **dict.fromkeys(("llava", "llava_next", "llava_llama", "llava_mistral"), "sf_mlx.model.llava"),
}

# What sees, the projector included, and what speaks
Part = Literal["vision", "language"]
PARTS: tuple[Part, ...] = ("vision", "language")


def part_of(name: str) -> Part:
    """The part of a model that a parameter belongs to, by the hub's name of it."""
    return "language" if name.startswith("language_model.") else "vision"


class Backbone(Protocol):
    """A model that sees and speaks; also an `mlx.nn.Module`.

    Attributes
    ----------
    preprocess: what happens to frames before the tower.
    language_model: mlx-lm's model of a family that it knows.
    """

    preprocess: Preprocess
    language_model: Any

    @property
    def patches(self) -> int:
        """Tokens of one frame before pooling."""
        ...

    @property
    def context(self) -> int:
        """Tokens that prompt and answer may have together."""
        ...

    @property
    def dtype(self) -> mx.Dtype:
        """What activations are computed in."""
        ...

    @property
    def width(self) -> int:
        """Numbers in an embedding, D."""
        ...

    @property
    def rows(self) -> int:
        """Rows of the embedding, V: token ids lie below."""
        ...

    @property
    def head_dim(self) -> int:
        """Numbers in a key or value of one head."""
        ...

    @property
    def kv_values(self) -> int:
        """Numbers that the KV cache keeps of one token, over all layers and heads."""
        ...

    @property
    def sees(self) -> bool:
        """Whether the vision tower is still there."""
        ...

    def encode(self, frames: npt.NDArray[np.uint8]) -> mx.array:
        """Frames uint8 [T, H, W, 3], RGB, of the tower's size, to embeddings [T, N, D], lazily.

        All in one pass: who has many frames passes a few at a time.
        """
        ...

    def embed(self, ids: list[int]) -> mx.array:
        """Token ids to embeddings [S, D].

        Raises
        ------
        CheckpointError: an id without a row.
        """
        ...

    def rope_base(self, length: int) -> float:
        """The rotary base for sequences of this many tokens."""
        ...

    def set_rope_base(self, base: float) -> None:
        """Compute with this rotary base from now on; keys already cached keep theirs."""
        ...

    def release_vision(self) -> None:
        """Drop the vision tower and give its memory back; the language model stays."""
        ...

    def parameters(self) -> Any:
        """All arrays, as `mlx.nn.Module` has them."""
        ...


class Config(Protocol):
    """What a config.json says, checked: sizes that a model can be built from."""

    @property
    def image_size(self) -> int:
        """Side of the square that the tower sees, in pixels."""
        ...

    @property
    def rows(self) -> int:
        """Rows of the embedding."""
        ...

    @property
    def is_tied(self) -> bool:
        """Whether the embedding is the language model's head too."""
        ...

    @property
    def text_layers(self) -> int:
        """Layers of the language model."""
        ...

    @property
    def vision_layers(self) -> int:
        """Layers of the tower that are read; the checkpoint may have more."""
        ...

    @property
    def prompt_template(self) -> str | None:
        """The prompt template that the file names, if it does; not checked."""
        ...

    @property
    def templates(self) -> Mapping[str, str]:
        """A token of the vocabulary -> the prompt template of the model that has it.

        The first that is there decides; "" stands for any other vocabulary.
        """
        ...

    def single(self) -> Self:
        """The same model with one layer of each kind at most."""
        ...

    def as_hub(self) -> Json:
        """The hub's config.json for it."""
        ...


C = TypeVar("C", bound=Config)


@dataclass(frozen=True)
class Layout:
    """One way of naming a checkpoint's tensors.

    Attributes
    ----------
    name: what errors call it.
    sign: a name that begins so tells it from the layouts that come later.
    renames: (prefix, hub prefix) pairs, the first match wins.
    """

    name: str
    sign: str
    renames: tuple[tuple[str, str], ...]

    def hub_name(self, name: str) -> str | None:
        """The hub's name of a tensor, None for a name that does not belong to this layout."""
        for prefix, hub in self.renames:
            if name.startswith(prefix):
                return hub + name[len(prefix) :]
        return None


@dataclass(frozen=True)
class Architecture(Generic[C]):
    """A family of models.

    Its modules bear the hub's names of the tensors; the language model's begin `language_model.`.

    Attributes
    ----------
    name: what errors call it.
    example: a checkpoint on the hub.
    layouts: the ways in which its checkpoints name their tensors.
    unused: an expression for hub names of tensors that are never read.
    text_layers, vision_layers: what the hub's names of numbered layers begin with.
    read_config: config.json, and vision_config.json if there is one, -> what they say.
    build: a config -> the model, its arrays not yet computed.
    """

    name: str
    example: str
    layouts: tuple[Layout, ...]
    unused: str
    text_layers: str
    vision_layers: str
    read_config: Callable[[Json, Json | None], C]
    build: Callable[[C, Preprocess | None, OnNumpy], Backbone]


def architecture_of(config: Json) -> Architecture[Any]:
    """Who runs the model that a config.json describes.

    Raises
    ------
    UnsupportedModelError: nobody.
    """
    kind = config.get("model_type")
    if not {"vision_config", "mm_vision_tower"} & config.keys():
        raise UnsupportedModelError(
            f"config.json (model type {printable(kind)!r}) has no vision part: sf-mlx needs a "
            "model that sees, such as llava-hf/llava-v1.6-vicuna-7b-hf"
        )
    classes = config.get("architectures")
    for name in (*(classes if isinstance(classes, list) else ()), kind):
        if isinstance(name, str) and name in ARCHITECTURES:
            found: Architecture[Any] = import_module(ARCHITECTURES[name]).ARCHITECTURE
            return found
    raise UnsupportedModelError(
        f"model type {printable(kind)!r} is not supported; sf-mlx runs "
        + ", ".join(sorted(ARCHITECTURES))
    )
