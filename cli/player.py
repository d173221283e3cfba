"""The system's player."""

import os
import subprocess
import sys


def show(clip: str | os.PathLike[str]) -> bool:
    """Open a clip in the system's player; False where none can be started."""
    player = "open" if sys.platform == "darwin" else "xdg-open"
    try:
        subprocess.run([player, os.path.abspath(clip)], check=True, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True
