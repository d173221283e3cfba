"""How a source is read: one argument for what would be four."""

from dataclasses import dataclass

from sf_mlx.video.choose import Selection
from sf_mlx.video.limits import Limits


@dataclass(frozen=True)
class Reading:
    """How a video is read.

    Attributes
    ----------
    selection: which frames; uniformly over the whole video by default.
    exact: resize large and 10-bit pictures the slow way too, as upstream does.
    hwaccel: decode with VideoToolbox on macOS, in software where it cannot. Not tried on a Mac.
    limits: what a video may cost at most.
    """

    selection: Selection = Selection()
    exact: bool = False
    hwaccel: bool = False
    limits: Limits = Limits()
