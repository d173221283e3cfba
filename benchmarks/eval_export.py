"""Clips of the demo model's world, exported as the eight data sets: videos and question files.

    python -m benchmarks.eval_export FOLDER [--clips 12]

What is asked has one true answer, and the demo model is known to be right in nearly all of it
(demo/README.md), so a run on these files must come out the same.
"""

import argparse
import csv
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.demo_questions import FIRST_SEED
from demo import clips
from demo.questions import actions, looks, moments, numbers, talk, whole
from demo.questions.turn import Asker, Turn
from demo.view import View
from demo.world import Scene, invent

# Beyond those of the other benchmarks
_FIRST = FIRST_SEED + 5_000_000
_OPTIONS = 5
# Each type of question under a code of NExT-QA's
_TYPES: dict[str, Asker] = {
    "DO": looks.colour,
    "DL": looks.place,
    "DC": numbers.count,
    "CH": actions.direction,
    "CW": looks.kind,
    "TN": moments.when,
    "TC": actions.times,
}
_TRIES = 12


@dataclass(frozen=True)
class Asked:
    """A question of a clip: what was drawn, its type, and for a choice the options."""

    clip: int
    code: str
    turn: Turn
    options: tuple[str, ...] = ()

    @property
    def right(self) -> int:
        """The number of the right option."""
        return self.options.index(self.turn.key)


def export(folder: Path, count: int, *, height: int = 224, hard: bool = False) -> list[Asked]:
    """Write videos and question files; returns what is asked in the multiple-choice sets.

    Parameters
    ----------
    height: of the clips, in pixels.
    hard: many small shapes, some there for a moment only; poolings differ on these.
    """
    videos = folder / "videos"
    (videos / "0001").mkdir(parents=True, exist_ok=True)
    choices: list[Asked] = []
    open_: list[Asked] = []
    generic: list[tuple[int, Turn]] = []
    temporal: list[tuple[int, Turn]] = []
    pairs: list[tuple[int, Turn, Turn]] = []
    for number in range(count):
        rng = np.random.default_rng(_FIRST + number)
        scene = invent(rng, hard=hard)
        _write_clip(scene, videos, number, height, rng)
        view = View(scene)
        for code, asker in _TYPES.items():
            turn = _drawn(view, rng, asker)
            if turn is None:
                continue
            open_.append(Asked(number, code, turn))
            if len(turn.options) >= _OPTIONS - 1:
                wrong = [str(w) for w in rng.permutation(turn.options)][: _OPTIONS - 1]
                wrong.insert(int(rng.integers(_OPTIONS)), turn.key)
                choices.append(Asked(number, code, turn, tuple(wrong)))
        generic += [(number, t) for t in (_drawn(view, rng, whole.describe),) if t]
        temporal += [(number, t) for t in (_drawn(view, rng, moments.what_happens),) if t]
        two = [_drawn(view, rng, looks.colour) for _ in range(_TRIES)]
        same = [t for t in two if t and two[0] and (t.key, t.shape) == (two[0].key, two[0].shape)]
        if len(same) > 1:
            pairs.append((number, same[0], same[-1]))
    _choice_files(folder, choices)
    _open_files(folder, open_)
    _generation_files(folder, generic, temporal, pairs)
    return choices


def _drawn(view: View, rng: np.random.Generator, asker: Asker) -> Turn | None:
    """A question that is about this clip and not answered by yes or no."""
    for _ in range(_TRIES):
        turn = talk.ask(view, rng, asker)
        if turn is not None and _is_plain(turn.key):
            return turn
    return None


def _is_plain(key: str) -> bool:
    """Whether an answer is a word or two, and neither yes nor no."""
    return key not in ("", "yes", "no") and "," not in key and not key.startswith("no ")


