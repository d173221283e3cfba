"""One model over several processes: each has a part of the language model, one sees the video.

Tensor parallelism is mlx-lm's own (`Model.shard`): a layer's heads and columns are dealt out, and
its sums join them, so that every process knows the same logits and takes the same token. Only rank
0 opens the video; the others are told what it is, and get its visual tokens.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

import mlx.core as mx
import numpy as np
from mlx.utils import tree_flatten

from sf_mlx import errors, mlx_thread
from sf_mlx.errors import ModelError, SfMlxError, UnsupportedModelError
from sf_mlx.model.backbone import Backbone
from sf_mlx.models import Model
from sf_mlx.ranks import Ranks
from sf_mlx.session import Session
from sf_mlx.slowfast import Aggregation, SlowFast
from sf_mlx.video import Frames, Reading, VideoInfo
from sf_mlx.vision import Pass, VisualTokens
from sf_mlx.weights.load import Cut, Weights

_Seeing = Generator[Pass, None, VisualTokens]


class OfRankZero(Exception):
    """The cause of an error that rank 0 met, and told, in every other process."""


def split(name: str, backbone: Backbone, weights: Weights, ranks: Ranks) -> None:
    """Make this process's part of a language model whose weights are not read yet.

    Parameters
    ----------
    name: of the model, for messages.
    weights: the model's; of the language model's they will read this part only.

    Raises
    ------
    UnsupportedModelError: mlx-lm cannot split this architecture.
    ModelError: it cannot be dealt out evenly; with the numbers.
    """
    language = backbone.language_model
    if not hasattr(language, "shard"):
        raise UnsupportedModelError(f"{name}: mlx-lm cannot split this kind of model")
    heads, key_heads = language.args.num_attention_heads, language.args.num_key_value_heads
    if heads % ranks.size or key_heads % ranks.size:
        raise ModelError(
            f"{name} has {heads} heads and {key_heads} key-value heads, which cannot be "
            f"dealt out to {ranks.size} processes"
        )
    try:
        weights.keep_parts(mlx_thread.run(_shard, language, ranks))
    except ValueError as error:
        raise ModelError(f"{name} cannot be dealt out to {ranks.size} processes: {error}") from None


def _shard(language: Any, ranks: Ranks) -> dict[str, Cut]:
    """Let mlx-lm deal out the matrices, none of which is computed; returns how it did that."""
    whole = _shapes(language)
    language.shard(ranks.group)
    cuts = {}
    for name, shape in _shapes(language).items():
        for axis, (size, mine) in enumerate(zip(whole[name], shape, strict=True)):
            if size != mine:
                cuts[f"language_model.{name}"] = Cut(axis, ranks.rank, ranks.size)
    return cuts


def _shapes(module: Any) -> dict[str, tuple[int, ...]]:
    arrays: dict[str, mx.array] = tree_flatten(module.parameters(), destination={})  # type: ignore[assignment]
    return {name: array.shape for name, array in arrays.items()}


def open_together(
    model: Model,
    ranks: Ranks,
    video: str,
    *,
    spec: Aggregation = SlowFast(),
    reading: Reading = Reading(),
    template: str | None = None,
    kv_bits: int | None = None,
    keep_vision: bool = True,
) -> Session:
    """Open a video for questions that all processes ask in the same order.

    Parameters
    ----------
    video: only rank 0 looks at it. The others: see `Model.open`.

    Raises
    ------
    SfMlxError: the same in every process; its cause is an `OfRankZero` but in rank 0.
    """
    if ranks.rank == 0:
        try:
            session = model.open(
                video,
                spec=spec,
                reading=reading,
                template=template,
                kv_bits=kv_bits,
                keep_vision=keep_vision,
            )
        except SfMlxError as error:
            share(ranks, _told(error))
            raise
        about = {
            "info": asdict(session.info),
            "times": list(session._frames.times),
            "note": session._frames.note,
            "notes": session._notes,
            "name": session.name,
            "visual": session.visual_tokens,
            "template": session.template,
        }
        share(ranks, about)
        session._seeing = _send(session._seeing, ranks, model.backbone.width)
        return session
    told = _raise_if_error(share(ranks, None))
    frames = Frames(
        VideoInfo(**told["info"]), tuple(told["times"]), told["note"], [], iter(()), ExitStack()
    )
    session = Session(
        model,
        frames,
        told["notes"],
        told["name"],
        spec,
        told["visual"],
        template=told["template"],
        kv_bits=kv_bits,
        keep_vision=keep_vision,
        open_seconds=0.0,
    )
    session._seeing = _receive(ranks, model)
    return session


def gather(ranks: Ranks, number: int) -> list[int]:
    """What each process gives, by rank, in every process; all of them call this."""
    mine = [number if rank == ranks.rank else 0 for rank in range(ranks.size)]
    numbers: list[int] = mlx_thread.run(_gather, ranks, mine)
    return numbers


def _gather(ranks: Ranks, mine: list[int]) -> Any:
    return _sum(ranks, mx.array(mine, dtype=mx.int32)).tolist()


def share(ranks: Ranks, value: Any) -> Any:
    """What rank 0 gives, as JSON can say it, in every process; all of them call this."""
    return mlx_thread.run(_share, ranks, value)


def _share(ranks: Ranks, value: Any) -> Any:
    data = json.dumps(value).encode() if ranks.rank == 0 else b""
    length = int(_sum(ranks, mx.array([len(data)], dtype=mx.int32))[0])
    numbers = np.zeros(length, np.int32)
    numbers[: len(data)] = np.frombuffer(data, np.uint8)
    whole = np.array(_sum(ranks, mx.array(numbers))).astype(np.uint8)
    return json.loads(whole.tobytes())


def _sum(ranks: Ranks, array: mx.array) -> mx.array:
    """A process adds zeros where it has nothing to say."""
    total = mx.distributed.all_sum(array, group=ranks.group)
    mx.eval(total)
    return total


def _send(seeing: _Seeing, ranks: Ranks, width: int) -> _Seeing:
    """See the video, and give the others what came of it."""
    try:
        visual = yield from seeing
    except SfMlxError as error:
        _share(ranks, _told(error))
        raise
    _share(ranks, {"times": list(visual.frame_times), "tokens": visual.tokens.shape[0]})
    _sum(ranks, visual.tokens)
    return visual


def _receive(ranks: Ranks, model: Model) -> _Seeing:
    """Wait for what rank 0 sees."""
    yield from ()
    told = _raise_if_error(_share(ranks, None))
    zeros = mx.zeros((told["tokens"], model.backbone.width), dtype=model.backbone.dtype)
    return VisualTokens(_sum(ranks, zeros), tuple(told["times"]))


def _told(error: SfMlxError) -> dict[str, str]:
    return {"error": type(error).__name__, "message": str(error)}


def _raise_if_error(told: dict[str, Any]) -> dict[str, Any]:
    """What rank 0 met ends every process in the same way."""
    if "error" in told:
        error = getattr(errors, told["error"], SfMlxError)(told["message"])
        raise error from OfRankZero()
    return told
