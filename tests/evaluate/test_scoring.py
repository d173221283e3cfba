"""Scores: of all rows expected, by type, with intervals; traps at which others lose rows."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sf_mlx.evaluate.intervals import bootstrap, paired, wilson
from sf_mlx.evaluate.matching import contains, is_exact, is_normalised
from sf_mlx.evaluate.results import Result
from sf_mlx.evaluate.scoring import compare, score
from tests.evaluate.conftest import FILES, PUBLISHED, published, read


def ok(item, *answers, **more):
    return Result(item.dataset, item.row, "ok", answers, **more)


def by_key(*results):
    return {result.key: result for result in results}


def test_the_denominator_is_what_was_expected():
    """Upstream divides by the rows that happen to be there."""
    items = read("nextqa", "NExT_QA.csv")
    results = by_key(ok(items[0], "D) it hit the wall"),
                     Result("nextqa", 1, "missing_video", error="no file"))  # fmt: skip
    scores = score(items, results)
    strict = scores.measures["strict"]
    assert (strict.rows, strict.scored) == (3, 1)
    assert strict.value == pytest.approx(100 / 3) and strict.of_scored == 100
    assert scores.statuses == {
        "ok": 1, "missing_video": 1, "decode_error": 0, "generate_error": 0, "pending": 1,
    }  # fmt: skip
    assert scores.failed == 2


def test_types_and_groups_of_the_paper():
    items = read("nextqa", "NExT_QA.csv")
    results = by_key(*(ok(item, f"{'ABCDE'[item.answer_number]}) x") for item in items[:2]))
    scores = score(items, results)
    assert {name: few["strict"].value for name, few in scores.by_type.items()} == {
        "CW": 100, "DC": 100, "TN": 0,
    }  # fmt: skip
    assert {name: few["strict"].rows for name, few in scores.by_group.items()} == {
        "causal": 1, "temporal": 1, "descriptive": 1,
    }  # fmt: skip


def test_an_empty_answer_is_wrong_and_no_crash():
    items = read("nextqa", "NExT_QA.csv")[:1]
    scores = score(items, by_key(ok(items[0], "")))
    assert scores.measures["strict"].value == scores.measures["upstream"].value == 0
    assert scores.unparsed == 1


def test_choosing_by_likelihood_is_scored_apart():
    items = read("nextqa", "NExT_QA.csv")
    both = ok(items[0], "A) it grew", option=3, probabilities=(0.1, 0.1, 0.1, 0.6, 0.1))
    scores = score(items[:1], by_key(both))
    assert scores.measures["strict"].value == 0 and scores.measures["likelihood"].value == 100
    only = ok(items[1], "two", option=1, probabilities=(0, 1, 0, 0, 0))
    assert list(score(items[1:2], by_key(only)).measures) == ["likelihood"]


def test_open_answers():
    items = read("tgif", "TGIF_FrameQA.csv")
    results = by_key(ok(items[0], "Cookie."), ok(items[1], "In the video, the cone is white."),
                     ok(items[2], "2"))  # fmt: skip
    measures = score(items, results).measures
    assert round(measures["exact"].value) == 33
    assert round(measures["normalised"].value) == 67
    assert round(measures["contains"].value) == 100


@pytest.mark.parametrize(
    ("answer", "truth", "exact", "normalised", "inside"),
    [
        ("a cat", "cat", False, True, True),
        ("CAT. ", "cat", True, True, True),
        ("In the video, the cat", "cat", False, True, True),
        ("category", "cat", False, False, False),
        ("three", "3", False, True, True),
        ("1,000 cats", "1000", False, False, True),
        ("it is red and white", "white red", False, False, False),
        ("", "cat", False, False, False),
    ],
)
def test_matching(answer, truth, exact, normalised, inside):
    assert is_exact(answer, truth) is exact
    assert is_normalised(answer, truth) is normalised
    assert contains(answer, truth) is inside


def test_a_judge_that_fails_is_neither_right_nor_wrong_in_silence():
    items = read("tgif", "TGIF_FrameQA.csv")
    results = by_key(*(ok(item, "x") for item in items))
    said = {("tgif", 0): {"judge": 1.0, "score": 5.0}, ("tgif", 1): {"judge": None, "score": None}}
    measures = score(items, results, said).measures
    assert (measures["judge"].rows, measures["judge"].scored) == (3, 1)
    assert measures["judge"].of_scored == 100 and measures["score"].of_scored == 5


def test_dimensions_of_vcgbench_are_of_their_parts():
    items = read("vcgbench", "vcgbench")
    results = by_key(*(ok(item, *["x"] * len(item.questions)) for item in items))
    said = {(i.dataset, i.row): dict.fromkeys(
        {"generic": ("CI", "DO", "CU"), "temporal": ("TU",), "consistency": ("CO",)}[i.part], 3.0)
        for i in items}  # fmt: skip
    measures = score(items, results, said).measures
    assert {name: number.rows for name, number in measures.items()} == {
        "CI": 2, "DO": 2, "CU": 2, "TU": 1, "CO": 1,
    }  # fmt: skip
    assert all(number.value == 3 for number in measures.values())


@settings(deadline=None)
@given(st.integers(0, 400), st.integers(1, 400))
def test_wilson_holds_the_share(right, rows):
    right = min(right, rows)
    low, high = wilson(right, rows)
    assert 0 <= low <= right / rows + 1e-12 and right / rows - 1e-12 <= high <= 1


def test_wilson_s_known_values():
    # Newcombe (1998), table I: 81 of 263, 15 of 148
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def test_bootstrap_draws_whole_videos():
    """Ten questions of one video that are all alike are one piece of evidence, not ten."""
    values = [1.0] * 50 + [0.0] * 50
    apart = bootstrap(values, [str(i) for i in range(100)])
    together = bootstrap(values, [str(i // 10) for i in range(100)])
    assert apart[1] - apart[0] < together[1] - together[0]
    assert bootstrap(values, [str(i) for i in range(100)]) == apart  # the seed is fixed
    # Near the normal interval of 100 independent rows: +- 9.8 points; drawing errs by less than 1
    assert apart == pytest.approx((0.402, 0.598), abs=0.015)


def test_paired_differences():
    first, second = [1.0] * 10 + [0.0] * 10, [1.0] * 15 + [0.0] * 5
    found = paired(first, second, [str(i) for i in range(20)])
    assert (found.gained, found.lost, found.value) == (5, 0, 0.25)
    assert found.p == pytest.approx(2 / 32)  # all five on one side, both sides counted
    assert found.low > 0
    assert paired([1.0], [1.0], ["v"]).p == 1.0
    many = paired([0.0] * 9_000, [1.0] * 9_000, [str(i) for i in range(9_000)])
    assert many.p == 0.0 or many.p < 1e-300


def test_runs_are_compared_row_by_row():
    items = read("nextqa", "NExT_QA.csv")
    right = [f"{'ABCDE'[item.answer_number]})" for item in items]
    one = score(items, by_key(*(ok(i, a) for i, a in zip(items, right, strict=True))))
    other = score(items, by_key(ok(items[0], right[0])))
    found = compare(items, other, one)["strict"]
    assert found.rows == 3 and found.gained == 2
    assert found.value == pytest.approx(200 / 3)


# --- eval import --------------------------------------------------------------------------------


def prediction(item, answer):
    """A line as the reference's code writes it."""
    return {
        "task_name": "NExTQA",
        "question": item.questions[0],
        "id": item.id,
        "answer_number": item.answer_number,
        "candidates": list(item.candidates),
        "answer": item.answer,
        "pred": answer,
    }


