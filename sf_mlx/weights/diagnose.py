"""Which tensor makes a model compute nonsense; asked only when it does, for it reads them all."""

import mlx.core as mx
from mlx.utils import tree_flatten

from sf_mlx.errors import CheckpointError
from sf_mlx.model.backbone import Backbone, Part, part_of


def first_bad_tensor(model: Backbone, part: Part) -> str | None:
    """The first weight of a part that holds NaN, infinity or nothing but zeros, and which; or None.

    Biases may be zero. The other part may not have been read yet.
    """
    for name, array in dict(tree_flatten(model.parameters())).items():
        if part_of(name) != part:
            continue
        if mx.issubdtype(array.dtype, mx.floating) and not mx.isfinite(array).all():
            return f"{name} holds {'NaN' if mx.isnan(array).any() else 'infinity'}"
        if name.endswith(("weight", "scales")) and not mx.any(array):
            return f"{name} is all zeros"
    return None


def check_values(model: Backbone, values: mx.array, what: str, part: Part) -> None:
    """Refuse values from which no answer can come, and name the tensor that they come from.

    Costs a pass over the values, and one over the weights only where they are bad.

    Parameters
    ----------
    values: the visual tokens [L, D], or the logits [V] of the first token.
    what: what the error calls them.
    part: the part of the model that computed them.

    Raises
    ------
    CheckpointError: they are not finite or all the same.
    """
    finite, lowest, highest = mx.isfinite(values).all(), values.min(), values.max()
    mx.eval(finite, lowest, highest)
    sound = bool(finite and lowest < highest)
    # A still picture's tokens can be alike too, so that only a bad tensor counts
    if sound and not (_rows_alike(values) and first_bad_tensor(model, part)):
        return
    kind = "not numbers" if not finite else "all the same"
    bad = first_bad_tensor(model, part)
    reason = f"{bad}; download or convert the checkpoint again"
    if bad is None:
        reason = (
            f"its weights look sound, so a value in config.json (rope_theta, an eps) is wrong, or "
            f"{model.dtype} is too small for it: convert it with --dtype bfloat16"
        )
    raise CheckpointError(f"the model's {what} are {kind}: {reason}")


def _rows_alike(values: mx.array) -> bool:
    """True for two or more rows that differ by no more than half precision rounds."""
    if values.ndim != 2 or values.shape[0] < 2:
        return False
    return bool(mx.abs(values - values[:1]).max() <= 2e-3 * mx.abs(values).max())
