"""Conversations that go on in another process, the history of them, and answers as files."""

import errno
import json
import os
import random
import shutil
import stat
from dataclasses import replace
from pathlib import Path

import pytest

import sf_mlx
from sf_mlx import Sampling, demo, documents, errors, history, whole_file
from sf_mlx.errors import ContextLengthError, OutputError, UsageError
from sf_mlx.history import Conversation, History
from tests.tiny import write_tiny
from tests.video.clips import encode, moving_square

QUICK = ("--spec", "slowfast-slow_2frms_concat-fast_2x2", "--frames", 4, "--max-tokens", 5)
FIRST, SECOND = "What happens?", "How many shapes are there?"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("tiny") / "model", seed=2)


@pytest.fixture
def clip(tmp_path):
    return encode(tmp_path / "clip.mp4", moving_square(8))


@pytest.fixture
def past(own_places):
    return History()


def talk(sf, clip, model, *more):
    ran = sf("ask", clip, FIRST, "-m", model, *QUICK, *more)
    assert ran.code == 0, ran.err
    return ran


# --- going on --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return demo.sample_clip(tmp_path_factory.mktemp("sample") / "sf-mlx-demo.mp4")


def test_a_replayed_conversation_is_the_one_that_was_had(sample):
    """The same token ids as where it never stopped, and so the same answers."""
    model = sf_mlx.load("demo")
    session = model.open(sample, spec="light", frames=8)
    chat = session.chat()
    sampling = Sampling(max_tokens=60)
    for question in (FIRST, SECOND, "Is anything red?"):
        chat.ask(question, sampling=sampling).finish()
    turns = [(question, answer.text) for question, answer in chat.turns]
    for known in (1, 2):
        again = session.chat(turns[:known])
        for question, answer in turns[known:]:
            assert again.ask(question, sampling=sampling).text == answer
        assert again._asked == chat._asked
        assert [question for question, _ in again.turns] == [q for q, _ in turns[known:]]


@pytest.mark.parametrize("name", ["vicuna-hf", "mistral-hf", "yi34b-hf"])
def test_a_replayed_turn_ends_as_a_turn_ends(golden_models, name, clip):
    """Question, answer, end token, next question: for each family of templates."""
    model = sf_mlx.load(golden_models / name)
    session = model.open(clip, spec="light", frames=2)
    chat = session.chat([("Why?", "Because."), ("Who?", "")])
    answer = chat.ask("What?", sampling=Sampling(max_tokens=2))
    assert answer.finish().record.finish_reason in ("length", "stop")
    decoded = model.tokenizer.decode(list(chat._asked), skip_special_tokens=False)
    assert decoded.index("Why?") < decoded.index("Because.") < decoded.index("Who?")
    assert decoded.count("Because.") == 1
    ends = [i for i, token in enumerate(chat._asked) if token == chat._before[-1]]
    assert len(ends) >= 2 and chat._before[-1] in chat._asked
    chat.reset()
    alone = chat.ask("What?", sampling=Sampling(max_tokens=2)).finish()
    assert alone.record.text_tokens < answer.record.text_tokens


def test_a_question_without_an_answer_is_taken_back_to_what_came_before(sample):
    model = sf_mlx.load("demo")
    session = model.open(sample, spec="light", frames=8)
    chat = session.chat([(FIRST, "A red ball moves.")])
    before = chat._before
    chat.ask(SECOND)  # not a word of it is read
    answer = chat.ask(SECOND, sampling=Sampling(max_tokens=30))
    assert (
        answer.text
        == session.chat([(FIRST, "A red ball moves.")])
        .ask(SECOND, sampling=Sampling(max_tokens=30))
        .text
    )
    assert chat._before == before and len(chat.turns) == 1


