"""Whether a model would begin its answer with yes or with no, and how sure it is.

The first word of a free answer tells more than the letter of an option where a model was trained
on few questions with the options yes and no (VQAScore measures so, arXiv 2404.01291).
"""

from __future__ import annotations

from dataclasses import replace

from sf_mlx.answer import Answer, Progress
from sf_mlx.ask import Question
from sf_mlx.context import Slot
from sf_mlx.errors import UsageError
from sf_mlx.prompts import build_prompt, stop_ids
from sf_mlx.sampling import Sampling
from sf_mlx.session import Session
from sf_mlx.templates import conversation, find_template

ANSWERS = ("yes", "no")


def ask_yes_no(session: Session, question: str, progress: Progress | None = None) -> Answer:
    """Ask a question that yes or no answers; nothing is generated.

    Parameters
    ----------
    session: the open video.
    question: what to ask.
    progress: as in `Session.ask`.

    Returns
    -------
    The likelier of yes and no; the record's `choice` has both probabilities, that of yes first.

    Raises
    ------
    UsageError: an empty question, or a tokenizer that begins both words alike.
    ContextLengthError: the question does not fit.
    """
    name = conversation(session.template)
    template, tokenizer = find_template(name), session.model.tokenizer
    gap = "" if template.after[-1:].isspace() else " "
    prompts = [
        build_prompt(replace(template, after=f"{template.after}{gap}{word}"), question, tokenizer)
        for word in ("Yes", "No")
    ]
    yes, no = (prompt.instruction + prompt.question for prompt in prompts)
    end = next((i for i, (a, b) in enumerate(zip(yes, no, strict=False)) if a != b), None)
    if end is None:
        raise UsageError("this model's tokenizer does not tell yes from no by a token")
    asked = Question(
        question=question,
        choices=ANSWERS,
        letters=(yes[end], no[end]),
        template=name,
        head=prompts[0].head,
        ids=yes[:end],
        sampling=Sampling(max_tokens=1),
        end_tokens=session.model.end_tokens | stop_ids(template, tokenizer),
    )
    return session.answer(asked, Slot(), progress)
