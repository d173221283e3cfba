"""A video in stretches: how it is cut, asked, searched, and written."""

import json
import math
import os
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sf_mlx
from sf_mlx import demo, errors, stretch_forms
from sf_mlx.clock_time import clock
from sf_mlx.stretches import MOST, Stretch, ask_stretches, best, cut, find, lines
from sf_mlx.video import Percent, Reading, Reel, Selection, film, parse_time, read_frames
from sf_mlx.yes_no import ask_yes_no
from tests.conftest import GOLDEN

ODD = Path(__file__).parent / "data" / "video" / "odd"
SAMPLE = demo.MODEL.parent / "sample.mp4"
VICUNA = GOLDEN / "models" / "vicuna-hf"
QUICK = {
    "spec": "slowfast-slow_1frms_concat-fast_1x1",
    "reading": Reading(Selection(frames=2)),
    "sampling": sf_mlx.Sampling(4),
}


@pytest.fixture(scope="module")
def model():
    return sf_mlx.load(VICUNA)


# --- cutting -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "length", "edges"),
    [
        (0, 90, 30, [0, 30, 60, 90]),
        (0, 100, 30, [0, 30, 60, 90, 100]),
        (0, 92, 30, [0, 30, 60, 92]),  # two seconds are no stretch of their own
        (0, 10, 30, [0, 10]),
        (5, 70, 30, [5, 35, 65, 70]),
    ],
)
def test_stretches(start, end, length, edges):
    found = cut(start, end, length)
    assert [found[0][0], *(stretch[1] for stretch in found)] == edges


@given(
    st.floats(0, 1e5), st.floats(0.01, 1e5), st.floats(0.01, 1e6)
)  # fmt: skip
def test_stretches_cover_the_range_once(start, duration, length):
    end = start + duration
    try:
        found = cut(start, end, length)
    except errors.VideoLimitError:
        assert duration / length > MOST - 1
        return
    assert found[0][0] == start and found[-1][1] == end
    assert all(one[1] == other[0] for one, other in pairwise(found))
    # one tenth more than asked at most, but for the rounding of long times
    assert all(b - a <= 1.1 * length + 1e-6 for a, b in found)
    assert all(b - a > 0 for a, b in found)


@pytest.mark.parametrize("length", [0, -1, math.inf, math.nan])
def test_lengths_that_are_none(length):
    with pytest.raises(errors.UsageError):
        cut(0, 10, length)


# --- a reel ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["open_gop_bframes.mp4", "start_7_5s.mkv", "cut_in_middle.ts", "loop.gif",
             "frames_unpadded", "still.jpg", "rot90_hevc.mov"]
)  # fmt: skip
def test_a_reel_gives_the_frames_that_a_new_reading_gives(name):
    """Again and again, and in turn."""
    with Reel(ODD / name) as reel:
        duration = reel.info.duration
        parts = [Selection(start=duration * i / 3, end=duration * (i + 1) / 3, frames=4)
                 for i in (0, 1, 2, 1)]  # fmt: skip
        opened = [reel.frames(part, size=32) for part in parts]
        frames = [list(each) for each in (opened[0], opened[2], opened[1], opened[3])]
        for part, read in zip((parts[0], parts[2], parts[1], parts[3]), frames, strict=True):
            with read_frames(ODD / name, part, size=32) as fresh:
                alone = list(fresh)
            assert [(f.index, f.time) for f in read] == [(f.index, f.time) for f in alone]
            assert all((a.image == b.image).all() for a, b in zip(read, alone, strict=True))


def test_damage_is_told_where_it_is():
    with Reel(ODD / "cut_in_middle.ts") as reel:
        here, there = (
            reel.frames(Selection(start=a, end=b), size=32) for a, b in ((3.5, 4.5), (0, 1))
        )
        list(here)
        list(there)
        assert any("3.77s" in warning for warning in here.warnings)
        assert not any("3.77s" in warning for warning in there.warnings)
        assert any("of 155 frames" in warning for warning in there.warnings)


def test_a_reel_reads_its_timeline_once(monkeypatch):
    read = []
    real = film.from_packets
    monkeypatch.setattr(film, "from_packets", lambda *a: read.append(1) or real(*a))
    with Reel(ODD / "start_7_5s.mkv") as reel:
        for start in (0.0, 1.0, 2.0):
            list(reel.frames(Selection(start=start, end=start + 1, frames=2), size=32))
    assert len(read) == 1


