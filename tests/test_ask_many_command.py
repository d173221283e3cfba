"""`sf-mlx ask` about many videos: lines, files that are gone on with, exit codes, crashes."""

import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sf_mlx import errors
from sf_mlx_cli.progress import BatchBar
from tests.conftest import DATA, GOLDEN

ODD = DATA / "video" / "odd"
FRAMES = GOLDEN / "forward" / "frames"
VICUNA = GOLDEN / "models" / "vicuna-hf"
QUICK = ("-m", VICUNA, "--spec", "slowfast-slow_1frms_concat-fast_1x1", "--frames", 2,
         "--max-tokens", 3)  # fmt: skip
BOTH = ("-q", "Why?", "-q", "Who?")
CLIPS = ("gray.mp4", "tiny_16x16.mp4", "one_frame.mp4")


@pytest.fixture
def clips(tmp_path) -> Path:
    folder = tmp_path / "clips"
    folder.mkdir()
    for name in CLIPS:
        shutil.copy(ODD / name, folder)
    return folder


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_text_on_standard_output(sf, clips):
    """Path, question, answer; the answers are those of single commands."""
    ran = sf("ask", clips / CLIPS[0], clips / CLIPS[1], *BOTH, *QUICK, "--quiet")
    alone = {
        (clip, question): sf("ask", clips / clip, question, *QUICK).out
        for clip in CLIPS[:2]
        for question in ("Why?", "Who?")
    }
    assert ran.code == 0 and ran.err == ""
    assert ran.out == "\n".join(
        f"{clips / clip}\n"
        + "".join(f"> {question}\n{alone[clip, question]}" for question in ("Why?", "Who?"))
        for clip in CLIPS[:2]
    )


def test_objects_on_standard_output(sf, clips, tmp_path):
    (clips / "broken.mp4").write_text("no video at all")
    ran = sf("ask", clips, *BOTH, *QUICK, "--json", "--quiet")
    found = [json.loads(line) for line in ran.out.splitlines()]
    assert len(found) == 8 and ran.code == errors.IncompleteError.exit_code
    assert {line["video"] for line in found if line.get("error")} == {str(clips / "broken.mp4")}
    assert ran.err.count("\n") == 1 and "2 of 8" in ran.err
    single = json.loads(sf("ask", clips / CLIPS[0], "Why?", *QUICK, "--json").out)
    assert {"content", "settings"} == found[2].keys() - single.keys() - {"error"}


@pytest.mark.parametrize("form", ["--jsonl", "--csv"])
def test_a_second_run_goes_on(sf, clips, tmp_path, form):
    """What is done is not asked, a new clip and what failed are; nothing on standard output."""
    out = tmp_path / "out"
    (clips / "late.mp4").write_bytes(b"still being copied")
    first = sf("ask", clips, *BOTH, *QUICK, form, out)
    assert first.out == "" and first.code == errors.IncompleteError.exit_code
    assert "6 answered, 2 failed" in first.err and first.err.count("late.mp4") == 1
    before = out.read_text()
    shutil.copy(ODD / "av1.mp4", clips / "late.mp4")
    second = sf("ask", clips, *BOTH, *QUICK, form, out)
    assert second.code == 0 and "2 answered, 6 known before" in second.err
    after = out.read_text()
    assert sf("ask", clips, *BOTH, *QUICK, form, out).code == 0
    assert out.read_text() == after
    kept = [line for line in before.splitlines() if "late.mp4" not in line]
    assert after.splitlines()[: len(kept)] == kept
    with open(out, newline="") as file:
        found = lines(out) if form == "--jsonl" else list(csv.DictReader(file))
    assert len(found) == 8 and all(line["answer"] for line in found)
    assert sf("ask", clips, *BOTH, *QUICK, form, out, "--kv-bits", 5).code == 2
    assert out.read_text() == after


def test_one_video_and_one_question_with_a_file(sf, clips, tmp_path):
    out = tmp_path / "out.jsonl"
    ran = sf("ask", clips / CLIPS[0], "Why?", *QUICK, "--jsonl", out)
    assert ran.code == 0 and ran.out == "" and len(lines(out)) == 1


def test_a_missing_file_has_its_line(sf, clips):
    """Two words are a video and a question only where the second is no file's name."""
    ran = sf("ask", clips / CLIPS[0], clips / "gone.mp4", "-q", "Why?", *QUICK)
    assert ran.code == errors.IncompleteError.exit_code and ran.out.count("> Why?") == 2
    assert "gone.mp4: no such file" in ran.out


