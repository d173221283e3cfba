"""From a question to token ids: where the video goes, and what of a prompt questions share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from sf_mlx.errors import TokenizerError, UsageError
from sf_mlx.templates import IMAGE, Template

if TYPE_CHECKING:
    from tokenizers import Tokenizer

DEFAULT_QUESTION = "Describe this video in detail."
# Of the options of a multiple-choice question
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Prompt:
    """A prompt in token ids, cut where the video goes and where the question begins.

    `head`, the visual tokens and `instruction` are the prefix: the same for every question about a
    video, so its KV cache can be kept. `question` is the rest, the opening of the answer included.
    """

    head: tuple[int, ...]
    instruction: tuple[int, ...]
    question: tuple[int, ...]

    @property
    def text_tokens(self) -> int:
        """Tokens besides the visual ones."""
        return len(self.head) + len(self.instruction) + len(self.question)


def stop_ids(template: Template, tokenizer: Tokenizer) -> frozenset[int]:
    """Token ids that end an answer under this template, besides the checkpoint's own."""
    vocabulary = tokenizer.get_vocab()
    return frozenset(vocabulary[name] for name in template.stop if name in vocabulary)


def with_choices(question: str, choices: Sequence[str]) -> str:
    """A multiple-choice question with its lettered options, as upstream writes it.

    The same text may come twice, as it does in published rows: options are told by their letters.

    Raises
    ------
    UsageError: an empty question or choice, fewer than two or more than 26.
    """
    if not question.strip():
        raise UsageError("the question is empty")
    if not all(choice.strip() for choice in choices):
        raise UsageError("one of the choices is empty")
    if not 2 <= len(choices) <= len(LETTERS):
        raise UsageError(f"a multiple-choice question needs 2 to 26 choices, not {len(choices)}")
    options = "\n".join(
        f"({letter}) {choice}" for letter, choice in zip(LETTERS, choices, strict=False)
    )
    return f"{question}\nOptions:\n{options}\nOnly give the best option."


def build_prompt(template: Template, question: str, tokenizer: Tokenizer) -> Prompt:
    """Tokenise a prompt as upstream does: the text on each side of the image on its own.

    The question is only ever text: what looks like a control token in it (`</s>`, `<|im_end|>`)
    becomes the ids of its characters. Source: slowfast_llava/mm_utils.py, `tokenizer_image_token`.

    Raises
    ------
    UsageError: an empty question, or one that contains the image placeholder.
    """
    check_question(question)
    before, instruction = template.before.split(IMAGE)
    head = _with_lone_space(tokenizer, tokenizer.encode(before).ids)
    tail = _encode_turn(template, instruction + question, None, tokenizer)
    # The space before a question is part of its first token
    fixed = encode_text(tokenizer, instruction.rstrip(" "))
    cut = shared_start(fixed, tail)
    return Prompt(tuple(head), tuple(tail[:cut]), tuple(tail[cut:]))


def choice_prompt(
    template: Template, question: str, choices: Sequence[str], tokenizer: Tokenizer
) -> tuple[Prompt, tuple[int, ...]]:
    """A multiple-choice prompt that ends where the letter of the best option stands.

    Returns
    -------
    The prompt, and the token ids of the options' letters at that place.

    Raises
    ------
    UsageError: see `with_choices` and `build_prompt`; a tokenizer without letters.
    """
    asked = with_choices(question, choices)
    after = template.after
    if not after.endswith("("):  # a template that was not made for choices
        after += "(" if after[-1:].isspace() else " ("
    prompts = [
        build_prompt(replace(template, after=f"{after}{letter})"), asked, tokenizer)
        for letter in LETTERS[: len(choices)]
    ]
    tails = [prompt.question for prompt in prompts]
    end = min(shared_start(tails[0], tail) for tail in tails[1:])
    letters = tuple(tail[end] for tail in tails)
    if len(set(letters)) < len(letters):
        raise UsageError(
            "this model's tokenizer has no token for each letter: ask with --choice-by generate"
        )
    return replace(prompts[0], question=tails[0][:end]), letters


def past_turn(
    template: Template, question: str, answer: str, tokenizer: Tokenizer, *, is_first: bool
) -> tuple[int, ...]:
    """Token ids of a turn that was had, as a model would have read and said it, its end included.

    Parameters
    ----------
    is_first: it stands behind the video and not behind another turn.

    Raises
    ------
    UsageError: see `build_prompt`. TokenizerError: see `end_of_turn`.
    """
    check_question(question)
    if is_first:
        instruction = template.before.split(IMAGE)[1]
        ids = tuple(_encode_turn(template, instruction + question, answer, tokenizer))
    else:
        ids = follow_up(template, question, tokenizer, answer)
    return (*ids, end_of_turn(template, tokenizer))


