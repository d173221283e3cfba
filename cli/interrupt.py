"""Ctrl-C, `kill` and a closed terminal: the process ends by the signal itself.

A shell's loop stops only where its command died of the signal; an exit code of 130 looks like any
other failure to it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(BaseException):
    """A signal asked the command to end; what it was writing is cleaned up on the way out."""

    def __init__(self, number: int) -> None:
        self.number = number


@contextmanager
def signals_end_the_command() -> Iterator[None]:
    """Inside the block, signals that end a process raise `Ended`, so that files are cleaned up."""

    def end(number: int, frame: FrameType | None) -> NoReturn:
        for other in _SIGNALS:
            # A second one would interrupt the cleaning up
            signal.signal(other, signal.SIG_IGN)
        raise Ended(number)

    # nohup ignores some of them, and then so do we
    ours = [number for number in _SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, end) for number in ours}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_at_once_on_signals() -> None:
    """From now on signals end the process at once: MLX computes for seconds before Python looks.

    Nothing is cleaned up: what is written meanwhile (cache, history) is left as something that the
    next command sweeps away.
    """
    for number in _SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def die_of(number: int) -> NoReturn:
    """End this process by a signal, so that whoever started it sees what ended it."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    # Not reached but where the signal is blocked
    os._exit(128 + number)
