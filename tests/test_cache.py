"""The disk cache: right or not used at all. A wrong hit would be the worst of errors.

Every answer is compared with the one that a model without a cache gives, exactly: the tokens that
come back are the same bits.
"""

import errno
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import mlx.core as mx
import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from PIL import Image

import sf_mlx
from sf_mlx import Cache, Reading, Sampling, fingerprint, kept, lookup, models, whole_file
from sf_mlx.errors import UsageError, VideoLimitError
from sf_mlx.slowfast import Pool, SlowFast
from sf_mlx.video import Limits, Percent
from tests.conftest import overwrite
from tests.tiny import write_tiny
from tests.video.clips import encode, moving_square

ROOT = Path(__file__).parent.parent
SMALL = SlowFast(4, 2, "concat", (2, 2))
TIMES = {
    "load_seconds",
    "open_seconds",
    "decode_seconds",
    "weights_seconds",
    "vision_seconds",
    "prefill_seconds",
    "first_token_seconds",
    "generate_seconds",
    "tokens_per_second",
    "peak_memory_bytes",
}
CAN_MOUNT = (
    sys.platform == "linux"
    and shutil.which("unshare") is not None
    and subprocess.run(
        ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True
    ).returncode
    == 0
)


@pytest.fixture(autouse=True)
def settled(monkeypatch):
    """Files that were written a moment ago count as old."""
    monkeypatch.setattr(fingerprint, "SETTLED_SECONDS", 0.0)


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("tiny") / "model", seed=2)


@pytest.fixture(scope="module")
def tiny(tiny_folder):
    return sf_mlx.load(tiny_folder)


@pytest.fixture
def cache(own_places):
    return Cache()


def noise(seed: int, count: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 64, 64, 3), np.uint8)


@pytest.fixture
def clip(tmp_path):
    return encode(tmp_path / "clip.mp4", noise(0))


def wait_for_keepers() -> None:
    for thread in list(lookup._keepers):
        thread.join()


def ask(model, video, cache=None, spec=SMALL, question="Why?", **options):
    """The record of a short answer; what is to be kept is kept afterwards."""
    sampling = Sampling(max_tokens=6)
    record = model.ask(video, question, spec=spec, sampling=sampling, cache=cache, **options).record
    wait_for_keepers()
    return record


def told(record, but=()) -> dict:
    """A record without what may differ: times, and where the tokens came from."""
    return {k: v for k, v in record.as_json().items() if k not in {*TIMES, "from_cache", *but}}


def files(cache) -> list[Path]:
    return sorted(path for path in cache.folder.rglob("*") if path.is_file())


# --- hits ------------------------------------------------------------------------------------


def test_the_second_process_decodes_nothing_and_tells_the_same(
    tiny, tiny_folder, clip, cache, monkeypatch
):
    first = ask(tiny, clip, cache)
    assert not first.from_cache
    again = sf_mlx.load(tiny_folder)

    def refuse(*arguments, **options):
        raise AssertionError("a video was opened, or a frame encoded")

    monkeypatch.setattr(models, "read_frames", refuse)
    monkeypatch.setattr(type(again.backbone), "encode", refuse)
    second = ask(again, clip, cache)
    assert set(again.weights._coming) == {"language"}
    assert second.from_cache
    assert told(second) == told(first)
    assert second.decode_seconds < 0.01 and second.frame_times == first.frame_times


def test_the_tokens_are_the_same_bits(tiny, clip, cache):
    with tiny.open(clip, spec=SMALL, cache=cache) as session:
        session.ask("Why?", sampling=Sampling(max_tokens=1)).finish()
        fresh = np.array(session._visual.tokens)
    wait_for_keepers()
    with tiny.open(clip, spec=SMALL, cache=cache) as session:
        session.ask("Why?", sampling=Sampling(max_tokens=1)).finish()
        assert session.from_cache and session.is_seen
        assert (np.array(session._visual.tokens) == fresh).all()


@pytest.mark.parametrize("dtype", [mx.float32, mx.float16, mx.bfloat16])
def test_every_dtype_comes_back_as_it_was(dtype, clip, tiny):
    frames = tiny.open(clip, spec=SMALL)._frames
    tokens = mx.random.normal((40, 128)).astype(dtype)
    seen = kept.VisualTokens(tokens, (0.0, 0.5))
    data = b"".join(kept.Kept.of(seen, frames).as_bytes({"a": 1}, {}))
    back = kept.from_bytes(data, {"a": 1}).visual()
    assert back.tokens.dtype == dtype and back.frame_times == (0.0, 0.5)
    assert mx.array_equal(back.tokens, tokens)


def test_same_bytes_under_another_name_are_known(tiny, clip, cache, tmp_path):
    first = ask(tiny, clip, cache)
    other = tmp_path / "elsewhere" / "other name.mp4"
    other.parent.mkdir()
    shutil.copy(clip, other)
    second = ask(tiny, other, cache)
    assert second.from_cache and second.video == str(other)
    assert told(second, ["video"]) == told(first, ["video"])
    assert len(list(cache.entries())) == 1


