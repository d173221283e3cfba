"""What is written beside a movie: questions, answers, model and date, as text of three kinds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from sf_mlx.answer import Record
from sf_mlx.errors import printable

Kind = Literal["md", "txt", "json"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class MovieNote:
    """The answers about one movie.

    Attributes
    ----------
    movie: its file name.
    content: sha256 of its bytes; it stands in the text, which is found again by it.
    date: when it was answered.
    records: of every question, at least one.
    """

    movie: str
    content: str
    date: str
    records: Sequence[Record]

    def text(self, kind: Kind) -> str:
        """The whole file."""
        if kind == "json":
            return self._json()
        from sf_mlx import __version__

        title = printable(self.movie, 255)
        source = f"{printable(self.records[0].model)}, {self.date}, sf-mlx {__version__}"
        warnings = list(dict.fromkeys(text for r in self.records for text in r.warnings))
        if kind == "md":
            parts = [f"# {title}"]
            for record in self.records:
                parts += [f"**{' '.join(record.question.split())}**", record.answer]
            parts += [f"Note: {text}" for text in warnings]
            parts += [f"*{source}*", f"<!-- sha256 of the movie: {self.content} -->"]
        else:
            parts = [title, *(f"> {r.question}\n{r.answer}" for r in self.records)]
            parts += [f"Note: {text}" for text in warnings]
            parts += [f"{source}\nsha256 of the movie: {self.content}"]
        return "\n\n".join(parts) + "\n"

    def _json(self) -> str:
        from sf_mlx import __version__

        whole = {
            "version": __version__,
            "movie": self.movie,
            "content": self.content,
            "date": self.date,
            "answers": [record.as_json() for record in self.records],
        }
        return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
