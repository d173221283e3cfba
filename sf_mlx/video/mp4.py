"""What PyAV does not show of an MP4/MOV header: display matrix, encryption, composition offsets."""

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

# boxes in one file or track; a real file has tens
_MAX_BOXES = 10_000
# composition offsets; more than any film within the limits has
_MAX_OFFSETS = 5_000_000
_TO_SAMPLE_TABLE = (b"mdia", b"minf", b"stbl")


class Track(NamedTuple):
    """What a track's header says; empty where it is not found.

    `matrix`: nine integers (ISO 14496-12, 8.3.2); `sample_entries`: four-character codes of
    its sample descriptions, ``encv`` for Common Encryption; `offsets`: int64 [K,2], how many
    samples in a row are shown how long after their decoding time (``ctts``, 8.6.1.3).
    """

    matrix: tuple[int, ...] | None = None
    sample_entries: frozenset[bytes] = frozenset()
    offsets: npt.NDArray[np.int64] = np.zeros((0, 2), np.int64)


def track(path: str, number: int) -> Track:
    """The track with this id."""
    try:
        with open(path, "rb") as file:
            file.seek(0, 2)
            for kind, start, end in _boxes(file, 0, file.tell()):
                if kind == b"moov":
                    return _in_movie(file, start, end, number)
    except (OSError, struct.error):
        pass
    return Track()


def _in_movie(file: BinaryIO, start: int, end: int, number: int) -> Track:
    for kind, inner, inner_end in _boxes(file, start, end):
        if kind != b"trak":
            continue
        for head, at, _ in _boxes(file, inner, inner_end):
            if head == b"tkhd":
                file.seek(at)
                wide = file.read(4)[:1] == b"\1"  # version 1 has 64-bit times
                body = file.read(92 if wide else 80)
                if struct.unpack_from(">I", body, 16 if wide else 8) == (number,):
                    matrix = struct.unpack_from(">9i", body, 48 if wide else 36)
                    return Track(matrix, *_sample_table(file, inner, inner_end))
    return Track()


def _sample_table(
    file: BinaryIO, start: int, end: int
) -> tuple[frozenset[bytes], npt.NDArray[np.int64]]:
    for name in _TO_SAMPLE_TABLE:
        found = next((box for box in _boxes(file, start, end) if box[0] == name), None)
        if found is None:
            return frozenset(), Track().offsets
        _, start, end = found
    entries, offsets = Track().sample_entries, Track().offsets
    # in both boxes version, flags and the number of entries come first
    for kind, at, until in _boxes(file, start, end):
        if kind == b"stsd":
            entries = frozenset(inner for inner, _, _ in _boxes(file, at + 8, until))
        elif kind == b"ctts":
            file.seek(at + 4)
            (count,) = struct.unpack(">I", file.read(4))
            data = file.read(max(min(8 * min(count, _MAX_OFFSETS), until - at - 8), 0))
            # signed in both versions, as FFmpeg reads them
            offsets = (
                np.frombuffer(data[: len(data) // 8 * 8], ">i4").reshape(-1, 2).astype(np.int64)
            )
    return entries, offsets


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Type, start and end of the contents of each box."""
    for _ in range(_MAX_BOXES):
        if start + 8 > end:
            return
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8))
        header = 8
        if size == 1:
            (size,) = struct.unpack(">Q", file.read(8))
            header = 16
        elif size == 0:
            size = end - start
        if size < header:
            return
        yield kind, start + header, min(start + size, end)
        start += size
