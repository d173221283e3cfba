"""`eval list` and `eval check`: what a run would meet, from headers alone."""

import json
import shutil
import subprocess
import sys
import time

import pytest

from sf_mlx.evaluate.datasets import DATASETS
from tests.conftest import DATA
from tests.evaluate.conftest import FILES


def test_list_names_sizes_sources_and_licences(sf):
    page = sf("eval", "list").out
    assert "NExT-QA: 4,996 rows, 570 videos" in page and "Ego4D licence" in page
    rows = [json.loads(line) for line in sf("eval", "list", "--json").out.splitlines()]
    assert [row["name"] for row in rows] == list(DATASETS)


@pytest.fixture
def videos(tmp_path):
    folder = tmp_path / "videos"
    folder.mkdir()
    clips = sorted(p for p in (DATA / "video").rglob("*.mp4") if p.stat().st_size > 10_000)
    shutil.copy(clips[0], folder / "100.mp4")
    (folder / "200.mp4").write_bytes(b"no video at all")
    return folder


def test_check_tells_found_missing_and_unreadable(sf, videos, tmp_path):
    questions = tmp_path / "q.csv"
    text = (FILES / "NExT_QA.csv").read_text()
    questions.write_text(text + "3,300,9,9,9,why,0,3000,CW,a,b,c,d,e,a\n")
    asked = ("eval", "check", "nextqa", "--questions", questions, "--videos", videos)
    ran = sf(*asked, "--json")
    found = json.loads(ran.out)
    assert ran.code == 0
    assert (found["rows"], found["expected_rows"], found["videos"]) == (4, 4_996, 3)
    assert (found["found"], found["missing"]) == (1, ["300"])
    assert list(found["unreadable"]) == ["200"] and found["repeated_options"] == 1
    assert found["visual_tokens"] == 10 * 288 + found["frames"] * 16
    ran = sf(*asked)
    assert "missing      1" in ran.out and "recorded as such" in ran.err


def test_check_with_a_model_estimates_time_and_memory(sf, videos):
    ran = sf("eval", "check", "nextqa", "--questions", FILES / "NExT_QA.csv", "--videos", videos,
             "-m", "demo", "--json")  # fmt: skip
    cost = json.loads(ran.out)["estimate"]
    assert cost["seconds"] > 0 and cost["memory_bytes"] > 1 << 28


def test_ten_thousand_rows_are_checked_in_seconds(sf, videos, tmp_path):
    lines = [f'200,{n},"what, and why, is {n}?",{n},a,b,c,d,{n}' for n in range(10_000)]
    path = tmp_path / "NExT_QA.csv"
    path.write_text("video_name,question_id,question,answer,a0,a1,a2,a3,a4\n" + "\n".join(lines))
    started = time.perf_counter()
    ran = sf("eval", "check", "nextqa", "--questions", path, "--videos", videos, "--json")
    assert json.loads(ran.out)["rows"] == 10_000
    assert time.perf_counter() - started < 20  # half a second where nothing else runs
    path.write_text(path.read_text().replace(",9999\n", "\n") + ",x")
    ran = sf("eval", "check", "nextqa", "--questions", path, "--videos", videos)
    assert ran.code == 61 and "line 10001: 10 cells where the header has 9" in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name one data set"),
        (["nextqa", "--dataset", FILES / "own.csv"], "name one data set"),
        (["nextqa"], "--questions NExT_QA.csv"),
        (["nonsense", "--questions", FILES / "own.csv"], "unknown data set"),
        (["--dataset", FILES / "own.csv", "--preset", "light", "--spec", "concat"], "not both"),
    ],
)
def test_what_check_refuses(sf, tmp_path, arguments, said):
    ran = sf("eval", "check", *arguments, "--videos", tmp_path)
    assert ran.code == 2 and said in ran.err and ran.out == ""


def test_broken_questions_have_a_code_of_their_own(sf, tmp_path):
    (tmp_path / "q.csv").write_text("video,question\nv\n")
    ran = sf("eval", "check", "--dataset", tmp_path / "q.csv", "--videos", tmp_path)
    assert ran.code == 61 and "q.csv, line 2: 1 cells" in ran.err


@pytest.mark.parametrize(
    "module", ["check", "videos", "importing", "scoring", "judge", "report_text", "page"]
)
def test_mlx_is_not_loaded(module):
    """`eval list`, `check`, `import`, `score` and `report` begin at once."""
    script = (
        f"import sys, sf_mlx.evaluate.{module}, sf_mlx.video, sf_mlx.slowfast\n"
        "assert not any(name.startswith(('mlx.', 'mlx_lm.', 'transformers'))"
        " for name in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
