"""From embeddings to text: prefill and the streaming generator, on mlx-lm's `generate_step`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import mlx.core as mx
from mlx_lm.generate import generate_step
from mlx_lm.sample_utils import make_logits_processors, make_sampler

from sf_mlx.device import current
from sf_mlx.errors import ContextLengthError, UsageError
from sf_mlx.model.llava import Llava
from sf_mlx.model.rope import length_for
from sf_mlx.weights.diagnose import check_values

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

# What mlx can quantise a KV cache to
KV_BITS = (4, 8)
_KV_GROUP_SIZE = 64


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen, and when to stop. Greedy by default, as upstream.

    Attributes
    ----------
    max_tokens: at most this many answer tokens.
    temperature: 0 is greedy.
    top_p, top_k, min_p: keep only the likely tokens; 1, 0 and 0 keep all.
    repetition_penalty: divides the scores of tokens already in the answer; 1 changes nothing.
    seed: makes sampling repeatable; None goes on with MLX's own random state.
    stop: the answer ends before the first of these strings.
    kv_bits: quantise the KV cache to 4 or 8 bits; None keeps it in the model's precision.
    """

    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    kv_bits: int | None = None

    def __post_init__(self) -> None:
        for valid, what in (
            (self.max_tokens >= 1, f"max tokens must be at least 1, not {self.max_tokens}"),
            (self.temperature >= 0, f"temperature must be 0 or more, not {self.temperature}"),
            (0 < self.top_p <= 1, f"top-p must lie in (0, 1], not {self.top_p}"),
            (self.top_k >= 0, f"top-k must be 0 or more, not {self.top_k}"),
            (0 <= self.min_p <= 1, f"min-p must lie in [0, 1], not {self.min_p}"),
            (
                self.repetition_penalty > 0,
                f"the repetition penalty must be above 0, not {self.repetition_penalty}",
            ),
            (
                self.seed is None or 0 <= self.seed < 2**64,
                f"the seed must lie between 0 and 2^64 - 1, not {self.seed}",
            ),
            (all(self.stop), "a stop string is empty"),
            (
                self.kv_bits is None or self.kv_bits in KV_BITS,
                f"the KV cache can have 4 or 8 bits, not {self.kv_bits}",
            ),
        ):
            if not valid:
                raise UsageError(what)


@dataclass(frozen=True)
class Generated:
    """The last thing that `generate` yields: what it took.

    Attributes
    ----------
    prompt_tokens, tokens: prefilled, and generated (the end token not counted).
    finish_reason: "stop" for the model's end token or a stop string, "length" for `max_tokens`.
    prefill_seconds: from the start until the first token is there.
    seconds: generating the rest.
    peak_memory: bytes that MLX held at most since the process began or the peak was reset.
    """

    prompt_tokens: int
    tokens: int
    finish_reason: Literal["stop", "length"]
    prefill_seconds: float
    seconds: float
    peak_memory: int

    @property
    def tokens_per_second(self) -> float:
        """Speed after the first token; 0 where there was only one."""
        return (self.tokens - 1) / self.seconds if self.tokens > 1 and self.seconds > 0 else 0.0


def check_context(visual: int, text: int, max_tokens: int, context: int) -> None:
    """Refuse a prompt that does not fit; nothing is ever cut.

    Raises
    ------
    ContextLengthError: with the numbers.
    """
    if visual + text + max_tokens > context:
        raise ContextLengthError(
            f"{visual:,} visual + {text:,} text + {max_tokens:,} answer tokens = "
            f"{visual + text + max_tokens:,} do not fit the model's context of {context:,}; take a "
            "smaller preset, fewer --max-tokens or a shorter question"
        )


def check_kv_bits(model: Llava, bits: int | None) -> None:
    """Refuse KV quantisation where the head size is not a whole number of groups.

    Raises
    ------
    UsageError: with the head size.
    """
    if bits is not None and model.config.head_dim % _KV_GROUP_SIZE:
        raise UsageError(
            f"this model's KV cache cannot be quantised: its head size {model.config.head_dim} is "
            f"not a multiple of {_KV_GROUP_SIZE}"
        )


