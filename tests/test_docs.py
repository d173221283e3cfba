"""Generated pages are up to date, and what they say is said by the code."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs import generate
from sf_mlx import errors

ROOT = Path(__file__).parent.parent


def test_generated_pages_are_up_to_date(monkeypatch):
    """`make docs` writes them again."""
    monkeypatch.delenv("SF_MLX_MODEL", raising=False)
    assert generate.stale() == []


def test_a_stale_page_is_found(monkeypatch, tmp_path):
    old = tmp_path / "docs" / "cli.md"
    old.parent.mkdir()
    old.write_text("an older text")
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "CLI", old)
    monkeypatch.setattr(generate, "README", tmp_path / "README.md")
    generate.README.write_text(f"{generate.BEGIN}\nnothing\n{generate.END}\n")
    assert generate.stale() == ["docs/cli.md", "README.md"]


def test_the_page_does_not_depend_on_the_terminal():
    done = [
        subprocess.run(
            [sys.executable, "-m", "docs.generate", "--check"],
            cwd=ROOT,
            env={"COLUMNS": columns, "SF_MLX_MODEL": "mine", "PATH": "/usr/bin:/bin"},
        ).returncode
        for columns in ("50", "200")
    ]
    assert done == [0, 0]


def test_every_error_has_a_row_of_its_own():
    table = generate.exit_codes()
    codes = [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)]
    assert codes == sorted(set(codes))
    for value in vars(errors).values():
        if isinstance(value, type) and issubclass(value, errors.SfMlxError):
            assert value.exit_code in codes


def test_the_readme_must_keep_its_marks():
    with pytest.raises(SystemExit, match="lost a mark"):
        generate.with_exit_codes("no marks here")


# --- README on PyPI ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def description():
    spec = importlib.util.spec_from_file_location("setup_py", ROOT / "setup.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.description


def targets(text):
    """Where its links and pictures lead."""
    return re.findall(r"\]\(([^)\s]+)\)", text)


def test_description_has_no_relative_link(description):
    readme = (ROOT / "README.md").read_text()
    assert any(not target.startswith("http") for target in targets(readme))
    plain = description(readme)
    assert "![" not in plain
    for text in (plain, description(readme, "https://files.example/sf-mlx/")):
        assert targets(text)
        assert all(target.startswith(("https://", "#")) for target in targets(text))


def test_pictures_become_absolute_where_the_address_is_known(description):
    text = "![a picture](docs/a.svg)\n\nSee [more](docs/more.md#part), [MLX](https://x.example)."
    assert description(text, "https://files.example/v1") == (
        "![a picture](https://files.example/v1/docs/a.svg)\n\n"
        "See [more](https://files.example/v1/docs/more.md#part), [MLX](https://x.example)."
    )
    assert description(text) == (
        "See more (`docs/more.md#part` in the source), [MLX](https://x.example)."
    )


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md", *[
    str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md")
]])  # fmt: skip
def test_links_into_the_checkout_lead_somewhere(page):
    path = ROOT / page
    for target in targets(path.read_text()):
        if not target.startswith(("https://", "#")):
            assert (path.parent / target.partition("#")[0]).exists(), target
