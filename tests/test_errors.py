"""What an error says fits a terminal, whatever it speaks of."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sf_mlx import errors
from sf_mlx.errors import MESSAGE, SfMlxError, printable

ALL = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, SfMlxError)]


@given(st.text(), st.integers(8, 500))
def test_foreign_text_becomes_one_short_printable_line(text, length):
    shown = printable(text, length)
    assert shown.isprintable() and len(shown) <= length
    assert printable(shown, length) == shown


def test_text_that_prints_is_left_alone():
    assert printable("größe 漢字 clip.mov") == "größe 漢字 clip.mov"
    assert printable("3.45 PM.mov") == "3.45 PM.mov"  # a narrow no-break space, macOS's own
    assert printable("a\x1b[2Jb\ud800") == "a?[2Jb?"


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_no_error_reaches_the_terminal_raw_or_long(kind):
    message = str(kind("tensor \x1b[2J\r\n" + "x" * 1_000_000 + " is missing; download it again"))
    assert message.isprintable() and len(message) <= MESSAGE
    assert message.startswith("tensor ?[2J x") and message.endswith("; download it again")


def test_errors_travel_between_processes():
    error = pickle.loads(pickle.dumps(errors.CheckpointError("a\nb")))
    assert str(error) == "a b" and error.exit_code == 32
