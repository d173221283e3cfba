"""The command line as a user meets it: output, exit codes, broken input, Ctrl-C, pipes."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import mlx.core as mx
import numpy as np
import pytest
from PIL import Image

import sf_mlx
from sf_mlx import errors
from sf_mlx.slowfast import PRESETS
from tests.conftest import GOLDEN

FRAMES = GOLDEN / "forward" / "frames"
VICUNA = GOLDEN / "models" / "vicuna-hf"
ROOT = Path(__file__).parent.parent
QUICK = ("--spec", "slowfast-slow_1frms_concat-fast_1x1", "--frames", 2, "--max-tokens", 4)


@pytest.fixture
def model(tmp_path) -> Path:
    """A copy that a test may break."""
    folder = tmp_path / "model"
    shutil.copytree(VICUNA, folder)
    return folder


def assert_explains(ran, kind: type[errors.SfMlxError], *words: str) -> None:
    """One or two lines on stderr, the documented exit code, nothing on stdout, no traceback."""
    assert ran.code == kind.exit_code, ran.err
    assert ran.out == ""
    assert ran.err.startswith("sf-mlx: ") and ran.err.count("\n") <= 2
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err


# --- wrong usage -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        ("x" * 100_000,),
        ("ask", "--" + "x" * 100_000),
        ("ask", "a", "b", "-m", "x", "y" * 100_000),
        ("ask", "a", "--frames", "9" * 100_000),
        ("help", "x" * 100_000),
        ("\x1b[2J",),
        ("ask", "--\x1b[2J\n"),
        ("ask", "a", "b", "\u202e"),
    ],
)
def test_wrong_usage_is_told_in_a_few_printable_words(sf, typed):
    """Typer repeats what was typed; a mistake may have pasted a whole file."""
    ran = sf(*typed)
    assert ran.code == 2 and ran.out == ""
    *usage, blank, error = ran.err.rstrip("\n").split("\n")
    assert [line[:8] for line in usage] == ["Usage: s", "Try 'sf-"] and blank == ""
    assert error.startswith("Error: ") and error.isprintable() and len(error) < 500


def test_what_was_meant_is_still_suggested(sf):
    assert "Did you mean 'ask'?" in sf("aks").err
    assert "--frames" in sf("ask", "a", "--frame").err.splitlines()[-1]


def test_no_command_prints_the_whole_help(sf):
    ran = sf()
    assert ran.code == 2 and "Exit codes: 0 done" in ran.err and "…" not in ran.err


# --- answers -----------------------------------------------------------------------------------


def test_golden_answer_through_the_command(sf):
    recorded = json.loads((GOLDEN / "forward" / "vicuna-hf.json").read_text())
    case = recorded["cases"]["std_rope1"]
    ran = sf("ask", FRAMES, recorded["question"], "-m", VICUNA, "--spec", case["spec"],
             "--frames", 6, "--max-tokens", 24)  # fmt: skip
    assert ran.out.strip() == case["text"]
    assert ran.err == ""
    assert ran.code == 0


def test_json_is_one_object(sf):
    ran = sf("ask", FRAMES, "Why?", "-m", VICUNA, *QUICK, "--json")
    record = json.loads(ran.out)
    assert record["visual_tokens"] == 576 + 2
    assert record["spec"] == QUICK[1]
    assert record["video"] == str(FRAMES) and record["model"] == str(VICUNA)
    assert record["answer_tokens"] == 4 and record["finish_reason"] == "length"
    assert len(record["frame_times"]) == 2
    assert record["version"] == sf_mlx.__version__
    assert record["preset"] is None
    assert record["video_info"]["duration_seconds"] == 12
    assert record["peak_memory_bytes"] > 0


def test_times_cover_the_whole_wait_and_add_up(sf):
    """Also what comes before the first frame, such as a pipe that is slow; in milliseconds."""
    record = json.loads(sf("ask", FRAMES, "Why?", "-m", VICUNA, *QUICK, "--json").out)
    parts = [
        record[f"{step}_seconds"] for step in ("open", "decode", "weights", "vision", "prefill")
    ]
    assert sum(parts) == pytest.approx(record["first_token_seconds"], abs=0.003)
    assert min(parts) >= 0 and record["load_seconds"] > 0
    assert all(round(value, 3) == value for value in (*parts, *record["frame_times"]))


def test_json_keys_are_those_that_are_documented(sf):
    """Keys are only ever added: a script that read them goes on reading them."""
    record = json.loads(sf("ask", FRAMES, "Why?", "-m", VICUNA, *QUICK, "--json").out)
    documented = re.findall(r"^\| `(\w+)`", (ROOT / "docs" / "json.md").read_text(), re.M)
    assert list(record) == documented


def test_errors_are_objects_too_where_an_object_was_asked_for(sf):
    ran = sf("ask", "nowhere.mp4", "Why?", "-m", VICUNA, "--json")
    error = json.loads(ran.out)["error"]
    assert ran.code == error["code"] == errors.VideoNotFoundError.exit_code
    assert error["kind"] == "VideoNotFoundError" and "nowhere.mp4" in error["message"]
    assert ran.err == f"sf-mlx: {error['message']}\n"


def test_text_and_json_agree(sf):
    text = sf("ask", FRAMES, "Why?", "-m", VICUNA, *QUICK).out
    record = json.loads(sf("ask", FRAMES, "Why?", "-m", VICUNA, *QUICK, "--json").out)
    assert text.strip() == record["answer"]


def test_question_from_standard_input(sf):
    given = sf("ask", FRAMES, "Why?", "-m", VICUNA, *QUICK, "--json").out
    piped = sf(
        "ask", FRAMES, "--question", "-", "-m", VICUNA, *QUICK, "--json", stdin=b"Why?\n"
    ).out
    assert json.loads(piped)["question"] == json.loads(given)["question"] == "Why?"
    assert json.loads(piped)["answer"] == json.loads(given)["answer"]


def test_question_defaults_to_a_description(sf):
    record = json.loads(sf("ask", FRAMES, "-m", VICUNA, *QUICK, "--json").out)
    assert record["question"] == "Describe this video in detail."


def test_hostile_question_is_only_text(sf):
    question = "$(touch x) `ls` \"quoted\" 'single' \\ 😀\nsecond line"
    record = json.loads(
        sf("ask", FRAMES, "--question", question, "-m", VICUNA, *QUICK, "--json").out
    )
    assert record["question"] == question


def test_choices_use_the_multiple_choice_template(sf):
    ran = sf(
        "ask",
        FRAMES,
        "Which?",
        "-m",
        VICUNA,
        *QUICK,
        "--json",
        "--choice",
        "run",
        "--choice",
        "swim",
    )
    record = json.loads(ran.out)
    assert record["template"] == "multiple_choice_allvideo_v4"
    assert record["question"] == "Which?" and record["choices"] == ["run", "swim"]


def test_a_choice_is_always_an_option(sf):
    """Whatever the model would write: these weights are random."""
    options = ("run", "swim", "neither of them")
    given = [part for option in options for part in ("--choice", option)]
    text = sf("ask", FRAMES, "Which?", "-m", VICUNA, *QUICK, *given).out
    record = json.loads(sf("ask", FRAMES, "Which?", "-m", VICUNA, *QUICK, *given, "--json").out)
    choice = record["choice"]
    assert text.strip() == record["answer"] == options[choice["index"]]
    assert choice["letter"] == "ABC"[choice["index"]]
    assert sum(choice["probabilities"]) == pytest.approx(1, abs=0.002)
    assert choice["probabilities"].index(max(choice["probabilities"])) == choice["index"]


def test_a_choice_can_be_written_as_in_the_paper(sf):
    given = ("--choice", "run", "--choice", "swim", "--choice-by", "generate")
    record = json.loads(sf("ask", FRAMES, "Which?", "-m", VICUNA, *QUICK, *given, "--json").out)
    assert record["choice"] is None and record["answer_tokens"] == 4


def test_stats_go_to_stderr(sf):
    ran = sf("ask", FRAMES, "Why?", "-m", VICUNA, *QUICK, "--stats")
    assert "578 visual" in ran.err and "first token" in ran.err and "device" in ran.err


def test_short_clip_is_said_and_quiet_is_quiet(sf):
    short = (*QUICK[:2], "--frames", 99, *QUICK[4:])
    assert "12 frames instead of 99" in sf("ask", FRAMES, "Why?", "-m", VICUNA, *short).err
    assert sf("ask", FRAMES, "Why?", "-m", VICUNA, *short, "--quiet").err == ""


def test_model_from_the_environment(sf, monkeypatch):
    monkeypatch.setenv("SF_MLX_MODEL", str(VICUNA))
    assert sf("ask", FRAMES, "Why?", *QUICK).code == 0


def test_arrays_and_pictures_through_the_python_api():
    import sf_mlx

    model = sf_mlx.load(VICUNA)
    images = [Image.open(path).convert("RGB") for path in sorted(FRAMES.iterdir())[:2]]
    array = np.stack([np.asarray(image) for image in images])
    texts = [model.ask(video, "Why?", spec=QUICK[1]).text for video in (images, array)]
    assert texts[0] == texts[1] != ""


def test_range_and_times_reach_the_video(sf):
    def times(*options: object) -> list[float]:
        spec = ("--spec", "slowfast-slow_1frms_concat-fast_1x1", "--max-tokens", 1)
        ran = sf("ask", FRAMES, "Why?", "-m", VICUNA, *spec, *options, "--json")
        return json.loads(ran.out)["frame_times"]

    # loose pictures count as one a second, 12 of them
    assert times("--at", "3s,7.5s") == [3, 7]
    assert times("--fps", "0.25") == [0, 4, 8]
    assert times("--start", "50%", "--frames", "2") == [7, 9]
    assert all(2 <= time < 5 for time in times("--start", "2", "--end", "0:05", "--frames", "3"))


def test_limits_can_be_set(sf):
    ran = sf("ask", FRAMES, "Why?", "-m", VICUNA, *QUICK, "--limit", "frames=3")
    assert_explains(ran, errors.VideoLimitError)
    assert sf("ask", FRAMES, "Why?", "-m", VICUNA, *QUICK, "--limit", "frames=12").code == 0


# --- presets and help --------------------------------------------------------------------------


def test_help_names_every_preset_with_its_cost(sf):
    words = " ".join(sf("ask", "--help").out.split())
    for name, spec in PRESETS.items():
        assert f"{name} (" in words
        assert f"{spec.tokens(50, 576):,}" in words


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_give_their_specs(sf, preset):
    ran = sf("ask", FRAMES, "Why?", "-m", VICUNA, "--preset", preset, "--frames", 2,
             "--max-tokens", 1, "--json")  # fmt: skip
    assert json.loads(ran.out)["spec"] == str(PRESETS[preset])


def test_version(sf):
    assert re.fullmatch(r"sf-mlx \d+\.\d+\.\d+\n", sf("--version").out)


def test_exit_codes_are_those_of_the_readme():
    """Every error class has its own code, and the README lists it."""
    readme = (ROOT / "README.md").read_text()
    codes = {}
    for value in vars(errors).values():
        if isinstance(value, type) and issubclass(value, errors.SfMlxError):
            assert codes.setdefault(value.exit_code, value) is value
            assert f"| {value.exit_code} |" in readme, value
    assert len(codes) > 15


# --- broken input ------------------------------------------------------------------------------


def test_no_such_video(sf):
    assert_explains(
        sf("ask", "nowhere.mp4", "Why?", "-m", VICUNA), errors.VideoNotFoundError, "nowhere.mp4"
    )


def test_not_a_video(sf, tmp_path):
    path = tmp_path / "text.mp4"
    path.write_text("this is a text file\n" * 20)
    assert_explains(sf("ask", path, "Why?", "-m", VICUNA), errors.NotAVideoError, "text.mp4")


def test_folder_without_images(sf, tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    assert_explains(
        sf("ask", tmp_path, "Why?", "-m", VICUNA), errors.EmptyVideoError, str(tmp_path)
    )


@pytest.mark.parametrize("question", ["", "   "])
def test_empty_question(sf, question):
    assert_explains(sf("ask", FRAMES, question, "-m", VICUNA), errors.UsageError, "empty")


def test_empty_question_or_choice_with_choices(sf):
    for question, choices in (("", ("a", "b")), ("Which?", ("a", " "))):
        options = [part for choice in choices for part in ("--choice", choice)]
        ran = sf("ask", FRAMES, question, "-m", VICUNA, *options)
        assert_explains(ran, errors.UsageError, "empty")


def test_the_same_choice_twice_is_a_slip(sf):
    ran = sf("ask", FRAMES, "Which?", "-m", VICUNA, "--choice", "Dog", "--choice", "dog ")
    assert_explains(ran, errors.UsageError, "'Dog' is given twice")


def test_question_that_is_not_text(sf):
    ran = sf("ask", FRAMES, "--question", "-", "-m", VICUNA, stdin=b"a\xff")
    assert_explains(ran, errors.UsageError, "UTF-8")
    # what Python makes of such an argument
    assert_explains(sf("ask", FRAMES, "a\udcff", "-m", VICUNA), errors.UsageError, "UTF-8")


def test_empty_question_from_stdin(sf):
    ran = sf("ask", FRAMES, "--question", "-", "-m", VICUNA, stdin=b"\n")
    assert_explains(ran, errors.UsageError, "empty")


def test_stdin_twice(sf):
    ran = sf("ask", "-", "--question", "-", "-m", VICUNA)
    assert_explains(ran, errors.UsageError, "standard input")


def test_two_clips(sf):
    """The second would be the question, and the answer about the first."""
    ran = sf("ask", FRAMES, FRAMES / "0000.png", "-m", VICUNA)
    assert_explains(ran, errors.UsageError, "0000.png", "one video")


def test_question_from_a_closed_or_a_silent_standard_input(sf, monkeypatch):
    ran = sf("ask", FRAMES, "--question", "-", "-m", VICUNA, stdin=None)
    assert_explains(ran, errors.UsageError, "standard input")
    ran = sf("ask", FRAMES, "--question", "-", "-m", VICUNA, stdin=b"x" * 2_000_000)
    assert_explains(ran, errors.UsageError, "1 MB")


def test_question_twice(sf):
    assert_explains(sf("ask", FRAMES, "a", "--question", "b", "-m", VICUNA), errors.UsageError)


def test_truncated_weights(sf, model):
    path = model / "model.safetensors"
    path.write_bytes(path.read_bytes()[:100_000])
    assert_explains(
        sf("ask", FRAMES, "Why?", "-m", model), errors.CheckpointError, "model.safetensors"
    )


def test_missing_tokenizer(sf, model):
    for name in ("tokenizer.json", "tokenizer.model"):
        (model / name).unlink()
    assert_explains(sf("ask", FRAMES, "Why?", "-m", model), errors.TokenizerError, "tokenizer")


@pytest.mark.parametrize("name", ["tokenizer.json", "tokenizer.model"])
def test_damaged_tokenizer(sf, model, name):
    (model / "tokenizer.json").unlink()
    (model / name).write_text('{"oops": ')
    assert_explains(sf("ask", FRAMES, "Why?", "-m", model), errors.TokenizerError, "tokenizer")


def test_config_without_vision_part(sf, model):
    config = json.loads((model / "config.json").read_text())
    del config["vision_config"]
    (model / "config.json").write_text(json.dumps(config))
    ran = sf("ask", FRAMES, "Why?", "-m", model)
    assert_explains(ran, errors.UnsupportedModelError, "no vision part")


def test_text_only_language_model(sf, model):
    (model / "config.json").write_text('{"model_type": "llama", "hidden_size": 64}')
    mx.save_safetensors(str(model / "model.safetensors"), {"model.layers.0.x.weight": mx.zeros(1)})
    assert_explains(sf("ask", FRAMES, "Why?", "-m", model), errors.UnsupportedModelError, "llama")


@pytest.mark.parametrize(
    "change",
    [
        {"prompt_template": "nope"},
        {"prompt_template": ["x"]},
        {"vision_config": {"patch_size": 0}},
        {"vision_config": {"image_size": [336, 336]}},
        {"text_config": {"vocab_size": -1}},
        {"text_config": {"num_hidden_layers": 0}},
        {"text_config": {"rope_scaling": {"rope_type": "odd", "factor": 2.0}}},
    ],
    ids=str,
)
def test_config_with_impossible_values(sf, model, change):
    config = json.loads((model / "config.json").read_text())
    for key, value in change.items():
        config[key] = {**config[key], **value} if isinstance(value, dict) else value
    (model / "config.json").write_text(json.dumps(config))
    assert_explains(sf("ask", FRAMES, "Why?", "-m", model), errors.CheckpointError, "config.json")


def test_too_many_frames_for_the_memory(sf, tmp_path, monkeypatch):
    from sf_mlx import plan
    from sf_mlx.device import Device

    monkeypatch.setattr(plan, "current", lambda: Device("cpu", False, None, memory=2**20))
    assert_explains(sf("ask", FRAMES, "Why?", "-m", VICUNA), errors.UsageError, "--frames")


def test_no_model_named(sf):
    ran = sf("ask", FRAMES, "Why?")
    assert_explains(ran, errors.ModelNotFoundError, "-m demo", "sf-mlx convert")


def test_no_such_model_folder(sf):
    assert_explains(
        sf("ask", FRAMES, "Why?", "-m", "./nowhere"), errors.ModelNotFoundError, "nowhere"
    )


def test_model_that_is_a_file(sf, tmp_path):
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    ran = sf("ask", FRAMES, "Why?", "-m", tmp_path / "model.gguf")
    assert_explains(ran, errors.UnsupportedModelError, "model.gguf")


@pytest.mark.parametrize(
    "wrong",
    [
        ("--preset", "nope"),
        ("--spec", "slowfast"),
        ("--spec", "concat", "--preset", "fast"),
        ("--template", "nope"),
        ("--choice", "only one"),
        ("--choice", "one", "--choice", " One"),
        ("--temperature", "-1"),
        ("--frames", "0"),
        ("--kv-bits", "5"),
        ("--seed", "-1"),
        ("--seed", "99999999999999999999"),
        ("--fps", "1e300"),
        ("--spec", ""),
        ("--preset", ""),
        ("--spec", "slowfast-slow_0frms_concat-fast_0x0"),
        ("--limit", "pixels"),
        ("--limit", "nope=3"),
        ("--limit", "frames=many"),
        ("--start", "half past"),
        ("--start", "5", "--at", "3s"),
        ("--frames", "8", "--fps", "2"),
    ],
)
def test_wrong_options(sf, wrong):
    assert_explains(sf("ask", FRAMES, "Why?", "-m", VICUNA, *wrong), errors.UsageError)


def test_option_that_does_not_exist(sf):
    ran = sf("ask", FRAMES, "--nope")
    assert ran.code == 2 and "--nope" in ran.err


def test_prompt_too_long_before_any_work(sf):
    ran = sf("ask", FRAMES, "Why?", "-m", VICUNA, "--spec", "concat", "--max-tokens", 1300)
    assert_explains(ran, errors.ContextLengthError, "6,912 visual", "8,192")


# --- hub names and the network -----------------------------------------------------------------


def test_asking_never_touches_the_network(sf, monkeypatch, tmp_path):
    """A hub name that is not in the cache: an error, and no connection (see conftest)."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    ran = sf("ask", FRAMES, "Why?", "-m", "llava-hf/nowhere")
    assert_explains(ran, errors.ModelNotFoundError, "sf-mlx convert llava-hf/nowhere")


