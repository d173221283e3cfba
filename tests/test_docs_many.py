"""The commands of docs/many-clips.md and docs/watch.md do what stands beside them."""

import glob
import plistlib
import re
import shlex
import shutil
from pathlib import Path

import pytest

from sf_mlx import watch
from tests.conftest import DATA, GOLDEN

DOCS = Path(__file__).parent.parent / "docs"
ODD = DATA / "video" / "odd"


def commands(page):
    """Every line of its shell blocks, as the words that a shell makes of it."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (DOCS / page).read_text(), re.M | re.S)
    return [line for block in blocks for line in block.splitlines() if line]


@pytest.fixture
def at_work(tmp_path, monkeypatch):
    """A folder in which the pages' names mean something."""
    (tmp_path / "clips").mkdir()
    (tmp_path / "inbox").mkdir()
    for name in ("a.mp4", "b.mov", "clips/one.mp4", "inbox/holiday.mov"):
        shutil.copy(ODD / "one_frame.mp4", tmp_path / name)
    (tmp_path / "questions.txt").write_text("What happens?\nWhere is it?\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(watch.watch.__kwdefaults__, "pace", watch.Pace(settle=0.01))
    return tmp_path


def run(sf, monkeypatch, line, *more):
    program, *words = shlex.split(line)
    assert program == "sf-mlx"
    found = [glob.glob(word) if "*" in word else [word] for word in words]
    monkeypatch.setenv("SF_MLX_MODEL", str(GOLDEN / "models" / "vicuna-hf"))
    return sf(*(word for group in found for word in group), *more)


@pytest.fixture
def sf_with_model(sf, monkeypatch):
    return lambda line, *more: run(sf, monkeypatch, line, *more)


@pytest.mark.parametrize("line", commands("many-clips.md"))
def test_many_clips(sf_with_model, at_work, line):
    ran = sf_with_model(line, "--max-tokens", 2)
    assert ran.code == 0, ran.err
    for out in re.findall(r"--(?:jsonl|csv) (\S+)", line):
        assert (at_work / out).read_bytes().count(b"\n") >= 2 and ran.out == ""
    if "--jsonl" not in line and "--csv" not in line:
        assert "> What happens?\n" in ran.out


@pytest.mark.parametrize("line", commands("watch.md"))
def test_watch(sf_with_model, at_work, line):
    more = () if "--once" in line else ("--once",)
    ran = sf_with_model(line, *more, "--max-tokens", 2)
    assert ran.code == 0, ran.err
    kind = "".join(re.findall(r"--to (\S+)", line)) or "md"
    assert ran.out == f"inbox/holiday.mov -> inbox/holiday.{kind}\n"


def test_the_job_of_launchd_is_one():
    (xml,) = re.findall(r"^```xml\n(.*?)^```", (DOCS / "watch.md").read_text(), re.M | re.S)
    job = plistlib.loads(xml.encode())
    program, command, folder, *options = job["ProgramArguments"]
    assert Path(program).name == "sf-mlx" and command == "watch" and "--once" in options
    assert job["WatchPaths"] == [folder]


def test_the_waits_are_those_of_the_page():
    text = (DOCS / "watch.md").read_text()
    pace = watch.Pace()
    for seconds in (pace.settle, pace.patience, pace.look):
        assert f"{seconds:g} seconds" in text
