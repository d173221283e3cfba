"""`sf-mlx chat` as a user meets it: the line that is typed, its history, and pipes."""

import fcntl
import json
import os
import pty
import select
import stat
import struct
import subprocess
import sys
import termios
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.cells import cell_len

import sf_mlx
from sf_mlx import errors
from sf_mlx_cli.chat_history import history_file, open_history
from sf_mlx_cli.prompt import Prompt, Words
from sf_mlx_cli.screen import Pipe, Terminal, Wrap
from sf_mlx_cli.talk import COMMANDS
from tests.conftest import GOLDEN

FRAMES = GOLDEN / "forward" / "frames"
VICUNA = GOLDEN / "models" / "vicuna-hf"
CHAT = ("chat", FRAMES, "-m", VICUNA, "--spec", "slowfast-slow_1frms_concat-fast_1x1",
        "--frames", 2, "--max-tokens", 4)  # fmt: skip


# --- the line ----------------------------------------------------------------------------------


@pytest.fixture
def keyboard():
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        yield pipe


def prompt(keyboard, failure=lambda: None, history=None):
    return Prompt(
        history or InMemoryHistory(), lambda: "status", failure, input=keyboard,
        output=DummyOutput(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("Who is it?\r", "Who is it?"),
        ("one\x1b\rtwo\r", "one\ntwo"),  # Esc-Enter
        ("one\\\rtwo\r", "one\ntwo"),  # backslash
        ("a\\b\r", "a\\b"),
        ("oops\x03right\r", "right"),  # Ctrl-C throws away what is typed
        ("\x1b[200~one\ntwo\x1b[201~\r", "one\ntwo"),  # pasted
        ("\r", ""),
    ],
)
def test_what_is_typed(keyboard, keys, line):
    keyboard.send_text(keys)
    assert prompt(keyboard).read() == line


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ([("/pr\t", "/preset ", False), ("fa\t", "/preset fast", False)], "/preset fast"),
        ([("/st\t", "/stats", False)], "/stats"),
        # Tab goes on in the menu, Enter takes what it offers, and the next Enter submits
        (
            [
                ("/preset \t", "/preset ", True),
                ("\t", "/preset default", True),
                ("\t", "/preset fast", True),
                ("\r", "/preset fast", False),
            ],
            "/preset fast",
        ),
    ],
)
def test_tab_completes(keyboard, keys, line):
    """Completion takes a moment; a key is pressed when the one before has done its work."""
    reading = prompt(keyboard)
    steps = [*keys, ("\r", line, False)]
    keyboard.send_text(steps[0][0])

    def look(_):
        buffer = reading._session.default_buffer
        if (buffer.text, buffer.complete_state is not None) == steps[0][1:] and steps[1:]:
            steps.pop(0)
            keyboard.send_text(steps[0][0])

    app = reading._session.app
    app.after_render += look
    hangs = AssertionError("a key did not do its work")
    watch = threading.Timer(30, lambda: app.loop.call_soon_threadsafe(app.exit, None, hangs))
    watch.start()
    try:
        assert reading.read() == line
    finally:
        watch.cancel()


def test_keys_that_leave(keyboard):
    keyboard.send_text("\x03")
    with pytest.raises(KeyboardInterrupt):
        prompt(keyboard).read()
    keyboard.send_text("\x04")
    with pytest.raises(EOFError):
        prompt(keyboard).read()


def test_earlier_lines_come_back(keyboard):
    line = prompt(keyboard)
    keyboard.send_text("one?\r")
    line.read()
    keyboard.send_text("\x1b[A\r")
    assert line.read() == "one?"


def test_a_failure_ends_the_reading_from_another_thread(keyboard):
    """Also one that came before the reading began."""
    failed = []
    line = prompt(keyboard, lambda: failed[0] if failed else None)

    def fail():
        failed.append(errors.ModelNotFoundError("no model"))
        line.interrupt()

    line._session.app.before_render += lambda _: threading.Thread(target=fail).start()
    with pytest.raises(errors.ModelNotFoundError):
        line.read()
    line = prompt(keyboard, lambda: failed[0])
    with pytest.raises(errors.ModelNotFoundError):
        line.read()


def completions(text):
    event = CompleteEvent(completion_requested=True)
    return [each.text for each in Words().get_completions(Document(text), event)]


def test_completion_of_commands_presets_and_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my film.mp4").touch()
    assert [text.strip() for text in completions("/")] == list(COMMANDS)
    assert completions("/vi") == ["/video "]
    assert completions("/preset d") == ["default", "detail"]
    assert completions("/video my") == [" film.mp4"]
    assert completions("/reset x") == completions("what about /v") == []
    assert completions("/video my\nx") == []


# --- history -----------------------------------------------------------------------------------


