"""Endless batches of invented scenes with their conversations, as numbers for the GPU to draw."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from demo import story, tokenizer
from demo.clips import midpoints
from demo.questions.talk import conversation
from demo.questions.turn import Turn
from demo.world import KINDS, MAX_SHAPES, WAVES, Scene, invent, states

TURNS = 8
# Few conversations are longer; with the 4 + 1,520 tokens before it, a multiple of 16
TEXT_TOKENS = 284
TOKENIZER = Path(__file__).with_name("tokenizer.json")

# Types in the order of their numbers in `Batch.types`
TYPES = (
    "colour", "kind", "count", "direction", "times", "when", "order", "choice", "refusal", "which",
    "yes_no", "action", "describe", "listing", "place", "change", "size", "ground",
)  # fmt: skip


@dataclass
class Batch:
    """A batch of clips; tensors with the clip first.

    Attributes
    ----------
    states: float32 [B, T, MAX_SHAPES, 8], `world.states`.
    kinds: int64 [B, MAX_SHAPES], index in KINDS.
    shades: float32 [B, 2, 3]; waves: [B, WAVES, 4]; ground: [B, 4] hardness, checks, grain, noise.
    aspect: float32 [B].
    facts: float32 [B, T, MAX_SHAPES, FACTS]; counts: int64 [B, T, MAX_SHAPES, 2]: `story.facts`.
    text: int64 [B, TEXT_TOKENS]: the conversation after the video.
    answers: int64 [B, TEXT_TOKENS]: 1 + number of the turn in the answers' tokens, elsewhere 0.
    types: int64 [B, TURNS]: index in TYPES, -1 where there are fewer turns.
    """

    states: Tensor
    kinds: Tensor
    shades: Tensor
    waves: Tensor
    ground: Tensor
    aspect: Tensor
    facts: Tensor
    counts: Tensor
    text: Tensor
    answers: Tensor
    types: Tensor

    def to(self, device: torch.device) -> "Batch":
        moved = {f.name: getattr(self, f.name).to(device, non_blocking=True) for f in fields(self)}
        return Batch(**moved)

    def after(self, first: int) -> "Batch":
        """The clips from `first` on."""
        return Batch(**{f.name: getattr(self, f.name)[first:] for f in fields(self)})

    def pin_memory(self) -> "Batch":
        return Batch(**{f.name: getattr(self, f.name).pin_memory() for f in fields(self)})


Row = tuple[np.ndarray, np.ndarray, np.ndarray]


def row(turns: list[Turn], encoder: tokenizer.Encoder) -> Row:
    """Text, answer marks and types of one conversation; turns that do not fit are left out."""
    text = np.full(TEXT_TOKENS, encoder.end, np.int64)
    answers = np.zeros(TEXT_TOKENS, np.int64)
    types = np.full(TURNS, -1, np.int64)
    at = 0
    for i, turn in enumerate(turns):
        asked, answered = encoder.turn(turn.question, turn.answer, i == 0)
        end = at + len(asked) + len(answered)
        if end > TEXT_TOKENS:
            break
        text[at:end] = asked + answered
        answers[at + len(asked) : end] = i + 1
        types[i] = TYPES.index(turn.type)
        at = end
    return text, answers, types


def sample_times(rng: np.random.Generator, frames: int) -> np.ndarray:
    """When the runtime's sampler looks at a clip of unknown length, 0 to 1, float32 [frames]."""
    total = int(rng.integers(frames + 10, 3 * frames + 2))
    return (midpoints(total, frames) / (total - 1)).astype(np.float32)


def scene_for(rng: np.random.Generator, frames: int) -> Scene:
    """A scene whose truth can be seen in that many frames."""
    scene = invent(rng, still=frames == 1)
    if frames < 40:
        # Sparse frames miss flashes
        scene = replace(scene, shapes=tuple(replace(s, flashes=()) for s in scene.shapes))
    return scene


class Scenes(IterableDataset):  # type: ignore[type-arg]
    """Batches without end.

    Parameters
    ----------
    clips: in a batch.
    frames: sampled from each; 1 makes photographs.
    seed: different seeds share no scene.
    """

    def __init__(self, clips: int, frames: int, seed: int) -> None:
        self.clips, self.frames, self.seed = clips, frames, seed

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        encoder = tokenizer.Encoder(tokenizer.load(TOKENIZER))
        while True:
            yield make_batch(rng, self.clips, self.frames, encoder)


def make_batch(
    rng: np.random.Generator, clips: int, frames: int, encoder: tokenizer.Encoder
) -> Batch:
    """One batch of new scenes."""
    table = np.zeros((clips, frames, MAX_SHAPES, 8), np.float32)
    kinds = np.zeros((clips, MAX_SHAPES), np.int64)
    shades = np.zeros((clips, 2, 3), np.float32)
    waves = np.zeros((clips, WAVES, 4), np.float32)
    ground = np.zeros((clips, 4), np.float32)
    aspect = np.zeros(clips, np.float32)
    facts = np.zeros((clips, frames, MAX_SHAPES, story.FACTS), np.float32)
    counts = np.zeros((clips, frames, MAX_SHAPES, 2), np.int64)
    rows: list[Row] = []
    for i in range(clips):
        scene = scene_for(rng, frames)
        times = sample_times(rng, frames) if frames > 1 else np.zeros(1, np.float32)
        table[i] = states(scene, times)
        facts[i], counts[i] = story.facts(scene, times)
        for k, shape in enumerate(scene.shapes):
            kinds[i, k] = KINDS.index(shape.kind)
        back = scene.background
        shades[i], waves[i], aspect[i] = back.shades, back.waves, scene.aspect
        ground[i] = back.hardness, back.checks, back.grain, back.noise
        rows.append(row(conversation(scene, rng, TURNS), encoder))
    text, answers, types = (np.stack(column) for column in zip(*rows, strict=True))
    arrays = (table, kinds, shades, waves, ground, aspect, facts, counts, text, answers, types)
    return Batch(*(torch.from_numpy(a) for a in arrays))


def loader(clips: int, frames: int, seed: int, workers: int) -> Iterator[Batch]:
    """Batches made by `workers` processes."""
    return iter(
        DataLoader(
            Scenes(clips, frames, seed),
            batch_size=None,
            num_workers=workers,
            prefetch_factor=4 if workers else None,
            pin_memory=torch.cuda.is_available(),
            persistent_workers=False,
        )
    )
