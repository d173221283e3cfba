"""What streaming costs over bare `mlx_lm.generate_step`: `python -m benchmarks.generation`.

The same random llama, the same video of 510 visual tokens, 64 greedy tokens; the goal is at most
2 %. Both start where the video is read: with the question.
"""

import mlx.core as mx
import numpy as np
from mlx.utils import tree_flatten
from mlx_lm.generate import generate_step
from mlx_lm.models.cache import make_prompt_cache, trim_prompt_cache

from benchmarks.random_model import config, random_model
from benchmarks.timing import medians
from sf_mlx import mlx_thread
from sf_mlx.context import Budget
from sf_mlx.prompts import build_prompt
from sf_mlx.sampling import Sampling
from sf_mlx.slowfast import SlowFast
from sf_mlx.templates import find_template

TOKENS = 64
QUESTION = "What happens in this video, and why?"


def main() -> None:
    text = {
        "hidden_size": 1024,
        "intermediate_size": 2816,
        "num_hidden_layers": 6,
        "num_attention_heads": 16,
        "num_key_value_heads": 16,
    }
    model = random_model(config(text=text), Budget(2**32))
    llava, tokenizer = model.backbone, model.tokenizer
    parameters = sum(array.size for array in dict(tree_flatten(llava.parameters())).values())
    side = llava.preprocess.size
    clip = np.random.default_rng(0).integers(0, 256, (30, side, side, 3), np.uint8)
    grid = SlowFast(30, 0, "concat", (4, 4))
    video = model.open(clip, spec=grid)
    first = video.ask(QUESTION, sampling=Sampling(max_tokens=TOKENS)).record
    assert first is not None and first.answer_tokens == TOKENS

    prompt = build_prompt(find_template("llava_v1"), QUESTION, tokenizer)
    ids = [*prompt.instruction, *prompt.question]
    cache = make_prompt_cache(llava.language_model)
    length = len(prompt.head) + video.visual_tokens

    def bare() -> None:
        if cache[0].empty():
            llava.language_model(
                mx.zeros((1, 0), mx.int32), cache, mx.random.normal((1, length, 1024)) * 0.02
            )
        trim_prompt_cache(cache, cache[0].offset - length)
        steps = generate_step(
            mx.array([], dtype=mx.int32),
            llava.language_model,
            input_embeddings=llava.embed(ids),
            max_tokens=TOKENS,
            prompt_cache=cache,
        )
        assert sum(1 for _ in steps) == TOKENS

    def ours() -> None:
        answer = video.ask(QUESTION, sampling=Sampling(max_tokens=TOKENS))
        assert sum(1 for _ in answer) > 1
        record = answer.record
        assert record is not None and record.answer_tokens == TOKENS

    times = medians({"generate_step": lambda: mlx_thread.run(bare), "sf_mlx": ours}, 7)
    print(f"{parameters / 1e6:.0f} M parameters, {length} tokens of video, {TOKENS} of answer")
    for name, seconds in times.items():
        ratio = seconds / times["generate_step"]
        print(f"{name:14} {seconds * 1e3:8.1f} ms   {ratio:.3f} of generate_step")


if __name__ == "__main__":
    main()