def test_ask_goes_on_with_the_last_conversation(sf, clip, model, past):
    first = talk(sf, clip, model)
    ran = sf("ask", "-c", SECOND, "--max-tokens", 5, "--json")
    record = json.loads(ran.out)
    assert (record["question"], record["video"]) == (SECOND, str(clip))
    assert record["model"] == str(model) and record["spec"] == QUICK[1]
    assert len(record["frame_times"]) == 4
    found = past.last()
    assert [turn.question for turn in found.turns] == [FIRST, SECOND]
    assert found.turns[0].answer == first.out.strip()
    assert found.turns[1].answer == record["answer"]
    session = sf_mlx.load(model).open(clip, spec=QUICK[1], frames=4)
    alone = session.chat([(FIRST, found.turns[0].answer)]).ask(SECOND, sampling=Sampling(5))
    assert record["answer"] == alone.text
    sf("ask", "-c", "-q", "And then?", "--max-tokens", 5)
    assert len(past.last().turns) == 3 and len(past.names()) == 1


def test_a_choice_goes_on_as_the_question_that_was_read(sf, clip, model, past):
    talk(sf, clip, model, "--choice", "left", "--choice", "right")
    turn = past.last().turns[0]
    assert turn.choices == ("left", "right") and turn.answer in turn.choices
    assert "(A) left" in past.last().earlier()[0][0]
    assert sf("ask", "-c", SECOND, "--max-tokens", 5).code == 0


def test_it_goes_on_from_another_folder(sf, clip, model, past, tmp_path, monkeypatch):
    monkeypatch.chdir(model.parent)
    shutil.copy(clip, "here.mp4")
    talk(sf, "here.mp4", model.name)
    monkeypatch.chdir(tmp_path)
    assert sf("ask", "-c", SECOND, "--max-tokens", 5).code == 0


def test_it_goes_on_with_the_model_in_the_box_beside_a_folder_of_its_name(
    sf, past, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo").mkdir()
    clip = demo.sample_clip(tmp_path / "clip.mp4")
    assert sf("ask", clip, "How many shapes are there?", "-m", "demo").code == 0
    assert sf("ask", "-c", "And is anything red?").code == 0


def test_it_goes_on_with_an_address_of_a_file_and_a_name_that_is_no_text(sf, clip, model, past):
    talk(sf, f"file://{clip}", model)
    assert past.last().video == str(clip)
    odd = clip.rename(os.fsdecode(os.fsencode(clip.with_suffix("")) + b"\xff.mp4"))
    talk(sf, odd, model)
    assert past.last().video == str(odd)
    assert sf("ask", "-c", SECOND, "--max-tokens", 3).code == 0
    assert "\udcff" not in sf("history").out


def test_what_is_typed_goes_before_what_was(sf, clip, model, past):
    talk(sf, clip, model)
    ran = sf("ask", "-c", SECOND, "--preset", "light", "--max-tokens", 5, "--json")
    record = json.loads(ran.out)
    assert record["preset"] == "light" and len(record["frame_times"]) == 4
    ran = sf("ask", "-c", SECOND, "--start", "0.1", "--max-tokens", 5, "--json", "--kv-bits", 8)
    record = json.loads(ran.out)
    # Whoever names frames says all of them anew
    assert len(record["frame_times"]) > 4 and record["preset"] == "light"
    assert past.last().settings["kv_bits"] == 8 and "frames" not in past.last().settings


def test_it_keeps_what_was_set_when_it_began(sf, clip, model, past, monkeypatch):
    monkeypatch.setenv("SF_MLX_PRESET", "light")
    monkeypatch.setenv("SF_MLX_MODEL", str(model))
    sf("ask", clip, FIRST, "--frames", 4, "--max-tokens", 3)
    monkeypatch.setenv("SF_MLX_PRESET", "fast")
    monkeypatch.setenv("SF_MLX_MODEL", "another")
    record = json.loads(sf("ask", "-c", SECOND, "--max-tokens", 3, "--json").out)
    assert record["preset"] == "light" and record["model"] == str(model)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("-c",), "ask one thing"),
        (("-c", "-q", "Why?", "-q", "Who?"), "ask one thing"),
        (("-c", "Why?", "--jsonl", "a.jsonl"), "one conversation"),
        (("-c", "a video.mp4", "Why?"), "the same video"),
        (("-c", "Why?", "--choice", "a", "--choice", "b"), "goes on"),
        (("-c", "Why?", "--every", "1s"), "goes on"),
        (("-c", "Why?", "-q", "Who?"), "once"),
        ((), "no video is named"),
        (("-c", " "), "empty"),
    ],
)
def test_what_cannot_go_on(sf, clip, model, past, typed, words):
    talk(sf, clip, model)
    ran = sf("ask", *typed)
    assert ran.code == UsageError.exit_code and words in ran.err and ran.out == ""
    assert ran.err.count("\n") == 1 and len(past.last().turns) == 1