def test_history_is_kept_for_this_user_only(tmp_path, keyboard):
    path = tmp_path / "state" / "chat-history"
    line = prompt(keyboard, history=open_history(path))
    keyboard.send_text("Wie heißt\x1b\rer?\r")
    line.read()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    keyboard.send_text("\x1b[A\r")
    assert prompt(keyboard, history=open_history(path)).read() == "Wie heißt\ner?"


def test_a_history_that_grew_loses_its_older_half(tmp_path):
    path = tmp_path / "chat-history"
    entry = b"\n# 2026-01-01 00:00:00.000000\n+" + b"x" * 999 + b"\n"
    path.write_bytes(entry * 1100)
    path.chmod(0o644)
    history = open_history(path)
    history.append_string("the newest")
    kept = list(history.load_history_strings())
    assert kept[0] == "the newest" and 400 < len(kept) < 600 and set(kept[1:]) == {"x" * 999}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", ["folder", "link", "pipe", "no folder", "noise"])
def test_a_history_that_is_none(tmp_path, kind):
    """It never keeps anybody from talking."""
    path = tmp_path / "chat-history"
    other = tmp_path / "other"
    other.write_text("mine")
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(other)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "no folder":
        path = other / "chat-history"
    else:
        path.write_bytes(os.urandom(5000))
    history = open_history(path)
    history.append_string("one?")
    assert "one?" in history.get_strings()
    assert other.read_text() == "mine"


def test_a_full_disk_ends_no_conversation(tmp_path, monkeypatch):
    history = open_history(tmp_path / "chat-history")
    (tmp_path / "chat-history").unlink()
    tmp_path.joinpath("chat-history").mkdir()
    history.append_string("one?")
    assert history.get_strings() == ["one?"]
    assert list(history.load_history_strings()) == []


def test_the_history_lies_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("SF_MLX_STATE", str(tmp_path))
    assert history_file() == tmp_path / "chat-history"
    monkeypatch.delenv("SF_MLX_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert history_file().parts[-2:] == ("sf-mlx", "chat-history")


# --- screens -----------------------------------------------------------------------------------


def test_quiet_says_no_warnings_but_answers_commands(capsys):
    for screen in (Pipe(quiet=True), Terminal(quiet=True)):
        screen.warn("careful")
        screen.aside("(1 s)")
        screen.note("help")
    assert capsys.readouterr().err == "help\nhelp\n"


def test_answers_go_to_stdout_and_the_rest_does_not(capsys):
    screen = Terminal()
    screen.say("yes")
    screen.aside("(1 s)")
    screen.warn("careful")
    printed = capsys.readouterr()
    assert printed.out == "yes" and printed.err == "(1 s)\nsf-mlx: warning: careful\n"


TEXTS = st.text(st.sampled_from("ab\u4e2d \n\t") | st.characters(codec="utf-8"), max_size=120)


@given(TEXTS, st.lists(st.integers(0, 120), max_size=5), st.integers(4, 40))
def test_words_are_not_broken_and_nothing_is_lost(text, cuts, width):
    """However the text comes in pieces."""
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    wrap = Wrap(width)
    shown = "".join(wrap.push(text[a:b]) for a, b in pairwise(edges)) + wrap.push("\n")
    assert "".join(shown.split()) == "".join(text.split())
    assert shown == Wrap(width).push(f"{text}\n")
    for line in shown.split("\n"):
        # A single word may be as wide as it is
        assert cell_len(line) <= width or len(line.split()) <= 1 or line[0].isspace()


def test_a_line_is_broken_where_the_terminal_ends():
    assert Wrap(9).push("one two three four\n") == "one two\nthree\nfour\n"
    assert Wrap(9).push("one") == "" and Wrap(3).push("\u4e2d" * 24) == "\u4e2d" * 24


class Pty:
    """A terminal with a chat in it."""

    def __init__(self, tmp_path, *arguments):
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.theirs, self.seen = theirs, b""
        environment = {**os.environ, "TERM": "xterm-256color", "SF_MLX_STATE": str(tmp_path),
                       "PROMPT_TOOLKIT_NO_CPR": "1"}  # fmt: skip
        environment.pop("NO_COLOR", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sf_mlx_cli", *map(str, arguments)], stdin=theirs,
            stdout=theirs, stderr=theirs, env=environment, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip

    def type(self, keys):
        os.write(self.ours, keys)

    def wait(self, shown, seconds=60):
        """Read until it is there, and forget it and what came before."""
        deadline = time.monotonic() + seconds
        while shown not in self.seen:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self.ours], [], [], left)[0], self.seen
            self.seen += os.read(self.ours, 65536)
        self.seen = self.seen.partition(shown)[2]


