"""The commands in pages where a model answers: its words may differ on another backend."""

import shlex

import pytest

from tests.test_pages import piped, sessions


@pytest.mark.parametrize("page", ["chat.md", "long-videos.md"])
def test_commands_run_and_answer_in_as_many_lines(sf, page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = sessions(page)
    assert len(found) > 2
    for command, printed in found:
        words = shlex.split(command)
        if words[0] == "sf-mlx":
            ran = sf(*words[1:])
            code, out = ran.code, ran.out
        else:
            code, out = piped(command)
        assert code == 0, command
        if printed:
            assert out.count("\n") == printed.count("\n"), command
