"""What `ask -c` goes on with, and what it leaves for the next time."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, get_type_hints

from .looking import Looking
from .output import note

if TYPE_CHECKING:
    from sf_mlx.answer import Record
    from sf_mlx.history import Conversation


def last_conversation() -> tuple[Conversation, Looking]:
    """The one to go on with, and the options that it had.

    Raises
    ------
    UsageError: there is none, it cannot be read, or its video cannot be read again.
    """
    from sf_mlx.errors import UsageError
    from sf_mlx.history import History

    found = History().last()
    if found.video == "-":
        raise UsageError(
            "the last conversation was about a video from standard input, which is gone; ask about "
            "a file"
        )
    kinds = get_type_hints(Looking)
    kinds["limit"] = list
    known = {each.name for each in fields(Looking)}
    sound = found.settings.keys() <= known and all(
        isinstance(value, kinds[name]) for name, value in found.settings.items()
    )
    if not sound or not all(isinstance(limit, str) for limit in found.settings.get("limit", ())):
        raise UsageError(
            "the last conversation has settings that this version does not know; begin a new one"
        )
    return found, Looking(**found.settings)


def keep(conversation: Conversation | None, looking: Looking, record: Record) -> None:
    """Add an answer to a conversation, a new one where None, and keep it; a disk that refuses is a
    warning."""
    from sf_mlx.errors import OutputError
    from sf_mlx.history import Conversation, History
    from sf_mlx.weights.hub import everywhere

    if conversation is None:
        conversation = Conversation.begin(record.video)
    settings = looking.said()
    settings["model"] = everywhere(settings["model"])
    said = conversation.said(record.question, record.choices, record.answer)
    try:
        History().keep(replace(said, settings=settings))
    except OutputError as error:
        note(f"sf-mlx: warning: {error}")