def test_import_scores_a_file_by_both_rules(sf, tmp_path):
    items = read("nextqa", "NExT_QA.csv")
    path = tmp_path / "merge.jsonl"
    answers = ("D) it hit the wall", "B) NASA: two", "none of them")
    rows = [prediction(item, answer) for item, answer in zip(items, answers, strict=True)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = json.loads(sf("eval", "import", path, "--json").out)
    assert found["file"] == str(path) and found["rows"] == 3 and found["unparsed"] == 1
    assert found["accuracy"] == {"strict": 66.67, "upstream": 33.33, "upstream_script": 33.33}
    assert found["by_type"]["NExTQA"]["rows"] == 3
    assert "strict       66.67 %" in sf("eval", "import", path).out


def test_import_joins_questions_and_counts_what_is_missing(sf, tmp_path):
    items = read("nextqa", "NExT_QA.csv")
    path = tmp_path / "merge.jsonl"
    rows = [prediction(items[0], "D)"), prediction(items[0], "A)"),
            prediction(replace(items[1], id="else"), "A)")]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    ran = sf("eval", "import", path, "--questions", FILES / "NExT_QA.csv", "--json")
    found = json.loads(ran.out)
    assert (found["rows"], found["predictions"], found["missing"]) == (3, 3, 2)
    assert (found["repeated"], found["unknown"]) == (1, 1)
    assert found["accuracy"]["strict"] == 33.33
    assert found["by_type"]["CW"]["strict"] == 100 and found["by_type"]["TN"]["strict"] == 0


def test_import_keeps_every_row_of_an_id_that_comes_twice(sf, tmp_path):
    """Upstream's dictionary by id keeps the last of them."""
    items = read("tgif", "TGIF_FrameQA.csv")
    path = tmp_path / "merge.jsonl"
    rows = [
        {"question": item.questions[0], "id": item.id, "answer": item.answer, "pred": item.answer}
        for item in items
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    ran = sf("eval", "import", path, "--questions", FILES / "TGIF_FrameQA.csv", "--json")
    found = json.loads(ran.out)
    assert (found["rows"], found["missing"]) == (3, 0) and found["accuracy"]["exact"] == 100


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"question": "Why?", "id": 1, "answer": "x"}', "line 1, column pred"),
        ('{"question": "Why?", "id": 1, "answer": "x", "pred": null}', "is no text but None"),
        ("{'question': 'Why?', 'pred': __import__('os')}", "line 1: no JSON"),
        ('{"question": "Why?", "id": 1, "answer": "x", "pred": "A", "candidates": ["x", "y"], '
         '"answer_number": 2}', "there are 2 options"),
    ],
)  # fmt: skip
def test_broken_predictions_are_named(sf, tmp_path, line, said):
    """Upstream passes each line to eval(), which runs whatever stands there."""
    path = tmp_path / "p.jsonl"
    path.write_text(line + "\n")
    ran = sf("eval", "import", path, "--json")
    assert ran.code == 61 and said in ran.err
    assert json.loads(ran.out)["error"]["kind"] == "QuestionsError"


