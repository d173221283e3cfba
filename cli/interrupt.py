"""Ctrl-C that does not wait: MLX computes for seconds without looking at Python's signals."""

import os
import signal
import socket
import sys
import threading

_SHOW_CURSOR = "\x1b[?25h"


def exit_at_once_on_interrupt() -> None:
    """From now on Ctrl-C ends this process immediately, with exit code 130.

    For commands that write no files: nothing of Python is cleaned up.
    """
    receiver, sender = socket.socketpair()
    sender.setblocking(False)
    # The watcher alone answers; Python's own handler would race it with a traceback
    signal.signal(signal.SIGINT, lambda number, frame: None)
    # Written by the C-level handler, whatever the main thread is computing
    signal.set_wakeup_fd(sender.detach(), warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(receiver,), daemon=True).start()


def _watch(receiver: socket.socket) -> None:
    while received := receiver.recv(1):
        if received[0] == signal.SIGINT:
            if sys.stderr.isatty():
                # A progress bar hides the cursor
                os.write(2, f"{_SHOW_CURSOR}\n".encode())
            os._exit(128 + signal.SIGINT)
