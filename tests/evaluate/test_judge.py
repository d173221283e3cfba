"""Judges: asked in the paper's words; what fails is tried again and recorded, never guessed."""

import hashlib
import http.client
import io
import json
import subprocess
import sys
import threading
import urllib.error

import pytest

from sf_mlx.errors import JudgeError, QuestionsError, RunError, UsageError
from sf_mlx.evaluate.folder import RunFolder
from sf_mlx.evaluate.items import Item
from sf_mlx.evaluate.judge import file_of, judge_run, judgements_for, read_judgements
from sf_mlx.evaluate.judge_prompts import ASPECTS, aspects_of, parse_reply
from sf_mlx.evaluate.judges import Endpoint, LocalModel, TriedInVain, find_judge
from sf_mlx.evaluate.results import Result
from sf_mlx.evaluate.scoring import score
from tests.evaluate.conftest import read
from tests.evaluate.toy import settings_for

# SHA-256 of the reference's words (eval/eval_prompt.py at bea0f73), filled in as the test does
WORDS = {
    "judge": "991596f5402663bd",
    "CI": "0bf82a3d9290d9f2",
    "DO": "864f956a80baa5b7",
    "CU": "16f39d2dc683f6e8",
    "TU": "9899e2191170e4fb",
    "CO": "896af1b65aef9868",
}


@pytest.mark.parametrize("part", ASPECTS)
def test_the_words_are_the_reference_s(part):
    two = part == "consistency"
    item = Item("d", 0, "1", "v", ("Q1", "Q2") if two else ("Q1",), "A", part=part)
    for aspect in aspects_of(item):
        user = aspect.user(item, ("P1", "P2") if two else ("P1",))
        found = hashlib.sha256(f"{aspect.system}\0{user}".encode()).hexdigest()
        assert found[:16] == WORDS[aspect.measure]


JUDGE, CORRECT = ASPECTS[""][0], ASPECTS["generic"][0]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("{'pred': 'yes', 'score': 4}", {"judge": 1, "score": 4}),
        ("{'pred': 'yes', 'score': 4.8}", {"judge": 1, "score": 4}),  # cut, as the reference cuts
        ('{"pred": "No", "score": 0}', {"judge": 0, "score": 0}),
        ('{"pred": "no", "score": "2"}', {"judge": 0, "score": 2}),
        ("```python\n{'pred': 'yes', 'score': 5}\n```", {"judge": 1, "score": 5}),
        ("Sure! {'pred': 'yes', 'score': 3}. Anything else?", {"judge": 1, "score": 3}),
    ],
)
def test_replies_that_can_be_read(reply, said):
    assert parse_reply(reply, JUDGE) == said


@pytest.mark.parametrize(
    "reply",
    [
        "", "yes", "4", "{'pred': 'yes'}", "{'pred': 'maybe', 'score': 3}", "{'score': 3}",
        "{'pred': 'yes', 'score': 9}", "{'pred': 'yes', 'score': -1}",
        "{'a': " + "-" * 3_000 + "1}",
        "{'pred': 'yes', 'score': None}", "{'pred': 'yes', 'score': True}",
        "{'pred': 'yes', 'score': 1e999}", "{'pred': 'yes', 'score': NaN}",
        "{__import__('os').system('false'): 1}", "{" * 5_000, "x" * 10_000,
    ],
)  # fmt: skip
def test_nothing_is_guessed_from_nonsense(reply):
    with pytest.raises(ValueError):
        parse_reply(reply, JUDGE)


def test_the_example_of_the_words_with_its_slip():
    assert parse_reply("{''score': 4.8}", CORRECT) == {"CI": 4}


# --- the loop -----------------------------------------------------------------------------------


class Said:
    """A judge who answers from a function of the row's answer."""

    name, at_a_time = "said/by:me", 4

    def __init__(self, say):
        self.say, self.asked, self.lock = say, [], threading.Lock()

    def reply(self, system, user):
        with self.lock:
            self.asked.append(user)
        return self.say(user)

    def close(self):
        pass


@pytest.fixture
def judged(tmp_path):
    items = read("tgif", "TGIF_FrameQA.csv")
    folder = RunFolder(tmp_path / "run")
    folder.begin(settings_for(items), items)
    results = {
        ("tgif", i.row): Result("tgif", i.row, "ok", (f"{i.answer} {i.row}",)) for i in items
    }

    def ask(judge):
        judge_run(folder, items, results, judge, lambda *_: None)
        return score(items, results, judgements_for(folder, items, results, None)[1])

    ask.folder, ask.results, ask.items = folder, results, items
    return ask


YES = "{'pred': 'yes', 'score': 5}"


def test_rows_of_one_id_are_judged_each(judged):
    """The reference keys by id and judges one of them; its rule is told by row here."""
    judge = Said(lambda user: YES)
    measures = judged(judge).measures
    assert (measures["judge"].scored, measures["judge"].value) == (3, 100)
    assert len(judge.asked) == 3 and judge.asked[0].count("Correct Answer: ") == 1


