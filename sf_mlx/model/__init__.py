"""The LLaVA model: CLIP vision tower, projector, and an mlx-lm language model."""
