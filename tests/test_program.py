"""Commands that are suggested run as they are printed."""

import sys

import pytest

from sf_mlx_cli.program import as_started


@pytest.fixture
def script(tmp_path, monkeypatch):
    path = tmp_path / "a folder" / "sf-mlx"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [str(path), "demo"])
    return path


def test_bare_where_the_path_finds_it(script, monkeypatch):
    monkeypatch.setenv("PATH", str(script.parent))
    assert as_started() == "sf-mlx"


def test_as_it_was_typed_elsewhere(script, monkeypatch):
    assert as_started() == f"'{script}'"  # it has a space
    monkeypatch.setattr(sys, "argv", ["a folder/sf-mlx"])
    assert as_started() == "'a folder/sf-mlx'"


def test_another_installation_on_the_path_is_not_meant(script, tmp_path):
    other = tmp_path / "sf-mlx"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    assert as_started() == f"'{script}'"


def test_as_a_module(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/somewhere/sf_mlx/__main__.py", "demo"])
    monkeypatch.setattr(sys, "orig_argv", [".venv/bin/python", "-m", "sf_mlx", "demo"])
    assert as_started() == ".venv/bin/python -m sf_mlx"
    # In a checkout the module's folder has another name, cli
    monkeypatch.setattr(sys, "argv", ["/checkout/cli/__main__.py", "demo"])
    monkeypatch.setattr(sys, "orig_argv", ["python3", "-I", "-m", "sf_mlx_cli", "ask", "-m", "x"])
    assert as_started() == "python3 -I -m sf_mlx_cli"
