"""A few small frames of a video, for a page that shows single rows."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from PIL import Image

from sf_mlx.errors import VideoError
from sf_mlx.video import Selection, read_frames

FRAMES, SIDE = 6, 112


def strip(path: Path) -> str:
    """Frames side by side as a JPEG's data address; "" where the video cannot be read."""
    try:
        with read_frames(path, Selection(FRAMES), size=SIDE) as frames:
            pictures = [Image.fromarray(frame.image) for frame in frames]
    except VideoError:
        return ""
    joined = Image.new("RGB", (SIDE * len(pictures), SIDE))
    for number, picture in enumerate(pictures):
        joined.paste(picture, (SIDE * number, 0))
    out = io.BytesIO()
    joined.save(out, "JPEG", quality=70)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()
