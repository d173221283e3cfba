"""How many readers, decoder threads and drawers a video gets, by its work, the cores and memory.

Readers share the stretches between keyframes: no packet is decoded twice, but each reader holds a
decoder's pictures, and all are done at about the same time. Threads inside one decoder need little
memory and give pictures in order, but gain less and start anew at every seek. `choose` estimates
what each combination takes and picks, of the quick ones, the smallest.

docs/video.md has a table of choices; benchmarks/video_threads.py measures them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from heapq import heapreplace

# The memory model, in bytes a pixel of the coded picture, above all that was measured
# (docs/video.md): a decoder with one thread, and its drawing; each further thread; each picture
# that is drawn meanwhile, which is the frame and its RGB.
_READER_BYTES = {"8 bits": 27, "deep": 36}
_THREAD_BYTES = {"8 bits": 5, "deep": 6}
_DRAWER_BYTES = {"8 bits": 5, "deep": 6}

# with the pictures that wait (17 MB for 50) reading stays below 200 MB
SMALL = 175_000_000
# of the memory that is free
_SHARE = 1 / 8

# more decoding threads than this were not worth their CPU time
_MOST_THREADS = 8
# n threads of one decoder are n ** this times as quick as one
_THREAD_GAIN = 0.75
# in packets decoded: what opening a file takes (FFmpeg decodes some); drawing a picture, where
# FFmpeg scales deep ones at once and large ones are reduced first; what the caller does with one
# (of 1080p; an H100's tower needs half a packet's time, a small Mac's forty)
_OPENING = 10
_DRAWING, _DRAWING_DEEP, _DRAWING_LARGE = 4, 0.5, 1.5
_SEEING = 1
_HD = 1920 * 1088
# runs that are followed one by one
_FOLLOWED = 64
# so much slower than the quickest may be what takes less memory
_NEAR = 1.25


@dataclass(frozen=True)
class Work:
    """What has to be decoded of one file.

    Attributes
    ----------
    pixels: of a coded picture.
    deep: more than 8 bits a component.
    threaded: its decoder can use threads.
    packets: of each run, which is what one seek reaches: from its keyframe to its last picture.
    pictures: asked of each run.
    ahead: pictures that may wait for the caller; readers further ahead than that stand still.
    """

    pixels: int
    deep: bool
    threaded: bool
    packets: Sequence[int]
    pictures: Sequence[int]
    ahead: int


@dataclass(frozen=True)
class Parallelism:
    """How a file is read.

    Attributes
    ----------
    readers: threads that read, each with the file open.
    threads: of the decoder of each.
    drawers: pictures that are drawn while each reader decodes on; 0: it draws them itself.
    """

    readers: int = 1
    threads: int = 1
    drawers: int = 0


def share_of(free: int, cores: int, low_memory: bool) -> int:
    """Bytes that reading may take.

    Two cores cannot use more than the small promise buys.
    """
    return SMALL if low_memory or cores <= 2 else max(SMALL, int(free * _SHARE))


def choose(work: Work, cores: int, memory: int) -> Parallelism:
    """The smallest of the quick combinations that fit.

    Parameters
    ----------
    cores: that the process may use; one is left to the caller where there are more than two.
    memory: bytes that reading may take. Below what one reader needs it is one with one thread.
    """
    most = max(1, min(_MOST_THREADS, cores if cores <= 2 else cores - 1))
    runs = min(max(1, len(work.packets)), 1 + work.ahead // max(1, max(work.pictures, default=1)))
    work = _coarse(work)
    options = [
        Parallelism(readers, threads, drawers)
        for readers in range(1, min(most, runs) + 1)
        for threads in range(1, (most // readers if work.threaded else 1) + 1)
        for drawers in range(1, max(1, most // readers) + 1)
    ]
    fitting = [one for one in options if peak_bytes(work, one) <= memory] or [Parallelism()]
    cost = {one: duration(work, one, cores) for one in fitting}
    if cores <= 2:  # no time to give away, and memory is bounded as it is
        return min(fitting, key=lambda one: (cost[one], -one.readers, peak_bytes(work, one)))
    quick = [one for one in fitting if cost[one] <= _NEAR * min(cost.values())]
    return min(quick, key=lambda one: (peak_bytes(work, one), cost[one]))


def peak_bytes(work: Work, told: Parallelism) -> int:
    """Memory that reading takes at most, without the finished pictures."""
    bits = "deep" if work.deep else "8 bits"
    one = _READER_BYTES[bits] + (told.threads - 1) * _THREAD_BYTES[bits]
    return told.readers * work.pixels * (one + told.drawers * _DRAWER_BYTES[bits])


def _coarse(work: Work) -> Work:
    """The same with neighbouring runs put together where there are very many."""
    step = -(-len(work.packets) // _FOLLOWED)
    if step <= 1:
        return work
    starts = range(0, len(work.packets), step)
    packets, pictures = (
        [sum(counts[i : i + step]) for i in starts] for counts in (work.packets, work.pictures)
    )
    return replace(work, packets=packets, pictures=pictures)


def duration(work: Work, told: Parallelism, cores: int) -> float:
    """Estimated time until the caller has seen the last picture, in packets decoded by one thread.

    He sees them in order, so what a reader finished early waits for the runs before.
    """
    readers = [float(_OPENING)] * told.readers
    seen, drawing, seeing = 0.0, _drawing(work), _SEEING * min(1, _HD / work.pixels)
    for packets, pictures in zip(work.packets, work.pictures, strict=True):
        begun, took = readers[0], _run(packets, pictures * drawing, told)
        heapreplace(readers, begun + took)  # a run goes to the reader that is free first
        first, last = begun + took / max(1, pictures), begun + took
        seen = max(max(seen, first) + pictures * seeing, last + seeing)
    # no machine does more at a time than it has cores
    return max(seen, (sum(work.pictures) * drawing + sum(work.packets)) / cores)


def _drawing(work: Work) -> float:
    if work.deep:
        return _DRAWING_DEEP
    return _DRAWING_LARGE if work.pixels > _HD else _DRAWING


def _run(packets: int, drawing: float, told: Parallelism) -> float:
    """How long one reader takes for one run; its threads fill at the beginning."""
    decoding = (packets + told.threads - 1) / float(told.threads**_THREAD_GAIN)
    if not told.drawers:
        return decoding + drawing
    return max(decoding, drawing / told.drawers)