def test_a_reel_is_a_path_wherever_a_video_is_asked_for():
    with Reel(SAMPLE) as reel:
        assert os.fspath(reel) == str(SAMPLE)
        assert read_frames(reel, Selection(frames=3)).count == 3


# --- asking ------------------------------------------------------------------------------------


def test_each_stretch_is_answered_as_if_asked_alone(model):
    """With the same frames as `--start` and `--end` give."""
    found = list(ask_stretches(model, SAMPLE, "Why?", length=2, **QUICK))
    assert [(s.start, s.end) for s in found] == [(0, 2), (2, 4), (4, 6)]
    for stretch in found:
        alone = model.ask(
            SAMPLE, "Why?", spec=QUICK["spec"], sampling=QUICK["sampling"], frames=2,
            start=stretch.start, end=stretch.end,
        ).record  # fmt: skip
        assert stretch.answer == alone.answer and stretch.record.frame_times == alone.frame_times
        assert stretch.record.video == str(SAMPLE)
    assert list(lines(found))[1] == (2, 4, found[1].answer)


def test_a_range_is_what_is_cut(model):
    reading = Reading(Selection(start=1.0, end=Percent(50), frames=2))
    found = ask_stretches(model, SAMPLE, length=1, **{**QUICK, "reading": reading})
    assert [(s.start, s.end) for s in found] == [(1, 2), (2, 3)]


def test_a_warning_is_told_with_the_first_stretch_that_has_it(model):
    reading = Reading(Selection(frames=3, end=3.0))
    found = list(
        ask_stretches(
            model, ODD / "cut_in_middle.ts", length=1, **{**QUICK, "reading": reading}
        )
    )  # fmt: skip
    of_the_file = [sum("of 155 frames" in w for w in s.record.warnings) for s in found]
    assert of_the_file == [1, 0, 0]


def test_a_stretch_that_cannot_be_read_does_not_stop_the_rest(model, monkeypatch):
    real = Reel.frames

    def frames(self, reading, **options):
        if reading.selection.start == 2:
            raise errors.VideoRangeError("nothing here")
        found = real(self, reading, **options)
        if reading.selection.start == 4:
            found._frames = iter_of_damage()
        return found

    def iter_of_damage():
        raise errors.TruncatedVideoError("damaged here")
        yield

    monkeypatch.setattr(Reel, "frames", frames)
    found = list(ask_stretches(model, SAMPLE, "Why?", length=1, **QUICK))
    assert [s.start for s in found] == [0, 1, 2, 3, 4, 5]
    assert [type(s.error) for s in found if s.error] == [
        errors.VideoRangeError, errors.TruncatedVideoError
    ]  # fmt: skip
    assert [s.start for s in found if s.record] == [0, 1, 3, 5]
    assert found[2].as_json()["error"]["code"] == 21
    assert len(list(lines(found))) == 4


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (errors.UsageError, {"reading": Reading(Selection(at=(1.0,)))}),
        (errors.UsageError, {"length": 0}),
        (errors.VideoLimitError, {"length": 0.0001}),
        (errors.VideoRangeError, {"reading": Reading(Selection(start=9.0))}),
        (errors.UsageError, {"kv_bits": 5}),
        (errors.ContextLengthError, {"sampling": sf_mlx.Sampling(max_tokens=10**6)}),
    ],
)
def test_what_can_never_be_asked_is_an_error_at_once(model, kind, options):
    with pytest.raises(kind):
        next(ask_stretches(model, SAMPLE, **{"length": 2, **QUICK, **options}))


def test_one_that_is_left_early_closes_what_it_opened(model, monkeypatch):
    opened, closed = [], []
    real_open, real_close = sf_mlx.Model.open, sf_mlx.Session.close
    monkeypatch.setattr(
        sf_mlx.Model, "open", lambda *a, **k: opened.append(s := real_open(*a, **k)) or s
    )
    monkeypatch.setattr(sf_mlx.Session, "close", lambda s: closed.append(s) or real_close(s))
    asking = ask_stretches(model, SAMPLE, "Why?", length=1, **QUICK)
    next(asking)
    assert len(opened) == 2  # the next one is on its way
    asking.close()
    assert set(map(id, opened)) == set(map(id, closed))


# --- searching ---------------------------------------------------------------------------------


