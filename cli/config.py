"""`sf-mlx config`: what is set, and where."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from .output import write

EXAMPLES = """
sf-mlx config
sf-mlx config path
"""


class Action(StrEnum):
    """What to show."""

    show = "show"
    path = "path"


def config(
    action: Annotated[
        Action,
        typer.Argument(
            metavar="[show|path]",
            help="Every setting with where it comes from, or the file's path.",
            show_default=False,
        ),
    ] = Action.show,
) -> None:
    """Show the settings that hold, and where each comes from.

    An option of a command goes before the environment, and that before config.toml. What is printed
    is what config.toml may say.
    """
    from sf_mlx.places import config_file
    from sf_mlx.settings import SETTINGS, read_settings

    path = config_file()
    if action == Action.path:
        write(f"{path}\n")
        return
    settings = read_settings()
    write(f"# {path}{'' if path.exists() else ' (not there)'}\n")
    for each in SETTINGS:
        value = getattr(settings, each.name)
        source = settings.sources.get(each.name, "default")
        # Strings, numbers, true and false are the same in TOML and JSON
        plain = value if isinstance(value, bool | int) else str(value)
        shown = json.dumps(plain, ensure_ascii=False)
        line = f"# {each.name} is not set" if value is None else f"{each.name} = {shown}"
        write(f"{line:30}  # {source}; {each.meaning} ({each.variable})\n")
