"""One process a GPU: gradients are averaged, everything else is the same in each."""

import os

import torch
import torch.distributed as dist
from torch import Tensor, nn


def join(device: str) -> torch.device:
    """Meet the other processes of `torchrun`, if there are any, and take a device of one's own."""
    if "RANK" not in os.environ:
        return torch.device(device)
    dist.init_process_group("nccl" if device == "cuda" else "gloo")
    if device != "cuda":
        return torch.device(device)
    torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    return torch.device("cuda", int(os.environ["LOCAL_RANK"]))


def rank() -> int:
    """Which process this is; 0 speaks and saves."""
    return dist.get_rank() if dist.is_initialized() else 0


def agree(values: list[float], device: torch.device) -> list[float]:
    """The first process's numbers, everywhere."""
    if not dist.is_initialized():
        return values
    shared = torch.tensor(values, dtype=torch.float64, device=device)
    dist.broadcast(shared, 0)
    return [float(value) for value in shared.tolist()]


class Gradients:
    """All gradients in one tensor: averaged, measured and emptied in one go."""

    def __init__(self, *modules: nn.Module) -> None:
        parameters = [p for module in modules for p in module.parameters()]
        self.flat = torch.zeros(sum(p.numel() for p in parameters), device=parameters[0].device)
        at = 0
        for p in parameters:
            p.grad = self.flat[at : at + p.numel()].view_as(p)
            at += p.numel()

    def empty(self) -> None:
        self.flat.zero_()

    def gather(self, most: float) -> Tensor:
        """Average over the processes and shorten to a length of at most `most`; the old length."""
        if dist.is_initialized():
            dist.all_reduce(self.flat)
            self.flat /= dist.get_world_size()
        length = self.flat.norm()
        self.flat *= (most / (length + 1e-6)).clamp(max=1.0)
        return length
