"""What is generated: docs/cli.md from the commands, the README's exit codes from sf_mlx/errors.py.

python -m docs.generate            write them
python -m docs.generate --check    fail where they are not what would be written
"""

import argparse
import inspect
import os
import sys
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from sf_mlx import errors
from sf_mlx_cli import program
from sf_mlx_cli.main import app

ROOT = Path(__file__).parent.parent
CLI, README = ROOT / "docs" / "cli.md", ROOT / "README.md"

BEGIN, END = "<!-- exit codes: written by make docs -->", "<!-- end of exit codes -->"
# The codes that no error class has
OTHER_CODES = {
    0: "Answered, converted, shown",
    1: "A bug, or an error without a code of its own",
    130: "What a shell shows for a command that Ctrl-C ended (it died of the signal)",
    141: "Whoever read the answer went away (`| head`)",
}
WIDTH = 78


def cli_page() -> str:
    """Every help page, as an 80-column terminal shows it."""
    root = typer.main.get_group(app)
    context = root.make_context(program.NAME, [], resilient_parsing=True, terminal_width=WIDTH)
    pages = [(program.NAME, root.get_help(context))]
    _add_pages(pages, root, context, program.NAME)
    sections = [f"## {title}\n\n```text\n{page.rstrip()}\n```\n" for title, page in pages]
    head = "# Commands\n\nWhat `--help` prints, written by `make docs`.\n"
    return "\n".join([head, *sections])


def _add_pages(pages: list[tuple[str, str]], group: TyperGroup, context: Any, words: str) -> None:
    """The pages of a group's commands, and of theirs."""
    for name, command in group.commands.items():
        inner = command.make_context(name, [], parent=context, resilient_parsing=True)
        pages.append((f"{words} {name}", command.get_help(inner)))
        if isinstance(command, TyperGroup):
            _add_pages(pages, command, inner, f"{words} {name}")


def exit_codes() -> str:
    """The table of exit codes, in their order."""
    meanings = dict(OTHER_CODES)
    for value in vars(errors).values():
        if inspect.isclass(value) and issubclass(value, errors.SfMlxError):
            meaning = " ".join((inspect.getdoc(value) or "").split("\n\n")[0].split())
            meanings.setdefault(value.exit_code, meaning.removesuffix("."))
    rows = [f"| {code} | {meanings[code]} |" for code in sorted(meanings)]
    return "\n".join(["| code | meaning |", "|---|---|", *rows])


def with_exit_codes(readme: str) -> str:
    """`readme` with the table between its two marks written again."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"README.md has lost a mark: {BEGIN} … {END}")
    return f"{before}{begin}\n{exit_codes()}\n{end}{after}"


def pages() -> dict[Path, str]:
    """Each generated file and what it should hold."""
    return {CLI: cli_page(), README: with_exit_codes(README.read_text(encoding="utf-8"))}


def stale() -> list[str]:
    """The files that are not what would be written."""
    return [
        str(path.relative_to(ROOT))
        for path, text in pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if stale")
    args = parser.parse_args()
    # It shows in the help as the default
    os.environ.pop("SF_MLX_MODEL", None)
    if args.check:
        if names := stale():
            sys.exit(f"{', '.join(names)}: not up to date; run make docs")
        return
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
