"""sf-mlx: ask a question about a local video and read the answer as it is generated, on MLX."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sf_mlx import device, mlx_lm_parts

# Before anything imports mlx.core: MLX binds the BLAS that it finds first
device.prefer_fast_blas()
# Before anything imports a part of mlx-lm
mlx_lm_parts.defer()

if TYPE_CHECKING:
    __version__: str
    from sf_mlx.answer import Answer, Record
    from sf_mlx.cache import Cache
    from sf_mlx.chat import Chat
    from sf_mlx.errors import SfMlxError
    from sf_mlx.loading import load
    from sf_mlx.many import Result, ask_many
    from sf_mlx.models import Model
    from sf_mlx.sampling import Sampling
    from sf_mlx.session import Session
    from sf_mlx.slowfast import SlowFast
    from sf_mlx.video import Limits, Percent, Reading, Selection

# Imported on first use: `import sf_mlx` stays quick and loads neither mlx-lm nor transformers
_LAZY = {
    "Answer": "sf_mlx.answer",
    "Cache": "sf_mlx.cache",
    "Chat": "sf_mlx.chat",
    "Limits": "sf_mlx.video",
    "Model": "sf_mlx.models",
    "Percent": "sf_mlx.video",
    "Reading": "sf_mlx.video",
    "Record": "sf_mlx.answer",
    "Result": "sf_mlx.many",
    "Sampling": "sf_mlx.sampling",
    "Selection": "sf_mlx.video",
    "Session": "sf_mlx.session",
    "SfMlxError": "sf_mlx.errors",
    "SlowFast": "sf_mlx.slowfast",
    "ask_many": "sf_mlx.many",
    "load": "sf_mlx.loading",
}

__all__ = [
    "Answer",
    "Cache",
    "Chat",
    "Limits",
    "Model",
    "Percent",
    "Reading",
    "Record",
    "Result",
    "Sampling",
    "Selection",
    "Session",
    "SfMlxError",
    "SlowFast",
    "__version__",
    "ask_many",
    "load",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("sf-mlx")
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'sf_mlx' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
