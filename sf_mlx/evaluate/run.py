"""The loop: every video once, every question about it, a line as soon as a row is done."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from sf_mlx.cache import Cache
from sf_mlx.errors import SfMlxError, VideoError, printable
from sf_mlx.evaluate.check import by_video
from sf_mlx.evaluate.energy import Meter
from sf_mlx.evaluate.folder import RunFolder, Shard, Writer
from sf_mlx.evaluate.items import Item
from sf_mlx.evaluate.results import Key, Result, Status
from sf_mlx.evaluate.settings import Settings
from sf_mlx.evaluate.videos import Videos
from sf_mlx.models import Model
from sf_mlx.sampling import Sampling
from sf_mlx.session import Session
from sf_mlx.slowfast import Aggregation
from sf_mlx.video import Reading

# Called with each row's outcome
Listener = Callable[[Item, Result], None]


@dataclass(frozen=True)
class Job:
    """What one process has to do.

    Attributes
    ----------
    folder, settings: the run's.
    model, pooling, reading: what asks, and how videos are seen.
    videos: where they are.
    shard: this process's part of them.
    retry: ask again what failed.
    cache: where visual tokens are kept for other runs; nowhere if None.
    """

    folder: RunFolder
    settings: Settings
    model: Model
    pooling: Aggregation
    reading: Reading
    videos: Videos
    shard: Shard
    retry: bool
    cache: Cache | None = None


@dataclass(frozen=True)
class _Opened:
    """A video that is ready to be asked about, or why it is not."""

    items: list[Item]
    session: Session | None = None
    sha256: Future[str] | None = None
    status: Status = "ok"
    error: str = ""


def pending(
    items: Sequence[Item], done: Mapping[Key, Result], shard: Shard, retry: bool
) -> list[list[Item]]:
    """The rows that this process has to ask, by video.

    Videos are dealt out like cards, in the order in which the questions name them, so that the
    parts of any split are the same whatever was done before.
    """
    groups = list(by_video(items).values())[shard.index :: shard.count]
    left = []
    for group in groups:
        rows = [item for item in group if _is_open(done.get((item.dataset, item.row)), retry)]
        if rows:
            left.append(rows)
    return left


def _worked(done: Mapping[Key, Result], item: Item) -> bool:
    result = done.get((item.dataset, item.row))
    return result is not None and result.ok


def _is_open(result: Result | None, retry: bool) -> bool:
    return result is None or (retry and not result.ok)


def run(job: Job, items: Sequence[Item], listener: Listener) -> int:
    """Ask what is left, and write it down.

    Returns
    -------
    How many rows were asked now.

    Raises
    ------
    RunError: another process writes the same file.
    OutputError: the results cannot be written.
    """
    job.folder.remove(job.shard.done_file)
    done = job.folder.results(items)
    groups = pending(items, done, job.shard, job.retry)
    read = {i.video: done[i.dataset, i.row].video_sha256 for i in items if _worked(done, i)}
    meter, asked = Meter(), 0
    with Writer(job.folder.path / job.shard.file) as writer, ThreadPoolExecutor(1) as hashing:
        for opened in _one_ahead(job, groups, hashing):
            for item, result in _rows(job, opened, read.get(opened.items[0].video), meter):
                writer.write(result.line())
                listener(item, result)
                asked += 1
            if opened.session is not None:
                opened.session.close()
    job.folder.write(job.shard.done_file, f'{{"rows": {asked}}}\n')
    return asked


def _one_ahead(
    job: Job, groups: Sequence[list[Item]], hashing: ThreadPoolExecutor
) -> Iterator[_Opened]:
    """Videos in turn; while one is asked about, the next is being decoded."""
    waiting = _open(job, groups[0], hashing) if groups else None
    for number in range(len(groups)):
        current = waiting
        assert current is not None
        last = number + 1 == len(groups)
        waiting = None if last else _open(job, groups[number + 1], hashing)
        yield current


def _open(job: Job, items: list[Item], hashing: ThreadPoolExecutor) -> _Opened:
    """Find a video, read its header, and begin to decode and to hash it."""
    paths = job.videos.find(items[0].video)
    if not paths:
        name = printable(items[0].video, 60)
        return _Opened(items, status="missing_video", error=f"no file is called {name}")
    sha256 = hashing.submit(_hash, paths[0])
    try:
        session = job.model.open(
            paths[0],
            spec=job.pooling,
            reading=job.reading,
            template=job.settings.template,
            kv_bits=job.settings.kv_bits,
            cache=job.cache,
        )
    except VideoError as error:
        return _Opened(items, None, sha256, "decode_error", _said(error))
    except Exception as error:
        return _Opened(items, None, sha256, "generate_error", _said(error))
    if not session.is_known:
        session.read_ahead()
    return _Opened(items, session, sha256)


def _hash(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _said(error: Exception) -> str:
    """An error in a line; one that is not ours with its kind, for whoever looks for the cause."""
    return str(error) if isinstance(error, SfMlxError) else printable(repr(error), 300)


def _rows(
    job: Job, opened: _Opened, before: str | None, meter: Meter
) -> Iterator[tuple[Item, Result]]:
    """Every row of a video, asked one after the other; a failure is a row too.

    Parameters
    ----------
    before: what the file held when other rows of it were asked.
    """
    sha256, failed, why = "", opened.status, opened.error
    if opened.sha256 is not None:
        try:
            sha256 = opened.sha256.result()
        except OSError as error:
            failed, why = "decode_error", f"the file cannot be read: {error.strerror}"
        if before and sha256 and sha256 != before:
            failed, why = "decode_error", "the file is another than when its first rows were asked"
    for item in opened.items:
        result = None
        if failed == "ok" and opened.session is not None:
            try:
                result = _asked(job, item, opened.session, meter)
            except VideoError as error:
                # Of the film, so of every question about it
                failed, why = "decode_error", _said(error)
            except Exception as error:
                result = _failure(item, "generate_error", _said(error))
        result = result or _failure(item, failed, why)
        yield item, replace(result, video_sha256=sha256, settings=job.settings.hash)


def _failure(item: Item, status: Status, why: str) -> Result:
    return Result(item.dataset, item.row, status, error=why)


def _asked(job: Job, item: Item, session: Session, meter: Meter) -> Result:
    """The outcome of one row that works."""
    started, settings = time.perf_counter(), job.settings
    sampling = Sampling(max_tokens=settings.max_tokens)
    encoded = not session.is_seen
    records = []
    option: int | None = None
    probabilities: tuple[float, ...] = ()
    answers: list[str] = []
    written = settings.choose_by != "likelihood" or not item.candidates
    for question in item.questions if written else ():
        answer = session.ask(
            question, choices=item.candidates, choose_by="generate", sampling=sampling
        )
        text = answer.text
        if item.candidates:
            # As the reference does, of multiple choice alone
            text = text.replace("In the image", "In the video")
        answers.append(text)
        records.append(answer.record)
    if item.candidates and settings.choose_by != "generate":
        record = session.ask(item.questions[0], choices=item.candidates).record
        assert record is not None and record.choice is not None
        option = record.choice.index
        # Three digits: a question that is asked first may differ from the fifth on
        probabilities = tuple(round(p, 3) for p in record.choice.probabilities)
        records.append(record)
        answers = answers or [item.candidates[option]]
    done = [record for record in records if record is not None]
    joules = meter.take()
    return Result(
        item.dataset,
        item.row,
        "ok",
        tuple(answers),
        option,
        probabilities,
        visual_tokens=session.visual_tokens,
        text_tokens=sum(record.text_tokens for record in done),
        answer_tokens=sum(record.answer_tokens for record in done),
        cost={
            "seconds": round(time.perf_counter() - started, 3),
            "vision_seconds": round(sum(record.vision_seconds for record in done), 3),
            "decode_seconds": round(sum(record.decode_seconds for record in done), 3),
            "prefill_seconds": round(sum(record.prefill_seconds for record in done), 3),
            "generate_seconds": round(sum(record.generate_seconds for record in done), 3),
            "prompt_tokens": sum(r.visual_tokens + r.text_tokens for r in done),
            "cached_tokens": sum(record.cached_tokens for record in done),
            "peak_memory_bytes": max((record.peak_memory_bytes for record in done), default=0),
            "encoded": encoded and not session.from_cache,
            **({} if joules is None else {"joules": round(joules, 2)}),
        },
    )
