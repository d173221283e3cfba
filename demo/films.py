"""Real video files for training: written and decoded by other processes, kept by the GPU."""

import io
import queue
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.multiprocessing as mp
from torch import Tensor

from demo import clips, data, tokenizer
from demo.network import SIZE
from demo.questions.talk import conversation
from demo.world import invent

FRAMES = 50

# Conversations made for each file; one of them is drawn each time
CONVERSATIONS = 6


@dataclass
class Films:
    """Some films: uint8 [F, FRAMES, SIZE, SIZE, 3] and the text of one conversation about each."""

    pictures: Tensor
    text: Tensor
    answers: Tensor


def _produce(seed: int, worker: int, out: Any) -> None:
    torch.set_num_threads(1)
    rng = np.random.default_rng([seed + 5000, worker])
    encoder = tokenizer.Encoder(tokenizer.load(data.TOKENIZER))
    while True:
        scene = invent(rng)
        file = io.BytesIO()
        clips.write(scene, clips.film(scene, rng), file, rng)
        file.seek(0)
        frames = clips.read(file, FRAMES, SIZE)
        rows = [
            data.row(conversation(scene, rng, data.TURNS), encoder) for _ in range(CONVERSATIONS)
        ]
        out.put((frames, np.stack([r[0] for r in rows]), np.stack([r[1] for r in rows])))


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
        self._text = torch.empty(
            (capacity, CONVERSATIONS, data.TEXT_TOKENS), dtype=torch.int64, device=device
        )
        self._answers = torch.empty_like(self._text)
        self._capacity = capacity
        self.count = 0

    def collect(self) -> None:
        """Take in what has been written since."""
        for _ in range(4 if self._capacity else 0):
            try:
                frames, text, answers = self._queue.get_nowait()
            except queue.Empty:
                return
            at = self.count % self._capacity
            self._pictures[at] = torch.from_numpy(frames).to(
                self._pictures.device, non_blocking=True
            )
            self._text[at] = torch.from_numpy(text).to(self._text.device)
            self._answers[at] = torch.from_numpy(answers).to(self._text.device)
            self.count += 1

    def draw(self, number: int) -> Films | None:
        """`number` random films, None while there are fewer than ten times as many."""
        known = min(self.count, self._capacity)
        if known < 10 * number:
            return None
        device = self._pictures.device
        chosen = torch.randint(known, (number,), device=device)
        talk = torch.randint(CONVERSATIONS, (number,), device=device)
        return Films(self._pictures[chosen], self._text[chosen, talk], self._answers[chosen, talk])

    def close(self) -> None:
        for process in self._processes:
            process.terminate()
