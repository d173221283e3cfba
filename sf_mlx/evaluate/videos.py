"""Which file in a folder is the video that a row names."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sf_mlx.errors import QuestionsError, printable
from sf_mlx.evaluate.tables import is_object, parse_json, read_text

# Where several files have the name, the first of these; upstream's order, then everything usual
EXTENSIONS = (
    ".mp4", ".avi", ".mov", ".mkv", ".webm", ".gif", ".m4v", ".mpg", ".mpeg", ".flv", ".wmv",
    ".ts", ".3gp", ".ogv", ".webp",
)  # fmt: skip
_MOST_FILES = 2_000_000


@dataclass(frozen=True)
class Videos:
    """The videos under a folder, found by name.

    Attributes
    ----------
    folder: where they lie, sub-folders included.
    by_path: path in the folder, and by_stem: name, both without the extension -> files.
    mapping: names in the questions -> names of files, from a mapping file; both ways round.
    """

    folder: Path
    by_path: Mapping[str, list[Path]]
    by_stem: Mapping[str, list[Path]]
    mapping: Mapping[str, str]

    def find(self, name: str) -> list[Path]:
        """Every file that can be meant, the likeliest first; empty where there is none.

        Only files that were found in the folder are named: a name cannot lead out of it.
        """
        for asked in self._names(name):
            found = [*self.by_path.get(asked, ()), *self.by_stem.get(asked, ())]
            if found:
                return list(dict.fromkeys(found))
        return []

    def _names(self, name: str) -> Iterator[str]:
        names = [name]
        if name in self.mapping:
            names.insert(0, self.mapping[name])
        for one in names:
            bare = _without_extension(one.strip().replace("\\", "/").removeprefix("./"))
            last = bare.rpartition("/")[2]
            yield bare
            yield last
            # ActivityNet's files begin with v_, and lists of them may or may not
            yield f"v_{last}"
            yield last.removeprefix("v_")


def find_videos(folder: str | Path, mapping: str | Path | None = None) -> Videos:
    """Look through a folder once, sub-folders and links to folders included.

    Parameters
    ----------
    mapping: a file of names: a JSON object, or two columns with a comma, tab or space between.

    Raises
    ------
    QuestionsError: no such folder, or a mapping file that cannot be understood.
    """
    root = Path(folder)
    if not root.is_dir():
        raise QuestionsError(f"{printable(root)}: no such folder of videos")
    by_path: dict[str, list[Path]] = {}
    by_stem: dict[str, list[Path]] = {}
    for path in sorted(_files(root), key=_rank):
        inside = _without_extension(path.relative_to(root).as_posix())
        by_path.setdefault(inside, []).append(path)
        by_stem.setdefault(inside.rpartition("/")[2], []).append(path)
    names = {} if mapping is None else read_mapping(mapping)
    return Videos(root, by_path, by_stem, names)


def _files(root: Path) -> Iterator[Path]:
    seen: set[tuple[int, int]] = set()
    count = 0
    for folder, inner, names in os.walk(root, followlinks=True):
        status = os.stat(folder)
        if (status.st_dev, status.st_ino) in seen:  # a link that leads back
            inner.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        for name in names:
            if os.path.splitext(name)[1].lower() in EXTENSIONS:
                count += 1
                if count > _MOST_FILES:
                    raise QuestionsError(f"{printable(root)} holds more than {_MOST_FILES:,} files")
                yield Path(folder, name)


def _rank(path: Path) -> tuple[int, int, str]:
    return EXTENSIONS.index(path.suffix.lower()), len(path.parts), str(path)


def _without_extension(name: str) -> str:
    stem, extension = os.path.splitext(name)
    return stem if extension.lower() in EXTENSIONS else name


def read_mapping(path: str | Path) -> dict[str, str]:
    """Names in the questions -> names of files, whichever comes first in the mapping file.

    Raises
    ------
    QuestionsError: the file is broken; its line is named.
    """
    text, name = read_text(path), printable(path)
    pairs: list[tuple[str, str]] = []
    if is_object(text):
        for key, value in parse_json(text, name).items():
            if not isinstance(value, str | int) or not str(value).strip():
                raise QuestionsError(f"{name}: {printable(key, 40)} stands for no name of a file")
            pairs.append((key, str(value)))
    else:
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip():
                continue
            cells = next(csv.reader(io.StringIO(line))) if "," in line else line.split()
            if len(cells) != 2 or not all(cell.strip() for cell in cells):
                raise QuestionsError(f"{name}, line {number}: {len(cells)} names instead of two")
            pairs.append((cells[0].strip(), cells[1].strip()))
    back = {value: key for key, value in pairs}
    return {**back, **dict(pairs)}
