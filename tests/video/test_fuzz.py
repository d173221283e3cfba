"""A short run over broken files; the long one is benchmarks/video_fuzz.py."""

import time
import warnings
from pathlib import Path

import pytest

from benchmarks.video_mutations import mutate
from sf_mlx.errors import SfMlxError
from sf_mlx.video import Selection, read_frames
from tests.video.clips import ODD

# mutations that broke something once: a stream that begins late, colour tags without a meaning,
# a container that cannot seek, a cut before the first keyframe
CAUGHT = [763, 1226, 3496, 5064, 20619, 26559]
MUTATIONS = [*range(300), *CAUGHT]


def seeds() -> list[bytes]:
    files = sorted(f for f in ODD.iterdir() if f.is_file())
    return [f.read_bytes() for f in files if 1000 < f.stat().st_size < 110_000]


def test_broken_files_end_in_frames_or_in_our_errors(tmp_path: Path) -> None:
    good = seeds()
    path = tmp_path / "broken"
    endings = {True: 0, False: 0}
    for number in MUTATIONS:
        path.write_bytes(mutate(good, number))
        begun = time.monotonic()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                with read_frames(path, Selection(frames=8), size=32) as frames:
                    assert sum(1 for _ in frames) == frames.count, number
                endings[True] += 1
            except SfMlxError as error:
                assert "\n" not in str(error), number
                endings[False] += 1
            except Exception as error:
                pytest.fail(f"mutation {number}: {error!r}")
        assert time.monotonic() - begun < 10, number
    assert min(endings.values()) > 50  # the mutations are neither harmless nor hopeless
