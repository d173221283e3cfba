"""What config.json says of a language model, with each family's own defaults; and its bounds.

The hub's files leave out whatever equals the default of the family's transformers config
(llava-v1.6-vicuna-7b-hf lists six keys of its language model). Those defaults stand here as data,
for importing transformers takes longer than all the rest of a start; a test compares them with it.
"""

from typing import Any

from sf_mlx.errors import UnsupportedModelError

Json = dict[str, Any]

# Language models that mlx-lm's llama.py runs -> what their config leaves out (transformers 5.24)
_TEXT_DEFAULTS: dict[str, Json] = {
    "llama": {
        "hidden_size": 4096,
        "num_hidden_layers": 32,
        "intermediate_size": 11008,
        "num_attention_heads": 32,
        "num_key_value_heads": None,  # as many as there are heads
        "head_dim": None,  # hidden_size by heads
        "rms_norm_eps": 1e-6,
        "vocab_size": 32000,
        "max_position_embeddings": 2048,
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": False,
        "sliding_window": None,
    },
}
_TEXT_DEFAULTS["mistral"] = {
    **_TEXT_DEFAULTS["llama"],
    "intermediate_size": 14336,
    "num_key_value_heads": 8,
    "max_position_embeddings": 131072,
    "sliding_window": 4096,
}
_ROPE_THETA = 10000.0
# Kinds of rotary scaling that keep the trained length beside them
_WITH_TRAINED_LENGTH = ("llama3", "yarn", "longrope")

# Llama 3.1 405B has 126; more would be built for minutes before the weights are missed
_MOST_LAYERS = 1000
# Other sizes: MLX's shapes are 32-bit
_LARGEST = 2**31 - 1
_LARGEST_FLOAT = 1e30
_FLOATS = ("rms_norm_eps", "rope_theta", "layer_norm_eps")
_OPTIONAL = ("head_dim", "sliding_window")
_NO_SIZES = (
    "model_type", "attention_bias", "mlp_bias", "rope_scaling", "tie_word_embeddings", "hidden_act",
)  # fmt: skip


def text_arguments(text: Json) -> Json:
    """The arguments of mlx-lm's llama `ModelArgs`, complete.

    Parameters
    ----------
    text: a language model's config.

    Raises
    ------
    UnsupportedModelError: a family or activation that is not run here.
    ValueError: a value of the wrong kind.
    """
    model_type = text.get("model_type", "llama")
    if model_type not in _TEXT_DEFAULTS:
        raise UnsupportedModelError(
            f"language model {model_type!r} is not supported; known: {', '.join(_TEXT_DEFAULTS)}"
        )
    activation = text.get("hidden_act", "silu")
    if activation != "silu":
        raise UnsupportedModelError(f"activation {activation!r} is not supported; Llama's is silu")
    defaults = _TEXT_DEFAULTS[model_type]
    full: Json = {
        "model_type": "llama",
        **{name: text.get(name, defaults[name]) for name in defaults},
    }
    check_layers(full)
    if full["num_key_value_heads"] is None:
        full["num_key_value_heads"] = full["num_attention_heads"]
    for name in ("attention_bias", "mlp_bias", "tie_word_embeddings"):
        if not isinstance(full[name], bool):
            raise ValueError(f"{name} is {full[name]!r}")
    rope = _rope_parameters(text, full["max_position_embeddings"])
    scaled = rope["rope_type"] != "default"
    full["rope_theta"] = rope["rope_theta"]
    full["rope_scaling"] = rope if scaled else None
    check_sizes(full)
    full["head_dim"] = head_dim(full)
    return full


def _rope_parameters(text: Json, trained_length: int) -> Json:
    """The rotary embedding, in the form of transformers 5: older files spread it over two keys."""
    rope = text.get("rope_scaling") or text.get("rope_parameters") or {}
    if not isinstance(rope, dict):
        raise ValueError(f"rope_scaling is {rope!r}")
    rope = {
        "rope_theta": text.get("rope_theta", _ROPE_THETA),
        "rope_type": rope.get("type", "default"),
        **rope,
    }
    if rope["rope_type"] in _WITH_TRAINED_LENGTH:
        rope.setdefault("original_max_position_embeddings", trained_length)
    return rope


def head_dim(text: Json) -> int:
    """Numbers in a key of one head."""
    return int(text["head_dim"] or text["hidden_size"] // text["num_attention_heads"])


def check_layers(part: Json) -> None:
    """Raise ValueError for more layers than any model has."""
    layers = part.get("num_hidden_layers", 1)
    if not isinstance(layers, int) or layers > _MOST_LAYERS:
        raise ValueError(f"num_hidden_layers is {layers!r}; {_MOST_LAYERS} are allowed")


def check_sizes(*parts: Json) -> None:
    """Raise ValueError for a size of the wrong kind, or one that no array can have."""
    for name, value in (item for part in parts for item in part.items()):
        if name in _NO_SIZES or (value is None and name in _OPTIONAL):
            continue
        kind = float if name in _FLOATS else int
        layers = name == "num_hidden_layers"
        largest = _LARGEST_FLOAT if kind is float else _MOST_LAYERS if layers else _LARGEST
        if isinstance(value, bool) or not isinstance(value, int | kind) or not 0 < value <= largest:
            raise ValueError(f"{name} is {value!r}")


def check_heads(text: Json) -> None:
    """Raise ValueError for heads that do not divide what they share."""
    check_multiples(
        (text["num_attention_heads"], text["num_key_value_heads"], "num_attention_heads"),
        (head_dim(text), 2, "head_dim"),
    )
    # The dynamic base divides by head_dim - 2
    if head_dim(text) < 4:
        raise ValueError(f"head_dim is {head_dim(text)}")


def check_multiples(*triples: tuple[int, int, str]) -> None:
    """Raise ValueError where the first is no multiple of the second; the third says what it is."""
    for whole, part, what in triples:
        if whole % part or whole < part:
            raise ValueError(f"{what} is {whole}, no multiple of {part}")
