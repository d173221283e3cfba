"""What decides what a checkpoint sees: the weights of its tower and projector, and how they run."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sf_mlx.device import Device
from sf_mlx.fingerprint import Files, Part, canonical
from sf_mlx.weights.checkpoint import Checkpoint

_LANGUAGE = "language_model."


@dataclass(frozen=True)
class Tower:
    """Tower and projector of a checkpoint, as they were when it was opened.

    Attributes
    ----------
    files: the bytes of their tensors.
    facts: all else that their output depends on: config.json, packing, the machine's kind.
    """

    files: Files
    facts: str


def tower_of(checkpoint: Checkpoint, device: Device) -> Tower | None:
    """What a checkpoint sees with; before it is loaded, so that a change meanwhile is noticed.

    None where its files are gone.
    """
    parts = [
        Part(
            f"{hub} {stored.dtype} {list(stored.shape)}", str(stored.file), stored.start,
            stored.nbytes,
        )
        for hub, stored in sorted(checkpoint.tensors.items())
        if not hub.startswith(_LANGUAGE)
    ]  # fmt: skip
    packed = {
        path: repr(packing)
        for path, packing in sorted(checkpoint.packings.items())
        if not path.startswith(_LANGUAGE)
    }
    machine = asdict(device) | {"slow_exp": device.slow_exp, "slow_blas": device.slow_blas}
    if not packed:
        # It decides whether packed matrices are expanded, and nothing else of what is seen
        del machine["memory"]
    config = repr(checkpoint.config)
    try:
        return Tower(
            Files.now(parts), canonical([checkpoint.architecture.name, config, packed, machine])
        )
    except OSError:
        return None
