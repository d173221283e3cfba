"""`sf-mlx index` and `sf-mlx search` as a user meets them, with the model in the box."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sf_mlx import errors
from sf_mlx.demo import sample_clip
from sf_mlx.library import Library, ModelDescriber
from sf_mlx.slowfast import SlowFast
from sf_mlx_cli import progress
from tests.library.clips import Reads, age, write
from tests.test_cli import assert_explains

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def database(tmp_path, monkeypatch):
    """The user's own, as the environment names it."""
    path = tmp_path / "data" / "library.db"
    monkeypatch.setenv("SF_MLX_DATABASE", str(path))
    return path


@pytest.fixture(scope="module")
def indexed(tmp_path_factory):
    """A folder with the sample clip, a text that is none, and their library."""
    folder = tmp_path_factory.mktemp("Movies")
    sample_clip(folder / "shapes.mp4")
    (folder / "broken.mp4").write_text("not a film\n" * 10)
    for path in folder.iterdir():
        age(path)
    path = folder / "data" / "library.db"
    with Library(path) as library:
        files = list(library.add([folder], ModelDescriber("demo"), every=3.0))
    return folder, path, files


def test_the_model_describes_the_whole_and_each_stretch(indexed):
    _, _, files = indexed
    assert [(file.state, file.count) for file in files] == [("broken", 0), ("described", 3)]
    assert files[1].warnings == ("45 frames instead of 50: the range has no more.",)


def test_search_says_clips_times_and_sentences(sf, indexed):
    folder, database, _ = indexed
    ran = sf("search", "purple", "squares", "--database", database)
    assert (ran.code, ran.err) == (0, "")
    first, *moments = ran.out.splitlines()
    assert first == str(folder / "shapes.mp4")
    assert moments and all(re.match(r"  0:0\d-0:0\d  .*purple square", line) for line in moments)


def test_words_that_stand_apart_are_said_to(sf, indexed):
    _, database, _ = indexed
    ran = sf("search", "yellow star", "--database", database)
    assert ran.out.splitlines()[0].endswith("shapes.mp4  (not in one sentence)")


def test_search_as_json(sf, indexed):
    folder, database, _ = indexed
    said = json.loads(sf("search", "purple square", "--json", "--database", database).out)
    assert list(said) == ["version", "search", "clips"] and said["search"] == "purple square"
    (clip,) = said["clips"]
    assert clip["path"] == str(folder / "shapes.mp4") and clip["is_missing"] is False
    assert {moment["fit"] for moment in clip["moments"]} == {"sentence"}
    assert clip["moments"][0]["model"] == "demo" and clip["probability"] is None


def test_verify_asks_the_model_that_described(sf, indexed):
    _, database, _ = indexed

    def yes(words):
        ran = sf("search", words, "--verify", "--json", "--database", database)
        return json.loads(ran.out)["clips"][0]["probability"]

    # The second is found by some of its words only, and the model does not see it
    assert yes("a blue star") > 0.8 > 0.5 > yes("a blue circle")
    text = sf("search", "blue star", "--verify", "--database", database).out
    assert re.search(r"shapes\.mp4  \(yes: \d+%\)\n", text)


def test_what_is_not_found_is_said(sf, indexed):
    _, database, _ = indexed
    ran = sf("search", "walrus", "--database", database)
    assert (ran.code, ran.out) == (0, "") and "no clip has any" in ran.err
    ran = sf("search", "purple walrus", "--database", database)
    assert ran.out and "no clip has all of these words" in ran.err
    assert sf("search", "purple walrus", "--quiet", "--database", database).err == ""
    assert json.loads(sf("search", "walrus", "--json", "--database", database).out)["clips"] == []


