"""What `--stats` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sf_mlx.answer import Record


def statistics(record: Record) -> str:
    """Token counts, timings in the order in which they were waited for, and the machine."""
    from sf_mlx.device import current

    device = current()
    blas = f" with {device.blas}" if device.blas else ""
    kept = " from the cache" if record.from_cache else ""
    lines = [
        f"prompt       {record.visual_tokens:,} visual + {record.text_tokens:,} text tokens "
        f"({len(record.frame_times)} frames{kept}, {record.spec})",
        f"load         {record.load_seconds:.2f} s ({record.weights_seconds:.2f} s waited for)",
        f"open         {record.open_seconds:.2f} s",
        f"decode       {record.decode_seconds:.2f} s",
        f"vision       {record.vision_seconds:.2f} s",
        f"prefill      {record.prefill_seconds:.2f} s",
        f"first token  {record.first_token_seconds:.2f} s after opening",
        f"answer       {record.answer_tokens:,} tokens, {record.tokens_per_second:.1f} tokens/s, "
        f"ended by {record.finish_reason}",
        f"memory       {record.peak_memory_bytes / 2**20:,.0f} MiB at most",
        f"device       {device.backend}{blas}",
    ]
    if device.slow_blas:
        lines.append(
            "             no OpenBLAS or MKL found: attention is slow; install libopenblas0"
        )
    return "\n".join(lines)
