"""What a batch saves, and what it survives: `python -m benchmarks.many_clips [--quick]`.

20 copies of the demo's sample clip, each with a content of its own, and two questions. One batch
against 40 separate commands (the goal: at most 0.6 of their time; the batch's is the median of
three). Then `kill -9` at ten random moments of a batch, and of a watch of the same clips: what was
killed is run again, and at the end every line and every text must be there once, as without kills.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from sf_mlx import demo

QUESTIONS = ("What happens in the video?", "How many shapes are there?")
GOAL = 0.6
# (video, question) -> answer
Answers = dict[tuple[str, str], str]


def make_clips(folder: Path, count: int) -> list[Path]:
    """Copies that differ in a box without meaning at their end."""
    folder.mkdir()
    whole = demo.sample_clip(folder / "sample.mp4").read_bytes()
    (folder / "sample.mp4").unlink()
    clips = [folder / f"clip_{number}.mp4" for number in range(count)]
    for number, clip in enumerate(clips):
        clip.write_bytes(whole + b"\0\0\0\x0cfree" + number.to_bytes(4, "big"))
    return clips


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "sf_mlx_cli", *map(str, words), "-m", demo.NAME]


def batch(folder: Path, out: Path) -> list[str]:
    asked = [word for question in QUESTIONS for word in ("-q", question)]
    return command("ask", folder, *asked, "--jsonl", out)


def watch(folder: Path) -> list[str]:
    return command("watch", folder, "-q", QUESTIONS[1], "--once", "--to", "json")


def seconds_of(words: list[str]) -> tuple[float, str]:
    """How long a command takes, and what it prints."""
    started = time.perf_counter()
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started, done.stdout.decode().strip()


def answers_in(out: Path) -> Answers:
    """The lines of a batch; none may be there twice."""
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    found = {(line["video"], line["question"]): line["answer"] for line in lines}
    assert len(found) == len(lines), "a line is there twice"
    return found


def texts_in(folder: Path) -> Answers:
    """The texts of a watch; none may be there twice, and nothing else beside them."""
    found = {}
    for text in folder.glob("*.json"):
        whole = json.loads(text.read_text())
        (answer,) = whole["answers"]
        found[whole["movie"], answer["question"]] = answer["answer"]
    state = (folder / ".sf-mlx-watch.jsonl").read_text().splitlines()
    count = len(list(folder.glob("*.mp4")))
    assert len(found) == len(state) == count, "a text is missing or there twice"
    assert len(list(folder.iterdir())) == 2 * count + 1, "something was left behind"
    return found


def killed(words: list[str], begin: Callable[[], None], kills: int, longest: float) -> float:
    """Kill a command `kills` times, each time after a random while, and then let it end.

    A command that ended before its time came begins anew.

    Returns
    -------
    Seconds in all.
    """
    chance = random.Random(1)
    started, done = time.perf_counter(), 0
    begin()
    while done < kills:
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(chance.uniform(0, longest))
            begin()
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            done += 1
    seconds_of(words)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="3 clips, 3 kills, one round")
    quick = parser.parse_args().quick
    count, kills, rounds = (3, 3, 1) if quick else (20, 10, 3)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        clips = make_clips(root / "clips", count)
        out = root / "answers.jsonl"
        together = []
        for _ in range(rounds):
            out.unlink(missing_ok=True)
            together.append(seconds_of(batch(root / "clips", out))[0])
        wanted = answers_in(out)
        separate = 0.0
        for clip in clips:
            for question in QUESTIONS:
                seconds, answer = seconds_of(command("ask", clip, question))
                assert wanted[str(clip), question] == answer, "the batch answered otherwise"
                separate += seconds
        ratio = median(together) / separate
        print(
            f"{count} clips x {len(QUESTIONS)} questions: a batch {median(together):.1f} s, "
            f"{count * len(QUESTIONS)} commands {separate:.1f} s, ratio {ratio:.2f} "
            f"(goal {GOAL})",
            flush=True,
        )
        again, _ = seconds_of(batch(root / "clips", out))
        print(f"the batch again, all of it done: {again:.1f} s", flush=True)

        # Long enough for a few clips a time, so that ten kills lie all over the batch
        longest = max(median(together) / 4, 6.0)
        took = killed(
            batch(root / "clips", out), lambda: out.unlink(missing_ok=True), kills, longest
        )
        assert answers_in(out) == wanted, "lines were lost"
        print(f"a batch killed {kills} times: every line once, {took:.1f} s in all", flush=True)

        def begin() -> None:
            for path in (root / "clips").iterdir():
                if path.suffix != ".mp4":
                    path.unlink()

        begin()
        alone, _ = seconds_of(watch(root / "clips"))
        texts = texts_in(root / "clips")
        assert {(clip.name, QUESTIONS[1]) for clip in clips} == texts.keys()
        took = killed(watch(root / "clips"), begin, kills, max(alone / 4, 8.0))
        assert texts_in(root / "clips") == texts, "texts were lost"
        print(f"a watch killed {kills} times: every text once, {took:.1f} s in all", flush=True)


if __name__ == "__main__":
    main()
