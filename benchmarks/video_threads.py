"""Readers and decoder threads: the old rule against the chosen ones, and a sweep, in one run.

    python benchmarks/video_threads.py [--quick] [--clip NAME ...] [--rounds 2] [--sweep NAME ...]

50 frames at 336x336 of each kind of clip, each run in a process of its own, taken in turn; medians.
"old" is the fixed rule of 200 MB: two readers with one thread each at 1080p. "RxT, D": readers,
threads of each decoder, drawers of each reader. All ways must give the same pictures. "8 there":
seconds until the first eight pictures, a pass of the tower, can be had; "MB": the peak above the
imports. Makes its clips (0.6 GB; 0.1 with --quick) in --cache, otherwise for this run alone. Needs
numpy, PyAV and Pillow, no MLX. `--cores N` leaves it N cores (Linux).
"""

import argparse
import hashlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from video_clips import X264, Clip, make
from video_reader import cpu_seconds, peak_memory

ROOT = Path(__file__).resolve().parent.parent
FRAMES, SIZE, PASS = 50, 336, 8

_X265 = "keyint=60:min-keyint=60:open-gop=1:bframes=3:scenecut=0:log-level=none"
_ONE_GOP = {"g": "9999", "keyint_min": "9999", "b": "4M"}
_AV1 = {"preset": "11", "g": "120", "b": "3M", "svtav1-params": "lp=4"}
_VP9 = {"deadline": "realtime", "cpu-used": "7", "row-mt": "1", "g": "120", "b": "4M"}


def _clip(
    name: str, title: str, size: tuple[int, int], seconds: int, piece: int, *how: Any
) -> Clip:
    return Clip(name, title, *size, seconds, piece, *how)


HD, UHD = (1920, 1080), (3840, 2160)
CLIPS = [
    _clip("hd.mp4", "1 min 1080p, a keyframe each 250 frames", HD, 60, 250,
          "libx264", "yuv420p", X264 | {"b": "4M"}),
    _clip("uhd.mp4", "10 s 4K, a keyframe each 60", UHD, 10, 60,
          "libx264", "yuv420p", X264 | {"g": "60", "b": "20M"}),
    _clip("hevc10.mp4", "30 s 1080p HEVC 10-bit, open GOPs of 60", HD, 30, 60,
          "libx265", "yuv420p10le", {"preset": "superfast", "x265-params": _X265, "b": "4M"}),
    _clip("av1.mp4", "30 s 1080p AV1, a keyframe each 120", HD, 30, 120,
          "libsvtav1", "yuv420p", _AV1),
    _clip("vp9.webm", "30 s 1080p VP9, a keyframe each 120", HD, 30, 120,
          "libvpx-vp9", "yuv420p", _VP9),
    _clip("one_gop.mp4", "8 s 1080p in one GOP", HD, 8, 240,
          "libx264", "yuv420p", X264 | _ONE_GOP),
    _clip("hour.mp4", "1 h 720p, a keyframe each 250", (1280, 720), 3600, 250,
          "libx264", "yuv420p", X264 | {"b": "900k"}),
]  # fmt: skip
# the first clip once more: from a slow disk, and through a pipe
SLOW = {"slow disk": "disk", "slow pipe": "pipe"}
NAMES = [*(clip.name.partition(".")[0] for clip in CLIPS), *SLOW]

# bytes a second of the disk and of the pipe; seconds of a seek; bytes that the disk reads at a time
_RATE, _SEEK, _BLOCK = 16_000_000, 0.008, 256 << 10

SWEEP = ["1x1", "2x1", "4x1", "8x1", "1x2", "1x4", "1x8", "1x16", "2x4", "4x2", "2x8", "4x4"]

