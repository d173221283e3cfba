"""What our generator costs over bare `mlx_lm.generate_step`: `python -m benchmarks.generation`.

The same random llama, the same 512 embeddings, 64 greedy tokens; the goal is at most 2 %.
"""

import mlx.core as mx
from mlx.utils import tree_flatten
from mlx_lm.generate import generate_step

from benchmarks.random_model import config, make
from benchmarks.timing import medians
from sf_mlx.demo import MODEL
from sf_mlx.generate import Sampling, generate
from sf_mlx.weights.tokenizer import load_tokenizer

TOKENS = 64


def main() -> None:
    text = {
        "hidden_size": 1024,
        "intermediate_size": 2816,
        "num_hidden_layers": 6,
        "num_attention_heads": 16,
        "num_key_value_heads": 16,
    }
    model = make(config(text=text))
    parameters = sum(array.size for array in dict(tree_flatten(model.parameters())).values())
    tokenizer = load_tokenizer(MODEL)
    prefix = mx.random.normal((511, 1024)) * 0.02
    question = (5,)
    mx.eval(prefix)

    def bare() -> None:
        inputs = mx.concatenate([prefix, model.embed(list(question))])
        steps = generate_step(
            mx.array([], dtype=mx.int32),
            model.language_model,
            input_embeddings=inputs,
            max_tokens=TOKENS,
        )
        assert sum(1 for _ in steps) == TOKENS

    def ours() -> None:
        sampling = Sampling(max_tokens=TOKENS)
        *_, record = generate(model, tokenizer, prefix, question, sampling, frozenset())
        assert not isinstance(record, str) and record.tokens == TOKENS

    times = medians({"generate_step": bare, "sf_mlx": ours}, 9)
    print(f"{parameters / 1e6:.0f} M parameters, 512 prompt tokens, {TOKENS} answer tokens")
    for name, seconds in times.items():
        ratio = seconds / times["generate_step"]
        print(f"{name:14} {seconds * 1e3:8.1f} ms   {ratio:.3f} of generate_step")


if __name__ == "__main__":
    main()
