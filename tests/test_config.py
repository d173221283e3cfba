"""The configs of the public LLaVA family, as their repositories have them, and broken ones."""

import copy
from dataclasses import asdict

import pytest
from mlx.utils import tree_flatten

from sf_mlx.errors import CheckpointError, UnsupportedModelError
from sf_mlx.model.backbone import architecture_of
from sf_mlx.model.config import text_arguments
from sf_mlx.model.llava import Llava
from sf_mlx.model.llava_config import VisionConfig, read_config
from sf_mlx.templates import TEMPLATES
from sf_mlx.weights.interface import choose_template

VISION = {
    "hidden_size": 1024,
    "image_size": 336,
    "intermediate_size": 4096,
    "model_type": "clip_vision_model",
    "num_attention_heads": 16,
    "num_hidden_layers": 24,
    "patch_size": 14,
    "projection_dim": 768,
    "vocab_size": 32000,
}


def hub(kind: str, **text) -> dict:
    return {
        "architectures": ["X"],
        "model_type": kind,
        "projector_hidden_act": "gelu",
        "text_config": {"torch_dtype": "float16", **text},
        "vision_config": VISION,
        "vision_feature_layer": -2,
        "vision_feature_select_strategy": "default",
    }


# What the repositories of llava-hf list in text_config, and the shapes that their tensors have
PUBLIC = {
    "llava-v1.6-vicuna-7b-hf": (
        hub("llava_next", model_type="llama", max_position_embeddings=4096, pad_token_id=0,
            rms_norm_eps=1e-5, vocab_size=32064),
        {"k_proj": (4096, 4096), "gate_proj": (11008, 4096), "lm_head": (32064, 4096)},
    ),
    "llava-v1.6-vicuna-13b-hf": (
        hub("llava_next", model_type="llama", hidden_size=5120, intermediate_size=13824,
            max_position_embeddings=4096, num_attention_heads=40, num_hidden_layers=40,
            num_key_value_heads=40, rms_norm_eps=1e-5, vocab_size=32064),
        {"k_proj": (5120, 5120), "gate_proj": (13824, 5120), "lm_head": (32064, 5120)},
    ),
    "llava-v1.6-mistral-7b-hf": (
        hub("llava_next", model_type="mistral", intermediate_size=14336,
            max_position_embeddings=32768, num_key_value_heads=8, rms_norm_eps=1e-5,
            rope_theta=1000000.0, sliding_window=None, vocab_size=32064),
        {"k_proj": (1024, 4096), "gate_proj": (14336, 4096), "lm_head": (32064, 4096)},
    ),
    "llava-v1.6-34b-hf": (
        hub("llava_next", model_type="llama", hidden_size=7168, intermediate_size=20480,
            max_position_embeddings=4096, num_attention_heads=56, num_hidden_layers=60,
            num_key_value_heads=8, rms_norm_eps=1e-5, rope_theta=5000000.0, vocab_size=64064),
        {"k_proj": (1024, 7168), "gate_proj": (20480, 7168), "lm_head": (64064, 7168)},
    ),
    "llama3-llava-next-8b-hf": (
        hub("llava_next", model_type="llama", intermediate_size=14336,
            max_position_embeddings=8192, num_key_value_heads=8, rms_norm_eps=1e-5,
            rope_theta=500000.0, vocab_size=128320),
        {"k_proj": (1024, 4096), "gate_proj": (14336, 4096), "lm_head": (128320, 4096)},
    ),
    "llava-1.5-7b-hf": (
        hub("llava", model_type="llama", max_position_embeddings=4096, rms_norm_eps=1e-5,
            vocab_size=32064),
        {"k_proj": (4096, 4096), "gate_proj": (11008, 4096), "lm_head": (32064, 4096)},
    ),
}  # fmt: skip

ORIGINAL = {
    "architectures": ["LlavaMistralForCausalLM"],
    "model_type": "llava_mistral",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "image_aspect_ratio": "anyres",
    "max_position_embeddings": 32768,
    "mm_hidden_size": 1024,
    "mm_projector_type": "mlp2x_gelu",
    "mm_vision_select_feature": "patch",
    "mm_vision_select_layer": -2,
    "mm_vision_tower": "openai/clip-vit-large-patch14-336",
    "num_attention_heads": 32,
    "num_hidden_layers": 32,
    "num_key_value_heads": 8,
    "rms_norm_eps": 1e-5,
    "rope_theta": 1000000.0,
    "sliding_window": None,
    "torch_dtype": "bfloat16",
    "vocab_size": 32000,
}


