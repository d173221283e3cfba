"""sf-mlx: ask a question about a local video and read the answer as it is generated, on MLX."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sf_mlx import device

# Before anything imports mlx.core: MLX binds the BLAS that it finds first
device.prefer_fast_blas()

if TYPE_CHECKING:
    __version__: str
    from sf_mlx.ask import Answer, Model
    from sf_mlx.errors import SfMlxError
    from sf_mlx.loading import load
    from sf_mlx.slowfast import SlowFast

# Imported on first use: `import sf_mlx` stays quick and loads neither mlx-lm nor transformers
_LAZY = {
    "Answer": "sf_mlx.ask",
    "Model": "sf_mlx.ask",
    "load": "sf_mlx.loading",
    "SfMlxError": "sf_mlx.errors",
    "SlowFast": "sf_mlx.slowfast",
}

__all__ = ["Answer", "Model", "SfMlxError", "SlowFast", "__version__", "load"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("sf-mlx")
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'sf_mlx' has no attribute {name!r}")
