"""Reports: beside the paper's numbers in every form, a page that is safe, the same each time."""

import csv
import io
import itertools
import json
import re

import pytest

from sf_mlx.evaluate.folder import RunFolder, Shard
from sf_mlx.evaluate.judge import judge_run
from sf_mlx.evaluate.page import page
from sf_mlx.evaluate.paper import BUDGETS, PUBLISHED
from sf_mlx.evaluate.plots import Bar, Dot, Line, bars, budget
from sf_mlx.evaluate.report import build
from sf_mlx.evaluate.report_text import as_csv, markdown, terminal
from sf_mlx.evaluate.results import Result
from tests.evaluate.conftest import read
from tests.evaluate.toy import ToyModel, run_toy, settings_for


def write_run(folder, items, answers, **more):
    """A run whose answers are given; None leaves a row out."""
    run = RunFolder(folder)
    run.begin(settings_for(items, **more), items)
    cost = {"seconds": 2.0, "encoded": True, "prompt_tokens": 200, "cached_tokens": 50}
    lines = [
        Result(i.dataset, i.row, "ok", (a,) if isinstance(a, str) else a, visual_tokens=3_680,
               text_tokens=20, answer_tokens=4, cost=cost).line()
        for i, a in zip(items, answers, strict=True) if a is not None
    ]  # fmt: skip
    (folder / "rows.jsonl").write_text("".join(lines))
    return folder


@pytest.fixture
def two(tmp_path):
    items = read("nextqa", "NExT_QA.csv")
    return [
        write_run(tmp_path / "first", items, ["D)", "A)", "A)"]),
        write_run(tmp_path / "second", items, ["D)", "B)", None], spec="concat"),
    ]


def test_a_report_stands_beside_the_paper(sf, two):
    page_ = sf("eval", "report", *two).out
    words = " ".join(page_.split())
    assert "first default 3,680 3 3 66.67 [20.77, 93.85]" in words
    assert "second concat 3,680 3 2 66.67 [20.77, 93.85]; 100.00 of 2 scored" in words
    assert "SF-LLaVA 7B arXiv 2407.15841 v2, table 2" in words and "TS-LLaVA 7B" in words
    assert "second 0 0 0 1 0" in words  # the row that is pending
    assert "second first strict +0.00" in words  # gained one, lost one
    assert "A run with pending rows is not finished" in words
    # Three rows are not the published 4,996
    assert "first has 3 rows, the published NExT-QA 4,996: its numbers cannot be set" in words
    assert "temporal 1 100.00" in words


def test_every_form(sf, two):
    found = json.loads(sf("eval", "report", *two, "--format", "json").out)
    assert found["runs"][0]["scores"]["measures"]["strict"]["value"] == 66.6667
    assert found["runs"][1]["scores"]["statuses"]["pending"] == 1
    assert found["published"]["nextqa"][0]["values"] == {"accuracy": 64.2}
    assert found["differences"][0]["measures"]["strict"]["gained"] == 1
    rows = list(csv.DictReader(io.StringIO(sf("eval", "report", *two, "--format", "csv").out)))
    assert {row["type"] for row in rows} == {"all", "CW", "DC", "TN"}
    assert next(r for r in rows if r["measure"] == "strict")["value"] == "66.6667"
    lines = sf("eval", "report", *two, "--format", "markdown").out.splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert all(line.endswith("|") for line in table) and "|---|---|" in table[1]


def test_cost_counts_what_was_saved(two):
    cost = build(two[:1]).runs[0].cost
    assert (cost.questions, cost.encodes, cost.seconds, cost.cached) == (3, 3, 2.0, 0.25)
    assert cost.joules is None


def test_the_page_is_one_file_and_runs_nothing_foreign(sf, tmp_path):
    """Questions and answers are from outside: none of them may become part of the page."""
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    items = read("nextqa", "NExT_QA.csv")
    answers = [f"D) {evil}", "A)", "A)\u2028"]
    run = write_run(tmp_path / "<b>run", items, answers)
    target = tmp_path / "page.html"
    ran = sf("eval", "report", run, "--html", target)
    assert ran.code == 0
    text = target.read_text()
    assert "<b>run" not in text and evil not in text and "<img src=x" not in text
    assert text.count("<script") == 2 and text.count("</script>") == 2
    assert "default-src 'none'" in text
    inside = text.split('id="rows">')[1].split("</script>")[0]
    # Nothing is fetched
    assert not re.findall(r"(?:src|href)=[\"']?(?!data:)\w", text.replace(inside, ""))
    rows = json.loads(inside)["runs"][0]["rows"]
    assert rows[0]["p"] == [f"D) {evil}"] and rows[1]["w"] == 0


def test_reports_of_the_same_rows_are_the_same(tmp_path, two):
    """Whatever wrote them: one process, or three that were killed."""
    items = read("nextqa", "NExT_QA.csv") * 1
    videos = tmp_path / "videos"
    videos.mkdir()
    for name in ("100", "200"):
        (videos / f"{name}.mp4").write_bytes(name.encode())
    run_toy(tmp_path / "a" / "run", items, videos)
    for index in (2, 0, 1):
        run_toy(tmp_path / "b" / "run", items, videos, shard=Shard(index, 3))
    made = []
    for name in "ab":
        report = build([tmp_path / name / "run"])
        text = [terminal(report), markdown(report), as_csv(report), page(report)]
        # The toy is as quick as it likes
        made.append([re.sub(r"\b0\.00\b|\b0\.01\b", "0", part) for part in text])
    assert made[0] == made[1]


