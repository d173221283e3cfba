"""A generator that runs to its end on a thread of its own, its values taken by another."""

import threading
from collections.abc import Generator, Iterator
from queue import SimpleQueue
from typing import Generic, TypeVar, cast

T = TypeVar("T")

_END = object()


class Ahead(Iterator[T], Generic[T]):
    """Values of a generator, made as fast as they can be.

    Parameters
    ----------
    source: not begun yet; from now on only the thread touches it.
    """

    def __init__(self, source: Iterator[T]) -> None:
        self._values: SimpleQueue[object] = SimpleQueue()
        self._stop = threading.Event()
        # Daemonic: an interpreter that ends must not wait for a film
        self._thread = threading.Thread(
            target=_work, args=(source, self._values, self._stop), name="sf-mlx ahead", daemon=True
        )
        self._thread.start()

    def __next__(self) -> T:
        value = self._values.get()
        if value is _END or isinstance(value, BaseException):
            self._values.put(_END)  # whoever asks again is told again
            if isinstance(value, BaseException):
                raise value
            raise StopIteration
        return cast(T, value)

    def close(self) -> None:
        """End the thread, at the next value."""
        self._stop.set()
        self._thread.join()


def _work(source: Iterator[T], values: "SimpleQueue[object]", stop: threading.Event) -> None:
    try:
        for value in source:
            values.put(value)
            if stop.is_set():
                break
    except BaseException as error:
        values.put(error)
    finally:
        if isinstance(source, Generator):
            source.close()
        values.put(_END)
