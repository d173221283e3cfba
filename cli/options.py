"""The options that several commands share, each said once: what it is called and what it means."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

PRESETS = """\
default (the paper's setting; 3,680 visual tokens), \
fast (fast grid 1x1; 2,930 tokens, a fifth less prefill, up to 1.1 points lost), \
light (5 slow frames; 2,240 tokens, 1.6 points lost on ActivityNet and 7.8 on EgoSchema), \
detail (slow frames at full 24x24; 6,560 tokens, EgoSchema +6.0, ActivityNet -1.5)"""

# Headings of the help pages
MANY = "Many videos"
WHAT, FRAMES, TOKENS = "The question and the model", "Which frames", "What is kept of them"
READING, ANSWER = "Reading the video", "The answer"


class ChooseBy(StrEnum):
    """How an option of a multiple-choice question is taken."""

    likelihood = "likelihood"
    generate = "generate"


# --- the question and the model -------------------------------------------------------------------

Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        metavar="MODEL",
        help="Model folder, hub name already downloaded and converted, or demo; what "
        "config.toml or SF_MLX_MODEL says if left out.",
        rich_help_panel=WHAT,
    ),
]
Questions = Annotated[
    list[str] | None,
    typer.Option(
        "--question",
        "-q",
        metavar="TEXT",
        help="The question; - reads it from standard input. Repeat it for several.",
        rich_help_panel=WHAT,
    ),
]
QuestionsFile = Annotated[
    str | None,
    typer.Option(
        "--questions",
        metavar="FILE",
        help="A text file with a question on each line.",
        rich_help_panel=WHAT,
    ),
]
Choices = Annotated[
    list[str] | None,
    typer.Option(
        "--choice",
        metavar="TEXT",
        help="An answer to choose from; repeat it for each.",
        rich_help_panel=WHAT,
    ),
]
ChoiceBy = Annotated[
    ChooseBy,
    typer.Option(
        "--choice-by",
        metavar="HOW",
        help="likelihood takes the likeliest letter; generate lets the model write.",
        rich_help_panel=WHAT,
    ),
]

# --- which frames ---------------------------------------------------------------------------------

Frames = Annotated[
    int | None,
    typer.Option(metavar="N", help="Frames to sample, evenly; 50.", rich_help_panel=FRAMES),
]
Start = Annotated[
    str | None,
    typer.Option(
        metavar="TIME", help="Begin here: seconds, 1:02:03.5 or 40%.", rich_help_panel=FRAMES
    ),
]
End = Annotated[str | None, typer.Option(metavar="TIME", help="End here.", rich_help_panel=FRAMES)]
Fps = Annotated[
    float | None,
    typer.Option(
        metavar="RATE",
        help="Frames per second of video instead of --frames.",
        rich_help_panel=FRAMES,
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        metavar="TIMES",
        help="Only the frames at these times: 3s,7.5s,1:20.",
        rich_help_panel=FRAMES,
    ),
]

Every = Annotated[
    str | None,
    typer.Option(
        metavar="LENGTH",
        help="Ask about each stretch of this length on its own: 30s, 2m; a table with times.",
        rich_help_panel=FRAMES,
    ),
]
Find = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT",
        help="Instead of a question: in which stretches this is to be seen, with a score each; "
        "of 30s without --every.",
        rich_help_panel=FRAMES,
    ),
]

# --- what is kept of them -------------------------------------------------------------------------

Preset = Annotated[
    str | None,
    typer.Option(metavar="NAME", help=f"Pooling by name: {PRESETS}.", rich_help_panel=TOKENS),
]
Spec = Annotated[
    str | None,
    typer.Option(
        metavar="SPEC",
        help="Pooling in the notation of the paper's code (see the README).",
        rich_help_panel=TOKENS,
    ),
]

# --- reading the video ----------------------------------------------------------------------------

Exact = Annotated[
    bool,
    typer.Option(
        "--exact",
        help="Resize large frames exactly as the paper's code does.",
        rich_help_panel=READING,
    ),
]
Hwaccel = Annotated[
    bool,
    typer.Option(
        "--hwaccel",
        help="Decode with VideoToolbox (macOS) where it can.",
        rich_help_panel=READING,
    ),
]
LowMemory = Annotated[
    bool,
    typer.Option(
        "--low-memory",
        help="Decode with about 200 MB where more would be quicker.",
        rich_help_panel=READING,
    ),
]
NoCache = Annotated[
    bool,
    typer.Option(
        "--no-cache",
        help="Read the video even if it was seen before, and keep nothing of it on the disk.",
        rich_help_panel=READING,
    ),
]
Limit = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE",
        help="Raise a safety limit: pixels, frames, frame_seconds, total_seconds, piped_bytes.",
        rich_help_panel=READING,
    ),
]

# --- the answer -----------------------------------------------------------------------------------

MaxTokens = Annotated[
    int, typer.Option(metavar="N", help="Longest answer.", rich_help_panel=ANSWER)
]
Temperature = Annotated[
    float,
    typer.Option(metavar="T", help="0 always takes the likeliest token.", rich_help_panel=ANSWER),
]
TopP = Annotated[
    float,
    typer.Option(metavar="P", help="Sample from this much probability.", rich_help_panel=ANSWER),
]
TopK = Annotated[
    int,
    typer.Option(
        metavar="N", help="Sample from this many tokens; 0 is all.", rich_help_panel=ANSWER
    ),
]
MinP = Annotated[
    float,
    typer.Option(
        metavar="P", help="Drop tokens below this share of the best.", rich_help_panel=ANSWER
    ),
]
RepetitionPenalty = Annotated[
    float,
    typer.Option(metavar="X", help="Above 1 avoids repetition.", rich_help_panel=ANSWER),
]
Seed = Annotated[
    int | None,
    typer.Option(metavar="N", help="Makes sampling repeatable.", rich_help_panel=ANSWER),
]
Stop = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TEXT",
        help="End the answer before this text; repeatable.",
        rich_help_panel=ANSWER,
    ),
]
KvBits = Annotated[
    int | None,
    typer.Option(
        metavar="BITS",
        help="Quantise the KV cache: 8 or 4; 0 does not.",
        rich_help_panel=ANSWER,
    ),
]
Template = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Prompt template instead of the checkpoint's own.",
        rich_help_panel=ANSWER,
    ),
]

# --- printing -------------------------------------------------------------------------------------

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the text.")]
Trace = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Write a timeline of the work, for ui.perfetto.dev or chrome://tracing.",
    ),
]
Stats = Annotated[bool, typer.Option("--stats", help="Print token counts and timings to stderr.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bar and no warnings.")]

# --- the library ----------------------------------------------------------------------------------

Database = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        envvar="SF_MLX_DATABASE",
        help="The library's file, if not your own in the system's folder for data.",
    ),
]