def test_vcgbench_has_a_mean(tmp_path):
    class Judge:
        name, at_a_time = "four", 1

        def reply(self, system, user):
            return "{'score': 4}"

    items = read("vcgbench", "vcgbench")
    folder = write_run(tmp_path / "run", items, [("x",) * len(item.questions) for item in items])
    run = RunFolder(folder)
    judge_run(run, items, run.results(items), Judge(), lambda *_: None)
    report = build([folder])
    assert report.runs[0].mean_of_parts() == 4
    text = " ".join(terminal(report).split())
    assert "mean (of 5)" in text and "Judged by four" in text and "3.04" in text
    assert "score of 5" in page(report)


def test_score_writes_its_file_and_names_its_judge(sf, tmp_path):
    items = read("tgif", "TGIF_FrameQA.csv")
    folder = write_run(tmp_path / "run", items, ["cookie", "white", "three"])
    assert "66.67" in sf("eval", "score", folder).out
    scores = json.loads((folder / "scores.json").read_text())
    assert scores["judge"] is None and scores["measures"]["exact"]["value"] == 66.6667
    assert json.loads(sf("eval", "score", folder, "--json").out) == scores
    ran = sf("eval", "score", folder, "--judge", "gopher://x")
    assert ran.code == 2 and "--judge-model" in ran.err


def test_multiple_choice_needs_no_judge(sf, two):
    ran = sf("eval", "score", two[0], "--judge", "http://x/v1", "--judge-model", "m")
    assert ran.code == 2 and "nothing to judge" in ran.err
    assert not list(two[0].glob("judge*"))


def test_a_folder_that_is_no_run(sf, tmp_path):
    for command in ("score", "report"):
        ran = sf("eval", command, tmp_path)
        assert ran.code == 62 and "is no run" in ran.err
    (tmp_path / "settings.json").write_text("[]")
    assert sf("eval", "report", tmp_path).code == 62
    (tmp_path / "settings.json").write_text("{}")
    assert sf("eval", "report", tmp_path).code == 61  # its rows are missing
    (tmp_path / "items.jsonl").write_text('{"row": 1}\n')
    ran = sf("eval", "report", tmp_path)
    assert ran.code == 61 and "items.jsonl, line 1: no row" in ran.err


def test_a_page_that_cannot_be_written(sf, two, tmp_path):
    ran = sf("eval", "report", two[0], "--html", tmp_path / "no" / "page.html")
    assert ran.code == 50 and "cannot be written" in ran.err
    ran = sf("eval", "report", two[0], "--videos", tmp_path)
    assert ran.code == 2 and "--html" in ran.err


def test_frames_of_videos_that_were_answered_wrongly(sf, tmp_path):
    from sf_mlx.demo import sample_clip

    items = read("nextqa", "NExT_QA.csv")
    folder = write_run(tmp_path / "run", items, ["A)", "A)", "A)"])
    (tmp_path / "videos").mkdir()
    sample_clip(tmp_path / "videos" / "100.mp4")
    (tmp_path / "videos" / "200.mp4").write_bytes(b"broken")
    target = tmp_path / "page.html"
    sf("eval", "report", folder, "--html", target, "--videos", tmp_path / "videos")
    assert target.read_text().count("data:image/jpeg") == 1


# --- plots --------------------------------------------------------------------------------------


def test_bars_are_as_high_as_their_values():
    svg = bars(["all", "a: b"], ["<run>"], [[Bar(50, 40, 60), None]], [Line("paper", 75)], 100, "t")
    base = 250 - 46
    top = re.search(r'<path d="M[\d.]+ ([\d.]+)V([\d.]+)', svg)
    height = base - (float(top[2]) - 3)
    assert float(top[1]) == base and height == pytest.approx((base - 16) / 2, abs=0.1)
    assert "&lt;run&gt;" in svg and "<run>" not in svg and "paper 75" in svg


def test_labels_of_a_budget_do_not_cover_one_another():
    dots = [Dot(f"run {n}", 3_680, Bar(50, 40, 60), n) for n in range(6)]
    svg = budget(dots, 100, "t")
    heights = sorted(
        float(y) for y, text in re.findall(r'<text x="[\d.]+" y="([\d.]+)"[^>]*>([^<]+)', svg)
        if text.startswith("run")
    )  # fmt: skip
    assert len(heights) == 6
    assert all(b - a >= 12 for a, b in itertools.pairwise(heights))


def test_published_numbers_are_the_paper_s():
    ours = {
        name: {row.method: dict(row.values) for row in rows} for name, rows in PUBLISHED.items()
    }
    assert ours["egoschema"]["SF-LLaVA 7B"] == {"accuracy": 47.2}
    assert ours["intentqa"]["IG-VLM 7B"] == {"accuracy": 60.3}  # ahead of SF-LLaVA there
    assert ours["tgif"]["SF-LLaVA 34B"] == {"judge": 80.6, "score": 4.3}
    assert ours["vcgbench"]["SF-LLaVA 7B"]["mean"] == 3.04
    assert {n: v for n, _, v in BUDGETS["egoschema"]}["paper: default"] == 47.2
    from sf_mlx.slowfast import PRESETS

    tokens = {PRESETS[name].tokens(50, 576) for name in PRESETS}
    assert tokens <= {tokens for _, tokens, _ in BUDGETS["egoschema"]}


def test_a_run_of_failures_alone_is_reported(sf, tmp_path):
    items = read("nextqa", "NExT_QA.csv")
    (tmp_path / "videos").mkdir()
    run_toy(tmp_path / "run", items, tmp_path / "videos", model=ToyModel())
    page_ = " ".join(
        sf("eval", "report", tmp_path / "run", "--html", tmp_path / "p.html").out.split()
    )
    assert "run 3 0 0 0 0" in page_ and "0.00 [0.00, 56.15]" in page_
