"""From a question to token ids; the video is read already."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

import mlx.core as mx

from sf_mlx import trace
from sf_mlx.context import Context, Slot
from sf_mlx.model.backbone import Backbone
from sf_mlx.sampling import Sampling, processors, sampler
from sf_mlx.weights.diagnose import check_values

# MLX keeps buffers that it may need again; an answer's grow with its length
_TOKENS_BETWEEN_CLEARINGS = 256


def read_question(
    model: Backbone, context: Context, slot: Slot, ids: Sequence[int]
) -> Iterator[int]:
    """Prefill the text behind the video but for its last token, a step at a time.

    What the cache holds of it already is kept. The first number is how many tokens that is, the
    others how many have been read in all.
    """
    common = context.keep_common(slot, ids)
    new = list(ids[common:-1])
    done = 0
    yield common
    context.enter(slot)
    words = model.embed(new)
    if new:
        check_values(model, words, "text embeddings", "language")
    for read in context.read(words):
        context.add(slot, new[done:read])
        done = read
        yield common + done
        context.enter(slot)


def decode(
    model: Backbone, context: Context, slot: Slot, last: int, sampling: Sampling
) -> Generator[tuple[int, mx.array], None, None]:
    """Generate token ids after the token `last`, each with its log-probabilities [V].

    While a token is used, the next is computed, as in mlx-lm's `generate_step`, whose module loads
    transformers. Whoever iterates may stop at any token; the slot then holds everything that was
    yielded.

    Raises
    ------
    CheckpointError: the model's numbers are no numbers.
    """
    choose, change = sampler(sampling, model.rows), processors(sampling)
    said = mx.array([], dtype=mx.int32)

    def step(ids: mx.array, embeddings: mx.array | None = None) -> tuple[mx.array, mx.array]:
        # Before every step: another answer may have run on the same model in between
        context.enter(slot)
        model.set_rope_base(context.rope_base)
        logits = model.language_model(ids[None], context.cache, embeddings)[:, -1]
        for process in change:
            logits = process(said, logits)
        logprobs = logits - mx.logsumexp(logits, keepdims=True)
        token = choose(logprobs)
        mx.async_eval(token, logprobs)  # type: ignore[no-untyped-call]
        return token, logprobs[0]

    token, logprobs = step(said, model.embed([last])[None])
    check_values(model, logprobs, "first logits", "language")
    read = [last]
    for count in range(sampling.max_tokens):
        if change:
            said = mx.concatenate([said, token])
        with trace.span("token"):
            following = step(token)
            value = int(token.item())  # type: ignore[arg-type]
        context.add(slot, [*read, value])
        read = []
        yield value, logprobs
        if (count + 1) % _TOKENS_BETWEEN_CLEARINGS == 0:
            mx.clear_cache()
        token, logprobs = following
