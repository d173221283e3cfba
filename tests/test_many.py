"""Many videos and questions in Python: order, errors, what is open at a time, what identifies."""

import hashlib
import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sf_mlx
from sf_mlx import Cache, Reading, Sampling, Selection, ask_many, errors, fingerprint
from sf_mlx.ask import pose
from sf_mlx.context import Context, planned_bytes
from sf_mlx.models import Model
from sf_mlx.session import Session
from sf_mlx.slowfast import parse_spec
from sf_mlx.video import Limits
from tests.conftest import DATA, GOLDEN, overwrite

FRAMES = GOLDEN / "forward" / "frames"
ODD = DATA / "video" / "odd"
QUESTIONS = ("Why?", "Who comes in?")
SPEC = "slowfast-slow_1frms_concat-fast_1x1"
QUICK = {
    "spec": SPEC,
    "reading": Reading(Selection(frames=2)),
    "sampling": Sampling(max_tokens=3),
}


@pytest.fixture(scope="module")
def model() -> Model:
    return sf_mlx.load(GOLDEN / "models" / "vicuna-hf")


@pytest.fixture
def clips(tmp_path):
    """Three small videos under names of their own."""
    found = []
    for name in ("gray.mp4", "av1.mp4", "tiny_16x16.mp4"):
        found.append(str(shutil.copy(ODD / name, tmp_path / name)))
    return found


def test_every_question_about_every_video_in_order(model, clips):
    """The answers are those of single questions."""
    results = list(ask_many(model, [*clips, FRAMES], QUESTIONS, **QUICK))
    assert [(r.video, r.question) for r in results] == [
        (str(clip), question) for clip in [*clips, FRAMES] for question in QUESTIONS
    ]
    for result in results:
        alone = model.ask(result.video, result.question, **QUICK)
        assert result.answer == alone.text and result.error is None
        assert result.record.frame_times == alone.record.frame_times
    assert results[0].content == hashlib.sha256((ODD / "gray.mp4").read_bytes()).hexdigest()
    assert len({r.content for r in results}) == 4 and len({r.settings for r in results}) == 1


def test_a_broken_video_does_not_stop_the_rest(model, clips, tmp_path):
    (tmp_path / "text.mp4").write_text("no video " * 30)
    broken = [tmp_path / "text.mp4", tmp_path / "nowhere.mp4", tmp_path]
    videos = [broken[0], clips[0], *broken[1:], clips[1]]
    (tmp_path / "folder").mkdir()
    results = list(ask_many(model, videos, "Why?", **QUICK))
    kinds = [type(r.error).__name__ for r in results]
    assert kinds == ["NotAVideoError", "NoneType", "VideoNotFoundError", "EmptyVideoError",
                     "NoneType"]  # fmt: skip
    line = results[0].as_json()
    assert line["error"]["code"] == errors.NotAVideoError.exit_code
    assert line["video"] == str(broken[0]) and len(line["content"]) == 64
    assert results[2].content is None


def test_a_question_that_does_not_fit_fails_alone(model, clips):
    texts = ["Why?", "why " * 9000, "Who?"]
    results = list(ask_many(model, clips[:1], texts, **QUICK))
    assert [r.error is None for r in results] == [True, False, True]
    assert isinstance(results[1].error, errors.ContextLengthError)


def test_arrays_have_no_content(model):
    frames = np.zeros((3, 32, 32, 3), np.uint8)
    (result,) = ask_many(model, [frames], "Why?", **QUICK)
    assert result.content is None and result.video == "ndarray" and result.answer is not None


@pytest.mark.parametrize(
    "wrong",
    [
        {"questions": [""]},
        {"questions": []},
        {"choices": ["one"]},
        {"kv_bits": 5},
        {"template": "nope"},
        {"spec": "nope"},
        {"choose_by": "chance"},
    ],
    ids=str,
)
def test_what_no_video_could_mend_is_said_before_any_work(model, wrong):
    """At the call, not at the first result, and once instead of on every line."""
    given = {**QUICK, "questions": "Why?", **wrong}
    with pytest.raises(errors.UsageError):
        ask_many(model, ["nowhere.mp4"], **given)


