"""`sf-mlx history`: past conversations."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from .output import write

EXAMPLES = """
sf-mlx history
sf-mlx history show
sf-mlx history clear
"""


class Action(StrEnum):
    """What to do with the history."""

    list = "list"
    show = "show"
    clear = "clear"


def history(
    action: Annotated[
        Action,
        typer.Argument(
            metavar="[list|show|clear]",
            help="List conversations, show one, or remove all.",
            show_default=False,
        ),
    ] = Action.list,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]", help="What to show, or how its name begins; the last if left out."
        ),
    ] = None,
) -> None:
    """Show past questions and answers; `sf-mlx ask -c` goes on with the last conversation."""
    from sf_mlx.errors import SfMlxError, UsageError, printable
    from sf_mlx.history import History

    past = History()
    if name is not None and action != Action.show:
        raise UsageError(f"history {action} takes no name")
    if action == Action.clear:
        count = past.clear()
        write(f"{'1 conversation' if count == 1 else f'{count:,} conversations'} removed\n")
    elif action == Action.show:
        found = past.last() if name is None else past.read(name)
        model = printable(found.settings.get("model"))
        write(f"{printable(found.video)} ({model}), {found.name}\n")
        for turn in found.turns:
            choices = "".join(f"\n  - {choice}" for choice in turn.choices)
            write(f"\n> {turn.question}{choices}\n{turn.answer}\n")
    else:
        for each in past.names():
            try:
                found = past.read(each)
            except SfMlxError:
                write(f"{each}  damaged\n")
                continue
            last = printable(found.turns[-1].question, 60)
            write(f"{each}  {len(found.turns):3}  {printable(found.video, 60)}  {last}\n")
