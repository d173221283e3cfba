"""The whole network against the reference implementation, float32, on the golden checkpoints.

Tolerances are the golden set's own suggestion: features 1e-4, hidden state 2e-4, logits 1e-3 (the
reference differs from float64 by 1e-5, 1.5e-5 and 4.4e-5); token ids and text are exact.
"""

import json
from functools import cache
from pathlib import Path

import mlx.core as mx
import numpy as np
import pytest
from PIL import Image

import sf_mlx
from sf_mlx import mlx_thread
from sf_mlx.context import Context, Slot
from sf_mlx.device import Device
from sf_mlx.generate import decode, read_question
from sf_mlx.model.backbone import PARTS
from sf_mlx.model.preprocess import Preprocess
from sf_mlx.model.rope import length_for, scaled_base
from sf_mlx.prompts import build_prompt
from sf_mlx.sampling import Sampling
from sf_mlx.slowfast import parse_spec
from sf_mlx.templates import find_template
from tests.conftest import GOLDEN, MODELS

# The golden numbers are float32, whatever this machine would choose; all of it in MLX, as on a Mac
FLOAT32 = Device("metal", half_precision=False, blas=None, memory=2**34)
NEW_TOKENS = 24
EXACT_CASES = [
    "std_rope1",
    "std_dynamic2",
    "alt_rope1",
    "cross_rope1",
    "long_rope1_untruncated",
]


@cache
def recorded(model: str) -> tuple[dict, dict]:
    meta = json.loads((GOLDEN / "forward" / f"{model}.json").read_text())
    return meta, mx.load(str(GOLDEN / "forward" / f"{model}.safetensors"))


@pytest.fixture(scope="module")
def models(golden_models: Path):
    return cache(lambda name: loaded(golden_models / name))


@pytest.fixture(scope="module")
def pixels() -> mx.array:
    stored = np.load(GOLDEN / "forward" / "video_336.npz")["pixel_values"]
    return mx.array(stored.transpose(0, 2, 3, 1))


@pytest.fixture(scope="module")
def features(models, pixels):
    return cache(lambda name: models(name).backbone.features(pixels))


def cases(*names: str) -> pytest.MarkDecorator:
    found = [
        pytest.param(model, case, id=f"{model}-{case}")
        for model in MODELS
        for case in recorded(model)[0]["cases"]
        if case in names
    ]
    return pytest.mark.parametrize(("model", "case"), found)


def assert_close(ours: mx.array, theirs: mx.array, atol: float) -> None:
    np.testing.assert_allclose(np.array(ours), np.array(theirs), atol=atol, rtol=0)


def loaded(folder: Path) -> sf_mlx.Model:
    """A model whose network can be used by itself: its weights are there."""
    model = sf_mlx.load(folder, device=FLOAT32)
    for part in PARTS:
        mlx_thread.run(model.weights.place, model.backbone, part)
    return model


def prefix_and_question(model, features, spec: str, ids: list[int]) -> tuple[mx.array, tuple]:
    """Embeddings up to the video's end, and the token ids that follow."""
    at = ids.index(-200)
    tokens = parse_spec(spec)(features)
    return mx.concatenate([model.backbone.embed(ids[:at]), tokens]), tuple(ids[at + 1 :])


def prompt_logits(models, features, name: str, case: str, rope_length: int | None = None):
    """Embeddings of the prompt, and hidden state and logits at its last position."""
    meta, _ = recorded(name)
    about = meta["cases"][case]
    llava = models(name).backbone
    prefix, question = prefix_and_question(
        models(name), features(name), about["spec"], about["input_ids"] or meta["input_ids"]
    )
    inputs = mx.concatenate([prefix, llava.embed(list(question))])
    llava.set_rope_base(llava.rope_base(rope_length or inputs.shape[0]))
    hidden = llava.language_model.model(None, None, inputs[None])[0, -1]
    return inputs, hidden, llava.language_model.lm_head(hidden)


def generated(model, prefix: mx.array, question: tuple, rope_length: int | None = None):
    """Greedy token ids behind a prefix and a question, through the parts that a session uses."""
    llava, sampling = model.backbone, Sampling(max_tokens=NEW_TOKENS)
    longest = prefix.shape[0] + len(question) + sampling.max_tokens
    context = Context(llava, prefix, llava.rope_base(rope_length or length_for(longest)), None)
    slot = Slot()
    list(context.fill())
    list(read_question(llava, context, slot, question))
    for token, _ in decode(llava, context, slot, question[-1], sampling):
        yield token


def greedy(models, features, name: str, case: str, rope_length: int | None = None) -> list[int]:
    """What is generated for a golden case."""
    meta, _ = recorded(name)
    about = meta["cases"][case]
    prefix, question = prefix_and_question(
        models(name), features(name), about["spec"], about["input_ids"] or meta["input_ids"]
    )
    return list(generated(models(name), prefix, question, rope_length))


