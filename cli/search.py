"""`sf-mlx search`: find clips by what their descriptions say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from . import options
from .arguments import as_utf8
from .output import errors_as_json, note, write, write_json

if TYPE_CHECKING:
    from sf_mlx.library import Hit

EXAMPLES = """
sf-mlx search dog on the beach
sf-mlx search '"red car" park*' --limit 3 --open
sf-mlx search "somebody jumps into the water" --verify -m llava-7b
"""


def search(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="WORDS",
            help='What the clip shows; "an exact phrase" in quotes; bea* for any ending.',
        ),
    ],
    limit: Annotated[int, typer.Option(metavar="N", help="Clips to show at most.")] = 10,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Ask the model about each clip that is found, and show the likeliest first.",
        ),
    ] = False,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            help="Who is asked with --verify; what config.toml or SF_MLX_MODEL says, or who "
            "described it, if left out.",
        ),
    ] = None,
    fts: Annotated[
        bool,
        typer.Option(
            "--fts", help="WORDS are an expression of SQLite's FTS5: dog NOT cat, NEAR(a b, 5)."
        ),
    ] = False,
    open_clip: Annotated[
        bool, typer.Option("--open", help="Show the best clip in the system's player.")
    ] = False,
    json_output: options.Json = False,
    database: options.Database = None,
    quiet: options.Quiet = False,
) -> None:
    """Find clips by words, in those that `sf-mlx index` has described.

    All words must be there, in any of their forms (dogs, dog); where they are in no clip together,
    clips with some of them are shown.
    """
    with errors_as_json(json_output):
        from sf_mlx.library import Library

        text = " ".join(as_utf8(word) for word in words)
        with Library(database, read_only=True) as library:
            hits = library.search(text, limit=limit, syntax=fts)
        if verify and hits:
            hits = _verified(hits, text, model, quiet)
        if not quiet:
            if not hits:
                note("sf-mlx: no clip has any of these words")
            elif hits[0].moments[0].fit == "some words":
                note("sf-mlx: no clip has all of these words; these have some of them")
        if json_output:
            from sf_mlx import __version__

            clips = [hit.as_json() for hit in hits]
            write_json({"version": __version__, "search": text, "clips": clips})
        else:
            write("".join(map(_lines, hits)))
        if open_clip and hits:
            _open(hits[0])


def _verified(hits: list[Hit], text: str, model: str | None, quiet: bool) -> list[Hit]:
    from .interrupt import end_at_once_on_signals
    from .progress import Bar

    end_at_once_on_signals()
    with Bar(shown=not quiet) as bar:
        bar.say("Loading the model")

        from sf_mlx.library import verify
        from sf_mlx.loading import load
        from sf_mlx.settings import read_settings

        loaded = load(model or read_settings().model or hits[0].moments[0].model)
        return verify(
            hits,
            text,
            loaded,
            progress=lambda _, done, total: bar.update("Asking about the clips", done, total),
        )


def _lines(hit: Hit) -> str:
    from sf_mlx.clock_time import when
    from sf_mlx.errors import printable

    about = ""
    if hit.is_missing:
        about = "  (not there)"
    elif hit.probability is not None:
        about = f"  (yes: {hit.probability:.0%})"
    elif hit.moments[0].fit == "description":
        about = "  (not in one sentence)"
    lines = [
        f"{printable(hit.path, 1000)}{about}",
        *(
            f"  {when(moment.start, moment.end)}  {printable(moment.sentence, 1000)}"
            for moment in hit.moments
        ),
        *(f"  also {printable(path, 1000)}" for path in hit.copies),
    ]
    return "\n".join(lines) + "\n"


def _open(hit: Hit) -> None:
    from sf_mlx.errors import VideoNotFoundError, printable

    from .player import show

    if hit.is_missing:
        raise VideoNotFoundError(
            f"{printable(hit.path)}: no such file any more; it is still in the library because it "
            "may come back"
        )
    if not show(hit.path):
        note(f"sf-mlx: no player could be started; the clip is {printable(hit.path)}")
