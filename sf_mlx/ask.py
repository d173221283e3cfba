"""Ask a question about a video: the road from a file to streamed text, in one place."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlx.core as mx
import numpy as np

from sf_mlx.errors import EmptyVideoError, ModelNotFoundError
from sf_mlx.generate import Generated, Sampling, check_context, check_kv_bits, generate
from sf_mlx.model.llava import FRAMES_PER_PASS, Llava
from sf_mlx.prompts import (
    DEFAULT_QUESTION,
    Prompt,
    Template,
    build_prompt,
    choose_template,
    find_template,
    with_choices,
)
from sf_mlx.slowfast import Aggregation, SlowFast, parse_spec
from sf_mlx.video import Frames, Limits, Selection, VideoInfo, normalise, read_frames
from sf_mlx.weights.files import checkpoint_folder, read_optional_json
from sf_mlx.weights.hub import cached, is_hub_name
from sf_mlx.weights.load import load_config, load_model
from sf_mlx.weights.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

# What is under way ("frames" or "prompt"), how much of it is done, and how much there is
Progress = Callable[[str, int, int], None]


def load(path: str | os.PathLike[str]) -> Model:
    """Load a model for questions.

    Parameters
    ----------
    path: a checkpoint's folder, or a hub name whose files are already in the hub's cache.

    Raises
    ------
    ModelError: the model cannot be used; its subclasses say why.
    """
    name = os.fspath(path)
    folder = _find(name)
    # The small files first: a missing tokenizer is known before gigabytes are read
    config, raw = load_config(folder)
    tokenizer = load_tokenizer(folder)
    template = choose_template(
        tokenizer,
        is_next=config.is_next,
        mistral=config.language == "mistral",
        named=config.prompt_template,
    )
    return Model(
        name=name,
        llava=load_model(folder),
        tokenizer=tokenizer,
        template=template,
        end_tokens=_end_tokens(folder, raw, tokenizer),
    )


def _find(name: str) -> Path:
    if not is_hub_name(name):
        return checkpoint_folder(name)
    folder = cached(name)
    if folder is None:
        raise ModelNotFoundError(
            f"no folder {name}, and the hub's cache does not hold it; fetch and convert it first: "
            f"sf-mlx convert {name} -o {name.split('/')[1]}-4bit --bits 4"
        )
    return folder


def _end_tokens(
    folder: Path, raw: dict[str, Any], tokenizer: PreTrainedTokenizerFast
) -> frozenset[int]:
    """Every id that a file of the checkpoint calls the end of a sequence."""
    found: set[int] = set()
    for source in (
        read_optional_json(folder / "generation_config.json") or {},
        raw,
        raw.get("text_config", {}),
    ):
        ids = source.get("eos_token_id")
        found.update(ids if isinstance(ids, list) else [] if ids is None else [ids])
    names = (read_optional_json(folder / "tokenizer_config.json") or {}).get("eos_token")
    name = names.get("content") if isinstance(names, dict) else names
    if isinstance(name, str) and (index := tokenizer.get_vocab().get(name)) is not None:
        found.add(index)
    return frozenset(found)


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
        spec: Aggregation | str = SlowFast(),  # noqa: B008 - frozen
        selection: Selection | None = None,
        choices: Sequence[str] = (),
        template: str | None = None,
        sampling: Sampling = Sampling(),  # noqa: B008 - frozen
        exact: bool = False,
        hwaccel: bool = False,
        limits: Limits = Limits(),  # noqa: B008 - frozen
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
        rope_length: the length in tokens that the rotary base is chosen for.
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
            selection or Selection(frames=spec.frames),
            size=self.llava.config.vision.image_size,
            exact=exact,
            hwaccel=hwaccel,
            limits=limits,
        )
        try:
            check_context(
                spec.tokens(frames.count, self.llava.patches),
                prompt.text_tokens,
                sampling.max_tokens,
                self.llava.context,
            )
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
        model = job.model.llava
        mx.reset_peak_memory()
        started = time.perf_counter()
        features, times, decode_seconds = _encode(model, job.frames, progress)
        tokens = job.spec(features)
        mx.eval(tokens)
        del features
        if not job.keep_vision:
            model.release_vision()
        vision_seconds = time.perf_counter() - started - decode_seconds
        prefix = mx.concatenate(
            [model.embed(list(job.prompt.head)), tokens, model.embed(list(job.prompt.instruction))]
        )
        ends = job.model.end_tokens | _ids(job.model.tokenizer, job.template.stop)
        before_prefill = time.perf_counter() - started
        for piece in generate(
            model,
            job.model.tokenizer,
            prefix,
            job.prompt.question,
            job.sampling,
            ends,
            rope_length=job.rope_length,
            progress=lambda done, total: progress("prompt", done, total),
        ):
            if isinstance(piece, Generated):
                self.record = self._finish(
                    job,
                    piece,
                    times,
                    tokens.shape[0],
                    decode_seconds,
                    vision_seconds,
                    before_prefill,
                )
            else:
                self._raw += piece
                yield piece

    def _finish(
        self,
        job: _Job,
        done: Generated,
        times: list[float],
        visual_tokens: int,
        decode_seconds: float,
        vision_seconds: float,
        before_prefill: float,
    ) -> AnswerRecord:
        return AnswerRecord(
            answer=self.text,
            model=job.model.name,
            video=job.video,
            question=job.question,
            spec=str(job.spec),
            template=job.template_name,
            frame_times=times,
            visual_tokens=visual_tokens,
            text_tokens=job.prompt.text_tokens,
            tokens=done.tokens,
            finish_reason=done.finish_reason,
            decode_seconds=decode_seconds,
            vision_seconds=vision_seconds,
            prefill_seconds=done.prefill_seconds,
            first_token_seconds=before_prefill + done.prefill_seconds,
            generate_seconds=done.seconds,
            tokens_per_second=done.tokens_per_second,
            peak_memory=done.peak_memory,
            warnings=list(self.warnings),
        )


def _encode(
    model: Llava, frames: Frames, progress: Progress
) -> tuple[mx.array, list[float], float]:
    """Features [T, N, D], frame times, and the seconds spent waiting for the decoder."""
    features, times, batch = [], [], []
    waited = 0.0
    progress("frames", 0, frames.count)
    iterator = iter(frames)
    while True:
        asked = time.perf_counter()
        frame = next(iterator, None)
        waited += time.perf_counter() - asked
        if frame is not None:
            batch.append(frame.image)
            times.append(frame.time)
        if batch and (frame is None or len(batch) == FRAMES_PER_PASS):
            # Upstream feeds float16 pixels; rounding them keeps float32 runs comparable with it
            features.append(model.encode(normalise(np.stack(batch)).astype(mx.float16)))
            batch = []
            progress("frames", len(times), frames.count)
        if frame is None:
            break
    if not features:
        raise EmptyVideoError("no frame of the video could be decoded")
    return mx.concatenate(features), times, waited


def _ids(tokenizer: PreTrainedTokenizerFast, names: tuple[str, ...]) -> frozenset[int]:
    vocabulary = tokenizer.get_vocab()
    return frozenset(vocabulary[name] for name in names if name in vocabulary)
