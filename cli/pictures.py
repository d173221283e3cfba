"""Pictures on a terminal that shows them: Kitty's graphics protocol and iTerm2's."""

from __future__ import annotations

import base64
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from .output import write_codes

if TYPE_CHECKING:
    from PIL import Image

Protocol = Literal["kitty", "iterm2"]

# Bytes of base64 in one command, by Kitty's rule
_PIECE = 4096
# Columns of a terminal that a picture takes at most
_WIDEST = 120


def protocol(environment: Mapping[str, str]) -> Protocol | None:
    """How the terminal wants pictures; None where it shows none, or nobody knows.

    A terminal is known by what it sets; asking it would wait for an answer that may never come.
    """
    program = environment.get("TERM_PROGRAM", "")
    # tmux and screen swallow pictures and pass the variables of the terminal on
    if "TMUX" in environment or environment.get("TERM", "").startswith(("screen", "tmux")):
        return None
    if "KITTY_WINDOW_ID" in environment or environment.get("TERM") in (
        "xterm-kitty",
        "xterm-ghostty",
    ):
        return "kitty"
    if program in ("iTerm.app", "WezTerm") or environment.get("LC_TERMINAL") == "iTerm2":
        return "iterm2"
    return "kitty" if program == "ghostty" else None


def terminal_protocol() -> Protocol | None:
    """How stdout shows pictures; None where it does not."""
    shown = sys.stdout is not None and sys.stdout.isatty()
    return protocol(os.environ) if shown else None


def show(picture: Image.Image, how: Protocol) -> None:
    """Show a picture on stdout, as wide as the terminal is."""
    from sf_mlx.sheet import encoded

    columns = min(shutil.get_terminal_size().columns, _WIDEST)
    if how == "kitty":
        for code in kitty(encoded(picture, "PNG"), columns):
            write_codes(code)
    else:
        write_codes(iterm2(encoded(picture, "JPEG"), columns))
    write_codes("\n")


def kitty(data: bytes, columns: int) -> Iterator[str]:
    """The commands that show a PNG across so many columns."""
    text = base64.b64encode(data).decode()
    for at in range(0, len(text), _PIECE):
        more = int(at + _PIECE < len(text))
        begin = f"a=T,f=100,q=2,c={columns}," if at == 0 else ""
        yield f"\x1b_G{begin}m={more};{text[at : at + _PIECE]}\x1b\\"


def iterm2(data: bytes, columns: int) -> str:
    """The command that shows a picture file across so many columns."""
    text = base64.b64encode(data).decode()
    return f"\x1b]1337;File=inline=1;size={len(data)};width={columns}:{text}\x07"
