"""Every published form is read, whole and by column name; what is broken is named."""

import csv
import json
import random
import time

import pytest

from sf_mlx.errors import QuestionsError, UsageError
from sf_mlx.evaluate.check import by_video
from sf_mlx.evaluate.datasets import DATASETS, find_dataset
from sf_mlx.evaluate.items import Item
from sf_mlx.evaluate.questions import read_own, read_questions
from tests.evaluate.conftest import FILES, PUBLISHED, published, read

FORMS = {
    "nextqa": (["NExT_QA.csv"], ["nextqa_val.csv"], ["nextqa_val_qa.json"]),
    "egoschema": (["EgoSchema.csv"], ["questions.json", "subset_answers.json"]),
    "intentqa": (["IntentQA.csv"], ["intentqa_test.csv"]),
    "msvd": (["MSVD_QA.csv"], ["msvd_val_qa.json"]),
    "msrvtt": (["MSRVTT_QA.csv"], ["msrvtt_val_qa.json"]),
    "tgif": (
        ["TGIF_FrameQA.csv"],
        ["Test_frameqa_question.csv"],
        ["tgif_test_q.json", "tgif_test_a.json"],
    ),
    "activitynet": (
        ["ActivityNet_QA.csv"],
        ["activitynet_test_q.json", "activitynet_test_a.json"],
    ),
    "vcgbench": (["vcgbench"], ["vcgbench-original"], ["vcgbench-prepared"]),
}
ALL = [(name, files) for name, forms in FORMS.items() for files in forms]


def files_of(name, files):
    folder = FILES / files[0]
    if folder.is_dir():
        return read_questions(DATASETS[name], sorted(folder.iterdir()))
    return read(name, *files)


@pytest.mark.parametrize(("name", "files"), ALL)
def test_each_form_says_the_same(name, files):
    """Whatever the form: the same questions, options and answers, row by row."""
    wanted, found = (files_of(name, one) for one in (FORMS[name][0], files))
    shown = [(i.questions, i.answer, i.candidates, i.answer_number, i.part) for i in found]
    there = [(i.questions, i.answer, i.candidates, i.answer_number, i.part) for i in wanted]
    if files == ["nextqa_val_qa.json"]:  # the middle row was left out of it
        there = [there[0], there[2]]
    assert shown == there[: len(shown)] and shown
    assert [item.row for item in found] == list(range(len(found)))


def test_rows_of_one_id_stay_rows():
    """Upstream keys its judgements by id, and 6,559 of TGIF-QA's rows disappear."""
    items = read("tgif", "TGIF_FrameQA.csv")
    assert [item.id for item in items] == ["7", "7", "9"]
    assert [item.row for item in items] == [0, 1, 2]
    assert [item.answer for item in items] == ["cookie", "white", "two"]


def test_repeated_options_keep_the_right_number():
    """`candidates.index(answer)` is right only as long as the answer is not what repeats."""
    item = read("nextqa", "NExT_QA.csv")[1]
    assert item.candidates == ("one", "two", "three", "three", "four")
    assert item.answer_number == 1