def test_there_is_nothing_to_go_on_with(sf, clip, model, past):
    ran = sf("ask", "-c", "Why?")
    assert ran.code == UsageError.exit_code and "no conversation yet" in ran.err
    data = clip.read_bytes()
    assert sf("ask", "-", FIRST, "-m", model, *QUICK, stdin=data).code == 0
    ran = sf("ask", "-c", "Why?")
    assert ran.code == UsageError.exit_code and "standard input" in ran.err


def test_a_video_that_changed_or_is_gone(sf, clip, model, past):
    talk(sf, clip, model)
    encode(clip, moving_square(9))
    ran = sf("ask", "-c", SECOND, "--max-tokens", 3)
    assert ran.code == 0 and "has changed" in ran.err
    clip.unlink()
    ran = sf("ask", "-c", SECOND, "--quiet")
    assert ran.code == errors.VideoNotFoundError.exit_code and str(clip) in ran.err


def test_a_conversation_that_has_become_too_long(sf, clip, model, past):
    talk(sf, clip, model)
    found = past.last()
    past.keep(found.said("word " * 9000, (), "so it is"))
    ran = sf("ask", "-c", "Why?")
    assert ran.code == ContextLengthError.exit_code and "begin a new conversation" in ran.err


# --- the history -----------------------------------------------------------------------------


def some(number: int) -> Conversation:
    begun = replace(Conversation.begin(f"/films/{number}.mp4"), settings={"model": "demo"})
    name = f"20260101-0000{number // 100:02}-{number % 100:04x}"
    return replace(begun, name=name).said(f"Question {number}?", (), f"Answer {number}.")


def test_only_the_user_can_read_it(sf, clip, model, past):
    before = os.umask(0)
    try:
        talk(sf, clip, model)
    finally:
        os.umask(before)
    (path,) = past.folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(past.folder.stat().st_mode) == 0o700
    assert path.stat().st_size < 2000, "words only"


def test_nothing_is_kept_where_that_is_not_wanted(sf, clip, model, past, monkeypatch):
    talk(sf, clip, model, "--no-history")
    monkeypatch.setenv("SF_MLX_HISTORY", "no")
    talk(sf, clip, model)
    assert past.names() == []
    monkeypatch.delenv("SF_MLX_HISTORY")
    talk(sf, clip, model)
    assert sf("ask", "-c", SECOND, "--no-history", "--max-tokens", 3).code == 0
    assert len(past.last().turns) == 1


def test_the_oldest_are_forgotten(past, monkeypatch):
    monkeypatch.setattr(history, "MOST", 5)
    for number in range(8):
        past.keep(some(number))
        os.utime(past.folder / f"{some(number).name}.json", (number, number))
    assert [past.read(name).video for name in past.names()] == [
        f"/films/{number}.mp4" for number in (7, 6, 5, 4, 3)
    ]
    (past.folder / "notes.txt").write_text("somebody's")
    assert past.clear() == 5
    assert [path.name for path in past.folder.iterdir()] == ["notes.txt"]


