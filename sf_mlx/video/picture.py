"""One decoded frame -> an upright RGB picture of the tower's size."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import av.filter
import numpy as np
import numpy.typing as npt
from av.sidedata.sidedata import Type as SideDataType
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from PIL import Image

from sf_mlx.video.hdr import Transfer, tone_map

Picture = npt.NDArray[np.uint8]

# FFmpeg's numbers (libavutil/pixfmt.h)
_KNOWN_MATRICES = {0, 1, 4, 5, 6, 7, 9}  # RGB and the matrices that swscale converts
_BT2020_CONSTANT = 10
_TRANSFERS: dict[int, Transfer] = {16: "pq", 18: "hlg"}

# Above this many pixels Pillow first reduces by whole factors; the largest difference that makes
# to a pixel is 2 of 255, and a 4K frame costs a third.
_LARGE = 1920 * 1088
_GAP = 2.0
_STRIP = 64  # lines
# every 2x2 block has its own chroma interpolated: without it edges of colour are 50 levels off
_DIRECT = Interpolation.BICUBIC | Interpolation.FULL_CHR_H_INT | Interpolation.ACCURATE_RND


class Turn(NamedTuple):
    """How a stored picture becomes upright: transpose first, then mirror."""

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @property
    def mirrored(self) -> bool:
        """Whether the turn swaps left and right."""
        return (self.transpose + self.flip_x + self.flip_y) % 2 == 1

    @property
    def degrees(self) -> int:
        """Clockwise rotation, before the mirror where there is one: 0, 90, 180 or 270."""
        if self.transpose:
            return 90 if self.flip_x else 270
        return 180 if self.flip_y else 0


def turn_from_matrix(matrix: Sequence[int]) -> Turn:
    """The turn of a display matrix [[a, b, u], [c, d, v], [x, y, w]] (ISO 14496-12, 8.3.2)."""
    a, b, c, d = matrix[0], matrix[1], matrix[3], matrix[4]
    if abs(b) > abs(a):
        return Turn(True, flip_x=c < 0, flip_y=b < 0)
    return Turn(False, flip_x=a < 0, flip_y=d < 0)


def turn_of(frame: VideoFrame) -> Turn:
    """The turn that a frame's own display matrix asks for."""
    try:
        sides: Any = frame.side_data  # av's stubs say that its keys are strings
        side = sides.get(SideDataType.DISPLAYMATRIX)
    except (KeyError, ValueError):
        # PyAV 18.1 knows no side data newer than its list; `rotation` is right but for mirrors
        quarter = frame.rotation % 360 // 90
        return (Turn(), Turn(True, False, True), Turn(False, True, True), Turn(True, True))[quarter]
    if side is None:
        return Turn()
    return turn_from_matrix(np.frombuffer(side, np.int32)[:9].tolist())


def turn_image(image: Image.Image, turn: Turn) -> Image.Image:
    """An upright copy, or the image itself."""
    if turn.transpose:
        image = image.transpose(Image.Transpose.TRANSPOSE)
    if turn.flip_x:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if turn.flip_y:
        image = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    return image


def resize(image: Image.Image, size: int, exact: bool) -> Picture:
    """uint8 [size,size,3] with Pillow's bicubic filter, the aspect ignored as upstream does.

    `exact` resamples every pixel of large pictures too, as upstream does.
    """
    gap = None if exact or image.width * image.height <= _LARGE else _GAP
    small = image.resize((size, size), Image.Resampling.BICUBIC, reducing_gap=gap)
    return np.asarray(small)


