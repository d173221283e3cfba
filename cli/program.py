"""The program's name, and how the user started it."""

import shutil
import sys
from pathlib import Path

NAME = "sf-mlx"


def as_started() -> str:
    """What to type to start this program again: `sf-mlx`, `.venv/bin/sf-mlx`, `python -m sf_mlx`.

    For commands that are suggested: one that is not on the path must not be printed bare.
    """
    import shlex

    script = Path(sys.argv[0])
    if script.name == "__main__.py":
        # `-m` and the module as they were typed: Python's come before the command's own
        end = sys.orig_argv.index("-m") + 2 if "-m" in sys.orig_argv else 2
        return shlex.join(sys.orig_argv[:end])
    if script.name == NAME:
        found = shutil.which(NAME)
        if found is None or not script.exists() or not script.samefile(found):
            return shlex.quote(str(script))
    return NAME
