"""The demo model's tokenizer: byte-level BPE, learnt from the generated text."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from demo import refusals
from demo.questions import elsewhere
from demo.questions.talk import conversation
from demo.view import View
from demo.world import invent

UNKNOWN, BEGIN, END, IMAGE = "<unk>", "<s>", "</s>", "<image>"
VOCABULARY = 1280

# What the runtime's template `llava_v1` puts around a question (sf_mlx/prompts.py)
BEFORE = "USER: "
AFTER_IMAGE = "\n"
FOLLOW_UP = "USER: "
AFTER_QUESTION = " ASSISTANT:"


def _text(seed: int, clips: int) -> Iterator[str]:
    rng = np.random.default_rng(seed)
    for _ in range(clips):
        for turn in conversation(View(invent(rng)), rng, 8):
            yield f"{BEFORE}{turn.question}{AFTER_QUESTION} {turn.answer}"
        yield f"{BEFORE}{elsewhere.question(rng)}{AFTER_QUESTION} {refusals.FOREIGN}"


def train(seed: int = 0, clips: int = 4000) -> Tokenizer:
    """Learn the vocabulary from the text of `clips` invented clips."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[UNKNOWN, BEGIN, END, IMAGE],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_text(seed, clips), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BEGIN} $A", special_tokens=[(BEGIN, tokenizer.token_to_id(BEGIN))]
    )
    return tokenizer


class Encoder:
    """Turns to token ids, exactly as the runtime builds a prompt."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        end = tokenizer.token_to_id(END)
        assert end is not None, "train() makes the end token"
        self.end: int = end
        self.head: list[int] = tokenizer.encode(BEFORE).ids

    def turn(self, question: str, answer: str, first: bool) -> tuple[list[int], list[int]]:
        """The ids of a question with what surrounds it, and of its answer with the end token."""
        before = AFTER_IMAGE if first else FOLLOW_UP
        asked = self._tokenizer.encode(before + question + AFTER_QUESTION, add_special_tokens=False)
        answered = self._tokenizer.encode(" " + answer, add_special_tokens=False)
        return asked.ids, [*answered.ids, self.end]


def load(path: Path) -> Tokenizer:
    """Read a tokenizer.json."""
    return Tokenizer.from_file(str(path))


if __name__ == "__main__":
    train().save(str(Path(__file__).with_name("tokenizer.json")))