def test_a_second_run_asks_only_what_failed(judged):
    def say(user):
        if "white" in user:
            raise TriedInVain("timeout", "no reply within 1 s")
        return "I would say yes" if "cookie" in user else YES

    judge = Said(say)
    scores = judged(judge)
    assert scores.measures["judge"].scored == 1
    assert len(judge.asked) == 5  # nonsense is asked for three times, what got no reply once
    path = judged.folder.path / file_of(judge.name)
    found = {j.row: j for j in read_judgements(path).values()}
    assert {row: j.status for row, j in found.items()} == {0: "nonsense", 1: "timeout", 2: "ok"}
    assert found[0].reply == "I would say yes" and found[1].error == "no reply within 1 s"
    again = Said(lambda user: YES)
    assert judged(again).measures["judge"].value == 100 and len(again.asked) == 2
    assert judged(Said(lambda user: YES)).measures["score"].value == 5


def test_another_answer_needs_another_judgement(judged):
    judged(Said(lambda user: YES))
    judged.results["tgif", 1] = Result("tgif", 1, "ok", ("something else",))
    _, said = judgements_for(judged.folder, judged.items, judged.results, None)
    assert said["tgif", 1] == {"judge": None, "score": None}  # not the old answer's
    judge = Said(lambda user: "{'pred': 'no', 'score': 0}")
    assert judged(judge).measures["judge"].value == pytest.approx(200 / 3)
    assert len(judge.asked) == 1


def test_a_judge_that_dies_half_way_is_gone_on_with(judged):
    def say(user):
        if "two" in user:
            raise JudgeError("no more money")
        return YES

    judge = Said(say)
    judge.at_a_time = 1
    with pytest.raises(JudgeError, match="no more money"):
        judged(judge)
    path = judged.folder.path / file_of(judge.name)
    with open(path, "a") as file:
        file.write('{"dataset": "tgif", "row"')  # and its last line was cut
    again = Said(lambda user: YES)
    assert judged(again).measures["judge"].value == 100 and len(again.asked) == 1


def test_a_judge_who_is_not_there_ends_it_at_once(judged):
    def say(user):
        raise TriedInVain("unreachable", "Connection refused")

    judge = Said(say)
    judge.at_a_time = 1
    with pytest.raises(JudgeError, match="Connection refused"):
        judged(judge)
    assert len(judge.asked) == 1


def test_failed_rows_are_not_judged(judged):
    judged.results["tgif", 0] = Result("tgif", 0, "missing_video")
    judge = Said(lambda user: YES)
    measures = judged(judge).measures
    assert len(judge.asked) == 2
    assert (measures["judge"].rows, measures["judge"].scored) == (3, 2)


def test_two_judges_are_kept_apart(judged):
    judged(Said(lambda user: YES))
    other = Said(lambda user: "{'pred': 'no', 'score': 1}")
    other.name = "other"
    with pytest.raises(RunError, match="judged by other, said/by:me"):
        judged(other)
    arguments = (judged.folder, judged.items, judged.results)
    assert judgements_for(*arguments, "other")[1]["tgif", 0] == {"judge": 0, "score": 1}
    assert judgements_for(*arguments, "")[1] == {}
    with pytest.raises(RunError, match="not judged by nobody"):
        judgements_for(*arguments, "nobody")


def test_a_broken_line_of_judgements_is_named(judged):
    judged(Said(lambda user: YES))
    path = judged.folder.path / file_of("said/by:me")
    line = json.loads(path.read_text().splitlines()[0])
    for broken in ({**line, "values": {}}, {**line, "values": {"score": 50.0}}, {**line, "x": 1}):
        path.write_text(json.dumps(broken) + "\n")
        with pytest.raises(QuestionsError, match="line 1: no judgement"):
            read_judgements(path)


# --- an address ---------------------------------------------------------------------------------


def reply_of(text):
    return json.dumps({"choices": [{"message": {"content": text}}]}).encode()


def http_error(code, **headers):
    message = http.client.HTTPMessage()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return urllib.error.HTTPError("http://judge/v1", code, "Reason", message, io.BytesIO())


@pytest.fixture
def endpoint(monkeypatch):
    """An endpoint whose connection gives one outcome after the other; its waits are kept."""

    def make(*outcomes):
        waits, requests, left = [], [], list(outcomes)
        judge = Endpoint("http://judge.example/v1/", "gpt", key="secret", pause=waits.append)

        class Opener:
            def open(self, request, timeout):
                requests.append(request)
                outcome = left.pop(0) if len(left) > 1 else left[0]
                if isinstance(outcome, BaseException):
                    raise outcome
                return io.BytesIO(outcome)

        judge._opener = Opener()
        judge.waits, judge.requests = waits, requests
        return judge

    return make


def test_a_request_is_openai_s(endpoint):
    judge = endpoint(reply_of("yes"))
    assert judge.reply("be fair", "is it?") == "yes"
    request = judge.requests[0]
    assert request.full_url == "http://judge.example/v1/chat/completions"
    assert request.get_header("Authorization") == "Bearer secret"
    body = json.loads(request.data)
    assert body["model"] == "gpt" and [m["role"] for m in body["messages"]] == ["system", "user"]
    assert "secret" not in repr(judge)


