"""How often the demo model is right, by type of question, on clip files that it never saw.

    python -m benchmarks.demo_accuracy [--model FOLDER …] [--clips 500] [--processes 2]

Every clip is written as a real H.264 or HEVC file and read through sf_mlx's own decoder; every
question is asked alone. Several models are asked the same questions about the same files.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

import sf_mlx
from demo import clips, refusals, scoring
from demo.questions import actions, looks, talk
from demo.questions.turn import Asker, Turn
from demo.world import Scene, invent
from sf_mlx.ask import Model
from sf_mlx.device import current
from sf_mlx.prompts import build_prompt, find_template
from sf_mlx.slowfast import Aggregation

# Training's seeds are far below
FIRST_SEED = 10_000_000

TYPES: dict[str, tuple[Asker, ...]] = {
    "colour": (looks.colour,),
    "kind": (looks.kind,),
    "count": (looks.count,),
    "direction": (actions.direction,),
    "order, when": (actions.order, actions.when),
    "flashes, bounces": (actions.times,),
    "multiple choice": (talk.choice,),
    "out of scope": (talk.refusal,),
}
GOALS = (97, 95, 97, 93, 85, 80, 93, 95)


Turns = list[tuple[str, Turn]]


def questions_about(scene: Scene, number: int, rng: np.random.Generator) -> Turns:
    """One question of every type that the scene has an answer to."""
    turns = []
    for name, askers in TYPES.items():
        asker = askers[number % len(askers)]
        turn = next((t for _ in range(6) if (t := talk.ask(scene, rng, asker))), None)
        if name == "out of scope":
            held_out = refusals.HELD_OUT[number % len(refusals.HELD_OUT)]
            turn = Turn("refusal", held_out, refusals.ANSWER, refusals.ANSWER)
        if turn is not None:
            turns.append((name, turn))
    return turns


def ask_all(folder: Path, numbers: range) -> Iterator[tuple[Path, Turns]]:
    """Clip files with their questions."""
    for number in numbers:
        rng = np.random.default_rng(FIRST_SEED + number)
        scene = invent(rng)
        path = folder / f"{number:05d}.mp4"
        clips.write(scene, clips.film(scene, rng), path, rng)
        yield path, questions_about(scene, number, rng)
        path.unlink()


class Reader:
    """Answers questions about one clip after the other; a clip is read and prefilled once."""

    def __init__(self, model: Model, spec: Aggregation) -> None:
        self.model, self.spec = model, spec
        self._template = find_template(model.template)

    def open(self, path: Path) -> Callable[[str], str]:
        """Read a clip and return what answers questions about it."""
        import mlx.core as mx
        from mlx_lm.generate import generate_step
        from mlx_lm.models.cache import make_prompt_cache, trim_prompt_cache

        from sf_mlx.video import Selection, read_frames

        llava, tokenizer = self.model.llava, self.model.tokenizer
        with read_frames(
            path, Selection(self.spec.frames), size=llava.config.vision.image_size
        ) as frames:
            images = np.stack([frame.image for frame in frames])
        tokens = self.spec(llava.encode(llava.preprocess(images).astype(mx.float16)))
        prompt = build_prompt(self._template, "?", tokenizer)
        prefix = [llava.embed(list(prompt.head)), tokens, llava.embed(list(prompt.instruction))]
        llava.set_rope_length(sum(len(part) for part in prefix))
        cache = make_prompt_cache(llava.language_model)
        embeddings, step = mx.concatenate(prefix)[None], current().prefill_step
        for first in range(0, embeddings.shape[1], step):
            part = embeddings[:, first : first + step]
            llava.language_model(mx.zeros((1, 1), mx.int32), cache=cache, input_embeddings=part)
            mx.eval([layer.state for layer in cache])
        start = cache[0].offset

        def answer(question: str) -> str:
            ids = build_prompt(self._template, question, tokenizer).question
            found: list[int] = []
            for token, _ in generate_step(
                mx.array(ids), llava.language_model, max_tokens=96, prompt_cache=cache
            ):
                if token in self.model.end_tokens:
                    break
                found.append(int(token))
            trim_prompt_cache(cache, cache[0].offset - start)
            return str(tokenizer.decode(found)).strip()

        return answer


Source = Callable[[Path, range], Iterator[tuple[Path, Turns]]]
Specs = dict[str, tuple[str, Aggregation]]


def measure(
    specs: Specs, source: Source, numbers: range, *, check: int = 5, show: int = 0
) -> dict[str, Counter[str]]:
    """Right answers of each reader by type, and under "asked" how many questions there were.

    Parameters
    ----------
    specs: each reader's name, and the model and the aggregation that it reads with.
    source: writes the files of these numbers and says what to ask: `ask_all`, `photographs`.
    check: compare so many clips' first answers with those of the public `Model.ask`.
    show: print so many wrong answers of each reader.
    """
    models = {path: sf_mlx.load(path) for path, _ in specs.values()}
    readers = {name: Reader(models[path], spec) for name, (path, spec) in specs.items()}
    right: dict[str, Counter[str]] = {name: Counter() for name in (*readers, "asked")}
    shown = Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        for done, (path, turns) in enumerate(source(Path(folder), numbers)):
            for name, reader in readers.items():
                answer = reader.open(path)
                for type_, turn in turns:
                    text = answer(turn.question)
                    ok = scoring.is_right(turn, text)
                    right[name][type_] += ok
                    if not ok and shown[name] < show:
                        shown[name] += 1
                        print(f"{name} {type_}: {turn.question!r} {turn.answer!r} got {text!r}")
                if done < check:
                    _check(reader, path, turns[0][1].question, answer)
            for type_, _ in turns:
                right["asked"][type_] += 1
            if (done + 1) % 50 == 0:
                print(f"{done + 1} of {len(numbers)} clips", file=sys.stderr, flush=True)
    return right


def measure_in(
    processes: int, specs: Specs, source: Source, count: int, *, check: int = 5, show: int = 0
) -> dict[str, Counter[str]]:
    """`measure` the first `count` files, each process its share of them."""
    if processes == 1:
        return measure(specs, source, range(count), check=check, show=show)
    shares = [range(first, count, processes) for first in range(processes)]
    work = partial(measure, specs, source, check=check, show=show)
    # Spawned: a forked process would share MLX's threads, which do not survive it
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        parts = list(pool.map(work, shares))
    return {name: sum((part[name] for part in parts), Counter[str]()) for name in parts[0]}


def _check(reader: Reader, path: Path, question: str, answer: Callable[[str], str]) -> None:
    public = "".join(reader.model.ask(path, question, spec=reader.spec)).strip()
    if public != answer(question):
        raise SystemExit(f"{path}: Model.ask says {public!r}, the benchmark {answer(question)!r}")


def table(right: dict[str, Counter[str]]) -> str:
    """Percentages, a row for each type and a column for each reader."""
    asked = right["asked"]
    names = [name for name in right if name != "asked"]
    lines = [
        "| questions | asked | goal | " + " | ".join(names) + " |",
        "|---" * (3 + len(names)) + "|",
    ]
    for type_, goal in zip(TYPES, GOALS, strict=True):
        if not asked[type_]:
            continue
        shares = [f"{100 * right[name][type_] / asked[type_]:.1f}" for name in names]
        lines.append(f"| {type_} | {asked[type_]} | {goal} | " + " | ".join(shares) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--model", action="append", default=[], help="folders; the demo model if none"
    )
    parser.add_argument("--clips", type=int, default=500)
    parser.add_argument("--show", type=int, default=0, help="wrong answers to print")
    parser.add_argument("--processes", type=int, default=1)
    args = parser.parse_args()
    started = time.perf_counter()
    specs: Specs = {name: (name, sf_mlx.SlowFast()) for name in args.model or ["demo"]}
    print(table(measure_in(args.processes, specs, ask_all, args.clips, show=args.show)))
    print(f"{args.clips} clips in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
