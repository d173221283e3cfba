"""config.json -> what the model needs to know, with each architecture's own defaults.

The hub's files leave out whatever equals the default of the architecture's transformers config
(llava-v1.6-vicuna-7b-hf lists six keys of its language model), so those configs fill the gaps.
"""

from dataclasses import asdict, dataclass
from typing import Any

from sf_mlx.errors import CheckpointError, SfMlxError, UnsupportedModelError, printable

Json = dict[str, Any]

# Architectures whose language model mlx-lm's llama.py runs
_TEXT_MODELS = ("llama", "mistral")

# What is taken from a config's parts; transformers' classes would also act on the rest
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

# openai/clip-vit-large-patch14-336: the tower of every original LLaVA-1.5 and 1.6 checkpoint
_CLIP_LARGE_336: Json = {
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "image_size": 336,
    "patch_size": 14,
}


@dataclass(frozen=True)
class VisionConfig:
    """A CLIP vision tower's dimensions; names as in transformers' CLIPVisionConfig."""

    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    image_size: int
    patch_size: int
    layer_norm_eps: float
    hidden_act: str

    @property
    def patches(self) -> int:
        """Patch tokens of one frame, the class token not counted."""
        return (self.image_size // self.patch_size) ** 2


@dataclass(frozen=True)
class LlavaConfig:
    """Everything about a checkpoint that the model is built from.

    Attributes
    ----------
    text: arguments of mlx-lm's llama `ModelArgs`, complete; its llama.py runs Mistral too.
    language: what the language model is, "llama" or "mistral".
    feature_layer: how many transformer layers of the tower run: hidden state -2 of 24 layers is 23.
    feature_select: "default" drops the class token; "full" keeps it.
    is_next: LLaVA-1.6 (it has an image newline) rather than 1.5.
    prompt_template: the template that the checkpoint itself names, if it does.
    """

    vision: VisionConfig
    text: Json
    language: str
    projector_bias: bool
    projector_act: str
    feature_layer: int
    feature_select: str
    is_next: bool
    prompt_template: str | None

    @property
    def head_dim(self) -> int:
        return int(
            self.text["head_dim"] or self.text["hidden_size"] // self.text["num_attention_heads"]
        )


def read_config(config: Json, tower: Json | None = None) -> LlavaConfig:
    """Understand a config.json of any supported layout.

    Parameters
    ----------
    config: the parsed config.json, hub or original layout.
    tower: the parsed vision_config.json beside it, if there is one (original layout only).

    Raises
    ------
    UnsupportedModelError: no vision part, or an architecture that sf-mlx does not run.
    CheckpointError: a value of the wrong kind.
    """
    try:
        original = "mm_vision_tower" in config
        read = _read_original(config, tower) if original else _read_hub(config)
        _check_values(read)
        return read
    except SfMlxError:
        raise
    except Exception as error:  # transformers' config classes validate with exceptions of their own
        raise CheckpointError(f"config.json has a value that cannot be used: {error}") from error


def _check_values(config: LlavaConfig) -> None:
    optional = ("head_dim", "sliding_window")
    other = ("model_type", "attention_bias", "mlp_bias", "rope_scaling", "tie_word_embeddings")
    sizes = {k: v for k, v in config.text.items() if k not in other}
    sizes |= {k: v for k, v in asdict(config.vision).items() if k != "hidden_act"}
    for name, value in sizes.items():
        if value is None and name in optional:
            continue
        kind = float if name in ("rms_norm_eps", "rope_theta", "layer_norm_eps") else int
        layers = name == "num_hidden_layers"
        largest = _LARGEST_FLOAT if kind is float else _MOST_LAYERS if layers else _LARGEST
        if isinstance(value, bool) or not isinstance(value, int | kind) or not 0 < value <= largest:
            raise ValueError(f"{name} is {value!r}")
    vision, text = config.vision, config.text
    for whole, part, what in (
        (vision.hidden_size, vision.num_attention_heads, "the tower's hidden_size"),
        (text["num_attention_heads"], text["num_key_value_heads"], "num_attention_heads"),
        (config.head_dim, 2, "head_dim"),
    ):
        if whole % part or whole < part:
            raise ValueError(f"{what} is {whole}, no multiple of {part}")
    # The dynamic base divides by head_dim - 2
    if config.head_dim < 4:
        raise ValueError(f"head_dim is {config.head_dim}")
    if vision.patch_size > vision.image_size:
        raise ValueError(f"patches of {vision.patch_size} in images of {vision.image_size} pixels")
    if not isinstance(config.prompt_template, str | None):
        raise ValueError(f"prompt_template is {config.prompt_template!r}")


def _read_hub(config: Json) -> LlavaConfig:
    model_type = config.get("model_type")
    if "vision_config" not in config or "text_config" not in config:
        raise UnsupportedModelError(
            f"config.json (model type {model_type!r}) has no vision part: sf-mlx needs a LLaVA "
            "checkpoint such as llava-hf/llava-v1.6-vicuna-7b-hf"
        )
    if model_type not in ("llava", "llava_next"):
        raise UnsupportedModelError(
            f"model type {model_type!r} is not supported; sf-mlx runs LLaVA-1.5 and LLaVA-1.6 "
            "(llava, llava_next)"
        )
    vision = _vision(config["vision_config"])
    return LlavaConfig(
        vision=vision,
        text=_text(config["text_config"]),
        language=config["text_config"].get("model_type", "llama"),
        projector_bias=bool(config.get("multimodal_projector_bias", True)),
        projector_act=config.get("projector_hidden_act", "gelu"),
        feature_layer=_feature_layer(config.get("vision_feature_layer", -2), vision),
        feature_select=_feature_select(config.get("vision_feature_select_strategy", "default")),
        is_next=model_type == "llava_next",
        prompt_template=config.get("prompt_template"),
    )


def _read_original(config: Json, tower: Json | None) -> LlavaConfig:
    projector = config.get("mm_projector_type", "linear")
    if projector != "mlp2x_gelu":
        raise UnsupportedModelError(
            f"projector {projector!r} is not supported; LLaVA-1.5 and 1.6 have mlp2x_gelu"
        )
    if tower is None and "clip-vit-large-patch14-336" not in config["mm_vision_tower"]:
        raise UnsupportedModelError(
            f"vision tower {printable(config['mm_vision_tower'])!r} is not known; put its "
            "CLIPVisionConfig beside config.json as vision_config.json"
        )
    kind = " ".join([config.get("model_type", ""), *config.get("architectures", [])]).lower()
    language = "mistral" if "mistral" in kind else "llama"
    vision = _vision(tower or _CLIP_LARGE_336)
    return LlavaConfig(
        vision=vision,
        text=_text({**config, "model_type": language}),
        language=language,
        projector_bias=True,
        projector_act="gelu",
        feature_layer=_feature_layer(config.get("mm_vision_select_layer", -2), vision),
        feature_select={"patch": "default", "cls_patch": "full"}[
            config.get("mm_vision_select_feature", "patch")
        ],
        is_next="anyres" in str(config.get("image_aspect_ratio", "")),
        prompt_template=config.get("prompt_template"),
    )


def _vision(vision: Json) -> VisionConfig:
    from transformers import CLIPVisionConfig

    kind = vision.get("model_type", "clip_vision_model")
    if kind != "clip_vision_model":
        raise UnsupportedModelError(f"vision tower {kind!r} is not supported; LLaVA has CLIP's")
    names = VisionConfig.__dataclass_fields__
    _check_layers(vision)
    full = CLIPVisionConfig(**{name: vision[name] for name in names if name in vision})
    return VisionConfig(**{name: getattr(full, name) for name in names})


def _text(text: Json) -> Json:
    from transformers import LlamaConfig, MistralConfig

    model_type = text.get("model_type", "llama")
    if model_type not in _TEXT_MODELS:
        raise UnsupportedModelError(
            f"language model {model_type!r} is not supported; known: {', '.join(_TEXT_MODELS)}"
        )
    own = {key: text[key] for key in _TEXT_KEYS if key in text}
    _check_layers(own)  # transformers makes lists of that length
    full = (LlamaConfig if model_type == "llama" else MistralConfig)(**own)
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


def _check_layers(part: Json) -> None:
    layers = part.get("num_hidden_layers", 1)
    if not isinstance(layers, int) or layers > _MOST_LAYERS:
        raise ValueError(f"num_hidden_layers is {layers!r}; {_MOST_LAYERS} are allowed")


def _feature_layer(layer: int, vision: VisionConfig) -> int:
    if not isinstance(layer, int):
        raise UnsupportedModelError(f"vision_feature_layer {layer} is not supported; LLaVA has -2")
    # hidden_states[0] is the embedding, so hidden_states[-2] is the output of layer L - 1
    run = layer if layer >= 0 else vision.num_hidden_layers + 1 + layer
    if not 0 <= run <= vision.num_hidden_layers:
        raise CheckpointError(
            f"vision_feature_layer {layer} lies outside the tower's "
            f"{vision.num_hidden_layers} layers"
        )
    return run


def _feature_select(strategy: str) -> str:
    if strategy not in ("default", "full"):
        raise UnsupportedModelError(f"vision_feature_select_strategy {strategy!r} is not known")
    return strategy


def hub_config(config: LlavaConfig) -> Json:
    """The hub's config.json for a checkpoint that came without one (original layout)."""
    return {
        "architectures": [
            "LlavaNextForConditionalGeneration"
            if config.is_next
            else "LlavaForConditionalGeneration"
        ],
        "model_type": "llava_next" if config.is_next else "llava",
        "projector_hidden_act": config.projector_act,
        "multimodal_projector_bias": config.projector_bias,
        "vision_feature_layer": config.feature_layer - config.vision.num_hidden_layers - 1,
        "vision_feature_select_strategy": config.feature_select,
        "text_config": {**config.text, "model_type": config.language},
        "vision_config": {**asdict(config.vision), "model_type": "clip_vision_model"},
    }
