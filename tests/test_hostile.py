"""The benchmark of broken input: it counts what breaks a rule, and a few of its runs break none."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.hostile import BYTES, SECONDS, Outcome, Table, faults
from benchmarks.hostile_checkpoints import cases
from benchmarks.hostile_commands import COMMANDS, ENVIRONMENTS

ROOT = Path(__file__).parent.parent
GOOD = "sf-mlx: config.json has no vision part\n"


@pytest.mark.parametrize(
    ("outcome", "fault"),
    [
        (Outcome(-11, "", "", 1.0, 1), "SIGSEGV"),
        (Outcome(1, "", GOOD, 1.0, 1), "exit code 1"),
        (Outcome(99, "", GOOD, 1.0, 1), "exit code 99"),
        (Outcome(32, "", GOOD, SECONDS, 1), "no end"),
        (Outcome(32, "", GOOD, 1.0, BYTES + 1), "GB"),
        (Outcome(32, "", "Traceback (most recent call last)", 1.0, 1), "Traceback"),
        (Outcome(34, "", "thread '<unnamed>' panicked at x", 1.0, 1), "panicked"),
        (Outcome(32, "", "", 1.0, 1), "no message"),
        (Outcome(32, "", GOOD * 3, 1.0, 1), "3 lines"),
        (Outcome(32, "", "x" * 600, 1.0, 1), "a long line"),
        (Outcome(32, "", "\x1b[2J", 1.0, 1), "raw characters"),
    ],
)
def test_what_breaks_a_rule_is_found(outcome, fault):
    assert any(fault in found for found in faults(outcome))


def test_what_breaks_none_is_not():
    usage = "Usage: sf-mlx ask [OPTIONS]\nTry 'sf-mlx ask --help' for help.\n\nError: No such\n"
    for outcome in (Outcome(0, "a", "", 1.0, 1), Outcome(32, "", GOOD, 1.0, 1),
                    Outcome(2, "", usage, 1.0, 1)):  # fmt: skip
        assert faults(outcome) == []


def test_a_reader_that_breaks_a_rule_is_found(capsys):
    table = Table()
    table.add_endings("videos", Counter({"read": 3, "HANG": 2}))
    table.show()
    assert "5 runs, 2 broke a rule" in capsys.readouterr().out


def test_there_are_as_many_as_it_says():
    assert len(cases()) >= 400 and len(COMMANDS) + len(ENVIRONMENTS) >= 200


def test_a_few_of_its_runs():
    """In processes of their own, as a user would meet them."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.hostile", "--every", "211", "--videos", "20",
         "--pictures", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    assert ", 0 broke a rule" in done.stdout
    assert re.search(r"^videos +20 ", done.stdout, re.M)
    assert re.search(r"^pictures +10 ", done.stdout, re.M)