def test_warnings_and_notes_come_back_under_the_new_name(tiny, cache, tmp_path):
    damaged = encode(tmp_path / "damaged.mkv", moving_square(60))
    os.truncate(damaged, damaged.stat().st_size * 2 // 3)
    first = ask(tiny, damaged, cache, frames=200)
    assert len(first.warnings) >= 2, "a note on the number, and one on the damage"
    second = ask(tiny, damaged, cache, frames=200)
    assert second.from_cache and second.warnings == first.warnings
    other = damaged.with_stem("renamed")
    damaged.rename(other)
    third = ask(tiny, other, cache, frames=200)
    assert third.from_cache and third.warnings == ask(tiny, other, frames=200).warnings
    assert str(other) in " ".join(third.warnings) and str(damaged) not in " ".join(third.warnings)


def test_a_warning_that_names_no_file_at_its_beginning_is_not_renamed(tiny, clip):
    frames = tiny.open(clip, spec=SMALL)._frames
    frames.warnings.append(f"there is something in {frames.info.name}")
    seen = kept.Kept.of(kept.VisualTokens(mx.zeros((2, 2)), ()), frames)
    assert seen.called(frames.info.name) is seen
    assert seen.called("other.mp4") is None


def test_a_folder_of_pictures(tiny, cache, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i, frame in enumerate(noise(3, 5)):
        Image.fromarray(frame).save(folder / f"{i}.png")
    first = ask(tiny, folder, cache)
    assert ask(tiny, folder, cache).from_cache
    moved = folder.rename(tmp_path / "moved")
    assert ask(tiny, moved, cache).from_cache
    (moved / "4.png").rename(moved / "-1.png")  # another order
    changed = ask(tiny, moved, cache)
    assert not changed.from_cache and told(changed) == told(ask(tiny, moved))
    Image.fromarray(noise(4)[0]).save(moved / "9.png")
    more = ask(tiny, moved, cache)
    assert not more.from_cache and told(more) == told(ask(tiny, moved))
    (moved / "film.mp4").write_bytes(b"what it warns of")
    warned = ask(tiny, moved, cache)
    assert not warned.from_cache and len(warned.warnings) == len(first.warnings) + 1


def test_arrays_and_pipes_are_not_kept(tiny, cache):
    assert lookup.look_up(cache, "-", Reading(), SMALL, tiny) is None
    ask(tiny, noise(0), cache)
    assert files(cache) == []


def test_a_released_tower_is_no_hindrance(tiny_folder, clip, cache):
    model = sf_mlx.load(tiny_folder)
    first = ask(model, clip, cache, keep_vision=False)
    assert not model.backbone.sees
    assert told(ask(model, clip, cache)) == told(first)
    with pytest.raises(UsageError, match="released"):
        ask(model, clip, cache, frames=3)


# --- what a key is made of -------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"frames": 3},
        {"start": 0.1},
        {"end": 0.2},
        {"start": Percent(20)},
        {"fps": 10},
        {"at": [0.1, 0.2]},
        {"reading": Reading(exact=True)},
        {"reading": Reading(hwaccel=True)},
        {"reading": Reading(limits=Limits(pixels=10**6))},
        {"spec": SlowFast(4, 1, "concat", (2, 2))},
        {"spec": SlowFast(3, 2, "concat", (2, 2))},
        {"spec": SlowFast(4, 2, "spatial_1d_max_pool", (2, 2))},
        {"spec": SlowFast(4, 2, "concat", (4, 1))},
        {"spec": Pool("spatial_2d_avg_pool", 4)},
        {"spec": Pool("spatial_2d_max_pool", 4)},
    ],
)
def test_another_question_of_the_video_misses(tiny, clip, cache, options):
    ask(tiny, clip, cache)
    other = ask(tiny, clip, cache, **options)
    assert not other.from_cache
    assert told(other) == told(ask(tiny, clip, **options))
    assert ask(tiny, clip, cache, **options).from_cache and ask(tiny, clip, cache).from_cache


def test_a_limit_that_the_video_passes_is_still_an_error(tiny, clip, cache):
    ask(tiny, clip, cache)
    with pytest.raises(VideoLimitError):
        ask(tiny, clip, cache, reading=Reading(limits=Limits(pixels=100)))


def changed_weights(folder: Path, out: Path, name: str) -> Path:
    shutil.copytree(folder, out)
    weights = mx.load(str(folder / "model.safetensors"))
    found = next(n for n in weights if name in n)
    array = np.array(weights[found])
    array.flat[0] += 1
    weights[found] = mx.array(array)
    mx.save_safetensors(str(out / "model.safetensors"), weights)
    return out


@pytest.mark.parametrize("part", ["vision_tower", "multi_modal_projector"])
def test_other_weights_that_see_miss(tiny, tiny_folder, clip, cache, tmp_path, part):
    ask(tiny, clip, cache)
    other = sf_mlx.load(changed_weights(tiny_folder, tmp_path / "other", part))
    record = ask(other, clip, cache)
    assert not record.from_cache and told(record) == told(ask(other, clip))


def test_another_language_model_behind_the_same_tower_hits(
    tiny, tiny_folder, clip, cache, tmp_path
):
    ask(tiny, clip, cache)
    other = sf_mlx.load(changed_weights(tiny_folder, tmp_path / "other", "lm_head"))
    record = ask(other, clip, cache)
    assert record.from_cache and told(record) == told(ask(other, clip))


