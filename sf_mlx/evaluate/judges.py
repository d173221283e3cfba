"""Who judges: a model behind an OpenAI-compatible address, or one on this machine."""

from __future__ import annotations

import json
import os
import random
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from sf_mlx.errors import JudgeError, UsageError, printable

# The first that is set is sent, to the judge's address only
KEYS = ("SF_MLX_JUDGE_KEY", "OPENAI_API_KEY")

_LARGEST_REPLY = 1 << 20
_TRIES = 6
_LONGEST_PAUSE = 60.0


class TriedInVain(Exception):
    """A request that got no reply after all tries; `why` is a word and a line about it."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(why)
        self.kind = kind


class Judge(Protocol):
    """Answers a request.

    Attributes
    ----------
    name: the model's, as it stands in files.
    at_a_time: requests that may be under way together.
    """

    name: str
    at_a_time: int

    def reply(self, system: str, user: str) -> str:
        """The model's words.

        Raises
        ------
        TriedInVain: this request got none. JudgeError: no request will.
        """
        ...

    def close(self) -> None:
        """Wait for nothing any more: requests under way are tried no further."""
        ...


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirection could take the key to another host."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass
class Endpoint:
    """A model behind an address that speaks OpenAI's chat completions.

    Attributes
    ----------
    url: up to `/v1`; name: the model's there.
    key: sent as a bearer token, if there is one.
    timeout: seconds for one try.
    pause: waits so many seconds between tries; None waits, and ends when it is closed.
    """

    url: str
    name: str
    key: str | None = field(default=None, repr=False)
    at_a_time: int = 8
    timeout: float = 120.0
    pause: Callable[[float], object] | None = None

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(
                f"--judge {printable(self.url, 60)} is no address such as "
                "http://localhost:8080/v1, and no mlx:PATH"
            )
        self._closed = threading.Event()
        self._opener = urllib.request.build_opener(_NoRedirect)

    @property
    def host(self) -> str:
        """Where the answers are sent."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    def reply(self, system: str, user: str) -> str:
        """See `Judge`."""
        body = {
            "model": self.name,
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": user},
            ],
            "temperature": 0,
        }
        failure = TriedInVain("unreachable", "")
        for turn in range(_TRIES):
            if self._closed.is_set():
                break
            if turn:
                (self.pause or self._closed.wait)(self._wait(turn, failure))
            try:
                return self._ask(body)
            except TriedInVain as error:
                failure = error
        raise failure

    def close(self) -> None:
        """See `Judge`."""
        self._closed.set()

    def _wait(self, turn: int, failure: TriedInVain) -> float:
        """Twice as long each time, or as long as the server says; a little apart from others."""
        asked = getattr(failure, "retry_after", None)
        wait = float(2 ** (turn - 1)) if asked is None else float(asked)
        return min(wait, _LONGEST_PAUSE) * random.uniform(1.0, 1.25)

    def _ask(self, body: dict[str, Any]) -> str:
        headers = {"Content-Type": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        request = urllib.request.Request(
            f"{self.url.rstrip('/')}/chat/completions",
            json.dumps(body).encode(),
            headers,
            method="POST",
        )
        try:
            with self._opener.open(request, timeout=self.timeout) as response:
                data = response.read(_LARGEST_REPLY)
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from None
        except TimeoutError:
            raise TriedInVain("timeout", f"no reply within {self.timeout:g} s") from None
        except (urllib.error.URLError, OSError, ValueError) as error:
            why = getattr(error, "reason", error)
            kind = "timeout" if isinstance(why, TimeoutError) else "unreachable"
            raise TriedInVain(kind, printable(why)) from None
        return _text(data)

    def _refusal(self, error: urllib.error.HTTPError) -> Exception:
        """What an HTTP status means: try again, or give up on all of them."""
        code = error.code
        about = f"{self.host} answers {code} {printable(error.reason, 60)}"
        if code in (401, 403):
            return JudgeError(f"{about}: set {KEYS[0]} to the key that it wants")
        if code == 404:
            return JudgeError(f"{about}: no such address, or no model {printable(self.name, 60)}")
        if code == 429 or code == 408 or code >= 500:
            failure = TriedInVain("rate_limited" if code == 429 else "server_error", about)
            seconds = str(error.headers.get("Retry-After", ""))
            if seconds.isdecimal():
                failure.retry_after = int(seconds)  # type: ignore[attr-defined]
            return failure
        if 300 <= code < 400:
            return JudgeError(f"{about}: give the address that it leads to")
        return TriedInVain("refused", about)


def _text(data: bytes) -> str:
    """The words of a chat completion."""
    try:
        content = json.loads(data)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        raise TriedInVain("nonsense", "the reply is no chat completion") from None
    if not isinstance(content, str):
        raise TriedInVain("nonsense", "the reply holds no text")
    return content


class LocalModel:
    """A language model of mlx-lm on this machine; it takes the likeliest tokens.

    Parameters
    ----------
    path: the model's folder.

    Raises
    ------
    JudgeError: it cannot be loaded.
    """

    at_a_time = 1

    def __init__(self, path: str) -> None:
        from mlx_lm.utils import load

        self.name = printable(path)
        if not os.path.isdir(path):
            # mlx-lm would take another name for one on the hub, and fetch it
            raise JudgeError(f"{self.name}: no such folder of a language model")
        try:
            self._model, self._tokenizer = load(path)[:2]
        except Exception as error:
            why = printable(error, 200)
            raise JudgeError(f"{self.name} cannot be loaded as a language model: {why}") from None

    def reply(self, system: str, user: str) -> str:
        """See `Judge`."""
        from mlx_lm.generate import generate

        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        if self._tokenizer.chat_template is None:
            prompt: Any = f"{system}\n\n{user}\n\n"
        else:
            try:
                prompt = self._tokenizer.apply_chat_template(messages, add_generation_prompt=True)
            except Exception:  # a template without a system's part
                merged = [{"role": "user", "content": f"{system}\n\n{user}"}]
                prompt = self._tokenizer.apply_chat_template(merged, add_generation_prompt=True)
        return str(generate(self._model, self._tokenizer, prompt, max_tokens=64))

    def close(self) -> None:
        """See `Judge`; nothing is under way."""


def find_judge(where: str, model: str | None, at_a_time: int) -> Judge:
    """The judge that `--judge` names.

    Raises
    ------
    UsageError: it names none. JudgeError: it cannot be used.
    """
    if where.startswith("mlx:"):
        return LocalModel(where.removeprefix("mlx:"))
    if model is None:
        raise UsageError("say which model judges: --judge-model gpt-3.5-turbo-0125 is the paper's")
    if not 1 <= at_a_time <= 256:
        raise UsageError(f"1 to 256 requests can be under way together, not {at_a_time}")
    key = next((os.environ[name] for name in KEYS if os.environ.get(name)), None)
    return Endpoint(where, model, key, at_a_time)
