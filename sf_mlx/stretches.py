"""A long video in stretches: one question for each, or where something is to be seen.

Each stretch is a video of its own to the model: it gets its own frames, and knows nothing of the
others. So half a minute is seen in far more detail than a film of an hour, and what can only be
understood from several stretches together cannot be found this way.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from sf_mlx.errors import SfMlxError, UsageError, VideoError, VideoLimitError, VideoRangeError
from sf_mlx.prompts import DEFAULT_QUESTION
from sf_mlx.sampling import Sampling
from sf_mlx.slowfast import Aggregation, SlowFast
from sf_mlx.video import Reading, Reel, Selection
from sf_mlx.video.times import format_time, to_seconds

if TYPE_CHECKING:
    from sf_mlx.answer import Answer, Progress, Record
    from sf_mlx.models import Model
    from sf_mlx.session import Session

# Seconds of a stretch in which something is looked for
DEFAULT_LENGTH = 30.0
# Of one video
MOST = 10_000
# A rest shorter than this share of a stretch goes to the stretch before it
REST = 0.1


@dataclass(frozen=True)
class Stretch:
    """A stretch of a video and what was answered about it.

    Attributes
    ----------
    start, end: seconds from the video's first frame; the end is not included.
    record: the answer, None where there is none.
    error: why there is none.
    """

    start: float
    end: float
    record: Record | None
    error: SfMlxError | None = None

    @property
    def answer(self) -> str:
        """The answer's text, empty where there is none."""
        return "" if self.record is None else self.record.answer

    @property
    def score(self) -> float:
        """Of a search: how sure the model is that it is there, 0 to 1; 0 where nobody knows."""
        choice = None if self.record is None else self.record.choice
        return 0.0 if choice is None else choice.probabilities[0]

    def as_json(self) -> dict[str, Any]:
        """`start_seconds`, `end_seconds`, and the record's keys, or `error`."""
        times = {"start_seconds": round(self.start, 3), "end_seconds": round(self.end, 3)}
        if self.record is not None:
            return {**times, **self.record.as_json()}
        assert self.error is not None
        kind, code = type(self.error).__name__, self.error.exit_code
        return {**times, "error": {"code": code, "kind": kind, "message": str(self.error)}}


def cut(start: float, end: float, length: float, rest: float = REST) -> list[tuple[float, float]]:
    """Beginnings and ends of stretches of `length` seconds from `start` to `end`.

    Parameters
    ----------
    rest: what is shorter than this share of a stretch goes to the one before.

    Raises
    ------
    UsageError: a length that is none.
    VideoLimitError: more than `MOST` stretches.
    """
    if not (math.isfinite(length) and length > 0):
        raise UsageError(f"a stretch cannot be {length:g} seconds long")
    count = max(1, math.floor((end - start) / length - rest) + 1)
    if count > MOST:
        raise VideoLimitError(
            f"that would be {count:,} stretches of {format_time(length)}; up to {MOST:,} are "
            "asked: take longer ones"
        )
    edges = [start + i * length for i in range(count)] + [end]
    return list(pairwise(edges))


