"""The two entries: what a source is, and its chosen frames."""

import os
import stat
import weakref
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from numbers import Integral

import numpy as np
import numpy.typing as npt
from PIL import Image

from sf_mlx.errors import TruncatedVideoError, UsageError
from sf_mlx.video import stills
from sf_mlx.video.choose import EVERYTHING, UPSTREAM_FRAMES, Selection, choose
from sf_mlx.video.container import check_file, local_path, printable
from sf_mlx.video.film import Film, open_film
from sf_mlx.video.info import VideoInfo
from sf_mlx.video.limits import DEFAULT_LIMITS, Limits, short
from sf_mlx.video.parallel import Shot
from sf_mlx.video.picture import Picture
from sf_mlx.video.pipe import Spooled, spool
from sf_mlx.video.stills import Stills
from sf_mlx.video.times import format_stretches, runs

Source = str | os.PathLike[str] | npt.NDArray[np.uint8] | Image.Image | Sequence[Image.Image]
Progress = Callable[[int, int], None]

# pixels; several times what any vision tower takes
_LARGEST_SIZE = 4096


@dataclass(frozen=True)
class Frame:
    """One chosen frame.

    Attributes
    ----------
    image: uint8 [size,size,3], upright RGB.
    time: seconds from the first frame of the video.
    index: its number in the order of showing, from 0.
    """

    image: Picture
    time: float
    index: int


@dataclass(eq=False)
class Frames(Iterator[Frame]):
    """The chosen frames in order, decoded ahead of the caller.

    Closing it releases the decoder, and so does forgetting it.

    It belongs to the thread that reads it: no other may close it, and it must not cross a fork.

    Attributes
    ----------
    info: what the video is.
    times: seconds of every frame that will come.
    note: why they are fewer than asked, or None.
    warnings: what is wrong with the file though it can be read; grows while reading.
    """

    info: VideoInfo
    times: tuple[float, ...]
    note: str | None
    warnings: list[str]
    _frames: Generator[Frame, None, None] = field(repr=False)
    _spooled: Spooled | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        # also where it is forgotten, and before the interpreter ends: it would wait for the threads
        self._release = weakref.finalize(self, _release, self._frames, self._spooled)

    @property
    def count(self) -> int:
        """How many frames will come."""
        return len(self.times)

    def __next__(self) -> Frame:
        return next(self._frames)

    def close(self) -> None:
        """Stop decoding; frames not yet taken are lost."""
        self._release()

    def __enter__(self) -> "Frames":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _release(frames: Generator[Frame, None, None], spooled: Spooled | None) -> None:
    try:
        frames.close()
    finally:
        if spooled is not None:
            spooled.close()


def probe(source: Source, *, limits: Limits = DEFAULT_LIMITS) -> VideoInfo:
    """Say what a video is without decoding it.

    Only an animated PNG, WebP or AVIF is decoded, once through: it has no index of its times.

    Parameters
    ----------
    source: see `read_frames`.

    Raises
    ------
    VideoError: a subclass for every way in which the source is not a readable video.
    """
    clip, spooled = _open_source(source, limits)
    if spooled is not None:
        spooled.close()
    return clip.info


def read_frames(
    source: Source,
    selection: Selection = EVERYTHING,
    *,
    default_frames: int = UPSTREAM_FRAMES,
    size: int = 336,
    exact: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress | None = None,
    hwaccel: bool = False,
) -> Frames:
    """Read chosen frames of a video, upright, in SDR colours, at their times.

    Parameters
    ----------
    source: a path (or ``file:///`` address) of a video, a picture or a folder of pictures; ``-``
        for standard input; uint8 [T,H,W,3]; or PIL images. Only local files are opened, and nothing
        that they name.
    selection: which frames; spread evenly over the whole video by default.
    default_frames: how many where the selection does not say.
    size: side of the square pictures, in pixels (the aspect is ignored, as upstream does).
    exact: resize large and 10-bit pictures the slow way too, as upstream does.
    progress: called with (frames done, frames in all) after each frame.
    hwaccel: decode with VideoToolbox on macOS, in software where it cannot. Not tried on a Mac.

    Returns
    -------
    An iterator; decoding starts with the first `next`.

    Raises
    ------
    UsageError: a source, size or selection that means nothing.
    VideoError: a subclass for every way in which the source is not a readable video.
    VideoRangeError: the selection lies outside the video.
    """
    whole = isinstance(size, Integral) and not isinstance(size, bool)
    if not whole or not 1 <= size <= _LARGEST_SIZE:
        raise UsageError(
            f"Pictures cannot be {short(size)} pixels wide: ask for a whole number from 1 to "
            f"{_LARGEST_SIZE}."
        )
    clip, spooled = _open_source(source, limits)
    try:
        if isinstance(clip, Film):
            clip.settle()
        indices, note = choose(
            selection,
            clip.times,
            clip.info.duration,
            loose=isinstance(clip, Stills),
            default_frames=default_frames,
            limits=limits,
        )
    except BaseException:
        if spooled is not None:
            spooled.close()
        raise
    distinct = [index for index, _ in groupby(indices)]
    if isinstance(clip, Film):
        shots = clip.pictures(distinct, size, exact, hwaccel)
    else:
        shots = clip.pictures(distinct, size, exact)
    times = tuple(float(clip.times[i]) for i in indices)
    produced = _produce(clip, shots, indices, times, progress)
    return Frames(clip.info, times, note, clip.warnings, produced, spooled)


