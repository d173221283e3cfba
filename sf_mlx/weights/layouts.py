"""The tensor names of LLaVA checkpoints, told apart by looking at them.

Every layout is mapped to the hub's names (llava-hf), which are also the names of our modules.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise

from sf_mlx.errors import CheckpointError, UnsupportedModelError, printable

PATCH_EMBEDDING = "vision_tower.vision_model.embeddings.patch_embedding.weight"
_VISION_LAYERS = "vision_tower.vision_model.encoder.layers."
# The number and the dot behind a prefix; a longer number is no layer's
_LAYER = re.compile(r"(0|[1-9][0-9]{0,5})\.")

# Tensors that a checkpoint may carry and that SlowFast-LLaVA never reads: the separator between
# image rows, CLIP's final norm, and buffers that older libraries saved
_UNUSED = re.compile(
    r"image_newline$|vision_tower\.vision_model\.post_layernorm\."
    r"|.*\.position_ids$|.*\.rotary_emb\.inv_freq$"
)


@dataclass(frozen=True)
class Layout:
    """One way of naming the tensors.

    Attributes
    ----------
    name: what errors call it.
    renames: (prefix, hub prefix) pairs, the first match wins.
    """

    name: str
    renames: tuple[tuple[str, str], ...]

    def hub_name(self, name: str) -> str | None:
        """The hub's name of a tensor, None for a name that does not belong to this layout."""
        for prefix, hub in self.renames:
            if name.startswith(prefix):
                return hub + name[len(prefix) :]
        return None


HUB = Layout(
    "llava-hf",
    (
        ("language_model.model.", "language_model.model."),
        ("language_model.lm_head.", "language_model.lm_head."),
        ("multi_modal_projector.", "multi_modal_projector."),
        ("vision_tower.vision_model.", "vision_tower.vision_model."),
        ("image_newline", "image_newline"),
    ),
)

# The names that transformers 4.52 and later have in memory; 5 drops the `vision_model` level
TRANSFORMERS = Layout(
    "transformers 5",
    (
        ("model.language_model.", "language_model.model."),
        ("lm_head.", "language_model.lm_head."),
        ("model.multi_modal_projector.", "multi_modal_projector."),
        ("model.vision_tower.vision_model.", "vision_tower.vision_model."),
        ("model.vision_tower.", "vision_tower.vision_model."),
        ("model.image_newline", "image_newline"),
    ),
)

ORIGINAL = Layout(
    "original LLaVA",
    (
        ("model.mm_projector.0.", "multi_modal_projector.linear_1."),
        ("model.mm_projector.2.", "multi_modal_projector.linear_2."),
        ("model.vision_tower.vision_tower.vision_model.", "vision_tower.vision_model."),
        ("model.image_newline", "image_newline"),
        ("model.embed_tokens.", "language_model.model.embed_tokens."),
        ("model.layers.", "language_model.model.layers."),
        ("model.norm.", "language_model.model.norm."),
        ("lm_head.", "language_model.lm_head."),
    ),
)


def recognise(names: Iterable[str]) -> Layout:
    """Which layout these tensor names are.

    Raises
    ------
    UnsupportedModelError: a language model without vision, or something else altogether.
    """
    names = list(names)
    for layout, sign in (
        (ORIGINAL, "model.mm_projector."),
        (TRANSFORMERS, "model.multi_modal_projector."),
        (HUB, "multi_modal_projector."),
    ):
        if any(name.startswith(sign) for name in names):
            return layout
    if any(".layers." in name for name in names):
        raise UnsupportedModelError(
            "the checkpoint is a language model without a vision part; sf-mlx needs a LLaVA "
            "checkpoint such as llava-hf/llava-v1.6-vicuna-7b-hf"
        )
    raise UnsupportedModelError(
        f"the checkpoint is not a LLaVA model; its first tensors are {first_few(names)}"
    )


def hub_names(names: Iterable[str]) -> dict[str, str]:
    """Map every tensor name to the hub's.

    Raises
    ------
    CheckpointError: names that the recognised layout does not have.
    UnsupportedModelError: not a LLaVA checkpoint.
    """
    names = list(names)
    layout = recognise(names)
    mapped = {name: layout.hub_name(name) for name in names}
    unknown = [name for name, hub in mapped.items() if hub is None and not _UNUSED.match(name)]
    if unknown:
        raise CheckpointError(
            f"taken for the {layout.name} layout, the checkpoint has {len(unknown)} unknown "
            f"tensors: {first_few(unknown)}"
        )
    known = {name: hub for name, hub in mapped.items() if hub is not None}
    if len(set(known.values())) != len(known):
        twice = sorted(known, key=lambda name: known[name])
        pair = next((a, b) for a, b in pairwise(twice) if known[a] == known[b])
        raise CheckpointError(
            f"taken for the {layout.name} layout, the checkpoint has one tensor under two names: "
            + first_few(pair)
        )
    return known


def is_unused(hub_name: str, feature_layer: int) -> bool:
    """True for tensors that the model never reads, layers behind the tower's read-out included."""
    layer = layer_number(hub_name, _VISION_LAYERS)
    return bool(_UNUSED.match(hub_name)) or (layer is not None and layer >= feature_layer)


def layer_number(hub_name: str, prefix: str) -> int | None:
    """The number that follows `prefix`, None where there is none."""
    found = _LAYER.match(hub_name, len(prefix)) if hub_name.startswith(prefix) else None
    return int(found[1]) if found else None


def is_channels_last(shape: tuple[int, ...] | list[int]) -> bool:
    """True for a patch embedding stored as MLX has it, [D, P, P, 3], not torch's [D, 3, P, P]."""
    return len(shape) == 4 and shape[3] == 3 and shape[1] == shape[2]


def first_few(names: Collection[str], count: int = 4) -> str:
    """The first names, for an error message."""
    listed = [printable(name, 80) for name in sorted(names)[:count]]
    return ", ".join(listed) + (", …" if len(names) > count else "")
