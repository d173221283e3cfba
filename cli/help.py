"""The commands and their help: options in groups, examples as they are typed; `sf-mlx help`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command_from_info, get_group
from typer.models import CommandInfo

from . import program

if TYPE_CHECKING:
    # Typer carries a click of its own
    from typer._click import Command, Context, HelpFormatter

_NO_BREAK = "\xa0"

# In the order of the help page. Each has a file of its name with `EXAMPLES`, and in it a function
# of its name, or `app` where it has commands of its own
COMMANDS = (
    "ask", "chat", "inspect", "watch", "index", "search", "history", "eval", "cache", "config",
    "convert", "demo", "help",
)  # fmt: skip

EXAMPLES = """
sf-mlx help
sf-mlx help ask
sf-mlx help eval check
"""


class Examples:
    """An epilog of examples, as they are typed."""

    epilog: str | None

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the epilog's lines as they are: an example must not be wrapped."""
        if self.epilog:
            with formatter.section("Examples"):
                for line in self.epilog.strip().splitlines():
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")


class Page(Examples, TyperCommand):
    """A command whose help groups its options by `rich_help_panel`, without loading rich."""

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        """`VIDEO [QUESTION]`, where Typer writes `{VIDEO} [QUESTION]`."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the arguments, then each group of options in the order in which they come."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is None:
                continue
            usual = "Arguments" if parameter.param_type_name == "argument" else "Options"
            panel = getattr(parameter, "rich_help_panel", None) or usual
            names, text = record
            # A default stays in one piece at a line's end
            text = text.replace("[default: ", f"[default:{_NO_BREAK}")
            groups.setdefault(panel, []).append((names, text))
        for name, rows in groups.items():
            with formatter.section(name):
                formatter.write_dl(rows)

    def get_help(self, ctx: Context) -> str:
        """The whole page."""
        return super().get_help(ctx).replace(_NO_BREAK, " ")


class Commands(Mapping[str, "Command"]):
    """The commands; a command's file is imported when it is asked for."""

    def __init__(self) -> None:
        self._found: dict[str, Command] = {}

    def __getitem__(self, name: str) -> Command:
        if name not in COMMANDS:
            raise KeyError(name)
        if name not in self._found:
            module = import_module(f".{name}", __package__)
            if hasattr(module, "app"):
                command: Command = get_group(module.app)
            else:
                info = CommandInfo(
                    name, cls=Page, callback=getattr(module, name), epilog=module.EXAMPLES
                )
                command = get_command_from_info(
                    info, pretty_exceptions_short=False, rich_markup_mode=None
                )
            self._found[name] = command
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class Contents(TyperGroup):
    """A list of commands, each with the whole first sentence of its help."""

    def list_commands(self, ctx: Context) -> list[str]:
        """Their names in the order of the page."""
        return list(self.commands)

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write one entry for each command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _summary(self.commands[name])) for name in self.commands])


class Root(Contents):
    """`sf-mlx` itself."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = Commands()  # type: ignore[assignment]


class Group(Examples, Contents):
    """A command that has commands of its own, with examples."""


def _summary(command: Command) -> str:
    return (command.help or "").split("\n\n")[0]


def help(
    ctx: typer.Context,
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="COMMAND", help="Its help; all commands if left out."),
    ] = None,
) -> None:
    """Show this help, or that of a command: the same as --help."""
    assert ctx.parent is not None
    page = [*(command or ()), "--help"]
    ctx.parent.command.main(page, prog_name=program.NAME, standalone_mode=False)
