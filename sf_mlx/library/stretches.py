"""Which stretches of a film are described."""

from sf_mlx.errors import UsageError
from sf_mlx.stretches import cut

# Seconds
SHORTEST = 1.0
# Each may take minutes: a rest shorter than this share of a stretch belongs to the one before
_REST = 0.5


def check_every(every: float) -> None:
    """Raise UsageError for stretches that are too short to say anything of."""
    if not SHORTEST <= every < float("inf"):
        raise UsageError(f"a stretch must be at least {SHORTEST:g} s long, not {every:g} s")


def whole(duration: float) -> tuple[float, float]:
    """A film of so many seconds as one stretch."""
    return 0.0, round(duration, 3)


def stretches(duration: float, every: float | None) -> list[tuple[float, float]]:
    """The whole film and, where it is longer than one, its stretches; to the millisecond.

    Parameters
    ----------
    duration: seconds.
    every: seconds of a stretch; None wants the whole only.

    Raises
    ------
    VideoLimitError: that would be too many.
    """
    film = whole(duration)
    parts = [] if every is None else cut(*film, every, _REST)
    return [film, *(_rounded(part) for part in parts if len(parts) > 1)]


def _rounded(part: tuple[float, float]) -> tuple[float, float]:
    return round(part[0], 3), round(part[1], 3)
