"""The two entries: what a source is, and its chosen frames."""

import os
import weakref
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import groupby
from numbers import Integral

import numpy as np
import numpy.typing as npt
from PIL import Image

from sf_mlx.errors import TruncatedVideoError, UsageError
from sf_mlx.video import stills
from sf_mlx.video.ahead import Ahead
from sf_mlx.video.film import open_film
from sf_mlx.video.headers import is_still
from sf_mlx.video.info import Clip, Shot, VideoInfo
from sf_mlx.video.limits import DEFAULT_LIMITS, Limits, short
from sf_mlx.video.open import find_file, local_path
from sf_mlx.video.picture import Picture
from sf_mlx.video.pipe import spool
from sf_mlx.video.select import UPSTREAM_FRAMES, Reading, Selection, choose
from sf_mlx.video.times import format_stretches, runs

FilePath = str | os.PathLike[str]
Source = FilePath | npt.NDArray[np.uint8] | Image.Image | Sequence[Image.Image]

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

    It holds its file open. Closing it releases the file and the decoder, and so does forgetting it.

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
    _frames: Iterator[Frame] = field(repr=False)
    _kept: ExitStack = field(repr=False)

    def __post_init__(self) -> None:
        # also where it is forgotten, and before the interpreter ends: it would wait for the threads
        self._release = weakref.finalize(self, self._kept.close)

    @property
    def count(self) -> int:
        """How many frames will come."""
        return len(self.times)

    def __next__(self) -> Frame:
        return next(self._frames)

    def read_ahead(self) -> None:
        """Decode all of them now, on a thread of their own, while the caller does something else.

        They wait in memory; what goes wrong is raised by the `next` whose turn it is. Before the
        first `next` only.
        """
        ahead = Ahead(self._frames)
        self._frames = ahead
        # Closed first: a generator may only be closed where it runs, or after that
        self._kept.callback(ahead.close)

    def close(self) -> None:
        """Stop decoding; frames not yet taken are lost."""
        self._release()

    def __enter__(self) -> "Frames":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def probe(source: Source, *, limits: Limits = DEFAULT_LIMITS) -> VideoInfo:
    """Say what a video is without decoding it.

    Only an animated PNG, WebP or AVIF is decoded, once through: it has no index of its times.

    Parameters
    ----------
    source: see `read_frames`.
    limits: what it may cost at most.

    Raises
    ------
    VideoError: a subclass for every way in which the source is not a readable video.
    """
    with ExitStack() as kept:
        return _open(source, limits, kept).info


def read_frames(
    source: Source,
    reading: Reading | Selection = Reading(),
    *,
    size: int = 336,
    default_frames: int = UPSTREAM_FRAMES,
) -> Frames:
    """Read chosen frames of a video, upright, in SDR colours, at their times.

    Parameters
    ----------
    source: a path (or ``file:///`` address) of a video, a picture or a folder of pictures; ``-``
        for standard input; uint8 [T,H,W,3]; or PIL images. Only local files are opened, and nothing
        that they name.
    reading: which frames, spread evenly over the whole video by default, and how they are read; a
        `Selection` stands for a `Reading` of nothing else.
    size: side of the square pictures, in pixels (the aspect is ignored, as upstream does).
    default_frames: how many where the selection does not say.

    Returns
    -------
    An iterator; decoding starts with the first `next`.

    Raises
    ------
    UsageError: a source, size or selection that means nothing.
    VideoError: a subclass for every way in which the source is not a readable video.
    VideoRangeError: the selection lies outside the video.
    """
    if isinstance(source, Reel):
        return source.frames(reading, size=size, default_frames=default_frames)
    if isinstance(reading, Selection):
        reading = Reading(reading)
    _check_size(size)
    with ExitStack() as kept:
        clip = _open(source, reading.limits, kept)
        clip.settle(reading)
        return _frames_of(clip, reading, size, default_frames, kept)


