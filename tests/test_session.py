"""One video, many questions: every answer is the one that a fresh question would get.

Float32, greedy or seeded: token ids are compared through their text, exactly. The states that a
session can be in (kept, trimmed, put aside, read anew under another rotary base, given up half-way)
are chosen by hypothesis.
"""

import gc
import subprocess
import sys
import threading
import weakref
from functools import cache

import mlx.core as mx
import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

import sf_mlx
from sf_mlx import Sampling, mlx_thread
from sf_mlx.errors import ContextLengthError, UsageError, VideoError
from sf_mlx.prompts import build_prompt, follow_up
from sf_mlx.slowfast import SlowFast
from sf_mlx.templates import TEMPLATES, find_template
from tests.conftest import GOLDEN, MODELS
from tests.tiny import write_tiny

CLIP = np.random.default_rng(0).integers(0, 256, (4, 56, 56, 3), np.uint8)
OTHER = np.random.default_rng(1).integers(0, 256, (4, 56, 56, 3), np.uint8)
SMALL = SlowFast(4, 2, "concat", (2, 2))
# 40 visual tokens of the tiny model; these are near its trained context of 4,096
LONG = 3980
FRAMES = GOLDEN / "forward" / "frames"
QUESTIONS = (
    "Why?",
    "What is it?",
    "Where does the dog go, and who follows it there?",
    "\nIs anything red?",
    "¿Qué pasa? 😀",
    "Why",
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return sf_mlx.load(write_tiny(tmp_path_factory.mktemp("tiny") / "model", seed=2))


@pytest.fixture(scope="module")
def video(tiny):
    return tiny.open(CLIP, spec=SMALL)


@pytest.fixture(scope="module")
def golden_model(golden_models):
    return cache(lambda name: sf_mlx.load(golden_models / name))


def short(tokens: int = 6, **options) -> Sampling:
    return Sampling(max_tokens=tokens, **options)


# --- answers ---------------------------------------------------------------------------------


def test_pieces_are_the_text_and_come_again(video):
    answer = video.ask("Why?", sampling=short(12))
    pieces = list(answer)
    assert len(pieces) > 3
    assert "".join(pieces) == answer.text == str(answer) == answer.record.answer
    assert list(answer) == pieces


def test_two_readers_of_one_answer_both_get_all_of_it(video):
    answer = video.ask("Why?", sampling=short(8))
    one, other = iter(answer), iter(answer)
    first = next(one)
    assert [next(other), *other] == [first, *one]


def test_an_answer_can_be_closed_early(video):
    with video.ask("Why?", sampling=short(1000)) as answer:
        first = next(iter(answer))
    assert answer.text == first and answer.record is None
    assert list(answer) == [first]


def test_model_ask_takes_frames_and_times_without_a_selection(tiny):
    record = tiny.ask(np.repeat(CLIP, 3, 0), "Why?", spec=SMALL, frames=2, start=1, end=5).record
    assert len(record.frame_times) == 2 and min(record.frame_times) >= 1
    assert len(tiny.ask(CLIP, "Why?", spec=SlowFast(frames=3, fast_grid=(1, 1)), start=0.5,
                        sampling=short(1)).record.frame_times) == 3  # fmt: skip
    with pytest.raises(UsageError, match="once"):
        reading = sf_mlx.Reading(sf_mlx.Selection(frames=2))
        tiny.ask(CLIP, "Why?", spec=SMALL, frames=3, reading=reading)


def test_presets_by_name(tiny):
    assert tiny.open(CLIP, spec="light").pooling.slow_frames == 5


def test_nothing_is_read_before_it_is_needed(tiny):
    session = tiny.open(CLIP, spec=SMALL)
    assert not session.is_seen and session.memory == 0
    session.ask("Why?", sampling=short()).finish()
    assert session.is_seen and session.memory > 0


def test_the_second_question_pays_for_itself_only(tiny):
    session = tiny.open(CLIP, spec=SMALL)
    first, second = (session.ask(q, sampling=short()).record for q in ("Why?", "What is it?"))
    assert (first.cached_tokens, first.open_seconds > 0) == (0, True)
    assert second.cached_tokens >= session.visual_tokens
    assert second.open_seconds == second.decode_seconds == second.vision_seconds == 0


# --- the same answers as fresh ones ----------------------------------------------------------


def fresh(model, question: str, sampling: Sampling, **options) -> str:
    return model.ask(CLIP, question, spec=SMALL, sampling=sampling, **options).text


def test_a_hundred_questions_are_answered_as_fresh_ones(tiny, video):
    rng = np.random.default_rng(5)
    words = ("who", "what", "red", "dog", "left", "first", "¿", "\n", "42", "why", "no")
    for _ in range(100):
        question = " ".join(rng.choice(words, rng.integers(1, 12))) + "?"
        assert video.ask(question, sampling=short()).text == fresh(tiny, question, short())


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_every_template_is_answered_as_fresh(tiny, template):
    session = tiny.open(CLIP, spec=SMALL, template=template)
    for question in QUESTIONS:
        expected = fresh(tiny, question, short(), template=template)
        assert session.ask(question, sampling=short()).text == expected


@pytest.mark.parametrize("name", MODELS)
def test_golden_models_answer_in_a_session_as_fresh(golden_model, name):
    model = golden_model(name)
    spec = SlowFast(frames=6, slow_frames=2, fast_grid=(1, 1))
    session = model.open(FRAMES, spec=spec)
    for question in QUESTIONS:
        alone = model.ask(FRAMES, question, spec=spec, sampling=short(8)).text
        assert session.ask(question, sampling=short(8)).text == alone


@pytest.mark.parametrize("bits", [8, 4])
def test_quantised_caches_are_trimmed_exactly(tiny, bits):
    """Kept and trimmed equals fresh with the same bits; head size 64 is one group."""
    session = tiny.open(CLIP, spec=SMALL, kv_bits=bits)
    for question in QUESTIONS:
        assert session.ask(question, sampling=short()).text == fresh(
            tiny, question, short(), kv_bits=bits
        )
    plain = tiny.open(CLIP, spec=SMALL)
    plain.ask("Why?", sampling=short()).finish()
    assert session.memory < plain.memory


def test_a_longer_answer_reads_the_video_anew_under_its_base(tiny, video):
    """Across the trained context the rotary base changes, and back; both as fresh."""
    bases = []
    for tokens in (6, LONG, 6):
        answer = video.ask("Why?", sampling=short(tokens, stop="never"))
        said = [piece for piece, _ in zip(answer, range(4), strict=False)]
        alone = tiny.ask(CLIP, "Why?", spec=SMALL, sampling=short(tokens, stop="never"))
        assert said == [piece for piece, _ in zip(alone, range(4), strict=False)]
        answer.close()
        alone.close()
        bases.append(next(iter(video._contexts.values())).rope_base)
    assert bases[0] == bases[2] == 10000 < bases[1]


def test_answers_take_turns(tiny, video):
    """Two on one video and one on another, a piece at a time."""
    alone = [fresh(tiny, question, short(8)) for question in QUESTIONS[:2]]
    other = tiny.open(OTHER, spec=SMALL)
    beside = other.ask("Why?", sampling=short(8)).text
    together = [
        *(video.ask(question, sampling=short(8)) for question in QUESTIONS[:2]),
        other.ask("Why?", sampling=short(8)),
    ]
    running = [iter(answer) for answer in together]
    while sum(next(pieces, None) is not None for pieces in running):
        pass
    assert [answer.text for answer in together] == [*alone, beside]


def test_four_threads_ask_one_model(tiny):
    """25 questions each, on two videos, sampled with seeds: none mixed up, all repeated."""
    sessions = [tiny.open(clip, spec=SMALL) for clip in (CLIP, OTHER)]

    def ask(job: int) -> str:
        sampling = short(4, temperature=1.5, seed=job, stop="never")
        return sessions[job % 2].ask(f"{QUESTIONS[job % 4]} {job}", sampling=sampling).text

    alone = [ask(job) for job in range(100)]
    together = [""] * 100

    def work(thread: int) -> None:
        for job in range(thread, 100, 4):
            together[job] = ask(job)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_an_answer_may_go_on_in_another_thread(video):
    whole = video.ask("Why?", sampling=short(8)).text
    answer = video.ask("Why?", sampling=short(8))
    next(iter(answer))
    thread = threading.Thread(target=answer.finish)
    thread.start()
    thread.join()
    assert answer.text == whole


def test_many_questions_in_order(video):
    answers = video.ask_all(QUESTIONS[:3], sampling=short())
    assert [a.record.question for a in answers] == list(QUESTIONS[:3])


# --- multiple choice -------------------------------------------------------------------------


def test_a_choice_is_what_the_logits_say(tiny, video):
    """Against the logits of one forward pass over the whole prompt."""
    options = ["run", "swim", "fly"]
    answer = video.ask("Which?", choices=options)
    choice = answer.record.choice
    template = find_template(TEMPLATES[tiny.template].choices)
    text = "Which?\nOptions:\n(A) run\n(B) swim\n(C) fly\nOnly give the best option."
    prompt = build_prompt(template, text, tiny.tokenizer)
    vocabulary = tiny.tokenizer.get_vocab()

    def shares() -> list[float]:
        head, tail = (
            tiny.backbone.embed(list(ids))
            for ids in (prompt.head, prompt.instruction + prompt.question)
        )
        inputs = mx.concatenate([head, video._visual.tokens, tail])[None]
        tiny.backbone.set_rope_base(10000.0)
        found = tiny.backbone.language_model(mx.zeros((1, 0), mx.int32), None, inputs)[0, -1]
        return mx.softmax(found[mx.array([vocabulary[letter] for letter in "ABC"])]).tolist()

    # float32, prefill in other steps: 1e-5 of a share
    np.testing.assert_allclose(choice.probabilities, mlx_thread.run(shares), atol=1e-5)
    assert answer.text == options[choice.index]


def test_choices_and_questions_alternate_on_one_session(tiny, video):
    for _ in range(2):
        assert video.ask("Why?", sampling=short()).text == fresh(tiny, "Why?", short())
        picked = video.ask("Which?", choices=["a", "b"])
        assert picked.text == fresh(tiny, "Which?", short(), choices=["a", "b"])


# --- conversations ---------------------------------------------------------------------------


def test_a_turn_is_tokenised_as_in_the_whole_conversation(golden_model):
    """LLaVA's conversation.py, TWO and LLAMA_2 styles, on the tokenizers that go with them."""
    for name, template, text in (
        ("vicuna-hf", "vicuna_v1", "\nfirst ASSISTANT: yes</s>USER: and then? ASSISTANT:"),
        ("mistral-hf", "mistral_instruct", "\nfirst [/INST] yes</s>[INST] and then? [/INST]"),
        (
            "yi34b-hf",
            "chatml_direct",
            "\nfirst<|im_end|><|im_start|>assistant\nyes"
            "<|im_end|><|im_start|>user\nand then?<|im_end|><|im_start|>assistant\n",
        ),
    ):
        tokenizer = golden_model(name).tokenizer
        whole = tokenizer.encode(text).ids
        turn = follow_up(find_template(template), "and then?", tokenizer)
        assert tuple(whole[-len(turn) :]) == turn
        end = tokenizer.get_vocab()[find_template(template).end]
        assert whole[-len(turn) - 1] == end


def test_conversations_of_five_turns(tiny, video):
    """Twenty; the last turn against one whose whole conversation is read anew, in one piece."""
    rng = np.random.default_rng(6)
    for _ in range(20):
        questions = [str(question) for question in rng.choice(QUESTIONS, 5)]
        chat, again = video.chat(), tiny.open(CLIP, spec=SMALL).chat()
        said = [chat.ask(question, sampling=short(4)).text for question in questions]
        for question in questions[:-1]:
            again.ask(question, sampling=short(4)).finish()
        (context,) = again._session._contexts.values()
        mlx_thread.run(context.drop)
        last = again.ask(questions[-1], sampling=short(4))
        assert (last.text, last.record.cached_tokens) == (said[-1], 0)


def test_a_conversation_remembers_and_a_question_does_not(tiny, video):
    chat = video.chat()
    first = chat.ask("Why?", sampling=short()).record
    record = chat.ask("And then?", sampling=short()).record
    assert record.text_tokens > first.text_tokens + 6
    assert video.ask("Why?", sampling=short()).text == fresh(tiny, "Why?", short())
    assert record.cached_tokens > video.visual_tokens + 10
    assert [question for question, _ in chat.turns] == ["Why?", "And then?"]


def test_two_conversations_in_turn_and_questions_between(tiny, video):
    def talk(chat, question):
        return chat.ask(question, sampling=short(4)).text

    alone = []
    for first in ("Why?", "What is it?"):
        chat = video.chat()
        alone.append([talk(chat, q) for q in (first, "And then?", "Who?")])
    chats = [video.chat(), video.chat()]
    together = [[talk(chats[0], "Why?")], [talk(chats[1], "What is it?")]]
    for question in ("And then?", "Who?"):
        for chat, said in zip(chats, together, strict=True):
            said.append(talk(chat, question))
            assert video.ask("Why?", sampling=short(4)).record.cached_tokens > video.visual_tokens
    assert together == alone
    # What was put aside is written back, not read again
    assert chats[0].ask("And now?", sampling=short(4)).record.cached_tokens > 80


def test_an_answer_that_is_given_up_stays_as_far_as_it_went(video):
    chat = video.chat()
    answer = chat.ask("Why?", sampling=short(100))
    next(iter(answer))
    chat.ask("And then?", sampling=short(2)).finish()
    assert len(chat.turns) == 2 and chat.turns[0][1].text != ""
    unheard = chat.ask("Never mind", sampling=short(2))
    chat.ask("Who?", sampling=short(2)).finish()
    assert [question for question, _ in chat.turns] == ["Why?", "And then?", "Who?"]
    assert unheard.text == ""


def test_a_stop_string_leaves_in_the_conversation_what_was_shown(tiny, video):
    text = video.chat().ask("Why?", sampling=short(12)).text
    chat = video.chat()
    shown = chat.ask("Why?", sampling=short(12, stop=text[6:9])).text
    chat.ask("And then?", sampling=short(1)).finish()
    ids = list(chat._asked)
    assert text[6:9] not in tiny.tokenizer.decode(ids).split("ASSISTANT:")[1].split("USER")[0]
    assert shown.strip() == text[: text.index(text[6:9])].strip()


def test_a_conversation_that_outgrows_the_context_says_so(tiny, video):
    chat = video.chat()
    chat.ask("Why?", sampling=short()).finish()
    with pytest.raises(ContextLengthError, match=r"of earlier turns.*new conversation"):
        chat.ask("And then?", sampling=short(tiny.backbone.context - 60))
    assert chat.ask("And then?", sampling=short()).text
    chat.reset()
    assert chat.turns == []
    assert (
        chat.ask("Why?", sampling=short()).text == video.chat().ask("Why?", sampling=short()).text
    )


class Sessions(RuleBasedStateMachine):
    """Anything in any order: each answer is the one that its own session would give."""

    model = None
    expected: dict | None = None

    def __init__(self):
        super().__init__()
        self.video = self.model.open(CLIP, spec=SMALL)
        self.chats = []
        self.running = []

    def alone(self, question: str, tokens: int) -> str:
        if (question, tokens) not in self.expected:
            answer = self.model.ask(CLIP, question, spec=SMALL, sampling=short(tokens))
            pieces = [piece for piece, _ in zip(answer, range(3), strict=False)]
            answer.close()
            self.expected[question, tokens] = "".join(pieces)
        return self.expected[question, tokens]

    def said_alone(self, turns: tuple[tuple[str, int], ...]) -> str:
        """The last answer of a conversation that has a session of its own."""
        if turns not in self.expected:
            chat = self.model.open(CLIP, spec=SMALL).chat()
            for question, tokens in turns:
                answer = chat.ask(question, sampling=short(tokens))
                pieces = [piece for piece, _ in zip(answer, range(3), strict=False)]
                if tokens == 3:
                    answer.finish()
            self.expected[turns] = "".join(pieces)
        return self.expected[turns]

    @rule(question=st.sampled_from(QUESTIONS), tokens=st.sampled_from([3, LONG]))
    def ask(self, question, tokens):
        answer = self.video.ask(question, sampling=short(tokens))
        pieces = [piece for piece, _ in zip(answer, range(3), strict=False)]
        answer.close()
        assert "".join(pieces) == self.alone(question, tokens)

    @rule(question=st.sampled_from(QUESTIONS))
    def begin_and_leave(self, question):
        self.running.append(iter(self.video.ask(question, sampling=short(50))))
        next(self.running[-1], None)

    @rule()
    def go_on(self):
        for answer in self.running:
            next(answer, None)

    @rule()
    def forget(self):
        self.running.clear()

    @precondition(lambda self: len(self.chats) < 3)
    @rule()
    def begin_a_chat(self):
        self.chats.append((self.video.chat(), []))

    @precondition(lambda self: self.chats)
    @rule(
        which=st.integers(0, 2),
        question=st.sampled_from(QUESTIONS[:3]),
        tokens=st.sampled_from([3, 3, LONG]),
    )
    def say(self, which, question, tokens):
        """A long answer is given up after three pieces, which stay in the conversation."""
        chat, said = self.chats[which % len(self.chats)]
        if len(said) < 4:
            said.append((question, tokens))
            answer = chat.ask(question, sampling=short(tokens))
            pieces = [piece for piece, _ in zip(answer, range(3), strict=False)]
            if tokens == 3:
                answer.finish()
            assert "".join(pieces) == self.said_alone(tuple(said))

    @precondition(lambda self: self.chats)
    @rule()
    def reset(self):
        self.chats[0][0].reset()
        self.chats[0][1].clear()

    @rule()
    def lose_the_memory(self):
        for context in list(self.video._contexts.values()):
            if not context.users:
                mlx_thread.run(context.drop)

    def teardown(self):
        self.video.close()


def test_any_order_of_operations(tiny):
    Sessions.model, Sessions.expected = tiny, {}
    checked = settings(
        max_examples=14, stateful_step_count=16, deadline=None,
        suppress_health_check=list(HealthCheck), derandomize=True,
    )  # fmt: skip
    machine = Sessions.TestCase
    machine.settings = checked
    machine().runTest()


# --- memory and the end ----------------------------------------------------------------------


def test_memory_stays_after_many_questions(tiny):
    gc.collect()  # what other tests left would go meanwhile
    session = tiny.open(CLIP, spec=SMALL)
    held = []
    for number in range(50):
        session.ask(f"{QUESTIONS[number % 4]} {number}", sampling=short()).finish()
        # The token behind the last one may still be computed
        mlx_thread.run(mx.synchronize)
        held.append((session.memory, mx.get_active_memory()))
    (own, active), (own_at_last, active_at_last) = held[1], held[-1]
    assert own == own_at_last
    # One answer's log-probabilities that stayed would be 48 times 4.6 kB; what is left to other
    # tests' garbage is less
    assert abs(active_at_last - active) < 64_000


def test_what_is_dropped_frees_its_memory_without_the_collector(tiny):
    gc.collect()
    gc.disable()
    try:
        mlx_thread.run(int)
        before = mx.get_active_memory()
        answer = tiny.ask(CLIP, "Why?", spec=SMALL, sampling=short(100))
        next(iter(answer))
        session = tiny.open(CLIP, spec=SMALL)
        chat = session.chat()
        chat.ask("Why?", sampling=short()).finish()
        lost = weakref.ref(session)
        assert mx.get_active_memory() > before
        del answer, session, chat
        mlx_thread.run(mx.clear_cache)
        assert lost() is None
        assert mx.get_active_memory() <= before
    finally:
        gc.enable()


def test_an_error_holds_no_memory(tiny):
    """Its traceback would hold the video and its cache."""
    gc.collect()
    gc.disable()
    try:
        before = mx.get_active_memory()
        broken = np.zeros((4, 56, 56, 3), np.uint8)
        session = tiny.open(broken, spec=SMALL)
        lost = weakref.ref(session)
        session._seeing = failing()
        answer = session.ask("Why?")
        for _ in range(2):
            with pytest.raises(VideoError, match="broken"):
                answer.finish()
        del session, answer
        mlx_thread.run(mx.clear_cache)
        assert lost() is None
        assert mx.get_active_memory() <= before
    finally:
        gc.enable()


def failing():
    raise VideoError("broken")
    yield


def test_an_error_of_the_video_is_told_to_everybody(tiny):
    session = tiny.open(CLIP, spec=SMALL)
    session._seeing = failing()
    for _ in range(3):
        with pytest.raises(VideoError, match="broken"):
            session.ask("Why?").finish()


def test_a_closed_session_says_so_and_holds_nothing(tiny):
    with tiny.open(CLIP, spec=SMALL) as session:
        answer = session.ask("Why?", sampling=short())
        later = session.ask("Why?", sampling=short())
        assert answer.text
    assert session.memory == 0
    with pytest.raises(UsageError, match="closed"):
        session.ask("Why?")
    with pytest.raises(UsageError, match="closed"):
        later.finish()


def test_sessions_share_a_budget(tiny):
    """The least recently used cache goes; its video is read anew when it is asked again."""
    sessions = [tiny.open(clip, spec=SMALL) for clip in (CLIP, OTHER)]
    one = sessions[0].ask("Why?", sampling=short())
    alone = one.text
    limit, tiny.budget.nbytes = tiny.budget.nbytes, 1
    try:
        sessions[1].ask("Why?", sampling=short()).finish()
        assert sessions[0].memory < sessions[1].memory
        again = sessions[0].ask("Why?", sampling=short())
        assert again.text == alone and again.record.cached_tokens == 0
    finally:
        tiny.budget.nbytes = limit


def test_prepare_reads_the_video_meanwhile(tiny):
    session = tiny.open(CLIP, spec=SMALL)
    session.prepare()
    while not session._contexts or not next(iter(session._contexts.values())).is_filled:
        mlx_thread.run(int)  # behind the step that is queued
    record = session.ask("Why?", sampling=short()).record
    assert record.cached_tokens >= session.visual_tokens and record.vision_seconds == 0
    assert record.answer == fresh(tiny, "Why?", short())


def test_prepare_ends_with_its_session(tiny):
    session = tiny.open(CLIP, spec=SMALL)
    session.prepare()
    lost = weakref.ref(session)
    session.close()
    del session
    for _ in range(3):
        mlx_thread.run(int)
    assert lost() is None


def test_the_tower_can_be_released_after_the_video(tmp_path):
    model = sf_mlx.load(write_tiny(tmp_path / "model"))
    session = model.open(CLIP, spec=SMALL, keep_vision=False)
    session.ask("Why?", sampling=short()).finish()
    assert model.backbone.vision_tower is None
    assert session.ask("What?", sampling=short()).text is not None
    with pytest.raises(UsageError, match="released"):
        model.open(CLIP)


def test_the_interpreter_ends_while_an_answer_is_under_way(tmp_path):
    """Also while the model's thread is at work (mlx 0.32 aborts where that thread ends)."""
    script = (
        "import sf_mlx; from sf_mlx.demo import sample_clip; import sys\n"
        "model = sf_mlx.load('demo')\n"
        "video = model.open(sample_clip(sys.argv[1]), frames=8)\n"
        "answer = video.ask('What happens?'); next(iter(answer)); video.prepare()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "clip.mp4")],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
