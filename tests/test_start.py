"""What a process loads before its first answer, and what it must not."""

import subprocess
import sys

import pytest

from sf_mlx import demo


def run(script: str) -> None:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_an_answer_needs_no_transformers():
    """It takes longer to import than all the rest, and up to 19 s where torch is installed."""
    run(
        "import sys, sf_mlx\n"
        f"answer = sf_mlx.load('demo').ask({str(demo._SAMPLE)!r}, 'How many shapes are there?')\n"
        "assert answer.text\n"
        "loaded = {'transformers', 'mlx_lm.utils', 'mlx_lm.generate', 'huggingface_hub'}\n"
        "assert not loaded & sys.modules.keys(), loaded & sys.modules.keys()\n"
    )


@pytest.mark.parametrize(
    "use",
    [
        "import mlx_lm; assert callable(mlx_lm.load) and mlx_lm.models.cache",
        "from mlx_lm import generate, load; assert callable(generate)",
        "from mlx_lm.generate import stream_generate\nfrom mlx_lm import generate\n"
        "assert callable(generate)",
        "import mlx_lm.utils; assert callable(mlx_lm.convert)",
        "from mlx_lm import *\nassert callable(batch_generate)",
        "import mlx_lm; assert mlx_lm.__version__",
    ],
)
@pytest.mark.parametrize("before", ["", "import sf_mlx.loading\n", "import mlx_lm, sf_mlx\n"])
def test_mlx_lm_is_whole_for_everybody_else(before, use):
    run(f"{before}{use}\nassert 'transformers' in __import__('sys').modules")


def test_mlx_lm_says_what_it_does_not_have():
    run(
        "import sf_mlx, mlx_lm\n"
        "for name in ('nonsense', '__nonsense__'):\n"
        "    assert not hasattr(mlx_lm, name)\n"
    )


def test_two_threads_load_the_rest_of_mlx_lm_once():
    run(
        "import threading, sf_mlx, mlx_lm\n"
        "found, start = [], threading.Barrier(2)\n"
        "def look():\n"
        "    start.wait()\n"
        "    found.append(mlx_lm.load)\n"
        "threads = [threading.Thread(target=look) for _ in range(2)]\n"
        "for t in threads: t.start()\n"
        "for t in threads: t.join()\n"
        "assert len(found) == 2 and found[0] is found[1]\n"
        # mlx 0.32 may abort where a thread that imported it has ended
        "import os; os._exit(0)\n"
    )


def test_the_command_keeps_torch_out(tmp_path):
    """transformers, which a bare tokenizer.model needs, would import it."""
    (tmp_path / "torch.py").write_text("raise SystemExit('torch was imported')")
    run(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from sf_mlx_cli import main\n"
        "sys.argv = ['sf-mlx', '--version']\n"
        "try: main.main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "import transformers\n"
        "from transformers import LlamaTokenizer\n"
        "assert not transformers.utils.is_torch_available()\n"
    )
