"""A LLaVA checkpoint's config.json, of the hub's layout or the original one, understood."""

from dataclasses import asdict, dataclass, replace

from sf_mlx.errors import CheckpointError, SfMlxError, UnsupportedModelError, printable
from sf_mlx.model.config import (
    Json,
    check_heads,
    check_layers,
    check_multiples,
    check_sizes,
    text_arguments,
)

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
    """A CLIP vision tower's dimensions; names and defaults as in transformers' CLIPVisionConfig."""

    hidden_size: int = 768
    intermediate_size: int = 3072
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    image_size: int = 224
    patch_size: int = 32
    layer_norm_eps: float = 1e-5
    hidden_act: str = "quick_gelu"

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
    def image_size(self) -> int:
        """Side of the square that the tower sees, in pixels."""
        return self.vision.image_size

    @property
    def rows(self) -> int:
        """Rows of the embedding."""
        return int(self.text["vocab_size"])

    @property
    def is_tied(self) -> bool:
        """Whether the embedding is the language model's head too."""
        return bool(self.text["tie_word_embeddings"])

    @property
    def text_layers(self) -> int:
        """Layers of the language model."""
        return int(self.text["num_hidden_layers"])

    @property
    def vision_layers(self) -> int:
        """Layers of the tower that are read."""
        return self.feature_layer

    @property
    def templates(self) -> dict[str, str]:
        """A token of the vocabulary -> the prompt template of the model that has it."""
        if self.language == "mistral":
            return {"": "mistral_instruct"}
        return {
            "<|start_header_id|>": "llama_3",
            "<|im_start|>": "image_seq_34b_v3",
            "": "image_seq_v3" if self.is_next else "vicuna_v1",
        }

    def single(self) -> "LlavaConfig":
        """The same model with one layer of each kind at most."""
        text = {**self.text, "num_hidden_layers": 1}
        return replace(self, text=text, feature_layer=min(self.feature_layer, 1))

    def as_hub(self) -> Json:
        """The hub's config.json for it, also where it came without one (original layout)."""
        kind = "LlavaNext" if self.is_next else "Llava"
        return {
            "architectures": [f"{kind}ForConditionalGeneration"],
            "model_type": "llava_next" if self.is_next else "llava",
            "projector_hidden_act": self.projector_act,
            "multimodal_projector_bias": self.projector_bias,
            "vision_feature_layer": self.feature_layer - self.vision.num_hidden_layers - 1,
            "vision_feature_select_strategy": self.feature_select,
            "text_config": {**self.text, "model_type": self.language},
            "vision_config": {**asdict(self.vision), "model_type": "clip_vision_model"},
        }


def read_config(config: Json, tower: Json | None = None) -> LlavaConfig:
    """Understand a LLaVA's config.json.

    Parameters
    ----------
    config: the parsed config.json, hub or original layout.
    tower: the parsed vision_config.json beside it, if there is one (original layout only).

    Raises
    ------
    UnsupportedModelError: another tower, projector or language model than LLaVA has.
    CheckpointError: a value of the wrong kind.
    """
    try:
        original = "mm_vision_tower" in config
        read = _read_original(config, tower) if original else _read_hub(config)
        _check_values(read)
        return read
    except SfMlxError:
        raise
    except Exception as error:  # a value of the wrong kind fails wherever it is used first
        raise CheckpointError(f"config.json has a value that cannot be used: {error}") from error


def _check_values(config: LlavaConfig) -> None:
    vision, text = config.vision, config.text
    check_sizes(text, asdict(vision))
    heads = vision.num_attention_heads
    check_multiples((vision.hidden_size, heads, "the tower's hidden_size"))
    check_heads(text)
    if vision.patch_size > vision.image_size:
        raise ValueError(f"patches of {vision.patch_size} in images of {vision.image_size} pixels")
    if not isinstance(vision.hidden_act, str):
        raise ValueError(f"hidden_act is {vision.hidden_act!r}")
    if not isinstance(config.prompt_template, str | None):
        raise ValueError(f"prompt_template is {config.prompt_template!r}")


def _read_hub(config: Json) -> LlavaConfig:
    vision = _vision(config["vision_config"])
    return LlavaConfig(
        vision=vision,
        text=text_arguments(config["text_config"]),
        language=config["text_config"].get("model_type", "llama"),
        projector_bias=bool(config.get("multimodal_projector_bias", True)),
        projector_act=config.get("projector_hidden_act", "gelu"),
        feature_layer=_feature_layer(config.get("vision_feature_layer", -2), vision),
        feature_select=_feature_select(config.get("vision_feature_select_strategy", "default")),
        is_next=config.get("model_type") == "llava_next",
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
        text=text_arguments({**config, "model_type": language}),
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
    kind = vision.get("model_type", "clip_vision_model")
    if kind != "clip_vision_model":
        raise UnsupportedModelError(f"vision tower {kind!r} is not supported; LLaVA has CLIP's")
    check_layers(vision)
    names = VisionConfig.__dataclass_fields__
    return VisionConfig(**{name: vision[name] for name in names if name in vision})


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