def test_a_copy_of_the_model_hits(tiny, tiny_folder, clip, cache, tmp_path):
    ask(tiny, clip, cache)
    copy = shutil.copytree(tiny_folder, tmp_path / "copy")
    assert ask(sf_mlx.load(copy), clip, cache).from_cache


def test_another_config_misses(tiny, tiny_folder, clip, cache, tmp_path):
    ask(tiny, clip, cache)
    copy = shutil.copytree(tiny_folder, tmp_path / "copy")
    config = json.loads((copy / "config.json").read_text())
    config["vision_feature_layer"] = -2
    (copy / "config.json").write_text(json.dumps(config))
    other = sf_mlx.load(copy)
    record = ask(other, clip, cache)
    assert not record.from_cache and told(record) == told(ask(other, clip))


def test_another_preprocessing_misses(tiny, tiny_folder, clip, cache, tmp_path):
    ask(tiny, clip, cache)
    copy = shutil.copytree(tiny_folder, tmp_path / "copy")
    (copy / "preprocessor_config.json").write_text(json.dumps({"image_mean": [0.1, 0.2, 0.3]}))
    other = sf_mlx.load(copy)
    assert not ask(other, clip, cache).from_cache


def test_another_machine_or_precision_misses(tiny, tiny_folder, clip, cache):
    ask(tiny, clip, cache)
    device = sf_mlx.device.current()
    half = sf_mlx.load(tiny_folder, device=replace(device, half_precision=True))
    assert half.backbone.dtype != tiny.backbone.dtype
    assert not ask(half, clip, cache).from_cache
    facts = replace(device, blas="another library")
    assert not ask(sf_mlx.load(tiny_folder, device=facts), clip, cache).from_cache
    # What decides nothing for this model
    memory = replace(device, memory=device.memory - 4096)
    assert ask(sf_mlx.load(tiny_folder, device=memory), clip, cache).from_cache


def test_another_version_misses(tiny, clip, cache, monkeypatch):
    ask(tiny, clip, cache)
    monkeypatch.setattr(lookup, "FORMAT", lookup.FORMAT + 1)
    assert not ask(tiny, clip, cache).from_cache


def test_other_code_or_another_library_misses(tiny, clip, cache, monkeypatch):
    ask(tiny, clip, cache)
    code = lookup.code()
    monkeypatch.setattr(lookup, "code", lambda: code + " ")
    assert not ask(tiny, clip, cache).from_cache
    monkeypatch.undo()
    monkeypatch.setattr(fingerprint, "SETTLED_SECONDS", 0.0)
    for library in ("av", "PIL", "numpy"):
        with monkeypatch.context() as patched:
            patched.setattr(sys.modules[library], "__version__", "0.0")
            assert lookup.code.__wrapped__() != code


def test_the_code_is_every_file_between_a_file_and_its_tokens(monkeypatch):
    read = []
    text = Path.read_text
    monkeypatch.setattr(
        Path, "read_text", lambda path, *_, **__: (read.append(path.name), text(path, "utf-8"))[1]
    )
    lookup.code.__wrapped__()
    assert {"slowfast.py", "vision.py", "device.py", "reader.py", "clip.py", "load.py"} < {*read}


@pytest.mark.parametrize("field", range(5))
def test_every_fact_of_the_file_system_counts(clip, field):
    """Device, inode, size, and the times of the last modification and change."""
    seen = fingerprint.Files.now([fingerprint.Stretch("", str(clip))])
    (facts,) = seen.stamps
    other = fingerprint.Stamp(*(value + (number == field) for number, value in enumerate(facts)))
    assert replace(seen, stamps=(other,)).as_row() != seen.as_row()
    assert not replace(seen, stamps=(other,)).is_unchanged() and seen.is_unchanged()


def test_every_fact_of_a_stretch_counts(clip):
    one = fingerprint.Stretch("name", str(clip), 3, 100)
    others = (replace(one, label="other"), replace(one, start=4), replace(one, size=101))
    never = threading.Event()
    rows, digests = set(), set()
    for each in (one, *others):
        seen = fingerprint.Files.now([each])
        rows.add(seen.as_row())
        digests.add(seen.digest(never))
    assert len(rows) == len(digests) == 4


def test_another_suffix_misses(tiny, clip, cache):
    """FFmpeg's guess at a format looks at it."""
    ask(tiny, clip, cache)
    assert not ask(tiny, clip.rename(clip.with_suffix(".mov")), cache).from_cache


def test_a_pooling_of_the_callers_own_is_not_kept(tiny, clip, cache):
    class Mine(SlowFast):
        pass

    ask(tiny, clip, cache, spec=Mine(4, 2, "concat", (2, 2)))
    assert files(cache) == []


# --- files that change -----------------------------------------------------------------------


def padded(path: Path, size: int) -> bytes:
    """A clip's bytes with a box at the end that says nothing, so that clips have one size."""
    data = path.read_bytes()
    left = size - len(data)
    return data + left.to_bytes(4, "big") + b"free" + bytes(left - 8)