def text_of(model, ids: list[int]) -> str:
    return model.tokenizer.decode(ids, skip_special_tokens=True).strip()


@pytest.mark.parametrize("name", MODELS)
def test_vision_tower(models, pixels, name):
    _, tensors = recorded(name)
    ours = models(name).backbone.vision_features(pixels)
    assert_close(ours[0], tensors["vision_features/frame0"], 1e-4)
    assert_close(ours[:, ::24], tensors["vision_features/every24"], 1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_projector(features, name):
    _, tensors = recorded(name)
    assert_close(features(name)[0], tensors["projector/frame0"], 1e-4)
    assert_close(features(name)[:, ::24], tensors["projector/every24"], 1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_visual_tokens(features, name):
    meta, tensors = recorded(name)
    std, alt = (parse_spec(meta["cases"][c]["spec"]) for c in ("std_rope1", "alt_rope1"))
    assert_close(std(features(name)), tensors["aggregated/std"], 1e-4)
    assert_close(alt(features(name))[::8], tensors["aggregated/alt_every8"], 1e-4)


@cases(*EXACT_CASES, "std_rope1_hf_tokenizer")
def test_prompt_logits_and_greedy_text(models, features, model, case):
    """Cases whose rotary base never changes: `*_rope1` never scales, so the length is given."""
    meta, tensors = recorded(model)
    about = meta["cases"][case]
    length = None if case.startswith("std_dynamic") else about["max_position_embeddings"]
    inputs, hidden, logits = prompt_logits(models, features, model, case, length)
    assert inputs.shape[0] == about["prompt_length"]
    rows = mx.array(about["inputs_embeds_row_indices"])
    assert_close(inputs[rows], tensors[f"{case}/inputs_embeds_rows"], 1e-4)
    assert_close(hidden, tensors[f"{case}/hidden_last_position"][-1], 2e-4)
    first = tensors[f"{case}/logits_first"]
    assert_close(logits[: first.shape[0]], first, 1e-3)
    ids = greedy(models, features, model, case, length)
    assert ids == about["tokens"]
    assert text_of(models(model), ids) == about["text"]


@cases("long_dynamic2", "cross_dynamic2")
def test_dynamic_rope_first_logits(models, features, model, case):
    """With the base for the prompt's own length the first logits are upstream's.

    The text is not: upstream changes the base at every step above 4,096 (a departure on purpose).
    """
    meta, tensors = recorded(model)
    about = meta["cases"][case]
    _, _, logits = prompt_logits(models, features, model, case, about["prompt_length"])
    first = tensors[f"{case}/logits_first"]
    assert_close(logits[: first.shape[0]], first, 1e-3)


@cases("std_linear2")
def test_linear_rope_scaling_of_the_checkpoint(golden_models, features, tmp_path, model, case):
    """A checkpoint's own rope scaling is applied, and then not ours on top."""
    import shutil

    folder = tmp_path / model
    shutil.copytree(golden_models / model, folder)
    config = json.loads((folder / "config.json").read_text())
    config["text_config"]["rope_scaling"] = {"type": "linear", "factor": 2.0}
    (folder / "config.json").write_text(json.dumps(config))
    meta, tensors = recorded(model)
    scaled = loaded(folder)
    _, _, logits = prompt_logits(lambda _: scaled, features, model, case)
    first = tensors[f"{case}/logits_first"]
    assert_close(logits[: first.shape[0]], first, 1e-3)
    ids = greedy(lambda _: scaled, features, model, case)
    assert text_of(scaled, ids) == meta["cases"][case]["text"]
    assert scaled.backbone.context == scaled.backbone.config.text["max_position_embeddings"]


@pytest.mark.parametrize("name", ["vicuna-hf-v5names", "vicuna-original"])
def test_other_layouts_are_the_same_model(models, features, name):
    """The same weights: bit-equal features and the same text."""
    about = recorded("vicuna-hf")[0]["cases"]["std_rope1"]
    ids = recorded("vicuna-hf")[0]["input_ids"]
    assert mx.array_equal(features(name), features("vicuna-hf"))
    model = models(name)
    prefix, question = prefix_and_question(model, features(name), about["spec"], ids)
    assert text_of(model, list(generated(model, prefix, question))) == about["text"]


@pytest.mark.parametrize("name", [*MODELS, "vicuna-hf-v5names", "vicuna-original"])
def test_from_frames_to_text(models, name):
    """End to end from a folder of frames: sampling, resizing, prompt and all."""
    meta, _ = recorded(name if name in MODELS else "vicuna-hf")
    about = meta["cases"]["std_rope1"]
    answer = models(name).ask(
        GOLDEN / "forward" / "frames",
        meta["question"],
        spec=parse_spec(about["spec"], frames=meta["T"]),
        sampling=Sampling(max_tokens=NEW_TOKENS),
    )
    assert answer.visual_tokens == about["prompt_length"] - meta["n_text_tokens"]
    assert "".join(answer) == about["text"] == answer.record.answer
    assert answer.record.text_tokens == meta["n_text_tokens"]
    assert answer.record.finish_reason == "length"


def test_pixels_of_the_frames_are_upstreams(pixels):
    indices = np.load(GOLDEN / "forward" / "video_336.npz")["frame_indices"]
    frames = sorted((GOLDEN / "forward" / "frames").iterdir())
    images = [
        Image.open(frames[i]).convert("RGB").resize((336, 336), Image.Resampling.BICUBIC)
        for i in indices
    ]
    ours = Preprocess(336)(np.stack([np.asarray(image) for image in images]))
    # half a float16 step of values below 4
    assert_close(ours, pixels.astype(mx.float32), 1e-3)


def test_base_is_the_checkpoints_up_to_the_trained_context(models):
    """3,680 visual tokens, their prompt and a default answer run as upstream runs them."""
    llava = models("vicuna-hf").backbone
    assert length_for(3680 + 73 + 256) == 4096
    assert llava.rope_base(4096) == 10000
    above = llava.rope_base(7168)
    # transformers 4.38.2's formula, written out
    assert above == pytest.approx(10000 * (2 * 7168 / 4096 - 1) ** (24 / 22))
    assert above == scaled_base(10000, 24, 4096, 7168)
    assert llava.rope_base(100) == 10000


@pytest.mark.parametrize("tokens", [1, 512, 513, 4008, 4097])
def test_lengths_are_rounded_up_so_that_questions_share_their_keys(tokens):
    assert length_for(tokens) >= tokens
    assert length_for(tokens) % 512 == 0 and length_for(tokens) - tokens < 512


def test_answers_that_overlap_do_not_disturb_each_other(models, features):
    """One above the trained context and one below, a piece at a time in turn."""
    model = models("vicuna-hf")
    prefix, question = prefix_and_question(
        model, features("vicuna-hf"), "slowfast-slow_2frms_spatial_1d_max_pool-fast_4x4", [-200, 5]
    )

    def start(rope_length: int):
        return generated(model, prefix, question, rope_length)

    alone = [list(start(length)) for length in (8192, 512)]
    assert alone[0] != alone[1]
    together = [[], []]
    for ids in zip(start(8192), start(512), strict=True):
        for into, token in zip(together, ids, strict=True):
            into.append(token)
    assert together == alone


def test_a_long_prompt_does_not_change_a_later_short_one(models, features):
    before = greedy(models, features, "vicuna-hf", "std_rope1")
    prompt_logits(models, features, "vicuna-hf", "long_rope1_untruncated")
    after = greedy(models, features, "vicuna-hf", "std_rope1")
    assert after == before


def test_nothing_is_cut_in_silence(models):
    """Upstream cuts the embedded prompt to its first 8,192 positions, and the question with it."""
    model = models("vicuna-hf")
    with pytest.raises(sf_mlx.errors.ContextLengthError, match=r"8,192"):
        model.ask(
            GOLDEN / "forward" / "frames",
            "Why?",
            spec=parse_spec("slowfast-slow_14frms_concat-fast_4x4", frames=6),
        )


def test_upstreams_cut_is_reproduced_only_by_cutting(models, features):
    """`long_rope1_truncated` is what the first 4,096 positions give, the question lost."""
    meta, tensors = recorded("vicuna-hf")
    case = meta["cases"]["long_rope1_truncated"]
    inputs, _, _ = prompt_logits(models, features, "vicuna-hf", "long_rope1_untruncated", 4096)
    language = models("vicuna-hf").backbone.language_model
    logits = language(None, None, inputs[None, : case["prompt_length"]])[0, -1]
    first = tensors["long_rope1_truncated/logits_first"]
    assert_close(logits[: first.shape[0]], first, 1e-3)


def test_template_of_the_golden_prompts():
    for name in MODELS:
        meta, _ = recorded(name)
        assert find_template(meta["conv_mode"]).text(meta["question"]) == meta["prompt"]


def test_build_prompt_gives_the_golden_ids(models):
    for name in MODELS:
        meta, _ = recorded(name)
        model = models(name)
        prompt = build_prompt(find_template(model.template), meta["question"], model.tokenizer)
        assert [*prompt.head, -200, *prompt.instruction, *prompt.question] == meta["input_ids"]
