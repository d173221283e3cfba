"""LLaVA: vision tower, projector and language model (arXiv 2304.08485, 2310.03744).

Parameter names are the hub's (llava-hf), so a checkpoint in that layout loads without renaming.
"""

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import numpy.typing as npt
from mlx_lm.models import llama

from sf_mlx.errors import CheckpointError, UnsupportedModelError
from sf_mlx.model import on_numpy
from sf_mlx.model.backbone import Architecture, Layout
from sf_mlx.model.clip import ClipVisionTower
from sf_mlx.model.config import head_dim
from sf_mlx.model.llava_config import LlavaConfig, read_config
from sf_mlx.model.on_numpy import OnNumpy
from sf_mlx.model.preprocess import Preprocess
from sf_mlx.model.rope import SCALING_FACTOR, scaled_base, set_base


class Projector(nn.Module):
    """The two-layer MLP from the tower's width to the language model's."""

    def __init__(self, config: LlavaConfig) -> None:
        super().__init__()
        if config.projector_act != "gelu":
            raise UnsupportedModelError(
                f"projector activation {config.projector_act!r} is not known"
            )
        dim = config.text["hidden_size"]
        self.linear_1 = nn.Linear(config.vision.hidden_size, dim, bias=config.projector_bias)
        self.linear_2 = nn.Linear(dim, dim, bias=config.projector_bias)

    def __call__(self, x: mx.array) -> mx.array:
        return self.linear_2(nn.gelu(self.linear_1(x)))


