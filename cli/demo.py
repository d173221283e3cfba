"""`sf-mlx demo`: the first answers, from the model in the box."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from .output import note, write

CLIP = Path("sf-mlx-demo.mp4")

NEXT = f"""
These answers came from a tiny model that knows coloured shapes only. Try it yourself:

    sf-mlx ask {CLIP} "How many shapes are there?" -m demo

For your own videos, fetch and convert a real model once (14 GB down, about 5 GB kept), then ask:

    sf-mlx convert llava-hf/llava-v1.6-vicuna-7b-hf -o llava-7b --bits 4
    sf-mlx ask your-video.mov "What happens?" -m llava-7b
"""


EXAMPLES = """
sf-mlx demo
sf-mlx demo --open
"""


def demo(
    open_clip: Annotated[
        bool, typer.Option("--open", help="Show the sample clip in the system's player.")
    ] = False,
) -> None:
    """Ask three questions about a sample clip; needs no download and no model of your own.

    Writes the clip, sf-mlx-demo.mp4, into the current folder.
    """
    from sf_mlx.demo import QUESTIONS, sample_clip

    from .interrupt import end_at_once_on_signals

    sample_clip(CLIP)
    if open_clip:
        _open()

    end_at_once_on_signals()

    from sf_mlx.loading import DEMO, load
    from sf_mlx.sampling import Sampling

    from .progress import Bar

    write(f"{CLIP}: a sample clip of moving shapes\n")
    with Bar(shown=True) as bar:
        bar.say("Loading the model")
        model = load(DEMO)
        bar.say("Opening the video")
        video = model.open(CLIP)
    for question in QUESTIONS:
        write(f"\n> {question}\n")
        with Bar(shown=True) as bar:
            answer = video.ask(question, sampling=Sampling(max_tokens=100), progress=bar.update)
            for piece in answer:
                bar.close()
                write(piece)
        assert answer.record is not None
        write(f"\n  ({answer.record.first_token_seconds:.1f} s to the first word)\n")
    write(NEXT)


def _open() -> None:
    player = "open" if sys.platform == "darwin" else "xdg-open"
    try:
        subprocess.run([player, CLIP], check=True, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        note(f"sf-mlx: no player could be started; the clip is {CLIP}")
