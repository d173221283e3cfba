"""Reads thousands of broken videos and pictures: no crash, no hang, no memory, only our own errors.

    python benchmarks/video_fuzz.py [--videos 10000] [--pictures 3000] [--seed 0]

--pictures is for each format; every third of them also lies in a folder beside a sound one. The
readers run in child processes, so that a crash inside a decoder library is counted and the run goes
on. Prints how all ended, and every mutation that broke a rule.
"""

import argparse
import io
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.video_mutations import mutate  # noqa: E402

SEEDS = ROOT / "tests" / "data" / "video" / "odd"
SLOW = 10.0  # seconds of CPU: the machine may be busy with other things
HANGS = 60  # seconds
LARGE = 1 << 30  # bytes
_LARGEST_SEED = 110_000  # bytes; larger ones say no more and take longer
# what one child reads, so that its peak memory says something about few files
_BATCH = 500
# endings that break a rule
BROKEN = ("ESCAPED", "LONG_MESSAGE", "SLOW", "LARGE", "CRASH", "HANG", "OUTPUT", "SPOILT_FOLDER")
FORMATS = (
    *("JPEG", "PNG", "APNG", "WebP", "WebP animated", "BMP", "TIFF", "AVIF", "AVIF animated"),
    "GIF",
)


def videos(count: int, seed: int = 0) -> Counter[str]:
    """How the reading of `count` mutated videos ends; the rules broken are named in `BROKEN`."""
    return Counter(ending.split(":")[0] for ending in _all("videos", count, seed))


def pictures(count: int, seed: int = 0) -> Counter[str]:
    """How the reading of `count` mutated pictures of each format ends, as `videos`."""
    return Counter(
        ending.split(":")[0]
        for number in range(len(FORMATS))
        for ending in _all(f"pictures {number}", count, seed)
    )


@cache
def video_seeds() -> list[bytes]:
    """The small good and odd clips, and a joined stream."""
    files = sorted(f for f in SEEDS.iterdir() if f.is_file())
    found = [f.read_bytes() for f in files if 1000 < f.stat().st_size < _LARGEST_SEED]
    stream = (SEEDS / "start_10s.ts").read_bytes()[: 188 * 250]
    return [*found, stream + stream]


@cache
def picture_seeds(kind: str) -> list[bytes]:
    """Small sound pictures of a format, in some of its varieties."""
    from PIL import Image

    noise = random.Random(0)
    page = Image.radial_gradient("L").resize((48, 40))
    pages = [
        Image.merge("RGB", [page.rotate(20 * i), page, page.rotate(-20 * i)]) for i in range(4)
    ]
    rough = Image.frombytes("RGB", (33, 31), noise.randbytes(33 * 31 * 3))
    images = [pages[0], rough, page]
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "maker"
    form = kind.split()[0].upper()
    varieties: list[dict[str, object]] = [{}]
    if form == "TIFF":
        names = ("raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits")
        varieties = [{"compression": name} for name in names]
    elif form == "JPEG":
        varieties = [{"exif": exif}, {"progressive": True}, {"quality": 20, "exif": exif}]
    elif form in ("WEBP", "AVIF", "PNG"):
        varieties = [{"exif": exif}, {"lossless": True}, {}]
    if kind == "APNG" or "animated" in kind or kind == "GIF":
        varieties = [{"save_all": True, "append_images": pages[1:], "duration": 100}]
        images = [pages[0]]
    seeds = []
    for image in images:
        for variety in varieties:
            file = io.BytesIO()
            image.save(file, "PNG" if form == "APNG" else form, **variety)
            seeds.append(file.getvalue())
    return seeds