def test_the_demo_model_finds_where_the_heart_is_green():
    """It turns green at three seconds."""
    found = list(find(sf_mlx.load("demo"), SAMPLE, "a green heart.", length=2))
    assert [s.start for s in found] == [0, 2, 4]
    ranked = best(found)
    assert {s.start for s in ranked[:2]} == {2, 4} and ranked[1].score > 0.9 > 0.1 > ranked[2].score
    assert found[0].record.question == "Is there a green heart in this video?"
    assert found[0].record.choices == ("yes", "no")


@pytest.mark.parametrize("name", ["vicuna-hf", "mistral-hf", "yi34b-hf"])
def test_yes_and_no_are_weighed_where_the_answer_begins(name):
    """The letters are the tokens that a free answer would begin with, behind the whole prompt."""
    model = sf_mlx.load(GOLDEN / "models" / name)
    with model.open(SAMPLE, spec=QUICK["spec"], frames=2) as session:
        record = ask_yes_no(session, "Is it red?").record
        free = session.chat().ask("Is it red?", sampling=sf_mlx.Sampling(1)).record
    assert record.choices == ("yes", "no") and record.answer in record.choices
    assert sum(record.choice.probabilities) == pytest.approx(1)
    # The same prompt as a conversation's, but for the white space before the word
    assert record.template == free.template and 0 <= record.text_tokens - free.text_tokens <= 1
    assert record.answer_tokens == 0


def test_a_question_is_asked_as_it_is(model):
    options = {name: value for name, value in QUICK.items() if name != "sampling"}
    (stretch,) = find(model, SAMPLE, " Does it rain? ", **options)
    assert stretch.record.question == "Does it rain?"
    for nothing in ("", " ? ", "."):
        with pytest.raises(errors.UsageError):
            find(model, SAMPLE, nothing)


# --- forms -------------------------------------------------------------------------------------


@pytest.fixture
def answered(model):
    one = next(ask_stretches(model, SAMPLE, "Why?", length=2, **QUICK))
    texts = ("A dog\n\nruns --> away", "| a <b> |", "")
    times = ((0, 29.9996), (29.9996, 3601.5), (3601.5, 3605))
    made = [
        Stretch(a, b, replace(one.record, answer=text))
        for (a, b), text in zip(times, texts, strict=True)
    ]
    return [*made, Stretch(3605, 3606, None, errors.VideoError("broken"))]


def test_subtitles(answered):
    assert stretch_forms.as_srt(answered) == (
        "1\n00:00:00,000 --> 00:00:30,000\nA dog\nruns → away\n\n"
        "2\n00:00:30,000 --> 01:00:01,500\n| a <b> |\n\n"
        "3\n01:00:01,500 --> 01:00:05,000\n…\n"
    )


def test_a_table(answered):
    assert stretch_forms.as_markdown(answered).splitlines()[2:4] == [
        "| 0:00-0:30 | A dog<br><br>runs --> away |",
        "| 0:30-1:00:01.5 | \\| a &lt;b> \\| |",
    ]


def test_text(answered):
    assert stretch_forms.as_text(answered[:2]) == (
        "0:00-0:30    A dog\n             \n             runs --> away\n0:30-1:00:01.5  | a <b> |\n"
    )


def test_json_has_what_failed_too(answered, tmp_path):
    stretch_forms.save(answered, tmp_path / "a.json")
    found = json.loads((tmp_path / "a.json").read_text())["stretches"]
    assert [stretch.get("answer") for stretch in found][1:] == ["| a <b> |", "", None]
    assert found[3]["error"]["message"] == "broken" and found[3]["start_seconds"] == 3605


@pytest.mark.parametrize("name", ["a.srt", "a.MD", "a.txt"])
def test_files(answered, tmp_path, name):
    stretch_forms.save(answered, tmp_path / name)
    assert "dog" in (tmp_path / name).read_text()
    with pytest.raises(errors.UsageError, match=r"\.srt"):
        stretch_forms.save(answered, tmp_path / "a.vtt")


@given(st.floats(0, 4e5))
def test_a_stamp_of_a_subtitle_is_the_time(seconds):
    h, m, s, ms = map(int, re.fullmatch(r"(\d\d+):(\d\d):(\d\d),(\d{3})",
                                        stretch_forms._stamp(seconds)).groups())  # fmt: skip
    assert m < 60 and s < 60
    assert h * 3600 + m * 60 + s + ms / 1000 == pytest.approx(seconds, abs=0.0006)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (7, "0:07"), (7.54, "0:07.5"), (59.96, "1:00"), (3723, "1:02:03")],
)
def test_times_as_tables_show_them(seconds, text):
    assert clock(seconds) == text and parse_time(text) == pytest.approx(seconds, abs=0.06)