@pytest.fixture
def twins(tmp_path):
    """Two clips of equal size, length and rate, and so with equal counts of tokens."""
    clips = [encode(tmp_path / f"twin{seed}.mp4", noise(seed)) for seed in (1, 2)]
    size = max(clip.stat().st_size for clip in clips) + 16
    return [padded(clip, size) for clip in clips]


def test_overwritten_in_place_with_equal_size_and_time(tiny, cache, tmp_path, twins):
    path = tmp_path / "video.mp4"
    path.write_bytes(twins[0])
    first = ask(tiny, path, cache)
    overwrite(path, twins[1])
    second = ask(tiny, path, cache)
    assert not second.from_cache
    assert told(second) == told(ask(tiny, path))
    assert second.visual_tokens == first.visual_tokens
    with tiny.open(path, spec=SMALL, cache=cache) as session:
        session.look()
        assert session.from_cache


def test_two_videos_in_turn_under_one_name(tiny, cache, tmp_path, twins):
    """A, B, A, B with equal counts of tokens: each gets its own."""
    path = tmp_path / "video.mp4"
    tokens, hits = [], []
    for turn in range(6):
        path.write_bytes(twins[turn % 2])
        with tiny.open(path, spec=SMALL, cache=cache) as session:
            while not session.is_seen:
                session.look()
            tokens.append(np.array(session._visual.tokens))
            hits.append(session.from_cache)
        wait_for_keepers()
    assert hits == [False, False, True, True, True, True]
    assert not (tokens[0] == tokens[1]).all()
    for turn in range(2, 6):
        assert (tokens[turn] == tokens[turn % 2]).all()


def test_another_videos_tokens_are_never_its(tiny, cache, tmp_path):
    clips = [encode(tmp_path / f"{seed}.mp4", noise(seed)) for seed in range(4)]
    alone = [told(ask(tiny, clip)) for clip in clips]
    for _ in range(2):
        assert [told(ask(tiny, clip, cache)) for clip in clips] == alone
    assert ask(tiny, clips[3], cache).from_cache


def test_a_file_that_has_just_changed_is_not_kept(tiny, clip, cache, monkeypatch):
    """A second change in the same tick of the file system's clock would not show."""
    monkeypatch.setattr(fingerprint, "SETTLED_SECONDS", 60.0)
    ask(tiny, clip, cache)
    assert files(cache) == []


def test_a_file_that_changes_while_it_is_read_is_not_kept(tiny, clip, cache, twins):
    with tiny.open(clip, spec=SMALL, cache=cache) as session:
        session._lookup._digests.result()
        data = clip.read_bytes()
        overwrite(clip, data[:-1] + b"x")
        while not session.is_seen:
            session.look()
        wait_for_keepers()
    assert cache.entries() == []


def test_weights_that_change_after_loading_are_not_used(tiny_folder, clip, cache, tmp_path):
    """What is in memory is not what is on the disk any more."""
    folder = shutil.copytree(tiny_folder, tmp_path / "model")
    model = sf_mlx.load(folder)
    ask(sf_mlx.load(tiny_folder), clip, cache)
    other = changed_weights(tiny_folder, tmp_path / "other", "vision_tower")
    shutil.copy(other / "model.safetensors", folder / "model.safetensors")
    assert not ask(model, clip, cache).from_cache
    assert len(cache.entries()) == 1
    late = ask(sf_mlx.load(folder), clip, cache)
    assert not late.from_cache and told(late) == told(ask(sf_mlx.load(other), clip), ["model"]) | {
        "model": str(folder)
    }


class Films(RuleBasedStateMachine):
    """Files that are overwritten, moved, copied and damaged, and asked about in every order."""

    model = truth = None
    names = st.sampled_from(("a.mp4", "b.mp4", "c.mp4"))
    contents = st.integers(0, 2)
    specs = st.sampled_from((SMALL, SlowFast(3, 2, "concat", (2, 2)), Pool("concat", 2)))

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.cache = Cache(self.folder / "cache", size=300_000)
        self.there: dict[str, int] = {}
        self.asked: set[tuple[int, object]] = set()

    def teardown(self):
        wait_for_keepers()
        shutil.rmtree(self.folder)

    def tick(self) -> None:
        """Until the file system's clock moves: two changes within a tick are another test's."""
        probe = self.folder / "probe"
        probe.touch()
        before = probe.stat().st_ctime_ns
        while probe.stat().st_ctime_ns == before:
            probe.touch()

    @rule(name=names, content=contents)
    def write(self, name, content):
        self.tick()
        new = self.folder / "new"
        new.write_bytes(self.truth[content][0])
        os.utime(new, (10**9, 10**9))
        new.rename(self.folder / name)
        self.there[name] = content

    @rule(name=names, content=contents)
    def overwrite(self, name, content):
        if name in self.there:
            self.tick()
            overwrite(self.folder / name, self.truth[content][0])
            self.there[name] = content

    @rule(one=names, other=names)
    def move(self, one, other):
        if one in self.there and one != other:
            self.tick()
            (self.folder / one).rename(self.folder / other)
            self.there[other] = self.there.pop(one)

    @rule(at=st.floats(0, 1), which=st.integers(0, 20))
    def damage(self, at, which):
        wait_for_keepers()
        if kept_files := [path for path in files(self.cache) if path.suffix]:
            path = kept_files[which % len(kept_files)]
            data = bytearray(path.read_bytes())
            data[int(at * (len(data) - 1))] ^= 1
            path.write_bytes(data)

    @rule(name=names, spec=specs)
    def ask(self, name, spec):
        if name not in self.there:
            return
        with self.model.open(self.folder / name, spec=spec, cache=self.cache) as session:
            while not session.is_seen:
                session.look()
            tokens = np.array(session._visual.tokens)
        wait_for_keepers()
        content = self.there[name]
        assert (tokens == self.truth[content][1][spec]).all()
        assert not session.from_cache or (content, spec) in self.asked
        self.asked.add((content, spec))


