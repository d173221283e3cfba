"""Ask a question about a video: the road from a file to streamed text, in one place."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import mlx.core as mx
import numpy as np

from sf_mlx.device import current
from sf_mlx.errors import EmptyVideoError, UsageError
from sf_mlx.generate import Generated, Sampling, check_context, check_kv_bits, generate
from sf_mlx.model.llava import FRAMES_PER_PASS, Llava
from sf_mlx.prompts import (
    DEFAULT_QUESTION,
    Prompt,
    Template,
    build_prompt,
    find_template,
    with_choices,
)
from sf_mlx.slowfast import Aggregation, SlowFast, parse_spec
from sf_mlx.video import Frames, Limits, Selection, VideoInfo, normalise, read_frames

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

# What is under way ("frames" or "prompt"), how much of it is done, and how much there is
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class AnswerRecord:
    """What an answer is about and what it took; all times in seconds.

    Attributes
    ----------
    spec: the pooling as upstream's specification string.
    frame_times: when each frame that was used is shown, in seconds from the video's start.
    visual_tokens, text_tokens, tokens: in the prompt, and in the answer.
    decode_seconds: waiting for the video; vision_seconds: tower, projector and pooling.
    first_token_seconds: from the call until the first token.
    peak_memory: bytes that MLX held at most.
    """

    answer: str
    model: str
    video: str
    question: str
    spec: str
    template: str
    frame_times: list[float]
    visual_tokens: int
    text_tokens: int
    tokens: int
    finish_reason: str
    decode_seconds: float
    vision_seconds: float
    prefill_seconds: float
    first_token_seconds: float
    generate_seconds: float
    tokens_per_second: float
    peak_memory: int
    warnings: list[str]


@dataclass(frozen=True)
class Model:
    """A loaded model.

    Attributes
    ----------
    name: what `load` was given.
    llava: the network.
    template: the name of the prompt template that fits the checkpoint.
    end_tokens: token ids that end an answer.
    """

    name: str
    llava: Llava
    tokenizer: PreTrainedTokenizerFast
    template: str
    end_tokens: frozenset[int]

    def ask(
        self,
        video: Any,
        question: str = DEFAULT_QUESTION,
        *,
        spec: Aggregation | str = SlowFast(),
        selection: Selection | None = None,
        choices: Sequence[str] = (),
        template: str | None = None,
        sampling: Sampling = Sampling(),
        exact: bool = False,
        hwaccel: bool = False,
        limits: Limits = Limits(),
        rope_length: int | None = None,
        keep_vision: bool = True,
        progress: Progress | None = None,
    ) -> Answer:
        """Ask about a video; iterate over the result for the text as it is generated.

        Parameters
        ----------
        video: a file, a folder of images, "-" for standard input, an array uint8 [T, H, W, 3], or
            PIL images.
        spec: the pooling: a `SlowFast`, or upstream's specification string.
        selection: which frames; uniformly over the whole video by default, `spec.frames` of them.
        choices: makes it a multiple-choice question.
        template: a prompt template other than the checkpoint's own.
        exact: always resize full frames with Pillow, whatever their size.
        hwaccel: decode with VideoToolbox on macOS where it can (not tried on a Mac by the authors).
        limits: what a video may cost at most.
        rope_length: chooses the rotary base for this many tokens instead of the prompt's own.
        keep_vision: False frees the vision tower's memory before the answer; no further videos.
        progress: called with "frames" or "prompt", done, total.

        Raises
        ------
        UsageError, VideoError, ContextLengthError: found out before any work is done; a damaged
        video may also raise a VideoError from the iteration.
        """
        if isinstance(spec, str):
            spec = parse_spec(spec)
        name = template or self.template
        chosen = find_template(name)
        if choices:
            question = with_choices(question, choices)
            name = chosen.choices or name
            chosen = find_template(name)
        prompt = build_prompt(chosen, question, self.tokenizer)
        check_kv_bits(self.llava, sampling.kv_bits)
        frames = read_frames(
            video,
            selection or Selection(),
            default_frames=spec.frames,
            size=self.llava.config.vision.image_size,
            exact=exact,
            hwaccel=hwaccel,
            limits=limits,
        )
        try:
            visual = spec.tokens(frames.count, self.llava.patches)
            if not visual:
                raise UsageError(
                    f"{spec} leaves no visual tokens: the answer would ignore the video"
                )
            check_context(visual, prompt.text_tokens, sampling.max_tokens, self.llava.context)
            _check_memory(self.llava, frames.count)
        except BaseException:
            frames.close()
            raise
        job = _Job(
            self, frames, prompt, spec, question, name, chosen, sampling, rope_length, keep_vision,
            os.fspath(video) if isinstance(video, str | os.PathLike) else type(video).__name__,
        )  # fmt: skip
        return Answer(job, progress)


@dataclass(frozen=True)
class _Job:
    """One question, checked and ready to run."""

    model: Model
    frames: Frames
    prompt: Prompt
    spec: Aggregation
    question: str
    template_name: str
    template: Template
    sampling: Sampling
    rope_length: int | None
    keep_vision: bool
    video: str


class Answer:
    """The answer to one question: iterate for its pieces, once.

    Attributes
    ----------
    info: what the video is.
    visual_tokens: visual tokens of the prompt, known before the work begins.
    text: the text so far, without leading and trailing white space.
    record: counts and timings; None until the answer is complete.
    """

    def __init__(self, job: _Job, progress: Progress | None) -> None:
        self.info: VideoInfo = job.frames.info
        self.visual_tokens = job.spec.tokens(job.frames.count, job.model.llava.patches)
        self.record: AnswerRecord | None = None
        self._raw = ""
        self._frames = job.frames
        self._pieces = self._run(job, progress or (lambda *_: None))

    @property
    def text(self) -> str:
        """The answer so far, stripped as upstream strips it."""
        return self._raw.strip()

    @property
    def warnings(self) -> list[str]:
        """What was wrong with the video, as far as it was read, and why frames are fewer."""
        note = self._frames.note
        return [*([note] if note else []), *self._frames.warnings]

    def __iter__(self) -> Iterator[str]:
        return self._pieces

    def close(self) -> None:
        """Stop generating and let the video go."""
        self._pieces.close()
        self._frames.close()

    def _run(self, job: _Job, progress: Progress) -> Generator[str, None, None]:
        with job.frames:
            yield from self._answer(job, progress)

    def _answer(self, job: _Job, progress: Progress) -> Generator[str, None, None]:
        model = job.model.llava
        if model.vision_tower is None:
            raise UsageError("the vision tower was released after another video; load it again")
        mx.reset_peak_memory()
        started = time.perf_counter()
        visual = encode_video(model, job.frames, job.spec, progress)
        if not job.keep_vision:
            model.release_vision()
        head, instruction = (
            model.embed(list(ids)) for ids in (job.prompt.head, job.prompt.instruction)
        )
        pieces = generate(
            model,
            job.model.tokenizer,
            mx.concatenate([head, visual.tokens, instruction]),
            job.prompt.question,
            job.sampling,
            job.model.end_tokens | _ids(job.model.tokenizer, job.template.stop),
            rope_length=job.rope_length,
            progress=lambda done, total: progress("prompt", done, total),
        )
        before_prefill = time.perf_counter() - started
        for piece in pieces:
            if isinstance(piece, Generated):
                self.record = self._finish(job, visual, piece, before_prefill)
            else:
                self._raw += piece
                yield piece

    def _finish(
        self, job: _Job, visual: VisualTokens, done: Generated, before_prefill: float
    ) -> AnswerRecord:
        return AnswerRecord(
            answer=self.text,
            model=job.model.name,
            video=job.video,
            question=job.question,
            spec=str(job.spec),
            template=job.template_name,
            frame_times=visual.frame_times,
            visual_tokens=visual.tokens.shape[0],
            text_tokens=job.prompt.text_tokens,
            tokens=done.tokens,
            finish_reason=done.finish_reason,
            decode_seconds=visual.decode_seconds,
            vision_seconds=visual.vision_seconds,
            prefill_seconds=done.prefill_seconds,
            first_token_seconds=before_prefill + done.prefill_seconds,
            generate_seconds=done.seconds,
            tokens_per_second=done.tokens_per_second,
            peak_memory=done.peak_memory,
            warnings=list(self.warnings),
        )


@dataclass(frozen=True)
class VisualTokens:
    """A video as the language model sees it.

    Attributes
    ----------
    tokens: embeddings [L, D], evaluated.
    frame_times: seconds of every frame that is in them.
    decode_seconds: spent waiting for frames; vision_seconds: tower, projector and pooling.
    """

    tokens: mx.array
    frame_times: list[float]
    decode_seconds: float
    vision_seconds: float


def encode_video(
    model: Llava, frames: Frames, spec: Aggregation, progress: Progress
) -> VisualTokens:
    """Frames to visual tokens; the tower works on the first while later ones are decoded.

    Raises
    ------
    EmptyVideoError: not one frame came.
    VideoError: the video is damaged in a way that only decoding shows.
    """
    started = time.perf_counter()
    features: list[mx.array] = []
    times: list[float] = []
    waited = 0.0
    progress("frames", 0, frames.count)
    while True:
        asked = time.perf_counter()
        batch = list(islice(frames, FRAMES_PER_PASS))
        waited += time.perf_counter() - asked
        if not batch:
            break
        pixels = normalise(np.stack([frame.image for frame in batch]))
        # Upstream feeds float16 pixels; rounding them keeps float32 runs comparable with it
        features.append(model.encode(pixels.astype(mx.float16)))
        times += [frame.time for frame in batch]
        progress("frames", len(times), frames.count)
    if not features:
        raise EmptyVideoError("no frame of the video could be decoded")
    tokens = spec(mx.concatenate(features))
    mx.eval(tokens)
    return VisualTokens(tokens, times, waited, time.perf_counter() - started - waited)


def _check_memory(model: Llava, frames: int) -> None:
    """All frames' features are held at once, and once more while they are joined."""
    size = 2 * frames * model.patches * model.config.text["hidden_size"] * model.dtype.size
    memory = current().memory
    if size > memory / 2:
        raise UsageError(
            f"{frames:,} frames need {size / 2**30:,.1f} GiB for their features and this machine "
            f"has {memory / 2**30:,.1f}; ask for fewer --frames"
        )


def _ids(tokenizer: PreTrainedTokenizerFast, names: tuple[str, ...]) -> frozenset[int]:
    vocabulary = tokenizer.get_vocab()
    return frozenset(vocabulary[name] for name in names if name in vocabulary)