def follow_up(
    template: Template, question: str, tokenizer: Tokenizer, answer: str | None = None
) -> tuple[int, ...]:
    """Token ids of a later turn of a conversation, behind the end token of the last answer.

    Parameters
    ----------
    answer: what was said to it, if that is known already.

    Raises
    ------
    UsageError: see `build_prompt`.
    """
    check_question(question)
    # A SentencePiece tokenizer begins a text otherwise than it goes on behind a control token
    opening = template.end + template.turn
    start = _end_of_control(opening, tokenizer)
    ids = _encode_control(tokenizer, opening[:start])
    said = opening[start:] + question
    ids += _encode_turn(template, said, answer, tokenizer, begins=start == 0)
    return tuple(ids[len(_encode_control(tokenizer, template.end)) :])


def end_of_turn(template: Template, tokenizer: Tokenizer) -> int:
    """The id of the token that ends an answer in a conversation.

    Raises
    ------
    TokenizerError: the tokenizer has no such token.
    """
    ids = _encode_control(tokenizer, template.end)
    if len(ids) != 1:
        raise TokenizerError(f"the tokenizer has no token {template.end}: no conversation with it")
    return ids[0]


def check_question(question: str) -> None:
    """Raise UsageError for a question that cannot be asked."""
    if not question.strip():
        raise UsageError("the question is empty")
    try:
        question.encode()
    except UnicodeEncodeError:
        raise UsageError("the question is not valid UTF-8") from None
    if IMAGE in question:
        raise UsageError(f"the question must not contain {IMAGE}, the placeholder of the video")


def encode_text(tokenizer: Tokenizer, text: str, begins: bool = True) -> list[int]:
    """The ids of a text, all of it taken as text: nothing in it is a control token.

    This is the tokenizer's pipeline without the step that looks for added tokens.

    Parameters
    ----------
    begins: False where a control token stands before it.
    """
    if not text:
        return []
    if tokenizer.normalizer is not None:
        text = tokenizer.normalizer.normalize_str(text)
    words = [text]
    split = tokenizer.pre_tokenizer
    if not begins and getattr(split, "prepend_scheme", "") == "first":
        split = type(split)(split.replacement, "never", split.split)
    if split is not None:
        words = [word for word, _ in split.pre_tokenize_str(text)]
    return [token.id for word in words for token in tokenizer.model.tokenize(word)]


def _encode_control(tokenizer: Tokenizer, text: str) -> list[int]:
    """Tokenise a template's text from a control token on, without the beginning of a sequence."""
    ids: list[int] = tokenizer.encode(text).ids if text else []
    begin = tokenizer.encode("").ids
    return ids[len(begin) :] if begin and ids[: len(begin)] == begin else ids


def _encode_turn(
    template: Template,
    said: str,
    answer: str | None,
    tokenizer: Tokenizer,
    begins: bool = True,
) -> list[int]:
    """A question with what stands before it and opens its answer, and perhaps the answer.

    A text that goes on is tokenised whole, for its words take the space before them.
    """
    text, control = _split_at_control(template.after, tokenizer)
    if answer is None:
        ids = encode_text(tokenizer, said + text, begins=begins)
        return ids + _encode_control(tokenizer, control)
    gap = "" if not answer or template.after[-1:].isspace() else " "
    if not control:
        return encode_text(tokenizer, said + text + gap + answer, begins=begins)
    start = _end_of_control(control, tokenizer)
    ids = encode_text(tokenizer, said + text, begins=begins)
    ids += _encode_control(tokenizer, control[:start])
    return ids + encode_text(tokenizer, control[start:] + gap + answer, begins=False)


def _end_of_control(text: str, tokenizer: Tokenizer) -> int:
    """Where the last control token of a text ends; 0 where it has none."""
    tokens = [token for token in _control_tokens(tokenizer) if token in text]
    return max((text.rfind(token) + len(token) for token in tokens), default=0)


def _control_tokens(tokenizer: Tokenizer) -> list[str]:
    return [token.content for token in tokenizer.get_added_tokens_decoder().values()]


def _split_at_control(text: str, tokenizer: Tokenizer) -> tuple[str, str]:
    """A text up to its first control token, and from there on."""
    found = [at for at in map(text.find, _control_tokens(tokenizer)) if at >= 0]
    at = min(found, default=len(text))
    return text[:at], text[at:]


def shared_start(one: Sequence[int], other: Sequence[int]) -> int:
    """How many ids two sequences begin with together."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _with_lone_space(tokenizer: Tokenizer, ids: list[int]) -> list[int]:
    """Upstream's slow tokenizer puts a lone "▁" before a special token that begins a text."""
    begin = len(tokenizer.encode("").ids)
    space = tokenizer.get_vocab().get("▁")
    if (
        space is None
        or ids[begin : begin + 1] == []
        or ids[begin] not in tokenizer.get_added_tokens_decoder()
    ):
        return ids
    return [*ids[:begin], space, *ids[begin:]]
