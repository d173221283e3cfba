"""The road from an open video to the record of an answer, in the order in which data takes it.

    frames -> visual tokens -> context -> question -> tokens -> text

Everything up to the context is about the video and is kept by the session; only the rest is done
for each question.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import mlx.core as mx
import numpy as np

from sf_mlx.answer import Choice, Record, Road, Step
from sf_mlx.context import Slot
from sf_mlx.errors import UsageError
from sf_mlx.generate import decode, read_question
from sf_mlx.model.rope import length_for
from sf_mlx.prompts import LETTERS, build_prompt, choice_prompt, stop_ids, with_choices
from sf_mlx.sampling import Sampling
from sf_mlx.slowfast import preset_name
from sf_mlx.templates import find_template
from sf_mlx.text import Stopper, Strip, TextStream

if TYPE_CHECKING:
    from sf_mlx.models import Model
    from sf_mlx.session import Session
    from sf_mlx.video import VideoInfo

T = TypeVar("T")
Tokens = Generator[tuple[int, mx.array], None, None]


@dataclass(frozen=True)
class Question:
    """A question that was checked and tokenised.

    Attributes
    ----------
    question, choices: as they were asked.
    letters: token ids of the options' letters, where the likeliest of them is the answer.
    template: the prompt template's name.
    head, ids: token ids before and behind the visual tokens.
    end_tokens: ids that end the answer.
    """

    question: str
    choices: tuple[str, ...]
    letters: tuple[int, ...]
    template: str
    head: tuple[int, ...]
    ids: tuple[int, ...]
    sampling: Sampling
    end_tokens: frozenset[int]

    @property
    def text_tokens(self) -> int:
        """Tokens besides the visual ones."""
        return len(self.head) + len(self.ids)


def pose(
    model: Model,
    template: str,
    question: str,
    *,
    choices: Sequence[str] = (),
    choose_by: Literal["likelihood", "generate"] = "likelihood",
    sampling: Sampling = Sampling(),
) -> Question:
    """Check and tokenise a question; the parameters are those of `Session.ask`.

    Raises
    ------
    UsageError: it cannot be asked, whatever the video.
    """
    if choose_by not in ("likelihood", "generate"):
        raise UsageError(f"an option is chosen by likelihood or generate, not {choose_by!r}")
    letters: tuple[int, ...] = ()
    if choices:
        template = find_template(template).choices or template
    found = find_template(template)
    if choices and choose_by == "likelihood":
        prompt, letters = choice_prompt(found, question, choices, model.tokenizer)
    else:
        text = with_choices(question, choices) if choices else question
        prompt = build_prompt(found, text, model.tokenizer)
    return Question(
        question=question,
        choices=tuple(choices),
        letters=letters,
        template=template,
        head=prompt.head,
        ids=prompt.instruction + prompt.question,
        sampling=sampling,
        end_tokens=model.end_tokens | stop_ids(found, model.tokenizer),
    )


@dataclass
class _Clock:
    """Where the time of one answer went, in seconds; only while it worked itself."""

    open: float = 0.0
    decode: float = 0.0
    weights: float = 0.0
    vision: float = 0.0
    prefill: float = 0.0
    generate: float = 0.0

    def take(self, part: str, steps: Iterator[T]) -> Iterator[T]:
        """Pass steps on and count the time of each."""
        while True:
            started = time.perf_counter()
            try:
                step = next(steps)
            except StopIteration:
                return
            finally:
                self.add(part, time.perf_counter() - started)
            yield step

    def add(self, part: str, seconds: float) -> None:
        setattr(self, part, getattr(self, part) + seconds)


def road(session: Session, asked: Question, slot: Slot) -> Road:
    """Answer a question; every `next` is one piece of work on the model's thread.

    The generator holds the session and is not held by it: who drops an answer drops what only it
    needs. Yields steps, pieces of text, and the record at the end.
    """
    model = session.model
    clock = _Clock(open=session.take_open_seconds())
    yield from _see(session, clock)
    length = session.visual_tokens + asked.text_tokens
    # The base that this question alone would have, so that an answer depends on nothing before it
    base = model.backbone.rope_base(length_for(length + asked.sampling.max_tokens))
    started = time.perf_counter()
    context = session.context(asked.head, base)
    clock.add("weights", time.perf_counter() - started)
    said = _Said(cached=context.length if context.is_filled else 0)
    context.users += 1
    try:
        for read in clock.take("prefill", context.fill()):
            yield Step("prompt", read, length)
        question = clock.take("prefill", read_question(model.backbone, context, slot, asked.ids))
        said.cached += next(question)
        for read in question:
            yield Step("prompt", context.length + read, length)
        yield Step("prompt", length, length)
        tokens = decode(model.backbone, context, slot, asked.ids[-1], asked.sampling)
        if asked.letters:
            yield from _choose(asked, clock.take("prefill", tokens), said)
            tokens.close()
        else:
            yield from _write(session, asked, slot, tokens, said, clock)
    finally:
        context.users -= 1
    yield _record(session, asked, base, said, clock)


@dataclass
class _Said:
    """What the model has answered by now, and how many tokens of the prompt it knew before."""

    cached: int = 0
    text: str = ""
    tokens: int = 0
    finish: str = "length"
    choice: Choice | None = None


def _see(session: Session, clock: _Clock) -> Iterator[Step]:
    total = session.frame_count
    yield Step("frames", 0, total)
    while not session.is_seen:
        started = time.perf_counter()
        done = session.look()
        spent = time.perf_counter() - started
        waited = 0.0 if done is None else done.decode_seconds
        loaded = 0.0 if done is None else done.weights_seconds
        clock.add("decode", waited)
        clock.add("weights", loaded)
        clock.add("vision", spent - waited - loaded)
        yield Step("frames", total if done is None else done.frames, total)


def _choose(asked: Question, tokens: Iterator[tuple[int, mx.array]], said: _Said) -> Iterator[str]:
    """Take the option whose letter is the likeliest; nothing is generated."""
    _, logprobs = next(tokens)
    shares = mx.softmax(logprobs.astype(mx.float32)[mx.array(asked.letters)])
    probabilities = [float(share) for share in np.array(shares)]
    index = probabilities.index(max(probabilities))
    said.text = asked.choices[index]
    said.finish = "choice"
    said.choice = Choice(LETTERS[index], index, tuple(probabilities))
    yield said.text


def _write(
    session: Session, asked: Question, slot: Slot, tokens: Tokens, said: _Said, clock: _Clock
) -> Iterator[Step | str]:
    """Stream the answer's text as it is generated, and leave in the slot what was shown of it."""
    stream = TextStream(session.model.tokenizer)
    stopper = Stopper(tuple(asked.sampling.stop))
    strip = Strip()
    before = len(asked.ids)
    part = "prefill"
    while True:
        started = time.perf_counter()
        token, _ = next(tokens, (None, None))
        clock.add(part, time.perf_counter() - started)
        part = "generate"
        if token is None:
            break
        if token in asked.end_tokens:
            said.finish = "stop"
            break
        said.tokens += 1
        piece = strip.push(stopper.push(stream.push(token)))
        said.text += piece
        if piece:
            yield piece
        if stopper.stopped:
            said.finish = "stop"
            # A conversation goes on from what was shown
            del slot.ids[before + stream.tokens_within(stopper.passed) :]
            return
        # Every token is a piece of work, so that other answers get their turn
        if not piece:
            yield Step("text", said.tokens, asked.sampling.max_tokens)
    if rest := strip.push(stopper.rest()):
        said.text += rest
        yield rest