def test_columns_may_come_in_any_order(tmp_path):
    """Upstream unpacks by position: a reordered file is read wrongly, without a word."""
    with open(FILES / "NExT_QA.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = list(rows[0])
    random.Random(1).shuffle(columns)
    with open(tmp_path / "shuffled.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    assert read_questions(DATASETS["nextqa"], [tmp_path / "shuffled.csv"]) == read(
        "nextqa", "NExT_QA.csv"
    )


def test_the_folder_of_questions_is_enough():
    assert read("nextqa", ".") == read("nextqa", "NExT_QA.csv")
    assert read("vcgbench", "vcgbench")[-1].questions == (
        "Is there a coat?",
        "Which coat is there?",
    )
    with pytest.raises(QuestionsError, match=r"EgoSchema\.csv"):
        read("egoschema", "vcgbench")


def test_the_public_answers_of_egoschema_choose_its_rows():
    items = read("egoschema", "questions.json", "subset_answers.json")
    assert [(item.id, item.answer_number) for item in items] == [("0a-1b", 2)]
    with pytest.raises(QuestionsError, match="file of answers"):
        read("egoschema", "questions.json")


def test_answers_to_no_question(tmp_path):
    answers = tmp_path / "a.json"
    for text, said in (
        ("{}", "answers none"),
        ('{"x": 1}', "answers none"),
        ('{"x": 1, "0a-1b": 2}', "1 of them are"),
        ("[1]", "no object of q_uid"),
        ('{"0a-1b": 9}', "there are 5 options"),
        ('{"0a-1b": "two"}', "no whole number"),
    ):
        answers.write_text(text)
        with pytest.raises(QuestionsError, match=said):
            read_questions(DATASETS["egoschema"], [FILES / "questions.json", answers])


def test_types_are_those_of_the_papers():
    assert [item.type for item in read("msvd", "MSVD_QA.csv")] == ["what", "how"]
    assert [item.type for item in read("nextqa", "nextqa_val.csv")] == ["CW", "DC", "TN"]
    assert read("activitynet", "activitynet_test_q.json", "activitynet_test_a.json")[0].type == "3"


def test_bare_numbers_of_videos_get_their_names():
    assert read("msvd", "msvd_val_qa.json")[0].video == "vid1201"
    assert read("msrvtt", "msrvtt_val_qa.json")[0].video == "video6513"


def test_a_pair_of_files_of_unequal_length_is_refused(tmp_path):
    """Upstream's zip() ends at the shorter one."""
    short = tmp_path / "Consistency_QA2.csv"
    text = (FILES / "vcgbench" / "Consistency_QA2.csv").read_text()
    extra = '1,v_dEf,More?,v_dEf_1,"Yes.",0\n'
    short.write_text(text + extra)
    first = FILES / "vcgbench" / "Consistency_QA1.csv"
    with pytest.raises(QuestionsError, match="have 1 and 2 rows"):
        read_questions(DATASETS["vcgbench"], [first, short])
    short.write_text(text.replace("v_aB-c_0", "v_aB-c_9"))
    with pytest.raises(QuestionsError, match="row 1 is about v_aB-c_0 and v_aB-c_9"):
        read_questions(DATASETS["vcgbench"], [first, short])
    with pytest.raises(QuestionsError, match="name both"):
        read_questions(DATASETS["vcgbench"], [first])


def test_answers_must_be_those_of_the_questions(tmp_path):
    answers = tmp_path / "a.json"
    answers.write_text('[{"answer": "no", "type": 3, "question_id": "other"}]')
    questions = FILES / "activitynet_test_q.json"
    with pytest.raises(QuestionsError, match=r"element 1, column question_id: is 'other'"):
        read_questions(DATASETS["activitynet"], [questions, answers])
    answers.write_text("[" + ", ".join(['{"answer": "no", "question_id": "v_aB-c_3"}'] * 2) + "]")
    with pytest.raises(QuestionsError, match="2 answers to the 1 questions"):
        read_questions(DATASETS["activitynet"], [questions, answers])


HEADER = "video_name,question_id,question,answer,a0,a1,a2\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no rows"),
        (HEADER, "has no rows"),
        (HEADER + "v,1,Why?,b,a,b\n", "line 2: 6 cells where the header has 7"),
        (HEADER + 'v,1,"Why\nso?",b,a,b,c\nv,1,Why?,b,a,b\n', "line 4: 6 cells"),
        (HEADER + "v,1,,b,a,b,c\n", "line 2, column question: is empty"),
        (HEADER + "v,1,Why?,d,a,b,c\n", "line 2, column answer: is none of the options"),
        (HEADER + "v,1,Why?,b,a,b,b\n", "column answer: is 2 of the options"),
        (HEADER + "v,1,Why?,b,a,,c\n", "column a1: is empty"),
        (HEADER + 'v,1,"Why?,b,a,b,c\n', "line 2: no CSV"),
        ("video_name,question,question\nv,a,b\n", "the column question comes twice"),
        ("video_name,question_id,question\nv,1,Why?\n", "no known form of EgoSchema"),
        ("[1]", "element 1: no object"),
        ('{"video_name": "v"', "line 1: no JSON"),
        ("[" * 200_000, "no JSON that can be read"),
        ('[{"video_name": NaN}]', "NaN is no number"),
        (
            '[{"video_name": "v", "question_id": "1", "question": "\\ud83d", "answer": "a", '
            '"candidates": ["a", "b"], "answer_number": 0}]',
            "column question: holds half",
        ),
    ],
)
def test_what_is_broken_is_named(tmp_path, text, said):
    path = tmp_path / "EgoSchema.csv"
    path.write_text(text)
    with pytest.raises(QuestionsError, match=r"EgoSchema\.csv") as raised:
        read_questions(DATASETS["egoschema"], [path])
    assert said in str(raised.value)


