"""Asks the demo model many questions about a clip that is read once."""

import re
from pathlib import Path

from sf_mlx import Model, Sampling, Session
from sf_mlx.slowfast import Aggregation

_ANSWER = Sampling(max_tokens=160)


class Reader:
    """One model with one way of pooling; `open` a clip, then ask."""

    def __init__(self, model: Model, spec: Aggregation) -> None:
        self.model, self.spec = model, spec
        self._video: Session | None = None

    @property
    def video(self) -> Session:
        """The clip that is open."""
        assert self._video is not None
        return self._video

    @property
    def visual_tokens(self) -> int:
        """Visual tokens of the clip that is open."""
        return self.video.visual_tokens

    def open(self, path: Path) -> None:
        """Open a clip instead of the one before."""
        if self._video is not None:
            self._video.close()
        self._video = self.model.open(path, spec=self.spec)

    def ask(self, question: str) -> str:
        """The answer to one question, as if it were the only one."""
        return self.video.ask(question, sampling=_ANSWER).text

    def converse(self, questions: list[str]) -> list[str]:
        """The answers to one question after the other, each knowing those before."""
        talk = self.video.chat()
        return [talk.ask(question, sampling=_ANSWER).text for question in questions]


def repeats(answer: str) -> bool:
    """Whether an answer says the same words three times running, or never ends."""
    words = re.findall(r"\w+", answer.lower())
    if len(words) > 110:
        return True
    for size in (1, 2, 3, 4, 5):
        for at in range(len(words) - 3 * size + 1):
            part = words[at : at + size]
            if part == words[at + size : at + 2 * size] == words[at + 2 * size : at + 3 * size]:
                return True
    return False
