"""Read files ahead of those who describe them: what they hold, and how long they are."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

from sf_mlx.errors import VideoError, VideoNotFoundError, printable
from sf_mlx.fingerprint import Files, Stretch
from sf_mlx.library.describer import Describer
from sf_mlx.library.store import Content, KnownFile, stamp_text

# Files beside the one that is taken: its successor is begun while it is described
_AHEAD = 2


@dataclass(frozen=True)
class Job:
    """A file to look into.

    Attributes
    ----------
    path: where it is.
    before: as it was last seen, where it has not changed since.
    """

    path: str
    before: KnownFile | None


@dataclass(frozen=True)
class Seen:
    """What a file says of itself.

    Attributes
    ----------
    content: what it holds; None where that is known, or the file cannot be read.
    duration: seconds, None where it is no clip that can be read.
    problem: why not, for people.
    lasting: the problem lies in the content, and is there until that changes.
    """

    content: Content | None = None
    duration: float | None = None
    problem: str | None = None
    lasting: bool = False


def read_content(path: str, stop: Event | None = None) -> Content | None:
    """Read a file through; None where `stop` was set meanwhile.

    Raises
    ------
    OSError, ValueError: it cannot be read.
    """
    files = Files.now([Stretch("", path)])
    digest = files.digest(stop)
    if digest is None:
        return None
    return Content(bytes.fromhex(digest), stamp_text(files.stamps[0]), files.is_unchanged())


def read_ahead(
    jobs: Iterable[Job], describer: Describer
) -> Generator[tuple[Job, Seen], None, None]:
    """Look into each file in order; the next ones are read by a thread meanwhile."""
    stop = Event()
    reader = ThreadPoolExecutor(1, "sf-mlx-library")
    reading: deque[tuple[Job, Future[Seen]]] = deque()
    rest = iter(jobs)
    try:
        while True:
            while len(reading) <= _AHEAD and (job := next(rest, None)):
                reading.append((job, reader.submit(_look_into, job, describer, stop)))
            if not reading:
                return
            job, seen = reading.popleft()
            yield job, seen.result()
    finally:
        stop.set()
        reader.shutdown(wait=True, cancel_futures=True)


def _look_into(job: Job, describer: Describer, stop: Event) -> Seen:
    content = None
    try:
        if job.before is None:
            content = read_content(job.path, stop)
            if content is None:
                return Seen(problem="nobody waits for it any more")
        return Seen(content, describer.duration(job.path))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Seen(problem=f"{printable(job.path)}: cannot be read ({reason}).")
    except VideoNotFoundError as error:
        return Seen(problem=str(error))
    except VideoError as error:
        return Seen(content, problem=str(error), lasting=True)
