"""The same question as polite, hasty or careless people type it."""

# Templates are easier to read in one line
# ruff: noqa: E501

import re
from dataclasses import replace

from demo.questions.turn import Rng, Turn, capital, pick

_IMPERATIVES = {
    "describe", "count", "list", "name", "give", "tell", "please", "summarise", "summarize", "sum",
    "explain", "say", "enumerate", "make", "write", "show", "walk", "let", "i", "number", "everything",
}  # fmt: skip
_OPENERS = (
    "please ", "please, ", "pls ", "hey, ", "ok, ", "ok ", "so ", "so, ", "and ", "now ", "well, ",
    "quick question: ", "question: ", "tell me: ", "hi! ", "hi, ", "excuse me, ", "just curious: ",
    "one more thing: ", "another question: ", "then ", "hmm, ", "sorry, ", "hello, ", "hey ", "could you please tell me: ",
    "I was wondering: ", "I have a question: ", "one question: ", "can you help me? ", "I can't see it well. ", "um, ", "oh and ",
    "alright, ", "by the way, ", "actually, ", "say, ", "be honest: ", "good morning, ", "would you mind telling me: ",
    "next question: ", "my question is: ", "great, ", "thanks, and ", "dear model, ", "listen, ", "first, ", "in your opinion, ",
)  # fmt: skip
_CLOSERS = (
    " pls",
    " please",
    ", please",
    " plz",
    ", do you know",
    ", can you tell",
    " exactly",
    " then",
    " thanks",
    " now",
    ", thank you",
    ", thanks",
    " if you know",
    ", in your opinion",
    ", can you see that",
    " in your view",
    ", anybody",
    ", hm",
    " do you think",
    ", would you say",
    " by the way",
    ", if I may ask",
    " roughly",
)
_SHORTER = (
    (r"\bwhat is\b", "what's"), (r"\bwhat is\b", "whats"), (r"\bwhere is\b", "where's"),
    (r"\bwhich is\b", "which one's"), (r"\bdoes not\b", "doesn't"), (r"\bdoes not\b", "doesnt"),
    (r"\bdo not\b", "don't"), (r"\bis not\b", "isn't"), (r"\bit is\b", "it's"),
    (r"\bthere is\b", "there's"), (r"\bhow many\b", "how much"), (r"\byou\b", "u"), (r"\bare\b", "r"),
    (r"\bplease\b", "plz"), (r"\bthe\b ", ""),
)  # fmt: skip
_CAREFUL = {
    "red", "blue", "green", "black", "white", "pink", "cyan", "orange", "yellow", "purple", "brown",
    "grey", "gray", "left", "right", "up", "down", "not",
}  # fmt: skip

_BRIEF_YES = (
    "yes or no: {q}",
    "{q} yes or no",
    "{q} just yes or no",
    "{q} answer yes or no",
    "answer with yes or no: {q}",
    "{q} (yes/no)",
    "{q} just say yes or no",
    "{q} y/n",
    "only yes or no: {q}",
    "{q} a simple yes or no will do",
    "{q} only yes or no please",
)
_BRIEF_NUMBER = (
    "just the number: {q}",
    "{q} just the number",
    "{q} only the number please",
    "{q} one number",
    "only the number: {q}",
    "{q} in one word",
    "just the number please: {q}",
    "{q} number only",
    "{q} answer with a number",
    "{q} (number)",
    "{q} just a number",
    "{q} give me only the number",
    "a number please: {q}",
    "{q} only a digit",
)
_BRIEF = (
    "in one word: {q}",
    "in one word, {q}",
    "{q} in one word",
    "{q} one word",
    "{q} one word answer",
    "one word please: {q}",
    "{q} short answer please",
    "{q} answer in one word",
    "in a single word: {q}",
    "in a word: {q}",
    "{q} just one word",
    "{q} answer briefly",
    "short answer: {q}",
    "one word: {q}",
    "{q} keep it short",
    "as short as possible: {q}",
    "{q} as short as possible",
    "{q} no full sentence",
    "{q} only the answer",
    "only the answer please: {q}",
    "{q} single word",
    "{q} in a word",
    "briefly: {q}",
    "{q} just the answer",
    "{q} no sentence just the word",
)
_NUMBERS = ("count", "count_at", "count_doing", "times")


def _typo(question: str, rng: Rng) -> str:
    """One letter wrong in a word that can bear it."""
    words = question.split(" ")
    able = [
        i for i, w in enumerate(words) if len(w) > 3 and w.isalpha() and w.lower() not in _CAREFUL
    ]
    if not able:
        return question
    i = able[int(rng.integers(len(able)))]
    word, at, how = words[i], int(rng.integers(1, len(words[i]) - 1)), rng.random()
    if how < 0.4:
        word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    elif how < 0.7:
        word = word[:at] + word[at + 1 :]
    elif how < 0.85:
        word = word[:at] + word[at] + word[at:]
    else:
        word = word[:at] + "abcdefghijklmnopqrstuvwxyz"[int(rng.integers(26))] + word[at + 1 :]
    words[i] = word
    return " ".join(words)


def _mark(question: str, rng: Rng, chat: bool) -> str:
    """What it ends with."""
    chance = rng.random()
    if chat and " " not in question.strip():
        return question + pick(rng, ("", "", "!", "."))
    command = question.split(" ")[0].lower().rstrip(",:") in _IMPERATIVES
    if chance < 0.22:
        return question
    if command:
        return question + ("." if chance < 0.8 else "?" if chance < 0.95 else "!")
    return question + ("?" if chance < 0.95 else pick(rng, (" ?", "??", ".", "!", "...")))


def reword(turn: Turn, rng: Rng) -> Turn:
    """The turn with its question typed by somebody."""
    question, answer = turn.question, turn.answer
    if turn.type == "choice":
        return turn
    if turn.type != "chat":
        if rng.random() < 0.15:
            pattern, short = pick(rng, _SHORTER)
            question = re.sub(pattern, short, question, count=1)
        if (turn.short or turn.type == "refusal") and rng.random() < 0.1:
            yes = turn.short in ("yes", "no") and turn.key in ("yes", "no")
            yes = yes or (turn.type == "refusal" and rng.random() < 0.3)
            forms = _BRIEF_YES if yes else _BRIEF_NUMBER if turn.type in _NUMBERS else _BRIEF
            form = pick(rng, forms)
            asked = question if form.endswith("{q}") else question + pick(rng, ("?", "?", ",", ""))
            question = form.replace("{q}", asked)
            answer = f"{capital(turn.short)}." if turn.short else answer
        elif rng.random() < 0.1:
            question = pick(rng, _OPENERS) + question
        elif rng.random() < 0.06:
            question += pick(rng, _CLOSERS)
    question = _mark(question, rng, turn.type == "chat")
    chance = rng.random()
    if chance < 0.6:
        question = capital(question)
    elif chance < 0.95:
        question = question.lower()
    elif chance < 0.96:
        question = question.upper()
    if rng.random() < 0.08:
        question = _typo(question, rng)
    return replace(turn, question=question, answer=answer)
