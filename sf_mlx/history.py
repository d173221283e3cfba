"""Past conversations: questions, answers and settings; no pixels, no tokens.

Each is a small file of its own, so that commands that run at once do not disturb one another.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sf_mlx.errors import OutputError, UsageError, printable
from sf_mlx.places import private_folder, state_folder
from sf_mlx.prompts import with_choices
from sf_mlx.whole_file import PART, sweep, write_private

# Conversations that are kept; the oldest go
MOST = 200
# Bytes of one; a context of 8,192 tokens has about 40 kB of text
_LARGEST = 4 << 20
_FORMAT = 1
_NAME = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}\.json", re.ASCII)


@dataclass(frozen=True)
class Turn:
    """A question and its answer; `choices`: the options of a multiple-choice question."""

    question: str
    choices: tuple[str, ...]
    answer: str

    @property
    def asked(self) -> str:
        """The question as the model read it."""
        return with_choices(self.question, self.choices) if self.choices else self.question


@dataclass(frozen=True)
class Conversation:
    """Questions about one video.

    Attributes
    ----------
    name: when it began, and what tells it from others of that second.
    video: the path, absolute; "-" for standard input.
    content: size and time of modification of the video; None where it has none.
    settings: what the command's options were, by their names; of values that JSON has.
    turns: from the first.
    """

    name: str
    video: str
    content: tuple[int, int] | None
    settings: Mapping[str, Any]
    turns: tuple[Turn, ...]

    @classmethod
    def begin(cls, video: str) -> Conversation:
        """One without a turn yet; `video` as it was typed."""
        # Here, or a list of conversations would load FFmpeg's library
        from sf_mlx.video.open import local_path

        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.urandom(2).hex()}"
        path = video if video == "-" else os.path.abspath(local_path(video))
        return cls(name, path, _content(path), {}, ())

    def said(self, question: str, choices: Sequence[str], answer: str) -> Conversation:
        """The same with one more turn."""
        return replace(self, turns=(*self.turns, Turn(question, tuple(choices), answer)))

    @property
    def is_changed(self) -> bool:
        """Whether the video is another than the one that was talked about, as far as shows."""
        return self.content is not None and _content(self.video) != self.content

    def earlier(self) -> list[tuple[str, str]]:
        """Questions and answers, as `Session.chat` takes them."""
        return [(turn.asked, turn.answer) for turn in self.turns]


class History:
    """The conversations of this user.

    Parameters
    ----------
    folder: where; the system's folder for such things when not given.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or state_folder() / "history"

    def names(self) -> list[str]:
        """Of the conversations, the last that went on first."""
        found = []
        with suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                if _NAME.fullmatch(entry.name):
                    with suppress(OSError):
                        found.append((entry.stat().st_mtime_ns, entry.name))
        return [name.removesuffix(".json") for _, name in sorted(found, reverse=True)]

    def read(self, name: str) -> Conversation:
        """A conversation by its name, or the beginning of it.

        Raises
        ------
        UsageError: there is none of that name, several, or it cannot be read.
        """
        whole = [each for each in self.names() if each.startswith(name)] if name else []
        if len(whole) != 1:
            many = "several conversations begin" if whole else "no conversation begins"
            raise UsageError(f"{many} with {printable(name, 40)!r}; sf-mlx history lists them")
        path = self.folder / f"{whole[0]}.json"
        try:
            with open(path, "rb") as file:
                return _from_json(whole[0], file.read(_LARGEST + 1))
        except OSError as error:
            raise UsageError(f"{printable(path)} cannot be read: {error.strerror}") from None
        except ValueError as error:
            raise UsageError(
                f"{printable(path)} is no conversation ({error}); remove it, or begin a new one"
            ) from None

    def last(self) -> Conversation:
        """The conversation that went on last.

        Raises
        ------
        UsageError: there is none, or it cannot be read.
        """
        names = self.names()
        if not names:
            raise UsageError('there is no conversation yet: sf-mlx ask VIDEO "…" begins one')
        return self.read(names[0])

    def keep(self, conversation: Conversation) -> None:
        """Write a conversation, and forget the oldest of too many.

        Raises
        ------
        OutputError: the disk refuses.
        """
        data = json.dumps(asdict(conversation) | {"format": _FORMAT}).encode()
        if len(data) > _LARGEST:
            raise OutputError("the conversation is too long to be kept in the history")
        try:
            private_folder(self.folder)
            sweep(self.folder)
            write_private(self.folder / f"{conversation.name}.json", data)
        except OSError as error:
            raise OutputError(
                f"the history in {printable(self.folder)} cannot be written: {error.strerror}"
            ) from None
        for name in self.names()[MOST:]:
            with suppress(OSError):
                (self.folder / f"{name}.json").unlink()

    def clear(self) -> int:
        """Remove every conversation, and nothing else; returns how many there were.

        Raises
        ------
        OutputError: one cannot be removed.
        """
        names = self.names()
        try:
            for name in names:
                (self.folder / f"{name}.json").unlink(missing_ok=True)
            for path in self.folder.iterdir() if self.folder.is_dir() else ():
                if path.name.endswith(PART):
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                f"the history in {printable(self.folder)} cannot be removed: {error.strerror}"
            ) from None
        return len(names)


def _content(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns


def _from_json(name: str, data: bytes) -> Conversation:
    """A conversation from its file.

    Raises
    ------
    ValueError: it is none.
    """
    if len(data) > _LARGEST:
        raise ValueError("it is too large")
    try:
        found = json.loads(data)
        if found["format"] != _FORMAT:
            raise ValueError("it is of another version")
        content, settings = found["content"], found["settings"]
        turns = tuple(
            Turn(_str(turn["question"]), tuple(map(_str, turn["choices"])), _str(turn["answer"]))
            for turn in found["turns"]
        )
        if not turns or not isinstance(settings, dict):
            raise ValueError("it lacks something")
        if content is not None:
            size, changed = content
            content = (int(size), int(changed))
        return Conversation(name, _str(found["video"]), content, settings, turns)
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("it lacks something") from error


def _str(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a text is none")
    return value
