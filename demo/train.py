"""Train the demo model: `python -m demo.train --out demo/checkpoint`; README.md has the log.

Three stages, each a cosine: single images; single images as still clips; clips of 50 frames, a part
of them real H.264 and HEVC files.
"""

import argparse
import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
import torch._dynamo
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor

from demo import data, films, render, tokenizer
from demo.network import TEXT, Llava, config, slow_fast
from demo.world import KINDS


@dataclass(frozen=True)
class Layout:
    """How frames become visual tokens.

    Attributes
    ----------
    frames: of a clip.
    slow, fast: frames of the slow path, side of the fast path's grid; both 0: all patches.
    repeat: show a single image this many times, as a clip in which nothing moves.
    """

    frames: int
    slow: int
    fast: int
    repeat: int = 1


@dataclass(frozen=True)
class Stage:
    """One part of the training.

    Attributes
    ----------
    layouts: taken in turn, a step each.
    clips: in a step.
    steps: how many.
    peak, last: learning rate after the warm-up and at the end.
    """

    name: str
    layouts: tuple[Layout, ...]
    clips: int
    steps: int
    peak: float
    last: float


PATCHES = Layout(1, 0, 0)
FULL = Layout(50, 10, 4)

# Three ways to spend about 1,520 visual tokens: both paths, the slow one alone, the fast one alone
EQUAL_BUDGETS = {"slow-fast": FULL, "slow": Layout(21, 21, 0), "fast": Layout(95, 0, 4)}


def curriculum(steps: int) -> list[Stage]:
    """The three stages, the last one `steps` long."""
    stills = tuple(Layout(1, b.slow, b.fast, b.frames) for b in EQUAL_BUDGETS.values())
    return [
        Stage("images", (PATCHES,), 192, 2062, 1e-3, 2e-4),
        Stage("stills", stills, 48, 1650, 4e-4, 2e-5),
        Stage("clips", (FULL,), 48, steps, 1e-3, 0.0),
    ]


WARM_UP = 200

# Patches are labelled in every fifth frame. Without it the tower learns to tell a red shape's kind,
# but not to find a triangle: no single patch knows what it is part of
LABELLED = 5
LABEL_WEIGHT = 0.3
WEIGHT_DECAY = 0.05