def test_files_that_are_no_text(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"video,question\nv,caf\xe9\n")
    with pytest.raises(QuestionsError, match=r"x\.csv, line 2: not UTF-8"):
        read_own(path)
    with pytest.raises(QuestionsError, match="cannot be read"):
        read_own(tmp_path / "not there.csv")
    with pytest.raises(QuestionsError, match="cannot be read"):
        read_own(tmp_path)


def test_right_options_that_contradict_each_other(tmp_path):
    path = tmp_path / "q.json"
    row = {"video_name": "v", "question_id": "1", "question": "Why?", "candidates": ["a", "b"]}
    for extra, said in (
        ({"answer_number": 1, "answer": "a"}, "column answer: is not option 1"),
        ({"answer_number": 7, "answer": "a"}, "is 7, and there are 2 options"),
        ({"answer_number": -1, "answer": "a"}, "is no whole number"),
        ({"answer_number": True, "answer": "a"}, "is no whole number"),
        ({"answer_number": 0, "answer": "a", "candidates": "ab"}, "is no list of texts"),
    ):
        path.write_text(json.dumps([{**row, **extra}]))
        with pytest.raises(QuestionsError) as raised:
            read_questions(DATASETS["nextqa"], [path])
        assert said in str(raised.value)


def test_a_file_of_ones_own(tmp_path):
    one, two = read_own(FILES / "own.csv")
    assert one.candidates == ("a dog", "a cat") and one.answer_number == 1  # an empty last option
    assert two.candidates[2] == "far, far away" and two.type == "places"
    assert [item.id for item in read_own(FILES / "own.jsonl")] == ["line 1", "line 2"]
    assert read_own(FILES / "own.jsonl")[1].answer == ""
    path = tmp_path / "mine.csv"
    path.write_text("film,question\nx,y\n")
    with pytest.raises(QuestionsError, match="film, question; a file of your own needs video"):
        read_own(path)


def test_items_survive_a_line_of_json():
    for item in read("vcgbench", "vcgbench") + read("nextqa", "NExT_QA.csv"):
        assert Item.from_json(json.loads(json.dumps(item.as_json()))) == item


def test_an_unknown_data_set():
    with pytest.raises(UsageError, match="known: msvd, msrvtt, tgif"):
        find_dataset("nextQA")


@published
@pytest.mark.parametrize("name", DATASETS)
def test_published_files_are_read_whole(name):
    """Counts of rows, videos, ids and types are those that others counted."""
    dataset = DATASETS[name]
    started = time.perf_counter()
    items = read_questions(dataset, [PUBLISHED / "qa"])
    assert time.perf_counter() - started < 10
    assert len(items) == dataset.rows
    assert len(by_video(items)) == dataset.videos
    assert len({(item.dataset, item.row) for item in items}) == dataset.rows
    if name == "tgif":
        assert len({item.id for item in items}) == 7_132
    if name == "nextqa":
        assert sum(item.type == "CW" for item in items) == 1_924
    if dataset.types:
        assert {item.part or item.type for item in items} <= dataset.types.keys()
    repeated = sum(len(set(item.candidates)) < len(item.candidates) for item in items)
    assert repeated == {"nextqa": 3, "intentqa": 1, "egoschema": 1}.get(name, 0)
