"""Batches of scenes drawn on the GPU, with what a video codec does to them."""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from demo.data import Batch
from demo.draw import Distance, backdrop, coverage, distance
from demo.network import GRID, PATCH, SIZE
from demo.world import ALPHA, KINDS, MAX_SHAPES, RED, X, Y
from demo.world import SIZE as RADIUS

# OpenAI CLIP's training statistics, as sf_mlx.model.preprocess
MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)

# ITU-R BT.601: RGB to luma and colour differences
YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))


# Distances are looked up: drawing from the formulas took a seventh of a training step
_REACH, _CELLS = 1.6, 1024


def distances(device: torch.device) -> Tensor:
    """Signed distance to each kind of shape of size 1, float16 [KINDS, y, x], -1.6 to 1.6."""
    centres = ((torch.arange(_CELLS, device=device) + 0.5) / _CELLS * 2 - 1) * _REACH
    x, y = centres[None, :].expand(_CELLS, -1), centres[:, None].expand(-1, _CELLS)
    return torch.stack([distance(k, x, y, torch) for k in range(len(KINDS))]).half()


def _looked_up(table: Tensor) -> Distance:
    def distance(kind: Tensor, x: Tensor, y: Tensor, xp: Any) -> Tensor:
        row, column = (((v / _REACH + 1) * (_CELLS / 2)).clamp(0, _CELLS - 1).int() for v in (y, x))
        return table.view(-1)[(kind * _CELLS + row) * _CELLS + column].float()

    return distance


def planes(batch: Batch, table: Tensor) -> list[Tensor]:
    """Red, green and blue of every frame of a batch, each float16 [B, T, SIZE, SIZE], 0 to 1.

    Three tensors rather than one: compiled, the coverage is then computed once for all three.

    Parameters
    ----------
    table: `distances`.
    """
    device = batch.states.device
    clips, frames = batch.states.shape[:2]
    centres = (torch.arange(SIZE, device=device, dtype=torch.float32) + 0.5) / SIZE
    y, x = centres[:, None], centres[None, :]
    hardness, checks, grain, noise = (batch.ground[:, i, None, None] for i in range(4))
    mix = backdrop(batch.waves[:, None, None], hardness, checks, x, y, torch)
    still = torch.randn(clips, SIZE, SIZE, device=device) * grain
    flicker = torch.randn(clips, frames, SIZE, SIZE, device=device, dtype=torch.float16)
    flicker = flicker * noise[:, None]
    # Files are larger and scaled down, which blurs a little more or less
    pixels = SIZE / (0.7 + 0.9 * torch.rand(clips, 1, 1, 1, device=device))
    aspect = batch.aspect[:, None, None, None]
    kinds = batch.kinds[:, :, None, None, None]
    measure = _looked_up(table)
    covers = [
        coverage(
            batch.states[:, :, k, None, None], kinds[:, k], x, y, aspect, pixels, torch, measure
        )
        for k in range(MAX_SHAPES)
    ]
    finished = []
    for channel in range(3):
        first, second = (batch.shades[:, i, channel, None, None] for i in (0, 1))
        plane = (first + (second - first) * mix + still)[:, None]
        for k, cover in enumerate(covers):
            colour = batch.states[:, :, k, RED + channel, None, None]
            plane = plane + (colour - plane) * cover
        finished.append((plane + flicker).clamp(0, 1).half())
    return finished


# What `truth` says of a patch besides the kind of shape: colour, place, size
TRAITS = 6


def shown(batch: Batch, table: Tensor) -> Tensor:
    """The top shape that covers one of four points in each patch.

    Parameters
    ----------
    table: `distances`.

    Returns
    -------
    int64 [B, T, N]: 0 for the background, otherwise 1 + the shape's number.
    """
    state = batch.states
    points = (torch.arange(2 * GRID, device=state.device, dtype=torch.float32) + 0.5) / (2 * GRID)
    top = torch.zeros(1, dtype=torch.int64, device=state.device)
    for k in range(MAX_SHAPES):
        cover = coverage(
            state[:, :, k, None, None],
            batch.kinds[:, k, None, None, None],
            points[None, :],
            points[:, None],
            batch.aspect[:, None, None, None],
            SIZE,
            torch,
            _looked_up(table),
        )
        cover = cover.unflatten(3, (-1, 2)).unflatten(2, (-1, 2)).amax((3, 5)).flatten(2)
        top = torch.where(cover > 0.5, k + 1, top)
    return top


