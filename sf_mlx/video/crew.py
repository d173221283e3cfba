"""Several readers on one file, each on its own thread, their pictures in order."""

import threading
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from sf_mlx import trace
from sf_mlx.video.info import Shot
from sf_mlx.video.open import LocalFile, Opened
from sf_mlx.video.parallelism import Parallelism
from sf_mlx.video.picture import PictureMaker
from sf_mlx.video.reader import Found, Reader
from sf_mlx.video.timeline import Timeline

# finished pictures that may wait for the caller (336x336: 0.3 MB each), and their bytes
_AHEAD = 64
_AHEAD_BYTES = 32_000_000


def pictures_ahead(size: int) -> int:
    """How many finished pictures, size x size pixels, may wait for the caller."""
    return min(_AHEAD, max(2, _AHEAD_BYTES // (3 * size**2)))


@dataclass(frozen=True)
class Assignment:
    """How to read and draw: what every reader of a crew is told.

    Attributes
    ----------
    seek: see `Reader`.
    size, exact: see `PictureMaker`.
    hwaccel: see `Reading`.
    """

    file: LocalFile
    timeline: Timeline
    seek: bool
    size: int
    exact: bool
    hwaccel: bool
    parallelism: Parallelism


class Crew:
    """The readers of one file, and what they share: the next run, what is finished, when to stop.

    Parameters
    ----------
    runs: the positions 0 ... len(stamps)-1, in order, split where a reader may start anew.
    stamps: pts of the wanted frames, ascending, distinct.
    opened: the file at its beginning, for one of the readers, which closes it.
    """

    def __init__(
        self,
        told: Assignment,
        runs: Sequence[Sequence[int]],
        stamps: Sequence[int],
        opened: Opened | None = None,
    ) -> None:
        self._told = told
        self._runs = iter(runs)
        self._stamps = stamps
        self._opened = opened
        self._wanted = 0  # the position that the caller waits for
        self._shots: dict[int, Shot] = {}
        self._error: BaseException | None = None
        self._stop = False
        self._changed = threading.Condition()
        self._ahead = pictures_ahead(told.size)
        self.taken = 0  # shots that the caller has

    def shots_in_order(self) -> Generator[Shot, None, None]:
        """One shot for each stamp, in order, decoded ahead on the readers' threads."""
        threads = [
            threading.Thread(target=self.work, name=f"video-reader-{i}", daemon=True)
            for i in range(self._told.parallelism.readers)
        ]
        try:
            for thread in threads:
                thread.start()
            for position in range(len(self._stamps)):
                yield self.shot(position)
        finally:
            self.stop()
            for thread in threads:
                if thread.ident is not None:
                    thread.join()

    def work(self) -> None:
        """One thread: read runs (positions in `stamps`) until none is left."""
        told = self._told
        drawers = told.parallelism.drawers
        try:
            reader = Reader(
                told.file,
                told.timeline,
                threads=told.parallelism.threads,
                seek=told.seek,
                hwaccel=told.hwaccel,
                cancelled=lambda: self._stop,
                opened=self._take_opened(),
            )
            # a maker belongs to one drawer at a time
            makers = [PictureMaker(told.size, told.exact) for _ in range(max(1, drawers))]
            drawn: deque[Future[None]] = deque()
            with ThreadPoolExecutor(max(1, drawers), "video-drawer") as drawing, reader:
                while run := self._take():
                    position = {self._stamps[i]: i for i in run}
                    frames = reader.read([self._stamps[i] for i in run])
                    while True:
                        with trace.span("decode"):
                            found = next(frames, None)
                        if found is None:
                            break
                        if drawn and len(drawn) == drawers:
                            drawn.popleft().result()
                        i = position.pop(found.target)
                        self._wait_for_room(i)
                        if drawers:
                            drawn.append(drawing.submit(self._draw, i, found, makers))
                        else:
                            self._draw(i, found, makers)
                        del found  # the drawer holds the frame; a 4K one has 12 MB
                        reader.lap.resume()
                    for i in position.values():
                        self._wait_for_room(i)
                        self._deliver(i, Shot(None, hit=False))
                for last in drawn:
                    last.result()
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
        if opened is not None and not self._told.parallelism.drawers:
            # Memory is short: what probing took is used again only by the thread that opens
            opened.container.close()
            return None
        return opened

    def _draw(self, position: int, found: Found, makers: list[PictureMaker]) -> None:
        """Make the picture of a frame and hand it over."""
        make = makers.pop()
        try:
            with trace.span("draw"):
                shot = Shot(make(found.frame), found.hit, found.corrupt)
        finally:
            makers.append(make)
        self._deliver(position, shot)

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
                self.taken = position + 1
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