def test_a_conversation_on_a_real_terminal(tmp_path):
    terminal = Pty(tmp_path, *CHAT[:-1], 2000)
    before = termios.tcgetattr(terminal.theirs)
    terminal.wait(b"/help")
    terminal.type(b"Tell me a long story\r")
    terminal.wait(b"story")
    # Once it has begun to answer: it has 2,000 tokens to go
    terminal.wait(b"\r\n")
    terminal.wait(b" ")
    terminal.type(b"\x03")
    terminal.wait(b"Ctrl-C again")
    terminal.type(b"/range 2-4\r")
    terminal.wait(b"tokens")
    terminal.type(b"/save a.pdf\r")
    terminal.wait(b"sf-mlx: ")
    terminal.wait(b"\x1b[?2004h")  # the prompt takes keys
    terminal.type(b"\x04")
    assert terminal.process.wait(60) == 0
    assert termios.tcgetattr(terminal.theirs) == before
    assert b"Tell me a long story" in (tmp_path / "chat-history").read_bytes()


def test_ctrl_c_twice_leaves_a_real_terminal_while_the_model_loads(tmp_path):
    terminal = Pty(tmp_path, *CHAT)
    terminal.wait(b"\x1b[?2004h")  # the prompt takes keys
    terminal.type(b"\x03")
    terminal.wait(b"Ctrl-C again")
    terminal.type(b"\x03")
    assert terminal.process.wait(60) == 0


# --- pipes -------------------------------------------------------------------------------------


def test_one_question_a_line(sf):
    ran = sf(*CHAT, stdin=b"Why?\n\nAnd then?\n")
    assert ran.code == 0 and ran.err == ""
    chat = sf_mlx.load(VICUNA).open(FRAMES, spec=CHAT[5], frames=2).chat()
    answers = [chat.ask(q, sampling=sf_mlx.Sampling(4)).text for q in ("Why?", "And then?")]
    assert ran.out == "".join(f"{answer}\n" for answer in answers)


def test_commands_and_failures_in_a_pipe(sf, tmp_path, monkeypatch):
    """Everything is tried; the exit code is that of the first failure."""
    monkeypatch.chdir(tmp_path)
    typed = (
        "/range 90-95\nWhy?\n/nope\n/range 2-5\nAnd now?\n/save a.json\n/frames\n/stats\n/quit\nx"
    )
    ran = sf(*CHAT, stdin=typed.encode())
    assert ran.code == errors.VideoRangeError.exit_code
    assert ran.out.count("\n") == 2
    assert "no command /nope" in ran.err and "first token" in ran.err
    turns = json.loads((tmp_path / "a.json").read_text())["turns"]
    assert [turn["question"] for turn in turns] == ["Why?", "And now?"]
    assert all(2 <= time < 5 for time in turns[1]["record"]["frame_times"])
    assert (tmp_path / "frames-frames.jpg").exists() and "frames-frames.jpg" in ran.err


def test_lines_that_are_no_text(sf):
    ran = sf(*CHAT, stdin=b"a\xff\n" + b"x" * 3_000_000 + b"\nWhy?")
    assert ran.code == errors.UsageError.exit_code
    assert ran.err.count("\n") == 2 and "UTF-8" in ran.err and "1 MB" in ran.err
    assert ran.out.count("\n") == 1


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (errors.VideoNotFoundError, ("nowhere.mp4", "-m", "demo")),
        (errors.NotAVideoError, (VICUNA / "config.json", "-m", "demo")),
        (errors.ModelNotFoundError, (FRAMES,)),
        (errors.ModelNotFoundError, (FRAMES, "-m", "./nowhere")),
        (errors.VideoRangeError, (FRAMES, "-m", "demo", "--start", "5:00")),
        (errors.UsageError, ("-", "-m", "demo")),
        (errors.UsageError, (FRAMES, "-m", "demo", "--preset", "nope")),
    ],
)
def test_what_makes_every_question_fail_is_told_once(sf, kind, arguments):
    ran = sf("chat", *arguments, stdin=b"Why?\nAnd then?\n")
    assert (ran.code, ran.out) == (kind.exit_code, "")
    assert ran.err.startswith("sf-mlx: ") and ran.err.count("\n") == 1


def test_no_standard_input(sf):
    assert sf(*CHAT, stdin=None).code == errors.UsageError.exit_code


def test_no_question_ends_at_once_while_the_model_loads():
    """And without a crash: its threads are inside of libraries."""
    done = subprocess.run(
        [sys.executable, "-m", "sf_mlx_cli", *map(str, CHAT)], stdin=subprocess.DEVNULL,
        capture_output=True, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_prompt_toolkit_is_loaded_by_a_chat_on_a_terminal_only():
    script = (
        "import sys, sf_mlx_cli.main, sf_mlx_cli.talk, sf_mlx_cli.screen\n"
        "assert 'prompt_toolkit' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=Path.home()).returncode == 0