def test_predictions_about_nothing_that_was_asked(sf, tmp_path):
    path = tmp_path / "p.jsonl"
    path.write_text('{"question": "Why?", "id": "1", "answer": "x", "pred": "y"}\n')
    ran = sf("eval", "import", path, "--questions", FILES / "NExT_QA.csv")
    assert ran.code == 61 and "none of its ids" in ran.err


@published
@pytest.mark.parametrize("joined", [False, True])
def test_published_predictions(sf, joined):
    """D-CoDe's own figures: 58.0 and 64.2."""
    paths = sorted((PUBLISHED / "predictions").glob("*.jsonl"))
    more = ["--questions", PUBLISHED / "qa"] if joined else []
    ego, intent = map(json.loads, sf("eval", "import", *paths, *more, "--json").out.splitlines())
    for rule in ("strict", "upstream"):
        assert (ego["accuracy"][rule], intent["accuracy"][rule]) == (58.0, 64.24)
    assert (ego["rows"], intent["rows"], intent["unparsed"]) == (500, 2_044, 1)
    assert (ego["missing"], intent["missing"]) == (0, 0)
    if joined:
        assert {kind: few["rows"] for kind, few in intent["by_type"].items()} == {
            "CH": 334, "CW": 1_185, "TN": 505, "TP": 20,
        }  # fmt: skip
        parts = [few["rows"] * few["strict"] for few in intent["by_type"].values()]
        assert np.sum(parts) / 2_044 == pytest.approx(64.24, abs=0.01)