class Trainer:
    """The model, its optimiser and the steps that they take."""

    def __init__(self, device: torch.device, seed: int) -> None:
        torch.manual_seed(seed)
        self.device = device
        self.encoder = tokenizer.Encoder(tokenizer.load(data.TOKENIZER))
        self.head = torch.tensor(self.encoder.head, device=device)
        self.model = Llava(tokenizer.VOCABULARY).to(device)
        self.half = torch.bfloat16 if device.type == "cuda" else torch.float32
        # Reads the shape off each patch's features while training; no part of the model
        self.labels = torch.nn.Linear(TEXT["hidden_size"], 1 + len(KINDS) + render.TRAITS).to(
            device
        )
        self.reset_optimizer()
        self._draw = render.planes
        if device.type == "cuda":
            torch.set_float32_matmul_precision("high")
            # Every layout has its own shapes: compile each rather than one for all
            torch._dynamo.config.automatic_dynamic_shapes = False
            torch._dynamo.config.recompile_limit = 64
            for layer in self.model.vision_tower.vision_model.encoder.layers:
                layer.compile()
            for layer in self.model.language_model.model.layers:
                layer.compile()
            self._draw = torch.compile(render.planes)

    def reset_optimizer(self) -> None:
        """Begin with an optimiser that remembers nothing."""
        parameters = [*self.model.parameters(), *self.labels.parameters()]
        matrices = [p for p in parameters if p.ndim >= 2]
        others = [p for p in parameters if p.ndim < 2]
        groups = [
            {"params": matrices, "weight_decay": WEIGHT_DECAY},
            {"params": others, "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(
            groups, lr=1e-3, betas=(0.9, 0.98), fused=self.device.type == "cuda"
        )

    def patches(self, batch: data.Batch, films: Tensor | None = None) -> Tensor:
        """The batch's frames as patches; `films` uint8 [F, T, H, W, 3] replace the first clips."""
        with torch.no_grad():
            picture = torch.stack(self._draw(batch), 2)
            spoilt = len(picture) // 4
            picture[:spoilt] = render.compress(picture[:spoilt])
            if films is not None:
                picture[: len(films)] = films.permute(0, 1, 4, 2, 3).to(picture.dtype) / 255
            return render.patches(picture, self.half)

    def _answer(self, features: Tensor, text: Tensor, layout: Layout) -> Tensor:
        """Logits of the text, from projected features [B, T, N, D]."""
        features = features.expand(-1, layout.frames * layout.repeat, -1, -1)
        pooled = layout.slow or layout.fast
        visual = slow_fast(features, layout.slow, layout.fast) if pooled else features.flatten(1, 2)
        return self.model(visual, self.head, text)

    def _precision(self) -> torch.autocast:
        return torch.autocast(self.device.type, self.half, enabled=self.half != torch.float32)

    def step(
        self, patches: Tensor, batch: data.Batch, layout: Layout, rate: float, drawn: int = 0
    ) -> tuple[Tensor, Tensor]:
        """One optimiser step; the answers' and the labels' loss, still on the device.

        Parameters
        ----------
        drawn: the first clip whose pictures are those of its scene; films come before.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        frames = torch.arange(0, batch.states.shape[1], LABELLED, device=self.device)
        with torch.no_grad():
            kind, traits = render.truth(batch, frames)
        with self._precision():
            features = self.model.features(patches)
            logits = self._answer(features, batch.text, layout)
            read = self.labels(features[drawn:, frames]).float()
        labels = _label_loss(read, kind[drawn:], traits[drawn:])
        marked = batch.answers > 0
        losses = F.cross_entropy(
            logits.float().flatten(0, 1), batch.text.flatten(), reduction="none"
        )
        loss = (losses * marked.flatten()).sum() / marked.sum()
        self.optimizer.zero_grad(set_to_none=True)
        (loss + LABEL_WEIGHT * labels).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return loss.detach(), labels.detach()

    @torch.no_grad()
    def exact(self, patches: Tensor, batch: data.Batch, layout: Layout) -> Tensor:
        """[B, TURNS]: whether every token of an answer is the likeliest after those before."""
        with self._precision():
            logits = self._answer(self.model.features(patches), batch.text, layout)
        right = logits.argmax(-1) == batch.text
        turns = torch.arange(1, data.TURNS + 1, device=self.device)
        return (right[:, None] | (batch.answers[:, None] != turns[:, None])).all(-1)


def _label_loss(read: Tensor, kind: Tensor, traits: Tensor) -> Tensor:
    """How wrong the labels are: kinds on shapes, kinds elsewhere, and the shapes' traits."""
    shape = (kind > 0).float()
    ground = 1 - shape
    names = read[..., : -render.TRAITS].flatten(0, 2)
    wrong = F.cross_entropy(names, kind.flatten(), reduction="none").view_as(shape)
    off = (read[..., -render.TRAITS :] - traits).abs().mean(-1)
    return ((wrong + 2 * off) * shape).sum() / (shape.sum() + 1) + (
        wrong * ground
    ).sum() / ground.sum()


def rate_at(stage: Stage, step: int, share: float) -> float:
    """Learning rate: linear warm-up, half a cosine over the share of the stage that is done."""
    warm = min(1.0, (step + 1) / min(WARM_UP, max(1, stage.steps // 5)))
    return warm * (stage.last + (stage.peak - stage.last) * (1 + math.cos(math.pi * share)) / 2)


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


def save(trainer: Trainer, folder: Path) -> None:
    """Write the checkpoint as the hub does."""
    folder.mkdir(parents=True, exist_ok=True)
    encoder = tokenizer.load(data.TOKENIZER)
    image, end, begin = (
        encoder.token_to_id(t) for t in (tokenizer.IMAGE, tokenizer.END, tokenizer.BEGIN)
    )
    weights = {
        k: v.detach().half().cpu().contiguous() for k, v in trainer.model.state_dict().items()
    }
    save_file(weights, str(folder / "model.safetensors"), metadata={"format": "pt"})
    settings = config(tokenizer.VOCABULARY, image, end, begin)
    (folder / "config.json").write_text(json.dumps(settings, indent=2) + "\n")
    encoder.save(str(folder / "tokenizer.json"))
    names = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": tokenizer.BEGIN,
        "eos_token": tokenizer.END,
        "unk_token": tokenizer.UNKNOWN,
        "pad_token": tokenizer.UNKNOWN,
        "add_bos_token": True,
        "model_max_length": 4096,
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(names, indent=2) + "\n")
    side = {"height": render.SIZE, "width": render.SIZE}
    pictures = {
        "image_processor_type": "LlavaNextImageProcessor",
        "size": {"shortest_edge": render.SIZE},
        "crop_size": side,
        "image_mean": render.MEAN,
        "image_std": render.STD,
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "resample": 3,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(pictures, indent=2) + "\n")


class Log:
    """Lines to the terminal and to a file, with the time since the start."""

    def __init__(self, path: Path) -> None:
        self._start, self._file = time.perf_counter(), path.open("a", buffering=1)

    def __call__(self, text: str) -> None:
        line = f"{time.perf_counter() - self._start:7.1f} s  {text}"
        print(line, flush=True)
        self._file.write(line + "\n")


class Run:
    """Stages one after the other, with their scenes, films and log."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args, self.out = args, args.out
        self.out.mkdir(parents=True, exist_ok=True)
        self.log = Log(self.out / "log.txt")
        self.device = torch.device(args.device)
        self.trainer = Trainer(self.device, args.seed)
        size = sum(p.numel() for p in self.trainer.model.parameters())
        self.log(f"{size / 1e6:.2f} M parameters, torch {torch.__version__}, {vars(args)}")
        self.library = films.Library(
            args.film_workers, args.seed, self.trainer.encoder, args.films, self.device
        )

    def clips(self, number: int) -> int:
        return 2 if self.args.tiny else number

    def stage(
        self, stage: Stage, seed: int, *, seconds: float = math.inf, filmed: bool = False
    ) -> None:
        """Run a stage, save its checkpoint and log how exact it is.

        Parameters
        ----------
        seconds: end the stage after this long, fully annealed, if that comes first.
        filmed: show films among the drawn clips.
        """
        self.log(f"stage {stage}")
        started = time.perf_counter()
        sources = {
            frames: data.loader(self.clips(stage.clips), frames, seed + frames, self.args.workers)
            for frames in {layout.frames for layout in stage.layouts}
        }
        losses, since, waited, clock = [], 0, 0.0, time.perf_counter()
        for step in range(stage.steps):
            share = max(step / stage.steps, (time.perf_counter() - started) / seconds)
            if share >= 1:
                break
            layout = stage.layouts[step % len(stage.layouts)]
            asked = time.perf_counter()
            batch = next(sources[layout.frames]).to(self.device)
            waited += time.perf_counter() - asked
            patches, drawn = self._patches(batch, filmed)
            rate = rate_at(stage, step, share)
            losses.append(torch.stack(self.trainer.step(patches, batch, layout, rate, drawn)))
            since += 1
            if step in (0, 5, 20) or (step + 1) % self.args.every == 0:
                value, labels = torch.stack(losses).mean(0).tolist()
                passed = time.perf_counter() - clock
                self.log(
                    f"{stage.name} {step + 1}/{stage.steps} loss {value:.4f} labels {labels:.3f} "
                    f"rate {rate:.2e}, {passed / since * 1e3:.0f} ms/step "
                    f"({waited / since * 1e3:.0f} waiting), {self.library.count} films"
                )
                losses, since, waited, clock = [], 0, 0.0, time.perf_counter()
            if (step + 1) % self.args.save_every == 0:
                save(self.trainer, self.out / stage.name)
        save(self.trainer, self.out / stage.name)
        self.log(f"saved {stage.name} after {step + 1} steps")
        self.evaluate(stage)

    def _patches(self, batch: data.Batch, with_films: bool) -> tuple[Tensor, int]:
        """The batch's patches, and how many films are first among them."""
        filmed = self.library.draw(max(1, len(batch.text) // 6)) if with_films else None
        if filmed is None:
            return self.trainer.patches(batch), 0
        count = len(filmed.pictures)
        batch.text[:count], batch.answers[:count] = filmed.text, filmed.answers
        return self.trainer.patches(batch, filmed.pictures), count

    def evaluate(self, stage: Stage) -> None:
        """Log the share of exact answers, by type, on scenes that are never trained on."""
        for layout in stage.layouts if self.args.evaluate else ():
            unseen = data.loader(
                self.clips(stage.clips),
                layout.frames,
                self.args.seed + 10_000,
                min(4, self.args.workers),
            )
            table = evaluate(self.trainer, layout, unseen, self.args.evaluate)
            self.log(f"exact, {layout}: " + ", ".join(f"{k} {v:.3f}" for k, v in table.items()))

    def compare_paths(self, steps: int) -> None:
        """Fit the finished model to each way of spending the tokens, as many steps each."""
        finished = {k: v.clone() for k, v in self.trainer.model.state_dict().items()}
        for name, layout in EQUAL_BUDGETS.items():
            self.trainer.model.load_state_dict(finished)
            self.trainer.reset_optimizer()
            self.stage(
                Stage(f"budget-{name}", (layout,), 48, steps, 3e-4, 0.0), self.args.seed + 900
            )


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
    parser.add_argument("--steps", type=int, default=16000, help="of the last stage")
    parser.add_argument(
        "--minutes", type=float, default=math.inf, help="end the last stage after this"
    )
    parser.add_argument(
        "--compare", type=int, default=0, help="steps for each path alone, at the end"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default=default)
    parser.add_argument("--workers", type=int, default=8, help="processes that invent scenes")
    parser.add_argument(
        "--film-workers", type=int, default=5, help="processes that write video files"
    )
    parser.add_argument("--films", type=int, default=6000, help="video files to keep at most")
    parser.add_argument("--every", type=int, default=250, help="steps between lines of the log")
    parser.add_argument("--save-every", type=int, default=1000)
    parser.add_argument("--evaluate", type=int, default=12, help="batches in an evaluation")
    parser.add_argument("--resume", type=Path, help="begin the last stage with these weights")
    parser.add_argument("--tiny", action="store_true", help="two clips a step, to try the program")
    args = parser.parse_args()
    run = Run(args)
    *first, last = curriculum(args.steps)
    try:
        if args.resume:
            run.trainer.model.load_state_dict(load_file(str(args.resume)))
        else:
            for number, stage in enumerate(first):
                run.stage(stage, args.seed + 100 * (number + 1))
        run.stage(last, args.seed + 500, seconds=60 * args.minutes, filmed=True)
        if args.compare:
            run.compare_paths(args.compare)
    finally:
        run.library.close()


if __name__ == "__main__":
    main()
