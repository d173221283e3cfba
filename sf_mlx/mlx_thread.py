"""The thread that does all MLX work of sf-mlx, a piece at a time.

MLX's streams, what it has not computed yet, and generators that use them belong to one thread.
Pieces are short (a pass of the tower, a step of prefill, a token), so that answers take turns
whichever threads ask for them. There is one such thread in a process, whatever is loaded: a second
would only compete for the same GPU.
"""

import atexit
import os
import threading
import weakref
from collections.abc import Callable, Generator
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")

_jobs: SimpleQueue[Callable[[], object]] = SimpleQueue()
_lock = threading.Lock()
_thread: threading.Thread | None = None
_ending = False
# Generators that have begun and must be closed where they run
_begun: weakref.WeakSet[Generator[Any, Any, Any]] = weakref.WeakSet()


def run(work: Callable[..., T], *args: Any) -> T:
    """Do it on the thread, after what is queued, and wait; what it raises is raised here."""
    if threading.current_thread() is _thread:
        return work(*args)
    return _submit(work, args).result()


def later(work: Callable[[], object]) -> None:
    """Do it on the thread, after what is queued; nobody waits for it."""
    if not _ending:
        _submit(work, ())


def advance(generator: Generator[T, None, None]) -> T | None:
    """Take the next value of a generator on the thread; None at its end."""
    _begun.add(generator)
    value: T | None = run(next, generator, None)
    return value


def _submit(work: Callable[..., T], args: tuple[Any, ...]) -> Future[T]:
    if _ending:
        raise RuntimeError("the interpreter is ending")
    future: Future[T] = Future()
    # No lambda: its frame would hold the future, whose error holds the frame
    _jobs.put(partial(_do, future, work, args))
    if _thread is None:
        _start()
    return future


def _do(future: Future[T] | None, work: Callable[..., T], args: tuple[Any, ...]) -> None:
    assert future is not None
    try:
        result = work(*args)
    except BaseException as error:
        future.set_exception(error)
        # Or the future, its error and this frame would hold one another
        future = None
    else:
        future.set_result(result)


def _start() -> None:
    global _thread
    with _lock:
        if _thread is None:
            _thread = threading.Thread(target=_loop, name="sf-mlx", daemon=True)
            _thread.start()
            atexit.register(_park)


def _loop() -> None:
    while True:
        _jobs.get()()


def _park() -> None:
    """Let the thread sleep before the interpreter ends.

    MLX keeps compiled functions for each thread, and asks for Python's lock to free them when the
    thread ends; a process whose interpreter is ending dies of that (mlx 0.32: "terminate called").
    """
    global _ending
    _ending = True
    sleeps = threading.Event()

    def sleep() -> None:
        for generator in list(_begun):
            generator.close()
        for_ever = threading.Lock()
        for_ever.acquire()
        sleeps.set()
        for_ever.acquire()

    _jobs.put(sleep)
    sleeps.wait()


def _forget() -> None:
    """A forked child has no such thread; it may start one of its own."""
    global _thread, _jobs, _lock
    _thread, _jobs, _lock = None, SimpleQueue(), threading.Lock()
    atexit.unregister(_park)


os.register_at_fork(after_in_child=_forget)