def test_any_order_of_changes_and_questions(tiny, tmp_path):
    """Each time the tokens are those of what the file holds now; all files have one size."""
    clips = [encode(tmp_path / f"{seed}.mp4", noise(seed)) for seed in range(3)]
    size = max(clip.stat().st_size for clip in clips) + 16
    Films.model, Films.truth = tiny, []
    for clip in clips:
        clip.write_bytes(padded(clip, size))
        tokens = {}
        for spec in (SMALL, SlowFast(3, 2, "concat", (2, 2)), Pool("concat", 2)):
            with tiny.open(clip, spec=spec) as session:
                while not session.is_seen:
                    session.look()
                tokens[spec] = np.array(session._visual.tokens)
        Films.truth.append((clip.read_bytes(), tokens))
    machine = Films.TestCase
    machine.settings = settings(
        max_examples=20, stateful_step_count=20, deadline=None,
        suppress_health_check=list(HealthCheck), derandomize=True,
    )  # fmt: skip
    machine().runTest()


# --- the first question does not wait --------------------------------------------------------


@pytest.fixture
def slow_hash(monkeypatch):
    """Hashing goes on when the event is set."""
    go, digest = threading.Event(), fingerprint.Files.digest

    def wait(files, stop):
        while not go.wait(0.01):
            if stop.is_set():
                return None
        return digest(files, stop)

    monkeypatch.setattr(fingerprint.Files, "digest", wait)
    yield go
    go.set()


def test_a_first_question_is_answered_while_the_hash_runs(tiny, clip, cache, slow_hash):
    answer = tiny.ask(clip, "Why?", spec=SMALL, sampling=Sampling(max_tokens=6), cache=cache)
    assert answer.text and files(cache) == []
    slow_hash.set()
    wait_for_keepers()
    assert ask(tiny, clip, cache).from_cache


def test_a_hash_that_comes_late_still_spares_the_rest(tiny, tmp_path, cache, slow_hash):
    """Known under another name, but that takes longer than the first pass of the tower."""
    slow_hash.set()
    clip = encode(tmp_path / "long.mp4", noise(0, 40))
    spec = SlowFast(20, 2, "concat", (2, 2))
    first = ask(tiny, clip, cache, spec=spec)
    slow_hash.clear()
    copy = shutil.copy(clip, tmp_path / "copy.mp4")
    lookup_patience, lookup.PATIENCE = lookup.PATIENCE, 0.0
    try:
        session = tiny.open(copy, spec=spec, cache=cache)
    finally:
        lookup.PATIENCE = lookup_patience
    assert session.look() is not None and not session.from_cache
    slow_hash.set()
    session._lookup._digests.result()
    assert session.look() is None and session.from_cache
    record = session.ask("Why?", sampling=Sampling(max_tokens=6)).record
    assert told(record, ["video"]) == told(first, ["video"])


def test_a_session_that_is_closed_or_dropped_ends_its_hash(tiny, clip, cache, slow_hash):
    before = threading.active_count()
    session = tiny.open(clip, spec=SMALL, cache=cache)
    session.close()
    session = tiny.open(clip, spec=SMALL, cache=cache)
    del session
    end = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.01)
    assert threading.active_count() <= before and files(cache) == []


def test_a_process_that_ends_waits_a_moment_and_no_longer(tiny, clip, cache, slow_hash):
    tiny.ask(clip, "Why?", spec=SMALL, sampling=Sampling(max_tokens=1), cache=cache).finish()
    started = time.monotonic()
    lookup.finish(0.05)
    assert time.monotonic() - started < 5 and files(cache) == []


# --- damage ----------------------------------------------------------------------------------


def entry(cache) -> Path:
    (found,) = cache.entries()
    return found.path


