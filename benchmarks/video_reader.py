"""One way of reading 50 frames at 336x336, in its own process: run by benchmarks/video.py.

Usage: python video_reader.py METHOD FILE. Prints one JSON line with CPU and wall seconds and the
peak memory (bytes) above what the imports take, or {"missing": module}.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

FRAMES, SIZE = 50, 336


def midpoints(total: int) -> list[int]:
    """Upstream's get_seq_frames."""
    edges = np.round(float(total - 1) / FRAMES * np.arange(FRAMES + 1)).astype(int)
    return [int(i) for i in (edges[:-1] + edges[1:]) // 2]


def small(picture: Any) -> Any:
    """Upstream's resize."""
    return np.asarray(
        Image.fromarray(picture).resize((SIZE, SIZE), Image.Resampling.BICUBIC), np.uint8
    )


def ours(exact: bool) -> Callable[[str], list[Any]]:
    from sf_mlx.video import Reading, Selection, read_frames

    reading = Reading(Selection(FRAMES), exact)
    return lambda path: [frame.image for frame in read_frames(path, reading, size=SIZE)]


def decord() -> Callable[[str], list[Any]]:
    """What upstream's load_video does."""
    import decord  # type: ignore[import-not-found]

    def read(path: str) -> list[Any]:
        reader = decord.VideoReader(path, num_threads=1)
        return [small(picture) for picture in reader.get_batch(midpoints(len(reader))).asnumpy()]

    return read


def opencv_seek() -> Callable[[str], list[Any]]:
    """One seek a frame, as mlx-vlm's load_video does."""
    import cv2  # type: ignore[import-not-found]

    def read(path: str) -> list[Any]:
        capture = cv2.VideoCapture(path)
        pictures = []
        for index in midpoints(int(capture.get(cv2.CAP_PROP_FRAME_COUNT))):
            capture.set(cv2.CAP_PROP_POS_FRAMES, index)
            pictures.append(cv2.cvtColor(capture.read()[1], cv2.COLOR_BGR2RGB))
        return [small(picture) for picture in pictures]

    return read


def straight() -> Callable[[str], list[Any]]:
    """Decode everything with PyAV, keep the wanted frames."""
    import av

    def read(path: str) -> list[Any]:
        with av.open(path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            wanted = set(midpoints(stream.frames))
            return [
                small(frame.to_ndarray(format="rgb24"))
                for index, frame in enumerate(container.decode(stream))
                if index in wanted
            ]

    return read


METHODS: dict[str, Callable[[], Callable[[str], list[Any]]]] = {
    "sf-mlx": lambda: ours(exact=False),
    "sf-mlx --exact": lambda: ours(exact=True),
    "decord": decord,
    "OpenCV, seek a frame": opencv_seek,
    "PyAV, straight": straight,
}


def main() -> None:
    method, path = sys.argv[1:3]
    try:
        read = METHODS[method]()
    except ImportError as error:
        print(json.dumps({"missing": error.name}))
        return
    before = peak_memory()
    wall, cpu = time.perf_counter(), cpu_seconds()
    pictures = read(path)
    print(
        json.dumps(
            {
                "cpu": cpu_seconds() - cpu,
                "wall": time.perf_counter() - wall,
                "memory": peak_memory() - before,
                "frames": len(pictures),
            }
        )
    )


def cpu_seconds() -> float:
    """Of this process and its threads."""
    times = os.times()
    return times.user + times.system


def peak_memory() -> int:
    """Largest resident set so far, bytes."""
    # Linux counts in KiB, macOS in bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1 if sys.platform == "darwin" else 1024
    )


if __name__ == "__main__":
    main()
