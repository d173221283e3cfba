"""The options of a question about a video, together: what is looked at, and how is asked."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from .arguments import chosen_model, kv_bits_of, pooling_of, reading_of

if TYPE_CHECKING:
    from sf_mlx.sampling import Sampling
    from sf_mlx.slowfast import Aggregation
    from sf_mlx.video import Reading

# Whoever types one of these says all of them anew
_GROUPS = ({"preset", "spec"}, {"frames", "start", "end", "fps", "at"})


@dataclass(frozen=True)
class Looking:
    """The options that decide what is seen, and how; a conversation keeps them.

    Attributes
    ----------
    model … template: as they are typed; None, False or empty where they are not.
    """

    model: str | None = None
    preset: str | None = None
    spec: str | None = None
    frames: int | None = None
    start: str | None = None
    end: str | None = None
    fps: float | None = None
    at: str | None = None
    exact: bool = False
    hwaccel: bool = False
    limit: list[str] = field(default_factory=list)
    kv_bits: int | None = None
    template: str | None = None

    def said(self) -> dict[str, Any]:
        """Those that are typed, by name."""
        unsaid = asdict(Looking())
        return {name: value for name, value in asdict(self).items() if value != unsaid[name]}

    def after(self, past: Looking) -> Looking:
        """With what a conversation had, where this says nothing else."""
        said = self.said()
        kept = past.said()
        for group in _GROUPS:
            if group & said.keys():
                kept = {name: value for name, value in kept.items() if name not in group}
        return Looking(**kept | said)

    def settled(self) -> Looking:
        """With what is set where nothing is typed, so that a conversation goes on with the same.

        Raises
        ------
        ModelNotFoundError, UsageError: there is no model, or what is set cannot be used.
        """
        from sf_mlx.settings import read_settings

        preset = self.preset
        if preset is None and self.spec is None:
            preset = read_settings().preset or "default"
        return replace(
            self,
            model=chosen_model(self.model),
            preset=preset,
            kv_bits=kv_bits_of(self.kv_bits) or 0,
        )

    @property
    def cache_bits(self) -> int | None:
        """Bits of the KV cache; None for the model's own precision, which is kept as 0."""
        return self.kv_bits or None

    def pooling(self) -> Aggregation:
        """How frames become tokens."""
        return pooling_of(self.preset, self.spec)

    def reading(self, low_memory: bool = False) -> Reading:
        """How the video is read."""
        return reading_of(
            self.frames,
            self.start,
            self.end,
            self.fps,
            self.at,
            self.exact,
            self.hwaccel,
            self.limit,
            low_memory,
        )


@dataclass(frozen=True)
class Asking:
    """The options that decide how is asked.

    Attributes
    ----------
    choices, choose_by, sampling: as `Session.ask` has them.
    low_memory, no_cache: as they are typed.
    """

    choices: tuple[str, ...]
    choose_by: Literal["likelihood", "generate"]
    sampling: Sampling
    low_memory: bool
    no_cache: bool