# --- the command -------------------------------------------------------------------------------

ASK = ("ask", SAMPLE, "-m", VICUNA, "--spec", QUICK["spec"], "--frames", 2, "--max-tokens", 4)


def test_every_is_a_table(sf):
    ran = sf(*ASK, "-q", "Why?", "--every", "2s")
    assert ran.code == 0 and ran.err == ""
    assert [line[:13] for line in ran.out.splitlines()] == [
        "0:00-0:02    ", "0:02-0:04    ", "0:04-0:06    "
    ]  # fmt: skip


def test_every_as_lines_of_json(sf):
    rows = [json.loads(line) for line in sf(*ASK, "--every", "3s", "--json").out.splitlines()]
    assert [(row["start_seconds"], row["end_seconds"]) for row in rows] == [(0, 3), (3, 6)]
    assert all(row["answer"] and row["question"].startswith("Describe") for row in rows)


def test_choices_of_each_stretch(sf):
    ran = sf(*ASK, "-q", "Which?", "--every", "3s", "--choice", "run", "--choice", "swim")
    assert {line.split()[1] for line in ran.out.splitlines()} <= {"run", "swim"}


def test_find_prints_the_best(sf):
    ran = sf("ask", SAMPLE, "-m", "demo", "--find", "a black moon", "--every", "3s")
    scores = [float(line.split()[0]) for line in ran.out.splitlines()]
    assert len(scores) == 2 and scores == sorted(scores, reverse=True) and scores[0] < 0.5
    assert "probably nowhere" in ran.err
    rows = sf(*ASK, "--find", "a moon", "--every", "1s", "--json").out.splitlines()
    scores = [json.loads(row)["score"] for row in rows]
    assert len(scores) == 6 and scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    "wrong",
    [
        ("--every", "0"),
        ("--every", "10%"),
        ("--every", "soon"),
        ("--every", "2s", "--at", "1s"),
        ("--find", "a dog", "-q", "Why?"),
        ("--find", "a dog", "--choice", "a", "--choice", "b"),
        ("--find", " "),
        ("--every", "2s", "--trace", "t.json"),
        ("--every", "2s", "--recursive"),
    ],
)
def test_what_means_nothing(sf, wrong):
    ran = sf("ask", SAMPLE, "-m", VICUNA, *wrong)
    assert ran.code == errors.UsageError.exit_code and ran.out == ""
    assert ran.err.startswith("sf-mlx: ") and ran.err.count("\n") == 1


def test_a_folder_of_videos_is_not_one_video(sf, tmp_path):
    (tmp_path / "clip.mp4").write_bytes(SAMPLE.read_bytes())
    (tmp_path / "cover.png").write_bytes(b"")
    ran = sf("ask", tmp_path, "-m", VICUNA, "--every", "2s")
    assert ran.code == errors.UsageError.exit_code and "folder" in ran.err


def test_the_exit_code_says_that_a_stretch_failed(sf, monkeypatch):
    real = Reel.frames

    def frames(self, reading, **options):
        if reading.selection.start == 2:
            raise errors.VideoRangeError("nothing here")
        return real(self, reading, **options)

    monkeypatch.setattr(Reel, "frames", frames)
    ran = sf(*ASK, "--every", "2s")
    assert ran.code == errors.VideoRangeError.exit_code
    assert ran.out.count("\n") == 2 and ran.err == "sf-mlx: 0:02-0:04: nothing here\n"
    rows = [json.loads(line) for line in sf(*ASK, "--every", "2s", "--json").out.splitlines()]
    assert ["error" in row for row in rows] == [False, True, False]
    assert rows[1]["error"]["message"] == "nothing here" and rows[1]["start_seconds"] == 2


def test_answers_in_a_file(sf, tmp_path):
    for number, asked in enumerate((("-q", "Why?"), ("--find", "a dog"))):
        out = tmp_path / f"{number}.srt"
        ran = sf(*ASK, *asked, "--every", "3s", "-o", out)
        assert ran.code == 0 and ran.out == ""
        assert out.read_text().startswith("1\n00:00:00,000 --> 00:00:03,000\n")
