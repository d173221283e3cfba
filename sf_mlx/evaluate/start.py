"""The settings of a run, from a loaded model and what was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from sf_mlx.device import current
from sf_mlx.errors import UsageError
from sf_mlx.evaluate.items import Item
from sf_mlx.evaluate.settings import Settings, fingerprint, hash_of, versions
from sf_mlx.loading import find_model
from sf_mlx.models import Model
from sf_mlx.plan import check_video
from sf_mlx.slowfast import Aggregation
from sf_mlx.templates import find_template


def settings_of(
    model: Model,
    items: Sequence[Item],
    pooling: Aggregation,
    *,
    exact: bool,
    template: str | None,
    choose_by: str,
    max_tokens: int,
    kv_bits: int | None,
    limit: int,
    sample: int,
    seed: int,
) -> Settings:
    """Everything that the answers will depend on.

    Parameters
    ----------
    template: None for the checkpoint's own.

    Raises
    ------
    UsageError, ContextLengthError: what no video could be asked with.
    """
    if max_tokens < 1:
        raise UsageError(f"the longest answer must have a token, not {max_tokens}")
    # What would fail for every row is refused before the first
    check_video(model.backbone, pooling.frames, pooling, kv_bits)
    name = template or model.template
    prompt = find_template(name)
    return Settings(
        dataset=items[0].dataset,
        items=hash_of(items),
        rows=len(items),
        model=model.name,
        model_hash=fingerprint(find_model(model.name)),
        spec=str(pooling),
        frames=pooling.frames,
        exact=exact,
        template=name,
        prompt=prompt.text("{question}"),
        for_choices=find_template(prompt.choices or name).text("{question}"),
        choose_by=choose_by,
        max_tokens=max_tokens,
        kv_bits=kv_bits,
        limit=limit,
        sample=sample,
        seed=seed if sample else 0,
        backend=current().backend,
        versions=versions(),
    )
