"""Benchmarks. The package comes before mlx.core, so that MLX finds the fast BLAS."""

import sf_mlx  # noqa: F401
