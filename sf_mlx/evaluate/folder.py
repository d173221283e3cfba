"""A run's folder: settings, the rows that are expected, and a file of results for each writer.

Everything survives a kill at any moment: small files are replaced whole, and a line of results that
was cut is dropped when its file is opened again.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from sf_mlx.errors import OutputError, QuestionsError, RunError, printable
from sf_mlx.evaluate.items import Item
from sf_mlx.evaluate.results import Key, Result
from sf_mlx.evaluate.settings import Settings, hash_of_settings
from sf_mlx.evaluate.tables import parse_json, read_rows, read_text
from sf_mlx.whole_file import PART, write_whole

_SETTINGS, _ITEMS = "settings.json", "items.jsonl"


@dataclass(frozen=True)
class Shard:
    """Which part of the videos a process takes: `index` of `count`, from 0."""

    index: int = 0
    count: int = 1

    @property
    def file(self) -> str:
        """The file of its results."""
        if self.count == 1:
            return "rows.jsonl"
        return f"rows-{self.index + 1}-of-{self.count}.jsonl"

    @property
    def done_file(self) -> str:
        """The file that says that it came to its end."""
        return f"done{self.file.removeprefix('rows').removesuffix('l')}"


class RunFolder:
    """A folder with one run.

    Parameters
    ----------
    path: where; `begin` makes it, everything else needs it there.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.name = printable(self.path)

    def begin(self, settings: Settings, items: Sequence[Item]) -> None:
        """Make the folder, or make sure that the run in it is the same.

        Raises
        ------
        RunError: another run is in it; the differences are named.
        OutputError: it cannot be written.
        """
        if (self.path / _SETTINGS).exists():
            other = self.settings()
            if found := settings.differences(other):
                raise RunError(
                    f"{self.name} was run with other settings ({'; '.join(found)}); take the same, "
                    "or another folder"
                )
            return None
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if any(name.name != _ITEMS for name in self.path.iterdir() if name.suffix != PART):
                if (self.path / _SETTINGS).exists():
                    # Another rank was quicker by a moment
                    return self.begin(settings, items)
                raise RunError(f"{self.name} holds other files and no run; name a new folder")
            lines = (json.dumps(item.as_json(), ensure_ascii=False) + "\n" for item in items)
            self.write(_ITEMS, "".join(lines))
            # Last: a folder with settings is whole
            self.write(_SETTINGS, json.dumps(settings.as_json(), indent=1) + "\n")
        except OSError as error:
            raise OutputError(f"{self.name} cannot be written: {error.strerror}") from None

    def write(self, name: str, text: str) -> Path:
        """Write a small file whole, or not at all.

        Raises
        ------
        OutputError: it cannot be written.
        """
        write_whole(self.path / name, text.encode("utf-8", "surrogateescape"))
        return self.path / name

    def remove(self, name: str) -> None:
        """Delete a small file, if it is there."""
        (self.path / name).unlink(missing_ok=True)

    def settings(self) -> dict[str, Any]:
        """What the run was made with, as its file says.

        Raises
        ------
        RunError: there is no run here.
        """
        path = self.path / _SETTINGS
        if not path.is_file():
            raise RunError(f"{self.name} is no run: it has no {_SETTINGS}")
        value = parse_json(read_text(path), printable(path))
        if not isinstance(value, dict):
            raise RunError(f"{printable(path)} holds no settings")
        return value

    def items(self) -> list[Item]:
        """The rows that are expected.

        Raises
        ------
        RunError: there is no run here; QuestionsError: its file of rows is broken.
        """
        self.settings()
        found = []
        for row in read_rows(self.path / _ITEMS):
            try:
                found.append(Item.from_json(dict(row.values)))
            except (TypeError, KeyError) as error:
                raise QuestionsError(f"{row.file}, {row.place}: no row: {error}") from None
        return found

    def results(self, items: Sequence[Item]) -> dict[Key, Result]:
        """What came of every row, in the rows' order, whoever wrote it.

        A row that was tried again has its last outcome; one that worked stays.

        Raises
        ------
        QuestionsError: a line is broken that is not the last of its file.
        RunError: there is no run here, or a file's rows were asked with other settings.
        """
        expected = {(item.dataset, item.row) for item in items}
        mine = hash_of_settings(self.settings())
        found: dict[Key, Result] = {}
        for path in sorted(self.path.glob("rows*.jsonl")):
            for result in read_results(path):
                if result.key not in expected:
                    raise QuestionsError(
                        f"{printable(path)} has row {result.row} of {printable(result.dataset)}, "
                        "which this run does not"
                    )
                # Copied from another machine, perhaps; imported rows have none
                if result.settings not in ("", mine):
                    raise RunError(
                        f"{printable(path)} has rows of a run with other settings "
                        f"({printable(result.settings, 20)}, not {mine}); put them in a folder of "
                        "their own"
                    )
                before = found.get(result.key)
                if before is None or not before.ok:
                    found[result.key] = result
        return {key: found[key] for key in sorted(found)}


def read_results(path: Path) -> list[Result]:
    """The lines of one file of results; a last one that was cut is left out.

    Raises
    ------
    QuestionsError: another line is broken.
    """
    text = read_text(path)
    whole, _, _ = text.rpartition("\n")
    results = []
    for number, line in enumerate(whole.split("\n") if whole else (), 1):
        place = f"{printable(path)}, line {number}"
        value = parse_json(line, place)
        try:
            results.append(Result.from_json(value))
        except (TypeError, KeyError, ValueError) as error:
            raise QuestionsError(f"{place}: no result of a row: {error}") from None
    return results


class Writer:
    """The end of a file of lines; only one process has it.

    Raises
    ------
    RunError: another process writes it. OutputError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._name = printable(path)
        try:
            self._file = open(path, "a+b")  # noqa: SIM115
        except OSError as error:
            raise OutputError(f"{self._name} cannot be written: {error.strerror}") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise RunError(f"{self._name} is being written by another process") from None
        self._drop_cut_line()

    def _drop_cut_line(self) -> None:
        """What a killed process left of its last line."""
        end = self._file.seek(0, os.SEEK_END)
        at = end
        while at > 0:
            start = max(0, at - 65536)
            self._file.seek(start)
            last = self._file.read(at - start).rfind(b"\n")
            if last >= 0:
                at = start + last + 1
                break
            at = start
        if at < end:
            self._file.truncate(at)
        self._file.seek(0, os.SEEK_END)

    def write(self, line: str) -> None:
        """Add a line; it is in the file when this returns.

        Raises
        ------
        OutputError: the disk is full.
        """
        try:
            self._file.write(line.encode("utf-8"))
            self._file.flush()
        except OSError as error:
            raise OutputError(f"{self._name} cannot be written: {error.strerror}") from None

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
