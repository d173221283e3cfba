"""Prompt templates: the text around the video, and where the visual tokens go.

`image_seq_v3`, `image_seq_34b_v3` and the two multiple-choice templates are upstream's
(slowfast_llava/prompt.py); `vicuna_v1`, `mistral_instruct` and `chatml_direct` are LLaVA's
conversations of those names (llava/conversation.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from sf_mlx.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transformers import PreTrainedTokenizerFast

IMAGE = "<image>"
DEFAULT_QUESTION = "Describe this video in detail."

_KEY_FRAMES = "The input consists of a sequence of key frames from a video."
_CONCISELY = (
    "Answer concisely with overall content and context of the video, highlighting any significant "
    "events, characters, or objects that appear throughout the video."
)
_EXPERT = (
    "You are a helpful expert in video analysis. Select the best option to answer the question."
)
_VICUNA_SYSTEM = (
    "A chat between a curious user and an artificial intelligence assistant. The assistant gives "
    "helpful, detailed, and polite answers to the user's questions."
)


@dataclass(frozen=True)
class Template:
    """A prompt: `before` (with one <image>), the question, `after`.

    Attributes
    ----------
    choices: the template of the same backbone for multiple choice, by name.
    stop: special tokens that end an answer besides the tokenizer's own end.
    """

    before: str
    after: str
    choices: str | None = None
    stop: tuple[str, ...] = ()

    def text(self, question: str) -> str:
        """The whole prompt as text."""
        return self.before + question + self.after


TEMPLATES: MappingProxyType[str, Template] = MappingProxyType(
    {
        "image_seq_v3": Template(
            f"USER: {IMAGE}\n{_KEY_FRAMES} {_CONCISELY} Question: ",
            " \nASSISTANT:\nAnswer: In the video,",
            choices="multiple_choice_allvideo_v4",
        ),
        "image_seq_34b_v3": Template(
            "<|im_start|>system\n Answer the question. <|im_end|>\n<|im_start|>user\n "
            f"{IMAGE}\n{_KEY_FRAMES} {_CONCISELY} Question: ",
            " <|im_end|>\n<|im_start|>assistant\nAnswer: In the video,",
            choices="multiple_choice_allvideo_34b_v4",
            stop=("<|im_end|>",),
        ),
        "multiple_choice_allvideo_v4": Template(
            f"{_EXPERT} USER: {IMAGE}\n{_KEY_FRAMES}\nQuestion: ",
            " \nASSISTANT:\nAnswer: Best option:(",
        ),
        "multiple_choice_allvideo_34b_v4": Template(
            f"<|im_start|>system\n {_EXPERT} <|im_end|>\n<|im_start|>user\n "
            f"{IMAGE}\n{_KEY_FRAMES} Question: ",
            " <|im_end|>\n<|im_start|>assistant\nAnswer: Best option:(",
            stop=("<|im_end|>",),
        ),
        "vicuna_v1": Template(f"{_VICUNA_SYSTEM} USER: {IMAGE}\n", " ASSISTANT:"),
        # The short form of llava-hf's LLaVA-1.5 model cards
        "llava_v1": Template(f"USER: {IMAGE}\n", " ASSISTANT:"),
        "mistral_instruct": Template(f"[INST] {IMAGE}\n", " [/INST]"),
        "chatml_direct": Template(
            "<|im_start|>system\nAnswer the questions.<|im_end|><|im_start|>user\n" + f"{IMAGE}\n",
            "<|im_end|><|im_start|>assistant\n",
            stop=("<|im_end|>",),
        ),
        "llama_3": Template(
            "<|start_header_id|>system<|end_header_id|>\n\n"
            "You are a helpful language and vision assistant. You are able to understand the "
            "visual content that the user provides, and assist the user with a variety of tasks "
            "using natural language.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n"
            + f"{IMAGE}\n",
            "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            stop=("<|eot_id|>",),
        ),
    }
)


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


def find_template(name: str) -> Template:
    """The template of that name.

    Raises
    ------
    UsageError: no such template.
    """
    if name not in TEMPLATES:
        raise UsageError(f"unknown prompt template {name!r}; known: {', '.join(TEMPLATES)}")
    return TEMPLATES[name]


def choose_template(tokenizer: PreTrainedTokenizerFast, *, is_next: bool, mistral: bool) -> str:
    """The template that a checkpoint was trained with, by name.

    Parameters
    ----------
    is_next: LLaVA-1.6 rather than 1.5.
    mistral: the language model is Mistral's.
    """
    if mistral:
        return "mistral_instruct"
    vocabulary = tokenizer.get_vocab()
    if "<|start_header_id|>" in vocabulary:
        return "llama_3"
    if "<|im_start|>" in vocabulary:
        return "image_seq_34b_v3"
    return "image_seq_v3" if is_next else "vicuna_v1"


def with_choices(question: str, choices: Sequence[str]) -> str:
    """A multiple-choice question with its lettered options, as upstream writes it.

    Raises
    ------
    UsageError: an empty question or choice, fewer than two or more than 26 choices.
    """
    if not question.strip():
        raise UsageError("the question is empty")
    if not all(choice.strip() for choice in choices):
        raise UsageError("one of the choices is empty")
    if not 2 <= len(choices) <= 26:
        raise UsageError(f"a multiple-choice question needs 2 to 26 choices, not {len(choices)}")
    options = "\n".join(f"({chr(ord('A') + i)}) {choice}" for i, choice in enumerate(choices))
    return f"{question}\nOptions:\n{options}\nOnly give the best option."


def build_prompt(template: Template, question: str, tokenizer: PreTrainedTokenizerFast) -> Prompt:
    """Tokenise a prompt as upstream does: the text on each side of the image on its own.

    Source: slowfast_llava/mm_utils.py, `tokenizer_image_token`.

    Raises
    ------
    UsageError: an empty question, or one that contains the image placeholder.
    """
    if not question.strip():
        raise UsageError("the question is empty")
    try:
        question.encode()
    except UnicodeEncodeError:
        raise UsageError("the question is not valid UTF-8") from None
    if IMAGE in question:
        raise UsageError(f"the question must not contain {IMAGE}, the placeholder of the video")
    before, instruction = template.before.split(IMAGE)
    head = _with_lone_space(tokenizer, tokenizer.encode(before))
    tail = _encode_after(tokenizer, instruction + question + template.after)
    # The space before a question is part of its first token
    fixed = _encode_after(tokenizer, instruction.rstrip(" "))
    cut = next(
        (i for i, pair in enumerate(zip(fixed, tail, strict=False)) if pair[0] != pair[1]),
        len(fixed),
    )
    return Prompt(tuple(head), tuple(tail[:cut]), tuple(tail[cut:]))


def _with_lone_space(tokenizer: PreTrainedTokenizerFast, ids: list[int]) -> list[int]:
    """Upstream's slow tokenizer puts a lone "▁" before a special token that begins a text."""
    begin = len(tokenizer.encode(""))
    space = tokenizer.get_vocab().get("▁")
    if (
        space is None
        or ids[begin : begin + 1] == []
        or ids[begin] not in tokenizer.added_tokens_decoder
    ):
        return ids
    return [*ids[:begin], space, *ids[begin:]]


def _encode_after(tokenizer: PreTrainedTokenizerFast, text: str) -> list[int]:
    """Tokenise without the beginning-of-sequence token, where the tokenizer adds one."""
    ids: list[int] = tokenizer.encode(text)
    begin = tokenizer.encode("")
    return ids[len(begin) :] if begin and ids[: len(begin)] == begin else ids
