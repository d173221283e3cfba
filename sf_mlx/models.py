"""A loaded model: what can be asked."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import mlx.core as mx

from sf_mlx import demo, trace
from sf_mlx.answer import Answer, Progress
from sf_mlx.context import Budget
from sf_mlx.errors import UsageError
from sf_mlx.lookup import look_up
from sf_mlx.model.backbone import PARTS, Backbone
from sf_mlx.plan import check_video
from sf_mlx.prompts import DEFAULT_QUESTION
from sf_mlx.sampling import Sampling
from sf_mlx.session import Session
from sf_mlx.slowfast import Aggregation, SlowFast, pooling_of
from sf_mlx.templates import find_template
from sf_mlx.video import Reading, Selection, Time, read_frames
from sf_mlx.weights.load import Weights

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from sf_mlx.cache import Cache
    from sf_mlx.weights.tower import Tower


@dataclass(frozen=True)
class Model:
    """A loaded model. Calls may come from any thread; one thread does the work, a piece at a time
    (a pass of the tower, a step of prefill, a token), so that answers take turns.

    Attributes
    ----------
    name: what `load` was given.
    backbone: the network; its weights are there once a video was seen, NaN before.
    tokenizer: the checkpoint's.
    template: the name of the prompt template that fits the checkpoint.
    end_tokens: token ids that end an answer.
    budget: the memory that KV caches of open videos may keep.
    weights: the network's, on their way into memory or there.
    open_seconds: what checking the files took.
    tower: by what the disk cache knows what it sees with; None keeps nothing there.
    """

    name: str
    backbone: Backbone
    tokenizer: Tokenizer
    template: str
    end_tokens: frozenset[int]
    budget: Budget
    weights: Weights
    open_seconds: float
    tower: Tower | None = None

    @property
    def load_seconds(self) -> float:
        """What loading took, as far as it has come."""
        return self.open_seconds + self.weights.seconds

    def prepare(self) -> None:
        """Read the weights while the caller goes on, before any video is opened."""
        self.weights.begin(*PARTS)

    def open(
        self,
        video: Any,
        *,
        spec: Aggregation | str = SlowFast(),
        reading: Reading = Reading(),
        frames: int | None = None,
        start: Time | None = None,
        end: Time | None = None,
        fps: float | None = None,
        at: Sequence[Time] | None = None,
        template: str | None = None,
        kv_bits: int | None = None,
        keep_vision: bool = True,
        cache: Cache | None = None,
    ) -> Session:
        """Open a video for questions. It is read when the first is asked.

        Parameters
        ----------
        video: a file, a folder of images, "-" for standard input, an array uint8 [T, H, W, 3], or
            PIL images.
        spec: the pooling: a `SlowFast`, a preset's name, or upstream's specification string.
        reading: how the video is read.
        frames, start, end, fps, at: which frames, as in `Selection`, instead of `reading`'s; the
            pooling's own number, over the whole video, where none is given.
        template: a prompt template other than the checkpoint's own.
        kv_bits: quantise the KV cache to 4 or 8 bits; None keeps it in the model's precision.
        keep_vision: False frees the vision tower's memory once the video is read; no further ones.
        cache: where visual tokens are kept for other processes; only in memory when not given.

        Raises
        ------
        UsageError, VideoError, ContextLengthError: found out before any work is done; a damaged
        video may also raise a VideoError when it is read.
        """
        started = time.perf_counter()
        pooling = pooling_of(spec)
        given = Selection(frames, start, end, fps, None if at is None else tuple(at))
        if given != Selection():
            if reading.selection != Selection():
                raise UsageError("say which frames once: in `reading`, or as frames, start, end …")
            reading = replace(reading, selection=given)
        name = template or self.template
        find_template(name)
        mx.reset_peak_memory()
        with trace.span("look in the cache"):
            lookup = None if cache is None else look_up(cache, video, reading, pooling, self)
            kept = None if lookup is None else lookup.find()
        if kept is not None:
            # Nothing is left to see
            self.weights.begin("language")
            found = kept.frames()
        elif not self.backbone.sees:
            raise UsageError("the vision tower was released after another video; load it again")
        else:
            self.weights.begin(*PARTS)
            found = read_frames(
                video,
                reading,
                size=self.backbone.preprocess.size,
                default_frames=pooling.frames,
            )
        try:
            visual = check_video(self.backbone, found.count, pooling, kv_bits)
        except BaseException:
            found.close()
            raise
        notes: list[str] = []
        if self.name == demo.NAME:
            notes = demo.cautions(found.info.name, str(pooling), found.count)
        return Session(
            self,
            found,
            notes,
            os.fspath(video) if isinstance(video, str | os.PathLike) else type(video).__name__,
            pooling,
            visual,
            template=name,
            kv_bits=kv_bits,
            keep_vision=keep_vision,
            open_seconds=time.perf_counter() - started,
            lookup=lookup,
            kept=kept,
        )

    def ask(
        self,
        video: Any,
        question: str = DEFAULT_QUESTION,
        *,
        spec: Aggregation | str = SlowFast(),
        reading: Reading = Reading(),
        frames: int | None = None,
        start: Time | None = None,
        end: Time | None = None,
        fps: float | None = None,
        at: Sequence[Time] | None = None,
        template: str | None = None,
        kv_bits: int | None = None,
        keep_vision: bool = True,
        cache: Cache | None = None,
        choices: Sequence[str] = (),
        choose_by: Literal["likelihood", "generate"] = "likelihood",
        sampling: Sampling = Sampling(),
        progress: Progress | None = None,
    ) -> Answer:
        """Ask one question about a video: `open`, whose parameters come first, and `Session.ask`.

        Raises
        ------
        UsageError, VideoError, ContextLengthError: see `open` and `Session.ask`.
        """
        session = self.open(
            video,
            spec=spec,
            reading=reading,
            frames=frames,
            start=start,
            end=end,
            fps=fps,
            at=at,
            template=template,
            kv_bits=kv_bits,
            keep_vision=keep_vision,
            cache=cache,
        )
        return session.ask(
            question, choices=choices, choose_by=choose_by, sampling=sampling, progress=progress
        )