def child(what: str, first: int, last: int) -> None:
    """Read mutations first ... last-1; one line each before and after."""
    kind, _, form = what.partition(" ")
    good = video_seeds() if kind == "videos" else picture_seeds(FORMATS[int(form)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gif"
        if kind == "pictures":
            (Path(folder) / "b.bmp").write_bytes(picture_seeds("BMP")[0])
        for number in range(first, last):
            print("start", number, flush=True)
            path.write_bytes(mutate(good, number))
            signal.alarm(HANGS)
            begun = time.process_time()
            ending = _read(path)
            if kind == "pictures" and number % 3 == 0:
                beside = _read(Path(folder))
                if not beside.startswith("read"):
                    ending = beside if beside.startswith("ESCAPED") else f"SPOILT_FOLDER: {beside}"
            seconds = time.process_time() - begun
            signal.alarm(0)
            if seconds > SLOW:
                ending = f"SLOW: {seconds:.1f} seconds ({ending})"
            if _peak() > LARGE:
                ending = f"LARGE: {_peak() >> 20} MB ({ending})"
            sys.stderr.flush()
            print("end", number, ending, flush=True)


def _read(path: Path) -> str:
    from sf_mlx.errors import SfMlxError
    from sf_mlx.video import Selection, read_frames

    try:
        with read_frames(path, Selection(frames=8), size=32) as frames:
            count = sum(1 for _ in frames)
            ending = "read" if count == frames.count else "ESCAPED: other frames than announced"
            return ending + (" with warnings" if frames.warnings else "")
    except SfMlxError as error:
        if not str(error).isprintable() or len(str(error)) > 400:
            return f"LONG_MESSAGE: {error!r:.400}"
        return type(error).__name__
    except Exception as error:
        return f"ESCAPED: {type(error).__name__}: {error!s:.150}".replace("\n", " ")


def _peak() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024)


def _all(what: str, count: int, seed: int) -> Iterator[str]:
    """The endings of mutations, the numbers of those that broke a rule with them."""
    number, last = seed, seed + count
    while number < last:
        number = yield from _watch(what, number, min(last, number + _BATCH))


def _watch(what: str, first: int, stop: int) -> Generator[str, None, int]:
    """Run a child over mutations from `first` on; returns where the next one has to begin."""
    command = [sys.executable, "-W", "always", __file__, "--child", what, str(first), str(stop)]
    number, begun = first, False
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True)
        assert process.stdout is not None
        heard = 0
        for line in process.stdout:
            word, at, *rest = line.rstrip("\n").split(maxsplit=2)
            number, begun = int(at), True
            if word == "end":
                if os.fstat(said.fileno()).st_size > heard:
                    words = os.pread(said.fileno(), 200, heard).decode(errors="replace")
                    heard = os.fstat(said.fileno()).st_size
                    yield f"OUTPUT: {what} {number}: {words!r}"
                else:
                    broke = rest[0].startswith(BROKEN)
                    yield f"{rest[0]} [{what} {number}]" if broke else rest[0]
                number += 1
        status = process.wait()
        if not begun:
            raise SystemExit(os.pread(said.fileno(), 10_000, 0).decode(errors="replace"))
    if status:
        name = "HANG" if status == -signal.SIGALRM else "CRASH"
        yield f"{name}: {what} {number}: the process ended with status {status}"
        return number + 1
    return stop


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=10_000)
    parser.add_argument("--pictures", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        what, first, last = arguments.child
        child(what, int(first), int(last))
        return
    kinds = [("videos", "videos", arguments.videos)]
    kinds += [(f"pictures {i}", name, arguments.pictures) for i, name in enumerate(FORMATS)]
    broken: list[str] = []
    for what, name, count in kinds:
        endings: Counter[str] = Counter()
        for ending in _all(what, count, arguments.seed):
            endings[ending.split(":")[0]] += 1
            if ending.startswith(BROKEN):
                broken.append(ending)
        said = ", ".join(f"{number} {ending}" for ending, number in endings.most_common())
        print(f"{count} {name}: {said}", flush=True)
    print(f"{len(broken)} broke a rule")
    for line in broken:
        print(" ", line)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