def test_a_byte_that_is_flipped_anywhere_is_noticed_and_repaired(tiny, clip, cache):
    """100 random places, and the first and last byte."""
    right = told(ask(tiny, clip, cache))
    path = entry(cache)
    good = path.read_bytes()
    rng = random.Random(0)
    places = (0, len(good) - 1, *(rng.randrange(len(good)) for _ in range(100)))
    for number, at in enumerate(places):
        damaged = bytearray(good)
        damaged[at] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        assert lookup.look_up(cache, clip, Reading(), SMALL, tiny).find() is None
        if number % 10 == 0:
            record = ask(tiny, clip, cache)
            assert not record.from_cache and told(record) == right
            assert path.read_bytes() == good
    path.write_bytes(good)
    assert ask(tiny, clip, cache).from_cache


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        lambda path: path.write_bytes(path.read_bytes() + b"\0"),
        lambda path: path.write_bytes(os.urandom(5000)),
        lambda path: path.write_bytes(b"\xff" * 40),
        lambda path: os.truncate(path, 1 << 36),
        lambda path: (path.unlink(), os.mkfifo(path)),
        lambda path: (path.unlink(), path.symlink_to("/dev/zero")),
    ],
)
def test_a_file_that_is_no_entry_is_a_miss_and_repaired(tiny, clip, cache, damage):
    right = told(ask(tiny, clip, cache))
    damage(entry(cache))
    record = ask(tiny, clip, cache)
    assert not record.from_cache and told(record) == right
    assert ask(tiny, clip, cache).from_cache


def test_a_folder_in_an_entrys_place_is_a_miss(tiny, clip, cache):
    right = told(ask(tiny, clip, cache))
    path = entry(cache)
    path.unlink()
    path.mkdir()
    for _ in range(2):
        record = ask(tiny, clip, cache)
        assert not record.from_cache and told(record) == right
    assert [p for p in cache.folder.rglob("*") if p.name.endswith(whole_file.PART)] == []


def test_an_entry_under_anothers_name_is_a_miss(tiny, cache, tmp_path, twins):
    """Whoever renames files in the cache gets no wrong answer."""
    paths = []
    for i, data in enumerate(twins):
        path = tmp_path / f"video{i}.mp4"
        path.write_bytes(data)
        ask(tiny, path, cache)
        paths.append(path)
    one, other = (found.path for found in cache.entries())
    one.rename(tmp_path / "aside")
    other.rename(one)
    (tmp_path / "aside").rename(other)
    for path in paths:
        record = ask(tiny, path, cache)
        assert not record.from_cache and told(record) == told(ask(tiny, path))


def with_header(data: bytes, change) -> bytes:
    """An entry with another header and a checksum that fits."""
    header, start = kept.parse_header(data)
    change(header)
    text = fingerprint.canonical(header).encode()
    body = len(text).to_bytes(8, "little") + text + data[start:-32]
    return body + kept._digest(body)


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header["__metadata__"].clear(),
        lambda header: header["__metadata__"].update(about="{}"),
        lambda header: header["__metadata__"].update(about="[" * 100_000),
        lambda header: header["__metadata__"].update(about='{"info": {"brand": "new"}}'),
        lambda header: header.pop("tokens"),
        lambda header: header["tokens"].update(dtype="F64"),
        lambda header: header["tokens"].update(shape=[1, 2]),
        lambda header: header["tokens"].update(shape=[header["tokens"]["shape"][0] * 2, 64]),
        lambda header: header["tokens"].update(dtype="F16", shape=[80, 128]),
    ],
)
def test_an_entry_of_another_version_is_a_miss_and_repaired(tiny, clip, cache, change):
    """The checksum fits, and the contents do not."""
    right = told(ask(tiny, clip, cache))
    path = entry(cache)
    good = path.read_bytes()
    path.write_bytes(with_header(good, change))
    assert path.read_bytes() != good
    record = ask(tiny, clip, cache)
    assert not record.from_cache and told(record) == right
    assert path.read_bytes() == good


def test_a_damaged_row_of_the_index_is_hashed_anew(tiny, clip, cache):
    ask(tiny, clip, cache)
    rows = list(cache.index.folder.iterdir())
    assert len(rows) == 2, "the video and the tower"
    for row in rows:
        good = row.read_bytes()
        for bad in (
            b"",
            b"0" * 81,
            good[:-1] + b"g",
            bytes([good[0] ^ 1]) + good[1:],
            b"\xff" * 99,
        ):
            row.write_bytes(bad)
            assert ask(tiny, clip, cache).from_cache
            assert row.read_bytes() == good


# --- the folder ------------------------------------------------------------------------------


def test_an_entry_is_a_safetensors_file_with_the_tokens_and_no_kv(tiny, clip, cache):
    record = ask(tiny, clip, cache)
    tensors = mx.load(str(entry(cache)), format="safetensors")
    assert set(tensors) == {"tokens", "sha256"}
    assert tensors["tokens"].shape == (record.visual_tokens, 128)
    assert entry(cache).stat().st_size < tensors["tokens"].nbytes + 10_000


def test_only_the_user_can_read_it(tiny, clip, cache):
    before = os.umask(0)
    try:
        ask(tiny, clip, cache)
    finally:
        os.umask(before)
    for path in cache.folder.iterdir():
        assert path.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in files(cache)} == {0o600}


def test_a_user_without_a_home_folder_keeps_nothing(tiny, clip, tmp_path, monkeypatch):
    """What would be `~/.cache` is no folder called `~` here."""
    monkeypatch.chdir(tmp_path)
    ask(tiny, clip, Cache("~/.cache/sf-mlx"))
    assert not (tmp_path / "~").exists()


