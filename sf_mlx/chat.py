"""A conversation about one video."""

from __future__ import annotations

from collections.abc import Sequence

from sf_mlx import mlx_thread
from sf_mlx.answer import Answer, Progress
from sf_mlx.ask import Question
from sf_mlx.context import Slot
from sf_mlx.prompts import build_prompt, end_of_turn, follow_up, past_turn, stop_ids
from sf_mlx.sampling import Sampling
from sf_mlx.session import Session
from sf_mlx.templates import conversation, find_template


class Chat:
    """A conversation about one video: each question knows the turns before it.

    Parameters
    ----------
    earlier: questions and answers that came before, of another process perhaps.

    Attributes
    ----------
    turns: the questions and their answers since, the last perhaps still under way.

    Raises
    ------
    UsageError: an earlier question that cannot be asked.
    """

    def __init__(self, session: Session, earlier: Sequence[tuple[str, str]] = ()) -> None:
        self.turns: list[tuple[str, Answer]] = []
        self._session = session
        self._template = conversation(session.template)
        self._slot = Slot()
        # Token ids of the turns before the last, and of the last up to its answer
        self._before: tuple[int, ...] = ()
        self._asked: tuple[int, ...] = ()
        tokenizer, template = session.model.tokenizer, find_template(self._template)
        for question, answer in earlier:
            self._before += past_turn(
                template, question, answer, tokenizer, is_first=not self._before
            )

    def ask(
        self,
        question: str,
        *,
        sampling: Sampling = Sampling(),
        progress: Progress | None = None,
    ) -> Answer:
        """Ask the next question. An answer that is still under way ends here; what it said stays.

        Parameters
        ----------
        question: what to ask.
        sampling: how tokens are chosen, and how many.
        progress: called with what is under way, how much is done, and how much there is.

        Raises
        ------
        UsageError, ContextLengthError: found out before any work is done; the conversation stays as
        it was.
        """
        session, template = self._session, find_template(self._template)
        tokenizer = session.model.tokenizer
        ends = session.model.end_tokens | stop_ids(template, tokenizer)
        prompt = build_prompt(template, question, tokenizer)
        before = self._end_last_turn(ends)
        if before and before[-1] not in ends:
            # A turn that the length or a stop string ended lacks its end token
            before = (*before, end_of_turn(template, tokenizer))
        if before:
            new = follow_up(template, question, tokenizer)
        else:
            new = prompt.instruction + prompt.question
        asked = Question(
            question=question,
            choices=(),
            letters=(),
            template=self._template,
            head=prompt.head,
            ids=before + new,
            sampling=sampling,
            end_tokens=ends,
        )
        answer = session.answer(asked, self._slot, progress, said=len(before))
        self._before, self._asked = before, asked.ids
        self.turns.append((question, answer))
        return answer

    def reset(self) -> None:
        """Forget the conversation and what came before it; the video stays read."""
        if self.turns:
            self.turns[-1][1].close()
        self.turns = []
        self._slot = Slot()
        self._before = self._asked = ()

    def _end_last_turn(self, ends: frozenset[int]) -> tuple[int, ...]:
        """Token ids of all turns so far; a question that got no word of answer is taken back."""
        if not self.turns:
            return self._before
        self.turns[-1][1].close()
        said = mlx_thread.run(tuple, self._slot.ids)
        if said[: len(self._asked)] == self._asked and len(said) > len(self._asked):
            return said
        self.turns.pop()
        self._asked = self._before
        return self._before
