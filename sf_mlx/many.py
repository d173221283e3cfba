"""Many videos and many questions, the model loaded once: the next video is read meanwhile."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from sf_mlx.answer import Progress, Record
from sf_mlx.ask import Question, pose
from sf_mlx.cache import Cache
from sf_mlx.content import Content, path_of
from sf_mlx.context import Slot
from sf_mlx.errors import ModelError, SfMlxError, UsageError, VideoError
from sf_mlx.loading import find_model
from sf_mlx.models import Model
from sf_mlx.plan import check_kv_bits
from sf_mlx.prompts import DEFAULT_QUESTION
from sf_mlx.sampling import Sampling
from sf_mlx.session import Session
from sf_mlx.slowfast import Aggregation, SlowFast, pooling_of
from sf_mlx.templates import find_template
from sf_mlx.video import Reading

# Files of a checkpoint that make its answers
_WEIGHTS = (".safetensors", ".json", ".model")


@dataclass(frozen=True)
class Result:
    """What became of one question about one video.

    Attributes
    ----------
    video: as it was named; bytes of a file name that are no UTF-8 stand as \\xff.
    question: as it was asked.
    content: sha256 of the file's bytes, or of a folder's pictures; None of what has no file, or
        cannot be read.
    settings: a short hash of all else that makes an answer: model, pooling, frames, sampling.
    record: the answer and what it took; None where there is none.
    error: why there is none; None where there is, or where the question was skipped.
    """

    video: str
    question: str
    content: str | None
    settings: str
    record: Record | None = None
    error: SfMlxError | None = None

    @property
    def answer(self) -> str | None:
        """The answer's text; None where there is none."""
        return None if self.record is None else self.record.answer

    @property
    def is_skipped(self) -> bool:
        """Whether it was known already."""
        return self.record is None and self.error is None

    def as_json(self) -> dict[str, Any]:
        """One line of JSON: `Record.as_json`, or the error; and what identifies the line."""
        from sf_mlx import __version__

        identity = {"content": self.content, "settings": self.settings}
        if self.record is not None:
            return {**self.record.as_json(), "video": self.video, **identity}
        about = {"version": __version__, "question": self.question, "video": self.video}
        error = None if self.error is None else self.error.as_json()
        return {**about, "error": error, **identity}


def ask_many(
    model: Model,
    videos: Iterable[Any],
    questions: Iterable[str] = (DEFAULT_QUESTION,),
    *,
    spec: Aggregation | str = SlowFast(),
    reading: Reading = Reading(),
    template: str | None = None,
    kv_bits: int | None = None,
    cache: Cache | None = None,
    choices: Sequence[str] = (),
    choose_by: Literal["likelihood", "generate"] = "likelihood",
    sampling: Sampling = Sampling(),
    skip: Callable[[Result], bool] | None = None,
    progress: Progress | None = None,
) -> Iterator[Result]:
    """Ask every question about every video; a result comes as soon as it is known.

    The next video is opened and read while questions about one are answered; never more than two
    are open. A video that cannot be read, or a question that does not fit behind it, gives a result
    with its error, and the rest goes on.

    Parameters
    ----------
    model: who is asked.
    videos: see `Model.open`; each is taken from the iterator when the one before it is at work.
    questions: what to ask about each, independent of one another; one text is one question.
    spec, reading, template, kv_bits, cache: see `Model.open`; the cache also remembers what files
        hold, so that the next run need not read them.
    choices, choose_by, sampling: see `Session.ask`.
    skip: whether a result is known already, told by a `Result` with neither record nor error; such
        are not asked, and come as they are. Called from two threads, before a video is opened and
        before each question.
    progress: called with what is under way, how much is done, and how much there is.

    Raises
    ------
    UsageError: found out before any work is done.
    ModelError: the model turns out to be broken; nothing goes on.
    """
    asked = [questions] if isinstance(questions, str) else list(questions)
    name = template or model.template
    find_template(name)
    check_kv_bits(model.backbone, kv_bits)
    pooling = pooling_of(spec)
    posed = [
        pose(model, name, text, choices=choices, choose_by=choose_by, sampling=sampling)
        for text in dict.fromkeys(asked)
    ]
    if not posed:
        raise UsageError("there is no question")
    batch = _Batch(
        open=partial(
            model.open,
            spec=pooling,
            reading=reading,
            template=template,
            kv_bits=kv_bits,
            cache=cache,
        ),
        cache=cache,
        questions=posed,
        # Limits decide whether there is an answer, not which
        settings=_short_hash(
            _identity(model),
            pooling,
            (reading.selection, reading.exact, reading.hwaccel),
            (name, kv_bits, tuple(choices), choose_by, sampling),
        ),
        skip=skip or (lambda result: False),
        progress=progress or (lambda stage, done, total: None),
    )
    return batch.run(iter(videos))


