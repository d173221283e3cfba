"""Models that see and speak: vision towers, projectors, and mlx-lm's language models."""
