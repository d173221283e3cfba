"""What a video is, as plain values."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class VideoInfo:
    """A video's properties, found without decoding it; `dataclasses.asdict` makes it JSON-able.

    Attributes
    ----------
    name: the path as given (? for what cannot be printed), or what the frames came from.
    container, codec: FFmpeg's short names (``mov``, ``hevc``); ``images`` for folders and arrays.
    width, height: pixels as shown, after rotation and pixel aspect.
    stored_width, stored_height: pixels as coded.
    pixel_aspect: width of a pixel over its height.
    rotation: degrees clockwise that the stored picture is turned by for showing: 0, 90, 180, 270.
        Known before decoding for MP4/MOV alone; elsewhere 0 here, and the pictures are upright.
    mirrored: and then shown as in a mirror.
    duration: seconds, from the first frame to the end of the last.
    frames: number of frames that can be shown.
    frames_from: ``stated`` by the container's index, or ``counted`` packet by packet.
    frames_promised: what the header says, where the file holds fewer; otherwise equal to `frames`.
    fps: mean frames a second, None for a single picture.
    variable_rate: the frames are not evenly spaced in time.
    pixel_format, matrix, primaries, transfer, colour_range: FFmpeg's names, ``unspecified`` where
        the file does not say.
    interlaced: coded as two fields.
    start: seconds on the container's own clock at which the first frame is shown.
    stream: index of the stream that is read.
    stream_choice: why this one.
    """

    name: str
    container: str
    codec: str
    width: int
    height: int
    stored_width: int
    stored_height: int
    pixel_aspect: float
    rotation: int
    mirrored: bool
    duration: float
    frames: int
    frames_from: Literal["stated", "counted"]
    frames_promised: int
    fps: float | None
    variable_rate: bool
    pixel_format: str
    matrix: str
    primaries: str
    transfer: str
    colour_range: str
    interlaced: bool
    start: float
    stream: int
    stream_choice: str