def test_what_may_pass_is_tried_again(endpoint):
    judge = endpoint(http_error(429, Retry_After="7"), http_error(503), TimeoutError(),
                     urllib.error.URLError(ConnectionRefusedError(111, "refused")),
                     b"<html>busy</html>", reply_of("yes"))  # fmt: skip
    assert judge.reply("s", "u") == "yes"
    assert 7 <= judge.waits[0] < 9  # as the server asked
    assert [round(wait / 1.125) for wait in judge.waits[1:]] == [2, 4, 8, 16] or judge.waits[1] < 3


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (http_error(429, Retry_After="99999"), "rate_limited"),
        (http_error(500), "server_error"),
        (http_error(400), "refused"),
        (TimeoutError(), "timeout"),
        (urllib.error.URLError(TimeoutError()), "timeout"),
        (urllib.error.URLError("no route"), "unreachable"),
        (b"[]", "nonsense"),
        (b'{"choices": [{"message": {"content": null}}]}', "nonsense"),
    ],
)
def test_what_does_not_pass_has_a_name(endpoint, outcome, kind):
    judge = endpoint(outcome)
    with pytest.raises(TriedInVain) as raised:
        judge.reply("s", "u")
    assert raised.value.kind == kind
    assert len(judge.requests) == 6 and max(judge.waits) <= 75


@pytest.mark.parametrize(
    ("code", "said"),
    [(401, "set SF_MLX_JUDGE_KEY"), (403, "set SF_MLX_JUDGE_KEY"), (404, "no model gpt"),
     (302, "the address that it leads to")],
)  # fmt: skip
def test_what_no_try_would_mend_ends_it(endpoint, code, said):
    judge = endpoint(http_error(code))
    with pytest.raises(JudgeError, match=said):
        judge.reply("s", "u")
    assert len(judge.requests) == 1


@pytest.mark.parametrize("url", ["judge", "ftp://x/v1", "file:///etc/passwd", "http://"])
def test_addresses_that_are_none(url):
    with pytest.raises(UsageError, match="no address"):
        find_judge(url, "m", 1)


def test_the_key_comes_from_the_environment(monkeypatch):
    monkeypatch.delenv("SF_MLX_JUDGE_KEY", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "b")
    assert find_judge("http://x/v1", "m", 1).key == "b"
    monkeypatch.setenv("SF_MLX_JUDGE_KEY", "a")
    assert find_judge("http://x/v1", "m", 1).key == "a"
    with pytest.raises(UsageError, match="which model judges"):
        find_judge("http://x/v1", None, 1)


def test_over_a_real_connection():
    """In a process of its own, for tests may not connect: a request, a refusal, a redirection."""
    script = """
import json, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from sf_mlx.errors import JudgeError
from sf_mlx.evaluate.judges import Endpoint

class Handler(BaseHTTPRequestHandler):
    seen = []
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append((self.path, self.headers["Authorization"], body["model"]))
        if len(self.seen) == 1:
            self.send_response(429)
            self.send_header("Retry-After", "0")
            self.end_headers()
        elif body["model"] == "moved":
            self.send_response(302)
            self.send_header("Location", "/v1/elsewhere")
            self.end_headers()
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"choices": [{"message": {"content": "yes"}}]}).encode())
    def log_message(self, *_): pass

server = HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/v1"
assert Endpoint(url, "m", key="k").reply("s", "u") == "yes"
assert Handler.seen == [("/v1/chat/completions", "Bearer k", "m")] * 2
try:
    Endpoint(url, "moved", key="k").reply("s", "u")
except JudgeError:
    assert len(Handler.seen) == 3
else:
    raise AssertionError
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_local_model_that_is_none(tmp_path):
    with pytest.raises(JudgeError, match="no such folder"):
        LocalModel("somebody/some-model")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(JudgeError, match="cannot be loaded"):
        LocalModel(str(tmp_path))


def test_a_local_model_is_asked(tmp_path):
    """A tiny language model with random weights: it talks, and that is recorded as nonsense."""
    import mlx.core as mx
    from mlx.utils import tree_flatten
    from mlx_lm.models.llama import Model, ModelArgs

    from sf_mlx import demo

    sizes = {
        "model_type": "llama", "hidden_size": 32, "num_hidden_layers": 1, "intermediate_size": 32,
        "num_attention_heads": 2, "rms_norm_eps": 1e-5, "vocab_size": 1280, "head_dim": 16,
    }  # fmt: skip
    mx.random.seed(0)
    model = Model(ModelArgs.from_dict(sizes))
    mx.save_safetensors(str(tmp_path / "model.safetensors"), dict(tree_flatten(model.parameters())))
    (tmp_path / "config.json").write_text(json.dumps(sizes))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((demo.MODEL / name).read_bytes())
    judge = find_judge(f"mlx:{tmp_path}", None, 8)
    assert judge.at_a_time == 1
    assert judge.reply("be fair", "is it?") == judge.reply("be fair", "is it?")  # greedy