def test_a_broken_model_ends_everything(model, clips, monkeypatch):
    def broken(self):
        raise errors.CheckpointError("no numbers")

    monkeypatch.setattr(Session, "look", broken)
    with pytest.raises(errors.CheckpointError):
        list(ask_many(model, clips, "Why?", **QUICK))


# --- what is open ------------------------------------------------------------------------------


@pytest.fixture
def sessions(monkeypatch):
    """What happened to sessions: ("open" | "prepare" | "close", name)."""
    events = []
    opened, prepared, closed = Model.open, Session.prepare, Session.close

    def open_(self, video, **options):
        session = opened(self, video, **options)
        events.append(("open", session.name))
        return session

    def prepare(self, asked=None):
        prepared(self, asked)
        events.append(("prepare", self.name))

    def close(self):
        closed(self)
        events.append(("close", self.name))

    monkeypatch.setattr(Model, "open", open_)
    monkeypatch.setattr(Session, "prepare", prepare)
    monkeypatch.setattr(Session, "close", close)
    return events


def test_the_next_video_is_read_while_this_one_is_answered(model, clips, sessions, monkeypatch):
    """And never more than two are open."""
    ahead = threading.Event()
    prepare = Session.prepare

    def told(self, asked=None):
        prepare(self, asked)
        ahead.set()

    monkeypatch.setattr(Session, "prepare", told)
    waited = []

    def progress(stage, done, total):
        if stage == "prompt" and done == total and not waited:
            waited.append(ahead.wait(60))  # the first answer has no word yet

    list(ask_many(model, clips, QUESTIONS, **QUICK, progress=progress))
    assert waited == [True]
    assert sessions.index(("prepare", clips[1])) < sessions.index(("close", clips[0]))
    live, most = 0, 0
    for what, _ in sessions:
        live += (what == "open") - (what == "close")
        most = max(most, live)
    assert most <= 2 and live == 0
    assert [name for what, name in sessions if what == "close"] == clips


