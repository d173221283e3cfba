"""Into which stretches a film is cut."""

from sf_mlx.errors import UsageError

# Seconds
SHORTEST = 1.0
# Of one film; a day in pieces of ten seconds
_MOST = 10_000


def check_every(every: float) -> None:
    """Raise UsageError for stretches that are too short to say anything of."""
    if not SHORTEST <= every < float("inf"):
        raise UsageError(f"a stretch must be at least {SHORTEST:g} s long, not {every:g} s")


def whole(duration: float) -> tuple[float, float]:
    """A film of so many seconds as one stretch."""
    return 0.0, round(duration, 3)


def stretches(duration: float, every: float | None) -> list[tuple[float, float]]:
    """The whole film and, where it is longer than one, its stretches; to the millisecond.

    A rest shorter than half a stretch belongs to the one before.

    Parameters
    ----------
    duration: seconds.
    every: seconds of a stretch; None wants the whole only.

    Raises
    ------
    UsageError: that would be too many.
    """
    _, duration = whole(duration)
    if every is None or duration < 1.5 * every:
        return [whole(duration)]
    count = int((duration + every / 2) // every)
    if count > _MOST:
        raise UsageError(
            f"{duration:g} s in stretches of {every:g} s are {count}; the most is {_MOST}: make "
            "them longer"
        )
    starts = [round(number * every, 3) for number in range(count)]
    return [whole(duration), *zip(starts, [*starts[1:], duration], strict=True)]