@pytest.mark.parametrize("name", PUBLIC)
def test_public_checkpoints_get_their_shapes(name):
    """Arrays are lazy: nothing of these sizes is allocated."""
    config, shapes = PUBLIC[name]
    parameters = dict(tree_flatten(Llava(read_config(config)).parameters()))
    layer = "language_model.model.layers.0."
    assert parameters[layer + "self_attn.k_proj.weight"].shape == shapes["k_proj"]
    assert parameters[layer + "mlp.gate_proj.weight"].shape == shapes["gate_proj"]
    assert parameters["language_model.lm_head.weight"].shape == shapes["lm_head"]
    tower = "vision_tower.vision_model.encoder.layers."
    assert tower + "22.mlp.fc1.weight" in parameters
    assert tower + "23.mlp.fc1.weight" not in parameters  # never computed, never built


@pytest.mark.parametrize(
    ("name", "context"),
    [
        ("llava-v1.6-vicuna-7b-hf", 8192),
        ("llava-v1.6-34b-hf", 8192),
        ("llava-v1.6-mistral-7b-hf", 65536),
        ("llama3-llava-next-8b-hf", 16384),
    ],
)
def test_context_is_twice_the_trained_one(name, context):
    assert Llava(read_config(PUBLIC[name][0])).context == context


def test_original_layout_takes_openais_tower():
    config = read_config(ORIGINAL)
    assert (config.vision.hidden_size, config.vision.patches, config.feature_layer) == (
        1024,
        576,
        23,
    )
    assert config.language == "mistral" and config.is_next


def test_original_config_survives_being_written_as_the_hubs():
    config = read_config(ORIGINAL)
    assert read_config(config.as_hub()) == config


def test_sliding_window_bounds_the_context_and_not_the_positions():
    text = {**PUBLIC["llava-v1.6-mistral-7b-hf"][0]["text_config"], "sliding_window": 8192}
    model = Llava(read_config({**hub("llava_next"), "text_config": text}))
    assert model.context == 8192
    assert model.rope_base(8192) == 1000000.0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"vision_config": None}, "cannot be used"),
        ({"model_type": "qwen2_vl"}, "qwen2_vl"),
        ({"text_config": {"model_type": "gemma"}}, "gemma"),
        ({"vision_config": {"model_type": "siglip_vision_model"}}, "siglip"),
        ({"vision_feature_layer": [-2, -5]}, "vision_feature_layer"),
        ({"vision_feature_layer": -99}, "-99"),
        ({"vision_feature_select_strategy": "odd"}, "odd"),
        (
            {"text_config": {"model_type": "llama", "num_attention_heads": "many"}},
            "num_attention_heads",
        ),
        ({"text_config": []}, "cannot be used"),
        ({"vision_config": {**VISION, "num_attention_heads": 7}}, "7"),
        ({"vision_config": {**VISION, "patch_size": 400}}, "patches of 400"),
        ({"vision_config": {**VISION, "num_hidden_layers": 20_000}}, "20000"),
        ({"text_config": {"model_type": "llama", "num_hidden_layers": 10**9}}, "1000000000"),
        (
            {"text_config": {"model_type": "llama", "hidden_size": 2**40}},
            "hidden_size is 1099511627776",
        ),
        ({"text_config": {"model_type": "llama", "num_key_value_heads": 5}}, "no multiple of 5"),
        ({"text_config": {"model_type": "llama", "head_dim": 3}}, "head_dim is 3"),
        ({"text_config": {"model_type": "llama", "head_dim": 2}}, "head_dim is 2"),
        ({"text_config": {"model_type": "llama", "hidden_act": "relu"}}, "relu"),
    ],
)
def test_configs_that_cannot_be_used(change, reason):
    config = {**PUBLIC["llava-v1.6-vicuna-7b-hf"][0], **change}
    with pytest.raises((CheckpointError, UnsupportedModelError), match=reason):
        architecture_of(config)
        Llava(read_config(config))


