"""What came of one row: a line of JSON, written as soon as it is known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Status = Literal["ok", "missing_video", "decode_error", "generate_error"]
STATUSES: tuple[Status, ...] = get_args(Status)

# dataset and row
Key = tuple[str, int]


@dataclass(frozen=True)
class Result:
    """One row's outcome.

    Attributes
    ----------
    dataset, row: the key.
    status: "ok", or what failed; a failure has no answer.
    answers: one for each question, as the model gave them.
    option: the option whose letter the model found likeliest, from 0; None where not asked.
    probabilities: of every option, then.
    error: what went wrong, in a line.
    video_sha256: of the file that was read; "" where there was none.
    settings: the run's, as a hash.
    visual_tokens, text_tokens, answer_tokens: of all the row's questions.
    cost: times and what was reused: all that differs between two runs of the same.
    """

    dataset: str
    row: int
    status: Status
    answers: tuple[str, ...] = ()
    option: int | None = None
    probabilities: tuple[float, ...] = ()
    error: str = ""
    video_sha256: str = ""
    settings: str = ""
    visual_tokens: int = 0
    text_tokens: int = 0
    answer_tokens: int = 0
    cost: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """Which row it is."""
        return self.dataset, self.row

    @property
    def ok(self) -> bool:
        """Whether there is an answer."""
        return self.status == "ok"

    def line(self) -> str:
        """The line of JSON, its end included."""
        # A model may generate half of a pair of surrogates
        text = json.dumps(asdict(self), ensure_ascii=False)
        return text.encode("utf-8", "replace").decode() + "\n"

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Result:
        """From a line's object.

        Raises
        ------
        ValueError, TypeError, KeyError: it is something else.
        """
        lists = {name: tuple(value[name]) for name in ("answers", "probabilities")}
        result = Result(**{**value, **lists})
        if result.status not in STATUSES or result.ok != bool(result.answers):
            raise ValueError(f"a row of status {result.status} with {len(result.answers)} answers")
        if not all(isinstance(answer, str) for answer in result.answers):
            raise ValueError("an answer that is no text")
        return result
