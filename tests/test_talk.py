"""What chat does with what is typed: commands, failures, Ctrl-C; with a model that is not there."""

import json
import threading
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sf_mlx import errors
from sf_mlx.sampling import Sampling
from sf_mlx.slowfast import PRESETS, SlowFast
from sf_mlx.video import Percent, Reading, Selection
from sf_mlx_cli.chat import converse
from sf_mlx_cli.subject import Subject
from sf_mlx_cli.talk import COMMANDS, Leave, Talk


@pytest.fixture(scope="module", autouse=True)
def counted():
    """What `/stats` prints of a real record is tested with a real model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sf_mlx_cli.talk.statistics", lambda record: "counts and times")
        yield


class Screen:
    """What was shown, by kind."""

    def __init__(self):
        self.said, self.notes, self.warned, self.asides, self.waits = "", [], [], [], []
        self.waiting = False

    def say(self, text):
        assert not self.waiting  # a bar would be written over
        self.said += text

    def note(self, text):
        self.notes.append(text)

    def warn(self, text):
        self.warned.append(text)

    def aside(self, text):
        self.asides.append(text)

    def progress(self, stage, done, total):
        self.waits.append(stage)
        self.waiting = True

    def arrived(self):
        self.waiting = False

    def picture(self, draw):
        return False


@dataclass
class Answer:
    """Two words, and what may come between them."""

    question: str
    between: object = None
    pieces: list[str] = field(default_factory=list)
    closed: bool = False
    warnings: tuple[str, ...] = ("a warning",)

    def __iter__(self):
        for piece in ("yes", f" {self.question}"):
            self.pieces.append(piece)
            yield piece
            if self.between:
                self.between()

    @property
    def text(self):
        return self.text_so_far

    @property
    def text_so_far(self):
        return "".join(self.pieces)

    @property
    def record(self):
        if self.closed:
            return None
        return SimpleNamespace(
            answer_tokens=2, tokens_per_second=5.0, finish_reason="length",
            as_json=lambda: {"answer": self.text},
        )  # fmt: skip

    def close(self):
        self.closed = True


class Chat:
    def __init__(self, session):
        self.session, self.turns = session, []

    def ask(self, question, *, sampling, progress):
        if question == "too long":
            raise errors.ContextLengthError("it does not fit")
        answer = Answer(question, self.session.model.between)
        self.turns.append((question, answer))
        self.session.model.asked.append((self.session.video, tuple(q for q, _ in self.turns)))
        return answer

    def reset(self):
        self.turns = []


class Session:
    frame_count, visual_tokens, memory, is_seen = 50, 3680, 0, True
    info = SimpleNamespace(duration=60.0)

    def __init__(self, model, video):
        self.model, self.video, self.closed, self.prepared = model, video, False, False

    def prepare(self):
        self.prepared = True

    def chat(self):
        return Chat(self)

    def close(self):
        self.closed = True


class Model:
    """Opens anything but what is called missing."""

    def __init__(self):
        self.opened, self.asked, self.between = [], [], None

    def open(self, video, *, spec, reading, template, kv_bits):
        start, end = reading.selection.start, reading.selection.end
        if "missing" in video:
            raise errors.VideoNotFoundError(f"{video}: no such file.")
        if isinstance(start, float) and isinstance(end, float) and end <= start:
            raise errors.VideoRangeError("empty")
        session = Session(self, video)
        session.subject = (video, spec, reading)
        self.opened.append(session)
        return session


def make(model=None, video="clip.mp4", load=None, failed=lambda: None, reading=Reading()):
    model = model or Model()
    screen = Screen()
    subject = Subject(video, SlowFast(), reading)
    talk = Talk(load or (lambda: model), subject, Sampling(), screen, failed)
    return talk, screen, model


def now(model):
    """The session that is talked about: the last that is open."""
    (open_one,) = [session for session in model.opened if not session.closed]
    return open_one


# --- questions ---------------------------------------------------------------------------------


def test_questions_know_those_before_them():
    talk, screen, model = make()
    talk.submit("one?")
    talk.submit("  two?\n")
    assert screen.said == "yes one?\nyes two?\n"
    assert model.asked[-1] == ("clip.mp4", ("one?", "two?"))
    assert now(model).prepared


def test_the_wait_for_the_first_word_is_told_after_each_answer():
    talk, screen, _ = make()
    talk.submit("one?")
    (said,) = screen.asides
    assert said.startswith("(0.") and "s to the first word, 2 tokens, 5 a second" in said
    assert said.endswith("cut at --max-tokens)")


def test_a_warning_is_told_once_for_each_video():
    talk, screen, _ = make()
    talk.submit("one?")
    talk.submit("two?")
    assert screen.warned == ["a warning"]
    talk.submit("/video other.mp4")
    talk.submit("three?")
    assert screen.warned == ["a warning"] * 2


def test_a_question_may_come_before_the_model():
    """It waits and says what for."""
    ready, waits = threading.Event(), threading.Event()
    model = Model()

    def load():
        waits.wait(20)
        ready.wait(20)
        return model

    talk, screen, _ = make(model, load=load)
    assert talk.status() == "clip.mp4 · default · loading the model" and talk.is_busy
    screen.progress = lambda *words: (screen.waits.append(words[0]), waits.set(), ready.set())
    talk.submit("one?")
    assert screen.waits[0] == "Loading the model" and screen.said == "yes one?\n"
    assert talk.status() == "clip.mp4 · default"


def test_nothing_is_no_question():
    talk, screen, model = make()
    talk.submit("")
    talk.submit(" \n ")
    assert model.asked == [] and screen.said == ""


def test_a_question_that_does_not_fit_points_to_a_new_conversation():
    talk, screen, _ = make()
    talk.submit("one?")
    with pytest.raises(errors.ContextLengthError):
        talk.submit("too long")
    assert "/reset" in screen.notes[-1]
    assert [said.question for said in talk.said] == ["one?"]


# --- Ctrl-C ------------------------------------------------------------------------------------


def press_ctrl_c():
    raise KeyboardInterrupt


def test_ctrl_c_stops_an_answer_and_keeps_what_was_said():
    talk, screen, model = make()
    model.between = press_ctrl_c
    with pytest.raises(KeyboardInterrupt):
        talk.submit("one?")
    talk.interrupt()
    assert screen.said == "yes\n" and not screen.waiting
    (said,) = talk.said
    assert (said.answer, said.record) == ("yes", None)
    model.between = None
    talk.submit("two?")
    assert screen.said == "yes\nyes two?\n"


def test_ctrl_c_twice_leaves_and_anything_between_forgets_the_first():
    talk, _, _ = make()
    talk.interrupt()
    talk.submit("/help")
    talk.interrupt()
    with pytest.raises(Leave):
        talk.interrupt()


def test_ctrl_c_while_the_model_loads_ends_the_waiting_only():
    loaded = threading.Event()
    model = Model()

    def load():
        loaded.wait(20)
        return model

    talk, screen, _ = make(model, load=load)
    screen.progress = lambda *_: press_ctrl_c()
    with pytest.raises(KeyboardInterrupt):
        talk.submit("one?")
    screen.progress = lambda *_: loaded.set()
    talk.submit("two?")
    assert screen.said == "yes two?\n" and [said.question for said in talk.said] == ["two?"]


def test_ctrl_c_while_another_video_opens_stays_with_the_first():
    go_on = threading.Event()
    talk, screen, model = make()
    talk.submit("one?")
    opens = model.open

    def slow(video, **options):
        go_on.wait(20)
        return opens(video, **options)

    model.open = slow
    screen.progress = lambda *_: press_ctrl_c()
    with pytest.raises(KeyboardInterrupt):
        talk.submit("/video other.mp4")
    abandoned = talk._begun[-1]
    go_on.set()
    abandoned.result(20).closed  # noqa: B018 (it opens after all)
    abandoned.add_done_callback(lambda _: None)
    screen.progress = Screen.progress.__get__(screen)
    talk.submit("two?")
    assert talk.subject.video == "clip.mp4"
    assert model.asked[-1] == ("clip.mp4", ("one?", "two?"))
    assert now(model).video == "clip.mp4"  # the other was closed when it came


# --- commands ----------------------------------------------------------------------------------


def test_help_lists_every_command():
    talk, screen, _ = make()
    talk.submit("/help")
    for name in COMMANDS:
        assert any(note.startswith(name) for note in screen.notes)


def test_another_video_begins_a_new_conversation_and_closes_the_old():
    talk, _, model = make(reading=Reading(Selection(start=1.0, end=2.0)))
    talk.submit("one?")
    talk.submit("/video '~/my film.mp4'")
    assert now(model).video.endswith("/my film.mp4") and "~" not in now(model).video
    assert now(model).subject[2].selection == Selection()  # the range was the other's
    talk.submit("two?")
    assert model.asked[-1][1] == ("two?",)


@pytest.mark.parametrize(
    ("typed", "start", "end"),
    [
        ("1:00-2:00", 60.0, 120.0),
        ("1:00 – 1m30s", 60.0, 90.0),
        ("40%-60%", Percent(40), Percent(60)),
        ("10-", 10.0, None),
        ("-10", None, 10.0),
        ("", None, None),
    ],
)
def test_ranges(typed, start, end):
    talk, _, model = make()
    talk.submit(f"/range {typed}")
    selection = now(model).subject[2].selection
    assert (selection.start, selection.end) == (start, end)


@pytest.mark.parametrize("typed", ["5", "-", "a-b", "1-2-3", "1:99-2:00", "9" * 500 + "-"])
def test_no_ranges(typed):
    talk, _, model = make()
    with pytest.raises(errors.UsageError):
        talk.submit(f"/range {typed}")
    talk.submit("one?")
    assert model.asked[-1][0] == "clip.mp4"


def test_presets():
    talk, screen, model = make()
    talk.submit("/preset")
    assert len(screen.notes) == len(PRESETS) and screen.notes[0].startswith("* default")
    talk.submit("/preset detail")
    assert now(model).subject[1] == PRESETS["detail"]
    with pytest.raises(errors.UsageError, match="unknown preset"):
        talk.submit("/preset nope")
    assert talk.status() == "clip.mp4 · detail"


def test_what_cannot_be_opened_changes_nothing():
    talk, _, model = make()
    talk.submit("one?")
    for wrong in ("/video missing.mp4", "/range 9-3", "/video", "/nope", "/preset nope"):
        with pytest.raises(errors.SfMlxError):
            talk.submit(wrong)
    talk.submit("two?")
    assert model.asked[-1] == ("clip.mp4", ("one?", "two?"))
    assert [said.question for said in talk.said] == ["one?", "two?"]


def test_reset_forgets_the_conversation_but_not_what_is_saved(tmp_path):
    talk, _, model = make()
    talk.submit("one?")
    talk.submit("/reset")
    talk.submit("two?")
    assert model.asked[-1][1] == ("two?",) and len(model.opened) == 1
    talk.submit(f"/save {tmp_path / 'a.txt'}")
    assert (tmp_path / "a.txt").read_text() == (
        "clip.mp4 · default\n\n> one?\nyes one?\n\n> two?\nyes two?\n"
    )


def test_saving_in_every_form(tmp_path):
    talk, screen, model = make()
    talk.submit("a\nb?")
    model.between = press_ctrl_c
    with pytest.raises(KeyboardInterrupt):
        talk.submit("two?")
    for name in ("a.md", "a.txt", "a.JSON"):
        talk.submit(f"/save {tmp_path / name}")
    assert (tmp_path / "a.md").read_text() == (
        "# clip.mp4 · default\n\n> a\n> b?\n\nyes a\nb?\n\n> two?\n\nyes (stopped)\n"
    )
    turns = json.loads((tmp_path / "a.JSON").read_text())["turns"]
    assert [turn["record"] for turn in turns] == [{"answer": "yes a\nb?"}, None]
    assert screen.notes[-1].startswith("2 answers saved in ")


def test_only_what_it_wrote_is_written_over(tmp_path):
    talk, _, _ = make()
    talk.submit("one?")
    (tmp_path / "mine.md").write_text("mine")
    with pytest.raises(errors.OutputError, match="exists"):
        talk.submit(f"/save {tmp_path / 'mine.md'}")
    assert (tmp_path / "mine.md").read_text() == "mine"
    talk.submit(f"/save {tmp_path / 'new.md'}")
    talk.submit(f"/save {tmp_path / 'new.md'}")
    with pytest.raises(errors.UsageError, match=r"\.md, \.txt or \.json"):
        talk.submit(f"/save {tmp_path / 'new.pdf'}")


@pytest.mark.parametrize("typed", ["/save a.md", "/save", "/stats"])
def test_nothing_to_save_or_to_count_yet(typed):
    talk, _, _ = make()
    with pytest.raises(errors.UsageError):
        talk.submit(typed)


# --- failures ----------------------------------------------------------------------------------


def test_a_model_that_cannot_be_loaded_ends_the_talk():
    told = threading.Event()

    def load():
        raise errors.ModelNotFoundError("nowhere")

    talk, screen, _ = make(load=load, failed=told.set)
    assert told.wait(20)
    with pytest.raises(errors.ModelNotFoundError):
        converse(talk, lambda: "one?", screen)
    assert not talk.is_busy


def test_a_first_video_that_cannot_be_opened_ends_the_talk_too():
    told = threading.Event()
    talk, screen, _ = make(video="missing.mp4", failed=told.set)
    assert told.wait(20)
    with pytest.raises(errors.VideoNotFoundError):
        converse(talk, lambda: "one?", screen)


def test_the_loop_tells_errors_and_goes_on():
    talk, screen, model = make()
    lines = iter(["/nope", "one?", "/video missing.mp4", "/quit", "two?"])
    converse(talk, lambda: next(lines), screen)
    assert [note for note in screen.notes if note.startswith("sf-mlx: ")] == [
        "sf-mlx: there is no command /nope; /help lists them",
        "sf-mlx: missing.mp4: no such file.",
    ]
    assert len(model.asked) == 1


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt])
def test_the_loop_ends_with_ctrl_d_and_with_ctrl_c_twice(end):
    talk, screen, _ = make()
    presses = []

    def read():
        presses.append(end)
        raise end

    converse(talk, read, screen)
    assert len(presses) == (1 if end is EOFError else 2)


# --- any order ---------------------------------------------------------------------------------

LINES = st.sampled_from(
    ["one?", "two?", "too long", "", "/help", "/reset", "/stats", "/preset", "/preset fast",
     "/preset nope", "/video other.mp4", "/video missing.mp4", "/range 1-2", "/range 2-1", "/range",
     "/nope", "/save", "/save a.pdf", "C-c", "stopped"]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(LINES, max_size=12))
def test_in_any_order_one_video_is_open_and_nothing_is_lost(typed):
    """Whatever is typed: errors of ours only, one open video, the transcript grows by answers."""
    talk, screen, model = make()
    expected = 0
    for line in typed:
        model.between = press_ctrl_c if line == "stopped" else None
        try:
            if line == "C-c":
                talk.interrupt()
                continue
            talk.submit(line)
        except KeyboardInterrupt:
            assert line == "stopped"
        except errors.SfMlxError:
            assert line not in ("one?", "two?", "/help", "/reset")
        except Leave:
            break
        expected += line in ("one?", "two?", "stopped")
        assert len(talk.said) == expected and not screen.waiting
        assert now(model).subject == (
            talk.subject.video, talk.subject.pooling, talk.subject.reading
        ) if model.asked else True  # fmt: skip
    talk._session.result(20)
    assert [s.closed for s in model.opened].count(False) == 1
