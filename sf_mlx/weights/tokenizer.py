"""The tokenizer of a checkpoint, read exactly as its files say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sf_mlx.errors import TokenizerError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast


def load_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """Load tokenizer.json as it stands, or convert a bare tokenizer.model (original LLaVA).

    transformers' AutoTokenizer rebuilds the pipeline instead: on the original layout it loses the
    leading-space rule, and with it upstream's token ids.

    Raises
    ------
    TokenizerError: no tokenizer, or a damaged one.
    """
    from sentencepiece import SentencePieceProcessor
    from transformers import LlamaTokenizer, PreTrainedTokenizerFast

    whole = folder / "tokenizer.json"
    if not whole.is_file() and not (folder / "tokenizer.model").is_file():
        raise TokenizerError(
            f"{folder} has no tokenizer (tokenizer.json or tokenizer.model); copy it from the "
            "repository that the weights come from"
        )
    try:
        if whole.is_file():
            return PreTrainedTokenizerFast(tokenizer_file=str(whole))
        # transformers would take a damaged file for another format, and log a trace
        SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
        return LlamaTokenizer.from_pretrained(str(folder))
    except Exception as error:  # tokenizers raises bare Exception for a damaged file
        raise TokenizerError(f"the tokenizer in {folder} cannot be read: {error}") from error
