"""What FFmpeg does not tell of a file's first bytes and header, read once when it is found."""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

# bytes at the beginning that tell formats apart
HEAD = 4096

# boxes of an MP4/MOV header that are looked at; a real one has hundreds
_MAX_BOXES = 100_000
# composition offsets of all tracks; more than any film within the limits has
_MAX_OFFSETS = 5_000_000
_TO_SAMPLE_TABLE = (b"mdia", b"minf", b"stbl")

_EBML = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"

# what Pillow reads and FFmpeg's container formats are not
_STILLS = (b"\xff\xd8\xff", b"\x89PNG", b"BM", b"II*\0", b"MM\0*")


class Track(NamedTuple):
    """What the header of an MP4/MOV track says; empty where it is not found.

    `matrix`: nine integers (ISO 14496-12, 8.3.2); `sample_entries`: four-character codes of
    its sample descriptions, ``encv`` for Common Encryption; `offsets`: int64 [K,2], how many
    samples in a row are shown how long after their decoding time (``ctts``, 8.6.1.3).
    """

    matrix: tuple[int, ...] | None = None
    sample_entries: frozenset[bytes] = frozenset()
    offsets: npt.NDArray[np.int64] = np.zeros((0, 2), np.int64)


@dataclass(frozen=True)
class Header:
    """A file's first bytes, at most `HEAD`, and what its header says.

    Attributes
    ----------
    tracks: of an MP4/MOV file, by their ids; empty for any other.
    cut: a Matroska/WebM file that ends before its header says (FFmpeg reads it in silence).
    """

    head: bytes
    tracks: dict[int, Track] = field(default_factory=dict)
    cut: bool = False

    def track(self, number: int) -> Track:
        """The track with this id."""
        return self.tracks.get(number, Track())


def read_header(file: BinaryIO) -> Header:
    """Read what is needed of a file, whatever it is; what is damaged is left out."""
    head = file.read(HEAD)
    size = file.seek(0, os.SEEK_END)
    if head.startswith(_EBML):
        return Header(head, cut=_is_cut(head, size))
    if is_still(head):
        return Header(head)
    return Header(head, _Movie(file).tracks(size))


def is_still(head: bytes) -> bool:
    """Whether a file is a picture or an animation for Pillow, by its first bytes."""
    return (
        head.startswith(_STILLS)
        or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
        or bool({b"avif", b"avis"} & brands(head))
    )


def brands(head: bytes) -> set[bytes]:
    """The major brand and the compatible ones of an ISO media file; none for any other."""
    if head[4:8] != b"ftyp":
        return set()
    listed = head[16 : int.from_bytes(head[:4])]
    return {head[8:12], *(listed[i : i + 4] for i in range(0, len(listed), 4))}


def _is_cut(head: bytes, size: int) -> bool:
    """Whether the segment (RFC 9559, 5.1) is longer than the file; False where it does not say."""
    header, length = _number(head[4:])
    start = 4 + length + (header or 0)
    if head[start : start + 4] != _SEGMENT:
        return False
    segment, length = _number(head[start + 4 :])
    return segment is not None and start + 4 + length + segment > size


def _number(data: bytes) -> tuple[int | None, int]:
    """A variable-size integer (RFC 8794, 4) and its length; None where it is open or missing."""
    if not data or not data[0]:
        return None, 1
    length = 9 - data[0].bit_length()
    value = int.from_bytes(data[:length], "big") & ((1 << 7 * length) - 1)
    # all ones: a live recording that never learnt its size
    return (None if value == (1 << 7 * length) - 1 else value), length


class _Movie:
    """The header of an MP4/MOV file; boxes and offsets are bounded over all its tracks."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._boxes_left = _MAX_BOXES
        self._offsets_left = _MAX_OFFSETS

    def tracks(self, size: int) -> dict[int, Track]:
        """The tracks up to the first place that cannot be read."""
        found: dict[int, Track] = {}
        try:
            movie = self._first(b"moov", 0, size)
            for kind, start, end in self._boxes(*movie) if movie else ():
                if kind == b"trak" and (head := self._first(b"tkhd", start, end)):
                    number, matrix = self._head(head[0])
                    # of two with the same id the first counts
                    if number not in found:
                        found[number] = Track(matrix, *self._sample_table(start, end))
        except (OSError, struct.error):
            pass
        return found

    def _head(self, start: int) -> tuple[int, tuple[int, ...]]:
        """A track's id and matrix."""
        self._file.seek(start)
        wide = self._file.read(4)[:1] == b"\1"  # version 1 has 64-bit times
        body = self._file.read(92 if wide else 80)
        (number,) = struct.unpack_from(">I", body, 16 if wide else 8)
        return number, struct.unpack_from(">9i", body, 48 if wide else 36)

    def _sample_table(self, start: int, end: int) -> tuple[frozenset[bytes], npt.NDArray[np.int64]]:
        for name in _TO_SAMPLE_TABLE:
            found = self._first(name, start, end)
            if found is None:
                return Track().sample_entries, Track().offsets
            start, end = found
        entries, offsets = Track().sample_entries, Track().offsets
        # in both boxes version, flags and the number of entries come first
        for kind, at, until in self._boxes(start, end):
            if kind == b"stsd":
                entries = frozenset(inner for inner, _, _ in self._boxes(at + 8, until))
            elif kind == b"ctts":
                self._file.seek(at + 4)
                (count,) = struct.unpack(">I", self._file.read(4))
                count = min(count, self._offsets_left, max(until - at - 8, 0) // 8)
                self._offsets_left -= count
                data = self._file.read(8 * count)
                # signed in both versions, as FFmpeg reads them
                whole = np.frombuffer(data[: len(data) // 8 * 8], ">i4")
                offsets = whole.reshape(-1, 2).astype(np.int64)
        return entries, offsets

    def _first(self, kind: bytes, start: int, end: int) -> tuple[int, int] | None:
        """Where the contents of the first box of this type begin and end."""
        return next((box[1:] for box in self._boxes(start, end) if box[0] == kind), None)

    def _boxes(self, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
        """Type, start and end of the contents of each box."""
        while start + 8 <= end and self._boxes_left > 0:
            self._boxes_left -= 1
            self._file.seek(start)
            size, kind = struct.unpack(">I4s", self._file.read(8))
            header = 8
            if size == 1:
                (size,) = struct.unpack(">Q", self._file.read(8))
                header = 16
            elif size == 0:
                size = end - start
            if size < header:
                return
            yield kind, start + header, min(start + size, end)
            start += size
