"""The sizes that are measured, and what one measurement asks."""

from typing import Any

from benchmarks.random_model import config

QUESTION = "What happens in this video?"
SECOND = "Which car drives past first?"
# Patches on a side of the tower -> tokens of a prompt under the paper's preset, about
PROMPT_OF = {24: 3770, 8: 1220}

_VIT_L = {
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_attention_heads": 16,
    "num_hidden_layers": 24,
    "image_size": 336,
}
_TEXT: dict[str, dict[str, Any]] = {
    # llava-v1.6-vicuna-7b
    "7b": {
        "hidden_size": 4096,
        "intermediate_size": 11008,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 32,
        "vocab_size": 32064,
    },
    # llava-v1.6-34b
    "34b": {
        "hidden_size": 7168,
        "intermediate_size": 20480,
        "num_hidden_layers": 60,
        "num_attention_heads": 56,
        "num_key_value_heads": 8,
        "vocab_size": 64064,
        "rope_theta": 5_000_000.0,
    },
    # Every row in a minute, to try the benchmark itself
    "tiny": {
        "hidden_size": 256,
        "intermediate_size": 512,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "vocab_size": 2048,
    },
}
# Fewer patches, so fewer tokens: a CPU has to do it
_TINY_VISION = {"num_hidden_layers": 3, "image_size": 112}


def sizes(shape: str) -> dict[str, Any]:
    """config.json of one of the shapes; LLaVA reads the tower's last layer but one."""
    vision = _TINY_VISION if shape == "tiny" else _VIT_L
    return {**config(_TEXT[shape], vision), "vision_feature_layer": -2}