Result = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short clips, one round, no sweep")
    parser.add_argument("--clip", action="append", choices=NAMES, help="only these")
    parser.add_argument("--sweep", action="append", choices=NAMES, help="sweep these; hd")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--cores", type=int, help="use only so many")
    parser.add_argument("--cache", type=Path, help="keep the clips here")
    parser.add_argument("--make", help=argparse.SUPPRESS)
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.worker:
        print(json.dumps(_measure(*told.worker)))
        return
    if told.make:
        make(_clip_of(told.make, told.quick), [], told.cache)
        return
    if told.cores:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: told.cores])
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    print(f"{platform.platform()}, {cores} cores, load {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        cache = told.cache or Path(scratch)
        for name in told.clip or NAMES:
            title, path = _made(name, told.quick, cache)
            ways = ["old", "chosen"]
            if not told.quick and name in (told.sweep or ["hd"]):
                ways += [way for way in SWEEP if in_all(way) <= cores]
            _compare(title, path, SLOW.get(name, ""), ways, 1 if told.quick else told.rounds)


def in_all(way: str) -> int:
    """How many threads decode in all."""
    readers, threads = way.split("x")
    return int(readers) * int(threads)


def _clip_of(name: str, quick: bool) -> Clip:
    """What a kind reads; with `quick` a sixth of it, in whole pieces to keep its structure."""
    clip = CLIPS[0 if name in SLOW else NAMES.index(name)]
    if not quick:
        return clip
    pieces = max(1, clip.seconds * 30 // clip.piece // 6)
    return replace(clip, seconds=pieces * clip.piece // 30, name="short_" + clip.name)


def _made(name: str, quick: bool, cache: Path) -> tuple[str, Path]:
    """A clip's title and path."""
    clip = _clip_of(name, quick)
    begun = time.perf_counter()
    # in a process of its own: on Linux another's peak memory begins at ours
    subprocess.run(
        [sys.executable, __file__, "--make", name, "--cache", str(cache)] + ["--quick"] * quick,
        env=os.environ | {"PYTHONPATH": str(ROOT), "SVT_LOG": "1"},
        check=True,
    )
    title = f"{name}: {clip.title}" if name in SLOW else clip.title
    title += f", but {clip.seconds} s" if quick else ""
    return f"{title} (made in {time.perf_counter() - begun:.0f} s)", cache / clip.name


def _compare(title: str, path: Path, slow: str, ways: list[str], rounds: int) -> None:
    print(f"\n{title}\n{'':18} {'wall s':>7} {'CPU s':>7} {'MB':>6} {'8 there':>8}   against old")
    runs: dict[str, list[Result]] = {way: [] for way in ways}
    for _ in range(rounds):  # in turn, so that a busy minute hits everybody
        for way in ways:
            done = subprocess.run(
                [sys.executable, __file__, "--worker", str(path), way, slow],
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
            )
            if done.returncode:
                raise SystemExit(f"{way} on {path.name} failed:\n{done.stderr}")
            runs[way].append(json.loads(done.stdout.splitlines()[-1]))
    pictures = {run["pictures"] for results in runs.values() for run in results}
    numbers = ("wall", "cpu", "memory", "pass")
    median = {w: {k: statistics.median(r[k] for r in runs[w]) for k in numbers} for w in ways}
    for way, row in median.items():
        name = way if "x" in way else f"{way} {runs[way][0]['how']}"
        print(
            f"{name:18} {row['wall']:7.2f} {row['cpu']:7.2f} {row['memory'] / 1e6:6.0f} "
            f"{row['pass']:8.2f}   wall {row['wall'] / median['old']['wall']:.2f}, "
            f"CPU {row['cpu'] / median['old']['cpu']:.2f}",
            flush=True,
        )
    if len(pictures) > 1:
        raise SystemExit(f"{path.name}: not all ways give the same pictures")


def _measure(path: str, way: str, slow: str) -> Result:
    """One run, in this process."""
    from sf_mlx.video import Reading, Selection, film, read_frames, reader
    from sf_mlx.video.parallelism import Parallelism, Work

    used: list[Parallelism] = []
    chosen = film.choose

    def choose(work: Work, cores: int, memory: int) -> Parallelism:
        one = chosen(work, cores, memory)
        if way == "old":
            one = Parallelism(*_old(work.pixels, work.deep, len(work.packets), cores))
        elif way != "chosen":
            readers, threads = map(int, way.split("x"))
            one = Parallelism(readers, threads, 2)
        used.append(one)
        return one

    film.choose = choose
    if way == "old":  # the decoder skipped what it need not decode
        reader.test_for = lambda *_: None
    if slow == "disk":
        _slow_disk()
    if slow == "pipe":
        _slow_pipe(path)
    before = peak_memory()
    wall, cpu = time.perf_counter(), cpu_seconds()
    pictures, there = hashlib.sha1(), 0.0
    for number, frame in enumerate(
        read_frames("-" if slow == "pipe" else path, Reading(Selection(FRAMES)), size=SIZE), 1
    ):
        pictures.update(frame.image)
        if number == PASS:
            there = time.perf_counter() - wall
    return {
        "wall": time.perf_counter() - wall,
        "cpu": cpu_seconds() - cpu,
        "memory": peak_memory() - before,
        "pass": there,
        "pictures": pictures.hexdigest(),
        "how": f"{used[-1].readers}x{used[-1].threads}, {used[-1].drawers}",
    }


def _old(pixels: int, deep: bool, runs: int, cores: int) -> tuple[int, int, int]:
    """Readers, threads and drawers as they were until this rule was written."""
    readers = min(4, cores, 150_000_000 // (pixels * (36 if deep else 26)))
    picture = pixels * (3 if deep else 1.5)
    drawers = int(picture + 3 * pixels <= 32_000_000)
    if readers > 1 and runs >= 2 * readers:
        return readers, 1, drawers
    return 1, min(8, cores, 1 + int(32_000_000 // (3 * picture))), drawers


class _Disk:
    """One head for all who read: a block costs its bytes, and a seek where it lies elsewhere."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._head = 0

    def fetch(self, file: Any, start: int) -> bytes:
        with self._lock:
            time.sleep(_BLOCK / _RATE + (_SEEK if start != self._head else 0))
            self._head = start + _BLOCK
            file.seek(start)
            data: bytes = file.read(_BLOCK)
            return data


class _SlowFile:
    """A file on a slow disk, as far as FFmpeg asks."""

    def __init__(self, path: str, disk: _Disk) -> None:
        self._file = open(path, "rb")  # noqa: SIM115
        self._size = os.path.getsize(path)
        self._disk = disk
        self._at = 0
        self._start, self._block = -1, b""

    def read(self, count: int) -> bytes:
        start = self._at // _BLOCK * _BLOCK
        if start != self._start:
            self._start, self._block = start, self._disk.fetch(self._file, start)
        data = self._block[self._at - start :][:count]
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        self._file.close()


def _slow_disk() -> None:
    """Let FFmpeg read every file from one slow disk."""
    import av

    from sf_mlx.video import open as opening

    disk, real = _Disk(), av.open

    class Slow:
        def __getattr__(self, name: str) -> Any:
            return getattr(av, name)

        def open(self, path: str, **options: Any) -> Any:
            return real(_SlowFile(path.removeprefix("file:"), disk), **options)

    opening.av = Slow()  # type: ignore[assignment]


def _slow_pipe(path: str) -> None:
    """Standard input becomes a pipe into which the file drips."""
    out, into = os.pipe()
    os.dup2(out, 0)

    def drip() -> None:
        with open(path, "rb") as file, open(into, "wb", buffering=0) as pipe:
            begun, sent = time.perf_counter(), 0
            while data := file.read(_BLOCK):
                pipe.write(data)
                sent += len(data)
                time.sleep(max(0.0, begun + sent / _RATE - time.perf_counter()))

    threading.Thread(target=drip, daemon=True).start()


if __name__ == "__main__":
    main()
