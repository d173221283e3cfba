"""Clips of the demo's world exported as the eight data sets, and the road from CSV to page."""

import pytest

from benchmarks import eval_demo, eval_export
from sf_mlx.evaluate.check import by_video
from sf_mlx.evaluate.datasets import DATASETS
from sf_mlx.evaluate.folder import RunFolder
from sf_mlx.evaluate.questions import read_questions
from sf_mlx.evaluate.report import read_run
from sf_mlx.evaluate.videos import find_videos


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    eval_export.export(folder, 2)
    return folder


@pytest.mark.parametrize("name", DATASETS)
def test_every_form_is_read_and_every_video_found(exported, name):
    items = read_questions(DATASETS[name], [exported])
    videos = find_videos(exported / "videos")
    assert items and {item.kind for item in items} == {DATASETS[name].kind}
    assert all(len(videos.find(video)) == 1 for video in by_video(items))


def test_from_csv_to_page(sf, exported):
    """The demo model is right in what is asked here, and the page shows it."""
    for name in ("nextqa", "tgif"):
        out = exported / name
        ran = sf("eval", "run", name, "--questions", exported, "--videos", exported / "videos",
                 "-m", "demo", "-o", out, "--frames", "25", "--limit", "6", "--quiet")  # fmt: skip
        assert ran.code == 0
    eval_demo.judge(exported / "tgif")
    scores = [read_run(RunFolder(exported / name)).scores for name in ("nextqa", "tgif")]
    assert scores[0].measures["strict"].value == 100
    # The stand-in judge and `contains` both look for the true words
    assert scores[1].measures["contains"].value == scores[1].measures["judge"].value == 100
    ran = sf(
        "eval", "report", exported / "nextqa", exported / "tgif", "--html", exported / "p.html"
    )
    assert "NExT-QA" in ran.out and "TGIF-QA" in ran.out and "Judged by stand-in" in ran.out
    assert (exported / "p.html").read_text().count("<svg") == 4
