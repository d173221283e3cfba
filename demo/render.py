"""Batches of scenes drawn on the GPU, with what a video codec does to them."""

import math

import torch
from torch import Tensor

from demo.data import Batch
from demo.draw import backdrop, coverage
from demo.network import GRID, PATCH, SIZE
from demo.world import BLUE, MAX_SHAPES, RED

# OpenAI CLIP's training statistics, as sf_mlx.video.normalise
MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)

# ITU-R BT.601: RGB to luma and colour differences
YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))


def pictures(batch: Batch) -> Tensor:
    """Every frame of a batch, float [B, T, 3, SIZE, SIZE], 0 to 1."""
    device = batch.states.device
    clips, frames = batch.states.shape[:2]
    centres = (torch.arange(SIZE, device=device, dtype=torch.float32) + 0.5) / SIZE
    y, x = centres[:, None], centres[None, :]
    waves = batch.waves[:, None, None]  # [B, 1, 1, WAVES, 4]
    hardness, checks, grain, noise = (batch.ground[:, i, None, None] for i in range(4))
    mix = backdrop(waves, hardness, checks, x, y, torch)
    still = torch.randn(clips, SIZE, SIZE, device=device) * grain
    first, second = (batch.shades[:, i, :, None, None] for i in (0, 1))
    picture = first + (second - first) * mix[:, None] + still[:, None]
    picture = picture[:, None].expand(clips, frames, 3, SIZE, SIZE)
    # Files are larger and scaled down, which blurs a little more or less
    pixels = SIZE / (0.7 + 0.9 * torch.rand(clips, 1, 1, 1, device=device))
    aspect = batch.aspect[:, None, None, None]
    for k in range(MAX_SHAPES):
        state = batch.states[:, :, k, None, None]  # [B, T, 1, 1, 8]
        kind = batch.kinds[:, None, k, None, None]
        cover = coverage(state, kind, x, y, aspect, pixels, torch)[:, :, None]
        colour = batch.states[:, :, k, RED : BLUE + 1, None, None]
        picture = picture + (colour - picture) * cover
    flicker = torch.randn(clips, frames, 1, SIZE, SIZE, device=device, dtype=torch.float16)
    return (picture + flicker * noise[:, None, None]).clamp(0, 1)


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
