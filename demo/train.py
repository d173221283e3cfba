"""Train the demo model: `python -m demo.train --out demo/checkpoint` (README.md has the log of the run that shipped).

Four stages, each a cosine: single images; single images as still clips; short clips; clips of 50
frames, a part of them real H.264 and HEVC files.
"""

import argparse
import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from demo import data, films, render, tokenizer
from demo.network import Llava, config, slow_fast

SIZES = (168, 12)


@dataclass(frozen=True)
class Stage:
    """One part of the curriculum.

    Attributes
    ----------
    frames: of a clip.
    clips: in a step.
    steps: how many.
    peak, last: learning rate after the warm-up and at the end.
    slow_fast: pool the features as the runtime does; otherwise every patch is a token.
    repeat: show a single image this many times, as a clip in which nothing moves.
    """

    name: str
    frames: int
    clips: int
    steps: int
    peak: float
    last: float
    slow_fast: bool = True
    repeat: int = 1


def curriculum(steps: int) -> list[Stage]:
    """The four stages, the last one `steps` long."""
    short = max(1, steps // 10)
    return [
        Stage("images", 1, 192, short, 1e-3, 2e-4, slow_fast=False),
        Stage("stills", 1, 48, max(1, short // 3), 4e-4, 2e-5, repeat=50),
        Stage("short clips", 10, 96, short, 1e-3, 5e-4),
        Stage("clips", 50, 48, steps, 1e-3, 0.0),
    ]


# Of the last stage's steps, so many show photographs or short clips as the runtime presents them
EVERY = 12
WARM_UP = 200
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
        matrices = [p for p in self.model.parameters() if p.ndim >= 2]
        others = [p for p in self.model.parameters() if p.ndim < 2]
        groups = [{"params": matrices, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.98), fused=device.type == "cuda")
        self._draw = _draw
        if device.type == "cuda":
            torch.set_float32_matmul_precision("high")
            # Every stage has its own shapes: compile each rather than one for all
            torch._dynamo.config.automatic_dynamic_shapes = False
            torch._dynamo.config.recompile_limit = 64
            for layer in self.model.vision_tower.vision_model.encoder.layers:
                layer.compile()
            for layer in self.model.language_model.model.layers:
                layer.compile()
            self._draw = torch.compile(_draw)

    def patches(self, batch: data.Batch, films: Tensor | None = None) -> Tensor:
        """The batch's frames as patches; `films` uint8 [F, T, H, W, 3] replace the first clips."""
        with torch.no_grad():
            picture = self._draw(batch)
            spoilt = len(picture) // 2
            picture[:spoilt] = render.compress(picture[:spoilt])
            if films is not None:
                picture[: len(films)] = films.permute(0, 1, 4, 2, 3).to(picture.dtype) / 255
            return render.patches(picture, self.half)

    def logits(self, patches: Tensor, text: Tensor, stage: Stage) -> Tensor:
        with torch.autocast(self.device.type, self.half, enabled=self.half != torch.float32):
            features = self.model.features(patches)
            if stage.repeat > 1:
                features = features.expand(-1, stage.repeat, -1, -1)
            visual = slow_fast(features) if stage.slow_fast else features.flatten(1, 2)
            return self.model(visual, self.head, text)

    def step(self, patches: Tensor, batch: data.Batch, stage: Stage, rate: float) -> Tensor:
        """One optimiser step; the loss, still on the device."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        logits = self.logits(patches, batch.text, stage).float()
        marked = batch.answers > 0
        losses = F.cross_entropy(logits.flatten(0, 1), batch.text.flatten(), reduction="none")
        loss = (losses * marked.flatten()).sum() / marked.sum()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return loss.detach()

    @torch.no_grad()
    def exact(self, patches: Tensor, batch: data.Batch, stage: Stage) -> Tensor:
        """[B, TURNS]: whether every token of an answer is the likeliest, given what comes before."""
        right = self.logits(patches, batch.text, stage).argmax(-1) == batch.text
        turns = torch.arange(1, data.TURNS + 1, device=self.device)
        return (right[:, None] | (batch.answers[:, None] != turns[:, None])).all(-1)


def _draw(batch: data.Batch) -> Tensor:
    return render.pictures(batch).half()


def rate_at(stage: Stage, step: int) -> float:
    """Learning rate: linear warm-up, then half a cosine."""
    warm = min(WARM_UP, max(1, stage.steps // 5))
    if step < warm:
        return stage.peak * (step + 1) / warm
    share = (step - warm) / max(1, stage.steps - warm)
    return stage.last + (stage.peak - stage.last) * (1 + math.cos(math.pi * share)) / 2


def evaluate(trainer: Trainer, stage: Stage, batches: Iterator[data.Batch], count: int) -> dict[str, float]:
    """Share of exact answers by type over `count` batches that are never trained on."""
    right = torch.zeros(len(data.TYPES), dtype=torch.float64)
    asked = torch.zeros_like(right)
    for _ in range(count):
        batch = next(batches).to(trainer.device)
        hits = trainer.exact(trainer.patches(batch), batch, stage).cpu().double()
        types = batch.types.cpu()
        known = types >= 0
        right.index_add_(0, types[known], hits[known])
        asked.index_add_(0, types[known], torch.ones_like(hits[known]))
    return {name: float(r / a) for name, r, a in zip(data.TYPES, right, asked, strict=True) if a}


def save(trainer: Trainer, folder: Path) -> None:
    """Write the checkpoint as the hub does."""
    folder.mkdir(parents=True, exist_ok=True)
    encoder = tokenizer.load(data.TOKENIZER)
    image, end, begin = (encoder.token_to_id(t) for t in (tokenizer.IMAGE, tokenizer.END, tokenizer.BEGIN))
    weights = {k: v.detach().float().cpu().contiguous() for k, v in trainer.model.state_dict().items()}
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


def train(args: argparse.Namespace) -> None:
    args.out.mkdir(parents=True, exist_ok=True)
    log = Log(args.out / "log.txt")
    device = torch.device(args.device)
    trainer = Trainer(device, args.seed)
    size = sum(p.numel() for p in trainer.model.parameters())
    log(f"seed {args.seed}, {size / 1e6:.2f} M parameters, {device}, torch {torch.__version__}")
    stages = curriculum(args.steps)
    if args.tiny:
        stages = [Stage(**{**s.__dict__, "clips": 2}) for s in stages]
    library = films.Library(args.film_workers, args.seed, trainer.encoder, args.films, device)
    workers = args.workers
    photos = data.loader(min(96, stages[0].clips), 1, args.seed + 11, 1 if workers else 0)
    shorts = data.loader(stages[2].clips, 10, args.seed + 12, 1 if workers else 0)
    unseen = {f: data.loader(stages[-1].clips, f, args.seed + 1000 + f, min(2, workers)) for f in (1, 50)}
    try:
        for number, stage in enumerate(stages):
            log(f"stage {stage.name}: {stage}")
            batches = data.loader(stage.clips, stage.frames, args.seed + 100 * (number + 1), workers)
            _run(trainer, stage, batches, photos, shorts, library, stages, log, args, unseen)
            del batches
            save(trainer, args.out / stage.name.replace(" ", "-"))
            shown = stage if stage.repeat > 1 or stage.frames != 10 else stages[-1]
            table = evaluate(trainer, shown, unseen[shown.frames], args.evaluate)
            log("exact: " + ", ".join(f"{k} {v:.3f}" for k, v in table.items()))
    finally:
        library.close()


def _run(trainer, stage, batches, photos, shorts, library, stages, log, args, unseen):  # type: ignore[no-untyped-def]
    last = stage is stages[-1]
    losses, since, clock = [], 0, time.perf_counter()
    for step in range(stage.steps):
        shown, source, filmed = stage, batches, None
        if last and step % EVERY == 3:
            shown, source = Stage("photo", 1, 96, 1, 0, 0), photos
        elif last and step % EVERY == 7:
            shown, source = stages[2], shorts
        batch = next(source).to(trainer.device)
        if last and source is batches:
            filmed = library.draw(max(1, stage.clips // 6))
            if filmed is not None:
                count = len(filmed.pictures)
                batch.text[:count], batch.answers[:count] = filmed.text, filmed.answers
        patches = trainer.patches(batch, None if filmed is None else filmed.pictures)
        loss = trainer.step(patches, batch, shown, rate_at(stage, step))
        losses.append(loss)
        since += 1
        if step in (0, 5, 20) or (step + 1) % args.every == 0:
            value = float(torch.stack(losses).mean())
            speed = (time.perf_counter() - clock) / since
            memory = torch.cuda.max_memory_allocated() / 2**30 if trainer.device.type == "cuda" else 0
            log(
                f"{stage.name} {step + 1}/{stage.steps} loss {value:.4f} {speed * 1e3:.0f} ms/step "
                f"{memory:.1f} GiB, {library.count} films"
            )
            losses, since, clock = [], 0, time.perf_counter()
        if last and (step + 1) % args.save_every == 0:
            save(trainer, args.out / "latest")
            table = evaluate(trainer, stage, unseen[50], args.evaluate)
            log("exact: " + ", ".join(f"{k} {v:.3f}" for k, v in table.items()))
            clock = time.perf_counter()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and the log")
    parser.add_argument("--steps", type=int, default=15000, help="of the last stage; the others follow")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default=default)
    parser.add_argument("--workers", type=int, default=8, help="processes that invent scenes")
    parser.add_argument("--film-workers", type=int, default=5, help="processes that write and read video files")
    parser.add_argument("--films", type=int, default=4000, help="video files to keep at most")
    parser.add_argument("--every", type=int, default=200, help="steps between lines of the log")
    parser.add_argument("--save-every", type=int, default=3000)
    parser.add_argument("--evaluate", type=int, default=12, help="batches in an evaluation")
    parser.add_argument("--tiny", action="store_true", help="two clips a step, to try the program")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
