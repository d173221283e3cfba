"""Help pages: whole sentences, groups, readable placeholders, examples that the parser accepts."""

import shlex
import subprocess
import sys
from importlib import import_module

import pytest
import typer

from sf_mlx_cli import help
from sf_mlx_cli.main import app
from sf_mlx_cli.program import NAME

COMMANDS = {name: import_module(f"sf_mlx_cli.{name}") for name in help.COMMANDS}


def test_the_list_of_commands_is_not_cut(sf):
    page = sf("--help").out
    assert "..." not in page.split("Commands:")[1]
    words = " ".join(page.split())
    assert "ask Ask a question about a video and read the answer as it is generated." in words


def commands():
    """Every command by its words; those of a group follow it."""
    found = {}
    for name, command in typer.main.get_group(app).commands.items():
        found[name] = command
        for inner in getattr(command, "commands", {}).values():
            found[f"{name} {inner.name}"] = inner
    return found


COMMANDS = commands()


def lines_of(name):
    return COMMANDS[name].epilog.strip().splitlines()


def test_all_commands_are_looked_at():
    assert {"ask", "convert", "demo", "help", "eval", "eval list", "eval check"} <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_is_readable(sf, name):
    page = sf(*name.split(), "--help").out
    # No types of Python, no braces, nothing wider than a terminal but an example
    assert "<" not in page and "{" not in page and "list[" not in page
    body, examples = page.split("\nExamples:\n")
    assert all(len(line) <= 80 for line in body.splitlines())
    assert examples == "".join(f"  {line}\n" for line in COMMANDS[name].epilog.split("\n") if line)


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_are_at_least_two_and_accepted(name):
    """Each is parsed by the command that it is an example of; none is run."""
    assert len(lines_of(name)) >= 2
    for line in lines_of(name):
        program, *words = shlex.split(line)
        asked = name.split()
        assert (program, words[: len(asked)]) == (NAME, asked)
        command, arguments = COMMANDS[name], words[len(asked) :]
        if hasattr(command, "commands"):
            command, arguments = command.commands[arguments[0]], arguments[1:]
        with command.make_context(command.name, arguments) as context:
            assert not context.args


def test_ask_groups_its_options(sf):
    page = sf("ask", "--help").out
    groups = [part.split(":\n")[0] for part in page.split("\n\n") if ":\n" in part]
    assert groups == [
        "Arguments",
        "The question and the model",
        "Many videos",
        "What is kept of them",
        "Which frames",
        "Reading the video",
        "The answer",
        "Options",
        "Examples",
    ]
    for part in page.split("\n\n"):
        assert sum(line.startswith("  -") for line in part.splitlines()) <= 10, part


def test_no_option_is_lost_in_a_group(sf):
    for name, command in COMMANDS.items():
        page = sf(*name.split(), "--help").out
        for parameter in command.params:
            for flag in parameter.opts:
                assert (flag if flag.startswith("-") else parameter.metavar) in page


@pytest.mark.parametrize("name", COMMANDS)
def test_help_command_is_the_same_as_the_option(sf, name):
    assert sf("help", *name.split()) == sf(*name.split(), "--help")


def test_help_alone_and_of_nothing_known(sf):
    assert sf("help") == sf("--help")
    ran = sf("help", "nonsense")
    assert ran.code == 2 and "nonsense" in ran.err and ran.out == ""


def test_a_page_loads_its_own_command_only():
    script = (
        "import sys; from sf_mlx_cli.main import app\n"
        "app(['ask', '--help'], standalone_mode=False)\n"
        "assert 'sf_mlx_cli.ask' in sys.modules and 'sf_mlx_cli.convert' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("heavy", ["pydantic", "rich", "mlx", "numpy", "transformers"])
def test_help_loads_nothing_heavy(heavy, command):
    """Typer 0.29 loads pydantic for every command, which doubles the time of `--help`."""
    script = (
        "import sys; from sf_mlx_cli.main import app\n"
        f"app({[*command, '--help']}, standalone_mode=False)\n"
        f"assert {heavy!r} not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
