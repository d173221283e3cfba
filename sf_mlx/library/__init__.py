"""A library of one's own clips: described once, found by words in milliseconds.

    with Library() as library:
        for file in library.add(["Movies"], ModelDescriber("llava-7b"), every=30):
            print(file.state, file.path)
        for hit in library.search("dog on the beach"):
            print(hit.path, hit.moments[0].sentence)

Searching loads neither MLX nor anything that reads videos.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sf_mlx.library.library import Holdings, Library
from sf_mlx.library.search import Hit, Moment

if TYPE_CHECKING:
    from sf_mlx.library.describer import Describer, Maker, ModelDescriber, Pending
    from sf_mlx.library.index import Indexed
    from sf_mlx.library.verification import verify

_LAZY = {
    "Describer": "sf_mlx.library.describer",
    "Indexed": "sf_mlx.library.index",
    "Maker": "sf_mlx.library.describer",
    "ModelDescriber": "sf_mlx.library.describer",
    "Pending": "sf_mlx.library.describer",
    "verify": "sf_mlx.library.verification",
}

__all__ = [
    "Describer",
    "Hit",
    "Holdings",
    "Indexed",
    "Library",
    "Maker",
    "ModelDescriber",
    "Moment",
    "Pending",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'sf_mlx.library' has no attribute {name!r}")
