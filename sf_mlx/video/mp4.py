"""The one thing in an MP4/MOV header that PyAV does not show without decoding: the rotation."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

# boxes in one file or track; a real file has tens
_MAX_BOXES = 10_000


def matrix_of(path: str, track: int) -> tuple[int, ...] | None:
    """The track header's display matrix (ISO 14496-12, 8.3.2): nine integers, None if absent."""
    try:
        with open(path, "rb") as file:
            file.seek(0, 2)
            for kind, start, end in _boxes(file, 0, file.tell()):
                if kind == b"moov":
                    return _in_movie(file, start, end, track)
    except (OSError, struct.error):
        pass
    return None


def _in_movie(file: BinaryIO, start: int, end: int, track: int) -> tuple[int, ...] | None:
    for kind, inner, inner_end in _boxes(file, start, end):
        if kind != b"trak":
            continue
        for head, at, _ in _boxes(file, inner, inner_end):
            if head == b"tkhd":
                file.seek(at)
                wide = file.read(4)[:1] == b"\1"  # version 1 has 64-bit times
                body = file.read(92 if wide else 80)
                (number,) = struct.unpack_from(">I", body, 16 if wide else 8)
                if number == track:
                    return struct.unpack_from(">9i", body, 48 if wide else 36)
    return None


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
