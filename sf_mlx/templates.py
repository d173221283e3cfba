"""Prompt templates: the text around the video and the question, one for each kind of backbone.

`image_seq_v3`, `image_seq_34b_v3` and the two multiple-choice templates are upstream's
(slowfast_llava/prompt.py); `vicuna_v1`, `mistral_instruct`, `chatml_direct` and `llama_3` are
LLaVA's conversations of those names (llava/conversation.py).
"""

from dataclasses import dataclass
from types import MappingProxyType

from sf_mlx.errors import UsageError

IMAGE = "<image>"

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
    chat: the template of the same backbone for conversations, by name; None for itself.
    stop: special tokens that end an answer besides the tokenizer's own end.
    end, turn: the token that ends an answer, and what opens the next question behind it.
    """

    before: str
    after: str
    choices: str | None = None
    chat: str | None = None
    stop: tuple[str, ...] = ()
    end: str = "</s>"
    turn: str = "USER: "

    def text(self, question: str) -> str:
        """The whole prompt as text."""
        return self.before + question + self.after


TEMPLATES: MappingProxyType[str, Template] = MappingProxyType(
    {
        "image_seq_v3": Template(
            f"USER: {IMAGE}\n{_KEY_FRAMES} {_CONCISELY} Question: ",
            " \nASSISTANT:\nAnswer: In the video,",
            choices="multiple_choice_allvideo_v4",
            chat="vicuna_v1",
        ),
        "image_seq_34b_v3": Template(
            "<|im_start|>system\n Answer the question. <|im_end|>\n<|im_start|>user\n "
            f"{IMAGE}\n{_KEY_FRAMES} {_CONCISELY} Question: ",
            " <|im_end|>\n<|im_start|>assistant\nAnswer: In the video,",
            choices="multiple_choice_allvideo_34b_v4",
            chat="chatml_direct",
            stop=("<|im_end|>",),
        ),
        "multiple_choice_allvideo_v4": Template(
            f"{_EXPERT} USER: {IMAGE}\n{_KEY_FRAMES}\nQuestion: ",
            " \nASSISTANT:\nAnswer: Best option:(",
            chat="vicuna_v1",
        ),
        "multiple_choice_allvideo_34b_v4": Template(
            f"<|im_start|>system\n {_EXPERT} <|im_end|>\n<|im_start|>user\n "
            f"{IMAGE}\n{_KEY_FRAMES} Question: ",
            " <|im_end|>\n<|im_start|>assistant\nAnswer: Best option:(",
            chat="chatml_direct",
            stop=("<|im_end|>",),
        ),
        "vicuna_v1": Template(f"{_VICUNA_SYSTEM} USER: {IMAGE}\n", " ASSISTANT:"),
        # The short form of llava-hf's LLaVA-1.5 model cards
        "llava_v1": Template(f"USER: {IMAGE}\n", " ASSISTANT:"),
        "mistral_instruct": Template(f"[INST] {IMAGE}\n", " [/INST]", turn="[INST] "),
        "chatml_direct": Template(
            "<|im_start|>system\nAnswer the questions.<|im_end|><|im_start|>user\n" + f"{IMAGE}\n",
            "<|im_end|><|im_start|>assistant\n",
            stop=("<|im_end|>",),
            end="<|im_end|>",
            turn="<|im_start|>user\n",
        ),
        "llama_3": Template(
            "<|start_header_id|>system<|end_header_id|>\n\n"
            "You are a helpful language and vision assistant. You are able to understand the "
            "visual content that the user provides, and assist the user with a variety of tasks "
            "using natural language.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n"
            + f"{IMAGE}\n",
            "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            stop=("<|eot_id|>",),
            end="<|eot_id|>",
            turn="<|start_header_id|>user<|end_header_id|>\n\n",
        ),
    }
)


def find_template(name: str) -> Template:
    """The template of that name.

    Raises
    ------
    UsageError: no such template.
    """
    if name not in TEMPLATES:
        raise UsageError(f"unknown prompt template {name!r}; known: {', '.join(TEMPLATES)}")
    return TEMPLATES[name]


def conversation(name: str) -> str:
    """The template for conversations with the backbone of this template, by name."""
    return find_template(name).chat or name