def truth(batch: Batch, top: Tensor, frames: list[int]) -> tuple[Tensor, Tensor]:
    """What each patch of some frames shows.

    Parameters
    ----------
    top: `shown` of the batch.

    Returns
    -------
    int64 [B, F, N], 0 for the background, otherwise 1 + index in KINDS, and float32
    [B, F, N, TRAITS]: the shape's red, green, blue, x, y and size times 4.
    """
    state, top = batch.states[:, frames], top[:, frames]
    kinds = F.pad(batch.kinds + 1, (1, 0))
    traits = torch.stack(
        [*state[..., RED:ALPHA].unbind(-1), state[..., X], state[..., Y], 4 * state[..., RADIUS]],
        -1,
    )
    traits = torch.cat([torch.zeros_like(traits[:, :, :1]), traits], 2)
    kind = kinds[:, None].expand(-1, len(frames), -1).gather(2, top)
    return kind, traits.gather(2, top[..., None].expand(-1, -1, -1, TRAITS))


def tokens(
    top: Tensor, slow_frames: list[int], fast_grid: int, halved: bool = True
) -> tuple[Tensor, Tensor]:
    """Which shape each visual token shows, and when: slow path first, as sf_mlx.slowfast.

    Parameters
    ----------
    top: `shown` of a batch, [B, T, N].
    halved: the slow path keeps one of two neighbours.

    Returns
    -------
    int64 [B, L], 0 where there is no shape, otherwise 1 + its number, and the frames, int64 [L].
    """
    batch, count, _ = top.shape
    slow = torch.tensor(slow_frames, dtype=torch.int64, device=top.device)
    kept = top[:, slow]
    if halved:
        kept = kept.unflatten(2, (-1, 2)).amax(3)
    seen, when = [kept.flatten(1)], [slow.repeat_interleave(kept.shape[2])]
    if fast_grid:
        cell = GRID // fast_grid
        cells = top.reshape(batch, count, fast_grid, cell, fast_grid, cell)
        shares = torch.stack([(cells == k).sum((3, 5)) for k in range(1, MAX_SHAPES + 1)], -1)
        most, which = shares.max(-1)
        seen.append(torch.where(most > 0, which + 1, 0).flatten(1))
        when.append(torch.arange(count, device=top.device).repeat_interleave(fast_grid**2))
    return torch.cat(seen, 1), torch.cat(when)


def _cosines(device: torch.device) -> Tensor:
    """The 8-point DCT-II as an orthogonal matrix."""
    k = torch.arange(8, device=device, dtype=torch.float32)
    basis = torch.cos((k[None] + 0.5) * k[:, None] * math.pi / 8) / 2
    basis[0] /= math.sqrt(2)
    return basis


def compress(picture: Tensor) -> Tensor:
    """Coarser colour and quantised 8x8 blocks, more in one clip than in the next; same shape."""
    device, dtype = picture.device, picture.dtype
    clips = picture.shape[0]
    matrix = torch.tensor(YCC, device=device, dtype=dtype)
    planes = torch.einsum("ij,btjhw->btihw", matrix, picture)
    rough = planes[:, :, 1:].unflatten(4, (-1, 2)).unflatten(3, (-1, 2)).mean((4, 6), keepdim=True)
    rough = rough.expand(-1, -1, -1, -1, 2, -1, 2).flatten(5, 6).flatten(3, 4)
    planes = torch.cat([planes[:, :, :1], rough], 2)
    basis = _cosines(device).to(dtype)
    blocks = planes.unflatten(4, (-1, 8)).unflatten(3, (-1, 8))  # [B, T, 3, R, 8, C, 8]
    blocks = torch.einsum("ui,btcriks,vs->btcrukv", basis, blocks, basis)
    i = torch.arange(8, device=device, dtype=torch.float32)
    slope = 1 + 0.4 * (i[:, None, None] + i)
    # Up to steps of 1/12 at the lowest frequency; every third clip stays as it is
    strength = torch.rand(clips, 1, 1, 1, 1, 1, 1, device=device)
    step = (0.003 + (strength * 1.5 - 0.5).clamp(0, 1) ** 2 * 0.08 * slope).to(dtype)
    blocks = torch.round(blocks / step) * step
    planes = (
        torch.einsum("ui,btcrukv,vs->btcriks", basis, blocks, basis).flatten(5, 6).flatten(3, 4)
    )
    return torch.einsum(
        "ij,btjhw->btihw", torch.linalg.inv(matrix.float()).to(dtype), planes
    ).clamp(0, 1)


def patches(picture: Tensor, dtype: torch.dtype) -> Tensor:
    """Normalised patches [B, T, N, 3 * PATCH * PATCH] of pictures [B, T, 3, SIZE, SIZE]."""
    mean = torch.tensor(MEAN, device=picture.device)[:, None, None]
    std = torch.tensor(STD, device=picture.device)[:, None, None]
    x = ((picture - mean) / std).to(dtype)
    x = x.reshape(*x.shape[:3], GRID, PATCH, GRID, PATCH)
    return x.permute(0, 1, 3, 5, 2, 4, 6).flatten(4).flatten(2, 3)
