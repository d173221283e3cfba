"""The model in the box: its weights, a clip to try them on, and what to ask about it.

A tiny LLaVA-NeXT that knows moving coloured shapes and nothing else; demo/README.md of the
repository says how it was trained and how often it is right.
"""

import os
from pathlib import Path

from sf_mlx.errors import OutputError

MODEL = Path(__file__).parent / "model"
_SAMPLE = Path(__file__).parent / "sample.mp4"

# What to ask about the sample clip
QUESTIONS = (
    "What happens in the video?",
    "Which ones don't move?",
    "Who is the president?",
)


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
    clip = _SAMPLE.read_bytes()
    part = path.with_name(f".{path.name}.part")
    try:
        if path.exists():
            if path.is_file() and path.read_bytes() == clip:
                return path
            raise OutputError(f"{path} exists and is another file; move it away or name another")
        part.write_bytes(clip)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error
    return path