def test_converting_a_hub_name_without_network(tmp_path):
    """In a process of its own, whose name resolution fails as it does without a network."""
    script = (
        "import socket, sys\n"
        "def fail(*a, **k): raise socket.gaierror(-2, 'Name or service not known')\n"
        "socket.getaddrinfo = fail\n"
        "sys.argv = ['sf-mlx', 'convert', 'llava-hf/nowhere', '-o', sys.argv[1]]\n"
        "from sf_mlx_cli.main import main; main()"
    )
    environment = {**os.environ, "HF_HUB_CACHE": str(tmp_path / "cache"), "HF_HUB_OFFLINE": "0"}
    for proxy in ("http_proxy", "https_proxy", "all_proxy"):
        environment.pop(proxy, None)
        environment.pop(proxy.upper(), None)
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "out")],
        capture_output=True, text=True, env=environment, timeout=300,
    )  # fmt: skip
    assert done.returncode == errors.ModelNotFoundError.exit_code, done.stderr
    assert "Traceback" not in done.stderr and "cannot be reached" in done.stderr
    assert not (tmp_path / "out").exists()


# --- convert -----------------------------------------------------------------------------------


def test_convert_prints_sizes(sf, tmp_path):
    ran = sf("convert", VICUNA, "-o", tmp_path / "out", "--bits", 8, "--group-size", 32)
    assert re.search(r"1\.45 MB -> 1\.01 MB, 11\.18 bits per weight", ran.out)
    assert sf("ask", FRAMES, "Why?", "-m", tmp_path / "out", *QUICK).code == 0


