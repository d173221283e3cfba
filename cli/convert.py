"""`sf-mlx convert`: any LLaVA checkpoint -> MLX format, quantised if asked."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from .output import write

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
    drop_source: Annotated[
        bool,
        typer.Option(
            "--drop-source", help="Remove what was downloaded from the hub's cache afterwards."
        ),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Convert a LLaVA checkpoint: llava-hf, transformers 5 or the original layout.

    The language model is quantised with --bits or --mode; the projector never is. Without them a
    checkpoint that is quantised already is copied as it is. Only this command uses the network, and
    only when SRC is a hub name.
    """
    from sf_mlx.errors import UsageError, printable
    from sf_mlx.weights import hub
    from sf_mlx.weights.convert import convert as run
    from sf_mlx.weights.packing import packing
    from sf_mlx.weights.write import output_folder

    from .progress import Bar

    if source == "demo":
        raise UsageError(
            "demo is built in and needs no conversion: -m demo (./demo is a folder of that name)"
        )
    from_hub = hub.is_hub_name(source)
    if drop_source and not from_hub:
        raise UsageError(
            f"--drop-source is for hub names; {printable(source)} is a folder and stays"
        )
    language = packing(bits, group_size, mode)
    vision = packing(vision_bits, None, None)
    output_folder(out)  # before gigabytes are fetched
    snapshot = hub.download(source) if from_hub else None
    with Bar(shown=not quiet) as bar:
        done = run(
            source if snapshot is None else snapshot,
            out,
            language=language,
            vision=vision,
            dtype=dtype,
            name=source if from_hub else None,
            progress=lambda count, total: bar.update("Converting", count, total),
        )
    if done.left:
        print(
            f"sf-mlx: {done.left} matrices were left alone, their rows being no whole groups; "
            "a smaller --group-size may reach them",
            file=sys.stderr,
        )
    write(
        f"{printable(done.out)}: {_size(done.source_bytes)} -> {_size(done.bytes)}, "
        f"{done.bits_per_weight:.2f} bits per weight on average\n"
    )
    if snapshot is not None and drop_source:
        write(f"{_size(hub.drop(snapshot))} given back by the hub's cache\n")
    elif snapshot is not None:
        write(
            f"The hub's cache keeps the original, {_size(hub.size_of(snapshot))}, in "
            f"{printable(snapshot.parent.parent)}; --drop-source removes it\n"
        )


def _size(count: int) -> str:
    return f"{count / 1e9:.2f} GB" if count >= 1e8 else f"{count / 1e6:.2f} MB"
