"""Times of a film as lists and tables show them, and as `--start` and `--end` take them."""


def clock(seconds: float) -> str:
    """``0:07``, ``1:02:30``, with tenths where it is no whole second: ``0:07.5``."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    text = f"{rest // 10:02}" + (f".{rest % 10}" if rest % 10 else "")
    return f"{hours}:{minutes:02}:{text}" if hours else f"{minutes}:{text}"


def when(start: float, end: float) -> str:
    """A stretch as a person writes it: ``0:30-1:00``."""
    return f"{clock(start)}-{clock(end)}"
