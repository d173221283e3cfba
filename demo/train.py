"""Train the demo model: `python -m demo.train --out demo/checkpoint`; README.md has the log.

Two stages, each a cosine: single images, then clips, a part of them real H.264 and HEVC files.
On several GPUs: `torchrun --nproc-per-node 2 -m demo.train …`, with as many clips on each.
"""

import argparse
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from demo import checkpoint, data, films, spread
from demo.trainer import Layout, Trainer


@dataclass(frozen=True)
class Stage:
    """One part of the training.

    Attributes
    ----------
    layouts: taken in turn, a step each.
    steps: how many.
    peak, last: learning rate after the warm-up and at the end.
    filmed: show films among the drawn clips.
    fading: the labels lose their weight little by little.
    """

    name: str
    layouts: tuple[Layout, ...]
    steps: int
    peak: float
    last: float
    filmed: bool = False
    fading: bool = False


PATCHES = Layout(96, 1, 0, 0, taught=1)
BOTH = Layout(48, 50, 10, 4, taught=16)

# One path alone for the same 1,520 tokens, so that the paths can be compared, and as they are
SLOW = Layout(48, 50, 21, 0, taught=21)
FAST = Layout(24, 95, 0, 4, taught=32)
SLOW_PART = Layout(48, 50, 10, 0, taught=10)
FAST_PART = Layout(48, 50, 0, 4, taught=16)

# The other presets, and other numbers of frames
COARSE = Layout(48, 50, 10, 1, taught=16)
LIGHT = Layout(48, 50, 5, 4, taught=12)
DETAIL = Layout(48, 50, 10, 4, taught=12, halved=False)
FEW = tuple(Layout(48, n, 10, 4, taught=min(n, 16)) for n in (8, 16, 32))
MANY = Layout(24, 100, 10, 4, taught=24)

WARM_UP = 200

# Steps between looks at the clock, which the first process keeps for all
CLOCK = 50


def curriculum(images: int, clips: int) -> tuple[Stage, Stage]:
    """The two stages of that many steps."""
    others = (COARSE, LIGHT, DETAIL, SLOW, FAST, FAST_PART, SLOW_PART, *FEW, MANY)
    mixed = tuple(layout for other in others for layout in (BOTH, BOTH, other))
    return (
        Stage("images", (PATCHES,), images, 5e-3, 1e-3),
        Stage("clips", mixed, clips, 5e-3, 0.0, filmed=True, fading=True),
    )


