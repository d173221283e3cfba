"""A model for the loop: it answers at once, and what it is told to fail at fails."""

from dataclasses import dataclass, field
from types import SimpleNamespace

from sf_mlx.errors import ContextLengthError, TruncatedVideoError
from sf_mlx.evaluate.folder import RunFolder, Shard
from sf_mlx.evaluate.run import Job, run
from sf_mlx.evaluate.settings import Settings, hash_of
from sf_mlx.evaluate.videos import find_videos
from sf_mlx.slowfast import SlowFast
from sf_mlx.video import Reading

WHOLE = Shard()


@dataclass
class ToyModel:
    """Answers by the question's length; remembers what was opened, asked, decoded and closed."""

    breaks: dict = field(default_factory=dict)
    said: list = field(default_factory=list)

    def open(self, path, **settings):
        self.said.append(("open", path.stem))
        if self.breaks.get(path.stem) == "open":
            raise TruncatedVideoError(f"{path.name}: cut short")
        return ToySession(self, path.stem)


class ToySession:
    def __init__(self, model, name):
        self.model, self.name, self.is_seen, self.visual_tokens = model, name, False, 100
        self.is_known = self.from_cache = False

    def read_ahead(self):
        self.model.said.append(("ahead", self.name))

    def ask(self, question, *, choices=(), choose_by="likelihood", sampling=None):
        self.model.said.append(("ask", self.name))
        broken = self.model.breaks.get(self.name) or self.model.breaks.get(question)
        if broken == "decode":
            raise TruncatedVideoError("no frame can be decoded")
        if broken == "long":
            raise ContextLengthError("too long")
        if broken == "crash":
            raise RuntimeError("[metal::malloc] out of memory")
        cached = 100 if self.is_seen else 0
        self.is_seen = True
        number = len(question) % (len(choices) or 7)
        text = f"{'ABCDEFG'[number]}) In the image, {question}"
        choice = SimpleNamespace(index=number, probabilities=(1.0,))
        record = SimpleNamespace(
            visual_tokens=100,
            text_tokens=10, answer_tokens=5, cached_tokens=cached, peak_memory_bytes=1,
            vision_seconds=0.0, decode_seconds=0.0, prefill_seconds=0.0, generate_seconds=0.0,
            choice=choice if choose_by == "likelihood" else None,
        )  # fmt: skip
        return SimpleNamespace(text=text, record=record)

    def close(self):
        self.model.said.append(("close", self.name))


def settings_for(items, **changes):
    """Settings of a run of these rows."""
    values = {
        "dataset": items[0].dataset, "items": hash_of(items), "rows": len(items), "model": "toy",
        "model_hash": "0", "spec": str(SlowFast()), "frames": 50, "exact": False, "template": "v",
        "prompt": "{question}", "for_choices": "{question}", "choose_by": "generate",
        "max_tokens": 128, "kv_bits": None, "limit": 0, "sample": 0, "seed": 0, "backend": "cpu",
        "versions": {"mlx": "0"}, **changes,
    }  # fmt: skip
    return Settings(**values)


def run_toy(folder, items, videos, *, model=None, shard=WHOLE, retry=False, listener=None, **more):
    """Run the loop with a toy; returns the toy."""
    toy = model or ToyModel()
    settings = settings_for(items, **more)
    run_folder = RunFolder(folder)
    run_folder.begin(settings, items)
    job = Job(run_folder, settings, toy, SlowFast(), Reading(), find_videos(videos), shard, retry)
    run(job, items, listener or (lambda item, result: None))
    return toy
