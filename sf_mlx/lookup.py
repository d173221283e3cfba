"""The search for a video in the cache: by all that its visual tokens depend on."""

from __future__ import annotations

import atexit
import hashlib
import os
import threading
import time
import weakref
from concurrent.futures import Future
from concurrent.futures import TimeoutError as StillUnknown
from contextlib import suppress
from dataclasses import replace
from functools import cache as once
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sf_mlx import trace
from sf_mlx.content import files_of, path_of
from sf_mlx.device import current
from sf_mlx.fingerprint import Files, Index, canonical
from sf_mlx.kept import LARGEST_HEADER, Kept
from sf_mlx.slowfast import Pool, SlowFast
from sf_mlx.video.open import shown_name
from sf_mlx.vision import frames_per_pass

if TYPE_CHECKING:
    from sf_mlx.cache import Cache
    from sf_mlx.models import Model
    from sf_mlx.slowfast import Aggregation
    from sf_mlx.video import Frames, Reading
    from sf_mlx.vision import VisualTokens

# Of what is kept; a new number finds nothing that older versions kept
FORMAT = 1
# Seconds to wait for a hash before decoding begins, where the cache knows a file of that size
PATIENCE = 1.0
# Seconds that a process which is about to end waits for hashes
GRACE = 5.0

# Of a video and of a tower; None where one could not be read
Digests = tuple[str, str] | None


def look_up(
    cache: Cache, video: Any, reading: Reading, pooling: Aggregation, model: Model
) -> Lookup | None:
    """Begin to look for a video; None for one that is never kept.

    Kept are files and folders of pictures. A pipe and arrays are not: there is nothing by which
    tomorrow's could be known before it is read.

    Parameters
    ----------
    video, reading, pooling: as `Model.open` has them.
    model: what sees; one that was not loaded from files keeps nothing.
    """
    # A pooling of the caller's own has no name that says what it does
    if type(pooling) not in (SlowFast, Pool) or not cache.size or model.tower is None:
        return None
    path = path_of(video)
    if path is None:
        return None
    try:
        files = files_of(path)
    except (OSError, ValueError):
        return None
    work = {
        "format": FORMAT,
        "code": code(),
        # FFmpeg's guess at a format looks at the name too
        "suffix": "" if os.path.isdir(path) else os.path.splitext(path)[1].lower(),
        # How much memory decoding takes changes no frame
        "reading": repr(replace(reading, low_memory=False)),
        "pooling": repr(pooling),
        "preprocess": repr(model.backbone.preprocess),
        "dtype": str(model.backbone.dtype),
        "frames a pass": frames_per_pass(current()),
        "machine": model.tower.facts,
    }
    return Lookup(cache, files, model, pooling, work, shown_name(path))


class Lookup:
    """The search for one video in the cache, and what keeps it there; made by `look_up`.

    What the visual tokens depend on is its key: the content of the file and its suffix, `Reading`
    and pooling, preprocessing, the weights of tower and projector, the dtype, the machine's kind,
    and the code with its libraries. Content and weights are hashed on a thread of their own unless
    the index knows them, so that the first question need not wait.
    """

    def __init__(
        self,
        cache: Cache,
        files: Files,
        model: Model,
        pooling: Aggregation,
        work: dict[str, Any],
        name: str,
    ) -> None:
        assert model.tower is not None
        backbone = model.backbone
        self._cache = cache
        self._files = files
        self._tower = model.tower.files
        self._work = work
        self._name = name
        self._facts = {"model": model.name, "spec": str(pooling)}
        self._pooling, self._patches = pooling, backbone.patches
        self._width, self._dtype = backbone.width, backbone.dtype
        self._largest = backbone.context * backbone.width * backbone.dtype.size + LARGEST_HEADER
        self._has_looked = False
        self._patience = PATIENCE if cache.holds_size(files.nbytes) else 0.0
        self._stop = threading.Event()
        self._digests = _hash(cache.index, (files, self._tower), self._stop)
        # Nobody waits for a hash any more when this is dropped
        weakref.finalize(self, self._stop.set).atexit = False

    def find(self) -> Kept | None:
        """What the cache holds; None where it holds nothing, and where that is not known yet.

        The first call waits a moment for a hash that promises a hit, others for nothing.
        """
        patience, self._patience = self._patience, 0.0
        if self._has_looked:
            return None
        try:
            digests = self._digests.result(patience)
        except StillUnknown:
            return None
        self._has_looked = True
        if digests is None or not self._is_unchanged():
            return None
        kept = self._cache.find(self._key(digests), self._files.nbytes, self._largest)
        if kept is None or kept.dtype != self._dtype:
            return None
        tokens = self._pooling.tokens(len(kept.times), self._patches)
        if kept.shape != (tokens, self._width):
            return None
        return kept.called(self._name)

    def keep(self, visual: VisualTokens, frames: Frames) -> None:
        """Keep what was seen, on a thread of its own; on the model's thread."""
        kept = Kept.of(visual, frames)
        if kept is not None:
            _start_keeper(self, kept)

    def store(self, kept: Kept) -> None:
        """Write it, once the hashes are known, if the files are still what was read."""
        digests = self._digests.result()
        if digests is not None and self._is_unchanged():
            self._cache.keep(self._key(digests), self._files.nbytes, kept, self._facts)

    def _is_unchanged(self) -> bool:
        """Whether video and weights are still what they were when they were opened."""
        return self._files.is_unchanged() and self._tower.is_unchanged()

    def _key(self, digests: tuple[str, str]) -> dict[str, Any]:
        video, tower = digests
        return {**self._work, "video": video, "tower": tower}

    def cancel(self) -> None:
        """Nobody needs it any more; what is being kept is given up if its hash is not known."""
        self._stop.set()


