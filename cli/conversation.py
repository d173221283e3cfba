"""What `ask -c` goes on with: the options of a past conversation under those that are typed now."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, get_type_hints

from .arguments import chosen_model, kv_bits_of
from .output import note

if TYPE_CHECKING:
    from sf_mlx.answer import Record
    from sf_mlx.history import Conversation


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


# Whoever types one of these says all of them anew
_GROUPS = ({"preset", "spec"}, {"frames", "start", "end", "fps", "at"})


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

    if conversation is None:
        conversation = Conversation.begin(record.video)
    settings = looking.said()
    if os.path.isdir(settings["model"]):
        # It goes on from other folders too
        settings["model"] = os.path.abspath(settings["model"])
    said = conversation.said(record.question, record.choices, record.answer)
    try:
        History().keep(replace(said, settings=settings))
    except OutputError as error:
        note(f"sf-mlx: warning: {error}")
