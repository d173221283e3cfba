"""Tests. The package comes before mlx.core, so that MLX finds the fast BLAS (sf_mlx/device.py)."""

import sf_mlx  # noqa: F401
