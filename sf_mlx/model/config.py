"""What config.json says of a language model, with each family's own defaults; and its bounds.

The hub's files leave out whatever equals the default of the family's transformers config
(llava-v1.6-vicuna-7b-hf lists six keys of its language model), so those configs fill the gaps.
"""

from typing import Any

from sf_mlx.errors import UnsupportedModelError

Json = dict[str, Any]

# Language models that mlx-lm's llama.py runs -> transformers' class with their defaults
_TEXT_MODELS = {"llama": "LlamaConfig", "mistral": "MistralConfig"}

# What is taken from the config; transformers' classes would also act on the rest
# (`num_labels` of 10^9 makes as many strings)
_TEXT_KEYS = (
    "hidden_size", "num_hidden_layers", "intermediate_size", "num_attention_heads",
    "num_key_value_heads", "head_dim", "rms_norm_eps", "vocab_size", "max_position_embeddings",
    "attention_bias", "mlp_bias", "rope_theta", "rope_scaling", "rope_parameters", "hidden_act",
    "sliding_window",
)  # fmt: skip

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
    ValueError, TypeError, …: transformers' own, for values of the wrong kind.
    """
    import transformers

    model_type = text.get("model_type", "llama")
    if model_type not in _TEXT_MODELS:
        raise UnsupportedModelError(
            f"language model {model_type!r} is not supported; known: {', '.join(_TEXT_MODELS)}"
        )
    own = {key: text[key] for key in _TEXT_KEYS if key in text}
    check_layers(own)  # transformers makes lists of that length
    full = getattr(transformers, _TEXT_MODELS[model_type])(**own)
    if full.hidden_act != "silu":
        raise UnsupportedModelError(
            f"activation {full.hidden_act!r} is not supported; Llama's is silu"
        )
    rope = dict(full.rope_parameters)
    scaled = rope.get("rope_type", "default") != "default"
    return {
        "model_type": "llama",
        "hidden_size": full.hidden_size,
        "num_hidden_layers": full.num_hidden_layers,
        "intermediate_size": full.intermediate_size,
        "num_attention_heads": full.num_attention_heads,
        "num_key_value_heads": full.num_key_value_heads,
        "head_dim": getattr(full, "head_dim", None),
        "rms_norm_eps": full.rms_norm_eps,
        "vocab_size": full.vocab_size,
        "max_position_embeddings": full.max_position_embeddings,
        "attention_bias": getattr(full, "attention_bias", False),
        "mlp_bias": getattr(full, "mlp_bias", False),
        "rope_theta": rope["rope_theta"],
        "rope_scaling": rope if scaled else None,
        "tie_word_embeddings": bool(text.get("tie_word_embeddings", False)),
        "sliding_window": getattr(full, "sliding_window", None),
    }


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
