"""`sf-mlx index`: describe the clips of folders once, to find them by words."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from . import options
from .arguments import as_utf8, chosen_model, length_of, limits, pooling_of
from .output import note, write

if TYPE_CHECKING:
    from sf_mlx.library import Holdings, Indexed, Library, ModelDescriber

EXAMPLES = """
sf-mlx index ~/Movies -m llava-7b
sf-mlx index ~/Movies /Volumes/Camera --every 30s -m llava-7b
sf-mlx index --stats
"""

_LIBRARY = "What is described"


def index(
    folders: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FOLDER", help="Folders of clips, those below them included; or single clips."
        ),
    ] = None,
    model: options.Model = None,
    question: Annotated[
        str | None,
        typer.Option(
            "--question",
            "-q",
            metavar="TEXT",
            help="What to ask of each; a description if left out.",
            rich_help_panel=options.WHAT,
        ),
    ] = None,
    every: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Describe each stretch of this length too: 30s, 1m30s.",
            rich_help_panel=_LIBRARY,
        ),
    ] = None,
    again: Annotated[
        bool,
        typer.Option(
            "--again",
            help="Also what another model or other settings described, in place of it, and what "
            "was broken.",
            rich_help_panel=_LIBRARY,
        ),
    ] = False,
    purge: Annotated[
        bool,
        typer.Option(
            "--purge",
            help="Forget clips that are gone at once, not after 30 days.",
            rich_help_panel=_LIBRARY,
        ),
    ] = False,
    preset: options.Preset = None,
    spec: options.Spec = None,
    frames: options.Frames = None,
    hwaccel: options.Hwaccel = False,
    limit: options.Limit = None,
    max_tokens: options.MaxTokens = 256,
    database: options.Database = None,
    stats: Annotated[
        bool, typer.Option("--stats", help="Print what the library holds; alone, or afterwards.")
    ] = False,
    quiet: options.Quiet = False,
) -> None:
    """Describe the clips of folders once, so that `sf-mlx search` finds them by words.

    It may be stopped at any moment: the next run goes on where it was, describes what is new or
    changed, and follows files that moved. What is broken is said and tried again when it changes.
    """
    from sf_mlx.errors import UsageError, VideoError

    if not folders and not stats:
        raise UsageError("name the folders to index, or --stats to see what the library holds")

    from sf_mlx.library import Library

    if not folders:
        with Library(database, read_only=True) as library:
            write(_holdings(library))
        return

    from sf_mlx.library import ModelDescriber
    from sf_mlx.prompts import check_question
    from sf_mlx.sampling import Sampling
    from sf_mlx.settings import read_settings

    from .interrupt import end_at_once_on_signals

    seconds = None if every is None else length_of(every)
    # Checked before the folders are read
    Sampling(max_tokens=max_tokens)
    question = read_settings().question if question is None else as_utf8(question)
    check_question(question)
    describer = ModelDescriber(
        chosen_model(model),
        question=question,
        spec=pooling_of(preset, spec),
        frames=frames,
        max_tokens=max_tokens,
        hwaccel=hwaccel,
        limits=limits(limit or []),
    )
    # What is described is safe in the database as soon as it is
    end_at_once_on_signals()
    with Library(database) as library:
        broken, said = _add(library, folders, describer, seconds, again, purge, quiet)
        write(f"{said}\n")
        if stats:
            write(_holdings(library))
    if broken:
        raise VideoError(
            f"{_number(broken, 'clip')} could not be read, all or in part; each is tried again "
            "when it changes, or with --again"
        )


def _add(
    library: Library,
    folders: list[str],
    describer: ModelDescriber,
    every: float | None,
    again: bool,
    purge: bool,
    quiet: bool,
) -> tuple[int, str]:
    """Index, and say on stderr what goes wrong; how many clips are newly broken, and a summary."""
    from .progress import ShareBar

    files: Counter[str] = Counter()
    made = broken = 0
    warned: set[str] = set()
    with ShareBar(shown=not quiet) as bar:

        def describing(path: str, share: float) -> None:
            bar.update(f"Describing {_name(path)}", share)

        bar.update("Looking for clips", 0.0)
        run = library.add(
            folders, describer, every=every, again=again, purge=purge, progress=describing
        )
        for file in run:
            files[file.state] += file.state != "missing" or file.is_new
            made += file.count
            broken += file.state == "broken" and file.is_new
            if not quiet:
                for kind, text in _words(file):
                    if kind not in warned:
                        warned.add(kind)
                        note(f"sf-mlx: {text}")
            if file.share:
                bar.update(f"{file.state.capitalize()} {_name(file.path)}", file.share)
    parts = [f"{files[state]} {state}" for state in ("known", "moved", "missing", "broken")]
    counts = ", ".join(part for part in parts if not part.startswith("0 "))
    described = _number(files["described"], "clip")
    return broken, (
        f"{described} described ({_number(made, 'description')})" + (f", {counts}" * bool(counts))
    )


def _words(file: Indexed) -> Iterator[tuple[str, str]]:
    """What to say of a file besides that it is done, and its kind: each kind is said once.

    A warning that does not name the file is of one kind whatever its numbers: that a stretch has
    fewer frames than the method takes is true of most.
    """
    from sf_mlx.errors import printable

    name = os.path.basename(printable(file.path))
    for warning in file.warnings:
        kind = warning if name in warning else re.sub(r"\d+", "", warning)
        yield kind, f"warning: {warning}"
    if file.problem is not None and file.is_new:
        yield file.problem, f"skipped: {file.problem}"


def _name(path: str) -> str:
    from sf_mlx.errors import printable

    return printable(os.path.basename(path), 40)


def _holdings(library: Library) -> str:
    from sf_mlx.clock_time import clock
    from sf_mlx.errors import printable

    holds: Holdings = library.holdings()
    files = f"{_number(holds.files, 'file')}, {holds.missing} of them missing"
    lines = [
        f"library       {printable(library.path, 400)}, {holds.bytes / 1e6:.1f} MB",
        f"clips         {holds.clips} ({files}), {clock(round(holds.seconds))} in all",
        f"descriptions  {holds.descriptions}",
        *(f"  by          {printable(name)}: {count}" for name, count in holds.models.items()),
        f"broken        {len(holds.broken)}",
        *(f"  {_why(path, why)}" for path, why in holds.broken.items()),
    ]
    return "\n".join(lines) + "\n"


def _why(path: str, problem: str) -> str:
    """A file and what is wrong with it, which may begin with another of its names."""
    from sf_mlx.errors import printable

    name = printable(path, 200)
    return f"{name}: {problem.removeprefix(f'{name}: ')}"


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}" + "s" * (count != 1)