def _hash(index: Index, both: tuple[Files, Files], stop: threading.Event) -> Future[Digests]:
    """The digests of a video and a tower: from the index at once, or from a thread."""
    known = [index.get(files) for files in both]
    future: Future[Digests] = Future()
    if known[0] is not None and known[1] is not None:
        future.set_result((known[0], known[1]))
        return future

    def work() -> None:
        found: list[str] = []
        try:
            for files in both:
                with trace.span("hash", bytes=files.nbytes):
                    digest = index.digest(files, stop)
                if digest is None or not files.is_unchanged():
                    break
                found.append(digest)
        except OSError:
            pass
        finally:
            future.set_result((found[0], found[1]) if len(found) == len(both) else None)

    _stops.add(stop)
    threading.Thread(target=work, name="sf-mlx hash", daemon=True).start()
    return future


# --- threads that outlive a session -------------------------------------------------------------

_keepers: set[threading.Thread] = set()
_stops: weakref.WeakSet[threading.Event] = weakref.WeakSet()


def _start_keeper(lookup: Lookup, kept: Kept) -> None:
    def work() -> None:
        try:
            lookup.store(kept)
        finally:
            _keepers.discard(threading.current_thread())

    thread = threading.Thread(target=work, name="sf-mlx cache", daemon=True)
    _keepers.add(thread)
    thread.start()


def finish(seconds: float = GRACE) -> None:
    """Wait until everything is kept, not longer than some seconds for hashes; the rest is given up.

    A process that ends does so by itself.
    """
    end = time.monotonic() + seconds
    for thread in list(_keepers):
        thread.join(max(0.0, end - time.monotonic()))
    for stop in list(_stops):
        stop.set()
    for thread in list(_keepers):
        thread.join()


atexit.register(finish)


# --- what a key is made of ----------------------------------------------------------------------


@once
def code() -> str:
    """The code between a file and its visual tokens: ours, byte for byte, and its libraries."""
    import platform
    import sys

    import av
    import mlx.core as mx
    import numpy as np
    import PIL

    from sf_mlx import __version__

    root = Path(__file__).parent
    names = ("content", "device", "fingerprint", "kept", "lookup", "slowfast", "vision")
    files = [root / f"{name}.py" for name in names]
    for room in ("model", "video", "weights"):
        files += sorted((root / room).glob("*.py"))
    sources = hashlib.sha256()
    for file in files:
        with suppress(OSError):  # not where only compiled files are installed
            sources.update(canonical([file.name, file.read_text("utf-8")]).encode())
    libraries = [av.__version__, av.library_versions, PIL.__version__, np.__version__]
    mlx: str = mx.__version__  # type: ignore[attr-defined]
    processor = [sys.platform, platform.machine()]
    return canonical([__version__, sources.hexdigest(), libraries, mlx, processor])
