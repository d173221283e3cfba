"""What every source of pictures tells and gives, whatever it is: a film, a photo, an array."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from sf_mlx.video.picture import Picture
from sf_mlx.video.select import Reading
from sf_mlx.video.times import Times


@dataclass(frozen=True)
class VideoInfo:
    """A video's properties, found without decoding it; `dataclasses.asdict` makes it JSON-able.

    Attributes
    ----------
    name: the path, printable and short, as messages call it, or what the frames came from.
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


@dataclass(frozen=True)
class Shot:
    """The picture for one wanted frame, or None where the file gives none near it.

    `hit`: the wanted frame and not its neighbour; `corrupt`: the decoder found it damaged.
    """

    picture: Picture | None
    hit: bool
    corrupt: bool = False


class Clip(Protocol):
    """A source that is open: what `read_frames` needs of a film, and of pictures.

    Attributes
    ----------
    info: what it is.
    times: float64 [T], seconds of every frame from the first.
    timed: the times mean something; where not, it is pictures and no film.
    warnings: what is wrong with it though it can be read; grows while reading.
    """

    @property
    def info(self) -> VideoInfo: ...
    @property
    def times(self) -> Times: ...
    @property
    def timed(self) -> bool: ...
    @property
    def warnings(self) -> list[str]: ...

    def settle(self, reading: Reading) -> None:
        """Find out what only decoding shows of how many frames there are."""

    def pictures(
        self, indices: Sequence[int], size: int, reading: Reading
    ) -> Generator[Shot, None, None]:
        """One shot for each frame index (ascending, distinct), size x size pixels."""

    def beside(self) -> "Clip":
        """The same, settled as this is, to be read at the same time; it needs no closing."""

    def close(self) -> None:
        """Release the file."""
