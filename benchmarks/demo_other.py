"""Clip files with the questions that another hand wrote: a held-out list of its own."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.demo_clips import Asked, Clip, recast, written
from benchmarks.demo_course import Slots
from benchmarks.demo_natural_other import CONVERSATIONS, OUTSIDE, QUESTIONS
from demo import clips, refusals
from demo.questions.turn import full_name
from demo.view import Unclear, View
from demo.wanted import Wanted
from demo.world import COLOURS, HARD, KINDS, Scene, invent

FIRST_OTHER = 40_000_000

ALL = "another hand, all"
OUT, TALKS = "another hand: out of scope", "another hand: conversations"
# Per cent
GOALS: dict[str, float] = {
    ALL: 90,
    **{f"another hand: {name}": 80.0 for name in QUESTIONS},
    TALKS: 90,
    OUT: 99,
    "another hand: not refused": 99,
}

# For each clip
_LISTED, _OUTSIDE = 14, 3

Truth = Callable[[View, Slots], Wanted] | None


def slots(scene: Scene, seconds: float, rng: np.random.Generator) -> Slots | None:
    """What the placeholders stand for; None where two shapes cannot be named."""
    names = [full_name(s) for s in scene.shapes]
    named = [s for s in scene.shapes if names.count(full_name(s)) == 1]
    if len(named) < 2:
        return None
    thing, other = (named[int(i)] for i in rng.choice(len(named), 2, replace=False))
    shown = {c for s in scene.shapes for c in s.colours}
    no_kind = [k for k in KINDS if all(s.kind != k for s in scene.shapes)]
    no_colour = [c for c in COLOURS if c not in shown]
    some, tinted = (scene.shapes[int(i)] for i in rng.integers(len(scene.shapes), size=2))
    return Slots(
        some.kind,
        tinted.colour,
        thing,
        other,
        str(rng.choice(no_kind)),
        str(rng.choice(no_colour)),
        seconds,
    )


def _true(truth: Truth, view: View, given: Slots) -> Wanted | None:
    try:
        return truth and truth(view, given)
    except Unclear:
        return None


class Other:
    """Hands out the questions evenly, and of yes-or-no questions both answers."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._listed = [(n, q, t) for n, few in QUESTIONS.items() for q, t in few if t]
        self._held = [talk for talk in CONVERSATIONS if all(truth for _, truth in talk)]
        self._given: Counter[str] = Counter()
        self._values: Counter[tuple[str, str]] = Counter()
        self._talks: Counter[int] = Counter()

    def scene(self) -> Scene:
        """A scene that one of the least asked questions has an answer to."""
        tied = self._rng.permutation(len(self._listed))
        _, question, truth = self._listed[min(tied, key=lambda i: self._given[self._listed[i][1]])]
        while True:
            for _ in range(100):
                scene = recast(invent(self._rng, hard=self._rng.random() < HARD), self._rng)
                given = slots(scene, 6, self._rng)
                wanted = given and _true(truth, View(scene), given)
                if wanted and self._fair(question, wanted):
                    return scene
            if given:
                return scene

    def _fair(self, question: str, wanted: Wanted) -> bool:
        if wanted.value not in ("yes", "no"):
            return True
        other = "no" if wanted.value == "yes" else "yes"
        return self._values[question, wanted.value] <= self._values[question, other] + 1

    def questions(self, view: View, given: Slots) -> list[Asked]:
        found = []
        order = self._rng.permutation(len(self._listed))
        for i in sorted(order, key=lambda i: self._given[self._listed[i][1]]):
            name, question, truth = self._listed[i]
            wanted = _true(truth, view, given)
            if wanted is None or not self._fair(question, wanted):
                continue
            self._given[question] += 1
            self._values[question, wanted.value] += 1
            asked = given.fill(question)
            found.append(Asked(f"another hand: {name}", asked, wanted.value, wanted.fits))
            if len(found) == _LISTED:
                break
        return found

    def conversation(self, view: View, given: Slots) -> list[Asked]:
        """The least held conversation that the scene has answers to."""
        for i in sorted(range(len(self._held)), key=lambda i: self._talks[i]):
            turns = [(q, _true(truth, view, given)) for q, truth in self._held[i]]
            if all(wanted for _, wanted in turns):
                self._talks[i] += 1
                return [Asked(TALKS, given.fill(q), w.value, w.fits) for q, w in turns if w]
        return []


def _outside(number: int) -> list[Asked]:
    begin = refusals.ANSWER.split(":")[0]
    picked = [OUTSIDE[(number * _OUTSIDE + i) % len(OUTSIDE)] for i in range(_OUTSIDE)]
    return [Asked(OUT, q, "refused", lambda answer: answer.startswith(begin)) for q in picked]


def other_clips(folder: Path, numbers: range) -> Iterator[Clip]:
    """A clip for each number with some of the list, a conversation and what is out of scope."""
    other = Other(np.random.default_rng(FIRST_OTHER - 1 - (numbers.start if numbers else 0)))
    for number in numbers:
        rng = np.random.default_rng(FIRST_OTHER + number)
        given = None
        while given is None:
            scene = other.scene()
            recording = clips.film(scene, rng)
            given = slots(scene, recording.frames / recording.rate, rng)
        view = View(scene)
        talks = [[asked] for asked in [*other.questions(view, given), *_outside(number)]]
        chat = other.conversation(view, given)
        yield written(scene, folder, rng, [*talks, chat] if chat else talks, recording)