def test_a_damaged_file_is_an_error_in_words(past):
    """100 flipped bytes, cuts, other versions: read as it is, or said to be no conversation."""
    past.keep(some(1).said("Und jetzt? 😀", ("ja", "nein"), "ja"))
    (path,) = past.folder.iterdir()
    good = path.read_bytes()
    rng = random.Random(0)
    found = json.loads(good)
    bad = [b"", b"[]", b"null", good[:-10], b"[" * 100_000, b"\xff" * 50, b"9" * 5000]
    for change in (
        {"format": 2}, {"turns": []}, {"turns": [{}]}, {"turns": 5}, {"settings": []},
        {"content": [1]}, {"content": "ab"}, {"video": None}, {"turns": [{"question": 1}]},
    ):  # fmt: skip
        bad.append(json.dumps(found | change).encode())
    for data in bad:
        path.write_bytes(data)
        with pytest.raises(UsageError, match="is no conversation"):
            past.last()
    for _ in range(100):
        data = bytearray(good)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        try:
            assert isinstance(past.last(), Conversation)
        except UsageError as error:
            assert "is no conversation" in str(error)


@pytest.mark.parametrize(
    "settings",
    [{"modle": "x"}, {"frames": "many"}, {"limit": [1]}, {"exact": 3}, {"start": {}}],
)
def test_settings_of_another_version(sf, past, settings):
    past.keep(replace(some(1), settings={"model": "demo", **settings}))
    ran = sf("ask", "-c", "Why?")
    assert ran.code == UsageError.exit_code and "this version does not know" in ran.err


def test_a_damaged_last_conversation_is_not_passed_over(sf, past):
    past.keep(some(1))
    past.keep(some(2))
    (past.folder / f"{some(2).name}.json").write_bytes(b"{")
    assert sf("ask", "-c", "Why?").code == UsageError.exit_code
    assert "damaged" in sf("history").out
    assert some(1).video in sf("history", "show", some(1).name).out


