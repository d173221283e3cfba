"""The bounds that keep a hostile or absurd file from taking the machine down."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a video may cost; every bound can be raised by the caller.

    Attributes
    ----------
    pixels: width x height of one picture (8K UHD is 33 million).
    frames: frames in the whole file (five million is 46 hours at 30 a second).
    frame_seconds: seconds between two decoded pictures.
    total_seconds: seconds spent reading and decoding, the caller's own time not counted.
    piped_bytes: bytes taken from a pipe into a temporary file.
    """

    pixels: int = 36_000_000
    frames: int = 5_000_000
    frame_seconds: float = 30.0
    total_seconds: float = 900.0
    piped_bytes: int = 16 << 30
