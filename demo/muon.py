"""Muon: momentum, made orthogonal, for the matrices inside the layers.

Jordan et al. 2024, kellerjordan.github.io/posts/muon; the size of its steps as in Liu et al. 2025
(arXiv 2502.16982, section 2.2), so that AdamW's learning rate serves both. torch.optim.Muon goes
matrix by matrix; matrices this small are only worth it many at a time.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

# Of the quintic that pulls singular values towards 1, and how often it is applied
_QUINTIC = (3.4445, -4.7750, 2.0315)
_ROUNDS = 5


def orthogonal(matrices: Tensor) -> Tensor:
    """Matrices [M, R, C], R <= C, with all singular values near 1 (0.7 to 1.2)."""
    a, b, c = _QUINTIC
    # bfloat16 is exact enough, and a hundred times too slow on most processors
    x = matrices.bfloat16() if matrices.is_cuda else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(_ROUNDS):
        gram = x @ x.mT
        polynomial = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        x = torch.baddbmm(x, polynomial, x, beta=a)
    return x


class Muon(torch.optim.Optimizer):
    """The optimiser.

    Parameters
    ----------
    parameters: matrices only.
    lr: an element's root mean square step is 0.2 times this, as AdamW's is.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            shapes: dict[tuple[int, int], list[Tensor]] = {}
            for p in group["params"]:
                rows, columns = p.shape
                shapes.setdefault((min(rows, columns), max(rows, columns)), []).append(p)
            for (_, longest), matrices in shapes.items():
                self._step(matrices, group, 0.2 * longest**0.5)

    def _step(self, matrices: list[Tensor], group: dict[str, float], size: float) -> None:
        """One step of matrices of one shape, lying or standing."""
        gradients = [p.grad for p in matrices if p.grad is not None]
        averages = [self.state[p].setdefault("average", torch.zeros_like(p)) for p in matrices]
        torch._foreach_lerp_(averages, gradients, 1 - group["momentum"])
        ahead = torch._foreach_lerp(gradients, averages, group["momentum"])
        lying = [g.mT if g.shape[0] > g.shape[1] else g for g in ahead]
        steps = orthogonal(torch.stack(lying)).to(matrices[0].dtype).unbind()
        steps = [
            s.mT if p.shape[0] > p.shape[1] else s for s, p in zip(steps, matrices, strict=True)
        ]
        torch._foreach_mul_(matrices, 1 - group["lr"] * group["weight_decay"])
        torch._foreach_add_(matrices, steps, alpha=-group["lr"] * size)
