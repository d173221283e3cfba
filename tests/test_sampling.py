"""How tokens are chosen: options, seeds, refusals."""

import math

import numpy as np
import pytest

import sf_mlx
from sf_mlx import Sampling
from sf_mlx.errors import UsageError
from tests.conftest import GOLDEN
from tests.tiny import write_tiny

CLIP = np.random.default_rng(0).integers(0, 256, (4, 56, 56, 3), np.uint8)


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    model = sf_mlx.load(write_tiny(tmp_path_factory.mktemp("tiny") / "model", seed=2))
    return model.open(CLIP, spec="slowfast-slow_2frms_concat-fast_2x2")


def say(video, **options) -> str:
    return video.ask("Why?", sampling=Sampling(**{"max_tokens": 12, **options})).text


def test_max_tokens(video):
    record = video.ask("Why?", sampling=Sampling(max_tokens=1)).record
    assert (record.answer_tokens, record.tokens_per_second) == (1, 0)
    record = video.ask("Why?", sampling=Sampling(max_tokens=7)).record
    assert (record.answer_tokens, record.finish_reason) == (7, "length")


def test_greedy_is_repeatable_and_ignores_the_seed(video):
    assert say(video, seed=1) == say(video, seed=2) == say(video)


def test_seed_makes_sampling_repeatable(video):
    texts = [say(video, temperature=2.0, seed=seed) for seed in (1, 1, 2, 3)]
    assert texts[0] == texts[1]
    assert len(set(texts)) == 3


def test_without_a_seed_every_answer_is_another(video):
    assert say(video, temperature=2.0) != say(video, temperature=2.0)


def test_answers_that_take_turns_keep_their_seeds(video):
    def start(seed: int):
        return video.ask("Why?", sampling=Sampling(max_tokens=8, temperature=2.0, seed=seed))

    alone = [start(seed).text for seed in (1, 2)]
    together = [start(seed) for seed in (1, 2)]
    for _ in zip(*together, strict=False):
        pass
    assert [answer.text for answer in together] == alone


def test_top_k_beyond_the_vocabulary_keeps_all(video):
    options = {"temperature": 1.0, "seed": 3}
    assert say(video, **options, top_k=10**6) == say(video, **options)


@pytest.mark.parametrize("only_best", [{"top_k": 1}, {"min_p": 1.0}, {"top_p": 1e-6}])
def test_filters_that_leave_one_token_are_greedy(video, only_best):
    assert say(video, temperature=1.5, seed=3, **only_best) == say(video)


def test_repetition_penalty_changes_a_repeating_answer():
    """vicuna-hf's random weights repeat words."""
    model = sf_mlx.load(GOLDEN / "models" / "vicuna-hf")
    video = model.open(GOLDEN / "forward" / "frames", frames=2, spec="temporal_global_pool")
    plain, strong = (say(video, max_tokens=40, repetition_penalty=p) for p in (1.0, 5.0))
    assert plain != strong and plain[:4] == strong[:4]


def test_stop_string_ends_the_answer_before_it(video):
    text = say(video)
    stop = text[4:7]
    for given in (stop, (stop,), ["never said", stop]):
        answer = video.ask("Why?", sampling=Sampling(max_tokens=12, stop=given))
        assert answer.text == text[: text.index(stop)].strip()
        assert answer.record.finish_reason == "stop"


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_tokens": 0},
        {"max_tokens": 2.5},
        {"max_tokens": True},
        {"max_tokens": None},
        {"temperature": -1},
        {"temperature": math.nan},
        {"temperature": math.inf},
        {"temperature": "1"},
        {"top_p": 0},
        {"top_p": 1.5},
        {"top_k": -1},
        {"top_k": 1.5},
        {"min_p": 2},
        {"min_p": math.nan},
        {"repetition_penalty": 0},
        {"repetition_penalty": math.inf},
        {"seed": -1},
        {"seed": 2**64},
        {"seed": 1.5},
        {"stop": ""},
        {"stop": ("",)},
        {"stop": (3,)},
        {"stop": 3},
    ],
    ids=str,
)
def test_sampling_refuses_nonsense(wrong):
    with pytest.raises(UsageError):
        Sampling(**wrong)
