"""What is built: everything that is needed, nothing else, and no warnings."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The files of a source distribution, and a folder with those of a wheel."""
    folder = tmp_path_factory.mktemp("built")
    # In this process's stead: setuptools writes beside the sources unless it is told otherwise
    done = subprocess.run(
        [sys.executable, "-W", "default", "setup.py", "-q",
         "egg_info", "--egg-base", folder, "build_py", "--build-lib", folder / "wheel"],
        cwd=ROOT, capture_output=True, text=True,
        env={k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    sources = (folder / "sf_mlx.egg-info" / "SOURCES.txt").read_text().splitlines()
    return done, {name for name in sources if "egg-info" not in name}, folder / "wheel"


def test_the_build_is_quiet(built):
    """It printed 51 lines about a folder of data that is no package."""
    done, _, _ = built
    assert done.stdout + done.stderr == ""


def test_the_source_distribution_holds_the_checkout(built):
    """Its tests need nearly all of it: data, demo, benchmarks, pages, Makefile."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    there = {name for name in listed if (ROOT / name).exists()}
    assert built[1] == there


def test_the_wheel_holds_the_package_and_the_model_in_the_box(built):
    folder = built[2]
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    expected = {
        str(Path(name, *path.relative_to(ROOT / source).parts))
        for name, source in {"sf_mlx": "sf_mlx", "sf_mlx_cli": "cli"}.items()
        for path in (ROOT / source).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert found == expected
    assert "sf_mlx/demo/model/tokenizer.json" in found and "sf_mlx/py.typed" in found


@pytest.mark.parametrize("name", ["mlx", "mlx-lm", "transformers", "typer", "av"])
def test_what_breaks_often_has_a_tested_upper_bound(name):
    of_it = [
        line for line in PROJECT["project"]["dependencies"]
        if line.split(">")[0].split("[")[0] == name
    ]  # fmt: skip
    assert of_it and all("<" in line for line in of_it)


def test_the_pythons_of_the_workflow_are_those_of_the_classifiers():
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text()
    tested = workflow.split('python: ["')[1].split('"]')[0].split('", "')
    begin = "Programming Language :: Python :: 3."
    named = [line for line in PROJECT["project"]["classifiers"] if line.startswith(begin)]
    assert named == [f"Programming Language :: Python :: {version}" for version in tested]
    assert PROJECT["project"]["requires-python"] == f">={tested[0]}"
