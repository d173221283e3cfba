"""What the disk keeps of a video: its visual tokens, and what a record says of it; as bytes.

The bytes are a safetensors file that any reader opens: the tensor `tokens` [L, D], metadata, and
last the tensor `sha256` over everything before it. A flipped byte would load without a word.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from typing import Any

import mlx.core as mx
import numpy as np
import numpy.typing as npt

from sf_mlx.fingerprint import canonical
from sf_mlx.video import Frame, Frames, VideoInfo
from sf_mlx.vision import VisualTokens

# Bytes of a header: the times of 50 frames have 2 kB
LARGEST_HEADER = 8 << 20
_LENGTH = struct.Struct("<Q")
_DIGEST_BYTES = 32

# MLX's dtype -> safetensors' word, and what numpy keeps the bits in; it has no bfloat16
_DTYPES: dict[mx.Dtype, tuple[str, str]] = {
    mx.float32: ("F32", "<f4"),
    mx.float16: ("F16", "<f2"),
    mx.bfloat16: ("BF16", "<u2"),
}


@dataclass(frozen=True)
class Kept:
    """A video that was seen.

    Attributes
    ----------
    values: the visual tokens [L, D]; of bfloat16 the bits.
    dtype: theirs.
    frame_times: seconds of every frame in them.
    times, note, warnings: of the `Frames` that were read.
    info: what the video is.
    """

    values: npt.NDArray[Any]
    dtype: mx.Dtype
    frame_times: tuple[float, ...]
    times: tuple[float, ...]
    note: str | None
    warnings: tuple[str, ...]
    info: VideoInfo

    @classmethod
    def of(cls, visual: VisualTokens, frames: Frames) -> Kept | None:
        """A copy of what was seen; None of a dtype that is not kept. On the model's thread."""
        tokens = visual.tokens
        if tokens.dtype not in _DTYPES:
            return None
        bits = tokens.view(mx.uint16) if tokens.dtype == mx.bfloat16 else tokens
        return cls(
            np.array(bits),
            tokens.dtype,
            visual.frame_times,
            frames.times,
            frames.note,
            tuple(frames.warnings),
            frames.info,
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """[L, D]"""
        return tuple(self.values.shape)

    def visual(self) -> VisualTokens:
        """As the language model takes it; on the model's thread."""
        bits = mx.array(self.values)
        tokens = bits.view(mx.bfloat16) if self.dtype == mx.bfloat16 else bits
        mx.eval(tokens)
        return VisualTokens(tokens, self.frame_times)

    def frames(self) -> Frames:
        """What opening the video would have told; there is no frame to come."""
        nothing: Generator[Frame, None, None] = (frame for frame in list[Frame]())
        return Frames(self.info, self.times, self.note, list(self.warnings), nothing, ExitStack())

    def called(self, name: str) -> Kept | None:
        """The same video under another name; None where its warnings cannot be said of that."""
        old = self.info.name
        if name == old:
            return self
        if not all(warning.startswith(f"{old}: ") for warning in self.warnings):
            return None
        warnings = tuple(name + warning[len(old) :] for warning in self.warnings)
        return replace(self, warnings=warnings, info=replace(self.info, name=name))

    def as_bytes(self, key: dict[str, Any], facts: dict[str, Any]) -> list[bytes]:
        """The file's bytes, in parts.

        Parameters
        ----------
        key: what the tokens depend on.
        facts: what a list of the cache says besides.
        """
        word, bits = _DTYPES[self.dtype]
        data = np.ascontiguousarray(self.values, dtype=bits).tobytes()
        end = len(data)
        about = {
            "frame_times": self.frame_times,
            "times": self.times,
            "note": self.note,
            "warnings": self.warnings,
            "info": asdict(self.info),
            "facts": facts,
        }
        header = canonical(
            {
                "__metadata__": {"key": canonical(key), "about": canonical(about)},
                "tokens": {"dtype": word, "shape": self.shape, "data_offsets": [0, end]},
                "sha256": {
                    "dtype": "U8",
                    "shape": [_DIGEST_BYTES],
                    "data_offsets": [end, end + _DIGEST_BYTES],
                },
            }
        ).encode()
        header += b" " * (-len(header) % 8)
        parts = [_LENGTH.pack(len(header)), header, data]
        return [*parts, _digest(*parts)]


def from_bytes(data: bytes, key: dict[str, Any]) -> Kept:
    """What a file holds.

    Raises
    ------
    ValueError: it is damaged, or was kept for another key.
    """
    body = memoryview(data)[:-_DIGEST_BYTES]
    # Before anything in it is believed
    if len(data) <= _LENGTH.size + _DIGEST_BYTES or _digest(body) != data[-_DIGEST_BYTES:]:
        raise ValueError("it is damaged")
    header, start = parse_header(data)
    if header["__metadata__"].get("key") != canonical(key):
        raise ValueError("it was kept for something else")
    try:
        about = json.loads(header["__metadata__"]["about"])
        tensor = header["tokens"]
        dtype, bits = next((d, b) for d, (word, b) in _DTYPES.items() if word == tensor["dtype"])
        return Kept(
            np.frombuffer(body[start:], dtype=bits).reshape(tensor["shape"]),
            dtype,
            tuple(about["frame_times"]),
            tuple(about["times"]),
            about["note"],
            tuple(about["warnings"]),
            VideoInfo(**about["info"]),
        )
    except (KeyError, TypeError, StopIteration, RecursionError) as error:
        raise ValueError(f"it lacks something: {error}") from error


def parse_header(data: bytes) -> tuple[dict[str, Any], int]:
    """The header of a file that begins with these bytes, and where its data begins.

    Raises
    ------
    ValueError: it is none of ours.
    """
    if len(data) < _LENGTH.size:
        raise ValueError("it is cut short")
    (length,) = _LENGTH.unpack_from(data)
    if length > LARGEST_HEADER or length > len(data) - _LENGTH.size:
        raise ValueError("its header is cut short")
    start = _LENGTH.size + length
    try:
        header = json.loads(data[_LENGTH.size : start])
    except RecursionError:
        raise ValueError("its header is nested too deeply") from None
    if not isinstance(header, dict) or not isinstance(header.get("__metadata__"), dict):
        raise ValueError("it has no metadata")
    return header, start


def _digest(*parts: bytes | memoryview) -> bytes:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part)
    return whole.digest()
