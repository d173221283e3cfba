"""The forms in which questions are published: which column of each says what.

Columns are found by name and never by position; the first form whose columns are all there is it.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from sf_mlx.evaluate.items import Kind
from sf_mlx.evaluate.tables import Row

_MOST_OPTIONS = 26


@dataclass(frozen=True)
class Form:
    """One published form of a kind of question.

    Attributes
    ----------
    name: who publishes it so.
    kind: of question.
    video, question, answer: columns; two of `question` are a pair that should be answered alike.
    id, number, type: columns that need not be there; `number` is the right option's, from 0.
    options: the column with a list of options, or what the columns of single options begin with.
    needs: columns that decide, besides those above.
    numbered: before the name of the video where that is a bare number.
    by_number: `answer` holds the number of the right option, not its text.
    """

    name: str
    kind: Kind
    video: str
    question: tuple[str, ...]
    answer: str
    id: str = ""
    options: str = ""
    number: str = ""
    type: str = ""
    needs: tuple[str, ...] = ()
    numbered: str = ""
    by_number: bool = False

    def fits(self, columns: Set[str]) -> bool:
        """Whether a file with these columns has this form."""
        needed = {self.video, *self.question, *self.needs}
        if self.options:
            needed.add(self.options if self.is_listed else f"{self.options}0")
        return needed <= columns

    @property
    def is_listed(self) -> bool:
        """Whether the options are a list in one column."""
        return self.options == "candidates"

    def candidates(self, row: Row) -> tuple[str, ...]:
        """The options of a row."""
        if not self.options:
            return ()
        if self.is_listed:
            return row.texts(self.options)
        columns = [f"{self.options}{number}" for number in range(_MOST_OPTIONS)]
        there = [column for column in columns if column in row.values]
        # A file of one's own may leave the last ones empty
        while len(there) > 2 and not str(row.values[there[-1]] or "").strip():
            there.pop()
        return tuple(row.text(column) for column in there)


_Q = ("question",)

FORMS: tuple[Form, ...] = (
    # --- multiple choice
    Form(
        "IG-VLM's CSV",
        "choice",
        "video_name",
        _Q,
        "answer",
        id="question_id",
        options="a",
        number="answer_number",
        type="question_type",
        needs=("question_id", "answer"),
    ),
    Form(
        "upstream's prepared JSON",
        "choice",
        "video_name",
        _Q,
        "answer",
        id="question_id",
        options="candidates",
        number="answer_number",
        needs=("question_id", "answer_number"),
    ),
    Form(
        "the original CSV",
        "choice",
        "video",
        _Q,
        "answer",
        id="qid",
        options="a",
        type="type",
        needs=("qid", "type", "answer"),
        by_number=True,
    ),
    Form(
        "the original CSV",
        "choice",
        "video_id",
        _Q,
        "answer",
        id="qid",
        options="a",
        type="type",
        needs=("qid", "type", "answer"),
        by_number=True,
    ),
    Form(
        "EgoSchema's questions.json",
        "choice",
        "q_uid",
        _Q,
        "answer",
        id="q_uid",
        options="option ",
        by_number=True,
    ),
    # --- open-ended
    Form(
        "IG-VLM's CSV, or upstream's prepared JSON",
        "open",
        "video_name",
        _Q,
        "answer",
        id="question_id",
        type="question_type",
        needs=("question_id",),
    ),
    Form(
        "the original TSV",
        "open",
        "gif_name",
        _Q,
        "answer",
        id="key",
        type="type",
        needs=("answer",),
    ),
    Form(
        "the original JSON of MSRVTT-QA",
        "open",
        "video_id",
        _Q,
        "answer",
        id="id",
        needs=("answer", "category_id"),
        numbered="video",
    ),
    Form(
        "the original JSON of MSVD-QA",
        "open",
        "video_id",
        _Q,
        "answer",
        id="id",
        needs=("answer",),
        numbered="vid",
    ),
    # --- generation
    Form(
        "IG-VLM's CSV, or upstream's prepared JSON",
        "generation",
        "video_name",
        _Q,
        "answer",
        id="question_id",
        needs=("answer",),
    ),
    Form("Video-ChatGPT's JSON", "generation", "video_name", ("Q",), "A", needs=("A",)),
    Form(
        "Video-ChatGPT's JSON of pairs",
        "generation",
        "video_name",
        ("Q1", "Q2"),
        "A",
        needs=("A",),
    ),
)

# A file of one's own; the options may be a list or columns
OWN_FORMS: tuple[Form, ...] = (
    Form("own", "choice", "video", _Q, "answer", "id", "candidates", "answer_number", "type"),
    Form("own", "choice", "video", _Q, "answer", "id", "a", "answer_number", "type"),
    Form("own", "open", "video", _Q, "answer", "id", type="type"),
)


def form_of(kind: Kind, columns: Set[str]) -> Form | None:
    """The form of a published file with these columns; None where there is none."""
    return next((form for form in FORMS if form.kind == kind and form.fits(columns)), None)


def own_form(columns: Set[str]) -> Form | None:
    """The form of a file of one's own."""
    return next((form for form in OWN_FORMS if form.fits(columns)), None)