def shown(name: str) -> str:
    """A file's name as text that stands for no other: bytes that are no UTF-8 as \\xff."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


@dataclass(frozen=True)
class _Clip:
    """A video whose turn comes.

    Attributes
    ----------
    content: what it holds; None where there is no file.
    todo: what is to be asked, and the result that says so.
    session: it, open; None where it was skipped or could not be opened.
    error: why it could not be.
    """

    content: Content | None
    todo: list[tuple[Question, Result]]
    session: Session | None = None
    error: SfMlxError | None = None

    def prepare(self) -> None:
        """Read it in the background, for the first of its questions."""
        if self.session is not None:
            self.session.prepare(self.todo[0][0])

    def close(self) -> None:
        """Give its memory back."""
        if self.session is not None:
            self.session.close()


@dataclass(frozen=True)
class _Batch:
    """One run of `ask_many`."""

    open: Callable[[Any], Session]
    cache: Cache | None
    questions: list[Question]
    settings: str
    skip: Callable[[Result], bool]
    progress: Progress

    def run(self, videos: Iterator[Any]) -> Iterator[Result]:
        """Results in the order of videos and questions."""
        pool = ThreadPoolExecutor(1, "sf-mlx-next")

        def begin() -> Future[_Clip] | None:
            for video in videos:
                return pool.submit(self._begin, video)
            return None

        following = None
        try:
            following = begin()
            while following is not None:
                clip = following.result()
                try:
                    following = begin()
                    yield from self._results(clip, following)
                finally:
                    clip.close()
        finally:
            if following is not None and not following.cancel():
                following.add_done_callback(_close)
            pool.shutdown(wait=False)

    def _begin(self, video: Any) -> _Clip:
        """Find out who a video is, and open it where anything is left to ask."""
        path = path_of(video)
        name = (
            shown(os.fspath(video))
            if isinstance(video, str | os.PathLike)
            else type(video).__name__
        )
        content = None if path is None else Content.read(path, self.cache)
        sha256 = None if content is None else content.sha256
        todo = [
            (question, Result(name, question.question, sha256, self.settings))
            for question in self.questions
        ]
        clip = _Clip(content, todo)
        if all(self.skip(result) for _, result in todo):
            return clip
        try:
            return replace(clip, session=self.open(video))
        except ModelError:
            raise
        except SfMlxError as error:
            return replace(clip, error=error)

    def _results(self, clip: _Clip, following: Future[_Clip] | None) -> Iterator[Result]:
        def progress(stage: str, done: int, total: int) -> None:
            nonlocal following
            # This video is read: the turn of the next
            if stage == "prompt" and following is not None:
                following.add_done_callback(_prepare)
                following = None
            self.progress(stage, done, total)

        for question, result in clip.todo:
            if self.skip(result):
                yield result
            elif clip.session is None:
                yield replace(result, error=clip.error)
            else:
                yield _answered(clip, clip.session, question, result, progress)


def _answered(
    clip: _Clip, session: Session, question: Question, result: Result, progress: Progress
) -> Result:
    try:
        record = session.answer(question, Slot(), progress).record
    except ModelError:
        raise
    except SfMlxError as error:
        return replace(result, error=error)
    if clip.content is not None and clip.content.again().sha256 != result.content:
        changed = VideoError(f"{result.video}: the file changed while it was read; ask again.")
        return replace(result, error=changed)
    return replace(result, record=record)


def _prepare(following: Future[_Clip]) -> None:
    with suppress(BaseException):  # raised where the result is taken
        following.result().prepare()


def _close(following: Future[_Clip]) -> None:
    with suppress(BaseException):
        following.result().close()


def _identity(model: Model) -> list[tuple[str, int, int]] | str:
    """The checkpoint's files by name, size and time; the name of a model that has none."""
    folder = Path(find_model(model.name))
    try:
        return sorted(
            (path.name, path.stat().st_size, path.stat().st_mtime_ns)
            for path in folder.iterdir()
            if path.suffix in _WEIGHTS
        )
    except OSError:
        return model.name


def _short_hash(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