@pytest.mark.parametrize(
    "change",
    [
        {"mm_projector_type": "linear"},
        {"mm_vision_tower": "google/siglip"},
        {"mm_vision_select_feature": "x"},
    ],
)
def test_original_configs_that_cannot_be_used(change):
    with pytest.raises((CheckpointError, UnsupportedModelError)):
        read_config({**ORIGINAL, **change})


def test_a_text_only_model_says_what_is_needed():
    with pytest.raises(UnsupportedModelError, match="no vision part"):
        architecture_of({"model_type": "llama", "hidden_size": 64})


# --- templates ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "tokens", "template"),
    [
        (PUBLIC["llava-v1.6-vicuna-7b-hf"][0], (), "image_seq_v3"),
        (PUBLIC["llava-1.5-7b-hf"][0], (), "vicuna_v1"),
        (PUBLIC["llava-v1.6-mistral-7b-hf"][0], (), "mistral_instruct"),
        (ORIGINAL, (), "mistral_instruct"),
        (PUBLIC["llava-v1.6-34b-hf"][0], ("<|im_start|>",), "image_seq_34b_v3"),
        (PUBLIC["llama3-llava-next-8b-hf"][0], ("<|start_header_id|>",), "llama_3"),
    ],
)
def test_template_is_chosen_from_the_checkpoint(config, tokens, template):
    class Tokenizer:
        def get_vocab(self):
            return dict.fromkeys(("<s>", *tokens), 0)

    assert choose_template(Tokenizer(), read_config(config).templates) == template
    assert template in TEMPLATES


@pytest.mark.parametrize(
    "text",
    [
        {},
        {"model_type": "llama"},
        {"model_type": "mistral"},
        {"model_type": "mistral", "sliding_window": None},
        {"model_type": "llama", "hidden_size": 512, "num_attention_heads": 8, "head_dim": 32},
        {"rope_theta": 5e5, "rope_scaling": {"type": "linear", "factor": 2.0}},
        {"rope_scaling": {"rope_type": "llama3", "factor": 8.0, "high_freq_factor": 4.0,
                          "low_freq_factor": 1.0, "original_max_position_embeddings": 8192}},
        {"rope_parameters": {"rope_type": "default", "rope_theta": 1e6}},
        {"rope_parameters": {"rope_type": "yarn", "factor": 4.0, "rope_theta": 1e6}},
        *(config["text_config"] for config, _ in PUBLIC.values()),
    ],
)  # fmt: skip
def test_defaults_are_those_of_transformers(text):
    """They stand in our code, because importing transformers takes longer than a start may."""
    import transformers

    ours = text_arguments(dict(text))
    known = {key: value for key, value in text.items() if key not in ("model_type", "torch_dtype")}
    kind = {"mistral": "MistralConfig"}.get(text.get("model_type", "llama"), "LlamaConfig")
    theirs = getattr(transformers, kind)(**copy.deepcopy(known))
    for name, value in ours.items():
        if name in ("model_type", "rope_theta", "rope_scaling"):
            continue
        assert value == getattr(theirs, name, None if name == "sliding_window" else False), name
    rope = theirs.rope_parameters
    assert ours["rope_theta"] == rope["rope_theta"]
    assert ours["rope_scaling"] == (None if rope["rope_type"] == "default" else rope)


def test_the_towers_defaults_are_those_of_transformers():
    from transformers import CLIPVisionConfig

    theirs = CLIPVisionConfig()
    assert asdict(VisionConfig()) == {
        name: getattr(theirs, name) for name in asdict(VisionConfig())
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("attention_bias", "no"),
        ("mlp_bias", 1),
        ("tie_word_embeddings", None),
        ("rope_scaling", "linear"),
        ("rope_theta", None),
        ("rope_theta", -1.0),
        ("hidden_size", None),
        ("head_dim", "big"),
        ("hidden_act", ["silu"]),
    ],
)
def test_values_of_the_wrong_kind(name, value):
    with pytest.raises((CheckpointError, UnsupportedModelError)):
        read_config(hub("llava", model_type="llama", **{name: value}))