def ask_stretches(
    model: Model,
    video: str | os.PathLike[str],
    question: str = DEFAULT_QUESTION,
    *,
    length: float,
    spec: Aggregation | str = SlowFast(),
    reading: Reading = Reading(),
    template: str | None = None,
    kv_bits: int | None = None,
    choices: Sequence[str] = (),
    choose_by: Literal["likelihood", "generate"] = "likelihood",
    sampling: Sampling = Sampling(),
    progress: Progress | None = None,
    begun: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[Stretch]:
    """Ask one question for each stretch of a video; a stretch comes when it is answered.

    The file's timeline is read once, and the next stretch is read while one is answered.

    Parameters
    ----------
    video: a path, or "-" for standard input.
    length: seconds of a stretch.
    spec, template, kv_bits: as in `Model.open`.
    reading: as in `Model.open`; its range is divided, and its frames are those of one stretch.
    choices, choose_by, sampling, progress: as in `Session.ask`.
    begun: called with how many stretches are answered, and how many there are.

    Raises
    ------
    UsageError, VideoError: nothing of the video can be asked. What goes wrong with the frames of
    one stretch is that stretch's `error`.
    """

    def ask(session: Session) -> Answer:
        return session.ask(
            question, choices=choices, choose_by=choose_by, sampling=sampling, progress=progress
        )

    return _each(
        model,
        video,
        ask,
        length=length,
        spec=spec,
        reading=reading,
        template=template,
        kv_bits=kv_bits,
        begun=begun,
    )


def _each(
    model: Model,
    video: str | os.PathLike[str],
    ask: Callable[[Session], Answer],
    *,
    length: float,
    spec: Aggregation | str,
    reading: Reading,
    template: str | None,
    kv_bits: int | None,
    begun: Callable[[int, int], None],
) -> Iterator[Stretch]:
    """What `ask` asks about each stretch; the rest as in `ask_stretches`."""
    if reading.selection.at is not None:
        raise UsageError("explicit times and stretches cannot be combined: give a range")
    with Reel(video, reading.limits) as reel:
        wholes = _wholes(reel, reading.selection, length)

        def opened(number: int) -> Session | VideoError:
            start, end = wholes[number]
            selection = replace(reading.selection, start=start, end=end)
            here = replace(reading, selection=selection)
            try:
                return model.open(reel, spec=spec, reading=here, template=template, kv_bits=kv_bits)
            except VideoError as error:
                return error

        told: set[str] = set()
        coming: Session | VideoError | None = opened(0)
        try:
            for number, (start, end) in enumerate(wholes):
                begun(number, len(wholes))
                session, coming = coming, None
                assert session is not None
                if isinstance(session, VideoError):
                    yield Stretch(start, end, None, session)
                    coming = opened(number + 1) if number + 1 < len(wholes) else None
                    continue
                with closing(session):
                    answer = ask(session)
                    if number + 1 < len(wholes):
                        coming = opened(number + 1)
                        if not isinstance(coming, VideoError):
                            coming.prepare()
                    try:
                        record = answer.record
                    except VideoError as error:
                        yield Stretch(start, end, None, error)
                        continue
                assert record is not None
                # What is wrong with the whole file is told with the first stretch
                new = tuple(warning for warning in record.warnings if warning not in told)
                told.update(new)
                yield Stretch(start, end, replace(record, warnings=new))
        finally:
            if coming is not None and not isinstance(coming, VideoError):
                coming.close()


def _wholes(reel: Reel, selection: Selection, length: float) -> list[tuple[float, float]]:
    duration = reel.info.duration
    start = 0.0 if selection.start is None else to_seconds(selection.start, duration)
    end = duration if selection.end is None else min(to_seconds(selection.end, duration), duration)
    if end <= start:
        raise VideoRangeError(
            f"The range {format_time(start)} to {format_time(end)} is empty; "
            f"the video is {format_time(duration)} long."
        )
    return cut(start, end, length)


def find(
    model: Model,
    video: str | os.PathLike[str],
    what: str,
    *,
    length: float = DEFAULT_LENGTH,
    spec: Aggregation | str = SlowFast(),
    reading: Reading = Reading(),
    template: str | None = None,
    kv_bits: int | None = None,
    progress: Progress | None = None,
    begun: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[Stretch]:
    """Ask of each stretch whether something is in it; `score` is how much likelier yes is than no.

    Stretches come in the order of time; `best` puts them in the order of their scores. These
    compare the stretches of one search; they are no frequencies of being right.

    Parameters
    ----------
    what: the thing, "a red car"; or a whole question that yes or no answers, ending with "?".
    others: as in `ask_stretches`.

    Raises
    ------
    UsageError, VideoError: see `ask_stretches`.
    """
    from sf_mlx.yes_no import ask_yes_no

    what = what.strip()
    if not what.strip("?. "):
        raise UsageError("say what is to be found")
    question = what if what.endswith("?") else f"Is there {what.rstrip('.')} in this video?"

    def ask(session: Session) -> Answer:
        return ask_yes_no(session, question, progress)

    return _each(
        model,
        video,
        ask,
        length=length,
        spec=spec,
        reading=reading,
        template=template,
        kv_bits=kv_bits,
        begun=begun,
    )


def best(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The stretches of a search that could be asked, the likeliest first."""
    asked = [stretch for stretch in stretches if stretch.record is not None]
    return sorted(asked, key=lambda stretch: (-stretch.score, stretch.start))


def lines(stretches: Iterable[Stretch]) -> Iterator[tuple[float, float, str]]:
    """Start, end and answer of each that has one: for subtitles, tables and whatever else."""
    for stretch in stretches:
        if stretch.record is not None:
            yield stretch.start, stretch.end, stretch.answer
