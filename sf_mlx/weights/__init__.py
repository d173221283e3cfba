"""Checkpoints: their layouts, loading, saving, and conversion."""
