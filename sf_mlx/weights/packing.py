"""How matrices are quantised: bits, group size and mode, as MLX has them."""

from __future__ import annotations

from dataclasses import dataclass

from sf_mlx.errors import UsageError, printable
from sf_mlx.model.config import Json

# mode -> allowed bits and group sizes, defaults first (mlx.core.quantize)
MODES = {
    "affine": ((4, 2, 3, 5, 6, 8), (64, 32, 128)),
    "mxfp4": ((4,), (32,)),
    "nvfp4": ((4,), (16,)),
    "mxfp8": ((8,), (32,)),
}


@dataclass(frozen=True)
class Packing:
    """How weights are quantised.

    Raises
    ------
    UsageError: a combination that MLX does not have.
    """

    bits: int
    group_size: int
    mode: str = "affine"

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise UsageError(f"unknown mode {printable(self.mode)!r}; known: {', '.join(MODES)}")
        bits, groups = MODES[self.mode]
        for what, value, allowed in (
            ("bits", self.bits, bits),
            ("group size", self.group_size, groups),
        ):
            if value not in allowed:
                raise UsageError(
                    f"{self.mode} quantisation has {what} {', '.join(map(str, sorted(allowed)))}, "
                    f"not {value}"
                )

    def as_config(self) -> Json:
        """What config.json says about it, in mlx-lm's words."""
        return {"group_size": self.group_size, "bits": self.bits, "mode": self.mode}


def packing(bits: int | None, group_size: int | None, mode: str | None) -> Packing | None:
    """The packing that the options ask for: None without bits or mode, defaults for the rest.

    Raises
    ------
    UsageError: a combination that MLX does not have, or a group size alone.
    """
    if bits is None and mode is None:
        if group_size is not None:
            raise UsageError("a group size needs --bits or --mode")
        return None
    mode = mode or "affine"
    if mode not in MODES:
        raise UsageError(f"unknown mode {printable(mode)!r}; known: {', '.join(MODES)}")
    default_bits, default_group = MODES[mode][0][0], MODES[mode][1][0]
    return Packing(
        default_bits if bits is None else bits,
        default_group if group_size is None else group_size,
        mode,
    )


def packing_of(
    columns: int, weight: tuple[int, ...], scales: tuple[int, ...], *, affine: bool
) -> Packing | None:
    """The packing that stored shapes show, None where there is none that fits.

    Parameters
    ----------
    columns: of the matrix before it was packed.
    weight, scales: shapes of its parts: [rows, columns * bits / 32], [rows, columns / group size].
    affine: its scales are floats, not bytes.
    """
    if len(weight) != 2 or len(scales) != 2 or weight[0] != scales[0]:
        return None
    for mode, (all_bits, groups) in MODES.items():
        if (mode == "affine") is not affine:
            continue
        for bits in all_bits:
            for group in groups:
                if weight[1] * 32 == columns * bits and scales[1] * group == columns:
                    return Packing(bits, group, mode)
    return None
