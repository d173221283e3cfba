"""An answer that streams, and the record of what it took."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sf_mlx import mlx_thread
from sf_mlx.errors import SfMlxError

# What is under way ("frames", "prompt" or "text"), how much of it is done, and how much there is
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Step:
    """A piece of work is done that is not text yet; see `Progress`."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True)
class Choice:
    """Which option of a multiple-choice question was taken.

    Attributes
    ----------
    letter, index: of the option, from A and from 0.
    probabilities: of every option, in their order; they sum to 1.
    """

    letter: str
    index: int
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class Record:
    """What an answer is about and what it took.

    Times are what this answer waited for, in seconds, and add up: opening, decoding, weights,
    vision and prefill are the wait for the first token. What a session had done before costs
    nothing again.

    Attributes
    ----------
    answer, question: the text, and the question as it was asked; `choices`: its options, if any.
    choice: the option taken, scored from the model's probabilities; None for other questions.
    video: what `ask` was given, as text; `video_info`: container, codec, size, length and rate.
    preset, spec: the pooling by name, where it has one, and as upstream writes it.
    frame_times: when each frame that was used is shown, in seconds from the video's start.
    from_cache: whether the visual tokens came from the disk cache, and no frame was decoded.
    visual_tokens, text_tokens: in the prompt; `cached_tokens`: of both, those that were read for an
        earlier question; `answer_tokens`: generated, the end token not counted.
    rope_base: the rotary base that the prompt was read with.
    finish_reason: "stop" for the model's end token or a stop string, "length" for the longest
        answer, "choice" for an option.
    load_seconds: loading the model, once for all its answers; the video is read meanwhile.
    open_seconds, decode_seconds: finding the frames and waiting for them; weights_seconds: what was
        waited for of loading; vision_seconds: tower, projector and pooling; prefill_seconds:
        reading the prompt.
    first_token_seconds: their sum; generate_seconds: from then to the end.
    tokens_per_second: speed after the first token; 0 where there was only one.
    peak_memory_bytes: what MLX held at most since the session was opened.
    warnings: what was wrong with the video, and why there are fewer frames than asked.
    """

    answer: str
    question: str
    choices: tuple[str, ...]
    choice: Choice | None
    model: str
    video: str
    video_info: dict[str, Any]
    preset: str | None
    spec: str
    template: str
    frame_times: tuple[float, ...]
    from_cache: bool
    visual_tokens: int
    text_tokens: int
    cached_tokens: int
    answer_tokens: int
    rope_base: float
    finish_reason: str
    load_seconds: float
    open_seconds: float
    decode_seconds: float
    weights_seconds: float
    vision_seconds: float
    prefill_seconds: float
    first_token_seconds: float
    generate_seconds: float
    tokens_per_second: float
    peak_memory_bytes: int
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """What `--json` prints: every field, times in milliseconds' precision, and the version.

        Keys are only ever added.
        """
        from sf_mlx import __version__

        return {"version": __version__, **_rounded(asdict(self))}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value


Road = Generator[Step | str | Record, None, None]


class Answer:
    """The answer to one question: iterate for its pieces as they are generated.

    A second iteration repeats the pieces. `text`, `print` and `record` wait for the end, `close`
    stops before it; an answer that is dropped stops by itself and keeps nothing.

    Attributes
    ----------
    visual_tokens: visual tokens of the prompt, known before the work begins.
    """

    def __init__(
        self,
        road: Road,
        visual_tokens: int,
        warnings: Callable[[], list[str]],
        progress: Progress | None,
    ) -> None:
        self.visual_tokens = visual_tokens
        self._road = road
        self._warnings = warnings
        self._progress = progress
        self._pieces: list[str] = []
        self._record: Record | None = None
        self._error: SfMlxError | None = None
        self._ended = False
        # A generator that has begun may only be closed where it runs
        self._finalizer = weakref.finalize(self, mlx_thread.later, road.close)
        self._finalizer.atexit = False

    def __iter__(self) -> Iterator[str]:
        at = 0
        while True:
            while at < len(self._pieces):
                yield self._pieces[at]
                at += 1
            if not self._advance():
                return

    def _advance(self) -> bool:
        """Do a piece of the work; False where there is none left."""
        if self._error is not None:
            raise self._error
        if self._ended:
            return False
        try:
            event = mlx_thread.advance(self._road)
        except BaseException as error:
            if isinstance(error, SfMlxError):
                # A copy: the traceback holds the frames, and they the video and its cache
                self._error = type(error)(str(error))
            self.close()
            raise
        if event is None:
            self._ended = True
        elif isinstance(event, str):
            self._pieces.append(event)
        elif isinstance(event, Record):
            self._record = event
        elif self._progress is not None:
            self._progress(event.stage, event.done, event.total)
        return not self._ended

    def finish(self) -> Answer:
        """Wait for the end; returns itself."""
        while self._advance():
            pass
        return self

    @property
    def text(self) -> str:
        """The whole answer, without leading and trailing white space; waits for its end.

        Of an answer that was closed, what had been said.
        """
        self.finish()
        return self.text_so_far

    @property
    def text_so_far(self) -> str:
        """What has been said by now; waits for nothing."""
        return "".join(self._pieces)

    @property
    def record(self) -> Record | None:
        """Counts and timings; waits for the end. None of an answer that was closed."""
        self.finish()
        return self._record

    @property
    def warnings(self) -> list[str]:
        """What was wrong with the video, as far as it was read, and why frames are fewer."""
        return self._warnings()

    def __str__(self) -> str:
        return self.text

    def close(self) -> None:
        """Stop generating; what was said stays."""
        self._ended = True
        self._finalizer()

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
