"""Real video files for training: written and decoded by other processes, kept by the GPU."""

import io
import queue
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.multiprocessing as mp
from torch import Tensor

from demo import clips, data, foreign, tokenizer
from demo.network import SIZE
from demo.world import HARD, invent

FRAMES = 50

# Texts made for each file; one of them is drawn each time
TEXTS = 6

# Share of the files that show anything but the model's world
FOREIGN = 0.3


@dataclass
class Films:
    """Some films: uint8 [F, FRAMES, SIZE, SIZE, 3] and the text about each, as in `data.Batch`."""

    pictures: Tensor
    text: Tensor
    talks: Tensor
    places: Tensor
    answers: Tensor


def _produce(seed: int, worker: int, out: Any) -> None:
    torch.set_num_threads(1)
    rng = np.random.default_rng([seed + 5000, worker])
    encoder = tokenizer.Encoder(tokenizer.load(data.TOKENIZER))
    while True:
        scene = invent(rng, hard=rng.random() < HARD)
        strange = rng.random() < FOREIGN
        if strange:
            frames = foreign.clip(rng, FRAMES, SIZE)
        else:
            file = io.BytesIO()
            clips.write(scene, clips.film(scene, rng), file, rng)
            file.seek(0)
            frames = clips.read(file, FRAMES, SIZE)
        rows = [data.row(data.talks(scene, rng, foreign=strange), encoder) for _ in range(TEXTS)]
        # Text, talks, places, answers; nobody counts the types of films
        out.put((frames, np.stack([np.stack(row[:4]) for row in rows]), strange))


class Library:
    """Films that arrive while training runs.

    Parameters
    ----------
    capacity: how many are kept; later ones replace the oldest.
    """

    def __init__(
        self,
        workers: int,
        seed: int,
        encoder: tokenizer.Encoder,
        capacity: int,
        device: torch.device,
    ) -> None:
        context = mp.get_context("spawn")
        self._queue = context.Queue(maxsize=32)
        self._processes = [
            context.Process(target=_produce, args=(seed, w, self._queue), daemon=True)
            for w in range(workers)
        ]
        for process in self._processes:
            process.start()
        capacity = capacity if workers else 0
        shape = (capacity, FRAMES, SIZE, SIZE, 3)
        self._pictures = torch.empty(shape, dtype=torch.uint8, device=device)
        self._texts = torch.empty(
            (capacity, TEXTS, 4, data.TEXT_TOKENS), dtype=torch.int64, device=device
        )
        self._capacity = capacity
        self._strange: set[int] = set()
        self.count = 0

    def collect(self) -> None:
        """Take in what has been written since."""
        for _ in range(4 if self._capacity else 0):
            try:
                frames, texts, strange = self._queue.get_nowait()
            except queue.Empty:
                return
            at = self.count % self._capacity
            self._pictures[at] = torch.from_numpy(frames).to(
                self._pictures.device, non_blocking=True
            )
            self._texts[at] = torch.from_numpy(texts).to(self._texts.device)
            self._strange.discard(at)
            if strange:
                self._strange.add(at)
            self.count += 1

    def draw(self, number: int, frames: int) -> Films | None:
        """`number` random films of so many frames, None while there are too few.

        Only films of another world are shown in other than FRAMES frames: in those nothing has
        its time.
        """
        device = self._pictures.device
        known = min(self.count, self._capacity)
        if frames == FRAMES:
            if known < 10 * number:
                return None
            chosen = torch.randint(known, (number,), device=device)
            pictures = self._pictures[chosen]
        else:
            if len(self._strange) < 4 * number:
                return None
            slots = torch.tensor(sorted(self._strange))
            chosen = slots[torch.randint(len(slots), (number,))].to(device)
            moments = torch.linspace(0, FRAMES - 1, frames).round().long().to(device)
            pictures = self._pictures[chosen[:, None], moments]
        texts = self._texts[chosen, torch.randint(TEXTS, (number,), device=device)]
        return Films(pictures, *texts.unbind(1))

    def close(self) -> None:
        for process in self._processes:
            process.terminate()