def _write_clip(
    scene: Scene, videos: Path, number: int, height: int, rng: np.random.Generator
) -> None:
    """One file under the names that the data sets have for it."""
    width = 2 * round(height * scene.aspect / 2)
    first = videos / f"video{number}.mp4"
    clips.write(scene, clips.Recording(width, height, 75, 15, "libx264", 20), first, rng)
    for name in (
        f"clip{number}_0_5.mp4",
        f"tumblr_{number}.mp4",
        f"v_clip{number}.mp4",
        f"0001/{1000 + number}.mp4",
        f"{number:08x}-demo.mp4",
    ):
        if not (videos / name).exists():
            os.link(first, videos / name)


def _save(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def _choice_files(folder: Path, asked: Sequence[Asked]) -> None:
    options = [f"a{number}" for number in range(_OPTIONS)]
    _save(
        folder / "NExT_QA.csv",
        ["", "video_name", "frame_count", "width", "height", "question", "answer_number",
         "question_id", "question_type", *options, "answer"],
        [
            [n, 1000 + a.clip, 75, 320, 224, a.turn.question, a.right, f"{1000 + a.clip}{n}",
             a.code, *a.options, a.turn.key]
            for n, a in enumerate(asked)
        ],
    )  # fmt: skip
    _save(
        folder / "IntentQA.csv",
        ["", "video_name", "question", "question_id", "answer", "video_id", "question_type",
         *options],
        [
            [n, 1000 + a.clip, a.turn.question, f"{1000 + a.clip}_{a.code}_{n}", a.turn.key,
             1000 + a.clip, a.code, *a.options]
            for n, a in enumerate(asked)
            if a.code in ("CH", "CW")
        ],
    )  # fmt: skip
    first = {a.clip: a for a in reversed(asked)}
    _save(
        folder / "EgoSchema.csv",
        ["", "video_name", "question_id", "question", "answer", *options],
        [
            [n, f"{clip:08x}-demo", f"drive{clip}", a.turn.question, a.turn.key, *a.options]
            for n, (clip, a) in enumerate(sorted(first.items()), 1)
        ],
    )


def _open_files(folder: Path, asked: Sequence[Asked]) -> None:
    columns = ["", "video_id", "answer", "question", "video_name", "question_id", "question_type"]
    kinds = {"DO": 2, "DL": 3, "DC": 1}
    files = {
        "MSVD_QA.csv": ("clip{}_0_5", asked[::2]),
        "MSRVTT_QA.csv": ("video{}", asked[1::2]),
        # All questions about one animation have one id, as in the published file
        "TGIF_FrameQA.csv": ("tumblr_{}", [a for a in asked if a.code in kinds]),
        "ActivityNet_QA.csv": ("v_clip{}", asked),
    }
    for file, (name, few) in files.items():
        _save(
            folder / file,
            columns,
            [
                [n, a.clip, a.turn.key, a.turn.question, name.format(a.clip),
                 a.clip if file.startswith("TGIF") else f"{a.clip}_{n}", kinds.get(a.code, 0)]
                for n, a in enumerate(few, 1)
            ],
        )  # fmt: skip


def _generation_files(
    folder: Path,
    generic: Sequence[tuple[int, Turn]],
    temporal: Sequence[tuple[int, Turn]],
    pairs: Sequence[tuple[int, Turn, Turn]],
) -> None:
    columns = ["", "video_name", "question", "question_id", "answer", "question_type"]
    for file, turns in (
        ("Generic_QA.csv", generic),
        ("Temporal_QA.csv", temporal),
        ("Consistency_QA1.csv", [(clip, one) for clip, one, _ in pairs]),
        ("Consistency_QA2.csv", [(clip, other) for clip, _, other in pairs]),
    ):
        answers = [pair[1].answer for pair in pairs] if file.startswith("Cons") else None
        _save(
            folder / file,
            columns,
            [
                [n, f"v_clip{clip}", turn.question, f"v_clip{clip}_{n}",
                 answers[n] if answers else turn.answer, 0]
                for n, (clip, turn) in enumerate(turns)
            ],
        )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clips", type=int, default=12)
    args = parser.parse_args()
    asked = export(args.folder, args.clips)
    print(json.dumps({"clips": args.clips, "multiple choice": len(asked)}))


if __name__ == "__main__":
    main()
