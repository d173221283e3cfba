"""Judgements of a run: written as they come, and asked for again only where they failed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from pathlib import Path

from sf_mlx.errors import JudgeError, QuestionsError, RunError, UsageError, printable
from sf_mlx.evaluate.folder import RunFolder, Writer
from sf_mlx.evaluate.items import Item
from sf_mlx.evaluate.judge_prompts import Aspect, aspects_of, parse_reply
from sf_mlx.evaluate.judges import Judge, TriedInVain
from sf_mlx.evaluate.results import Key, Result
from sf_mlx.evaluate.settings import digest
from sf_mlx.evaluate.tables import parse_json, read_text

# A reply that says nothing is asked for again so often
_NONSENSE = 3
# So many requests in a row without any reply, and the rest is left for another time
_IN_VAIN = 10
_LONGEST_SHOWN = 400


@dataclass(frozen=True)
class Judgement:
    """What a judge said of one aspect of one row.

    Attributes
    ----------
    dataset, row, measure: which.
    status: "ok", or why there is no judgement: nonsense, timeout, rate_limited, server_error …
    values: by measure; empty where there is none.
    reply: the judge's words. error: what went wrong.
    judge: the model's name.
    about: hash of question, truth and answer: another answer needs another judgement.
    """

    dataset: str
    row: int
    measure: str
    status: str
    values: Mapping[str, float]
    reply: str
    error: str
    judge: str
    about: str

    @property
    def key(self) -> tuple[str, int, str]:
        """What it is about."""
        return self.dataset, self.row, self.measure


@dataclass(frozen=True)
class _Request:
    item: Item
    aspect: Aspect
    answers: tuple[str, ...]

    @property
    def key(self) -> tuple[str, int, str]:
        return self.item.dataset, self.item.row, self.aspect.measure

    @property
    def about(self) -> str:
        texts = [self.item.questions, self.item.answer, self.answers, self.aspect.system]
        return digest(texts)[:16]


def file_of(judge: str) -> str:
    """The name of the file of this judge's words."""
    plain = re.sub(r"[^A-Za-z0-9.-]+", "-", judge).strip("-.")[-40:]
    return f"judge-{plain}-{digest(judge)[:6]}.jsonl"


def requests(items: Sequence[Item], results: Mapping[Key, Result]) -> list[_Request]:
    """What is judged: every aspect of every row that was answered."""
    found = []
    for item in items:
        result = results.get((item.dataset, item.row))
        if result is not None and result.ok:
            found += [_Request(item, aspect, result.answers) for aspect in aspects_of(item)]
    return found


def judge_run(
    folder: RunFolder,
    items: Sequence[Item],
    results: Mapping[Key, Result],
    judge: Judge,
    progress: Callable[[str, int, int], None],
) -> None:
    """Ask the judge about all that it has not judged yet; what failed before is asked again.

    Raises
    ------
    UsageError: nothing is to be judged.
    JudgeError: no request gets a reply; what was judged by then is kept.
    RunError: another process writes the same file.
    """
    path = folder.path / file_of(judge.name)
    asked = requests(items, results)
    if not asked:
        raise UsageError(
            f"{folder.name} has nothing to judge: multiple choice needs no judge, and rows without "
            "an answer or a truth have none"
        )
    known = read_judgements(path) if path.exists() else {}
    left = [r for r in asked if not _is_judged(known.get(r.key), r)]
    done, vain = len(asked) - len(left), 0
    with Writer(path) as writer:
        for judgement in _as_they_come(judge, left):
            writer.write(json.dumps(asdict(judgement), ensure_ascii=False) + "\n")
            done += 1
            progress("judging", done, len(asked))
            vain = 0 if judgement.reply else vain + 1
            if vain >= _IN_VAIN or (judgement.status == "unreachable" and vain == done):
                raise JudgeError(
                    f"the judge {printable(judge.name, 60)} does not reply: {judgement.error}. "
                    "What it has judged is kept; the same command goes on"
                )


def _is_judged(known: Judgement | None, request: _Request) -> bool:
    return known is not None and known.status == "ok" and known.about == request.about