def resize_in_strips(
    pixels: Picture, width: int, height: int, stride: int, size: int, exact: bool
) -> Picture:
    """`resize` without a second copy of the whole picture: the same values, bit for bit.

    Pillow shrinks lines first and columns then, with 8 bits in between; so lines can be done strip
    by strip. Reducing works on blocks of pixels, so strips of whole blocks do as well.

    Parameters
    ----------
    width, height: width >= height >= size; otherwise Pillow takes the columns first.
    pixels: uint8 [height*stride], packed RGB, `stride` bytes a line.
    """
    reducing = not exact and width * height > _LARGE
    # the factors that Image.resize takes for its reducing_gap
    across = int(width / size / _GAP) or 1 if reducing else 1
    down = int(height / size / _GAP) or 1 if reducing else 1
    narrow = Image.new("RGB", (-(-width // across) if reducing else size, -(-height // down)))
    lines = down * max(1, _STRIP // down)
    for top in range(0, height, lines):
        rows = min(lines, height - top)
        part = pixels[top * stride : (top + rows) * stride]
        strip = Image.frombuffer("RGB", (width, rows), part, "raw", "RGB", stride, 1)
        if reducing:
            strip = strip.reduce((across, down))
        else:
            strip = strip.resize((size, rows), Image.Resampling.BICUBIC)
        narrow.paste(strip, (0, top // down))
    # the last column and line may stand for fewer pixels than a whole factor
    box = (0, 0, width / across if reducing else size, height / down)
    return np.asarray(narrow.resize((size, size), Image.Resampling.BICUBIC, box=box))


def flatten(image: Image.Image) -> Image.Image:
    """RGB, with transparent pixels over black; of 16-bit greys the upper byte.

    Modes ``I`` and ``F`` are the caller's to refuse: what is white in them is not known.
    """
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        black = Image.new("RGBA", image.size, (0, 0, 0, 255))
        image = Image.alpha_composite(black, image)
    # convert copies even where there is nothing to do
    return image if image.mode == "RGB" else image.convert("RGB")


class PictureMaker:
    """Turns frames of one stream into pictures; it keeps the scalers between frames.

    Parameters
    ----------
    size: side of the square picture.
    exact: see `resize`; also keeps pictures of more than 8 bits on that road.
    """

    def __init__(self, size: int, exact: bool) -> None:
        self._size = size
        self._exact = exact
        self._full = VideoReformatter()
        self._direct = VideoReformatter()
        self._turns: dict[int, Turn] = {}
        self._field: tuple[tuple[int, int, str], av.filter.Graph] | None = None

    def __call__(self, frame: VideoFrame) -> Picture:
        """uint8 [size,size,3] RGB, upright."""
        # once for each rotation: PyAV frames whose side data was read live until a full collection
        if frame.rotation not in self._turns:
            self._turns[frame.rotation] = turn_of(frame)
        turn = self._turns[frame.rotation]
        matrix = _matrix(frame)
        transfer = _TRANSFERS.get(int(frame.color_trc))
        if frame.interlaced_frame:
            frame = self._one_field(frame)
        if transfer:
            wide = self._scale_direct(frame, "rgb48le", matrix)
            return _turn_array(tone_map(wide, transfer), turn)
        if frame.format.components[0].bits > 8 and not self._exact and not _has_alpha(frame):
            return _turn_array(self._scale_direct(frame, "rgb24", matrix), turn)
        # the default interpolation is what decord uses: the same pixels, bit for bit
        mode = "RGBA" if _has_alpha(frame) else "RGB"
        rgb = self._full.reformat(
            frame, format="rgba" if mode == "RGBA" else "rgb24", src_colorspace=matrix, threads=1
        )
        plane: Any = rgb.planes[0]
        # the order of turning and resizing shows in the last bit; upstream turns first
        if mode == "RGB" and turn == Turn() and rgb.width >= rgb.height >= self._size:
            pixels = np.frombuffer(plane, np.uint8)
            return resize_in_strips(
                pixels, rgb.width, rgb.height, plane.line_size, self._size, self._exact
            )
        image = Image.frombuffer(
            mode, (rgb.width, rgb.height), plane, "raw", mode, plane.line_size, 1
        )
        return resize(turn_image(flatten(image), turn), self._size, self._exact)

    def _scale_direct(self, frame: VideoFrame, to: str, matrix: Colorspace | None) -> Any:
        small = self._direct.reformat(
            frame,
            width=self._size,
            height=self._size,
            format=to,
            src_colorspace=matrix,
            interpolation=_DIRECT,
            threads=1,
        )
        return small.to_ndarray()

    def _one_field(self, frame: VideoFrame) -> VideoFrame:
        """The upper field alone: no combs, and half the height is still more than the tower's."""
        shape = (frame.width, frame.height, frame.format.name)
        if self._field is None or self._field[0] != shape:
            graph = av.filter.Graph()
            source = graph.add_buffer(
                width=frame.width,
                height=frame.height,
                format=frame.format,
                time_base=Fraction(1, 1000),  # a single frame has no need of a clock
            )
            field = graph.add("field", "type=top")
            source.link_to(field)
            field.link_to(graph.add("buffersink"))
            graph.configure()
            self._field = (shape, graph)
        graph = self._field[1]
        graph.push(frame)
        upper = graph.pull()
        assert isinstance(upper, VideoFrame)
        return upper


def _matrix(frame: VideoFrame) -> Colorspace | None:
    """The colour matrix to assume; None where the frame says it itself.

    Untagged video (and a tag that means nothing) is BT.709 from 1280x720 up and BT.601 below, as
    players take it.
    """
    tag = int(frame.colorspace)
    if tag in _KNOWN_MATRICES:
        return None
    if tag == _BT2020_CONSTANT:
        return Colorspace.BT2020
    high = max(frame.width, frame.height) >= 1280 or min(frame.width, frame.height) >= 720
    return Colorspace.ITU709 if high else Colorspace.ITU601


def _has_alpha(frame: VideoFrame) -> bool:
    return frame.format.name == "pal8" or any(c.is_alpha for c in frame.format.components)


def _turn_array(picture: Picture, turn: Turn) -> Picture:
    if turn.transpose:
        picture = picture.transpose(1, 0, 2)
    if turn.flip_x:
        picture = picture[:, ::-1]
    if turn.flip_y:
        picture = picture[::-1]
    return np.ascontiguousarray(picture)
