"""LLaVA: vision tower, projector and language model (arXiv 2304.08485, 2310.03744).

Parameter names are the hub's (llava-hf), so a checkpoint in that layout loads without renaming.
"""

import mlx.core as mx
import mlx.nn as nn
from mlx_lm.models import llama

from sf_mlx.errors import CheckpointError, UnsupportedModelError
from sf_mlx.model.clip import ClipVisionTower
from sf_mlx.model.config import LlavaConfig
from sf_mlx.model.preprocess import Preprocess
from sf_mlx.model.rope import SCALING_FACTOR, scaled_base, set_base

# Frames in one pass of the tower: 8 frames of ViT-L/14-336 need about 0.4 GiB in float32
FRAMES_PER_PASS = 8


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
    """

    def __init__(self, config: LlavaConfig, preprocess: Preprocess | None = None) -> None:
        super().__init__()
        self.config = config
        self.preprocess = preprocess or Preprocess(config.vision.image_size)
        self.vision_tower: ClipVisionTower | None = ClipVisionTower(
            config.vision, config.feature_layer
        )
        self.multi_modal_projector = Projector(config)
        self.language_model = llama.Model(llama.ModelArgs.from_dict(config.text))

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

    def rope_base(self, length: int) -> float:
        """The rotary base for sequences of this many tokens."""
        text = self.config.text
        base = float(text["rope_theta"])
        if not self._scales:
            return base
        return scaled_base(base, self.config.head_dim, int(text["max_position_embeddings"]), length)

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

    def encode(self, pixels: mx.array) -> mx.array:
        """Normalised pixels [T, H, W, 3] to projected patch features [T, N, D], evaluated."""
        pixels = pixels.astype(self.dtype)
        features = []
        for start in range(0, pixels.shape[0], FRAMES_PER_PASS):
            vision = self.vision_features(pixels[start : start + FRAMES_PER_PASS])
            features.append(self.multi_modal_projector(vision))
            # Evaluated at once: the lazy graph would hold every pass's activations together
            mx.eval(features[-1])
        return mx.concatenate(features)

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
        rows = self.config.text["vocab_size"]
        if ids and not 0 <= min(ids) <= max(ids) < rows:
            worst = max(ids, key=lambda i: abs(i - rows // 2))
            raise CheckpointError(
                f"the tokenizer gives the id {worst}, and the model has {rows:,} embeddings; the "
                "two do not belong together"
            )
        embeddings: mx.array = self.language_model.model.embed_tokens(mx.array(ids, dtype=mx.int32))
        return embeddings
