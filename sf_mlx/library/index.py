"""Describe clips, each content once: what is new is read and described, all else only noted."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Literal

from sf_mlx.clips import Found
from sf_mlx.errors import VideoError, VideoNotFoundError, printable
from sf_mlx.fingerprint import stamp_of
from sf_mlx.library.describer import Describer, Pending
from sf_mlx.library.reading import Job, Seen, read_ahead
from sf_mlx.library.store import KnownContent, KnownFile, Store, Stretch, stamp_text
from sf_mlx.library.stretches import stretches, whole

# Seconds until what is missing is forgotten: a disk that is not plugged in comes back
GRACE = 30 * 86_400.0

# Descriptions of one clip that may fail before any succeeds; each may take minutes
_TRIES = 3

State = Literal["described", "known", "moved", "broken", "missing"]
# The clip that is waited for, and the share of all the work that is done
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Indexed:
    """What became of one file.

    Attributes
    ----------
    path: where it is.
    state: "described" now; "known", nothing was to be done; "moved", what it holds was known under
        another name; "broken", it, or a stretch of it, cannot be read; "missing", it is no more.
    count: descriptions that were made.
    problem: what was wrong, for people.
    is_new: it was not known before.
    warnings: what to know before the descriptions are believed.
    share: of all the work, as far as it is known, what is done now, 0 to 1.
    """

    path: str
    state: State
    count: int = 0
    problem: str | None = None
    is_new: bool = False
    warnings: tuple[str, ...] = ()
    share: float = 0.0


@dataclass
class _Clip:
    """A file whose descriptions are being made.

    Attributes
    ----------
    content: the number of what it holds, and `stamp`: how the file looked then.
    left: descriptions to make, `count`: made, `failed`: not.
    problem: the first thing that went wrong; `lasting`: until the content changes.
    """

    job: Job
    content: int
    stamp: str
    left: int
    count: int = 0
    failed: int = 0
    problem: str | None = None
    lasting: bool = True
    warnings: dict[str, None] = field(default_factory=dict)

    def fails(self, problem: str, *, lasting: bool) -> None:
        self.failed += 1
        self.problem = self.problem or problem
        self.lasting = self.lasting and lasting


@dataclass(frozen=True)
class _Task:
    """One description, begun or failed to begin."""

    clip: _Clip
    stretch: Stretch
    pending: Pending | VideoError


class Indexing:
    """One run over what was found.

    Parameters
    ----------
    store: where it is kept.
    found: the clips.
    describer: who describes them.
    every: seconds of a stretch, beside the whole; None for the whole alone.
    again: also what another maker described, and what is broken.
    purge: forget at once what is gone.
    progress: called when a description is waited for.
    """

    def __init__(
        self,
        store: Store,
        found: Found,
        describer: Describer,
        *,
        every: float | None,
        again: bool,
        purge: bool,
        progress: Progress | None,
    ) -> None:
        self._store = store
        self._found = found
        self._describer = describer
        self._every = every
        self._again = again
        self._purge = purge
        self._progress = progress
        self._maker = store.maker(describer.maker)
        # Contents that this run describes or has described
        self._taken: set[int] = set()
        # Files that are not looked into yet, and those that are; of these the descriptions, and how
        # many are through
        self._unseen = self._seen = self._tasks = self._ended = 0

    def run(self) -> Iterator[Indexed]:
        """Do it, a file at a time. Stopping early loses nothing of what was done."""
        known = self._store.files()
        inside = set(self._found.paths)
        gone = [path for path in known if path not in inside and self._found.covers(path)]
        back = [path for path in inside if path in known and known[path].is_missing]
        self._store.mark_missing(gone, back)
        yield from (Indexed(path, "missing", is_new=not known[path].is_missing) for path in gone)
        for folder, reason in self._found.unread.items():
            problem = f"{printable(folder)}: cannot be read ({reason})."
            yield Indexed(folder, "broken", problem=problem, is_new=True)
        jobs = []
        for path in self._found.paths:
            job = self._job(path, known.get(path))
            through = None if job.before is None else self._without_work(path, job.before.content)
            if through is None:
                jobs.append(job)
            else:
                yield through
        self._unseen = len(jobs)
        yield from self._describe(jobs)
        self._store.purge(time.time() - GRACE, gone if self._purge else [])

    def _job(self, path: str, before: KnownFile | None) -> Job:
        # Where there is none, that is said when it is read
        stamp = None if before is None else stamp_of(path)
        is_same = before is not None and stamp is not None and before.stamp == stamp_text(stamp)
        return Job(path, before if is_same else None)

    def _without_work(self, path: str, content: int) -> Indexed | None:
        """What is said of an unchanged file, unless there is something to do."""
        about = self._store.content(content)
        if self._is_given_up(about):
            return Indexed(path, "broken", problem=about.error)
        if about.duration is not None and not self._wanted(about):
            return Indexed(path, "known")
        return None

    def _is_given_up(self, about: KnownContent) -> bool:
        return about.error is not None and about.error_maker == self._maker and not self._again

    def _wanted(self, about: KnownContent) -> list[Stretch]:
        assert about.duration is not None
        return [
            stretch
            for stretch in stretches(about.duration, self._every)
            if stretch not in about.made_by
            or (self._again and about.made_by[stretch] != self._maker)
        ]

    # --- the work: each description is finished after the next was begun -------------------------

    def _describe(self, jobs: list[Job]) -> Iterator[Indexed]:
        waiting: _Task | None = None
        try:
            with closing(self._begin(jobs)) as begun:
                for item in begun:
                    if isinstance(item, Indexed):
                        yield item
                        continue
                    before, waiting = waiting, item
                    if before is not None and (ended := self._finish(before)):
                        yield ended
            before, waiting = waiting, None
            if before is not None and (ended := self._finish(before)):
                yield ended
        finally:
            if waiting is not None and not isinstance(waiting.pending, VideoError):
                waiting.pending.close()

    def _begin(self, jobs: list[Job]) -> Generator[_Task | Indexed, None, None]:
        """Each description, begun; and what becomes of files that need none."""
        with closing(read_ahead(jobs, self._describer)) as files:
            for job, seen in files:
                self._unseen -= 1
                self._seen += 1
                known = self._note(job, seen)
                if isinstance(known, Indexed):
                    yield known
                    continue
                content, stamp, about = known
                assert about.duration is not None
                wanted = self._wanted(about)
                self._tasks += len(wanted)
                clip = _Clip(job, content, stamp, len(wanted))
                for done, stretch in enumerate(wanted):
                    if clip.failed >= _TRIES and not clip.count:
                        # The one that was begun last is still to end, and ends the clip
                        clip.left -= len(wanted) - done
                        self._tasks -= len(wanted) - done
                        break
                    part = stretch != whole(about.duration)
                    start, end = stretch if part else (None, None)
                    pending: Pending | VideoError
                    try:
                        pending = self._describer.begin(job.path, start, end)
                    except VideoError as error:
                        pending = error
                    yield _Task(clip, stretch, pending)

    def _note(self, job: Job, seen: Seen) -> tuple[int, str, KnownContent] | Indexed:
        """Note what a file holds: its content's number, how the file looks, and what is known of
        the content, where descriptions are wanted."""
        if seen.content is not None:
            content, is_moved = self._store.put_file(job.path, seen.content, seen.duration)
            stamp = seen.content.stamp
        elif job.before is not None and job.before.stamp is not None:
            content, is_moved, stamp = job.before.content, False, job.before.stamp
        else:
            return self._through(job, "broken", seen.problem, is_new=True)
        if content in self._taken:
            return self._through(job, "known")
        self._taken.add(content)
        about = self._store.content(content)
        if self._is_given_up(about):
            return self._through(job, "broken", about.error)
        if seen.duration is None:
            if seen.lasting:
                self._store.end_content(content, seen.problem, self._maker, only=False)
            return self._through(job, "broken", seen.problem, is_new=True)
        if not self._wanted(about):
            return self._through(job, "moved" if is_moved else "known")
        return content, stamp, about

    def _through(
        self, job: Job, state: State, problem: str | None = None, *, is_new: bool = False
    ) -> Indexed:
        return Indexed(job.path, state, problem=problem, is_new=is_new, share=self._share)

    @property
    def _share(self) -> float:
        """Of all descriptions, those that are through; clips that are not looked into yet are
        taken to need as many as the others did."""
        each = self._tasks / self._seen if self._seen else 1.0
        total = self._tasks + self._unseen * each
        return self._ended / total if total else self._seen / (self._seen + self._unseen)

    def _finish(self, task: _Task) -> Indexed | None:
        """Wait for a description and keep it; after its last one, what became of the file."""
        clip, pending = task.clip, task.pending
        if self._progress is not None:
            self._progress(clip.job.path, self._share)
        try:
            if isinstance(pending, VideoError):
                raise pending
            with closing(pending):
                text = pending.finish()
                clip.warnings |= dict.fromkeys(pending.warnings)
        except VideoError as error:
            clip.fails(str(error), lasting=not isinstance(error, VideoNotFoundError))
        else:
            if _is_still(clip):
                self._store.put_description(clip.content, task.stretch, text, self._maker)
                clip.count += 1
            else:
                name = printable(clip.job.path)
                clip.fails(f"{name}: changed while it was read; index it again.", lasting=False)
        clip.left -= 1
        self._ended += 1
        return None if clip.left else self._end(clip)

    def _end(self, clip: _Clip) -> Indexed:
        if clip.problem is None or clip.lasting:
            only = self._again and clip.problem is None
            self._store.end_content(clip.content, clip.problem, self._maker, only=only)
        return Indexed(
            clip.job.path,
            "described" if clip.problem is None else "broken",
            count=clip.count,
            problem=clip.problem,
            is_new=True,
            warnings=tuple(clip.warnings),
            share=self._share,
        )


def _is_still(clip: _Clip) -> bool:
    """Whether the file is what was read before it was described."""
    stamp = stamp_of(clip.job.path)
    return stamp is not None and stamp_text(stamp) == clip.stamp
