"""`sf-mlx convert`: any LLaVA checkpoint -> MLX format, quantised if asked."""

import sys
from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """
sf-mlx convert llava-hf/llava-v1.6-vicuna-7b-hf -o llava-7b --bits 4
sf-mlx convert my-checkpoint -o smaller --bits 8 --vision-bits 8
"""

_PACKING = "Quantisation"


def convert(
    source: Annotated[str, typer.Argument(metavar="SRC", help="Checkpoint folder or hub name.")],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="FOLDER", help="The new folder; it must not exist."),
    ],
    bits: Annotated[
        int | None,
        typer.Option(
            metavar="BITS",
            help="Quantise the language model: 2, 3, 4, 5, 6 or 8.",
            rich_help_panel=_PACKING,
        ),
    ] = None,
    group_size: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Weights that share a scale: 32, 64 (default) or 128.",
            rich_help_panel=_PACKING,
        ),
    ] = None,
    mode: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="affine (default), mxfp4, nvfp4 or mxfp8.",
            rich_help_panel=_PACKING,
        ),
    ] = None,
    vision_bits: Annotated[
        int | None,
        typer.Option(
            metavar="BITS",
            help="Quantise the vision tower too; it is left alone otherwise.",
            rich_help_panel=_PACKING,
        ),
    ] = None,
    dtype: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="float16, bfloat16 or float32 for what is not quantised.",
            rich_help_panel=_PACKING,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Convert a LLaVA checkpoint: llava-hf, transformers 5 or the original layout.

    The language model is quantised with --bits or --mode; the projector never is. Only this command
    uses the network, and only when SRC is a hub name.
    """
    from sf_mlx.weights.convert import convert as run
    from sf_mlx.weights.convert import packing
    from sf_mlx.weights.hub import download, is_hub_name
    from sf_mlx.weights.write import refuse_existing

    from .progress import Bar

    language = packing(bits, group_size, mode)
    vision = packing(vision_bits, None, None)
    refuse_existing(out)  # before gigabytes are fetched
    folder = download(source) if is_hub_name(source) else source
    with Bar(shown=not quiet) as bar:
        done = run(
            folder,
            out,
            language=language,
            vision=vision,
            dtype=dtype,
            name=source if is_hub_name(source) else None,
            progress=lambda count, total: bar.update("Converting", count, total),
        )
    print(
        f"{done.out}: {_size(done.source_bytes)} -> {_size(done.bytes)}, "
        f"{done.bits_per_weight:.2f} bits per weight on average"
    )
    if done.left:
        print(
            f"sf-mlx: {done.left} matrices were left alone, their rows being no whole groups; "
            "a smaller --group-size may reach them",
            file=sys.stderr,
        )


def _size(count: int) -> str:
    return f"{count / 1e9:.2f} GB" if count >= 1e8 else f"{count / 1e6:.2f} MB"