def generate(
    model: Llava,
    tokenizer: PreTrainedTokenizerFast,
    prefix: mx.array,
    question: tuple[int, ...],
    sampling: Sampling,
    end_tokens: frozenset[int],
    *,
    rope_length: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[str | Generated]:
    """Prefill and generate.

    Parameters
    ----------
    prefix: embeddings [P, D] of everything before the question: text and visual tokens.
    question: token ids of the rest of the prompt.
    end_tokens: ids that end the answer.
    rope_length: chooses the rotary base for this many tokens instead of the prompt's own.
    progress: called with prefilled and all prompt tokens.

    Yields
    ------
    Pieces of text as they become valid UTF-8, then one `Generated`. Closing the generator stops it.

    Raises
    ------
    ContextLengthError: prompt and answer do not fit the context.
    CheckpointError: the weights are damaged; found at the first token.
    """
    length = prefix.shape[0] + len(question)
    check_context(prefix.shape[0], len(question), sampling.max_tokens, model.context)
    check_kv_bits(model, sampling.kv_bits)
    rope_length = rope_length or length_for(length + sampling.max_tokens)
    if sampling.seed is not None:
        mx.random.seed(sampling.seed)
    started = time.perf_counter()
    words = model.embed(list(question)).astype(prefix.dtype)
    check_values(model, words, "text embeddings")
    embeddings = mx.concatenate([prefix, words])
    steps = generate_step(
        mx.array([], dtype=mx.int32),
        model.language_model,
        input_embeddings=embeddings,
        max_tokens=sampling.max_tokens,
        prefill_step_size=current().prefill_step,
        sampler=make_sampler(
            sampling.temperature,
            sampling.top_p,
            sampling.min_p,
            # mlx-lm refuses what would keep every token
            top_k=sampling.top_k if sampling.top_k < model.config.text["vocab_size"] else 0,
        ),
        logits_processors=make_logits_processors(
            repetition_penalty=sampling.repetition_penalty,
            repetition_context_size=sampling.max_tokens,
        )
        if sampling.repetition_penalty != 1
        else None,
        kv_bits=sampling.kv_bits,
        kv_group_size=_KV_GROUP_SIZE,
        quantized_kv_start=0,
        prompt_progress_callback=progress,
    )
    decoder = _TextStream(tokenizer)
    stopper = _Stopper(sampling.stop)
    count = 0
    first = time.perf_counter()
    finish: Literal["stop", "length"] = "length"
    try:
        while True:
            # Before every step: another answer may have run on the same model in between
            model.set_rope_length(rope_length)
            if (step := next(steps, None)) is None:
                break
            token = step[0]
            if count == 0:
                first = time.perf_counter()
                check_values(model, step[1], "first logits")
            if token in end_tokens:
                finish = "stop"
                break
            count += 1
            piece = stopper.push(decoder.push(token))
            if piece:
                yield piece
            if stopper.stopped:
                finish = "stop"
                break
        if not stopper.stopped and (rest := stopper.rest()):
            yield rest
    finally:
        steps.close()
    yield Generated(
        prompt_tokens=length,
        tokens=count,
        finish_reason=finish,
        prefill_seconds=first - started,
        seconds=time.perf_counter() - first,
        peak_memory=mx.get_peak_memory(),
    )


class _TextStream:
    """Token ids to text, a piece as soon as it is whole characters.

    Decodes a short window twice, so that spaces between pieces come out as in one decoding of all
    (the scheme of huggingface/text-generation-inference, `decode_token`). An incomplete character
    at the very end is left out.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        self._window = 0
        self._shown = 0

    def push(self, token: int) -> str:
        """The text that this token completes, or nothing yet."""
        self._ids.append(token)
        before = self._decode(self._ids[self._window : self._shown])
        after = self._decode(self._ids[self._window :])
        if len(after) <= len(before) or after.endswith("\ufffd"):
            return ""
        self._window, self._shown = self._shown, len(self._ids)
        return after[len(before) :]

    def _decode(self, ids: list[int]) -> str:
        text: str = self._tokenizer.decode(ids, skip_special_tokens=True)
        return text


class _Stopper:
    """Passes text on, holding back what may be the beginning of a stop string."""

    def __init__(self, stop: tuple[str, ...]) -> None:
        self._stop = stop
        self._held = ""
        self.stopped = False

    def push(self, piece: str) -> str:
        """The text that is safe to show now."""
        self._held += piece
        found = [at for at in map(self._held.find, self._stop) if at >= 0]
        if found:
            self.stopped = True
            return self._held[: min(found)]
        keep = max((self._overlap(stop) for stop in self._stop), default=0)
        ready, self._held = (
            self._held[: len(self._held) - keep],
            self._held[len(self._held) - keep :],
        )
        return ready

    def rest(self) -> str:
        """What is still held when the answer ends without a stop string."""
        return self._held

    def _overlap(self, stop: str) -> int:
        """Length of the longest end of the held text that begins `stop`."""
        longest = min(len(stop) - 1, len(self._held))
        return next((n for n in range(longest, 0, -1) if self._held.endswith(stop[:n])), 0)
