"""Letters of written answers: a strict rule, the reference's with its quirks, its script's."""

import json
import random

import pytest

from sf_mlx.evaluate.choice_rules import strict_option, upstream_option, upstream_script_option
from tests.evaluate.conftest import PUBLISHED, published


@pytest.mark.parametrize(
    ("answer", "strict", "upstream"),
    [
        ("D) C is cleaning dishes.", 3, 3),
        ("(B) yes", 1, 1),
        ("c", 2, 2),
        ("E", 4, 4),
        ("b)", 1, 1),
        ("B.", 1, 1),
        ("A\nbecause", 0, 0),
        # The traps: upstream's rule is wrong, the strict one is not
        ("C) because NASA: it said so", 2, 0),
        ("An apple", None, 0),
        ("A dog runs", None, 0),
        ("Because it rains", None, 1),
        ("D) he climbed, so (B) and (E) are out", 3, 1),
        ("", None, None),
        ("L) a lady", None, None),
        ("the dog", None, None),
        ("The answer is C)", None, 2),
        ("F) six", None, None),
    ],
)
def test_rules(answer, strict, upstream):
    assert strict_option(answer, 5) == strict
    assert upstream_option(answer) == upstream


def test_a_letter_beyond_the_options_is_none():
    assert strict_option("D) x", 3) is None
    assert strict_option("F) x", 6) == 5


def transcribed(answer, cut):
    """The reference's steps, one after the other as paper.md and the script list them."""
    option = "none"
    letter = answer[:1]
    if letter and letter in "abcdeABCDE":
        option = letter.lower()
    if cut and "answer is " in answer:
        answer = answer[answer.index("answer is") :]
    if "A:" in answer or "A)" in answer:
        option = "a"
    elif "B:" in answer or "B)" in answer:
        option = "b"
    elif "C:" in answer or "C)" in answer:
        option = "c"
    elif "D:" in answer or "D)" in answer:
        option = "d"
    elif "E:" in answer or "E)" in answer:
        option = "e"
    return None if option == "none" else "abcde".index(option)


def test_the_rules_are_the_reference_s_on_generated_answers():
    draw = random.Random(0)
    letters = [*"ABCDEFabcde", "A)", "B)", "C)", "D)", "E)", "A:", "C:", "E:", "NASA: ", "I) "]
    pieces = [
        *letters,
        "(",
        " ",
        "\n",
        ".",
        "answer is ",
        "answer is",
        "The answer is",
        "the dog",
        "",
    ]
    answers = ["".join(draw.choices(pieces, k=draw.randint(0, 7))) for _ in range(10_000)]
    for answer in answers:
        assert upstream_option(answer) == transcribed(answer, cut=False), answer
        assert upstream_script_option(answer) == transcribed(answer, cut=True), answer
    differ = sum(upstream_option(a) != upstream_script_option(a) for a in answers)
    assert differ > 100  # or the generated answers would not reach the step


@published
def test_published_predictions_agree_by_every_rule():
    for path in (PUBLISHED / "predictions").glob("*.jsonl"):
        for line in path.read_text().splitlines():
            answer = json.loads(line)["pred"]
            assert upstream_option(answer) == transcribed(answer, cut=False)
            assert upstream_script_option(answer) == transcribed(answer, cut=True)
