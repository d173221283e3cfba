"""The tensor names of a checkpoint, told apart by looking at them.

Every layout is mapped to the hub's names, which are also the names of our modules.
"""

import re
from collections.abc import Collection
from itertools import pairwise
from typing import Any

from sf_mlx.errors import CheckpointError, UnsupportedModelError, printable
from sf_mlx.model.backbone import Architecture, Layout

# The number and the dot behind a prefix; a longer number is no layer's
_LAYER = re.compile(r"(0|[1-9][0-9]{0,5})\.")


def recognise(names: Collection[str], architecture: Architecture[Any]) -> Layout:
    """Which of an architecture's layouts these tensor names are.

    Raises
    ------
    UnsupportedModelError: a language model without vision, or something else altogether.
    """
    for layout in architecture.layouts:
        if any(name.startswith(layout.sign) for name in names):
            return layout
    if any(".layers." in name for name in names):
        raise UnsupportedModelError(
            "the checkpoint is a language model without a vision part; sf-mlx needs one with it, "
            f"such as {architecture.example}"
        )
    raise UnsupportedModelError(
        f"the checkpoint is not a {architecture.name} model; its first tensors are "
        + first_few(names)
    )


def hub_names(
    names: Collection[str], layout: Layout, architecture: Architecture[Any]
) -> dict[str, str]:
    """Map every tensor name of a layout to the hub's.

    Raises
    ------
    CheckpointError: names that the layout does not have, or two for one tensor.
    """
    unused = re.compile(architecture.unused)
    mapped = {name: layout.hub_name(name) for name in names}
    unknown = [name for name, hub in mapped.items() if hub is None and not unused.match(name)]
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


def unused_names(
    hub: Collection[str], architecture: Architecture[Any], *, vision_layers: int, tied: bool
) -> set[str]:
    """The tensors that the model never reads, by the hub's name.

    Parameters
    ----------
    vision_layers: how many of the tower are read.
    tied: the embedding is the head too.
    """
    unused = re.compile(architecture.unused)
    behind = {
        name
        for name in hub
        if (number := layer_number(name, architecture.vision_layers)) is not None
        and number >= vision_layers
    }
    return behind | {name for name in hub if unused.match(name) or (tied and "lm_head" in name)}


def layer_number(hub_name: str, prefix: str) -> int | None:
    """The number that follows `prefix`, None where there is none."""
    found = _LAYER.match(hub_name, len(prefix)) if hub_name.startswith(prefix) else None
    return int(found[1]) if found else None


def first_few(names: Collection[str], count: int = 4) -> str:
    """The first names, for an error message."""
    listed = [printable(name, 80) for name in sorted(names)[:count]]
    return ", ".join(listed) + (", …" if len(names) > count else "")
