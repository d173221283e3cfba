"""Sentences made of parts: `[a|b]` is one of several, `<name>` a common part, `{slot}` is filled in."""

# Templates are easier to read in one line
# ruff: noqa: E501

from functools import cache

from demo.questions.turn import Rng

_PARTS = {
    "what": "[what|what|what|which]",
    "whats": "[what is|what's|whats]",
    "col": "[colour|color]",
    "things": "[shapes|shapes|shapes|objects|things|figures|elements|items]",
    "thing": "[shape|shape|shape|object|thing|figure|one|element|item]",
    "one": "[one|one|shape|object|thing|of them|of the shapes]",
    "video": "[video|video|clip|film|scene|animation|movie|footage]",
    "this": "[the|the|this] <video>",
    "in": "[|||| in <this>| in <this>| here| in it| in there| on [the |]screen| in the picture]",
    "see": "[do you see|can you see|can I see|can be seen|are visible|are shown|did you see|do you notice|can you spot|do we see|can one see]",
    "start": "[at the start|at the beginning|in the beginning|in the first frame|when <this> [starts|begins]|at first|initially|to begin with|at the very [start|beginning]|when it [starts|begins]|right at the start|to start with|at the outset|in the opening frame|in frame one|when <this> opens|at the beginning of <this>|at the start of <this>]",
    "end": "[at the end|in the end|in the last frame|when <this> [ends|is over|stops|finishes]|finally|at the very end|by the end|when it [ends|is over]|once it is over|right at the end|in the final frame|by the time <this> ends|when <this> is finished|at the end of <this>|as <this> ends]",
    "tell": "[tell me|please tell me|can you tell me|could you [please |]tell me|do you know|I [want|would like] to know|can you say|could you say|let me know|any idea|I wonder]",
    "give": "[give me|tell me|name|please name|say|I need|show me]",
    "any": "[anything|anything|something|any shape|a shape|any of them|any <thing>|one of the shapes|some shape]",
    "all": "[all [the |of the |]<things>|all of them|they all|all]",
    "way": "[way|direction|way|which direction]",
    "really": "[|||| really| actually| ever| at all]",
    "pic": "[picture|screen|frame|view|image|<video>]",
}

Node = str | tuple["Node", ...] | list["Node"]


def _parse(text: str, at: int, inner: bool) -> tuple[Node, int]:
    """A tuple is a sequence, a list a choice."""
    choices: list[Node] = []
    sequence: list[Node] = []
    literal = ""
    while at < len(text):
        mark = text[at]
        if mark == "[" or (inner and mark in "|]"):
            if literal:
                sequence.append(literal)
            literal = ""
            if mark == "[":
                node, at = _parse(text, at + 1, True)
                sequence.append(node)
                continue
            choices.append(tuple(sequence))
            sequence = []
            if mark == "]":
                return choices, at + 1
        elif mark == "<":
            close = text.index(">", at)
            if literal:
                sequence.append(literal)
            literal = ""
            sequence.append(_compiled(_PARTS[text[at + 1 : close]]))
            at = close
        else:
            literal += mark
        at += 1
    if literal:
        sequence.append(literal)
    return tuple(sequence), at


@cache
def _compiled(template: str) -> Node:
    return _parse(template, 0, False)[0]


def _expand(node: Node, rng: Rng, out: list[str]) -> None:
    if isinstance(node, str):
        out.append(node)
    elif isinstance(node, list):
        _expand(node[int(rng.random() * len(node))], rng, out)
    else:
        for part in node:
            _expand(part, rng, out)


def say(rng: Rng, templates: tuple[str, ...], **slots: str) -> str:
    """One of the templates in random words, its slots filled."""
    out: list[str] = []
    _expand(_compiled(templates[int(rng.random() * len(templates))]), rng, out)
    text = "".join(out)
    for slot, value in slots.items():
        text = text.replace("{" + slot + "}", value)
    return text


def forms(node: Node) -> int:
    """How many texts a parsed template makes, those that coincide counted apart."""
    if isinstance(node, str):
        return 1
    if isinstance(node, list):
        return sum(map(forms, node))
    product = 1
    for part in node:
        product *= forms(part)
    return product
