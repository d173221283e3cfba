"""The tokenizer of a checkpoint, read exactly as its files say."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sf_mlx.errors import CheckpointError, SfMlxError, TokenizerError, printable
from sf_mlx.weights.files import LARGEST_TOKENIZER, TOKENIZER_FILES, parse_json, read_bytes

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# Characters of one token; a run of 128 spaces is the longest of real vocabularies
_LONGEST_TOKEN = 1000
# A text may grow to so many times its length on its way to the tokens; "▁" for " " is once
_MOST_GROWTH = 64.0
# Steps of a pipeline, and tokens put around every text: real ones have below ten
_MOST_STEPS = 200
_MOST_TOKENS_AROUND = 64
# Special tokens right behind the embedding's rows are placeholders, such as <image>; the model
# never sees them
_PLACEHOLDERS = 1024


def load_tokenizer(folder: Path) -> Tokenizer:
    """Load tokenizer.json as it stands, or convert a bare tokenizer.model (original LLaVA).

    transformers' AutoTokenizer rebuilds the pipeline instead: on the original layout it loses the
    leading-space rule, and with it upstream's token ids.

    Raises
    ------
    TokenizerError: no tokenizer, or a damaged one.
    """
    whole, bare = folder / "tokenizer.json", folder / "tokenizer.model"
    if not os.path.lexists(whole) and not os.path.lexists(bare):
        raise TokenizerError(
            f"{folder} has no tokenizer (tokenizer.json or tokenizer.model); copy it from the "
            "repository that the weights come from"
        )
    with tokenizer_errors(f"the tokenizer in {folder} cannot be read"):
        if os.path.lexists(whole):
            return _from_json(whole)
        return _from_sentencepiece(folder)


def _from_json(path: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    content = read_bytes(path, LARGEST_TOKENIZER)
    _check_pipeline(parse_json(content))
    tokenizer = Tokenizer.from_buffer(content)
    # A file may ask for both, for the sake of training
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _from_sentencepiece(folder: Path) -> Tokenizer:
    try:
        from sentencepiece import SentencePieceProcessor
    except ImportError:
        raise TokenizerError(
            f"{folder} has a bare tokenizer.model, which needs: pip install "
            "'sf-mlx[tokenizer-model]'"
        ) from None
    # Only here: what it takes to import transformers is longer than the rest of a start
    from transformers import LlamaTokenizer

    model = read_bytes(folder / "tokenizer.model", LARGEST_TOKENIZER)
    # transformers would take a damaged file for another format, and log a trace
    SentencePieceProcessor(model_proto=model)
    with tempfile.TemporaryDirectory(prefix="sf-mlx-") as alone:
        # transformers opens whatever else lies beside the file; here that is what was checked
        for name in TOKENIZER_FILES:
            if os.path.lexists(folder / name):
                content = model if name == "tokenizer.model" else _small(folder / name)
                (Path(alone) / name).write_bytes(content)
        tokenizer: Tokenizer = LlamaTokenizer.from_pretrained(alone).backend_tokenizer
    return tokenizer


def _small(path: Path) -> bytes:
    content = read_bytes(path, LARGEST_TOKENIZER)
    parse_json(content)
    return content


def check_tokenizer(tokenizer: Tokenizer, rows: int) -> None:
    """Compare a vocabulary with the embedding.

    Parameters
    ----------
    rows: of the embedding.

    Raises
    ------
    TokenizerError: tokens without a row, or longer than any text has.
    """
    vocabulary = tokenizer.get_vocab()
    special = {i for i, token in tokenizer.get_added_tokens_decoder().items() if token.special}
    for token, index in vocabulary.items():
        if index >= rows and not (index in special and index < rows + _PLACEHOLDERS):
            raise TokenizerError(
                f"the tokenizer's {printable(token, 40)!r} has the id {index:,}, and the model has "
                f"{rows:,} embeddings: the two do not belong together"
            )
    if max(map(len, vocabulary), default=0) > _LONGEST_TOKEN:
        raise TokenizerError(f"the tokenizer has a token of more than {_LONGEST_TOKEN} characters")


@contextmanager
def tokenizer_errors(what: str) -> Iterator[None]:
    """Within it every failure of the tokenizers library is a TokenizerError that begins `what`.

    Its Rust code panics: that prints to stderr, which is closed meanwhile, and raises a
    BaseException.
    """
    try:
        with _no_stderr():
            yield
    except CheckpointError as error:
        raise TokenizerError(str(error)) from error
    except SfMlxError:
        raise
    except Exception as error:  # tokenizers raises bare Exception for a damaged file
        raise TokenizerError(f"{what}: {error}") from error
    except BaseException as error:
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise TokenizerError(f"{what}: {error}") from error


@contextmanager
def _no_stderr() -> Iterator[None]:
    try:
        kept = os.dup(2)
    except OSError:  # there is none
        yield
        return
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 2)
        os.close(nothing)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _check_pipeline(tokenizer: dict[str, Any]) -> None:
    """Refuse rules that make a short text long: ten that double it ten times each make 10^30.

    Raises
    ------
    ValueError: saying which.
    """
    for part in ("normalizer", "pre_tokenizer", "decoder"):
        growth = 1.0
        for step in _steps(tokenizer.get(part)):
            if step.get("type") == "Replace":
                growth *= _growth(step)
            if step.get("type") == "Prepend" and len(str(step.get("prepend"))) > _LONGEST_TOKEN:
                raise ValueError(f"its {part} prepends too long a text")
        if growth > _MOST_GROWTH:
            raise ValueError(f"its {part} makes a text up to {growth:,.0f} times as long")
    around = 0
    for step in _steps(tokenizer.get("post_processor")):
        special = step.get("special_tokens") or {}
        sizes = [len(token.get("ids", ())) for token in special.values()]
        around += len(step.get("single") or ()) * max(sizes, default=0)
    if around > _MOST_TOKENS_AROUND:
        raise ValueError(f"its post-processor puts {around:,} tokens around every text")
    model = tokenizer.get("model") or {}
    affixes = [model.get(key) for key in ("continuing_subword_prefix", "end_of_word_suffix")]
    added = [token.get("content") for token in tokenizer.get("added_tokens") or ()]
    if any(len(str(text)) > _LONGEST_TOKEN for text in (*affixes, *added)):
        raise ValueError(f"it has a token of more than {_LONGEST_TOKEN} characters")


def _steps(part: Any) -> list[dict[str, Any]]:
    """The steps of a pipeline's part, those of its sequences one by one."""
    found, waiting = [], [part]
    while waiting:
        step = waiting.pop()
        if not isinstance(step, dict):
            continue
        found.append(step)
        for key in ("normalizers", "pretokenizers", "decoders", "processors"):
            waiting += step.get(key) or ()
        if len(found) + len(waiting) > _MOST_STEPS:
            raise ValueError(f"its pipeline has more than {_MOST_STEPS} steps")
    return found


def _growth(step: dict[str, Any]) -> float:
    """How much longer a Replace can make a text."""
    content = len(str(step.get("content")))
    pattern = step.get("pattern") or {}
    if "String" in pattern:
        return max(1.0, content / max(len(str(pattern["String"])), 1))
    # An expression may match one character, or none between two
    return content + 1.0 if content > 1 else 1.0
