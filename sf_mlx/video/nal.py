"""Which packets of H.264 and HEVC hold nothing that another picture refers to.

The decoder can skip such pictures itself, but each would wait for one of its threads to be free.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.stream import VideoStream

Test = Callable[["Packet[VideoStream]"], bool]

# ITU-T H.264, table 7-1: a slice of a picture that is no IDR; SEI, delimiter, filler
_H264_SLICE, _H264_ASIDE = 1, {6, 9, 12}
# ITU-T H.265, table 7-1: sub-layer non-reference pictures; delimiter, filler, SEI
_HEVC_SLICES, _HEVC_ASIDE = {0, 2, 4, 6, 8, 10, 12, 14}, {35, 38, 39, 40}


def test_for(codec: str, extradata: bytes | None) -> Test | None:
    """A function that says whether a packet is one picture that no other needs.

    It says no wherever it is not sure. None for a codec or a framing that it does not know.
    """
    if extradata is None or not extradata or extradata[0] != 1:
        return None  # start codes
    if codec == "h264" and len(extradata) > 4:
        width, is_free = (extradata[4] & 3) + 1, _free_in_h264
    elif codec == "hevc" and len(extradata) > 21:
        width, is_free = (extradata[21] & 3) + 1, _free_in_hevc
    else:
        return None

    def disposable(packet: Packet[VideoStream]) -> bool:
        data = memoryview(packet)
        at, slices = 0, 0
        while at + width < len(data):
            length = int.from_bytes(data[at : at + width])
            free = is_free(data[at + width])
            if free is None or not length:
                return False
            slices += free
            at += width + length
        return slices > 0 and at == len(data)

    return disposable


def _free_in_h264(first: int) -> bool | None:
    """True for a slice that nobody needs, False for what may be dropped with it, otherwise None."""
    kind = first & 31
    if kind in _H264_ASIDE:
        return False
    return True if kind == _H264_SLICE and not first & 0x60 else None


def _free_in_hevc(first: int) -> bool | None:
    kind = first >> 1 & 63
    if kind in _HEVC_ASIDE:
        return False
    return True if kind in _HEVC_SLICES else None
