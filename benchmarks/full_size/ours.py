"""Our road on one checkpoint: loading, the first question, later ones, and its parts."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
from mlx_lm.models.cache import make_prompt_cache

import sf_mlx
from benchmarks.full_size.rows import Rows, Values, arguments, medians, rows_of
from benchmarks.full_size.shapes import PROMPT_OF, QUESTION, SECOND
from benchmarks.second_question import QUESTIONS
from sf_mlx import Model, Sampling, Selection, Session, mlx_thread
from sf_mlx.model.backbone import PARTS
from sf_mlx.model.rope import length_for
from sf_mlx.video import Reading, read_frames

_FRAMES = 50
_FRAMES_PER_PASS = (8, 16, 25)
_STEPS = (512, 1024, 2048, 4096, 8192)
_SHORT_ANSWER = 16


class Road:
    """A loaded model and the clip it is asked about."""

    def __init__(self, checkpoint: Path, clip: Path, rows: Rows, tokens: int) -> None:
        self._checkpoint, self._clip, self._rows = checkpoint, clip, rows
        self._sampling = Sampling(max_tokens=tokens)
        self._loaded: Model | None = None
        self._pictures: np.ndarray[Any, Any] | None = None
        self._done: dict[str, Values] = {}

    @property
    def model(self) -> Model:
        """The model, all of its weights in memory; its answers end at their length only."""
        if self._loaded is None:
            model = sf_mlx.load(self._checkpoint)
            for part in PARTS:
                mlx_thread.run(model.weights.place, model.backbone, part)
            self._loaded = replace(model, end_tokens=frozenset())
        return self._loaded

    @property
    def pictures(self) -> np.ndarray[Any, Any]:
        """The clip's frames, for what is measured without decoding."""
        if self._pictures is None:
            size = self.model.backbone.preprocess.size
            reading = Reading(selection=Selection(frames=_FRAMES))
            with read_frames(self._clip, reading, size=size) as frames:
                self._pictures = np.stack([frame.image for frame in frames])
        return self._pictures

    def load(self) -> Values:
        """From nothing to every weight in memory; files warm where they were just written."""
        started = time.perf_counter()
        weights = sum(path.stat().st_size for path in self._checkpoint.glob("*.safetensors"))
        model = self.model
        seconds = time.perf_counter() - started
        return {
            "load_s": seconds,
            "weights_gb": weights / 1e9,
            "peak_gb": mx.get_peak_memory() / 1e9,
            "peak_of_weights": mx.get_peak_memory() / weights,
            "open_s": model.open_seconds,
        }

    def first(self) -> Values:
        """The first question of a session; the second is measured beside it."""
        self._ask_both(self._clip, Sampling(max_tokens=_SHORT_ANSWER))
        runs = [self._ask_both(self._clip, self._sampling) for _ in range(self._rows.runs)]
        self._done["second"] = medians([second for _, second in runs])
        return medians([first for first, _ in runs])

    def second(self) -> Values:
        """The second question, as `first` measured it."""
        if "second" not in self._done:
            self.first()
        return self._done["second"]

    def eight(self) -> Values:
        """Eight short answers on one session, from opening the clip."""
        started = time.perf_counter()
        with self.model.open(self._clip) as session:
            short = Sampling(max_tokens=_SHORT_ANSWER)
            firsts = [_ask(session, question, short)["first_token_s"] for question in QUESTIONS]
        return {
            "total_s": time.perf_counter() - started,
            "later_first_token_s": sorted(firsts[1:])[len(firsts[1:]) // 2],
        }

    def kv(self, bits: int) -> Values:
        """The same question with a quantised KV cache; the frames are there already."""
        runs = []
        for _ in range(1 + self._rows.runs):
            with self.model.open(self.pictures, kv_bits=bits) as session:
                runs.append(_ask(session, QUESTION, self._sampling))
        return medians(runs[1:])

    def vision(self, frames: int, *, waits: bool) -> Values:
        """Tower and projector by frames a pass; `waits`: for each pass before the next begins."""

        def see() -> None:
            evaluate: Callable[..., object] = mx.eval if waits else mx.async_eval
            features = []
            for start in range(0, _FRAMES, frames):
                features.append(self.model.backbone.encode(self.pictures[start : start + frames]))
                evaluate(features[-1])
            mx.eval(features)

        return self._timed(see)

    def prefill(self, step: int) -> Values:
        """A prompt of the paper's length, so many tokens at a time."""
        model = self.model.backbone
        length = PROMPT_OF[round(model.patches**0.5)]

        def read() -> None:
            cache = make_prompt_cache(model.language_model)
            for start in range(0, length, step):
                part = prefix[None, start : start + step]
                model.language_model(mx.zeros((1, 0), mx.int32), cache, part)
                mx.eval([layer.state for layer in cache])
                mx.clear_cache()

        def make() -> mx.array:
            model.set_rope_base(model.rope_base(length_for(length)))
            made = (mx.random.normal((length, model.width)) * 0.02).astype(model.dtype)
            mx.eval(made)
            return made

        prefix = mlx_thread.run(make)
        return self._timed(read)

    def _timed(self, work: Callable[[], None]) -> Values:
        """Seconds, and memory above what was held before."""

        def extra() -> float:
            mx.clear_cache()
            before = mx.get_active_memory()
            mx.reset_peak_memory()
            work()
            return (mx.get_peak_memory() - before) / 1e9

        seconds = mlx_thread.run(self._rows.seconds, work)
        return {"seconds": seconds, "extra_gb": mlx_thread.run(extra)}

    def _ask_both(self, video: Any, sampling: Sampling) -> tuple[Values, Values]:
        with self.model.open(video) as session:
            first = _ask(session, QUESTION, sampling)
            return first, _ask(session, SECOND, sampling)


def _ask(session: Session, question: str, sampling: Sampling) -> Values:
    record = session.ask(question, sampling=sampling).record
    assert record is not None and record.answer_tokens == sampling.max_tokens
    return {
        "open_s": record.open_seconds,
        "decode_wait_s": record.decode_seconds,
        "vision_s": record.vision_seconds,
        "prefill_s": record.prefill_seconds,
        "first_token_s": record.first_token_seconds,
        "tokens_per_s": record.tokens_per_second,
        "peak_gb": record.peak_memory_bytes / 1e9,
        "visual_tokens": record.visual_tokens,
        "text_tokens": record.text_tokens,
    }


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--parts", action="store_true", help="vision by pass and prefill by step")
    told = parser.parse_args()
    rows = rows_of(told)
    road = Road(told.checkpoint, told.clip, rows, told.tokens)
    name = told.label
    rows.measure(f"{name}.load", road.load)
    rows.measure(f"{name}.first", road.first)
    rows.measure(f"{name}.second", road.second)
    rows.measure(f"{name}.eight", road.eight)
    if told.parts:
        for frames in _FRAMES_PER_PASS:
            for way, waits in (("async", False), ("wait", True)):
                work = partial(road.vision, frames, waits=waits)
                rows.measure(f"{name}.vision.{frames} {way}", work)
        for step in _STEPS:
            rows.measure(f"{name}.prefill.{step}", partial(road.prefill, step))
    for bits in (8, 4):
        rows.measure(f"{name}.kv{bits}", partial(road.kv, bits))


if __name__ == "__main__":
    main()
