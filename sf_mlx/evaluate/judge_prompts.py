"""What a judge is asked, and how its reply is read: Video-ChatGPT's protocol, as the paper uses it.

The texts are those of mbzuai-oryx/Video-ChatGPT (quantitative_evaluation/), word for word, slips
included: another wording gives other scores. The reference takes them over (eval/eval_prompt.py).

They are not ours, and their licence is an open question: that repository's LICENSE file is CC BY
4.0 (since 22 May 2023), its README says CC BY-NC-SA 4.0 (both at 659e04b, March 2025). Either asks
for the name of the authors (Maaz, Rasheed, Khan and Khan, MBZUAI; arXiv 2306.05424); the second
also forbids commercial use. The MIT licence of sf-mlx does not cover these texts.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sf_mlx.evaluate.items import Item

_SCORES = range(6)
# Characters; a reply is a dictionary of two entries
_LONGEST_REPLY = 4_000

_TASK = "Your task is to compare the predicted answer with the correct answer and determine "
_HOW = "Here's how you can accomplish the task:------##INSTRUCTIONS: "
_SYNONYMS = "- Consider synonyms or paraphrases as valid matches"


@dataclass(frozen=True)
class Aspect:
    """One thing that is judged.

    Attributes
    ----------
    measure: its name in tables.
    of: what the judge evaluates, and what a 5 means.
    system: the judge's instructions.
    """

    measure: str
    of: str
    highest: str
    system: str

    @property
    def measures(self) -> tuple[str, ...]:
        """The names of what a reply gives."""
        return ("judge", "score") if self.measure == "judge" else (self.measure,)

    def user(self, item: Item, answers: tuple[str, ...]) -> str:
        """The request about one row."""
        if len(answers) == 2:
            about = (
                f"Question 1: {item.questions[0]}\nQuestion 2: {item.questions[1]}\n"
                f"Correct Answer: {item.answer}\n"
                f"Predicted Answer to Question 1: {answers[0]}\n"
                f"Predicted Answer to Question 2: {answers[1]}\n\n"
            )
        else:
            about = (
                f"Question: {item.questions[0]}\nCorrect Answer: {item.answer}\n"
                f"Predicted Answer: {answers[0]}\n\n"
            )
        return (
            "Please evaluate the following video-based question-answer pair:\n\n"
            + about
            + (_YES_OR_NO if self.measure == "judge" else self._score_only())
        )

    def _score_only(self) -> str:
        # Without an article for context alone
        article = "" if self.measure == "CU" else "the "
        return (
            f"Provide your evaluation only as a {self.of} score where the {self.of} score is an "
            f"integer value between 0 and 5, with 5 indicating the highest level of "
            f"{self.highest}. "
            "Please generate the response in the form of a Python dictionary string with keys "
            f"'score', where its value is {article}{self.of} score in INTEGER, not STRING."
            "DO NOT PROVIDE ANY OTHER OUTPUT TEXT OR EXPLANATION. Only provide the Python "
            "dictionary string. For example, your response should look like this: "
            "{''score': 4.8}."
        )


_YES_OR_NO = (
    "Provide your evaluation only as a yes/no and score where the score is an integer value "
    "between 0 and 5, with 5 indicating the highest meaningful match. "
    "Please generate the response in the form of a Python dictionary string with keys 'pred' and "
    "'score', where value of 'pred' is  a string of 'yes' or 'no' and value of 'score' is in "
    "INTEGER, not STRING."
    "DO NOT PROVIDE ANY OTHER OUTPUT TEXT OR EXPLANATION. Only provide the Python dictionary "
    "string. For example, your response should look like this: {'pred': 'yes', 'score': 4.8}."
)

ASPECTS: Mapping[str, tuple[Aspect, ...]] = MappingProxyType(
    {
        "": (
            Aspect(
                "judge",
                "",
                "",
                "You are an intelligent chatbot designed for evaluating the correctness of "
                "generative outputs for question-answer pairs. "
                f"{_TASK}if they match meaningfully. {_HOW}"
                "- Focus on the meaningful match between the predicted answer and the correct "
                f"answer.\n{_SYNONYMS}.\n"
                "- Evaluate the correctness of the prediction compared to the answer.",
            ),
        ),
        "generic": (
            Aspect(
                "CI",
                "factual accuracy",
                "factual consistency",
                "You are an intelligent chatbot designed for evaluating the factual accuracy of "
                "generative outputs for video-based question-answer pairs. "
                f"{_TASK}if they are factually consistent. {_HOW}"
                "- Focus on the factual consistency between the predicted answer and the correct "
                "answer. The predicted answer should not contain any misinterpretations or "
                "misinformation.\n"
                "- The predicted answer must be factually accurate and align with the video "
                f"content.\n{_SYNONYMS}.\n"
                "- Evaluate the factual accuracy of the prediction compared to the answer.",
            ),
            Aspect(
                "DO",
                "detail orientation",
                "detail orientation",
                "You are an intelligent chatbot designed for evaluating the detail orientation of "
                "generative outputs for video-based question-answer pairs. "
                f"{_TASK}its level of detail, considering both completeness and specificity. {_HOW}"
                "- Check if the predicted answer covers all major points from the video. The "
                "response should not leave out any key aspects.\n"
                "- Evaluate whether the predicted answer includes specific details rather than "
                "just generic points. It should provide comprehensive information that is tied to "
                f"specific elements of the video.\n{_SYNONYMS}.\n"
                "- Provide a single evaluation score that reflects the level of detail orientation "
                "of the prediction, considering both completeness and specificity.",
            ),
            Aspect(
                "CU",
                "contextual understanding",
                "contextual understanding",
                "You are an intelligent chatbot designed for evaluating the contextual "
                "understanding of generative outputs for video-based question-answer pairs. "
                f"{_TASK}if the generated response aligns with the overall context of the video "
                f"content. {_HOW}"
                "- Evaluate whether the predicted answer aligns with the overall context of the "
                "video content. It should not provide information that is out of context or "
                "misaligned.\n"
                "- The predicted answer must capture the main themes and sentiments of the "
                f"video.\n{_SYNONYMS}.\n"
                "- Provide your evaluation of the contextual understanding of the prediction "
                "compared to the answer.",
            ),
        ),
        "temporal": (
            Aspect(
                "TU",
                "temporal accuracy",
                "temporal consistency",
                "You are an intelligent chatbot designed for evaluating the temporal understanding "
                "of generative outputs for video-based question-answer pairs. "
                f"{_TASK}if they correctly reflect the temporal sequence of events in the video "
                f"content. {_HOW}"
                "- Focus on the temporal consistency between the predicted answer and the correct "
                "answer. The predicted answer should correctly reflect the sequence of events or "
                "details as they are presented in the video content.\n"
                f"{_SYNONYMS}, but only if the temporal order is maintained.\n"
                "- Evaluate the temporal accuracy of the prediction compared to the answer.",
            ),
        ),
        "consistency": (
            Aspect(
                "CO",
                "consistency",
                "consistency",
                "You are an intelligent chatbot designed for evaluating the consistency of "
                "generative outputs for similar video-based question-answer pairs. "
                "You will be given two very similar questions, a common answer common to both the "
                "questions and predicted answers for the two questions ."
                "Your task is to compare the predicted answers for two very similar question, with "
                "a common correct answer and determine if they are consistent. "
                f"{_HOW}"
                "- Focus on the consistency between the two predicted answers and the correct "
                "answer. Both predicted answers should correspond to the correct answer and to "
                "each other, and should not contain any contradictions or significant differences "
                "in the conveyed information.\n"
                "- Both predicted answers must be consistent with each other and the correct "
                "answer, in terms of the information they provide about the video content.\n"
                f"{_SYNONYMS}, but only if they maintain the consistency in the conveyed "
                "information.\n"
                "- Evaluate the consistency of the two predicted answers compared to the correct "
                "answer.",
            ),
        ),
    }
)


def aspects_of(item: Item) -> tuple[Aspect, ...]:
    """What a judge is asked about a row; nothing of multiple choice."""
    if item.kind == "choice" or not item.answer:
        return ()
    return ASPECTS[item.part]


def parse_reply(reply: str, aspect: Aspect) -> dict[str, float]:
    """What a judge's reply says, by measure.

    As the reference reads it: a Python dictionary, a broken score cut to the whole below, and yes
    or no anywhere in `pred`. A dictionary that stands within other words is found too.

    Raises
    ------
    ValueError: it says nothing that can be used; nothing is guessed.
    """
    value = _dictionary(reply)
    try:
        number = value["score"]
        if isinstance(number, bool):
            raise ValueError
        score = int(number)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise ValueError("the reply has no score") from None
    if score not in _SCORES:
        raise ValueError(f"the reply's score is {score}, not 0 to 5")
    if aspect.measure != "judge":
        return {aspect.measure: float(score)}
    said = str(value.get("pred", "")).lower()
    if "yes" not in said and "no" not in said:
        raise ValueError("the reply says neither yes nor no")
    return {"judge": float("yes" in said), "score": float(score)}


def _dictionary(reply: str) -> dict[str, Any]:
    if len(reply) > _LONGEST_REPLY:
        raise ValueError("the reply is a long text")
    found = re.search(r"\{[^{}]*\}", reply)
    if found is None:
        raise ValueError("the reply holds no dictionary")
    # The example in the prompt has a quote too many, and some repeat it
    for text in (found[0], found[0].replace("''", "'")):
        for read in (ast.literal_eval, json.loads):
            try:
                value = read(text)
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
            if isinstance(value, dict):
                return value
    raise ValueError("the reply's dictionary cannot be read")