def test_a_folder_of_pictures_is_one_video_as_ever(sf, tmp_path):
    alone = sf("ask", FRAMES, "Why?", *QUICK)
    assert sf("ask", FRAMES, "-q", "Why?", *QUICK) == alone
    assert f"{FRAMES}\n" not in alone.out
    ran = sf("ask", FRAMES, *BOTH, *QUICK)
    assert ran.out.startswith(f"{FRAMES}\n> Why?\n{alone.out}> Who?\n")


def test_a_folder_of_videos_takes_its_question_as_an_argument_too(sf, clips):
    ran = sf("ask", clips, "Why?", *QUICK)
    assert ran.out.count("> Why?\n") == len(CLIPS)


def test_folders_below(sf, clips, tmp_path):
    (clips / "more").mkdir()
    shutil.copy(ODD / "av1.mp4", clips / "more")
    ran = sf("ask", clips, "-q", "Why?", *QUICK, "--recursive")
    assert f"{clips / 'more' / 'av1.mp4'}\n" in ran.out and ran.out.count("> Why?") == 4


def test_questions_from_a_file(sf, clips, tmp_path):
    file = tmp_path / "questions.txt"
    file.write_bytes("\ufeffWhy?\r\n\n  Who?  \nWhy?\nWo ist es\u2028hin?\n".encode())
    ran = sf("ask", clips / CLIPS[0], "--questions", file, "-q", "First?", *QUICK, "--json")
    asked = [json.loads(line)["question"] for line in ran.out.rstrip("\n").split("\n")]
    assert asked == ["First?", "Why?", "Who?", "Wo ist es\u2028hin?"]


