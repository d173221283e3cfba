"""`sf-mlx watch` with a model: texts, signals, crashes, exit codes."""

import os
import shutil
import signal
import subprocess
import sys

import pytest

from sf_mlx import errors, many, watch
from sf_mlx.settings import QUESTIONS
from tests.conftest import DATA, GOLDEN

ODD = DATA / "video" / "odd"
VICUNA = GOLDEN / "models" / "vicuna-hf"
QUICK = ("-m", VICUNA, "--spec", "slowfast-slow_1frms_concat-fast_1x1", "--frames", 2,
         "--max-tokens", 3)  # fmt: skip
BOTH = ("-q", "Why?", "-q", "Who?")

# The command itself, in less of a hurry than people are
SOON = """
import os, signal, sys
from sf_mlx import watch
watch.watch.__kwdefaults__["pace"] = watch.Pace(settle=0.2, look=0.5)
from sf_mlx_cli.main import main
"""


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setitem(watch.watch.__kwdefaults__, "pace", watch.Pace(settle=0.05))


def start(script, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", SOON + script, "watch", *map(str, (*arguments, *QUICK))],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_once(sf, tmp_path):
    shutil.copy(ODD / "gray.mp4", tmp_path)
    (tmp_path / "broken.mp4").write_text("no video at all")
    ran = sf("watch", tmp_path, "--once", *BOTH, *QUICK)
    assert ran.code == errors.IncompleteError.exit_code
    assert ran.out == f"{tmp_path}/gray.mp4 -> {tmp_path}/gray.md\n"
    assert ran.err.splitlines()[0].endswith("broken.mp4: a text file, not a video.")
    alone = sf("ask", tmp_path / "gray.mp4", "Who?", *QUICK).out.strip()
    assert f"**Who?**\n\n{alone}\n" in (tmp_path / "gray.md").read_text()
    # Nothing new: not even the model is loaded
    assert sf("watch", tmp_path, "--once", "-m", "./nowhere") == type(ran)(0, "", "")


def test_settings_hold_here_too(sf, tmp_path, monkeypatch):
    shutil.copy(ODD / "gray.mp4", tmp_path)
    asked = []
    real = many.ask_many

    def ask_many(*arguments, **options):
        asked.append(options["kv_bits"])
        return real(*arguments, **options)

    monkeypatch.setattr(many, "ask_many", ask_many)
    monkeypatch.setenv("SF_MLX_LANGUAGE", "de")
    monkeypatch.setenv("SF_MLX_KV_BITS", "5")
    assert sf("watch", tmp_path, "--once", *QUICK).code == errors.UsageError.exit_code
    monkeypatch.setenv("SF_MLX_KV_BITS", "8")
    # The option's 0 goes before what is set
    assert sf("watch", tmp_path, "--once", *QUICK, "--kv-bits", 0).code == 0
    assert f"**{QUESTIONS['de']}**" in (tmp_path / "gray.md").read_text()
    shutil.copy(ODD / "yuv444p.mp4", tmp_path)
    sf("watch", tmp_path, "--once", *QUICK)
    assert set(asked[:2]) == {None} and asked[-1] == 8


def test_a_movie_that_comes_and_ctrl_c(sf, tmp_path):
    process = start("main()", tmp_path, *BOTH, "--to", "txt")
    assert "watching" in process.stderr.readline()
    part = tmp_path / ".copy"
    shutil.copy(ODD / "gray.mp4", part)
    os.rename(part, tmp_path / "gray.mp4")
    assert process.stdout.readline() == f"{tmp_path}/gray.mp4 -> {tmp_path}/gray.txt\n"
    refused = sf("watch", tmp_path, "--once", *QUICK)
    assert refused.code == errors.OutputError.exit_code and "another sf-mlx watch" in refused.err
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT and err == ""
    assert sf("watch", tmp_path, "--once", *QUICK).out == ""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_and_started_again(sf, tmp_path, moment):
    """Around the moment at which a text gets its name."""
    for number, name in enumerate(("gray.mp4", "tiny_16x16.mp4")):
        shutil.copy(ODD / name, tmp_path / f"{number}.mp4")
    script = (
        "replace = os.replace\n"
        "def dying(source, target):\n"
        "    if not str(target).endswith('.md'): return replace(source, target)\n"
        f"    if {moment == 'after'}: replace(source, target)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "os.replace = dying\n"
        "main()"
    )
    process = start(script, tmp_path, "--once", *BOTH)
    process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL
    ran = sf("watch", tmp_path, "--once", *BOTH, *QUICK)
    assert ran.code == 0 and ran.out.count("\n") == (1 if moment == "after" else 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".sf-mlx-watch.jsonl", "0.md", "0.mp4", "1.md", "1.mp4",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        (("--kv-bits", 5), errors.UsageError),
        (("-q", " "), errors.UsageError),
        (("--template", "nope"), errors.UsageError),
        (("--spec", "nope"), errors.UsageError),
        (("--questions", "nowhere.txt"), errors.UsageError),
        (("-m", "./nowhere"), errors.ModelNotFoundError),
    ],
    ids=str,
)
def test_what_no_movie_could_mend_is_said_at_once(sf, tmp_path, wrong, kind):
    ran = sf("watch", tmp_path, *QUICK, *wrong)
    assert ran.code == kind.exit_code and ran.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder(sf, tmp_path):
    ran = sf("watch", tmp_path / "nowhere", *QUICK)
    assert ran.code == errors.VideoNotFoundError.exit_code and "nowhere" in ran.err
    assert sf("watch", tmp_path, "--to", "pdf", *QUICK).code == 2
