"""One row of a data set, whatever file it came from."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

# What is asked for: one of several options, a few words, a description
Kind = Literal["choice", "open", "generation"]


@dataclass(frozen=True)
class Item:
    """A question about a video, and what is true.

    Attributes
    ----------
    dataset, row: the key; rows are counted from 0 in the order of the files.
    id: what the file calls it; TGIF-QA calls several the same.
    video: the video's name, as the file has it.
    questions: one, or two that should be answered alike.
    answer: the true one, "" where a file of one's own has none.
    candidates: the options, of which the same text may come twice.
    answer_number: which of them is right, from 0.
    type: the type of question, as the file or the data set's paper names it.
    part: of VCGBench: generic, temporal or consistency.
    """

    dataset: str
    row: int
    id: str
    video: str
    questions: tuple[str, ...]
    answer: str
    candidates: tuple[str, ...] = ()
    answer_number: int | None = None
    type: str = ""
    part: str = ""

    @property
    def kind(self) -> Kind:
        """How it is asked and scored."""
        if self.candidates:
            return "choice"
        return "generation" if self.part else "open"

    def as_json(self) -> dict[str, Any]:
        """For a line of JSON."""
        return asdict(self)

    @staticmethod
    def from_json(value: dict[str, Any]) -> Item:
        """From `as_json`'s; raises TypeError or KeyError for anything else."""
        lists = {name: tuple(value[name]) for name in ("questions", "candidates")}
        return Item(**{**value, **lists})
