"""mlx-lm's models, caches and samplers without the rest of it.

`import mlx_lm.models.llama` runs the package's `__init__` first, which loads its command-line tools
and with them transformers: 1.2 of the 1.6 s that our imports took, and up to 19 where torch is
installed. What we use of mlx-lm needs none of it, so its `__init__` waits until somebody asks for
more.
"""

import sys
import threading
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

_PACKAGE = "mlx_lm"
_lock = threading.RLock()
_running = False


class _Function:
    """What the package has as a module and, once its `__init__` ran, as a function of that name."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, module: ModuleType, owner: type) -> Any:
        _run(module)
        return module.__dict__[self._name]

    def __set__(self, module: ModuleType, value: Any) -> None:
        module.__dict__[self._name] = value


class _Waiting(ModuleType):
    """A package whose `__init__` runs when something is asked for that only it brings."""

    generate, convert = _Function(), _Function()

    def __getattr__(self, name: str) -> Any:
        # Python looks for some such names in every module
        if name.startswith("__") and name not in ("__all__", "__version__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        _run(self)
        try:
            return self.__dict__[name]
        except KeyError:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}") from None


def defer() -> None:
    """Let mlx-lm's `__init__` wait; nothing changes where it has run already."""
    if _PACKAGE in sys.modules:
        return
    spec = find_spec(_PACKAGE)
    if spec is not None:
        module = module_from_spec(spec)
        module.__class__ = _Waiting
        sys.modules[_PACKAGE] = module


def _run(module: ModuleType) -> None:
    """Run the package's `__init__`; what it asks of itself meanwhile does not begin it again."""
    global _running
    with _lock:
        if _running or type(module) is not _Waiting:
            return
        _running = True
        try:
            assert module.__spec__ is not None and module.__spec__.loader is not None
            module.__spec__.loader.exec_module(module)
            module.__class__ = ModuleType  # type: ignore[assignment]
        finally:
            _running = False
