"""The commands in the pages run as they stand, and print what the pages say."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from sf_mlx import fingerprint, lookup

ROOT = Path(__file__).parent.parent
PAGES = ("inspect.md", "cache.md", "configuration.md", "history.md")


def sessions(page: str) -> list[tuple[str, str]]:
    """Each command of the page's console blocks, and what is printed below it ("" for nothing)."""
    found: list[tuple[str, str]] = []
    for block in re.findall(r"```console\n(.*?)```", (ROOT / "docs" / page).read_text(), re.S):
        for command, printed in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.M):
            found.append((command, printed))
    return found


@pytest.mark.parametrize("page", PAGES)
def test_commands_of_a_page(sf, page, tmp_path, monkeypatch):
    """`…` in the page stands for anything, such as the seconds that something took."""
    monkeypatch.chdir(tmp_path)
    # The sample clip was written a moment ago
    monkeypatch.setattr(fingerprint, "SETTLED_SECONDS", 0.0)
    found = sessions(page)
    assert found
    for command, printed in found:
        words = shlex.split(command)
        if words[0] == "sf-mlx" and not {"|", ">"} & set(words):
            ran = sf(*words[1:])
            code, out = ran.code, ran.out
        else:
            code, out = piped(command)
        assert code == 0, command
        # What the end of a process waits for
        lookup.finish()
        if printed:
            assert re.fullmatch(re.escape(printed).replace("…", ".*"), out), command


def piped(command: str) -> tuple[int, str]:
    """Run a shell's line in which `sf-mlx` is this checkout's."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        stdout=subprocess.PIPE, text=True, timeout=300, env={**os.environ, "PATH": path},
    )  # fmt: skip
    return done.returncode, done.stdout
