"""Decode chosen frames of one file, seeking where that is cheaper than decoding on.

The rules that make seeking exact were measured on many files:
seek to a keyframe's own stamp and never to the target; check that the first frame out is not past
the target; re-open to read from the beginning; and skip frames that no other frame needs only in
H.264 and HEVC.
"""

from bisect import bisect_right
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

import av
import numpy as np
from av.video.frame import VideoFrame

from sf_mlx.video.clock import LARGEST
from sf_mlx.video.nal import test_for
from sf_mlx.video.open import LocalFile, Opened, open_video
from sf_mlx.video.timeline import Timeline, packets_of

# decoders in which skipping non-reference frames loses nothing else (libdav1d loses frames)
_SKIPPING = {"h264", "hevc"}
# containers in which one packet is one whole picture
_WHOLE_PICTURES = ("mov", "matroska")


class IndexLies(Exception):
    """The container's index does not match its frames: the file has to be read straight through."""


@dataclass(frozen=True)
class Found:
    """The answer to one target: the frame, whether it is the one asked, whether it is damaged."""

    target: int
    frame: VideoFrame
    hit: bool
    corrupt: bool


class Reader:
    """One open container that yields the frames at given stamps.

    Parameters
    ----------
    timeline: the file's; targets are values of its `pts`.
    threads: of the decoder.
    seek: False reads straight through, whatever the index says.
    hwaccel: see `Reading`.
    cancelled: asked between packets; true ends the reading at once.
    opened: the file at its beginning, to be used and closed; opened here where None.
    """

    def __init__(
        self,
        file: LocalFile,
        timeline: Timeline,
        *,
        threads: int = 1,
        seek: bool = True,
        hwaccel: bool = False,
        cancelled: Callable[[], bool] = lambda: False,
        opened: Opened | None = None,
    ) -> None:
        self._file = file
        self._timeline = timeline
        self._threads = threads
        self._seek = seek and timeline.source != "count" and timeline.seekable
        self._hwaccel = hwaccel
        self._cancelled = cancelled
        self._untouched = opened
        self.lap = file.watch.start()
        self._opened: Opened | None = None
        self._frames: Generator[VideoFrame, None, None] | None = None
        self._pending: VideoFrame | None = None  # decoded, not yet asked for
        self._last: VideoFrame | None = None  # the last one that was passed over
        self._position: int | None = None  # its pts, None right after a seek
        self._drained = False  # the decoder was emptied early: only a seek can go on
        self._may_drain = True
        self._target = 0
        self._targets: list[int] = []
        self._ends: list[int] = []  # stamps at which the targets' successors are shown
        self._seek_follows = False  # after this target
        self._count = 0
        self._broken = False  # a packet since the last keyframe could not be decoded
        self.errors = 0

    def close(self) -> None:
        """Release the decoder and the file."""
        self._stop()
        if self._untouched is not None:
            self._untouched.container.close()

    def _stop(self) -> None:
        if self._frames is not None:
            self._frames.close()
        self._frames = self._pending = self._last = self._position = None
        if self._opened is not None:
            self._opened.container.close()
        self._opened = None

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, targets: Sequence[int]) -> Iterator[Found]:
        """The frames at ascending, distinct stamps, one `Found` for each target.

        A target that does not come out of the decoder (a damaged file) is answered with the
        nearest frame that does; targets with no frame at all near them are left out.

        Raises
        ------
        IndexLies
        VideoLimitError, and what `open_video` raises.
        """
        keys = self._timeline.keys
        owners = np.searchsorted(keys, targets, side="right") - 1
        later = np.append(self._timeline.pts, LARGEST)
        self._targets = list(targets)
        self._ends = later[np.searchsorted(later, targets, side="right")].tolist()
        for i, target in enumerate(targets):
            if self._cancelled():
                return
            self._target = target
            last = i + 1 == len(targets)
            self._seek_follows = last or self._worth_seeking(target, int(owners[i + 1]))
            found = self._find(target, max(int(owners[i]), 0))
            if found is not None:
                yield found

    def first(self) -> int | None:
        """The first pts that can be decoded from the beginning; None for none."""
        self._start_at(0)
        frame = self._peek()
        return None if frame is None else self._key(frame)

    def last_from(self, owner: int) -> int | None:
        """The last pts reached from keyframe `owner` on before the first error; None for none."""
        last = None
        self._start_at(owner)
        assert self._frames is not None
        for frame in self._frames:
            if self.errors:
                break
            last = frame.pts if last is None else max(last, self._key(frame))
        return last

    def _find(self, target: int, owner: int) -> Found | None:
        if not self._seek:
            if self._frames is None:
                self._start_at(0)
            return self._scan(target)
        if self._frames is None or self._drained or self._worth_seeking(self._position, owner):
            self._start_before(target, owner)
        found = self._scan(target)
        if self._drained and (found is None or not found.hit) and not self._cancelled():
            self._may_drain = False
            self._start_before(target, owner)
            found = self._scan(target)
            self._may_drain = True
        return found

    def _start_before(self, target: int, owner: int) -> None:
        """Seek to the target's keyframe, or one or three back where that is no place to begin.

        It yields only later frames, or it is damaged: what a decoder has not seen before is grey,
        while after a sound keyframe it fills the holes of a damaged one from the frames before.
        """
        early = None
        for back in (0, 1, 3):
            self._start_at(max(owner - back, 0))
            first = self._peek()
            reached = first is not None and self._key(first) <= target
            if owner <= back and (reached or early is None):
                return
            if first is not None and reached:
                if not (first.is_corrupt or self._broken):
                    return
                early = back
        if early is None:
            raise IndexLies
        self._start_at(max(owner - early, 0))

    def _worth_seeking(self, position: int | None, owner: int) -> bool:
        """Whether more frames lie up to a keyframe than are in the decoder anyway."""
        if position is None:
            return True
        pts = self._timeline.pts
        here, there = np.searchsorted(pts, [position, self._timeline.keys[max(owner, 0)]])
        return bool(there - here > 2 * self._threads)

    def _start_at(self, owner: int) -> None:
        """Decode from this keyframe on."""
        # in MPEG-TS a seek to the start lands after the first keyframes
        if owner == 0 or self._opened is None:
            self._stop()
            self._opened, self._untouched = self._untouched, None
            if self._opened is None:
                self._opened = open_video(self._file, hwaccel=self._hwaccel)
            # the decoder itself begins with the first packet
            self._opened.stream.codec_context.thread_count = self._threads
            self._count = 0
        elif self._frames is not None:
            self._frames.close()
        container, stream, _ = self._opened
        places = self._timeline.key_places
        try:
            if owner and places is None:
                container.seek(int(self._timeline.keys[owner]), stream=stream)
            elif owner and places is not None:
                container.seek(int(places[owner]), unsupported_byte_offset=True)
        except (av.FFmpegError, OSError):
            raise IndexLies from None
        self._pending = self._last = self._position = None
        self._drained = self._broken = False
        self._frames = self._decode(self._opened)

    def _key(self, frame: VideoFrame) -> int:
        assert frame.pts is not None
        return frame.pts

    def _peek(self) -> VideoFrame | None:
        if self._pending is None and self._frames is not None:
            self._pending = next(self._frames, None)
        return self._pending

    def _scan(self, target: int) -> Found | None:
        """Decode on until the target, or until it has been passed."""
        while (frame := self._peek()) is not None:
            key = self._key(frame)
            if key > target:
                break
            self._position, self._last, self._pending = key, None, None
            # later frames refer to a damaged one, until a sound keyframe
            self._broken = frame.is_corrupt or (self._broken and not frame.key_frame)
            if key == target:
                return Found(target, frame, True, self._broken)
            self._last = frame
        near = [f for f in (self._last, frame) if f is not None]
        if not near or self._cancelled():
            return None
        best = min(near, key=lambda f: abs(self._key(f) - target))
        return Found(target, best, False, best.is_corrupt)

    def _decode(self, opened: Opened) -> Generator[VideoFrame, None, None]:
        """Frames in order of showing from where the container stands."""
        container, stream, _ = opened
        context = stream.codec_context
        skipping = self._seek and context.name in _SKIPPING and not context.is_hwaccel
        whole = container.format.name.startswith(_WHOLE_PICTURES)
        repairs, place = self._timeline.repairs, 0
        flushed = False
        disposable = test_for(context.name, context.extradata) if skipping else None
        try:
            for packet in packets_of(container, stream):
                if self._cancelled():
                    return
                flushed = not packet.size
                self.lap.check()
                if repairs is not None and packet.size:
                    place = place if packet.pos is None else packet.pos
                    packet.pts = repairs.stamp(packet.pts, place)
                if skipping:
                    wanted = self._wants(packet.pts)
                    if not wanted and disposable is not None and disposable(packet):
                        continue
                    context.skip_frame = "DEFAULT" if wanted else "NONREF"
                last_needed = packet.size > 0 and packet.pts == self._target and self._seek_follows
                yield from self._accepted(packet.decode)
                if last_needed and whole and self._seek and self._may_drain:
                    # the next target needs a seek: push this one out instead of decoding on
                    self._drained = True
                    yield from self._accepted(lambda: context.decode(None))
                    return
        except (av.FFmpegError, OSError):  # of the demuxer: the file ends here
            self.errors += 1
        if not flushed:
            yield from self._accepted(lambda: context.decode(None))

    def _wants(self, stamp: int | None) -> bool:
        """Whether a packet may hold a part of an asked frame; its second field is later.

        What lies behind the last one may be asked next, when it has gone to the decoder already.
        """
        if stamp is None or not self._targets or stamp >= self._ends[-1]:
            return True
        i = bisect_right(self._targets, stamp) - 1
        return i >= 0 and stamp < self._ends[i]

    def _accepted(self, decode: Callable[[], Sequence[object]]) -> Iterator[VideoFrame]:
        """The usable frames of one call of the decoder."""
        try:
            frames = [f for f in decode() if isinstance(f, VideoFrame)]
        except av.FFmpegError:
            self.errors += 1
            self._broken = True
            return
        for frame in frames:
            self.lap.frame()
            if self._timeline.source == "count":
                frame.pts = self._count
                self._count += 1
            if frame.pts is None:
                continue
            if self._timeline.source == "index" and not self._timeline.has(frame.pts):
                raise IndexLies
            yield frame
