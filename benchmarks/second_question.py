"""What the second question about a video costs: `python -m benchmarks.second_question`.

The demo model on its sample clip, and a random model with the paper's 3,680 visual tokens. The
goals: the second question's first token within 1/20 of the first's, and eight questions on one
session within 1/4 of eight separate ones (on the demo; with the other it takes minutes). Medians.
"""

import tempfile
from pathlib import Path
from statistics import median

import numpy as np

import sf_mlx
from benchmarks.random_model import config, random_model
from sf_mlx import Model, Sampling, demo
from sf_mlx.answer import Record
from sf_mlx.context import Budget

QUESTIONS = (
    "What happens in the video?",
    "When does the circle appear?",
    "Which shape moves to the left?",
    "How many shapes are there?",
    "Is anything red?",
    "What colour is the heart?",
    "Does anything disappear?",
    "Where does the ring go?",
)
ANSWER = Sampling(max_tokens=16)


def synthetic() -> Model:
    """134 million parameters behind a tower of 24 x 24 patches; the weights are random."""
    sizes = config(
        text={
            "hidden_size": 1024,
            "intermediate_size": 2816,
            "num_hidden_layers": 10,
            "num_attention_heads": 16,
            "num_key_value_heads": 16,
        },
        vision={"image_size": 336},
    )
    return random_model(sizes, Budget(2**33))


def wait(name: str, model: Model, video: object) -> None:
    """Print what the second question's first token costs of the first's."""
    with model.open(video) as session:
        first, second = (done(session.ask(q, sampling=ANSWER)) for q in QUESTIONS[:2])
    ratio = second.first_token_seconds / first.first_token_seconds
    print(
        f"{name}: {first.visual_tokens:,} visual tokens, first token "
        f"{first.first_token_seconds:.2f} s ({first.prefill_seconds:.2f} s of it prefill), of the "
        f"second question {second.first_token_seconds:.3f} s ({ratio:.3f})",
        flush=True,
    )


def measure(name: str, model: Model, video: object, rounds: int) -> None:
    """Print both ratios for one model."""
    firsts, seconds, together, separate = [], [], [], []
    for _ in range(rounds):
        with model.open(video) as session:
            records = [done(session.ask(q, sampling=ANSWER)) for q in QUESTIONS]
        firsts.append(records[0].first_token_seconds)
        seconds.append(records[1].first_token_seconds)
        together.append(sum(total(record) for record in records))
        alone = [done(model.ask(video, q, sampling=ANSWER)) for q in QUESTIONS]
        assert [r.answer for r in alone] == [r.answer for r in records]
        separate.append(sum(total(record) for record in alone))
    first, second = median(firsts), median(seconds)
    eight, asks = median(together), median(separate)
    print(
        f"{name}: {records[0].visual_tokens:,} visual tokens, first token {first:.3f} s, of the "
        f"second question {second:.3f} s ({second / first:.3f}); eight questions {eight:.2f} s, "
        f"eight asks {asks:.2f} s ({eight / asks:.2f})",
        flush=True,
    )


def done(answer: sf_mlx.Answer) -> Record:
    record = answer.record
    assert record is not None
    return record


def total(record: Record) -> float:
    return record.first_token_seconds + record.generate_seconds


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        clip = demo.sample_clip(Path(folder) / "clip.mp4")
        measure("demo", sf_mlx.load(demo.NAME), clip, 3)
    side = 336
    frames = np.random.default_rng(0).integers(0, 256, (50, side, side, 3), np.uint8)
    wait("134 M", synthetic(), frames)


if __name__ == "__main__":
    main()
