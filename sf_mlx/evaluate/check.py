"""What a run would meet, before it runs: rows, videos found, missing and unreadable, tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sf_mlx.errors import VideoError, printable
from sf_mlx.evaluate.datasets import Dataset
from sf_mlx.evaluate.items import Item
from sf_mlx.evaluate.videos import Videos
from sf_mlx.slowfast import Aggregation

# Types of question that a terminal is shown
_MOST_TYPES = 30
# Patches of a frame for CLIP ViT-L/14-336, where no model is named
PAPER_PATCHES = 576


@dataclass
class Check:
    """What was found.

    Attributes
    ----------
    dataset: the data set's title, or the file's name.
    rows, expected_rows, videos, expected_videos: in the questions, and as published, 0 for others.
    questions: to be asked; pairs count twice.
    repeated_ids, repeated_options: rows whose id, or one of whose options, comes again.
    types: rows of each type.
    found: videos that are there and can be read; missing: names without a file; unreadable: name
        and why; several: names that several files have.
    visual_tokens: of all videos that were found, each read once; per_video: of the largest.
    seconds: of film in all.
    """

    dataset: str
    rows: int
    expected_rows: int
    videos: int
    expected_videos: int
    questions: int
    repeated_ids: int
    repeated_options: int
    types: dict[str, int]
    found: int = 0
    missing: list[str] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    several: list[str] = field(default_factory=list)
    visual_tokens: int = 0
    per_video: int = 0
    frames: int = 0
    seconds: float = 0.0

    @property
    def is_ready(self) -> bool:
        """Whether every row has a video that can be read."""
        return not self.missing and not self.unreadable

    def as_json(self) -> dict[str, Any]:
        """What `--json` prints."""
        return asdict(self)


def by_video(items: Sequence[Item]) -> dict[str, list[Item]]:
    """Items by the video that they name, in the order in which the videos come first."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.video, []).append(item)
    return groups


def check_rows(items: Sequence[Item], dataset: Dataset | None, title: str) -> Check:
    """What the questions alone say."""
    ids = Counter((item.part, item.id) for item in items)
    return Check(
        dataset=title,
        rows=len(items),
        expected_rows=dataset.rows if dataset else 0,
        videos=len(by_video(items)),
        expected_videos=dataset.videos if dataset else 0,
        questions=sum(len(item.questions) for item in items),
        repeated_ids=sum(count - 1 for count in ids.values()),
        repeated_options=sum(len(set(i.candidates)) < len(i.candidates) for i in items),
        types=dict(Counter(item.part or item.type or "-" for item in items)),
    )


def check_videos(
    check: Check,
    items: Sequence[Item],
    videos: Videos,
    pooling: Aggregation,
    patches: int,
    progress: Callable[[str, int, int], None] | None = None,
) -> None:
    """Look for every video and read its header; nothing is decoded.

    Parameters
    ----------
    check: gets what is found.
    pooling, patches: decide the tokens of a video.
    """
    from sf_mlx.video import probe

    names = list(by_video(items))
    for number, name in enumerate(names):
        if progress is not None:
            progress("videos", number, len(names))
        paths = videos.find(name)
        if not paths:
            check.missing.append(name)
            continue
        if len(paths) > 1:
            check.several.append(name)
        try:
            info = probe(paths[0])
        except VideoError as error:
            check.unreadable[name] = str(error)
            continue
        frames = min(pooling.frames, info.frames)
        tokens = pooling.tokens(frames, patches)
        check.found += 1
        check.frames += frames
        check.visual_tokens += tokens
        check.per_video = max(check.per_video, tokens)
        check.seconds += info.duration


def lines(check: Check, most: int = 5) -> list[str]:
    """The check for a terminal.

    Parameters
    ----------
    most: names shown of each list.
    """
    published = f" (published: {check.expected_rows:,})" if check.expected_rows else ""
    movies = f" (published: {check.expected_videos:,})" if check.expected_videos else ""
    shown = [
        check.dataset,
        f"rows         {check.rows:,}{published}",
        f"questions    {check.questions:,}",
        f"videos       {check.videos:,}{movies}",
    ]
    if set(check.types) != {"-"}:
        types = [f"{printable(name, 40)} {n:,}" for name, n in sorted(check.types.items())]
        more = [f"… and {len(types) - _MOST_TYPES:,} more"] if len(types) > _MOST_TYPES else []
        shown.append(f"types        {', '.join(types[:_MOST_TYPES] + more)}")
    if check.repeated_ids:
        shown.append(f"ids          {check.repeated_ids:,} come again; rows are told by number")
    if check.repeated_options:
        shown.append(f"options      {check.repeated_options:,} rows have the same option twice")
    shown.append(f"found        {check.found:,}")
    shown += _listed("missing", check.missing, most)
    broken = [f"{name}: {why}" for name, why in check.unreadable.items()]
    shown += _listed("unreadable", broken, most)
    shown += _listed("several", [f"{name}: several files" for name in check.several], most)
    if check.found:
        shown.append(
            f"tokens       {check.per_video:,} visual a video, {check.visual_tokens:,} in all "
            f"({check.frames:,} frames of {check.seconds / 3600:,.1f} hours)"
        )
    return shown


def _listed(word: str, names: Sequence[str], most: int) -> list[str]:
    if not names and word == "several":
        return []
    few = [f"             {printable(name)}" for name in names[:most]]
    if len(names) > most:
        few.append(f"             … and {len(names) - most:,} more")
    return [f"{word:<12} {len(names):,}", *few]


def title_of(dataset: Dataset | None, own: str | Path | None) -> str:
    """What messages and reports call it."""
    return dataset.title if dataset else printable(Path(own or "").name)