def _as_they_come(judge: Judge, left: Sequence[_Request]) -> Iterator[Judgement]:
    """Judgements in the order in which they are ready, so many requests at a time."""
    if judge.at_a_time == 1:
        for request in left:
            yield _judged(judge, request)
        return
    waiting: set[Future[Judgement]] = set()
    queue = iter(left)
    with ThreadPoolExecutor(judge.at_a_time) as pool:
        try:
            for request in queue:
                waiting.add(pool.submit(_judged, judge, request))
                while len(waiting) >= judge.at_a_time:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield future.result()
            for future in waiting:
                yield future.result()
        finally:
            judge.close()
            pool.shutdown(wait=False, cancel_futures=True)


def _judged(judge: Judge, request: _Request) -> Judgement:
    """One judgement, or why there is none; a JudgeError goes through."""
    item, aspect = request.item, request.aspect
    reply, status, why = "", "nonsense", ""
    values: Mapping[str, float] = {}
    for _ in range(_NONSENSE):
        try:
            reply = judge.reply(aspect.system, aspect.user(item, request.answers))
            values = parse_reply(reply, aspect)
            status, why = "ok", ""
            break
        except TriedInVain as error:
            status, why = error.kind, str(error)
            break
        except ValueError as error:
            why = str(error)
    return Judgement(
        item.dataset,
        item.row,
        aspect.measure,
        status,
        values,
        reply[:_LONGEST_SHOWN].encode("utf-8", "replace").decode(),
        why,
        judge.name,
        request.about,
    )


def read_judgements(path: Path) -> dict[tuple[str, int, str], Judgement]:
    """The last word on every aspect in a file; a last line that was cut is left out.

    Raises
    ------
    QuestionsError: another line is broken.
    """
    whole, _, _ = read_text(path).rpartition("\n")
    found: dict[tuple[str, int, str], Judgement] = {}
    for number, line in enumerate(whole.split("\n") if whole else (), 1):
        place = f"{printable(path)}, line {number}"
        value = parse_json(line, place)
        try:
            judgement = Judgement(**value)
            ok = judgement.status == "ok"
            if ok != bool(judgement.values) or not all(
                isinstance(score, float) and 0 <= score <= 5 for score in judgement.values.values()
            ):
                raise ValueError("a judgement without a score, or a score without a judgement")
        except (TypeError, ValueError, AttributeError) as error:
            raise QuestionsError(f"{place}: no judgement: {error}") from None
        found[judgement.key] = judgement
    return found


def judgements_for(
    folder: RunFolder, items: Sequence[Item], results: Mapping[Key, Result], judge: str | None
) -> tuple[str, dict[Key, dict[str, float | None]]]:
    """Whose judgements there are, and what they say of the answers as they are now.

    Parameters
    ----------
    judge: the model's name; None for the only one that has judged, "" for none at all.

    Raises
    ------
    RunError: several have, or not the one that is named.
    """
    paths = sorted(folder.path.glob("judge-*.jsonl"))
    if judge:
        paths = [folder.path / file_of(judge)]
        if not paths[0].exists():
            raise RunError(f"{folder.name} was not judged by {printable(judge, 60)}")
    if judge == "" or not paths:
        return "", {}
    if len(paths) > 1:
        names = ", ".join(_judge_of(path) for path in paths)
        raise RunError(f"{folder.name} was judged by {names}; say which with --judge-model")
    known = read_judgements(paths[0])
    found: dict[Key, dict[str, float | None]] = {}
    for request in requests(items, results):
        row = found.setdefault((request.item.dataset, request.item.row), {})
        judgement = known.get(request.key)
        if _is_judged(judgement, request) and judgement is not None:
            row.update(judgement.values)
        else:
            row.update(dict.fromkeys(request.aspect.measures))
    return _judge_of(paths[0]), found


def _judge_of(path: Path) -> str:
    names = sorted({judgement.judge for judgement in read_judgements(path).values()})
    return printable(names[0] if names else path.stem, 60)