class Reel(os.PathLike[str]):
    """A source that stays open: its timeline is read once, and frames of it as often as wanted.

    It stands for its path wherever a video is asked for. The frames of one call may be read while
    those of another are; they tell their own damage, and all that of the file.

    Parameters
    ----------
    source: a path or "-", as for `read_frames`.
    limits: what it may cost at most, all its frames together.

    Attributes
    ----------
    info: what the video is.

    Raises
    ------
    VideoError: see `read_frames`.
    """

    def __init__(self, source: FilePath, limits: Limits = DEFAULT_LIMITS) -> None:
        self._source = os.fspath(source)
        with ExitStack() as kept:
            self._clip = _open(source, limits, kept)
            self._clip.settle(Reading(limits=limits))
            self.info = self._clip.info
            # also where it is forgotten
            self._release = weakref.finalize(self, kept.pop_all().close)

    def __fspath__(self) -> str:
        return self._source

    def frames(
        self,
        reading: Reading | Selection = Reading(),
        *,
        size: int = 336,
        default_frames: int = UPSTREAM_FRAMES,
    ) -> Frames:
        """As `read_frames`; of the limits, only that of the number of frames is the reading's."""
        if isinstance(reading, Selection):
            reading = Reading(reading)
        _check_size(size)
        with ExitStack() as kept:
            return _frames_of(self._clip.beside(), reading, size, default_frames, kept)

    def close(self) -> None:
        """Release the file; frames that are still being read are lost."""
        self._release()

    def __enter__(self) -> "Reel":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _check_size(size: int) -> None:
    whole = isinstance(size, Integral) and not isinstance(size, bool)
    if not whole or not 1 <= size <= _LARGEST_SIZE:
        raise UsageError(
            f"Pictures cannot be {short(size)} pixels wide: ask for a whole number from 1 to "
            f"{_LARGEST_SIZE}."
        )


def _frames_of(
    clip: Clip, reading: Reading, size: int, default_frames: int, kept: ExitStack
) -> Frames:
    """The chosen frames of a clip that is settled; what `kept` holds is released after them."""
    indices, note = choose(
        reading.selection,
        clip.times,
        clip.info.duration,
        loose=not clip.timed,
        default_frames=default_frames,
        limits=reading.limits,
    )
    shots = clip.pictures([index for index, _ in groupby(indices)], size, reading)
    times = tuple(float(clip.times[i]) for i in indices)
    produced = _produce(clip, shots, indices, times)
    # last in, first out: the readers end before their file is closed
    kept.callback(produced.close)
    return Frames(clip.info, times, note, clip.warnings, produced, kept.pop_all())


def _open(source: Source, limits: Limits, kept: ExitStack) -> Clip:
    """What the source is; `kept` gets what has to be released after it."""
    clip: Clip
    if isinstance(source, Image.Image):
        source = [source]
    if not isinstance(source, str | os.PathLike | bytes):
        return stills.from_memory(source, limits)
    path = name = local_path(os.fsdecode(source))
    if path == "-":
        spooled = spool(None, limits)
        kept.callback(spooled.close)
        path = spooled.path
    file = find_file(path, name, limits)
    if file.folder:
        clip = stills.from_folder(file)
    elif is_still(file.header.head):
        clip = stills.from_file(file)
    else:
        clip = open_film(file)
    kept.callback(clip.close)
    return clip


def _produce(
    clip: Clip, shots: Generator[Shot, None, None], indices: Sequence[int], times: Sequence[float]
) -> Generator[Frame, None, None]:
    """Frames from shots: each repeated as often as it is wanted.

    Where a shot has no picture, it gets the one before it (or the first after).
    """
    wanted = list(zip(indices, times, strict=True))
    distinct = [pair for pair, _ in groupby(wanted)]
    said = [time for _, time in distinct] if clip.timed else []
    damage = _Damage([], [])
    last: Picture | None = None
    done = ready = 0
    with closing(shots):
        for position, shot in enumerate(shots):
            damage.note(position, shot)
            last = last if shot.picture is None else shot.picture
            while ready < len(wanted) and wanted[ready] == distinct[position]:
                ready += 1
            if ready == len(wanted) and last is not None:
                shots.close()
                # before the last frame is handed out
                clip.warnings.extend(damage.warnings(clip.info.name, said))
            if last is not None:
                for index, time in wanted[done:ready]:
                    yield Frame(last, time, index)
                done = ready
    if last is None:
        raise TruncatedVideoError(
            f"{clip.info.name}: no frame can be decoded. Download or copy the file again."
        )


@dataclass(frozen=True)
class _Damage:
    """Positions of shots that are not what was wanted: replaced by a neighbour, or damaged."""

    replaced: list[int]
    corrupt: list[int]

    def note(self, position: int, shot: Shot) -> None:
        if not shot.hit:
            self.replaced.append(position)
        elif shot.corrupt:
            self.corrupt.append(position)

    def warnings(self, name: str, times: Sequence[float]) -> Iterator[str]:
        """What to tell; `times`: seconds of every shot, empty where nobody knows them."""
        if self.replaced:
            yield (
                f"{name}: {_frames(self.replaced, times)} could not be decoded; the nearest ones "
                "are shown instead."
            )
        if self.corrupt:
            yield f"{name}: {_frames(self.corrupt, times)} damaged; parts may be wrong."


def _frames(positions: Sequence[int], times: Sequence[float]) -> str:
    """How many of the wanted frames, and where in the video."""
    count = "1 frame" if len(positions) == 1 else f"{len(positions)} frames"
    if not times:
        return count
    stretches = [(times[int(a)], times[int(b)]) for a, b in runs(positions, 1)]
    return f"{count} ({format_stretches(stretches)})"