def test_convert_script_is_the_same_command(tmp_path):
    done = subprocess.run(
        [sys.executable, ROOT / "convert.py", VICUNA, "-o", tmp_path / "out", "--dtype", "float16"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0 and "bits per weight" in done.stdout
    card = (tmp_path / "out" / "README.md").read_text()
    assert "vicuna-hf" in card and "sf-mlx ask" in card


def test_convert_refuses_to_overwrite(sf, tmp_path):
    (tmp_path / "out").mkdir()
    ran = sf("convert", VICUNA, "-o", tmp_path / "out")
    assert_explains(ran, errors.OutputError, "exists")


def test_convert_where_nothing_may_be_written(sf, tmp_path):
    (tmp_path / "file").write_text("x")
    ran = sf("convert", VICUNA, "-o", tmp_path / "file" / "out")
    assert_explains(ran, errors.OutputError)


# --- processes: Ctrl-C, pipes, imports ---------------------------------------------------------

# The command itself, saying on stdout where it is
ASKING = """
from sf_mlx_cli import ask, __main__ as main, progress
progress.Bar.update = lambda self, stage, done, total: print(stage, flush=True)
ask.write = lambda text: print("text", flush=True)
main.main()
"""


# The command itself, waiting for ever where it would load the model
WAITING = """
import threading
from sf_mlx_cli import __main__ as main, progress
def wait(self, words):
    print("asking", flush=True)
    threading.Event().wait()
progress.Bar.say = wait
main.main()
"""


@pytest.mark.parametrize("moment", ["frames", "prompt", "text"])
def test_ctrl_c_ends_at_once(moment):
    """During vision, prefill (7,000 tokens: seconds here) and generation."""
    spec = ("--spec", "slowfast-slow_12frms_concat-fast_1x1", "--max-tokens", "1000", "--quiet")
    process = subprocess.Popen(
        [sys.executable, "-c", ASKING, "ask", FRAMES, "Why?", "-m", VICUNA, *spec],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert any(line.strip() == moment for line in process.stdout)
    process.send_signal(signal.SIGINT)
    # far less than the work that is left; by the signal itself
    assert process.wait(timeout=5) == -signal.SIGINT
    assert process.stderr.read() == ""


def test_ctrl_c_ends_a_shells_loop_too():
    """A terminal's signal reaches the shell as well; it stops if its command died of it."""
    script = 'for i in 1 2; do "$0" -c "$1" ask x y -m demo; done; echo "went on"'
    process = subprocess.Popen(
        ["bash", "-c", script, sys.executable, WAITING],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout.readline() == "asking\n"
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (-signal.SIGINT, "", "")


def test_ctrl_c_before_anything_is_imported():
    """While Python still reads the command's modules: no traceback."""
    script = (
        "import signal, sys, os, builtins\n"
        "real = builtins.__import__\n"
        "def late(name, *a, **k):\n"
        "    if name == 'typer': os.kill(os.getpid(), signal.SIGINT)\n"
        "    return real(name, *a, **k)\n"
        "builtins.__import__ = late\n"
        "from sf_mlx_cli.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_closed_terminal_ends_it_as_a_signal(number):
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING, "ask", "x", "y", "-m", "demo"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "asking\n"
    process.send_signal(number)
    assert process.wait(timeout=20) == -number
    assert process.stderr.read() == ""


def test_ctrl_c_during_conversion_cleans_up(tmp_path):
    script = (
        "import os, signal, sys; from sf_mlx_cli import main, progress\n"
        "progress.Bar.update = lambda self, stage, done, total: "
        "done == 30 and os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.argv = ['sf-mlx', 'convert', sys.argv[1], '-o', sys.argv[2]]; main.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(VICUNA), str(tmp_path / "out")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == -signal.SIGINT
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


ASK = ("ask", FRAMES, "Why?", "-m", VICUNA, *QUICK)


def shell(command: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a shell's line in which "$@" is the program with these arguments."""
    line = [sys.executable, "-m", "sf_mlx_cli", *map(str, arguments)]
    return subprocess.run(
        ["bash", "-c", command, "-", *line],
        capture_output=True, text=True, env={**os.environ, **environment}, timeout=300,
    )  # fmt: skip


@pytest.mark.parametrize("command", ['"$@" > /dev/full', '"$@" >&-'])
def test_an_answer_that_cannot_be_written(command):
    ran = shell(command, *ASK)
    assert ran.returncode == errors.OutputError.exit_code
    assert ran.stderr.startswith("sf-mlx: the answer cannot be written")
    assert ran.stderr.count("\n") == 1


def test_closed_standard_error_harms_nothing():
    ran = shell('"$@" 2>&-', *ASK, "--stats", "--frames", 99)
    assert ran.returncode == 0 and "tokens" not in ran.stdout


def test_every_locale_prints_utf8():
    ran = shell('"$@"', "ask", FRAMES, "Wie heißt 😀?", *ASK[3:], "--json", LC_ALL="C",
                PYTHONCOERCECLOCALE="0", PYTHONUTF8="0", PYTHONIOENCODING="ascii")  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["question"] == "Wie heißt 😀?"


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no such file names")
def test_json_of_a_file_whose_name_is_no_text(sf, tmp_path):
    clip = tmp_path / "\udcff.png"
    shutil.copy(FRAMES / "0000.png", clip)
    ran = shell('"$@"', "ask", clip, *ASK[2:], "--json")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["video"].endswith("\ufffd.png")


def test_an_answer_on_a_terminal_cannot_command_it(monkeypatch, capsys):
    from sf_mlx_cli.output import write

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    write("a\x1b[2Jb\n\tc\x07")
    assert capsys.readouterr().out == "a\ufffd[2Jb\n\tc\ufffd"


@pytest.mark.parametrize("program", ["sf_mlx", "sf_mlx_cli"])
def test_python_m(program):
    done = subprocess.run(
        [sys.executable, "-m", program, "--version"], capture_output=True, text=True
    )
    assert re.fullmatch(r"sf-mlx \d+\.\d+\.\d+\n", done.stdout)


def test_closed_pipe_is_quiet():
    process = subprocess.Popen(
        [sys.executable, "-c", "import sys; from sf_mlx_cli.main import main; main()", "ask",
         str(FRAMES), "Why?", "-m", str(VICUNA), *map(str, QUICK)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    process.stdout.close()
    assert process.wait(timeout=120) == 128 + signal.SIGPIPE
    assert process.stderr.read() == ""


@pytest.mark.parametrize("heavy", ["mlx_lm.models", "transformers", "mlx.core", "numpy", "av"])
def test_help_and_import_load_nothing_heavy(heavy):
    script = (
        "import sys, sf_mlx, sf_mlx_cli.main\n"
        f"assert {heavy!r} not in sys.modules, sorted(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0


def test_import_of_the_package_alone_does_not_load_the_language_models():
    script = (
        "import sys, sf_mlx, sf_mlx.slowfast, sf_mlx.video, sf_mlx.model.config\n"
        "assert not {'mlx_lm.models', 'transformers'} & sys.modules.keys()"
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
