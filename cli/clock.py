"""Times of a film in whole seconds, as `--start` and `--end` take them."""


def clock(seconds: float) -> str:
    """``0:07``, ``12:30``, ``1:02:03``; a part of a second is left out."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
