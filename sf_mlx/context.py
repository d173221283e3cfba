"""What the language model has read of a video: a KV cache that questions share.

The cache holds the video's part, which stays, and behind it the text of one slot at a time: a
question with its answer, or a conversation. Slots that take turns are put aside and written back.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import mlx.core as mx
from mlx.utils import tree_map
from mlx_lm.models.cache import KVCache, make_prompt_cache

from sf_mlx import trace
from sf_mlx.device import Device, current
from sf_mlx.model.backbone import Backbone
from sf_mlx.prompts import shared_start

# What mlx can quantise a KV cache to, and in groups of how many values
KV_BITS = (4, 8)
KV_GROUP_SIZE = 64
# A step of prefill on a GPU: bytes a token and number of the model's width. 7B, width 4,096, on an
# H100: steps of 512, 1,024, 2,048 and 8,192 take 0.228, 0.137, 0.120 and 0.110 s for all of 3,717
# tokens, and 2.7, 4.0, 6.9 and 10 GB; from 2,048 on its peak is above the reference's
_STEP_BYTES = 960
_LONGEST_STEP = 1024
# What a step may take of the memory
_STEP_SHARE = 0.1
# Tokens of a question and its answer, for the estimate of a cache's size
_USUAL_TEXT = 512


@dataclass(eq=False)
class Slot:
    """One text behind the video.

    Attributes
    ----------
    ids: what the model has read of it, its own answers included.
    home: the context that read it last; weak, for a slot must not keep a cache alive.
    aside: its keys and values there, while another slot is in the cache.
    """

    ids: list[int] = field(default_factory=list)
    home: weakref.ref[Context] | None = None
    aside: list[Any] | None = None


def prefill_step(device: Device, width: int) -> int:
    """How many tokens of a prompt are read at a time: a power of two that the memory has room for.

    Parameters
    ----------
    width: numbers in an embedding of the model.
    """
    if device.backend == "cpu":
        # MLX's CPU attention computes what the causal mask hides; smaller steps leave less of it
        return 256
    fit = int(device.memory * _STEP_SHARE / (_STEP_BYTES * width))
    return max(256, min(2 ** (fit.bit_length() - 1), _LONGEST_STEP)) if fit else 256


class Context:
    """The KV cache of one video under one prompt.

    Everything here runs on the model's own thread.

    Parameters
    ----------
    prefix: embeddings [P, D] of the prompt up to the video's end; read by `fill`.
    rope_base: the rotary base of its keys; it never changes.
    kv_bits: quantise the cache to 4 or 8 bits once the video is read.

    Attributes
    ----------
    length: P, tokens of the prefix.
    held: token ids behind the prefix in the cache.
    users: answers under way on it.
    """

    def __init__(
        self, model: Backbone, prefix: mx.array, rope_base: float, kv_bits: int | None
    ) -> None:
        self.length: int = prefix.shape[0]
        self.rope_base = rope_base
        self.users = 0
        self.held: list[int] = []
        self.cache: list[Any] = make_prompt_cache(model.language_model)
        self._model = model
        self._kv_bits = kv_bits
        self._prefix: mx.array | None = prefix
        self._filled = 0
        # Weak: a question that was answered or given up needs nothing put aside
        self._occupant: weakref.ref[Slot] = weakref.ref(Slot())

    @property
    def is_filled(self) -> bool:
        """Whether the video has been read."""
        return self._prefix is None

    @property
    def is_dropped(self) -> bool:
        """Whether its memory went to another context."""
        return not self.cache

    @property
    def nbytes(self) -> int:
        """Bytes of the cache as it is allocated."""
        return sum(0 if layer.empty() else layer.nbytes for layer in self.cache)

    @property
    def planned_bytes(self) -> int:
        """Bytes of the cache once the video and a usual text are read."""
        return planned_bytes(self._model, self.length, self._kv_bits)

    def drop(self) -> None:
        """Give the memory back; who wants to go on reads the video anew."""
        self.cache = []
        self.held = []

    def fill(self) -> Iterator[int]:
        """Read what is left of the prefix, a step at a time; yields how much of it is read.

        Whoever comes second goes on where the first stopped.
        """
        while self._prefix is not None:
            step = prefill_step(current(), self._model.width)
            part = self._prefix[self._filled : self._filled + step]
            self._forward(part)
            # Activations of a whole step; after a question's few tokens it would only cost time, on
            # CUDA tens of milliseconds
            mx.clear_cache()
            self._filled += part.shape[0]
            if self._filled == self.length:
                self._prefix = None
                self._quantise()
            yield self._filled

    def read(self, embeddings: mx.array) -> Iterator[int]:
        """Prefill embeddings [S, D] behind the prefix in steps; yields how many are read."""
        step = prefill_step(current(), self._model.width)
        for start in range(0, embeddings.shape[0], step):
            part = embeddings[start : start + step]
            self._forward(part)
            if part.shape[0] == step:
                mx.clear_cache()
            yield min(start + step, embeddings.shape[0])

    def _forward(self, embeddings: mx.array) -> None:
        self._model.set_rope_base(self.rope_base)
        with trace.span("prefill", tokens=embeddings.shape[0]):
            # mlx-lm wants ids beside embeddings and looks at none of them
            self._model.language_model(mx.zeros((1, 0), mx.int32), self.cache, embeddings[None])
            mx.eval([layer.state for layer in self.cache])

    def _quantise(self) -> None:
        """Once, when the video is read: prefill attends to what was not rounded yet."""
        if self._kv_bits is None:
            return
        self.cache = [
            layer.to_quantized(group_size=KV_GROUP_SIZE, bits=self._kv_bits) for layer in self.cache
        ]
        mx.eval([layer.state for layer in self.cache])
        mx.clear_cache()

    def enter(self, slot: Slot) -> None:
        """Make the cache hold what `slot` has read; what another left is put aside for it."""
        occupant = self._occupant()
        if occupant is slot and self._is_home_of(slot):
            return
        if occupant is not None and self._is_home_of(occupant):
            occupant.aside = self._copy(len(occupant.ids))
        if slot.aside is not None and self._is_home_of(slot):
            self._write(slot.aside, len(slot.ids))
            self.held = list(slot.ids)
        slot.home, slot.aside = weakref.ref(self), None
        self._occupant = weakref.ref(slot)

    def _is_home_of(self, slot: Slot) -> bool:
        return slot.home is not None and slot.home() is self

    def keep_common(self, slot: Slot, ids: Sequence[int]) -> int:
        """Trim to what the cache shares with `ids`, their last excepted: it must be read anew.

        Returns
        -------
        How many of `ids` need not be read.
        """
        self.enter(slot)
        common = shared_start(self.held, ids[:-1])
        self._trim(common)
        slot.ids = list(ids[:common])
        return common

    def add(self, slot: Slot, ids: Sequence[int]) -> None:
        """Note what was read into the cache for `slot`."""
        slot.ids += ids
        self.held += ids

    def _trim(self, length: int) -> None:
        for layer in self.cache:
            layer.trim(layer.offset - self.length - length)
        self.held = self.held[:length]

    def _copy(self, length: int) -> list[Any]:
        """Keys and values of the text behind the video."""
        part = slice(self.length, self.length + length)
        # A slice that is kept would make the next write copy the whole cache
        copies = [
            tree_map(lambda x: mx.contiguous(x[..., part, :]), (layer.keys, layer.values))
            for layer in self.cache
        ]
        mx.eval(copies)
        return copies

    def _write(self, copies: list[Any], length: int) -> None:
        part = slice(self.length, self.length + length)
        for layer, copy in zip(self.cache, copies, strict=True):
            # Caches only ever grow, so that there is room
            if isinstance(layer, KVCache):
                layer.keys[..., part, :], layer.values[..., part, :] = copy
            else:
                for target, source in zip((layer.keys, layer.values), copy, strict=True):
                    for whole, tail in zip(target, source, strict=True):
                        whole[..., part, :] = tail
            layer.offset = part.stop


def planned_bytes(model: Backbone, length: int, kv_bits: int | None) -> int:
    """Bytes of a KV cache behind a prefix of `length` tokens, with a usual text."""
    values = model.kv_values * (length + _USUAL_TEXT)
    # Quantised groups carry a scale and a bias in the model's precision
    full = 8 * model.dtype.size
    bits = full if kv_bits is None else kv_bits + 2 * full / KV_GROUP_SIZE
    return int(values * bits / 8)


class Budget:
    """How much memory the contexts of a model may keep; the least recently used goes first.

    Parameters
    ----------
    nbytes: for all of them; one that is in use is never dropped.
    """

    def __init__(self, nbytes: int) -> None:
        self.nbytes = nbytes
        # In the order of use; weak, because a session that is dropped frees its own
        self._contexts: list[weakref.ref[Context]] = []

    def has_room(self, nbytes: int) -> bool:
        """Whether a context of this size needs no other one's memory; true where there is none."""
        alive = self._alive()
        return not alive or sum(c.planned_bytes for c in alive) + nbytes <= self.nbytes

    def use(self, context: Context) -> None:
        """Note that a context is used, and make room for it."""
        others = [c for c in self._alive() if c is not context]
        held = sum(c.planned_bytes for c in others)
        for other in list(others):
            if held + context.planned_bytes <= self.nbytes:
                break
            if not other.users:
                held -= other.planned_bytes
                others.remove(other)
                other.drop()
        self._contexts = [weakref.ref(c) for c in (*others, context)]

    def _alive(self) -> list[Context]:
        found = [ref() for ref in self._contexts]
        return [c for c in found if c is not None and not c.is_dropped]