def _record(session: Session, asked: Question, base: float, said: _Said, clock: _Clock) -> Record:
    speed = (said.tokens - 1) / clock.generate if said.tokens > 1 and clock.generate > 0 else 0.0
    return Record(
        answer=said.text,
        question=asked.question,
        choices=asked.choices,
        choice=said.choice,
        model=session.model.name,
        video=session.name,
        video_info=_facts(session.info),
        preset=preset_name(session.pooling),
        spec=str(session.pooling),
        template=asked.template,
        frame_times=session.frame_times,
        from_cache=session.from_cache,
        visual_tokens=session.visual_tokens,
        text_tokens=asked.text_tokens,
        cached_tokens=said.cached,
        answer_tokens=said.tokens,
        rope_base=base,
        finish_reason=said.finish,
        load_seconds=session.model.load_seconds,
        open_seconds=clock.open,
        decode_seconds=clock.decode,
        weights_seconds=clock.weights,
        vision_seconds=clock.vision,
        prefill_seconds=clock.prefill,
        first_token_seconds=clock.open
        + clock.decode
        + clock.weights
        + clock.vision
        + clock.prefill,
        generate_seconds=clock.generate,
        tokens_per_second=speed,
        peak_memory_bytes=mx.get_peak_memory(),
        warnings=tuple(session.warnings),
    )


def _facts(info: VideoInfo) -> dict[str, Any]:
    """What a reader of the record wants to know of the video, with the units in the names."""
    return {
        "container": info.container,
        "codec": info.codec,
        "width": info.width,
        "height": info.height,
        "rotation_degrees": info.rotation,
        "duration_seconds": info.duration,
        "frames": info.frames,
        "frames_per_second": info.fps,
        "variable_rate": info.variable_rate,
        "pixel_format": info.pixel_format,
        "transfer": info.transfer,
    }