def test_the_index_forgets_what_was_not_used_for_long(cache, tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprint, "_MOST_ROWS", 6)
    seen = []
    for number in range(9):
        path = tmp_path / str(number)
        path.write_bytes(b"x" * number)
        seen.append(fingerprint.Files.now([fingerprint.Stretch("", str(path))]))
        cache.index.put(seen[-1], f"{number:064x}")
        os.utime(cache.index.folder / seen[-1].as_row(), (number, number))
    known = [cache.index.get(files) for files in seen]
    assert known[0] is None and known[-1] == f"{8:064x}"
    assert len(list(cache.index.folder.iterdir())) <= 6


def test_an_address_of_a_file_is_the_file(tiny, clip, cache):
    ask(tiny, clip, cache)
    assert ask(tiny, f"file://{clip}", cache).from_cache


@pytest.mark.parametrize("name", ["visual", "index"])
def test_a_link_in_the_folders_place_is_not_followed(tiny, clip, cache, tmp_path, name):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    cache.folder.mkdir(parents=True)
    (cache.folder / name).symlink_to(elsewhere)
    ask(tiny, clip, cache)
    assert list(elsewhere.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_another_users_folder_is_not_written(tiny, clip, cache):
    (cache.folder / "visual").mkdir(parents=True)
    os.chown(cache.folder / "visual", 65534, 65534)
    ask(tiny, clip, cache)
    assert cache.entries() == []


def test_the_least_recently_used_goes_first(tiny, cache, tmp_path):
    clips = [encode(tmp_path / f"{seed}.mp4", noise(seed)) for seed in range(4)]
    ask(tiny, clips[0], cache)
    size = cache.nbytes
    small = Cache(cache.folder, size=size * 3 + 300)

    def age() -> None:
        for found in small.entries():
            os.utime(found.path, (found.used - 100, found.used - 100))

    for clip in clips[1:3]:
        age()
        ask(tiny, clip, small)
    age()
    assert ask(tiny, clips[0], small).from_cache  # used again
    age()
    ask(tiny, clips[3], small)
    assert small.nbytes <= small.size and len(small.entries()) == 3
    hits = [lookup.look_up(small, c, Reading(), SMALL, tiny).find() is not None for c in clips]
    assert hits == [True, False, True, True]


def test_what_is_larger_than_the_cache_is_not_kept(tiny, clip, own_places):
    cache = Cache(size=1000)
    ask(tiny, clip, cache)
    assert cache.entries() == []
    none = Cache(size=0)
    assert lookup.look_up(none, clip, Reading(), SMALL, tiny) is None


def test_the_list_says_what_is_there(tiny, clip, cache, tmp_path):
    ask(tiny, clip, cache)
    (cache._videos / f"{'0' * 64}-1.safetensors").write_bytes(b"no entry")
    (cache._videos / "notes.txt").write_bytes(b"somebody's")
    good, bad = sorted(cache.entries(), key=lambda found: found.video == "damaged")
    assert (good.video, good.model, good.frames) == (str(clip), tiny.name, 4)
    assert good.spec == str(SMALL) and good.nbytes == good.path.stat().st_size
    assert bad.video == "damaged"


def test_clear_removes_what_is_ours_and_nothing_else(tiny, clip, cache):
    ask(tiny, clip, cache)
    (cache._videos / "notes.txt").write_bytes(b"somebody's")
    (cache.folder / "film.mp4").write_bytes(b"somebody's")
    (cache._videos / f".x{whole_file.PART}").write_bytes(b"left by a killed process")
    assert cache.clear() == 1
    assert {path.name for path in files(cache)} == {"notes.txt", "film.mp4"}
    assert Cache(cache.folder / "nowhere").clear() == 0


def test_what_killed_writers_left_is_swept(tiny, clip, cache):
    cache._videos.mkdir(parents=True)
    old, new = (cache._videos / f".{name}{whole_file.PART}" for name in ("old", "new"))
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    ask(tiny, clip, cache)
    assert not old.exists() and new.exists()


# --- disks -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
@pytest.mark.parametrize("where", ["open", "mkdir", "write", "replace"])
def test_a_disk_that_refuses_keeps_nothing_and_breaks_nothing(
    tiny, clip, cache, monkeypatch, number, where
):
    def refuse(*arguments, **options):
        raise OSError(number, os.strerror(number))

    class Full:
        def __init__(self, handle, *mode):
            self.handle = handle

        def __enter__(self):
            return self

        def __exit__(self, *_):
            os.close(self.handle)

        write = refuse

    target, name, value = {
        "open": (whole_file.os, "open", refuse),
        "mkdir": (Path, "mkdir", refuse),
        "write": (whole_file.os, "fdopen", Full),
        "replace": (whole_file.os, "replace", refuse),
    }[where]
    right = told(ask(tiny, clip))
    if where == "open":  # only the writer's
        open_, value = (
            os.open,
            lambda path, flags, *rest, **options: (
                refuse() if flags & os.O_CREAT else open_(path, flags, *rest, **options)
            ),
        )
    if where == "write":
        real = os.fdopen

        def opened(handle, mode="r", *rest, **options):
            return Full(handle) if mode == "wb" else real(handle, mode, *rest, **options)

        value = opened
    with monkeypatch.context() as patched:
        patched.setattr(target, name, value)
        for _ in range(2):
            record = ask(tiny, clip, cache)
            assert told(record) == right and not record.from_cache
    assert files(cache) == []
    ask(tiny, clip, cache)
    assert ask(tiny, clip, cache).from_cache


SCRIPT = """
import sys
import sf_mlx
from sf_mlx import Cache, Sampling, fingerprint, lookup
from sf_mlx.slowfast import SlowFast
fingerprint.SETTLED_SECONDS = 0.0
def record(model, video, cache=None):
    found = model.ask(video, "Why?", spec=SlowFast(4, 2, "concat", (2, 2)), cache=cache,
                      sampling=Sampling(max_tokens=2)).record
    for thread in list(lookup._keepers):
        thread.join()
    return found
model = sf_mlx.load(sys.argv[1])
cache = Cache(sys.argv[2], size=int(sys.argv[3]))
"""


def run_script(script: str, *arguments: object, before: str = "") -> subprocess.Popen:
    command = [sys.executable, "-c", SCRIPT + script, *map(str, arguments)]
    if before:
        command = ["unshare", "-m", "sh", "-c", f'{before}; exec "$@"', "sh", *command]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(not CAN_MOUNT, reason="mounting is not permitted here")
def test_a_disk_that_is_really_full(tiny_folder, clip, tmp_path):
    """24 kB: the index fits and no entry does."""
    disk = tmp_path / "disk"
    disk.mkdir()
    script = """
import os
alone = record(model, sys.argv[4]).answer
for _ in range(3):
    found = record(model, sys.argv[4], cache)
    print(found.answer == alone, found.from_cache)
print(sorted(name[-8:] for _, _, names in os.walk(cache._videos) for name in names))
"""
    mount = f"mount -t tmpfs -o size=24k none {disk}"
    out, _ = run_script(script, tiny_folder, disk, 10**9, clip, before=mount).communicate()
    assert out.split("\n") == ["True False"] * 3 + ["[]", ""]


@pytest.mark.skipif(not CAN_MOUNT, reason="mounting is not permitted here")
def test_a_disk_that_is_really_read_only(tiny_folder, clip, tmp_path):
    """What is there is used; what is not is not kept."""
    disk, other = tmp_path / "disk", encode(tmp_path / "other.mp4", noise(7))
    disk.mkdir()
    script = """
import subprocess
record(model, sys.argv[4], cache)
subprocess.run(["mount", "-o", "remount,ro", sys.argv[2]], check=True)
print(record(model, sys.argv[4], cache).from_cache)
for _ in range(2):
    print(record(model, sys.argv[5], cache).answer == record(model, sys.argv[5]).answer)
print(len(cache.entries()))
"""
    mount = f"mount -t tmpfs -o size=8m none {disk}"
    out, _ = run_script(script, tiny_folder, disk, 10**9, clip, other, before=mount).communicate()
    assert out.split() == ["True", "True", "True", "1"]


def test_two_processes_on_one_cache(tiny, tiny_folder, tmp_path, cache):
    """200 operations on five videos with room for three, some of them damaged on the way."""
    clips = [encode(tmp_path / f"{seed}.mp4", noise(seed)) for seed in range(5)]
    two = Sampling(max_tokens=2)
    answers = [tiny.ask(clip, "Why?", spec=SMALL, sampling=two).text for clip in clips]
    ask(tiny, clips[0], cache)
    size = cache.nbytes * 3 + 1000
    script = """
import random
clips, hits = sys.argv[5:], 0
rng = random.Random(int(sys.argv[4]))
alone = [record(model, clip).answer for clip in clips]
for _ in range(100):
    i = rng.randrange(len(clips))
    found = record(model, clips[i], cache)
    assert found.answer == alone[i]
    hits += found.from_cache
    if rng.random() < 0.1:
        for entry in cache.entries()[:1]:
            try:
                with open(entry.path, "r+b") as file:
                    file.seek(rng.randrange(entry.nbytes))
                    file.write(b"?")
            except FileNotFoundError:
                pass
print(hits, *alone, sep="|")
"""
    running = [run_script(script, tiny_folder, cache.folder, size, n, *clips) for n in (1, 2)]
    for process in running:
        out, _ = process.communicate()
        assert process.returncode == 0
        hits, *alone = out.rstrip("\n").split("|")
        assert alone == answers
        assert 10 < int(hits) < 95, "found and not found both happened"
    assert cache.nbytes <= size * 5 // 3  # each may have made room for the other's last
    assert [p for p in files(cache) if p.name.endswith(whole_file.PART)] == []


def test_the_model_reads_what_a_process_before_kept(tiny, tiny_folder, clip, cache):
    """Entries are kept before a process ends, without anybody waiting for it."""
    script = """
model.ask(sys.argv[4], "Why?", spec=SlowFast(4, 2, "concat", (2, 2)), cache=cache,
          sampling=Sampling(max_tokens=1)).finish()
"""
    run_script(script, tiny_folder, cache.folder, 10**9, clip).communicate()
    assert ask(tiny, clip, cache).from_cache


def test_videos_from_a_square(tiny, tmp_path, cache):
    """A film that compresses well, with B-frames and an index of offsets."""
    clip = encode(tmp_path / "square.mkv", moving_square(30))
    assert told(ask(tiny, clip, cache)) == told(ask(tiny, clip, cache)) == told(ask(tiny, clip))
