"""How text goes into a checkpoint's model and out of it: tokenizer, template, end tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sf_mlx.errors import CheckpointError, TokenizerError, printable
from sf_mlx.prompts import build_prompt
from sf_mlx.templates import TEMPLATES, find_template
from sf_mlx.weights.checkpoint import Checkpoint
from sf_mlx.weights.files import read_optional_json
from sf_mlx.weights.tokenizer import check_tokenizer, load_tokenizer, tokenizer_errors

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# Letters of four scripts, a digit and a picture: what a tokenizer without bytes may miss
_PROBE = "What happens in the video after 1:20? Été, ночь, 夜 🎬"
# Tokens of the prompt that is tried
_MOST_PROBE_TOKENS = 5000


@dataclass(frozen=True)
class TextInterface:
    """A checkpoint's text side, tried on a question.

    Attributes
    ----------
    template: the name of the prompt template that fits the checkpoint.
    end_tokens: token ids that end an answer.
    """

    tokenizer: Tokenizer
    template: str
    end_tokens: frozenset[int]


def text_interface(checkpoint: Checkpoint) -> TextInterface:
    """Load the tokenizer, choose the template, and try both.

    Raises
    ------
    TokenizerError: no tokenizer, a damaged one, or one that does not fit the embedding.
    CheckpointError: an unknown template, or end tokens that are no tokens.
    """
    folder, config = checkpoint.folder, checkpoint.config
    tokenizer = load_tokenizer(folder)
    failure = f"the tokenizer in {folder} cannot be used"
    with tokenizer_errors(failure):
        check_tokenizer(tokenizer, config.rows)
        template = config.prompt_template or choose_template(tokenizer, config.templates)
    if template not in TEMPLATES:
        raise CheckpointError(
            f"{folder / 'config.json'} names an unknown template {printable(template)!r}"
        )
    with tokenizer_errors(failure):
        _try(tokenizer, template, checkpoint.config.rows)
    return TextInterface(tokenizer, template, _end_tokens(checkpoint, tokenizer))


def choose_template(tokenizer: Tokenizer, templates: Mapping[str, str]) -> str:
    """The first template whose token the vocabulary has; that of "" has any."""
    vocabulary = tokenizer.get_vocab()
    return next(name for token, name in templates.items() if not token or token in vocabulary)


def _try(tokenizer: Tokenizer, template: str, rows: int) -> None:
    """Encode a prompt and decode it again: some load and can do neither."""
    chosen = find_template(template)
    for each in [chosen, *([find_template(chosen.choices)] if chosen.choices else [])]:
        prompt = build_prompt(each, _PROBE, tokenizer)
        ids = [*prompt.head, *prompt.instruction, *prompt.question]
        if len(prompt.question) < 2:
            raise TokenizerError("the tokenizer makes no tokens of a question")
        if len(ids) > _MOST_PROBE_TOKENS:
            raise TokenizerError(f"the tokenizer makes {len(ids):,} tokens of a short question")
        if not all(0 <= index < rows for index in ids):
            raise TokenizerError(
                f"the tokenizer gives the id {max(ids):,} for the prompt {template}, and the model "
                f"has {rows:,} embeddings: the two do not belong together"
            )
        tokenizer.decode(ids, skip_special_tokens=True)


def _end_tokens(checkpoint: Checkpoint, tokenizer: Tokenizer) -> frozenset[int]:
    """Every id that a file of the checkpoint calls the end of a sequence."""
    folder, raw = checkpoint.folder, checkpoint.raw
    found: set[int] = set()
    for file, source in (
        (
            "generation_config.json",
            read_optional_json(folder / "generation_config.json") or {},
        ),
        ("config.json", raw),
        ("config.json", raw.get("text_config", {})),
    ):
        ids = source.get("eos_token_id")
        if ids is None:
            continue
        for index in ids if isinstance(ids, list) else [ids]:
            if type(index) is not int or not 0 <= index < checkpoint.config.rows:
                raise CheckpointError(
                    f"{folder / file} has the eos_token_id {printable(index)}; the model's tokens "
                    f"are 0 to {checkpoint.config.rows - 1:,}"
                )
            found.add(index)
    names = (read_optional_json(folder / "tokenizer_config.json") or {}).get("eos_token")
    name = names.get("content") if isinstance(names, dict) else names
    if isinstance(name, str) and (index := tokenizer.get_vocab().get(name)) is not None:
        found.add(index)
    return frozenset(found)
