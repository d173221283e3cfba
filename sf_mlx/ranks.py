"""Which of several processes this is, where MLX's launcher started them together."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sf_mlx.errors import UsageError

if TYPE_CHECKING:
    import mlx.core as mx

# What mlx.launch or MPI's own launchers set for each process
_SIGNS = ("MLX_RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK")


@dataclass(frozen=True)
class Ranks:
    """The processes that were started together.

    Attributes
    ----------
    rank: this one, from 0; size: how many.
    group: what MLX's collectives take.
    """

    rank: int
    size: int
    group: mx.distributed.Group


def launched() -> Ranks | None:
    """The processes that a launcher started; None for one that was started alone.

    Raises
    ------
    UsageError: there was a launcher, but they do not find one another. Without this, each of them
    would think that it is the only one and do everything.
    """
    if not any(sign in os.environ for sign in _SIGNS):
        return None
    import mlx.core as mx

    try:
        group = mx.distributed.init(strict=True)
    except (RuntimeError, ValueError) as error:
        raise UsageError(f"the launched processes do not find one another: {error}") from None
    return Ranks(group.rank(), group.size(), group)