def test_searching_before_indexing(sf, database):
    for command in (("search", "dog"), ("index", "--stats")):
        assert_explains(sf(*command), errors.LibraryError, "sf-mlx index FOLDER")
    assert not database.exists() and not database.parent.exists()
    said = json.loads(sf("search", "dog", "--json").out)
    assert said["error"]["kind"] == "LibraryError" and said["error"]["code"] == 60


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems refuse such names")
def test_a_name_that_is_no_text_is_shown_and_stays_on_its_line(sf, told, folder):
    os.rename(write(folder / "a.mp4", "A dog."), os.fsencode(folder) + b"/\xff\n\x1b[2J.mp4")
    assert sf("index", folder, "-m", "reader").code == 0
    first, second = sf("search", "dog").out.splitlines()
    assert first == f"{folder}/? ?[2J.mp4" and second.endswith("A dog.")
    said = json.loads(sf("search", "dog", "--json").out)
    assert said["clips"][0]["path"] == f"{folder}/\ufffd\n\x1b[2J.mp4"


def test_a_home_folder_in_the_environment(sf, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SF_MLX_DATABASE", "~/none.db")
    assert str(tmp_path / "none.db") in sf("search", "dog").err


def test_wrong_searches(sf, indexed):
    _, database, _ = indexed
    for words, expected in (("?!", "no word"), ("a\udcff", "UTF-8"), ("x" * 2000, "1000")):
        assert_explains(sf("search", words, "--database", database), errors.UsageError, expected)
    ran = sf("search", "--fts", "a AND (", "--database", database)
    assert_explains(ran, errors.UsageError, "no FTS5 expression")
    ran = sf("search", "dog", "--limit", 0, "--database", database)
    assert_explains(ran, errors.UsageError, "1 to 1,000")


def test_open_shows_the_best_clip_in_the_systems_player(sf, indexed, tmp_path, monkeypatch):
    folder, database, _ = indexed
    player = tmp_path / ("open" if sys.platform == "darwin" else "xdg-open")
    player.write_text(f'#!/bin/sh\necho "$1" > {shlex.quote(str(tmp_path / "shown"))}\n')
    player.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert sf("search", "star", "--open", "--database", database).code == 0
    assert (tmp_path / "shown").read_text() == f"{folder / 'shapes.mp4'}\n"
    player.unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = sf("search", "star", "--open", "--database", database)
    assert ran.code == 0 and "no player" in ran.err


def test_a_clip_that_is_gone_is_marked_and_not_opened(sf, indexed, tmp_path):
    folder, _, _ = indexed
    moved = shutil.copytree(folder, tmp_path / "copy")
    with Library(moved / "data" / "library.db") as library:
        list(library.add([moved / "shapes.mp4"], ModelDescriber("demo")))
        # The library that was copied knows the clip by its first path, too
        gone = (os.fsencode(folder / "shapes.mp4"),)
        library._database.execute("DELETE FROM files WHERE path = ?", gone)
    (moved / "shapes.mp4").unlink()
    own = ("--database", moved / "data" / "library.db")
    assert "shapes.mp4  (not there)\n" in sf("search", "star", *own).out
    ran = sf("search", "star", "--open", *own)
    assert ran.code == errors.VideoNotFoundError.exit_code and "may come back" in ran.err
    assert "(not there)" in sf("search", "star", "--verify", *own).out


@pytest.mark.parametrize("heavy", ["mlx", "numpy", "av", "PIL", "rich", "transformers"])
def test_search_loads_nothing_heavy(indexed, heavy):
    script = (
        "import sys; from sf_mlx_cli.main import app\n"
        f"app(['search', 'star', '--database', {str(indexed[1])!r}], standalone_mode=False)\n"
        f"assert {heavy!r} not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "shapes.mp4" in done.stdout


# --- index ---------------------------------------------------------------------------------------


@pytest.fixture
def told(monkeypatch):
    """`sf-mlx index` with clips that are text files, and no model."""
    made = []

    def describer(model, **settings):
        made.append((model, settings))
        return Reads(model)

    monkeypatch.setattr("sf_mlx.library.describer.ModelDescriber", describer)
    return made


def test_index_sums_up_and_the_exit_code_says_whether_something_is_broken(sf, told, folder):
    write(folder / "a.mp4", "A dog.")
    write(folder / "b.mp4", "broken")
    ran = sf("index", folder, "-m", "reader")
    assert ran.out == "1 clip described (1 description), 1 broken\n"
    first, last = ran.err.splitlines()
    assert first.startswith("sf-mlx: skipped: ") and "b.mp4" in first
    assert last.startswith("sf-mlx: 1 clip could not be read") and ran.code == 10
    ran = sf("index", folder, "-m", "reader")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "0 clips described (0 descriptions), 1 known, 1 broken\n"
    (folder / "a.mp4").rename(folder / "c.mp4")
    assert sf("index", folder, "-m", "reader").out == (
        "0 clips described (0 descriptions), 1 moved, 1 missing, 1 broken\n"
    )


def test_index_stats(sf, told, folder, database):
    write(folder / "a.mp4", "A dog.", seconds=3700)
    write(folder / "b.mp4", "broken")
    assert "clips         2 (2 files" in sf("index", folder, "-m", "reader", "--stats").out
    ran = sf("index", "--stats")
    assert ran.code == 0 and ran.err == ""
    lines = ran.out.splitlines()
    assert lines[0].startswith(f"library       {database}, 0.")
    assert lines[1:4] == [
        "clips         2 (2 files, 0 of them missing), 1:02:00 in all",
        "descriptions  1",
        "  by          reader: 1",
    ]
    assert lines[4] == "broken        1" and lines[5].startswith(f"  {folder / 'b.mp4'}: broken")


def test_index_passes_its_options_on(sf, told, folder, monkeypatch):
    write(folder / "a.mp4", "A film.", "A dog.", "A cat.", seconds=120)
    settings = ("--frames", 8, "--preset", "fast", "--max-tokens", 60, "--limit", "frames=9")
    asked = ("-q", "What is it?", "--hwaccel")
    ran = sf("index", folder, "-m", "reader", "--every", "1m", *asked, *settings)
    assert ran.out == "1 clip described (3 descriptions)\n"
    ((model, settings),) = told
    assert model == "reader" and settings["question"] == "What is it?"
    assert settings["frames"] == 8 and settings["max_tokens"] == 60 and settings["hwaccel"] is True
    assert settings["limits"].frames == 9 and settings["spec"].fast_grid == (1, 1)
    monkeypatch.setenv("SF_MLX_MODEL", "other")
    assert sf("index", folder, "--again").out == "1 clip described (1 description)\n"
    assert sf("index", folder, "--purge").out == "0 clips described (0 descriptions), 1 known\n"


def test_wrong_ways_to_index(sf, told, folder):
    assert_explains(sf("index"), errors.UsageError, "--stats")
    assert_explains(sf("index", folder), errors.ModelNotFoundError, "no model")
    ran = sf("index", folder / "none", "-m", "reader")
    assert_explains(ran, errors.VideoNotFoundError, "none", "No such file")
    for every, word in (("10%", "30s"), ("0.1", "at least 1 s"), ("soon", "not a time")):
        ran = sf("index", folder, "-m", "reader", "--every", every)
        assert_explains(ran, errors.UsageError, word)
    for wrong in (("--max-tokens", 0), ("-q", " "), ("-q", "a\udcff"), ("--preset", "none")):
        assert_explains(sf("index", folder, "-m", "reader", *wrong), errors.UsageError)


def test_an_empty_folder(sf, told, folder):
    ran = sf("index", folder, "-m", "reader")
    assert (ran.code, ran.out) == (0, "0 clips described (0 descriptions)\n")
    assert_explains(sf("search", "dog"), errors.LibraryError, "is empty")


def test_warnings_are_said_once_of_each_kind(sf, folder, monkeypatch):
    class Warns(Reads):
        def begin(self, path, start, end):
            told = super().begin(path, start, end)
            number = Path(path).stem
            told.warnings = (f"{number} frames instead of 50", f"{path}: cut short")
            return told

    monkeypatch.setattr(
        "sf_mlx.library.describer.ModelDescriber", lambda model, **settings: Warns(model)
    )
    for number in (30, 31):
        write(folder / f"{number}.mp4", f"A dog {number}.")
    said = sf("index", folder, "-m", "reader").err.splitlines()
    assert said == [
        "sf-mlx: warning: 30 frames instead of 50",
        f"sf-mlx: warning: {folder / '30.mp4'}: cut short",
        f"sf-mlx: warning: {folder / '31.mp4'}: cut short",
    ]
    assert sf("index", folder, "-m", "other", "--again", "--quiet").err == ""


def test_progress_and_time_left_on_a_terminal(told, folder, database):
    """In a terminal of its own: 40 lines would be a scroll of them, so it is one."""
    import pty

    for number in range(3):
        write(folder / f"{number}.mp4", f"A dog {number}.")
    script = (
        "import sf_mlx.library.describer as d; from tests.library.clips import Reads\n"
        "d.ModelDescriber = lambda model, **_: Reads(model)\n"
        "from sf_mlx_cli.main import main; import sys\n"
        f"sys.argv = ['sf-mlx', 'index', {str(folder)!r}, '-m', 'reader']; main()"
    )
    main, side = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stderr=side, stdout=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )  # fmt: skip
    os.close(side)
    shown = b""
    try:
        while piece := os.read(main, 4096):
            shown += piece
    except OSError:  # how Linux says that the other side is closed
        pass
    out, _ = process.communicate()
    os.close(main)
    assert process.returncode == 0 and out == b"3 clips described (3 descriptions)\n"
    assert b"Describ" in shown and b"%" in shown and re.search(rb"\d+:\d\d:\d\d", shown)


def test_a_share_bar_says_nothing_where_there_is_no_terminal(capsys):
    with progress.ShareBar(shown=True) as bar:
        bar.update("Describing", 0.5)
    assert capsys.readouterr().err == ""


def test_a_maker_is_the_model_by_its_whole_path_and_the_settings(tmp_path, monkeypatch):
    (tmp_path / "llava").mkdir()
    (tmp_path / "demo").mkdir()
    monkeypatch.chdir(tmp_path)
    assert ModelDescriber("llava").maker == ModelDescriber(tmp_path / "llava").maker
    assert ModelDescriber("demo").maker.model == "demo"
    assert ModelDescriber("owner/llava").maker.model == "owner/llava"
    makers = {
        ModelDescriber("demo", **settings).maker
        for settings in (
            {}, {"question": "Why?"}, {"spec": "fast"}, {"frames": 8}, {"max_tokens": 9},
        )
    }  # fmt: skip
    assert len(makers) == 5
    # The same work in other words
    same = ModelDescriber("demo", question="Describe this video in detail.", spec=SlowFast())
    assert same.maker == ModelDescriber("demo", frames=50).maker == ModelDescriber("demo").maker
    assert ModelDescriber("demo", spec=str(SlowFast())).maker == same.maker


# --- the page ------------------------------------------------------------------------------------


def test_the_commands_of_the_page_run(sf, tmp_path, monkeypatch):
    """With the model in the box for the large one, and a folder for ~/Movies."""
    page = (ROOT / "docs" / "library.md").read_text()
    commands = re.findall(r"^    (sf-mlx .*?)(?:  +#.*)?$", page, re.MULTILINE)
    assert len(commands) >= 10
    movies = tmp_path / "Movies"
    movies.mkdir()
    sample_clip(movies / "shapes.mp4")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))  # no player
    for command in commands:
        line = command.replace("llava-7b", "demo").replace("~/Movies", str(movies))
        ran = sf(*shlex.split(line)[1:])
        assert ran.code == 0, (command, ran.err)


def test_the_python_of_the_page_runs(tmp_path, monkeypatch, capsys):
    page = (ROOT / "docs" / "library.md").read_text()
    (tmp_path / "Movies").mkdir()
    sample_clip(tmp_path / "Movies" / "shapes.mp4")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(code.replace("llava-7b", "demo"), {})
    assert "described" in capsys.readouterr().out


def test_the_model_that_is_set_is_asked(sf, indexed, own_places):
    """By config.toml too; what is named here goes before it."""
    _, database, _ = indexed
    (own_places / "config.toml").write_text('model = "./nowhere"\n')
    words = ("search", "purple square", "--verify", "--database", database)
    assert "nowhere" in sf(*words).err
    assert sf(*words, "-m", "demo").code == 0
