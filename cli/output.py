"""Standard output, which may go away (`| head`)."""

import os
import signal
import sys

import typer


def write(text: str) -> None:
    """Print to stdout at once; end quietly, as a shell's own tools do, where nobody reads on.

    Raises
    ------
    typer.Exit: with 141, the code of a closed pipe.
    """
    try:
        print(text, end="", flush=True)
    except BrokenPipeError:
        # Python flushes stdout once more at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(128 + signal.SIGPIPE) from None
