"""From a question to token ids, on mlx-lm's `generate_step`; the video is read already."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

import mlx.core as mx
from mlx_lm.generate import generate_step

from sf_mlx.context import Context, Slot
from sf_mlx.model.backbone import Backbone
from sf_mlx.sampling import Sampling, processors, sampler
from sf_mlx.weights.diagnose import check_values


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
        check_values(model, words, "text embeddings")
    for read in context.read(words):
        context.add(slot, new[done:read])
        done = read
        yield common + done
        context.enter(slot)


def decode(
    model: Backbone, context: Context, slot: Slot, last: int, sampling: Sampling
) -> Generator[tuple[int, mx.array], None, None]:
    """Generate token ids after the token `last`, each with its log-probabilities [V].

    Whoever iterates may stop at any token; the slot then holds everything that was yielded.

    Raises
    ------
    CheckpointError: the model's numbers are no numbers.
    """
    steps = generate_step(
        mx.array([], dtype=mx.int32),
        model.language_model,
        input_embeddings=model.embed([last]),
        prompt_cache=context.cache,
        max_tokens=sampling.max_tokens,
        sampler=sampler(sampling, model.rows),
        logits_processors=processors(sampling),
    )
    read = [last]
    try:
        while True:
            # Before every step: another answer may have run on the same model in between
            context.enter(slot)
            model.set_rope_base(context.rope_base)
            if (step := next(steps, None)) is None:
                return
            token, logprobs = step
            if read == [last]:
                check_values(model, logprobs, "first logits")
            context.add(slot, [*read, token] if read else [token])
            read = []
            yield token, logprobs
    finally:
        steps.close()