@pytest.mark.parametrize("room", [1, 2])
def test_reading_ahead_takes_no_memory_from_the_video_that_is_asked_about(
    model, clips, monkeypatch, room
):
    """Where two KV caches do not fit, the second question would have to read its video again."""
    with model.open(clips[0], spec=SPEC, frames=2) as session:
        size = len(pose(model, model.template, "Why?").head) + session.visual_tokens
    one = planned_bytes(model.backbone, size, None)
    monkeypatch.setattr(model.budget, "nbytes", room * one + one // 2)
    made = []
    monkeypatch.setattr(
        Context, "__init__", lambda self, *rest: (made.append(1), init(self, *rest))[1]
    )
    together = list(ask_many(model, clips, QUESTIONS, **QUICK))
    # One for each video, and none again
    assert len(made) == len(clips)
    assert [r.record.cached_tokens > 0 for r in together][1::2] == [True] * len(clips)


init = Context.__init__


def test_what_is_skipped_is_not_opened(model, clips, sessions):
    def skip(result):
        return result.video == clips[1] or (result.video, result.question) == (clips[0], "Why?")

    results = list(ask_many(model, clips, QUESTIONS, **QUICK, skip=skip))
    assert [r.is_skipped for r in results] == [True, False, True, True, False, False]
    assert [name for what, name in sessions if what == "open"] == [clips[0], clips[2]]


def test_a_batch_that_is_dropped_closes_what_it_opened(model, clips, sessions):
    batch = ask_many(model, clips, QUESTIONS, **QUICK)
    next(batch)
    batch.close()
    deadline = threading.Event()
    for _ in range(600):  # the next video may just be opening, on a thread of its own
        opened = [name for what, name in sessions if what == "open"]
        if sorted(opened) == sorted(name for what, name in sessions if what == "close"):
            break
        deadline.wait(0.05)
    else:
        raise AssertionError(sessions)
    assert len(opened) <= 2


def test_videos_are_taken_one_ahead(model, clips):
    """An endless iterator of videos is no reason to wait."""
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield clips[len(taken) % 2]

    batch = ask_many(model, endless(), "Why?", **QUICK)
    next(batch)
    assert len(taken) <= 2
    batch.close()


def test_a_file_that_changes_while_it_is_read_has_no_answer(model, clips):
    def progress(stage, done, total):
        if stage == "prompt":
            shutil.copy(ODD / "av1.mp4", clips[0])

    (result,) = ask_many(model, clips[:1], "Why?", **QUICK, progress=progress)
    assert result.answer is None and "changed" in str(result.error)


def test_a_file_that_is_overwritten_in_place_has_no_answer(model, clips):
    """Neither its size nor its time of modification tells."""
    data = Path(clips[0]).read_bytes()

    def progress(stage, done, total):
        if stage == "prompt":
            overwrite(Path(clips[0]), data[:-1] + bytes([data[-1] ^ 1]))

    (result,) = ask_many(model, clips[:1], "Why?", **QUICK, progress=progress)
    assert result.answer is None and "changed" in str(result.error)


def test_a_file_that_is_only_touched_has_its_answer(model, clips):
    def progress(stage, done, total):
        os.utime(clips[0], (1, 1))

    (result,) = ask_many(model, clips[:1], "Why?", **QUICK, progress=progress)
    assert result.answer is not None


# --- identity ----------------------------------------------------------------------------------


def settings(model, **changes):
    return next(ask_many(model, ["nowhere.mp4"], "Why?", **{**QUICK, **changes})).settings


@pytest.mark.parametrize(
    "change",
    [
        {"spec": "slowfast-slow_1frms_concat-fast_2x2"},
        {"reading": Reading(Selection(frames=3))},
        {"reading": Reading(Selection(frames=2, start=1.0))},
        {"reading": Reading(Selection(frames=2), exact=True)},
        {"reading": Reading(Selection(frames=2), hwaccel=True)},
        {"sampling": Sampling(max_tokens=4)},
        {"sampling": Sampling(max_tokens=3, temperature=0.5)},
        {"sampling": Sampling(max_tokens=3, seed=1)},
        {"sampling": Sampling(max_tokens=3, stop=("x",))},
        {"template": "mistral_instruct"},
        {"choices": ["run", "swim"]},
        {"choices": ["run", "swim"], "choose_by": "generate"},
    ],
    ids=str,
)
def test_all_that_makes_an_answer_is_part_of_the_settings(model, change):
    assert settings(model, **change) != settings(model)


def test_what_makes_no_answer_is_no_part_of_the_settings(model):
    """A limit that is raised to retry what failed must not ask everything again."""
    same = [
        {"reading": Reading(Selection(frames=2), limits=Limits(pixels=50_000_000))},
        {"spec": parse_spec(SPEC)},
        {"template": model.template},
    ]
    assert {settings(model, **change) for change in same} == {settings(model)}


def test_another_checkpoint_of_the_same_name_is_another_model(model, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(GOLDEN / "models" / "vicuna-hf", folder)
    copy = replace(model, name=str(folder))
    before = settings(copy)
    os.utime(folder / "model.safetensors", ns=(1, 1))
    assert settings(copy) != before


def test_the_next_run_reads_only_what_is_new(model, clips, tmp_path, monkeypatch):
    """What files hold is remembered under all that the file system says of them."""
    monkeypatch.setattr(fingerprint, "SETTLED_SECONDS", 0.0)
    digest, read = fingerprint.Files.digest, []

    def counted(files, stop=None):
        read.extend(stretch.path for stretch in files.stretches if stretch.path in clips)
        return digest(files, stop)

    monkeypatch.setattr(fingerprint.Files, "digest", counted)

    def contents(cache):
        skip = {"skip": lambda result: True, "cache": cache}
        return [result.content for result in ask_many(model, clips, "Why?", **QUICK, **skip)]

    cache = Cache(tmp_path / "cache")
    first = contents(cache)
    assert sorted(read) == sorted(clips) and contents(cache) == first and len(read) == 3
    data = Path(clips[1]).read_bytes()
    overwrite(Path(clips[1]), data[:-1] + bytes([data[-1] ^ 1]))
    assert contents(cache)[1] not in first and read[3:] == [clips[1]]
    # A cache that keeps nothing remembers nothing
    assert contents(Cache(tmp_path / "none", 0))[0] == first[0]
    assert len(read) == 7 and not (tmp_path / "none").exists()