def test_a_disk_that_refuses_is_a_warning(sf, clip, model, past, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(history, "write_private", refuse)
    ran = talk(sf, clip, model)
    assert ran.out.strip() and "No space left" in ran.err and "Traceback" not in ran.err


def test_the_history_command(sf, clip, model, past):
    assert sf("history").out == ""
    assert sf("history", "show").code == UsageError.exit_code
    talk(sf, clip, model)
    first = past.names()[0]
    talk(sf, clip, model, "--choice", "left", "--choice", "right")
    lines = sf("history").out.splitlines()
    assert len(lines) == 2 and lines[1].startswith(first) and FIRST in lines[0]
    shown = sf("history", "show", first).out
    assert f"> {FIRST}\n" in shown and past.read(first).turns[0].answer in shown
    assert "  - left" in sf("history", "show").out
    assert sf("history", "show", "2").code == UsageError.exit_code, "both begin so"
    assert sf("history", "show", "nothing").code == UsageError.exit_code
    assert sf("history", "list", first).code == UsageError.exit_code
    assert sf("history", "clear").out == "2 conversations removed\n"
    assert past.names() == []


# --- the cache's command -----------------------------------------------------------------------


def test_the_cache_command(sf, clip, model, own_places, monkeypatch):
    monkeypatch.setattr(sf_mlx.fingerprint, "SETTLED_SECONDS", 0.0)
    from sf_mlx import lookup

    assert sf("cache", "path").out == f"{own_places / 'cache'}\n"
    assert sf("cache", "size").out == "0 videos, 0.0 MB of 4.0 GB\n"
    talk(sf, clip, model, "--no-cache")
    assert not (own_places / "cache").exists()
    for hit in (False, True):
        assert json.loads(talk(sf, clip, model, "--json").out)["from_cache"] is hit
        for thread in list(lookup._keepers):
            thread.join()
    assert json.loads(talk(sf, clip, model, "--json", "--no-cache").out)["from_cache"] is False
    assert "from the cache" in talk(sf, clip, model, "--stats").err
    listed = sf("cache").out
    assert str(clip) in listed and "1 video, " in listed and "     4 " in listed
    monkeypatch.setenv("SF_MLX_CACHE_SIZE", "0")
    assert json.loads(talk(sf, clip, model, "--json").out)["from_cache"] is False
    assert sf("cache", "clear").out == "1 video removed\n"
    assert sf("cache", "size").out == "0 videos, 0.0 MB of 0.0 MB\n"


# --- answers as files --------------------------------------------------------------------------


def test_an_answer_as_each_kind_of_file(sf, clip, model, tmp_path):
    answer = talk(sf, clip, model).out.strip()
    for kind in documents.KINDS:
        path = tmp_path / f"answer{kind}"
        path.write_text("an older one")
        before = os.umask(0o022)
        ran = talk(sf, clip, model, "-o", path)
        os.umask(before)
        assert ran.out == "" and stat.S_IMODE(path.stat().st_mode) == 0o644
        text = path.read_text()
        if kind == ".txt":
            assert text == answer + "\n"
        elif kind == ".json":
            assert json.loads(text)["answer"] == answer
        else:
            assert text.startswith("# clip.mp4\n\n> What happens?\n\n")
            assert answer in text and "4 frames from 0.0" in text


def test_a_markdown_file_has_choices_and_warnings(sf, clip, model, tmp_path):
    path = tmp_path / "answer.md"
    talk(sf, clip, model, "-o", path, "--choice", "left", "--choice", "right", "--frames", 99)
    assert "> - left\n> - right\n" in path.read_text()
    assert "Warning: 8 frames instead of 99" in path.read_text()


@pytest.mark.parametrize("name", ["answer", "answer.mp4", "answer.md/", ".md", ""])
def test_another_ending_is_refused_before_any_work(sf, clip, name):
    ran = sf("ask", clip, FIRST, "-m", "nowhere", "-o", name)
    assert ran.code == UsageError.exit_code and ".md, .txt, .json" in ran.err


def test_a_file_that_cannot_be_is_refused_before_any_work(sf, clip, tmp_path):
    (tmp_path / "folder.md").mkdir()
    os.mkfifo(tmp_path / "pipe.txt")
    for name in ("folder.md", "pipe.txt", "nowhere/answer.md", "clip.mp4/answer.md", "x\0.md"):
        ran = sf("ask", clip, FIRST, "-m", "nowhere", "-o", tmp_path / name)
        assert ran.code == OutputError.exit_code, name
    ran = sf("ask", clip, FIRST, "-m", "nowhere", "-o", tmp_path / "a.json", "--json")
    assert ran.code == UsageError.exit_code


def test_a_full_disk_leaves_the_older_file(sf, clip, model, tmp_path, monkeypatch):
    path = tmp_path / "answer.md"
    path.write_text("an older one")

    def refuse(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(whole_file.os, "replace", refuse)
    ran = sf("ask", clip, FIRST, "-m", model, *QUICK, "-o", path, "--no-cache", "--no-history")
    assert ran.code == OutputError.exit_code and "No space left" in ran.err
    assert path.read_text() == "an older one"
    assert [p for p in tmp_path.iterdir() if p.name.endswith(whole_file.PART)] == []


def test_a_link_stays_one(sf, clip, model, tmp_path):
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    link.symlink_to(real)
    talk(sf, clip, model, "-o", link)
    assert link.is_symlink() and real.read_text().strip()


def test_language_of_the_question_that_is_left_out(sf, clip, model, monkeypatch):
    monkeypatch.setenv("SF_MLX_LANGUAGE", "de")
    ran = sf("ask", clip, "-m", model, *QUICK, "--json")
    assert json.loads(ran.out)["question"] == "Beschreibe dieses Video ausführlich auf Deutsch."


def test_settings_hold_in_commands(sf, clip, model, own_places):
    own_places.mkdir(exist_ok=True)
    config = Path(os.environ["SF_MLX_CONFIG"])
    config.write_text(f'model = "{model}"\npreset = "light"\nkv_bits = 8\n')
    few = ("--frames", 4, "--max-tokens", 3, "--json")
    record = json.loads(sf("ask", clip, FIRST, *few).out)
    assert (record["model"], record["preset"]) == (str(model), "light")
    assert History().last().settings["kv_bits"] == 8
    sf("ask", clip, FIRST, *few, "--kv-bits", 0)
    assert History().last().settings["kv_bits"] == 0
    config.write_text("preset = 'nope'")
    ran = sf("ask", clip, FIRST, "-m", model)
    assert ran.code == UsageError.exit_code and "config.toml" in ran.err
