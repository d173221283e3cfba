"""A folder is watched: each new movie is answered once it has finished copying."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from sf_mlx.cache import Cache
from sf_mlx.errors import SfMlxError, VideoError
from sf_mlx.fingerprint import stamp_of
from sf_mlx.many import Result
from sf_mlx.movie_note import Kind
from sf_mlx.settling import Settling
from sf_mlx.video import probe
from sf_mlx.watched_folder import WatchedFolder

# For each of these videos the results of all questions, as soon as they are known
Ask = Callable[[Sequence[str]], Iterator[list[Result]]]


@dataclass(frozen=True)
class Pace:
    """How long is waited, in seconds.

    Attributes
    ----------
    settle: a movie is complete when it has not changed for this time.
    patience: one that does not open may be a copy that halts; after this time it is broken.
    look: between two looks at a folder in which nothing happens, where the system's events may not
        come: network drives.
    """

    settle: float = 3.0
    patience: float = 30.0
    look: float = 10.0


@dataclass(frozen=True)
class Treated:
    """What became of a movie.

    Attributes
    ----------
    movie: its path.
    output: the text that was written; None where there is none.
    error: why there is none; None too where the movie is still being copied.
    """

    movie: str
    output: Path | None = None
    error: SfMlxError | None = None


def watch(
    folder: str | os.PathLike[str],
    load: Callable[[], Ask],
    *,
    kind: Kind = "md",
    once: bool = False,
    pace: Pace = Pace(),
    cache: Cache | None = None,
) -> Iterator[Treated]:
    """Answer every movie of a folder that has no text yet, and every one that comes; endless.

    Parameters
    ----------
    folder: where; the folders in it are not looked at.
    load: gives what answers; called at the beginning, with `once` only if there is work.
    kind: of the texts.
    once: end when what is there is treated; what is still being copied comes last, with neither
        output nor error.
    pace: how long is waited.
    cache: what remembers contents, so that the next start reads no movie again.

    Raises
    ------
    VideoNotFoundError: the folder is missing, or goes away.
    OutputError: it cannot be written, or another process watches it.
    ModelError: of `load`, or the model turns out to be broken.
    """
    with (
        WatchedFolder(folder, kind, cache) as watched,
        _Events(watched.folder, not once) as events,
    ):
        ask = None if once else load()
        settling = Settling(pace.settle)
        settling.look(watched.movies(), time.monotonic())
        if once and settling.pending:
            time.sleep(pace.settle)
        while True:
            calm = settling.look(watched.movies(), time.monotonic())
            patience = 0 if once else pace.patience
            ready = _ready(watched, settling, calm, patience)
            if ready:
                ask = ask or load()
                yield from _treat(watched, settling, ask, ready)
            elif not once:
                events.wait(pace.settle if settling.pending else pace.look)
            if once:
                yield from map(Treated, settling.pending)
                return


def _ready(
    watched: WatchedFolder, settling: Settling, calm: dict[str, float], patience: float
) -> list[str]:
    """The movies whose turn has come: complete, not known, and of each content one."""
    ready: dict[str, str] = {}
    for path, seconds in calm.items():
        content = watched.content(path)
        if watched.has(path, content) or (content or path) in ready:
            settling.done(path)
        elif seconds >= patience or _opens(path):
            ready[content or path] = path
    return list(ready.values())


def _opens(path: str) -> bool:
    try:
        probe(path)
    except VideoError:
        return False
    return True


def _treat(
    watched: WatchedFolder, settling: Settling, ask: Ask, paths: Sequence[str]
) -> Iterator[Treated]:
    for path, results in zip(paths, ask(paths), strict=True):
        content = watched.content(path)
        if stamp_of(path) is None or any(result.content != content for result in results):
            continue  # it changed, moved or went away: the next look finds it
        settling.done(path)
        error = next((result.error for result in results if result.error is not None), None)
        records = [result.record for result in results if result.record is not None]
        output = None
        if error is None and content is not None:
            try:
                output = watched.answered(path, content, records)
            except VideoError as unnamed:
                error = unnamed
        if error is not None:
            watched.failed(path, content, error)
        yield Treated(path, output, error)


class _Events:
    """Something has happened in a folder, as the system tells; time alone where it does not."""

    def __init__(self, folder: Path, wanted: bool) -> None:
        self._happened = threading.Event()
        self._stop = threading.Event()
        if wanted:
            thread = threading.Thread(target=self._listen, args=(str(folder),), daemon=True)
            thread.start()

    def _listen(self, folder: str) -> None:
        from watchfiles import watch as changes

        try:
            for _ in changes(
                folder,
                watch_filter=None,
                recursive=False,
                stop_event=self._stop,
                rust_timeout=1000,
                raise_interrupt=False,
            ):
                self._happened.set()
        except Exception:
            # No events on this file system, too many watches, a name that is no text: looking
            # from time to time finds everything too
            return

    def wait(self, seconds: float) -> None:
        """Until something happens, for this time at most."""
        self._happened.wait(seconds)
        self._happened.clear()

    def __enter__(self) -> _Events:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
