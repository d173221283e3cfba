"""Endless batches of invented scenes with their conversations, as numbers for the GPU to draw."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from demo import crop, story, tokenizer
from demo.clips import midpoints
from demo.questions.talk import about_nothing, conversation
from demo.questions.turn import Turn
from demo.view import View
from demo.world import HARD, KINDS, MAX_SHAPES, WAVES, Scene, invent, states

# Of a clip, all its conversations together
TURNS = 36
TEXT_TOKENS = 644
TOKENIZER = Path(__file__).with_name("tokenizer.json")

# Share of the clips of which only a part is shown
CROPPED = 0.12

# Types in the order of their numbers in `Batch.types`
TYPES = (
    "colour", "kind", "change", "place", "palette", "listing", "others", "unlike", "ground",
    "which", "direction", "times", "action", "anything", "every", "either", "does_it", "when",
    "order", "stay", "count", "count_doing", "count_at", "compare", "relation", "extreme", "size",
    "same", "describe", "is_there", "none", "is_it", "choice", "chat", "refusal", "foreign", "half",
    "at_place", "is_at", "beside", "exits", "both", "all_are", "variety", "same_as", "more_of",
    "seen_at", "staying", "keeps", "course",
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
    text: int64 [B, TEXT_TOKENS]: conversations after the video, each knowing nothing of the others.
    talks: int64 [B, TEXT_TOKENS]: which conversation a token is of, -1 behind the last.
    places: int64 [B, TEXT_TOKENS]: how far into its conversation a token is.
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
    talks: Tensor
    places: Tensor
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


Row = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def row(talks: Iterator[list[Turn]], encoder: tokenizer.Encoder) -> Row:
    """Text, talks, places, answer marks and types of conversations, until no more fit."""
    text = np.full(TEXT_TOKENS, encoder.end, np.int64)
    which = np.full(TEXT_TOKENS, -1, np.int64)
    places = np.zeros(TEXT_TOKENS, np.int64)
    answers = np.zeros(TEXT_TOKENS, np.int64)
    types = np.full(TURNS, -1, np.int64)
    at = number = 0
    for talk, turns in enumerate(talks):
        start = at
        for i, turn in enumerate(turns):
            asked, answered = encoder.turn(turn.question, turn.answer, i == 0)
            end = at + len(asked) + len(answered)
            if end > TEXT_TOKENS or number == TURNS:
                break
            text[at:end] = asked + answered
            answers[at + len(asked) : end] = number + 1
            types[number] = TYPES.index(turn.type)
            number, at = number + 1, end
        which[start:at] = talk
        places[start:at] = np.arange(at - start)
        if at > TEXT_TOKENS - 24 or number == TURNS or talk > 2 * TURNS:
            break
    return text, which, places, answers, types


def talks(scene: Scene, rng: np.random.Generator, *, foreign: bool = False) -> Iterator[list[Turn]]:
    """Conversations about a scene, many of one question, without end."""
    view = View(scene)
    while True:
        turns = 1 if rng.random() < 0.62 else int(rng.integers(2, 6))
        found = conversation(view, rng, turns)
        yield about_nothing(found) if foreign else found


def sample_times(rng: np.random.Generator, frames: int) -> np.ndarray:
    """When the runtime's sampler looks at a clip of unknown length, 0 to 1, float32 [frames]."""
    total = int(rng.integers(max(60, frames + 10), max(152, 3 * frames + 2)))
    return (midpoints(total, frames) / (total - 1)).astype(np.float32)


def scene_for(rng: np.random.Generator, frames: int) -> Scene:
    """A scene whose truth can be seen in that many frames."""
    scene = invent(rng, still=frames == 1, hard=rng.random() < HARD)
    if frames > 1 and rng.random() < CROPPED:
        window = crop.window(rng, scene)
        scene = crop.cut(scene, *window) if window else scene
    if frames < 40:
        # Sparse frames miss flashes and short visits, and cannot tell how often something turned
        shapes = tuple(replace(s, flashes=()) for s in scene.shapes)
        shapes = tuple(
            replace(s, appears=-1.0, vanishes=2.0) if 0 < s.appears < s.vanishes < 1 else s
            for s in shapes
        )
        scene = replace(scene, shapes=tuple(s for s in shapes if s.motion.bounces <= frames / 8))
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
        rows.append(row(talks(scene, rng), encoder))
    columns = [np.stack(column) for column in zip(*rows, strict=True)]
    arrays = (table, kinds, shades, waves, ground, aspect, facts, counts, *columns)
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
