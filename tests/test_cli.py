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
    assert record["tokens"] == 4 and record["finish_reason"] == "length"
    assert len(record["frame_times"]) == 2
    assert all(
        record[f"{step}_seconds"] >= 0 for step in ("decode", "vision", "prefill", "first_token")
    )


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
    assert "(A) run\n(B) swim" in record["question"]


def test_stats_go_to_stderr(sf):
    ran = sf("ask", FRAMES, "Why?", "-m", VICUNA, *QUICK, "--stats")
    assert "578 visual" in ran.err and "first token" in ran.err and "device" in ran.err


def test_short_clip_is_said_and_quiet_is_quiet(sf):
    short = (*QUICK[:2], "--frames", 99, *QUICK[4:])
    assert "12 frames instead of 99" in sf("ask", FRAMES, "Why?", "-m", VICUNA, *short).err
    assert sf("ask", FRAMES, "Why?", "-m", VICUNA, *short, "-q").err == ""


def test_model_from_the_environment(sf, monkeypatch):
    monkeypatch.setenv("SF_MLX_MODEL", str(VICUNA))
    assert sf("ask", FRAMES, "Why?", *QUICK).code == 0


def test_arrays_and_pictures_through_the_python_api():
    import sf_mlx

    model = sf_mlx.load(VICUNA)
    images = [Image.open(path).convert("RGB") for path in sorted(FRAMES.iterdir())[:2]]
    array = np.stack([np.asarray(image) for image in images])
    texts = ["".join(model.ask(video, "Why?", spec=QUICK[1])) for video in (images, array)]
    assert texts[0] == texts[1] != ""


def test_answer_can_be_closed_early():
    import sf_mlx

    answer = sf_mlx.load(VICUNA).ask(FRAMES, "Why?", spec=QUICK[1])
    first = next(iter(answer))
    answer.close()
    assert answer.text == first.strip()
    assert answer.record is None


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
    from sf_mlx import ask
    from sf_mlx.device import Device

    monkeypatch.setattr(ask, "current", lambda: Device("cpu", False, None, memory=2**20))
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
from sf_mlx_cli import ask, main, progress
progress.Bar.update = lambda self, stage, done, total: print(stage, flush=True)
ask.write = lambda text: print("text", flush=True)
main.main()
"""


@pytest.mark.parametrize("moment", ["frames", "prompt", "text"])
def test_ctrl_c_ends_at_once(moment):
    """During vision, prefill (7,000 tokens: seconds here) and generation."""
    spec = ("--spec", "slowfast-slow_12frms_concat-fast_1x1", "--max-tokens", "1000")
    process = subprocess.Popen(
        [sys.executable, "-c", ASKING, "ask", FRAMES, "Why?", "-m", VICUNA, *spec],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert any(line.strip() == moment for line in process.stdout)
    process.send_signal(signal.SIGINT)
    # far less than the work that is left
    assert process.wait(timeout=5) == 130
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
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_closed_pipe_is_quiet():
    process = subprocess.Popen(
        [sys.executable, "-c", "import sys; from sf_mlx_cli.main import main; main()", "ask",
         str(FRAMES), "Why?", "-m", str(VICUNA), *map(str, QUICK)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    process.stdout.close()
    assert process.wait(timeout=120) == 128 + signal.SIGPIPE
    assert process.stderr.read() == ""


@pytest.mark.parametrize("heavy", ["mlx_lm", "transformers", "mlx.core", "numpy", "av"])
def test_help_and_import_load_nothing_heavy(heavy):
    script = (
        "import sys, sf_mlx, sf_mlx_cli.main\n"
        f"assert {heavy!r} not in sys.modules, sorted(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0


def test_import_of_the_package_alone_does_not_load_the_language_models():
    script = (
        "import sys, sf_mlx, sf_mlx.slowfast, sf_mlx.video, sf_mlx.model.config\n"
        "assert not {'mlx_lm', 'transformers'} & sys.modules.keys()"
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
