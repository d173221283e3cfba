"""Whether a Matroska/WebM file ends before its header says; FFmpeg reads such a file in silence."""

_EBML = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"


def is_cut(path: str, file_size: int) -> bool:
    """Whether the segment (RFC 9559, 5.1) is longer than the file; False where it does not say."""
    try:
        with open(path, "rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    start = _after_header(head)
    if head[start : start + 4] != _SEGMENT:
        return False
    size, length = _number(head[start + 4 :])
    return size is not None and start + 4 + length + size > file_size


def _after_header(head: bytes) -> int:
    if not head.startswith(_EBML):
        return 0
    size, length = _number(head[4:])
    return 4 + length + (size or 0)


def _number(data: bytes) -> tuple[int | None, int]:
    """A variable-size integer (RFC 8794, 4) and its length; None where it is open or missing."""
    if not data or not data[0]:
        return None, 1
    length = 9 - data[0].bit_length()
    value = int.from_bytes(data[:length], "big") & ((1 << 7 * length) - 1)
    # all ones: a live recording that never learnt its size
    return (None if value == (1 << 7 * length) - 1 else value), length