class Llava(nn.Module):
    """A LLaVA model; `vision_tower` is None once it was released.

    Parameters
    ----------
    preprocess: what the checkpoint does to pixels; CLIP's values when not given.
    numpy: what numpy computes.
    """

    def __init__(
        self,
        config: LlavaConfig,
        preprocess: Preprocess | None = None,
        numpy: OnNumpy = OnNumpy(),
    ) -> None:
        super().__init__()
        self.config = config
        self.preprocess = preprocess or Preprocess(config.image_size)
        self.vision_tower: ClipVisionTower | None = ClipVisionTower(
            config.vision, config.feature_layer, numpy
        )
        self.multi_modal_projector = Projector(config)
        language = on_numpy.Llama if numpy.exp else llama.Model
        self.language_model = language(llama.ModelArgs.from_dict(config.text))
        if numpy.products:
            on_numpy.use_numpy_products(self)

    @property
    def patches(self) -> int:
        """Tokens of one frame before pooling."""
        return self.config.vision.patches + (self.config.feature_select == "full")

    @property
    def context(self) -> int:
        """Tokens that prompt and answer may have together: twice the trained context with NTK."""
        positions = int(self.config.text["max_position_embeddings"])
        longest = positions * SCALING_FACTOR if self._scales else positions
        # Within its window a sliding-window model attends to everything, which is what we compute
        return min(longest, self.config.text["sliding_window"] or longest)

    @property
    def _scales(self) -> bool:
        # A checkpoint with rope scaling of its own keeps it
        return self.config.text["rope_scaling"] is None

    @property
    def dtype(self) -> mx.Dtype:
        """What activations are computed in; loading gives all weights the same."""
        dtype: mx.Dtype = self.language_model.model.norm.weight.dtype
        return dtype

    @property
    def width(self) -> int:
        """Numbers in an embedding, D."""
        return int(self.config.text["hidden_size"])

    @property
    def rows(self) -> int:
        """Rows of the embedding, V: token ids lie below."""
        return self.config.rows

    @property
    def head_dim(self) -> int:
        """Numbers in a key or value of one head."""
        return head_dim(self.config.text)

    @property
    def kv_values(self) -> int:
        """Numbers that the KV cache keeps of one token, over all layers and heads."""
        heads = int(self.config.text["num_key_value_heads"])
        return 2 * self.config.text_layers * heads * self.head_dim

    @property
    def sees(self) -> bool:
        """Whether the vision tower is still there."""
        return self.vision_tower is not None

    def rope_base(self, length: int) -> float:
        """The rotary base for sequences of this many tokens."""
        text = self.config.text
        base = float(text["rope_theta"])
        if not self._scales:
            return base
        return scaled_base(base, self.head_dim, int(text["max_position_embeddings"]), length)

    def set_rope_base(self, base: float) -> None:
        """Compute with this rotary base from now on; keys already cached keep theirs."""
        if self._scales:
            set_base(self.language_model, base)

    def vision_features(self, pixels: mx.array) -> mx.array:
        """Normalised pixels [T, H, W, 3] to the tower's patch features [T, N, D_vision]."""
        if self.vision_tower is None:
            raise RuntimeError("the vision tower was released; load the model again")
        hidden = self.vision_tower(pixels)
        return hidden if self.config.feature_select == "full" else hidden[:, 1:]

    def features(self, pixels: mx.array) -> mx.array:
        """Normalised pixels [T, H, W, 3] to projected patch features [T, N, D], lazily."""
        features: mx.array = self.multi_modal_projector(
            self.vision_features(pixels.astype(self.dtype))
        )
        return features

    def encode(self, frames: npt.NDArray[np.uint8]) -> mx.array:
        """Frames uint8 [T, H, W, 3] to projected patch features [T, N, D], in one pass."""
        # Upstream feeds float16 pixels; rounding them keeps float32 runs comparable with it
        return self.features(self.preprocess(frames).astype(mx.float16))

    def release_vision(self) -> None:
        """Drop the vision tower and give its memory back; the language model stays."""
        self.vision_tower = None
        mx.clear_cache()

    def embed(self, ids: list[int]) -> mx.array:
        """Token ids to embeddings [S, D].

        Raises
        ------
        CheckpointError: an id without a row, which MLX would read from outside the array.
        """
        rows = self.rows
        if ids and not 0 <= min(ids) <= max(ids) < rows:
            worst = max(ids, key=lambda i: abs(i - rows // 2))
            raise CheckpointError(
                f"the tokenizer gives the id {worst}, and the model has {rows:,} embeddings; the "
                "two do not belong together"
            )
        embeddings: mx.array = self.language_model.model.embed_tokens(mx.array(ids, dtype=mx.int32))
        return embeddings


_LANGUAGE, _PROJECTOR = "language_model.", "multi_modal_projector."
_TOWER, _NEWLINE = "vision_tower.vision_model.", "image_newline"

ARCHITECTURE = Architecture(
    name="LLaVA",
    example="llava-hf/llava-v1.6-vicuna-7b-hf",
    layouts=(
        Layout(
            "original LLaVA",
            sign="model.mm_projector.",
            renames=(
                ("model.mm_projector.0.", f"{_PROJECTOR}linear_1."),
                ("model.mm_projector.2.", f"{_PROJECTOR}linear_2."),
                ("model.vision_tower.vision_tower.vision_model.", _TOWER),
                ("model.image_newline", _NEWLINE),
                ("model.embed_tokens.", f"{_LANGUAGE}model.embed_tokens."),
                ("model.layers.", f"{_LANGUAGE}model.layers."),
                ("model.norm.", f"{_LANGUAGE}model.norm."),
                ("lm_head.", f"{_LANGUAGE}lm_head."),
            ),
        ),
        # The names that transformers 4.52 and later have in memory; 5 drops `vision_model`
        Layout(
            "transformers 5",
            sign="model.multi_modal_projector.",
            renames=(
                ("model.language_model.", f"{_LANGUAGE}model."),
                ("lm_head.", f"{_LANGUAGE}lm_head."),
                ("model.multi_modal_projector.", _PROJECTOR),
                ("model.vision_tower.vision_model.", _TOWER),
                ("model.vision_tower.", _TOWER),
                ("model.image_newline", _NEWLINE),
            ),
        ),
        Layout(
            "llava-hf",
            sign=_PROJECTOR,
            renames=(
                (f"{_LANGUAGE}model.", f"{_LANGUAGE}model."),
                (f"{_LANGUAGE}lm_head.", f"{_LANGUAGE}lm_head."),
                (_PROJECTOR, _PROJECTOR),
                (_TOWER, _TOWER),
                (_NEWLINE, _NEWLINE),
            ),
        ),
    ),
    # The separator between image rows, CLIP's final norm, and buffers that older libraries saved
    unused=r"image_newline$|vision_tower\.vision_model\.post_layernorm\."
    r"|.*\.position_ids$|.*\.rotary_emb\.inv_freq$",
    text_layers=f"{_LANGUAGE}model.layers.",
    vision_layers=f"{_TOWER}encoder.layers.",
    read_config=read_config,
    build=Llava,
)
