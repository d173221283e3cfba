"""A bare matmul and a bare attention of the road's shapes, in MLX or in torch."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.full_size.rows import Rows, Values, arguments, rows_of
from benchmarks.full_size.shapes import PROMPT_OF

_FRAMES = 8
# Kernels in one timing, so that starting them hides
_TIMES = 20


def shapes(config: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Matrices (rows, columns in, columns out) and attentions (batch, heads, tokens, head size)."""
    text, vision = config["text_config"], config["vision_config"]
    wide, inner = text["hidden_size"], text["intermediate_size"]
    heads, seeing = text["num_attention_heads"], vision["num_attention_heads"]
    side = vision["image_size"] // vision["patch_size"]
    seen, prompt = side**2 + 1, PROMPT_OF[side]
    matrices = {
        "language matmul": (prompt, wide, inner),
        "tower matmul": (_FRAMES * seen, vision["hidden_size"], vision["intermediate_size"]),
    }
    attentions = {
        "language attention": (1, heads, prompt, wide // heads),
        "tower attention": (_FRAMES, seeing, seen, vision["hidden_size"] // seeing),
    }
    return matrices, attentions


def measure(
    rows: Rows,
    label: str,
    config: dict[str, Any],
    multiply: Callable[..., Callable[[], object]],
    attend: Callable[..., Callable[[], object]] | None,
) -> None:
    """One row a shape.

    Parameters
    ----------
    multiply, attend: from a shape to the work of `_TIMES` kernels, which waits for its result.
    """
    matrices, attentions = shapes(config)
    for name, (count, wide, inner) in matrices.items():
        work = partial(_row, rows, multiply, (count, wide, inner), 2 * count * wide * inner)
        rows.measure(f"{label}.{name}", work)
    if attend is None:
        return
    for name, (batch, heads, tokens, size) in attentions.items():
        causal = name.startswith("language")
        operations = 4 * batch * heads * tokens**2 * size // (2 if causal else 1)
        made = partial(attend, causal=causal)
        work = partial(_row, rows, made, (batch, heads, tokens, size), operations)
        rows.measure(f"{label}.{name}", work)


def _row(
    rows: Rows, make: Callable[..., Callable[[], object]], shape: tuple[int, ...], operations: int
) -> Values:
    seconds = rows.seconds(make(*shape)) / _TIMES
    return {"ms": seconds * 1e3, "tflop_per_s": operations / seconds / 1e12}


def in_mlx(rows: Rows, label: str, config: dict[str, Any], bits: int | None) -> None:
    """The rows in MLX on its own device; `bits`: with packed matrices."""
    import mlx.core as mx

    from sf_mlx.device import current

    dtype = mx.float16 if current().half_precision else mx.float32

    def normal(*shape: int) -> mx.array:
        array = (mx.random.normal(shape) * 0.02).astype(dtype)
        mx.eval(array)
        return array

    def multiply(count: int, wide: int, inner: int) -> Callable[[], object]:
        inputs = [normal(count, wide) for _ in range(_TIMES)]
        matrix = normal(inner, wide)
        if bits is None:
            return lambda: mx.eval([x @ matrix.T for x in inputs])
        packed = mx.quantize(matrix, 64, bits)
        mx.eval(packed)
        return lambda: mx.eval(
            [mx.quantized_matmul(x, *packed, group_size=64, bits=bits) for x in inputs]
        )

    def attend(*shape: int, causal: bool) -> Callable[[], object]:
        inputs, other = [normal(*shape) for _ in range(_TIMES)], normal(*shape)
        scale, mask = shape[-1] ** -0.5, "causal" if causal else None
        call = partial(mx.fast.scaled_dot_product_attention, scale=scale, mask=mask)
        return lambda: mx.eval([call(x, other, other) for x in inputs])

    # Attention has nothing packed
    measure(rows, label, config, multiply, attend if bits is None else None)


def in_torch(rows: Rows, label: str, config: dict[str, Any], device: str) -> None:
    """The rows in torch, with its own attention."""
    import torch

    dtype = torch.float32 if device == "cpu" else torch.float16

    def normal(*shape: int) -> Any:
        return (torch.randn(*shape, device=device) * 0.02).to(dtype)

    def waited(work: Callable[[], object]) -> Callable[[], object]:
        def done() -> None:
            with torch.inference_mode():
                work()
                if device == "cuda":
                    torch.cuda.synchronize()

        return done

    def multiply(count: int, wide: int, inner: int) -> Callable[[], object]:
        inputs, matrix = [normal(count, wide) for _ in range(_TIMES)], normal(inner, wide)
        return waited(lambda: [x @ matrix.T for x in inputs])

    def attend(*shape: int, causal: bool) -> Callable[[], object]:
        inputs, other = [normal(*shape) for _ in range(_TIMES)], normal(*shape)
        call = torch.nn.functional.scaled_dot_product_attention
        return waited(lambda: [call(x, other, other, is_causal=causal) for x in inputs])

    measure(rows, label, config, multiply, attend)


def main() -> None:
    told = arguments(__doc__).parse_args()
    config = json.loads((told.checkpoint / "config.json").read_text())
    rows = rows_of(told)
    in_mlx(rows, f"{told.label}.fp16", config, None)
    in_mlx(rows, f"{told.label}.4 bits", config, 4)


if __name__ == "__main__":
    main()
