"""Clip files with what is asked about them, for the benchmarks of the demo model."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from benchmarks.demo_clips import Asked, Clip, recast, written
from benchmarks.demo_conversations import CONVERSATIONS
from benchmarks.demo_natural import QUESTIONS, Truth
from demo import foreign, refusals, scoring
from demo.questions import actions, looks, moments, numbers, relations, talk
from demo.questions.turn import Asker, Turn
from demo.view import Unclear, View
from demo.wanted import Wanted
from demo.world import HARD, Scene, invent

# Training's seeds are far below
FIRST_SEED, FIRST_FOREIGN, FIRST_HARD = 10_000_000, 20_000_000, 30_000_000

# The lines of the table before there was a natural list, asked about the ordinary world
TRAINED: dict[str, tuple[Asker, ...]] = {
    "colour": (looks.colour,),
    "kind": (looks.kind,),
    "count": (numbers.count,),
    "direction": (actions.direction,),
    "order, when": (moments.order, moments.when),
    "flashes, bounces": (actions.times,),
    "multiple choice": (talk.choice,),
}
# Per cent
GOALS: dict[str, float] = {
    **dict.fromkeys(TRAINED, 99),
    "out of scope": 99,
    "natural list, all": 90,
    **{f"natural: {name}": 80.0 for name in QUESTIONS},
    "conversations of five turns": 90,
    "not refused: in its world": 99,
    "clips of another world": 95,
    "without repetition": 100,
}

# Of the natural list, for each clip of each world
_NATURAL, _OUTSIDE, _STRANGE = 12, 2, 4


def trained(scene: Scene, number: int, rng: np.random.Generator) -> list[Asked]:
    """One question of every trained type that the scene answers, in the grammar's words."""
    found = []
    for line, askers in TRAINED.items():
        asker = askers[number % len(askers)]
        turn = next((t for _ in range(6) if (t := talk.ask(View(scene), rng, asker))), None)
        if turn is not None:
            found.append(_asked(line, turn))
    return found


def _asked(line: str, turn: Turn) -> Asked:
    return Asked(line, turn.question, turn.answer, lambda answer: scoring.is_right(turn, answer))


def outside(number: int) -> list[Asked]:
    """Questions out of scope that training never draws from."""
    picked = [
        refusals.HELD_OUT[(number * _OUTSIDE + i) % len(refusals.HELD_OUT)] for i in range(_OUTSIDE)
    ]
    begin = refusals.ANSWER.split(":")[0]
    return [
        Asked("out of scope", q, "refused", lambda answer: answer.startswith(begin)) for q in picked
    ]


