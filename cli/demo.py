"""`sf-mlx demo`: the first answers, from the model in the box."""

import os
from pathlib import Path
from typing import Annotated

import typer

from .output import note, write
from .player import show
from .program import as_started

CLIP = Path("sf-mlx-demo.mp4")

NEXT = """
These answers came from a tiny model that knows coloured shapes only. Try it yourself:

    {program} ask {clip} "How many shapes are there?" -m demo

For your own videos, fetch and convert a real model once, then ask (14 GB to download, 4.5 GB for
the model; the hub's cache keeps the 14 GB unless --drop-source deletes them):

    {program} convert llava-hf/llava-v1.6-vicuna-7b-hf -o llava-7b --bits 4
    {program} ask your-video.mov "What happens?" -m llava-7b
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
    from sf_mlx.demo import NAME, QUESTIONS

    from .interrupt import end_at_once_on_signals

    clip = _place_clip()
    if open_clip and not show(clip):
        note(f"sf-mlx: no player could be started; the clip is {clip}")

    end_at_once_on_signals()

    from sf_mlx.loading import load
    from sf_mlx.sampling import Sampling

    from .progress import Bar

    write(f"{clip}: a sample clip of moving shapes\n")
    with Bar(shown=True) as bar:
        bar.say("Loading the model")
        model = load(NAME)
        bar.say("Opening the video")
        video = model.open(clip)
    for question in QUESTIONS:
        write(f"\n> {question}\n")
        with Bar(shown=True) as bar:
            answer = video.ask(question, sampling=Sampling(max_tokens=100), progress=bar.update)
            for piece in answer:
                bar.close()
                write(piece)
        assert answer.record is not None
        write(f"\n  ({answer.record.first_token_seconds:.1f} s to the first word)\n")
    write(NEXT.format(program=as_started(), clip=clip))


def _place_clip() -> Path:
    """The clip's file in the current folder; beside another file of that name, -2, -3, ..."""
    from sf_mlx.demo import is_sample_clip, sample_clip

    names = (CLIP, *(CLIP.with_stem(f"{CLIP.stem}-{number}") for number in range(2, 100)))
    for path in names:
        if is_sample_clip(path) or not os.path.exists(path):
            return sample_clip(path)
    return sample_clip(CLIP)