def rate_at(stage: Stage, warm: int, share: float) -> float:
    """Learning rate: linear warm-up, half a cosine over the share of the stage that is done.

    Parameters
    ----------
    warm: steps since training began or went on.
    """
    rise = min(1.0, (warm + 1) / min(WARM_UP, max(1, stage.steps // 5)))
    return rise * (stage.last + (stage.peak - stage.last) * (1 + math.cos(math.pi * share)) / 2)


def evaluate(
    trainer: Trainer, layout: Layout, batches: Iterator[data.Batch], count: int
) -> dict[str, float]:
    """Share of exact answers by type over `count` batches that are never trained on."""
    right = torch.zeros(len(data.TYPES), dtype=torch.float64)
    asked = torch.zeros_like(right)
    for _ in range(count):
        batch = next(batches).to(trainer.device)
        hits = trainer.exact(trainer.patches(batch), batch, layout).cpu().double()
        types = batch.types.cpu()
        known = types >= 0
        right.index_add_(0, types[known], hits[known])
        asked.index_add_(0, types[known], torch.ones_like(hits[known]))
    return {name: float(r / a) for name, r, a in zip(data.TYPES, right, asked, strict=True) if a}


class Log:
    """Lines to the terminal and to a file, with the time since the start."""

    def __init__(self, path: Path) -> None:
        self._start, self._file = time.perf_counter(), path.open("a", buffering=1)
        self._silent = spread.rank() > 0

    def __call__(self, text: str) -> None:
        if self._silent:
            return
        line = f"{time.perf_counter() - self._start:7.1f} s  {text}"
        print(line, flush=True)
        self._file.write(line + "\n")


class Run:
    """Stages one after the other, with their scenes, films and log."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args, self.out = args, args.out
        self.started = time.perf_counter()
        self.out.mkdir(parents=True, exist_ok=True)
        self.device = spread.join(args.device)
        # The same weights everywhere, and then other scenes in each process
        self.trainer = Trainer(self.device, args.seed, compiled=not args.eager)
        self.seed = args.seed + 100_000 * spread.rank()
        torch.manual_seed(self.seed)
        self.log = Log(self.out / "log.txt")
        size = sum(p.numel() for p in self.trainer.model.parameters())
        self.log(f"{size / 1e6:.2f} M parameters, torch {torch.__version__}, {vars(args)}")
        self.library = films.Library(
            args.film_workers, self.seed, self.trainer.encoder, args.films, self.device
        )

    def stage(self, stage: Stage, seed: int, *, first: int = 0, seconds: float = math.inf) -> None:
        """Run a stage and save its checkpoint.

        Parameters
        ----------
        first: the step to go on with.
        seconds: end the stage after this long, fully annealed, if that comes first.
        """
        kinds = len(set(stage.layouts))
        self.log(f"stage {stage.name}: at most {stage.steps} steps of {kinds} layouts")
        started = time.perf_counter()
        sources = self._sources(stage, seed)
        losses, since, waited, clock = [], 0, 0.0, time.perf_counter()
        step = looked = first
        passed = pace = 0.0
        for step in range(first, stage.steps):
            if (step - first) % CLOCK == 0:
                passed = (time.perf_counter() - started) / seconds
                pace = passed / (step - first) if step > first else 0.0
                passed, pace = spread.agree([passed, pace], self.device)
                looked = step
            share = max(step / stage.steps, passed + pace * (step - looked))
            if share >= 1:
                break
            layout = stage.layouts[step % len(stage.layouts)]
            asked = time.perf_counter()
            batch = next(sources[layout]).to(self.device)
            waited += time.perf_counter() - asked
            self.library.collect()
            patches, drawn = self._patches(batch, stage.filmed)
            rate = rate_at(stage, step - first, share)
            # The labels' layers are in no checkpoint: new ones would disturb more than they help
            labelled = 0.0 if first else 1 - share if stage.fading else 1.0
            found = self.trainer.step(patches, batch, layout, rate, labelled=labelled, drawn=drawn)
            losses.append(torch.stack(found))
            since += 1
            if step in (0, 5, 20) or (step + 1) % self.args.every == 0:
                answers, on_patches, on_tokens = torch.stack(losses).mean(0).tolist()
                took = time.perf_counter() - clock
                self.log(
                    f"{stage.name} {step + 1}/{stage.steps} loss {answers:.4f} "
                    f"labels {on_patches:.3f} {on_tokens:.3f} rate {rate:.2e}, "
                    f"{took / since * 1e3:.0f} ms/step ({waited / since * 1e3:.0f} waiting), "
                    f"{self.library.count} films"
                )
                losses, since, waited, clock = [], 0, 0.0, time.perf_counter()
            if (step + 1) % self.args.save_every == 0:
                self._save(stage)
        self._save(stage)
        self.log(f"saved {stage.name} after {step + 1} steps")

    def _save(self, stage: Stage) -> None:
        if spread.rank() == 0:
            checkpoint.save(self.trainer.model, self.out / stage.name)

    def _sources(self, stage: Stage, seed: int) -> dict[Layout, Iterator[data.Batch]]:
        """Batches for each layout; those of one shape come from the same processes."""
        found: dict[tuple[int, int], Iterator[data.Batch]] = {}
        for layout in stage.layouts:
            shape = self._clips(layout), layout.frames
            if shape not in found:
                # A layout that is seldom taken needs few processes
                share = sum(other.frames == layout.frames for other in stage.layouts)
                workers = math.ceil(self.args.workers * share / len(stage.layouts))
                found[shape] = data.loader(*shape, seed + layout.frames, workers)
        return {k: found[self._clips(k), k.frames] for k in stage.layouts}

    def _clips(self, layout: Layout) -> int:
        return 2 if self.args.tiny else layout.clips

    def _patches(self, batch: data.Batch, filmed: bool) -> tuple[Tensor, int]:
        """The batch's patches, and how many films are first among them."""
        clips, frames = batch.states.shape[:2]
        drawn = None
        if filmed:
            share = 5 if frames == films.FRAMES else 16
            drawn = self.library.draw(max(1, clips // share), frames)
        if drawn is None:
            return self.trainer.patches(batch), 0
        count = len(drawn.pictures)
        batch.text[:count], batch.answers[:count] = drawn.text, drawn.answers
        batch.talks[:count], batch.places[:count] = drawn.talks, drawn.places
        return self.trainer.patches(batch, drawn.pictures), count

    def evaluate(self, stage: Stage) -> None:
        """Log the share of exact answers, by type, on scenes that are never trained on."""
        chosen = dict.fromkeys(stage.layouts) if self.args.evaluate and not spread.rank() else ()
        for layout in chosen:
            unseen = data.loader(
                self._clips(layout),
                layout.frames,
                self.args.seed + 10_000,
                min(4, self.args.workers),
            )
            table = evaluate(self.trainer, layout, unseen, self.args.evaluate)
            self.log(f"exact, {layout}: " + ", ".join(f"{k} {v:.3f}" for k, v in table.items()))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = (
        "cuda"
        if torch.cuda.is_available()
        else "mps"
        if torch.backends.mps.is_available()
        else "cpu"
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for checkpoints and the log"
    )
    parser.add_argument("--images", type=int, default=800, help="steps of the first stage")
    parser.add_argument("--steps", type=int, default=20000, help="steps of the last stage")
    parser.add_argument(
        "--minutes",
        type=float,
        default=math.inf,
        help="end after this, with the last stage shorter",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default=default)
    parser.add_argument(
        "--workers", type=int, default=9, help="processes that invent scenes, for each GPU"
    )
    parser.add_argument(
        "--film-workers", type=int, default=3, help="processes that write files, for each GPU"
    )
    parser.add_argument("--films", type=int, default=5000, help="video files to keep at most")
    parser.add_argument("--every", type=int, default=250, help="steps between lines of the log")
    parser.add_argument("--save-every", type=int, default=1000)
    parser.add_argument("--evaluate", type=int, default=3, help="batches in an evaluation")
    parser.add_argument("--resume", type=Path, help="begin the last stage with these weights")
    parser.add_argument("--from-step", type=int, default=0, help="where the last stage goes on")
    parser.add_argument(
        "--eager", action="store_true", help="compile nothing: no wait of minutes, slower steps"
    )
    parser.add_argument("--tiny", action="store_true", help="two clips a step, to try the program")
    args = parser.parse_args()
    run = Run(args)
    images, clips = curriculum(args.images, args.steps)
    try:
        if args.resume:
            run.trainer.model.load_state_dict(load_file(str(args.resume)))
        else:
            run.stage(images, run.seed + 100)
        # Other scenes than before the interruption
        seed = run.seed + 500 + 1000 * args.from_step
        seconds = 60 * args.minutes - (time.perf_counter() - run.started)
        run.stage(clips, seed, first=args.from_step, seconds=seconds)
        run.evaluate(clips)
    finally:
        run.library.close()


if __name__ == "__main__":
    main()
