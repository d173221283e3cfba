"""`sf-mlx`: the commands, and the boundary where errors become one line and an exit code."""

import os
import sys
from typing import Annotated

import typer

from . import help, program
from .interrupt import Ended, die_of, signals_end_the_command
from .output import note, use_utf8

HELP = """
Ask a question about a local video; nothing leaves the machine.

\b
sf-mlx demo                               a first answer, without any download
sf-mlx ask holiday.mov "Who jumps in?"    about your own video
"""

EXIT_CODES = """
Exit codes: 0 done, 1 a bug, 2 wrong usage, 10-21 the video, 30-34 the model, 40 the prompt is too
long, 50 the output, 60 the library, 61-63 an evaluation, 64 some of many failed; Ctrl-C ends by its
signal. The README lists them one by one.
"""

# transformers, which a bare tokenizer.model needs, imports those that are installed: 19 s for torch
_NOT_NEEDED = ("torch", "torchvision", "tensorflow", "jax", "flax")

app = typer.Typer(
    name=program.NAME,
    cls=help.Root,
    help=HELP,
    epilog=EXIT_CODES,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"sf-mlx {version('sf-mlx')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Options that come before a command."""


def main() -> None:
    """Run a command and exit with its code, or by the signal that ended it."""
    # Its advice is for people who train models
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    for name in _NOT_NEEDED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    use_utf8()
    try:
        with signals_end_the_command():
            # Typer ends quietly on a closed pipe
            sys.exit(app(prog_name=program.NAME, standalone_mode=False))
    except Ended as ended:
        die_of(ended.number)
    except Exception as error:
        # Imported late: `--help` must not wait for it
        from typer._click.exceptions import NoArgsIsHelpError, UsageError

        from sf_mlx.errors import MESSAGE, SfMlxError, printable

        if isinstance(error, UsageError):
            # What was typed may be long and may move the cursor; a help page is neither
            if not isinstance(error, NoArgsIsHelpError):
                error.message = printable(error.message, MESSAGE)
            error.show()
            sys.exit(error.exit_code)
        if not isinstance(error, SfMlxError):
            raise
        note(f"sf-mlx: {error}")
        sys.exit(error.exit_code)
