"""`sf-mlx ask` in several processes that a launcher started: one model, one answer, one voice.

Rank 0 reads the video and standard input, and writes answers and files; the others compute with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import typer

from .looking import Looking
from .output import note

if TYPE_CHECKING:
    from sf_mlx.models import Model
    from sf_mlx.ranks import Ranks
    from sf_mlx.session import Session

    from .looking import Asking


@contextmanager
def as_one(ranks: Ranks | None) -> Iterator[None]:
    """What goes wrong inside the block in any process ends all with its code; the first says it.

    All of them leave the block at the same place of their work.

    Parameters
    ----------
    ranks: None for a process that was started alone, which is left alone.

    Raises
    ------
    SfMlxError: in the first process that met one.
    typer.Exit: in the others.
    """
    if ranks is None:
        yield
        return
    from sf_mlx.errors import SfMlxError
    from sf_mlx.together import gather

    failed: SfMlxError | None = None
    try:
        yield
    except SfMlxError as error:
        failed = error
    codes = gather(ranks, 0 if failed is None else failed.exit_code)
    for rank, code in enumerate(codes):
        if code and rank == ranks.rank and failed is not None:
            raise failed
        if code:
            raise typer.Exit(code)


def check_options(given: dict[str, bool]) -> None:
    """Refuse options, by name, that are for one process.

    Raises
    ------
    UsageError
    """
    from sf_mlx.errors import UsageError

    if names := ", ".join(name for name, is_given in given.items() if is_given):
        raise UsageError(
            f"several processes together answer one question about one video: leave {names} out, "
            "or start the command without the launcher"
        )


def check_one(ranks: Ranks, videos: list[str], questions: list[str], recursive: bool) -> None:
    """Refuse what is not one question about one video.

    Raises
    ------
    UsageError: in any process.
    """
    import os

    from sf_mlx.clips import find_clips
    from sf_mlx.errors import UsageError

    many = len(videos) > 1 or len(questions) > 1
    # The others need not have it
    if not many and ranks.rank == 0 and os.path.isdir(videos[0]):
        many = find_clips(videos, recursive=recursive) != videos
    if many:
        raise UsageError(
            "several processes together answer one question about one video; ask about many "
            "without the launcher"
        )
    if ranks.rank == 0 and "-" in (*videos, *questions) and "MLX_RANK" in os.environ:
        note("sf-mlx: reading standard input to its end, which mlx.launch does not pass on")


def settle(
    ranks: Ranks, looking: Looking, question: str | None, asking: Asking
) -> tuple[Looking, str, Asking]:
    """What rank 0 was told and has set, in every process: each machine has settings of its own."""
    import secrets

    from sf_mlx.settings import read_settings
    from sf_mlx.together import share

    sampling = asking.sampling
    said = None
    if ranks.rank == 0:
        asked = read_settings().question if question is None else question
        # By chance, and the same chance
        seed = secrets.randbits(63) if sampling.seed is None else sampling.seed
        said = [asdict(looking), asked, seed]
    about, asked, seed = share(ranks, said)
    return Looking(**about), asked, replace(asking, sampling=replace(sampling, seed=seed))


def open_video(ranks: Ranks, model: Model, video: str, looking: Looking, asking: Asking) -> Session:
    """The video as rank 0 sees it; the cache on disk is left alone.

    Raises
    ------
    SfMlxError: in rank 0.
    typer.Exit: in the others.
    """
    from sf_mlx.together import open_together

    with told_once():
        return open_together(
            model,
            ranks,
            video,
            spec=looking.pooling(),
            reading=looking.reading(asking.low_memory),
            template=looking.template,
            kv_bits=looking.cache_bits,
            keep_vision=False,
        )


def follow(ranks: Ranks, looking: Looking, video: str, question: str, asking: Asking) -> None:
    """What a process does that is not rank 0: its part of the work, and nothing that shows."""
    with as_one(ranks):
        from sf_mlx.loading import load

        model = load(str(looking.model), ranks=ranks)
    session = open_video(ranks, model, video, looking, asking)
    with told_once():
        session.ask(
            question,
            choices=asking.choices,
            choose_by=asking.choose_by,
            sampling=asking.sampling,
        ).finish()


@contextmanager
def told_once() -> Iterator[None]:
    """What rank 0 met ends the others by its code, and only rank 0 says what it was."""
    from sf_mlx.errors import SfMlxError
    from sf_mlx.together import OfRankZero

    try:
        yield
    except SfMlxError as error:
        if isinstance(error.__cause__, OfRankZero):
            raise typer.Exit(error.exit_code) from None
        raise
