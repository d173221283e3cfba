"""What the user has set once: from config.toml, or the environment, which goes before it.

A command's options go before both. A broken file or value is an error and never a default.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sf_mlx.errors import UsageError, printable
from sf_mlx.places import CACHE_SIZE, cache_folder, config_file
from sf_mlx.prompts import DEFAULT_QUESTION

# Bytes of config.toml; one of all settings has 300
_LARGEST = 1 << 20
_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,3})?)\s*([kmgt]?b?)", re.ASCII | re.IGNORECASE)
_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")

# What is asked where the question is left out, by language
QUESTIONS = {
    "en": DEFAULT_QUESTION,
    "de": "Beschreibe dieses Video ausführlich auf Deutsch.",
    "es": "Describe este vídeo en detalle en español.",
    "fr": "Décris cette vidéo en détail en français.",
    "it": "Descrivi questo video in dettaglio in italiano.",
    "ja": "この動画を日本語で詳しく説明してください。",
    "ko": "이 동영상을 한국어로 자세히 설명해 주세요.",
    "nl": "Beschrijf deze video uitvoerig in het Nederlands.",
    "pl": "Opisz szczegółowo to wideo po polsku.",
    "pt": "Descreva este vídeo em detalhes em português.",
    "zh": "请用中文详细描述这段视频。",
}


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("is no name")
    return value


def _preset(value: object) -> str:
    from sf_mlx.slowfast import PRESETS

    if not isinstance(value, str) or value not in PRESETS:
        raise ValueError(f"is none of {', '.join(PRESETS)}")
    return value


def _bits(value: object) -> int:
    from sf_mlx.context import KV_BITS

    if isinstance(value, bool) or str(value) not in map(str, KV_BITS):
        raise ValueError(f"is none of {', '.join(map(str, KV_BITS))}")
    return int(str(value))


def _language(value: object) -> str:
    if not isinstance(value, str) or value not in QUESTIONS:
        raise ValueError(f"is none of {', '.join(QUESTIONS)}")
    return value


def _folder(value: object) -> Path:
    path = Path(os.path.expanduser(_text(value)))
    if not path.is_absolute():
        raise ValueError("does not begin with / or ~")
    return path


def _size(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("is no size; write 4GB, 500MB or 0")
    match = _SIZE.fullmatch(str(value).strip())
    if match is None:
        raise ValueError("is no size; write 4GB, 500MB or 0")
    unit = match[2].lower()
    return int(float(match[1]) * _UNITS[unit if not unit or unit.endswith("b") else f"{unit}b"])


def _flag(value: object) -> bool:
    text = str(value).lower() if isinstance(value, bool | str) else ""
    if text not in (*_YES, *_NO):
        raise ValueError("is neither true nor false")
    return text in _YES


@dataclass(frozen=True)
class Setting:
    """One thing that can be set.

    Attributes
    ----------
    name: in config.toml, and of the field of `Settings`.
    variable: in the environment.
    meaning: for a list.
    read: a value of TOML, or a text, to what it means; raises ValueError saying what it is not.
    """

    name: str
    variable: str
    meaning: str
    read: Callable[[object], Any]


SETTINGS = (
    Setting("model", "SF_MLX_MODEL", "who is asked", _text),
    Setting("preset", "SF_MLX_PRESET", "how frames are pooled", _preset),
    Setting("kv_bits", "SF_MLX_KV_BITS", "bits of the KV cache", _bits),
    Setting("language", "SF_MLX_LANGUAGE", "of the question that is left out", _language),
    Setting("cache", "SF_MLX_CACHE", "folder of the disk cache", _folder),
    Setting("cache_size", "SF_MLX_CACHE_SIZE", "of it at most; 0 is none", _size),
    Setting("history", "SF_MLX_HISTORY", "whether conversations are kept", _flag),
)


@dataclass(frozen=True)
class Settings:
    """What holds where no option says otherwise.

    Attributes
    ----------
    model, preset, kv_bits: as the options of these names; None where nothing is set.
    language: of the question that is asked where it is left out.
    cache: the folder of the disk cache; cache_size: bytes that it has at most, 0 for none.
    history: whether conversations are kept.
    sources: where each comes from: the file's path, or a variable of the environment; a setting
        that is not there has its default.
    """

    model: str | None = None
    preset: str | None = None
    kv_bits: int | None = None
    language: str = "en"
    cache: Path = field(default_factory=cache_folder)
    cache_size: int = CACHE_SIZE
    history: bool = True
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def question(self) -> str:
        """What is asked where the question is left out."""
        return QUESTIONS[self.language]


def read_settings() -> Settings:
    """What is set now.

    Raises
    ------
    UsageError: the file or a value of it, or a variable of the environment, cannot be used.
    """
    path = config_file()
    found = _read_file(path)
    known = [each.name for each in SETTINGS]
    if unknown := sorted(found.keys() - {*known}):
        raise UsageError(
            f"{printable(path)}: there is no setting {printable(unknown[0], 40)!r}; there are "
            f"{', '.join(known)}"
        )
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for each in SETTINGS:
        # One that is empty says nothing
        if given := os.environ.get(each.variable):
            sources[each.name], value = each.variable, given
        elif each.name in found:
            sources[each.name], value = str(path), found[each.name]
        else:
            continue
        try:
            values[each.name] = each.read(value)
        except ValueError as error:
            raise UsageError(
                f"{printable(sources[each.name])}: {each.name} = {printable(value, 40)} {error}"
            ) from None
    return Settings(**values, sources=sources)


def _read_file(path: Path) -> dict[str, Any]:
    import tomllib

    shown = printable(path)
    try:
        # Or a pipe of that name would be waited for
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise UsageError(f"{shown} is no regular file")
            data = file.read(_LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise UsageError(f"{shown} cannot be read: {error.strerror}") from None
    if len(data) > _LARGEST:
        raise UsageError(f"{shown} is larger than the megabyte that is read of settings")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise UsageError(f"{shown} is not valid UTF-8") from None
    except RecursionError:
        raise UsageError(f"{shown} is nested too deeply") from None
    except ValueError as error:  # TOMLDecodeError, and numbers of thousands of digits
        raise UsageError(f"{shown} is no TOML: {error}") from None
