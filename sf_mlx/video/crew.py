"""Several readers on one file, each on its own thread, their pictures in order; and how many.

The decoder releases the interpreter, so readers scale with cores; frame threads inside one decoder
lose their pipeline at every seek.
"""

import threading
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from av.video.format import VideoFormat

from sf_mlx.device import cores
from sf_mlx.video.info import Shot, VideoInfo
from sf_mlx.video.open import LocalFile, Opened
from sf_mlx.video.picture import PictureMaker
from sf_mlx.video.reader import Found, Reader
from sf_mlx.video.timeline import Timeline

# finished pictures that may wait for the caller (336x336: 0.3 MB each), and their bytes
_AHEAD = 64
_AHEAD_BYTES = 32_000_000

# These keep reading under 200 MB. A reader was measured at 26 bytes for each pixel of its pictures
# (36 with 10 bits), a further thread in one decoder at three pictures.
_READERS_BYTES = 150_000_000
_THREADS_BYTES = 32_000_000
_MAX_READERS = 4
_MAX_THREADS = 8


@dataclass(frozen=True)
class Assignment:
    """How to read and draw: what every reader of a crew is told.

    Attributes
    ----------
    seek: see `Reader`.
    size, exact: see `PictureMaker`.
    hwaccel: see `Reading`.
    readers: threads that read, each with the file open.
    threads: of the decoder of each.
    draw_ahead: whether one picture is drawn while the next is decoded.
    """

    file: LocalFile
    timeline: Timeline
    seek: bool
    size: int
    exact: bool
    hwaccel: bool
    readers: int
    threads: int
    draw_ahead: bool


class _Crew:
    """What the threads share: which run is next, what is finished, whether to stop."""

    def __init__(
        self, told: Assignment, runs: Sequence[Sequence[int]], opened: Opened | None
    ) -> None:
        self._told = told
        self._runs = iter(runs)
        self._opened = opened
        self._wanted = 0  # the position that the caller waits for
        self._shots: dict[int, Shot] = {}
        self._error: BaseException | None = None
        self._stop = False
        self._changed = threading.Condition()
        self._ahead = min(_AHEAD, max(2, _AHEAD_BYTES // (3 * told.size**2)))

    def work(self, stamps: Sequence[int]) -> None:
        """One thread: read runs (positions in `stamps`) until none is left."""
        told = self._told
        try:
            reader = Reader(
                told.file,
                told.timeline,
                threads=told.threads,
                seek=told.seek,
                hwaccel=told.hwaccel,
                cancelled=lambda: self._stop,
                opened=self._take_opened(),
            )
            make = PictureMaker(told.size, told.exact)
            # one frame is drawn while the next is decoded, where memory allows
            with ThreadPoolExecutor(1, "video-drawer") as drawer, reader:
                drawn: Future[None] | None = None
                while run := self._take():
                    position = {stamps[i]: i for i in run}
                    for found in reader.read([stamps[i] for i in run]):
                        if drawn is not None:
                            drawn.result()
                        i = position.pop(found.target)
                        self._wait_for_room(i)
                        if told.draw_ahead:
                            drawn = drawer.submit(self._draw, i, found, make)
                        else:
                            self._draw(i, found, make)
                        del found  # the drawer holds the frame; a 4K one has 12 MB
                        reader.lap.resume()
                    for i in position.values():
                        self._wait_for_room(i)
                        self._deliver(i, Shot(None, hit=False))
                if drawn is not None:
                    drawn.result()
        except BaseException as error:
            with self._changed:
                self._error = self._error or error
                self._changed.notify_all()

    def _take(self) -> Sequence[int]:
        with self._changed:
            return () if self._stop or self._error else next(self._runs, ())

    def _take_opened(self) -> Opened | None:
        """The file that is open already, for the first who asks."""
        with self._changed:
            opened, self._opened = self._opened, None
        if opened is not None and not self._told.draw_ahead:
            # Memory is short: what probing took is used again only by the thread that opens
            opened.container.close()
            return None
        return opened

    def _draw(self, position: int, found: Found, make: PictureMaker) -> None:
        self._deliver(position, Shot(make(found.frame), found.hit, found.corrupt))

    def _wait_for_room(self, position: int) -> None:
        """Wait while the caller is far behind.

        The drawers must not be the ones to wait: the interpreter joins them before it ends.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._stop or position < self._wanted + self._ahead)

    def _deliver(self, position: int, shot: Shot) -> None:
        """Hand a shot over."""
        with self._changed:
            self._shots[position] = shot
            self._changed.notify_all()

    def shot(self, position: int) -> Shot:
        """Wait for a shot; raises what stopped a thread where it will not come."""
        with self._changed:
            self._wanted = position
            self._changed.notify_all()
            self._changed.wait_for(lambda: position in self._shots or self._error)
            if position in self._shots:
                return self._shots.pop(position)
            assert self._error is not None
            raise self._error

    def stop(self) -> None:
        """Let the threads end, and release what none of them took."""
        if opened := self._take_opened():
            opened.container.close()
        with self._changed:
            self._stop = True
            self._changed.notify_all()


def shots_in_order(
    told: Assignment,
    runs: Sequence[Sequence[int]],
    stamps: Sequence[int],
    opened: Opened | None = None,
) -> Generator[Shot, None, None]:
    """One shot for each stamp, in order, decoded ahead on `told.readers` threads.

    Parameters
    ----------
    runs: the positions 0 ... len(stamps)-1, in order, split where a reader may start anew.
    stamps: pts of the wanted frames, ascending, distinct.
    opened: the file at its beginning, for one of the readers, which closes it.
    """
    crew = _Crew(told, runs, opened)
    del opened  # its decoder would stay as long as this frame
    threads = [
        threading.Thread(target=crew.work, args=(stamps,), name=f"video-reader-{i}", daemon=True)
        for i in range(told.readers)
    ]
    try:
        for thread in threads:
            thread.start()
        for position in range(len(stamps)):
            yield crew.shot(position)
    finally:
        crew.stop()
        for thread in threads:
            if thread.ident is not None:
                thread.join()


def readers_and_threads(info: VideoInfo, runs: int, hwaccel: bool) -> tuple[int, int]:
    """Readers side by side, and threads in the decoder of each.

    Parameters
    ----------
    runs: stretches that can be decoded on their own. Where there are enough, readers share them:
        threads inside one decoder lose their pipeline at every seek.
    hwaccel: one reader (whether several hardware decoders pay was not measured on a Mac).
    """
    pixels = info.stored_width * info.stored_height
    readers = min(_MAX_READERS, cores(), _READERS_BYTES // (pixels * (36 if _deep(info) else 26)))
    if readers > 1 and runs >= 2 * readers and not hwaccel:
        return readers, 1
    return 1, threads_alone(info)


def threads_alone(info: VideoInfo) -> int:
    """Threads for one decoder that works alone."""
    picture = info.stored_width * info.stored_height * (3 if _deep(info) else 1.5)
    return min(_MAX_THREADS, cores(), 1 + int(_THREADS_BYTES // (3 * picture)))


def draws_ahead(info: VideoInfo) -> bool:
    """Whether memory allows to draw one picture while the next is decoded (not from 4K up)."""
    pixels = info.stored_width * info.stored_height
    # the decoder's next picture, and RGB
    return pixels * ((3 if _deep(info) else 1.5) + 3) <= _THREADS_BYTES


def _deep(info: VideoInfo) -> bool:
    """Whether a component has more than 8 bits."""
    try:
        return VideoFormat(info.pixel_format).components[0].bits > 8
    except (ValueError, IndexError):  # a format that is not known before the first frame
        return False
