"""What describes clips for the library: the protocol, and a model that does."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from sf_mlx.video import Limits, Reading, Selection, probe

if TYPE_CHECKING:
    from sf_mlx.models import Model
    from sf_mlx.session import Session
    from sf_mlx.slowfast import Aggregation


@dataclass(frozen=True)
class Maker:
    """Who made a description, and with which settings; kept with it.

    Attributes
    ----------
    model: its name.
    settings: what the text depends on besides the film and the model, as JSON.
    """

    model: str
    settings: str = "{}"


class Pending(Protocol):
    """A description that is under way."""

    @property
    def warnings(self) -> Sequence[str]:
        """What to know before it is believed."""

    def finish(self) -> str:
        """Wait for the text.

        Raises
        ------
        VideoError: the clip is broken.
        """

    def close(self) -> None:
        """Stop it and give its memory back; also after its end, and twice."""


class Describer(Protocol):
    """Who says what a clip shows."""

    @property
    def maker(self) -> Maker:
        """What is kept with its descriptions."""

    def duration(self, path: str) -> float:
        """Seconds of a clip; called from a thread of its own.

        Raises
        ------
        VideoError: it is none that can be read.
        """

    def begin(self, path: str, start: float | None, end: float | None) -> Pending:
        """Begin to describe a clip, or the stretch from `start` to `end` seconds.

        Raises
        ------
        VideoError: the clip is broken.
        """


class ModelDescriber:
    """Asks a model the same question about every clip; it is loaded for the first.

    Parameters
    ----------
    model: a name for `sf_mlx.load`, or a loaded model.
    question: what to ask; a description of the video when not given.
    spec: the pooling: a `SlowFast`, a preset's name, or upstream's specification string.
    frames: how many frames of each clip or stretch; the pooling's own number when not given.
    max_tokens: the longest description.
    hwaccel, limits: as in `Reading`.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | Model,
        *,
        question: str | None = None,
        spec: Aggregation | str = "default",
        frames: int | None = None,
        max_tokens: int = 256,
        hwaccel: bool = False,
        limits: Limits = Limits(),
    ) -> None:
        self._model: Model | None = None
        if isinstance(model, str | os.PathLike):
            self._name = os.fspath(model)
        else:
            self._model, self._name = model, model.name
        self._question = question
        self._spec = spec
        self._frames = frames
        self._max_tokens = max_tokens
        self._reading = Reading(hwaccel=hwaccel, limits=limits)

    @property
    def maker(self) -> Maker:
        """The model's name, a folder's as a whole path, and what the text depends on."""
        from sf_mlx.slowfast import pooling_of
        from sf_mlx.weights.hub import everywhere

        name = everywhere(self._name)
        spec = pooling_of(self._spec)
        settings: dict[str, Any] = {
            "question": self._asked,
            "spec": str(spec),
            "frames": self._frames or spec.frames,
            "max_tokens": self._max_tokens,
        }
        usual = asdict(Limits())
        limits = asdict(self._reading.limits)
        settings |= {name: limits[name] for name in usual if limits[name] != usual[name]}
        return Maker(
            name.encode("utf-8", "replace").decode(), json.dumps(settings, ensure_ascii=False)
        )

    def duration(self, path: str) -> float:
        """Seconds of a clip, from its header."""
        return probe(path, limits=self._reading.limits).duration

    def begin(self, path: str, start: float | None, end: float | None) -> Pending:
        """Open the clip and begin to read it, while others are still asked about."""
        reading = replace(self._reading, selection=Selection(self._frames, start, end))
        session = self._loaded().open(path, spec=self._spec, reading=reading)
        session.prepare()
        return _Asked(session, self._asked, self._max_tokens)

    @property
    def _asked(self) -> str:
        from sf_mlx.prompts import DEFAULT_QUESTION

        return DEFAULT_QUESTION if self._question is None else self._question

    def _loaded(self) -> Model:
        if self._model is None:
            from sf_mlx.loading import load

            self._model = load(self._name)
        return self._model


class _Asked:
    """A question that is asked when its answer is waited for; the session has begun to read."""

    def __init__(self, session: Session, question: str, max_tokens: int) -> None:
        self._session = session
        self._question = question
        self._max_tokens = max_tokens

    @property
    def warnings(self) -> Sequence[str]:
        return self._session.warnings

    def finish(self) -> str:
        from sf_mlx.sampling import Sampling

        return self._session.ask(
            self._question, sampling=Sampling(max_tokens=self._max_tokens)
        ).text

    def close(self) -> None:
        self._session.close()