class Natural:
    """Hands out the natural questions evenly, and of yes-or-no questions both answers."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._listed = [(name, q, truth) for name, few in QUESTIONS.items() for q, truth in few]
        self._given: Counter[str] = Counter()
        self._values: Counter[tuple[str, str]] = Counter()
        self._talks: Counter[int] = Counter()

    def scene(self) -> Scene:
        """A scene that one of the least asked questions has an answer to."""
        tied = self._rng.permutation(len(self._listed))
        _, question, truth = self._listed[min(tied, key=lambda i: self._given[self._listed[i][1]])]
        scene = None
        for _ in range(150):
            scene = recast(invent(self._rng, hard=self._rng.random() < HARD), self._rng)
            wanted = _true(truth, View(scene))
            if wanted and self._fair(question, wanted):
                break
        assert scene is not None
        return scene

    def _fair(self, question: str, wanted: Wanted) -> bool:
        if wanted.value not in ("yes", "no"):
            return True
        other = "no" if wanted.value == "yes" else "yes"
        return self._values[question, wanted.value] <= self._values[question, other]

    def questions(self, scene: Scene) -> list[Asked]:
        view, found = View(scene), []
        for i in sorted(
            self._rng.permutation(len(self._listed)), key=lambda i: self._given[self._listed[i][1]]
        ):
            name, question, truth = self._listed[i]
            wanted = _true(truth, view)
            if wanted is None or not self._fair(question, wanted):
                continue
            self._given[question] += 1
            self._values[question, wanted.value] += 1
            found.append(Asked(f"natural: {name}", question, wanted.value, wanted.fits))
            if len(found) == _NATURAL:
                break
        return found

    def conversation(self, scene: Scene) -> list[Asked]:
        """The least held conversation that the scene has answers to."""
        view = View(scene)
        for i in sorted(range(len(CONVERSATIONS)), key=lambda i: self._talks[i]):
            wanted = [(q, _true(truth, view)) for q, truth in CONVERSATIONS[i]]
            if all(w for _, w in wanted):
                self._talks[i] += 1
                return [
                    Asked("conversations of five turns", q, w.value, w.fits) for q, w in wanted if w
                ]
        return []


def _true(truth: Truth, view: View) -> Wanted | None:
    try:
        return truth(view)
    except Unclear:
        return None


def own_clips(folder: Path, numbers: range) -> Iterator[Clip]:
    """Clips of the model's world: an ordinary one, and one for the natural list."""
    natural = Natural(np.random.default_rng(FIRST_SEED - 1 - (numbers.start if numbers else 0)))
    for number in numbers:
        rng = np.random.default_rng(FIRST_SEED + number)
        scene = invent(rng)
        yield written(
            scene, folder, rng, [[a] for a in [*trained(scene, number, rng), *outside(number)]]
        )
        scene = natural.scene()
        talks = [[asked] for asked in natural.questions(scene)]
        chat = natural.conversation(scene)
        yield written(scene, folder, rng, [*talks, chat] if chat else talks)


# What tells the paths apart: fine things, many things, short things
HARD_TYPES: dict[str, tuple[Asker, ...]] = {
    "hard: colour": (looks.colour,),
    "hard: kind": (looks.kind,),
    "hard: place, relation": (looks.place, relations.relation, relations.extreme),
    "hard: size and speed": (relations.size,),
    "hard: number": (numbers.count, numbers.compare),
    "hard: number at a time": (numbers.count_at,),
    "hard: direction": (actions.direction,),
    "hard: which does it": (actions.which, actions.either),
    "hard: how often": (actions.times,),
    "hard: when, order": (moments.when, moments.order, moments.what_happens),
    "hard: how long": (moments.stay,),
    "hard: what it does": (actions.action,),
    "hard: all the shapes": (looks.listing,),
}


def hard_clips(folder: Path, numbers: range) -> Iterator[Clip]:
    """Many small shapes, some of them there for a moment only."""
    for number in numbers:
        rng = np.random.default_rng(FIRST_HARD + number)
        scene = invent(rng, hard=True)
        view, found = View(scene), []
        for line, askers in HARD_TYPES.items():
            turns: dict[str, Turn] = {}
            for i in range(12):
                turn = talk.ask(view, rng, askers[(number + i) % len(askers)])
                # Two of each, with different answers
                if turn is not None and len(turns) < 2:
                    turns.setdefault(turn.answer, turn)
            found += [[_asked(line, turn)] for turn in turns.values()]
        yield written(scene, folder, rng, found)


def foreign_clips(folder: Path, numbers: range) -> Iterator[Clip]:
    """Clips of another world, with natural questions about shapes that are not there."""
    listed = [q for name, few in QUESTIONS.items() for q, _ in few if name != "talk"]
    begin = refusals.FOREIGN.split(";")[0]
    for number in numbers:
        rng = np.random.default_rng(FIRST_FOREIGN + number)
        path = folder / "clip.mp4"
        _encode(foreign.clip(rng, 75, 240), path)
        picked = rng.choice(listed, _STRANGE, replace=False)
        yield Clip(
            path,
            [
                [Asked("clips of another world", str(q), "foreign", lambda a: a.startswith(begin))]
                for q in picked
            ],
        )


def _encode(pictures: np.ndarray, path: Path) -> None:
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(15), options={"crf": "23"})
        stream.height, stream.width = pictures.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
