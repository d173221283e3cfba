"""Asks the demo model many questions about a clip that is read and prefilled once."""

import re
from pathlib import Path

import numpy as np

from demo import tokenizer
from sf_mlx.ask import Model
from sf_mlx.device import current
from sf_mlx.prompts import build_prompt, find_template
from sf_mlx.slowfast import Aggregation

MOST_TOKENS = 160


class Reader:
    """One model with one way of pooling; `open` a clip, then ask."""

    def __init__(self, model: Model, spec: Aggregation) -> None:
        self.model, self.spec = model, spec
        self._template = find_template(model.template)
        self.visual_tokens = 0

    def open(self, path: Path) -> None:
        """Read a clip, as the command does, and fill the cache with it."""
        import mlx.core as mx
        from mlx_lm.models.cache import make_prompt_cache

        from sf_mlx.video import Selection, normalise, read_frames

        llava = self.model.llava
        with read_frames(
            path, Selection(self.spec.frames), size=llava.config.vision.image_size
        ) as frames:
            pixels = normalise(np.stack([frame.image for frame in frames])).astype(mx.float16)
        tokens = self.spec(llava.encode(pixels))
        self.visual_tokens = tokens.shape[0]
        prompt = build_prompt(self._template, "?", self.model.tokenizer)
        prefix = [llava.embed(list(prompt.head)), tokens, llava.embed(list(prompt.instruction))]
        llava.set_rope_length(sum(len(part) for part in prefix))
        self._cache = make_prompt_cache(llava.language_model)
        embeddings, step = mx.concatenate(prefix)[None], current().prefill_step
        for first in range(0, embeddings.shape[1], step):
            part = embeddings[:, first : first + step]
            llava.language_model(
                mx.zeros((1, 1), mx.int32), cache=self._cache, input_embeddings=part
            )
            mx.eval([layer.state for layer in self._cache])
        self._start = self._cache[0].offset

    def ask(self, question: str) -> str:
        """The answer to one question, as if it were the only one."""
        return self.converse([question])[0]

    def converse(self, questions: list[str]) -> list[str]:
        """The answers to one question after the other, each knowing those before."""
        import mlx.core as mx
        from mlx_lm.generate import generate_step
        from mlx_lm.models.cache import trim_prompt_cache

        coder, answers, start = self.model.tokenizer, [], self._start
        for question in questions:
            ids = list(build_prompt(self._template, question, coder).question)
            if answers:
                text = f"{tokenizer.FOLLOW_UP}{question}{tokenizer.AFTER_QUESTION}"
                ids = coder.encode(text, add_special_tokens=False)
            found: list[int] = []
            for token, _ in generate_step(
                mx.array(ids),
                self.model.llava.language_model,
                max_tokens=MOST_TOKENS,
                prompt_cache=self._cache,
            ):
                found.append(int(token))
                if token in self.model.end_tokens:
                    break
            said = [token for token in found if token not in self.model.end_tokens]
            answers.append(str(coder.decode(said)).strip())
            # Generation runs a token ahead; the next turn needs exactly what was said
            trim_prompt_cache(self._cache, self._cache[0].offset - start)
            if len(answers) < len(questions):
                self._feed([*ids, *found])
                start += len(ids) + len(found)
        trim_prompt_cache(self._cache, self._cache[0].offset - self._start)
        return answers

    def _feed(self, tokens: list[int]) -> None:
        import mlx.core as mx

        self.model.llava.language_model(mx.array([tokens]), cache=self._cache)
        mx.eval([layer.state for layer in self._cache])


def repeats(answer: str) -> bool:
    """Whether an answer says the same words three times running, or never ends."""
    words = re.findall(r"\w+", answer.lower())
    if len(words) > 110:
        return True
    for size in (1, 2, 3, 4, 5):
        for at in range(len(words) - 3 * size + 1):
            part = words[at : at + size]
            if part == words[at + size : at + 2 * size] == words[at + 2 * size : at + 3 * size]:
                return True
    return False
