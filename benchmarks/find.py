"""How often `--find` puts the right one of six stretches first: `python -m benchmarks.find`.

Six generated scenes of five seconds become one H.264 file. Looked for is a thing that is in one of
them only ("a red star"), or an event: one scene shows it, another the same shapes without it, the
rest none such ("Does the red star turn blue?"). The demo model answers, through the code of the
command. The goal: the right stretch is first in at least 90 %. A film takes some 12 s on two cores.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.stream import VideoStream

import sf_mlx
from demo.draw import draw
from demo.questions.turn import article
from demo.world import Scene, Shape, invent
from sf_mlx.stretches import best, find

# Training's seeds, and those of the other benchmarks, are far away
FIRST_SEED = 40_000_000
STRETCHES, SECONDS, RATE, SIDE = 6, 5, 12, 240


@dataclass(frozen=True)
class Search:
    """A film of scenes, what is looked for, and in which of them it is."""

    kind: str
    what: str
    scenes: tuple[Scene, ...]
    right: int


def square(rng: np.random.Generator) -> Scene:
    """A scene for a square picture, with a shape in it."""
    while (scene := invent(rng)).aspect != 1.0 or not scene.shapes:
        pass
    return scene


def others(shape: Shape, count: int, rng: np.random.Generator) -> list[Scene]:
    """Scenes in which nothing has the shape's kind and one of its colours."""
    found: list[Scene] = []
    while len(found) < count:
        scene = square(rng)
        if not any(
            each.kind == shape.kind and set(each.colours) & set(shape.colours)
            for each in scene.shapes
        ):
            found.append(scene)
    return found


def thing(rng: np.random.Generator) -> Search:
    """Look for a shape that is there all the time in one scene, and in no other."""
    while True:
        scene = square(rng)
        steady = [
            shape for shape in scene.shapes
            if not shape.second_colour and shape.appears <= 0 and shape.vanishes >= 1
            and shape.motion.kind != "leave"
        ]  # fmt: skip
        if steady:
            break
    shape = steady[int(rng.integers(len(steady)))]
    what = f"{article(shape.colour)} {shape.kind}"
    return search("a thing", what, scene, others(shape, STRETCHES - 1, rng), rng)


def event(rng: np.random.Generator) -> Search:
    """Look for a change of colour; one other scene has the same shapes without this change."""
    while True:
        scene = square(rng)
        turning = [shape for shape in scene.shapes if shape.second_colour]
        if turning:
            break
    shape = turning[int(rng.integers(len(turning)))]
    still = replace(
        scene,
        shapes=tuple(
            replace(each, second_colour="", turns=2.0) if each is shape else each
            for each in scene.shapes
        ),
    )
    what = f"Does the {shape.colour} {shape.kind} turn {shape.second_colour}?"
    return search("an event", what, scene, [still, *others(shape, STRETCHES - 2, rng)], rng)


def search(
    kind: str, what: str, scene: Scene, rest: Sequence[Scene], rng: np.random.Generator
) -> Search:
    """The scenes in a random order."""
    order = [int(i) for i in rng.permutation(STRETCHES)]
    scenes = (scene, *rest)
    return Search(kind, what, tuple(scenes[i] for i in order), order.index(0))


def write(scenes: Sequence[Scene], path: Path, rng: np.random.Generator) -> None:
    """The scenes one after another as an H.264 file."""
    times = np.linspace(0, 1, SECONDS * RATE, dtype=np.float32)
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream(
            "libx264", rate=Fraction(RATE), options={"crf": "22", "preset": "veryfast"}
        )
        assert isinstance(stream, VideoStream)
        stream.width = stream.height = SIDE
        stream.pix_fmt = "yuv420p"
        for scene in scenes:
            for picture in draw(scene, times, SIDE, SIDE, rng):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def searches(clips: int) -> Iterator[tuple[Search, np.random.Generator]]:
    """Things and events in turn."""
    for number in range(clips):
        rng = np.random.default_rng(FIRST_SEED + number)
        yield (event if number % 2 else thing)(rng), rng


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--quick", action="store_true", help="four clips")
    parser.add_argument("--show", action="store_true", help="print every search that failed")
    args = parser.parse_args()
    clips = 4 if args.quick else args.clips
    model = sf_mlx.load("demo")
    asked, first, second = Counter[str](), Counter[str](), Counter[str]()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "film.mp4")
        for number, (wanted, rng) in enumerate(searches(clips)):
            write(wanted.scenes, path, rng)
            ranked = best(find(model, path, wanted.what, length=SECONDS))
            places = [round(stretch.start / SECONDS) for stretch in ranked]
            assert sorted(places) == list(range(STRETCHES))
            asked[wanted.kind] += 1
            first[wanted.kind] += places[0] == wanted.right
            second[wanted.kind] += wanted.right in places[:2]
            if args.show and places[0] != wanted.right:
                scores = ", ".join(
                    f"{place}: {s.score:.3f}" for place, s in zip(places, ranked, strict=True)
                )
                print(f"{number} | {wanted.what} | right is {wanted.right} | {scores}", flush=True)
            done = f"{number + 1} films, {first.total()} right"
            print(done, file=sys.stderr, flush=True)
    print("| looked for | films | right one first | among the first two |\n|---|---|---|---|")
    for kind in (*asked, "all"):
        count, one, two = (
            sum(c.values()) if kind == "all" else c[kind] for c in (asked, first, second)
        )
        print(f"| {kind} | {count} | {100 * one / count:.1f} % | {100 * two / count:.1f} % |")
    print(f"{clips} films of {STRETCHES} stretches in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
