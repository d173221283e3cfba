"""What decides what a checkpoint sees: the weights of its tower and projector, and how they run."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sf_mlx.device import Device
from sf_mlx.fingerprint import Files, Stretch, canonical
from sf_mlx.model.backbone import part_of
from sf_mlx.weights.checkpoint import Checkpoint


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
    stretches = [
        Stretch(
            label=f"{hub} {stored.dtype} {list(stored.shape)}",
            path=str(stored.file),
            start=stored.start,
            size=stored.nbytes,
        )
        for hub, stored in sorted(checkpoint.tensors.items())
        if part_of(hub) == "vision"
    ]
    packed = {
        path: repr(packing)
        for path, packing in sorted(checkpoint.packings.items())
        if part_of(path) == "vision"
    }
    machine = asdict(device) | {"slow_exp": device.slow_exp, "slow_blas": device.slow_blas}
    if not packed:
        # It decides whether packed matrices are expanded, and nothing else of what is seen
        del machine["memory"]
    facts = [checkpoint.architecture.name, repr(checkpoint.config), packed, machine]
    try:
        return Tower(Files.now(stretches), canonical(facts))
    except OSError:
        return None
