"""One video, understood once and asked many times."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Literal

import mlx.core as mx

from sf_mlx import mlx_thread
from sf_mlx.answer import Answer, Progress
from sf_mlx.ask import Question, pose, road
from sf_mlx.context import Context, Slot, planned_bytes
from sf_mlx.errors import SfMlxError, UsageError
from sf_mlx.model.rope import length_for
from sf_mlx.plan import check_prompt
from sf_mlx.prompts import DEFAULT_QUESTION
from sf_mlx.sampling import Sampling
from sf_mlx.slowfast import Aggregation
from sf_mlx.video import Frames, VideoInfo
from sf_mlx.vision import Pass, VisualTokens, see

if TYPE_CHECKING:
    from sf_mlx.chat import Chat
    from sf_mlx.kept import Kept
    from sf_mlx.lookup import Lookup
    from sf_mlx.models import Model


class Session:
    """A video that is open for questions; made by `Model.open`.

    The video is read when the first answer is iterated, or by `prepare`. Questions are independent
    of one another; `chat` begins a conversation that remembers its turns. Calls may come from any
    thread. `close`, leaving a `with` block, or dropping the session gives its memory back.

    Attributes
    ----------
    model: who is asked.
    name: the video as text.
    info: what the video is.
    pooling: how its frames become tokens.
    template: the prompt template's name.
    visual_tokens: visual tokens of every prompt.
    from_cache: whether the disk cache had them, so that the video was not read.
    """

    def __init__(
        self,
        model: Model,
        frames: Frames,
        notes: list[str],
        name: str,
        pooling: Aggregation,
        visual_tokens: int,
        *,
        template: str,
        kv_bits: int | None,
        keep_vision: bool,
        open_seconds: float,
        lookup: Lookup | None = None,
        kept: Kept | None = None,
    ) -> None:
        self.model = model
        self.name = name
        self.info: VideoInfo = frames.info
        self.pooling = pooling
        self.visual_tokens = visual_tokens
        self._frames = frames
        self._notes = notes
        self.template = template
        self._kv_bits = kv_bits
        self._keep_vision = keep_vision
        self._open_seconds = open_seconds
        self.from_cache = False
        self._lookup = lookup
        self._kept = kept
        self._seeing = see(model.backbone, model.weights, frames, pooling)
        self._visual: VisualTokens | None = None
        self._contexts: dict[tuple[int, ...], Context] = {}
        self._error: SfMlxError | None = None
        self._closed = False

    # --- asking ----------------------------------------------------------------------------------

    def ask(
        self,
        question: str = DEFAULT_QUESTION,
        *,
        choices: Sequence[str] = (),
        choose_by: Literal["likelihood", "generate"] = "likelihood",
        sampling: Sampling = Sampling(),
        progress: Progress | None = None,
    ) -> Answer:
        """Ask a question that knows nothing of the others.

        Parameters
        ----------
        question: what to ask.
        choices: makes it a multiple-choice question; the answer is one of them.
        choose_by: "likelihood" takes the option whose letter the model finds most likely;
            "generate" lets it write, as the paper does, and then the answer is what it wrote.
        sampling: how tokens are chosen, and how many.
        progress: called with what is under way, how much is done, and how much there is.

        Raises
        ------
        UsageError, ContextLengthError: found out before any work is done.
        """
        asked = pose(
            self.model,
            self.template,
            question,
            choices=choices,
            choose_by=choose_by,
            sampling=sampling,
        )
        return self.answer(asked, Slot(), progress)

    def ask_all(
        self, questions: Iterable[str], *, sampling: Sampling = Sampling()
    ) -> Iterator[Answer]:
        """Ask many questions, each on its own, in order; an answer is complete when it comes.

        Parameters
        ----------
        questions: what to ask.
        sampling: how tokens are chosen, and how many, for each.

        Raises
        ------
        UsageError, ContextLengthError: of a question that cannot be asked, when its turn comes.
        """
        for question in questions:
            yield self.ask(question, sampling=sampling).finish()

    def chat(self, earlier: Sequence[tuple[str, str]] = ()) -> Chat:
        """Begin a conversation about the video; several can go on in turn.

        Parameters
        ----------
        earlier: questions and answers that came before it.

        Raises
        ------
        UsageError: an earlier question that cannot be asked.
        """
        from sf_mlx.chat import Chat

        return Chat(self, earlier)

    def prepare(self, asked: Question | None = None) -> None:
        """Read the video while the caller goes on, for the first question's sake.

        Answers that are asked meanwhile take turns with it; closing or dropping the session ends
        it at the next step. What goes wrong is raised by the next answer. Where there is no memory
        for another KV cache, the frames are seen, and the first answer does the rest.

        Parameters
        ----------
        asked: the question, where `pose` has made it already; one of usual length otherwise.
        """
        asked = asked or pose(self.model, self.template, DEFAULT_QUESTION)
        length = self.visual_tokens + asked.text_tokens + asked.sampling.max_tokens
        base = self.model.backbone.rope_base(length_for(length))
        mlx_thread.later(partial(_prepare, weakref.ref(self), asked.head, base))

    def read_ahead(self) -> None:
        """Decode the video's frames meanwhile, on a thread of their own; no work for the model.

        What `prepare` does besides needs the model's thread, and would hold up other answers.
        """
        self._frames.read_ahead()

    # --- what it holds ---------------------------------------------------------------------------

    @property
    def warnings(self) -> list[str]:
        """What to know before an answer is believed: of the model, and of the video as far as it
        was read."""
        return warnings_of(self._notes, self._frames)

    @property
    def frame_count(self) -> int:
        """Frames that are seen, or will be."""
        return self._frames.count

    @property
    def frame_times(self) -> tuple[float, ...]:
        """Seconds of every frame that was seen, from the video's first; empty before."""
        return () if self._visual is None else self._visual.frame_times

    @property
    def is_seen(self) -> bool:
        """Whether the video has become visual tokens."""
        return self._visual is not None

    @property
    def is_known(self) -> bool:
        """Whether the disk cache had it when it was opened, so that no frame will be decoded."""
        return self._kept is not None or self.from_cache

    @property
    def memory(self) -> int:
        """Bytes held for the next question: visual tokens and KV caches."""
        visual = 0 if self._visual is None else self._visual.tokens.nbytes
        return visual + sum(context.nbytes for context in list(self._contexts.values()))

    def close(self) -> None:
        """Stop what is under way and give the memory back; nothing more can be asked."""
        self._closed = True
        mlx_thread.run(self._let_go)

    def _let_go(self) -> None:
        if self._lookup is not None and self._visual is None:
            self._lookup.cancel()
        self._seeing.close()
        self._frames.close()
        self._contexts.clear()
        self._visual = None
        mx.clear_cache()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- for the road; on the model's thread -----------------------------------------------------

    def answer(
        self, asked: Question, slot: Slot, progress: Progress | None, said: int = 0
    ) -> Answer:
        """An answer to a question that is tokenised; `said`: its tokens of earlier turns.

        Raises
        ------
        UsageError: the session is closed.
        ContextLengthError: the question does not fit.
        """
        if self._closed:
            raise UsageError("the video is closed; open it again to ask about it")
        longest, context = asked.sampling.max_tokens, self.model.backbone.context
        check_prompt(self.visual_tokens, asked.text_tokens, said, longest, context)
        warnings = partial(warnings_of, self._notes, self._frames)
        work = road(self, asked, slot)
        return Answer(work, self.visual_tokens, warnings, progress)

    def take_open_seconds(self) -> float:
        """What opening the video took; the first answer waited for it, the others did not."""
        seconds, self._open_seconds = self._open_seconds, 0.0
        return seconds

    def look(self) -> Pass | None:
        """See the next frames; None once all are seen.

        Raises
        ------
        VideoError: what the first who looked was told.
        """
        if self._closed:
            raise UsageError("the video was closed before it was read")
        if self._error is not None:
            raise type(self._error)(str(self._error))
        try:
            if not self._recall():
                return next(self._seeing)
        except StopIteration as done:
            self._visual = done.value
            if self._lookup is not None:
                self._lookup.keep(done.value, self._frames)
        except SfMlxError as error:
            self._error = type(error)(str(error))
            raise
        if not self._keep_vision:
            self.model.backbone.release_vision()
            self.model.weights.forget("vision")
        return None

    def _recall(self) -> bool:
        """Take the video from the disk cache, if that has it and it is known by now."""
        kept = self._kept
        if kept is None and self._lookup is not None:
            kept = self._lookup.find()
        if kept is None:
            return False
        self._kept = None
        self._seeing.close()
        self._frames.close()
        self._frames.warnings[:] = kept.warnings
        self._visual = kept.visual()
        self.from_cache = True
        return True

    def may_fill(self, head: tuple[int, ...]) -> bool:
        """Whether reading ahead takes no memory from a video that is asked about."""
        known = self._contexts.get(head)
        if known is not None and not known.is_dropped:
            return True
        length = len(head) + self.visual_tokens
        return self.model.budget.has_room(planned_bytes(self.model.backbone, length, self._kv_bits))

    def context(self, head: tuple[int, ...], rope_base: float) -> Context:
        """The KV cache for this beginning of a prompt, not filled perhaps; waits for weights."""
        if self._visual is None:
            raise UsageError("the video was closed before it was read")
        self.model.weights.place(self.model.backbone, "language")
        context = self._contexts.get(head)
        if context is None or context.is_dropped or context.rope_base != rope_base:
            # Keys that were turned for one base cannot be turned for another
            self._contexts.pop(head, None)
            prefix = mx.concatenate([self.model.backbone.embed(list(head)), self._visual.tokens])
            context = Context(self.model.backbone, prefix, rope_base, self._kv_bits)
            self._contexts[head] = context
        self.model.budget.use(context)
        return context


def warnings_of(notes: list[str], frames: Frames) -> list[str]:
    """What to know beforehand, why frames are fewer than asked, and what was wrong with them."""
    return [*notes, *([frames.note] if frames.note else []), *frames.warnings]


def _prepare(ref: weakref.ref[Session], head: tuple[int, ...], rope_base: float) -> None:
    """One step of reading the video, and a request for the next."""
    session = ref()
    if session is None or session._closed:
        return
    with suppress(SfMlxError):  # the next answer raises it again
        if not session.is_seen:
            session.look()
        elif not session.may_fill(head) or (
            next(session.context(head, rope_base).fill(), None) is None
        ):
            return
        mlx_thread.later(partial(_prepare, ref, head, rope_base))