def _open_source(source: Source, limits: Limits) -> tuple[Film | Stills, Spooled | None]:
    """What the source is, and the temporary file that has to live as long as it."""
    if isinstance(source, Image.Image):
        source = [source]
    if isinstance(source, np.ndarray):
        return stills.from_memory(source, limits), None
    if isinstance(source, str | os.PathLike | bytes):
        path = local_path(os.fsdecode(source))
        if path != "-":
            return _open_path(path, path, limits), None
        spooled = spool(None, limits)
        try:
            return _open_path(spooled.path, "-", limits), spooled
        except BaseException:
            spooled.close()
            raise
    return stills.from_memory(source, limits), None


def _open_path(path: str, name: str, limits: Limits) -> Film | Stills:
    name = printable(name)
    status = check_file(path, name)
    if stat.S_ISDIR(status.st_mode):
        return stills.from_folder(path, name, limits)
    if stills.is_still(path):
        return stills.from_file(path, name, limits)
    return open_film(path, name, limits)


def _produce(
    clip: Film | Stills,
    shots: Generator[Shot, None, None],
    indices: Sequence[int],
    times: Sequence[float],
    progress: Progress | None,
) -> Generator[Frame, None, None]:
    """Frames from shots: each repeated as often as it is wanted, gaps closed by neighbours."""
    done = 0
    try:
        mended = _mend(clip, shots, [time for time, _ in groupby(times)])
        for index, wanted in groupby(indices):
            picture = next(mended)
            if index == indices[-1]:
                next(mended, None)  # it sums up its warnings before the last frame is handed out
            for _ in wanted:
                frame = Frame(picture, times[done], index)
                done += 1
                if progress is not None:
                    progress(done, len(indices))
                yield frame
    finally:
        shots.close()


def _mend(clip: Film | Stills, shots: Iterator[Shot], times: Sequence[float]) -> Iterator[Picture]:
    """A picture for every shot; where there is none, the one before it (or the first after)."""
    replaced: list[int] = []
    corrupt: list[int] = []
    waiting = 0
    last: Picture | None = None
    for position, shot in enumerate(shots):
        if not shot.exact:
            replaced.append(position)
        elif shot.corrupt:
            corrupt.append(position)
        last = last if shot.picture is None else shot.picture
        waiting += 1
        if last is not None:
            for _ in range(waiting):
                yield last
            waiting = 0
    name = clip.info.name
    # loose pictures have no times that anybody knows, and are named one by one
    said = times if isinstance(clip, Film) else ()
    if last is None:
        raise TruncatedVideoError(
            f"{name}: no frame can be decoded. Download or copy the file again."
        )
    if replaced:
        clip.warnings.append(
            f"{name}: {_frames(replaced, said)} could not be decoded; the nearest ones are shown "
            "instead."
        )
    if corrupt:
        clip.warnings.append(f"{name}: {_frames(corrupt, said)} damaged; parts may be wrong.")


def _frames(positions: Sequence[int], times: Sequence[float]) -> str:
    """How many of the wanted frames, and where in the video."""
    count = "1 frame" if len(positions) == 1 else f"{len(positions)} frames"
    if not times:
        return count
    stretches = [(times[int(a)], times[int(b)]) for a, b in runs(positions, 1)]
    return f"{count} ({format_stretches(stretches)})"
