"""Token ids to the text of an answer: whole characters, stop strings, no white space around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer


class TextStream:
    """Token ids to text, a piece as soon as it is whole characters.

    Decodes a short window twice, so that spaces between pieces come out as in one decoding of all
    (the scheme of huggingface/text-generation-inference, `decode_token`). An incomplete character
    at the very end is left out. tokenizers' own DecodeStream raises on bytes that are no character.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        self._window = 0
        self._shown = 0

    def push(self, token: int) -> str:
        """The text that this token completes, or nothing yet."""
        self._ids.append(token)
        before = self._decode(self._ids[self._window : self._shown])
        after = self._decode(self._ids[self._window :])
        if len(after) <= len(before) or after.endswith("\ufffd"):
            return ""
        self._window, self._shown = self._shown, len(self._ids)
        return after[len(before) :]

    def tokens_within(self, characters: int) -> int:
        """How many of the tokens lie whole within so many characters of the text."""
        count = len(self._ids)
        while count and len(self._decode(self._ids[:count])) > characters:
            count -= 1
        return count

    def _decode(self, ids: list[int]) -> str:
        text: str = self._tokenizer.decode(ids, skip_special_tokens=True)
        return text


class Stopper:
    """Passes text on, holding back what may be the beginning of a stop string.

    Attributes
    ----------
    stopped: whether a stop string came.
    passed: how many characters were passed on.
    """

    def __init__(self, stop: tuple[str, ...]) -> None:
        self._stop = stop
        self._held = ""
        self.stopped = False
        self.passed = 0

    def push(self, piece: str) -> str:
        """The text that is safe to show now."""
        self._held += piece
        found = [at for at in map(self._held.find, self._stop) if at >= 0]
        if found:
            self.stopped = True
            self.passed += min(found)
            return self._held[: min(found)]
        keep = max((self._overlap(stop) for stop in self._stop), default=0)
        ready, self._held = (
            self._held[: len(self._held) - keep],
            self._held[len(self._held) - keep :],
        )
        self.passed += len(ready)
        return ready

    def rest(self) -> str:
        """What is still held when the answer ends without a stop string."""
        return self._held

    def _overlap(self, stop: str) -> int:
        """Length of the longest end of the held text that begins `stop`."""
        longest = min(len(stop) - 1, len(self._held))
        return next((n for n in range(longest, 0, -1) if self._held.endswith(stop[:n])), 0)


class Strip:
    """Passes text on without the white space before and behind the whole of it."""

    def __init__(self) -> None:
        self._begun = False
        self._held = ""

    def push(self, piece: str) -> str:
        """The text that is not white space at an end, as far as is known."""
        text = self._held + piece
        if not self._begun:
            text = text.lstrip()
        shown = text.rstrip()
        self._held = text[len(shown) :]
        self._begun = self._begun or bool(shown)
        return shown
