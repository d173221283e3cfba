"""How the next token is chosen, and when an answer stops."""

import math
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import mlx.core as mx

from sf_mlx.errors import UsageError


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen, and when to stop. Greedy by default, as upstream.

    Attributes
    ----------
    max_tokens: at most this many answer tokens.
    temperature: 0 is greedy.
    top_p, top_k, min_p: keep only the likely tokens; 1, 0 and 0 keep all.
    repetition_penalty: divides the scores of tokens already in the answer; 1 changes nothing.
    seed: makes sampling repeatable, whatever else the model answers meanwhile; None is by chance.
    stop: the answer ends before the first of these strings; a single string is one of them.
    """

    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    seed: int | None = None
    stop: Sequence[str] = ()

    def __post_init__(self) -> None:
        stop = (self.stop,) if isinstance(self.stop, str) else self.stop
        if not isinstance(stop, Sequence):
            raise UsageError(f"stop strings are a text or several, not {stop!r}")
        object.__setattr__(self, "stop", tuple(stop))
        seed = 0 if self.seed is None else self.seed
        for valid, what in (
            (_whole(self.max_tokens, 1), f"max tokens must be at least 1, not {self.max_tokens}"),
            (
                _number(self.temperature) and self.temperature >= 0,
                f"temperature must be 0 or more, not {self.temperature}",
            ),
            (
                _number(self.top_p) and 0 < self.top_p <= 1,
                f"top-p must lie in (0, 1], not {self.top_p}",
            ),
            (_whole(self.top_k, 0), f"top-k must be 0 or more, not {self.top_k}"),
            (
                _number(self.min_p) and 0 <= self.min_p <= 1,
                f"min-p must lie in [0, 1], not {self.min_p}",
            ),
            (
                _number(self.repetition_penalty) and self.repetition_penalty > 0,
                f"the repetition penalty must be above 0, not {self.repetition_penalty}",
            ),
            (
                _whole(seed, 0) and seed < 2**64,
                f"the seed must lie between 0 and 2^64 - 1, not {self.seed}",
            ),
            (all(isinstance(text, str) and text for text in stop), "a stop string is empty"),
        ):
            if not valid:
                raise UsageError(what)


def _whole(value: object, least: int) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def _number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def sampler(sampling: Sampling, vocabulary: int) -> Callable[[mx.array], mx.array]:
    """What takes log-probabilities [1, V] to a token id [1].

    mlx-lm's filters, with a random key of its own: MLX's random state belongs to a thread, and
    answers that take turns would draw from one another's.
    """
    from mlx_lm.sample_utils import apply_min_p, apply_top_k, apply_top_p

    if sampling.temperature == 0:
        return lambda logprobs: mx.argmax(logprobs, axis=-1)
    key = mx.random.key(secrets.randbits(63) if sampling.seed is None else int(sampling.seed))

    def sample(logprobs: mx.array) -> mx.array:
        nonlocal key
        if sampling.top_p < 1:
            logprobs = apply_top_p(logprobs, sampling.top_p)
        if sampling.min_p > 0:
            logprobs = apply_min_p(logprobs, sampling.min_p)
        # mlx-lm refuses what would keep every token
        if 0 < sampling.top_k < vocabulary:
            logprobs = apply_top_k(logprobs, sampling.top_k)
        key, now = mx.random.split(key)
        return mx.random.categorical(logprobs / sampling.temperature, key=now)

    return sample


def processors(sampling: Sampling) -> list[Any]:
    """What changes the logits before the sampler; each is given the answer's tokens so far."""
    from mlx_lm.sample_utils import make_logits_processors

    if sampling.repetition_penalty == 1:
        return []
    found: list[Any] = make_logits_processors(
        repetition_penalty=sampling.repetition_penalty,
        repetition_context_size=sampling.max_tokens,
    )
    return found
