"""How the time grows with length, frames, tokens and questions: `python -m benchmarks.growth`.

The demo model; videos of 320x240 whose packets repeat. Each value is the median of some runs, and
what a part took of it; docs/plots.py draws the JSON.
"""

import argparse
import json
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import sf_mlx
from benchmarks.full_size.rows import Values
from benchmarks.second_question import QUESTIONS
from benchmarks.video_clips import Clip, make
from sf_mlx import Model, Sampling, demo
from sf_mlx.slowfast import SlowFast

_SECONDS = (10, 60, 600, 3600)
_FRAMES = (10, 25, 50, 75, 100)
_ANSWERS = (16, 32, 64, 128, 256)
# Rows and columns of the fast path's grid: visual tokens from 850 to 4,000
_GRIDS = (1, 2, 4)
_QUESTIONS = (1, 2, 4, 8)
_OPTIONS = {"preset": "veryfast", "bf": "3", "g": "250", "sc_threshold": "0", "b": "300k"}


def ask(
    model: Model, clip: Path, *, frames: int = 50, tokens: int = 16, spec: SlowFast = SlowFast()
) -> Values:
    """One question on a new session, where its time went."""
    answer = model.ask(
        clip, QUESTIONS[0], frames=frames, spec=spec, sampling=Sampling(max_tokens=tokens)
    )
    record = answer.record
    assert record is not None
    return {
        "open": record.open_seconds,
        "frames": record.decode_seconds,
        "vision": record.vision_seconds,
        "prefill": record.prefill_seconds,
        "answer": record.generate_seconds,
        "visual tokens": record.visual_tokens,
        "answer tokens": record.answer_tokens,
    }


def ask_many(model: Model, clip: Path, count: int) -> Values:
    """Some questions on one session."""
    with model.open(clip) as session:
        records = [session.ask(q, sampling=Sampling(max_tokens=16)).record for q in QUESTIONS]
    asked = [record for record in records if record is not None][:count]
    return {
        "first": asked[0].first_token_seconds + asked[0].generate_seconds,
        "later": sum(r.first_token_seconds + r.generate_seconds for r in asked[1:]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("growth.json"))
    parser.add_argument("--quick", action="store_true", help="the two smallest of each, one run")
    told = parser.parse_args()
    results: dict[str, list[Values]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sample = demo.sample_clip(folder / "clip.mp4")
        model = sf_mlx.load(demo.NAME)

        def clip(seconds: int) -> Path:
            title = f"small_{seconds}.mp4"
            made = Clip(title, title, 320, 240, seconds, 300, "libx264", "yuv420p", dict(_OPTIONS))
            return make(made, [sample], folder)

        series: dict[str, dict[float, Callable[[], Values]]] = {
            "seconds of video": {s: partial(ask, model, clip(s)) for s in _SECONDS},
            "frames": {n: partial(ask, model, sample, frames=n) for n in _FRAMES},
            "side of the fast path's grid": {
                side: partial(ask, model, sample, spec=SlowFast(fast_grid=(side, side)))
                for side in _GRIDS
            },
            "tokens of the answer, at most": {
                n: partial(ask, model, sample, tokens=n) for n in _ANSWERS
            },
            "questions": {n: partial(ask_many, model, sample, n) for n in _QUESTIONS},
        }
        ask(model, sample)
        for title, points in series.items():
            few = list(points.items())[:2] if told.quick else list(points.items())
            for x, work in few:
                runs = [work() for _ in range(1 if told.quick else told.runs)]
                value = {key: median(run[key] for run in runs) for key in runs[0]}
                results.setdefault(title, []).append({"x": x, **value})
                print(title, x, {k: round(v, 3) for k, v in value.items()}, flush=True)
            told.out.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
