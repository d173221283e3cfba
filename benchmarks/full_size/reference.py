"""The reference road in torch and transformers, step by step as upstream takes it.

Every frame up to the last that is wanted is decoded in one go, the wanted ones are kept whole, then
Pillow resizes them, CLIP sees them in one batch, projector, pooling, and transformers generates.
A: one decoding thread and eager attention, as upstream runs. C: the strongest form of it, with all
decoding threads and torch's fused attention.
"""

import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from transformers import CLIPVisionConfig, CLIPVisionModel, LlamaConfig, LlamaForCausalLM

from benchmarks.full_size import kernels
from benchmarks.full_size.rows import Rows, Values, arguments, medians, rows_of

_FRAMES, _SLOW = 50, 10
_MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
_DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
# Tokens before the video, as the template has them; which ones does not matter here
_HEAD = 10


class Reference:
    """The reference's models with a checkpoint's weights."""

    def __init__(self, checkpoint: Path, clip: Path, text_tokens: int) -> None:
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self._dtype = torch.float16 if self.device == "cuda" else torch.float32
        self._clip = str(clip)
        self._text_tokens = text_tokens
        self._files = sorted(checkpoint.glob("*.safetensors"))
        self.config: dict[str, Any] = json.loads((checkpoint / "config.json").read_text())
        self._ready = False

    def load(self) -> Values:
        """safetensors to the device, which is all that a reading of the weights needs."""
        started = time.perf_counter()
        weights = {}
        for path in self._files:
            weights.update(load_file(str(path), device=self.device))
        self._wait()
        seconds = time.perf_counter() - started
        self._build({name: array.to(self._dtype) for name, array in weights.items()})
        return {"load_s": seconds}

    def _build(self, weights: dict[str, torch.Tensor]) -> None:
        text = {k: v for k, v in self.config["text_config"].items() if k != "model_type"}
        vision = {k: v for k, v in self.config["vision_config"].items() if k != "model_type"}
        torch.set_default_dtype(self._dtype)
        with torch.device(self.device):
            self.tower = CLIPVisionModel(CLIPVisionConfig(**vision))
            self.language = LlamaForCausalLM(LlamaConfig(**text))
        self._put(self.tower, weights, "vision_tower.")
        self._put(self.language, weights, "language_model.")
        self.projector = [
            weights[f"multi_modal_projector.linear_{i}.{kind}"]
            for i in (1, 2)
            for kind in ("weight", "bias")
        ]
        settings = self.language.generation_config
        settings.eos_token_id, settings.pad_token_id = None, 0
        self._ready = True

    def _put(self, module: Any, weights: dict[str, torch.Tensor], prefix: str) -> None:
        names = {name for name, _ in module.named_parameters()}
        found = {}
        for name, array in weights.items():
            bare = name.removeprefix(prefix)
            # transformers 5 leaves a name out of the tower's
            for each in (bare, bare.removeprefix("vision_model.")):
                if name.startswith(prefix) and each in names:
                    found[each] = array
        if missing := names - found.keys():
            raise ValueError(f"no weights for {len(missing)} parameters: {min(missing)} …")
        module.load_state_dict(found, assign=True, strict=False)
        module.eval().requires_grad_(False)

    def decode(self, threads: int | None) -> list[np.ndarray[Any, Any]]:
        """The wanted frames, whole; `threads`: None for as many as the decoder likes."""
        with av.open(self._clip) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO" if threads is None else "NONE"
            stream.codec_context.thread_count = threads or 0
            edges = np.round((stream.frames - 1) / _FRAMES * np.arange(_FRAMES + 1)).astype(int)
            wanted = {int(i) for i in (edges[:-1] + edges[1:]) // 2}
            frames = []
            for index, frame in enumerate(container.decode(stream)):
                if index in wanted:
                    frames.append(frame.to_ndarray(format="rgb24"))
                if index >= max(wanted):
                    break
        return frames

    def pixels(self, frames: list[np.ndarray[Any, Any]]) -> torch.Tensor:
        """Pillow's bicubic resize, and CLIP's normalisation."""
        size = (self.config["vision_config"]["image_size"],) * 2
        small = [
            np.asarray(Image.fromarray(f).resize(size, Image.Resampling.BICUBIC)) for f in frames
        ]
        values = [
            ((picture.astype(np.float32) / 255 - _MEAN) / _DEVIATION).transpose(2, 0, 1)
            for picture in small
        ]
        return torch.from_numpy(np.stack(values)).to(self.device, self._dtype)

    def see(self, pixels: torch.Tensor) -> torch.Tensor:
        """Visual tokens [L, D]."""
        states = self.tower(pixels, output_hidden_states=True).hidden_states
        first, first_bias, second, second_bias = self.projector
        linear, functional = torch.nn.functional.linear, torch.nn.functional
        x = linear(states[-2][:, 1:], first, first_bias)
        x = linear(functional.gelu(x), second, second_bias)
        count, patches, wide = x.shape
        side = int(patches**0.5)
        grid = x.view(count, side, side, wide).permute(0, 3, 1, 2)
        slow = torch.linspace(0, count, _SLOW + 1)[:-1].long().to(self.device)
        pooled = [
            functional.max_pool2d(grid[slow], (1, 2)),
            functional.adaptive_avg_pool2d(grid, (4, 4)),
        ]
        return torch.cat([p.permute(0, 2, 3, 1).reshape(-1, wide) for p in pooled])

    def ask(self, frames: list[np.ndarray[Any, Any]] | int | None, tokens: int) -> Values:
        """One question; `frames`: decoded ones, or the threads to decode with."""
        if self.device == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        times = [time.perf_counter()]

        def lap() -> None:
            self._wait()
            times.append(time.perf_counter())

        if not isinstance(frames, list):
            frames = self.decode(frames)
        pixels = self.pixels(frames)
        lap()
        visual = self.see(pixels)
        lap()
        embed = self.language.get_input_embeddings()
        words = embed(torch.arange(3, 3 + self._text_tokens, device=self.device))
        prompt = torch.cat([words[:_HEAD], visual, words[_HEAD:]])[None]
        came: list[float] = []
        self.language.generate(
            inputs_embeds=prompt,
            attention_mask=torch.ones(prompt.shape[:2], device=self.device, dtype=torch.long),
            max_new_tokens=tokens,
            do_sample=False,
            streamer=_Stopwatch(came),
        )
        peak = torch.cuda.max_memory_allocated() / 1e9 if self.device == "cuda" else 0.0
        return {
            "decode_wait_s": times[1] - times[0],
            "vision_s": times[2] - times[1],
            "prefill_s": came[0] - times[2],
            "first_token_s": came[0] - times[0],
            "tokens_per_s": (len(came) - 1) / max(came[-1] - came[0], 1e-9),
            "peak_gb": peak,
            "visual_tokens": visual.shape[0],
            "text_tokens": self._text_tokens,
        }

    def road(self, rows: Rows, threads: int | None, attention: str, tokens: int) -> Values:
        """Medians of one form of the road."""
        if not self._ready:
            self.load()
        self.tower.set_attn_implementation(attention)
        self.language.set_attn_implementation(attention)
        # The warm-up need not decode with one thread
        with torch.inference_mode():
            self.ask(None, min(tokens, 16))
            return medians([self.ask(threads, tokens) for _ in range(rows.runs)])

    def _wait(self) -> None:
        if self.device == "cuda":
            torch.cuda.synchronize()


class _Stopwatch:
    """A streamer of transformers that notes when each token came."""

    def __init__(self, came: list[float]) -> None:
        self._came = came

    def put(self, value: torch.Tensor) -> None:
        # The first call brings the prompt's ids, of which embeddings have none
        if value.numel():
            self._came.append(time.perf_counter())

    def end(self) -> None:
        pass


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--text-tokens", type=int, default=98)
    told = parser.parse_args()
    rows = rows_of(told)
    reference = Reference(told.checkpoint, told.clip, told.text_tokens)
    name = told.label
    rows.measure(f"{name}.load", reference.load)
    rows.measure(f"{name}.C", partial(reference.road, rows, None, "sdpa", told.tokens))
    rows.measure(f"{name}.A", partial(reference.road, rows, 1, "eager", told.tokens))
    kernels.in_torch(rows, f"{name}.kernel", reference.config, reference.device)


if __name__ == "__main__":
    main()
