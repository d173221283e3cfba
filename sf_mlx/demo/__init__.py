"""The model in the box: its weights, a clip to try them on, and what to ask about it.

A tiny LLaVA-NeXT that knows moving coloured shapes and nothing else; demo/README.md of the
repository says how it was trained and how often it is right.
"""

import os
from contextlib import suppress
from pathlib import Path

from sf_mlx.errors import OutputError

# What `-m` and `load` call it
NAME = "demo"
MODEL = Path(__file__).parent / "model"
_SAMPLE = Path(__file__).parent / "sample.mp4"

# Frames of its training clips; the pooling was that of any preset
_TRAINED_FRAMES = (8, 100)

# What to ask about the sample clip
QUESTIONS = (
    "What happens in the video?",
    "Which ones don't move?",
    "Who is the president?",
)


def cautions(video: str, spec: str, frames: int) -> list[str]:
    """What to know before the demo model's answer about a video is believed.

    Parameters
    ----------
    video: the path of what was asked about; any other name where it has none.
    spec: the pooling as upstream writes it.
    frames: how many frames are seen.
    """
    from sf_mlx.slowfast import PRESETS

    found = []
    if not is_sample_clip(video):
        found.append(
            "demo knows moving coloured shapes only; do not believe what it says of anything else."
        )
    fewest, most = _TRAINED_FRAMES
    if spec not in map(str, PRESETS.values()) or not fewest <= frames <= most:
        found.append(
            f"demo was trained on the presets and {fewest} to {most} frames only; it may say "
            "anything on others."
        )
    return found


def is_sample_clip(path: str | os.PathLike[str]) -> bool:
    """Whether a file holds the sample clip, byte for byte; False where it cannot be read."""
    path = Path(path)
    try:
        # The size first: another file of that name may be a whole film
        return (
            path.is_file()
            and path.stat().st_size == _SAMPLE.stat().st_size
            and path.read_bytes() == _SAMPLE.read_bytes()
        )
    except OSError:
        return False


def sample_clip(target: str | os.PathLike[str]) -> Path:
    """Write the sample clip: six seconds of H.264, 320x240, five shapes, one of everything.

    Parameters
    ----------
    target: the file to write; the same clip may be there already.

    Raises
    ------
    OutputError: another file of that name exists, or it cannot be written.
    """
    path = Path(target)
    if is_sample_clip(path):
        return path
    if os.path.exists(path):  # Path.exists raises in a closed folder
        raise OutputError(f"{path} exists and is another file; move it away or name another")
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(_SAMPLE.read_bytes())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise OutputError(
            f"{path} cannot be written: {error.strerror}; go to a folder of your own (cd) first"
        ) from error
    return path
