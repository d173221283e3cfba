"""Several readers on one file, each on its own thread, their pictures in order.

The decoder releases the interpreter, so readers scale with cores; frame threads inside one decoder
lose their pipeline at every seek.
"""

import threading
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from sf_mlx.video.limits import Limits, Stopwatch
from sf_mlx.video.picture import Picture, PictureMaker
from sf_mlx.video.reader import Found, Reader
from sf_mlx.video.timeline import Timeline

# finished pictures that may wait for the caller (336x336: 0.3 MB each), and their bytes
_AHEAD = 64
_AHEAD_BYTES = 32_000_000


@dataclass(frozen=True)
class Shot:
    """The picture for one target, or None where the file gives none near it.

    `exact`: the asked frame and not its neighbour; `corrupt`: the decoder found it damaged.
    """

    picture: Picture | None
    exact: bool
    corrupt: bool = False


@dataclass(frozen=True)
class Job:
    """How to read and draw: what every reader is told."""

    path: str
    name: str
    timeline: Timeline
    limits: Limits
    watch: Stopwatch
    size: int
    exact: bool
    hwaccel: bool
    seek: bool
    readers: int
    threads: int
    draw_ahead: bool


class _Crew:
    """What the threads share: which run is next, what is finished, whether to stop."""

    def __init__(self, job: Job, runs: Sequence[Sequence[int]]) -> None:
        self._job = job
        self._runs = iter(runs)
        self._wanted = 0  # the position that the caller waits for
        self._shots: dict[int, Shot] = {}
        self._error: BaseException | None = None
        self._stop = False
        self._changed = threading.Condition()
        self._ahead = min(_AHEAD, max(2, _AHEAD_BYTES // (3 * job.size**2)))

    def work(self, stamps: Sequence[int]) -> None:
        """One thread: read runs (positions in `stamps`) until none is left."""
        job = self._job
        try:
            reader = Reader(
                job.path,
                job.name,
                job.timeline,
                job.limits,
                threads=job.threads,
                seek=job.seek,
                hwaccel=job.hwaccel,
                cancelled=lambda: self._stop,
                watch=job.watch,
            )
            make = PictureMaker(job.size, job.exact)
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
                        if job.draw_ahead:
                            drawn = drawer.submit(self._draw, i, found, make)
                        else:
                            self._draw(i, found, make)
                        del found  # the drawer holds the frame; a 4K one has 12 MB
                        reader.watch.resume()
                    for i in position.values():
                        self._wait_for_room(i)
                        self._deliver(i, Shot(None, exact=False))
                if drawn is not None:
                    drawn.result()
        except BaseException as error:
            with self._changed:
                self._error = self._error or error
                self._changed.notify_all()

    def _take(self) -> Sequence[int]:
        with self._changed:
            return () if self._stop or self._error else next(self._runs, ())

    def _draw(self, position: int, found: Found, make: PictureMaker) -> None:
        self._deliver(position, Shot(make(found.frame), found.exact, found.corrupt))

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
        with self._changed:
            self._stop = True
            self._changed.notify_all()


def shots_in_order(
    job: Job, runs: Sequence[Sequence[int]], stamps: Sequence[int]
) -> Generator[Shot, None, None]:
    """One shot for each stamp, in order, decoded ahead on `job.readers` threads.

    Parameters
    ----------
    runs: the positions 0 ... len(stamps)-1, in order, split where a reader may start anew.
    stamps: pts of the wanted frames, ascending, distinct.
    """
    crew = _Crew(job, runs)
    threads = [
        threading.Thread(target=crew.work, args=(stamps,), name=f"video-reader-{i}", daemon=True)
        for i in range(job.readers)
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