@pytest.mark.parametrize(
    "data", [None, b"", b"\n \n", b"\xff\xfe", b"x" * 2_000_000], ids=["none", *"abcd"]
)
def test_questions_that_cannot_be_read(sf, clips, tmp_path, data):
    file = tmp_path / "questions.txt"
    if data is not None:
        file.write_bytes(data)
    ran = sf("ask", clips / CLIPS[0], "--questions", file, *QUICK)
    assert ran.code == errors.UsageError.exit_code
    assert "questions.txt" in ran.err and ran.err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("a.mp4", "-", "-q", "Why?"),
        ("-", "-q", "Why?", "-q", "Who?"),
        ("a.mp4", "-q", "-", "-q", "-"),
        ("a.mp4", "-q", "Why?", "--jsonl", "a", "--csv", "b"),
        ("a.mp4", "-q", "Why?", "--jsonl", "a", "--json"),
        ("a.mp4", "b.mp4", "Why?"),
        ("a.mp4", "-q", "Why?", "-q", "  "),
    ],
    ids=" ".join,
)
def test_wrong_usage(sf, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = sf("ask", *words, *QUICK)
    assert ran.code == 2 and "Traceback" not in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_missing_model_leaves_no_file(sf, clips, tmp_path):
    ran = sf("ask", clips, "-q", "Why?", "-m", "./nowhere", "--jsonl", tmp_path / "out.jsonl")
    assert ran.code == errors.ModelNotFoundError.exit_code
    assert not (tmp_path / "out.jsonl").exists()


def test_an_output_that_is_a_video_is_not_overwritten(sf, clips):
    before = (clips / CLIPS[0]).read_bytes()
    ran = sf("ask", clips, "-q", "Why?", *QUICK, "--jsonl", clips / CLIPS[0])
    assert ran.code == errors.OutputError.exit_code and "name another" in ran.err
    assert (clips / CLIPS[0]).read_bytes() == before


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no such file names")
def test_file_names_that_are_no_text(sf, clips, tmp_path):
    for number in (b"\xfe", b"\xff"):
        shutil.copy(ODD / "av1.mp4", os.fsencode(clips) + b"/" + number + b".mp4")
    for path in clips.iterdir():
        if path.name in CLIPS:
            path.unlink()
    for form in ("--jsonl", "--csv"):
        for _ in range(2):
            ran = sf("ask", clips, "-q", "Why?", *QUICK, form, tmp_path / form)
            assert ran.code == 0, ran.err
        text = (tmp_path / form).read_text(encoding="utf-8")
        escaped = [name.replace("\\", "\\\\") if form == "--jsonl" else name
                   for name in (r"\xfe.mp4", r"\xff.mp4")]  # fmt: skip
        assert all(text.count(name) >= 1 for name in escaped)
    assert len(lines(tmp_path / "--jsonl")) == 2
    assert sf("ask", clips, "-q", "Why?", *QUICK).out.count("> Why?") == 2


def test_warnings_are_said_once(sf, clips):
    ran = sf("ask", clips / CLIPS[0], *BOTH, *QUICK[:4], "--frames", 9999, "--max-tokens", 1)
    assert ran.code == 0 and ran.err.count("warning") == 1


def test_a_full_disk(clips, tmp_path):
    """Standard output's here; a file's is in test_answer_file.py."""
    command = [sys.executable, "-m", "sf_mlx_cli", "ask", str(clips), *BOTH, *map(str, QUICK)]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == errors.OutputError.exit_code
    assert done.stderr.count("\n") == 1 and "cannot be written" in done.stderr


# --- crashes -----------------------------------------------------------------------------------

# The command itself, killed at the n-th line: before it, in the middle of it, or after it
DYING = """
import os, signal, sys
from sf_mlx_cli.main import main
from sf_mlx import line_file
moment, number = sys.argv.pop(1), int(sys.argv.pop(1))
write, seen = os.write, []
def dying(fd, data):
    seen.extend([1] * data.startswith(b"{"))
    if len(seen) == number:
        if moment != "before":
            write(fd, data if moment == "after" else data[: len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    return write(fd, data)
line_file.os.write = dying
main()
"""


def test_killed_and_run_again(sf, clips, tmp_path):
    """`kill -9` before, in and after lines; no line is lost, doubled or asked twice."""
    out, whole = tmp_path / "out.jsonl", tmp_path / "whole.jsonl"
    shutil.copy(clips / CLIPS[0], clips / "same.mp4")
    (clips / "torn.mp4").write_text("no video at all")
    command = ["ask", str(clips), *BOTH, *map(str, QUICK)]
    assert sf(*command, "--jsonl", whole).code == 64
    for moment, number in (("middle", 3), ("before", 1), ("after", 2)):
        done = subprocess.run(
            [sys.executable, "-c", DYING, moment, str(number), *command, "--jsonl", str(out)],
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == -signal.SIGKILL, done.stderr
    ran = sf(*command, "--jsonl", out)
    assert ran.code == 64 and "2 answered, 6 known before, 2 failed" in ran.err

    def told(path):
        return sorted((line["video"], line["question"], line.get("answer")) for line in lines(path))

    assert told(out) == told(whole) and len(told(out)) == 10


def test_a_file_that_another_run_is_writing_is_refused(sf, clips, tmp_path):
    out = tmp_path / "out.jsonl"
    script = (
        "import sys; from sf_mlx.line_file import LineFile\n"
        "file = LineFile(sys.argv[1], 'x'); print('locked', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, out], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"locked\n"
        ran = sf("ask", clips, "-q", "Why?", *QUICK, "--jsonl", out)
        other.stdin.close()
    assert ran.code == errors.OutputError.exit_code and "another sf-mlx" in ran.err


def test_ctrl_c_ends_a_batch_as_a_signal(clips, tmp_path):
    script = (
        "from sf_mlx_cli import ask_many, main\n"
        "real = ask_many.Printer.show\n"
        "def show(self, result): real(self, result); print('line', flush=True)\n"
        "ask_many.Printer.show = show; main.main()"
    )
    out = tmp_path / "out.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-c", script, "ask", str(clips), *BOTH, *map(str, QUICK), "--jsonl",
         str(out)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "line\n"
    process.send_signal(signal.SIGINT)
    err = process.communicate(timeout=60)[1]
    assert process.returncode == -signal.SIGINT and err == ""
    assert len(lines(out)) >= 1


# --- the time that is left ---------------------------------------------------------------------


def test_time_left_counts_only_what_was_asked():
    """Lines that were known before come at once and say nothing about the others."""
    now = [0.0]
    bar = BatchBar(False, 100, clock=lambda: now[0])
    now[0] = 50  # loading the model
    bar.begin()
    assert bar.left() == ""
    for _ in range(40):
        bar.advance(asked=False)
    assert bar.left() == ""
    for _ in range(20):
        now[0] += 30
        bar.advance(asked=True)
    assert bar.left() == "20 min left"
    for _ in range(39):
        now[0] += 30
        bar.advance(asked=True)
    assert bar.left() == "30 s left"
    bar.advance(asked=True)
    assert bar.left() == ""


def test_a_terminal_shows_the_clip_the_count_and_the_time_left(monkeypatch):
    """A file's name is text and no markup; what is printed stands between two states of the bar."""

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    now = [0.0]
    with BatchBar(True, 3, clock=lambda: now[0]) as bar:
        bar.begin()
        bar.at("[red]clip.mp4")
        now[0] = 20
        bar.advance(asked=True)
        with bar.hidden():
            terminal.write("a line\n")
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    before, after = shown.split("a line\n")
    assert "[red]clip.mp4" in before and "1/3 40 s left" in before
    assert "1/3 40 s left" in after
