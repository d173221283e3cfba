"""A video file: what it is, when its frames are, and the pictures of chosen ones."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
from av.codec.codec import Capabilities
from av.video.format import VideoFormat

from sf_mlx.device import cores, free_memory, has_videotoolbox
from sf_mlx.errors import TruncatedVideoError
from sf_mlx.video.crew import Assignment, Crew, pictures_ahead
from sf_mlx.video.info import Shot, VideoInfo
from sf_mlx.video.open import LocalFile, Opened, open_video
from sf_mlx.video.parallelism import Parallelism, Work, choose, share_of
from sf_mlx.video.picture import Turn, turn_from_matrix
from sf_mlx.video.reader import IndexLies, Reader
from sf_mlx.video.select import Reading, is_constant_rate, shown_at
from sf_mlx.video.timeline import Timeline, from_index, from_packets
from sf_mlx.video.times import Times, format_stretches

# decoders with threads of FFmpeg's, or (AV1) of their own
_THREADS = Capabilities.frame_threads | Capabilities.slice_threads | Capabilities.auto_threads


@dataclass
class Film:
    """A video file that is ready to be read (see `Clip`).

    Attributes
    ----------
    threaded: its decoder can use threads.
    opened: the file as FFmpeg has it open since the timeline was read, for the first reader; None
        where that took it to its end.
    """

    file: LocalFile
    info: VideoInfo
    timeline: Timeline
    threaded: bool
    opened: Opened | None = None
    warnings: list[str] = field(default_factory=list)
    timed: bool = True

    @property
    def times(self) -> Times:
        """float64 [T]: seconds of every frame from the first."""
        return self.timeline.times

    def settle(self, reading: Reading = Reading()) -> None:
        """Find out by decoding what the timeline cannot know: where a damaged file really ends.

        Raises
        ------
        TruncatedVideoError: no frame can be decoded.
        """
        name = self.file.name
        if self.timeline.doubtful:
            self._set(self._decodable(reading))
        timeline = self.timeline
        if timeline.source == "count":
            self._set(self._counted(reading))
        elif timeline.cut:
            last = self._last_decodable()
            if last is None:
                raise TruncatedVideoError(
                    f"{name}: the file is cut short and no frame can be decoded. "
                    "Download or copy it again."
                )
            self._set(timeline.within(int(timeline.pts[0]), last))
            left = len(self.timeline.pts)
            of = f"{left} of {timeline.promised}" if timeline.promised > left else f"only {left}"
            self.warnings.append(f"{name}: the file is cut short: {of} frames.")
        elif bad := len(timeline.damaged) + timeline.lost:
            stretches = timeline.damaged_stretches
            where = f" ({format_stretches(stretches)})" if stretches else ""
            self.warnings.append(
                f"{name}: the file is damaged: {bad} of {len(timeline.pts) + bad} frames are "
                f"missing or broken{where}."
            )

    def _decodable(self, reading: Reading) -> Timeline:
        """The timeline without the frames at the beginning whose references are missing."""
        with self._reader(reading) as reader:
            first = reader.first()
        timeline = replace(self.timeline, doubtful=False)
        last = int(timeline.pts[-1])
        return timeline.within(last + 1 if first is None else first, last)

    def _last_decodable(self) -> int | None:
        """The pts of the last frame that a file cut short gives before its decoder complains.

        None where neither the last two keyframes nor the beginning can be decoded.
        """
        count = len(self.timeline.keys)
        for owner in dict.fromkeys((count - 1, max(count - 2, 0), 0)):
            with Reader(self.file, self.timeline) as reader:
                try:
                    last = reader.last_from(owner)
                except IndexLies:  # the container cannot seek there
                    continue
            if last is not None:
                return last
        return None

    def _reader(self, reading: Reading) -> Reader:
        """A reader that works alone, from the beginning."""
        threads = self._parallelism(reading, [len(self.timeline.pts)], [0]).threads
        return Reader(self.file, self.timeline, threads=threads, seek=False)

    def _parallelism(
        self, reading: Reading, packets: list[int], pictures: list[int], ahead: int = 0
    ) -> Parallelism:
        """How to read runs of so many packets and asked pictures."""
        pixels = self.info.stored_width * self.info.stored_height
        work = Work(pixels, _deep(self.info), self.threaded, packets, pictures, ahead)
        return choose(work, cores(), share_of(free_memory(), cores(), reading.low_memory))

    def _counted(self, reading: Reading) -> Timeline:
        """The timeline of a stream without stamps, with the frames that really come out of it."""
        with self._reader(reading) as reader:
            last = reader.last_from(0)
        pts = np.arange(0 if last is None else last + 1, dtype=np.int64)
        return replace(self.timeline, pts=pts)

    def _set(self, timeline: Timeline) -> None:
        if not len(timeline.pts):
            raise TruncatedVideoError(
                f"{self.file.name}: no frame can be decoded. Download or copy the file again."
            )
        self.timeline = timeline
        rate = Fraction(self.info.fps).limit_denominator(100_000) if self.info.fps else None
        self.info = replace(
            self.info, frames=len(timeline.pts), duration=timeline.duration(rate or None)
        )

    def pictures(
        self, indices: Sequence[int], size: int, reading: Reading
    ) -> Generator[Shot, None, None]:
        """One shot for each frame index (ascending, distinct), size x size pixels."""
        hwaccel = reading.hwaccel
        if hwaccel and not has_videotoolbox():
            self.warnings.append("There is no VideoToolbox on this machine; decoding in software.")
            hwaccel = False
        if hwaccel:
            self.close()  # it is open for decoding in software
        timeline = self.timeline
        stamps = [int(timeline.pts[i]) for i in indices]
        # whether several hardware decoders pay was not measured on a Mac
        whole = hwaccel or not timeline.seekable
        runs = [list(range(len(stamps)))] if whole else _runs(timeline, stamps)
        pictures = [len(run) for run in runs]
        packets = _packets(timeline, [(stamps[run[0]], stamps[run[-1]]) for run in runs])
        told = Assignment(
            self.file,
            timeline,
            seek=True,
            size=size,
            exact=reading.exact,
            hwaccel=hwaccel,
            parallelism=self._parallelism(reading, packets, pictures, pictures_ahead(size)),
        )
        crew = Crew(told, runs, stamps, self._hand_over())
        try:
            yield from crew.shots_in_order()
        except IndexLies:
            self.warnings.append(
                f"{self.file.name}: the file's index does not match its frames; "
                "it was read straight through."
            )
            times = timeline.times[list(indices[crew.taken :])].tolist()
            yield from self._straight(told, times, reading)

    def beside(self) -> "Film":
        """The same timeline; its readers open the file themselves."""
        return replace(self, opened=None, warnings=list(self.warnings))

    def close(self) -> None:
        """Close the file, where no reader has taken it over."""
        if opened := self._hand_over():
            opened.container.close()

    def _hand_over(self) -> Opened | None:
        opened, self.opened = self.opened, None
        return opened

    def _straight(
        self, told: Assignment, times: Sequence[float], reading: Reading
    ) -> Generator[Shot, None, None]:
        """The frames shown at these times, by decoding everything from the beginning."""
        opened = open_video(self.file)
        with opened.container:
            timeline = from_packets(self.file, opened)
        owners = shown_at(timeline.times, times)
        distinct = sorted({int(i) for i in owners})
        parallelism = self._parallelism(reading, [len(timeline.pts)], [len(distinct)])
        told = replace(told, timeline=timeline, seek=False, parallelism=parallelism)
        stamps = [int(timeline.pts[i]) for i in distinct]
        shots = Crew(told, [range(len(distinct))], stamps).shots_in_order()
        shot, reached = None, -1
        for owner in owners:
            if shot is None or owner != reached:
                shot, reached = next(shots), int(owner)
            yield shot


def open_film(file: LocalFile) -> Film:
    """Look at a file without decoding it.

    Raises
    ------
    VideoError: a subclass for every way in which it is not a readable video.
    """
    opened = open_video(file)
    try:
        timeline = from_index(file, opened)
        fresh = timeline is not None
        if timeline is None:
            timeline = from_packets(file, opened)
        info = _describe(file, opened, timeline)
        threaded = bool(opened.stream.codec_context.codec.capabilities & _THREADS)
    except BaseException:
        opened.container.close()
        raise
    if not fresh:
        opened.container.close()
    return Film(file, info, timeline, threaded, opened if fresh else None)


def _runs(timeline: Timeline, stamps: Sequence[int]) -> list[list[int]]:
    """Positions of the stamps, grouped by the keyframe from which they are decoded."""
    owners = np.searchsorted(timeline.keys, stamps, side="right")
    runs: list[list[int]] = []
    for position, owner in enumerate(owners):
        if position and owner == owners[position - 1]:
            runs[-1].append(position)
        else:
            runs.append([position])
    return runs


def _packets(timeline: Timeline, ends: Sequence[tuple[int, int]]) -> list[int]:
    """About how many packets one reader decodes for each pair of a run's first and last stamp."""
    first, last = np.array(ends).T
    owners = np.searchsorted(timeline.keys, first, side="right") - 1
    begin = np.searchsorted(timeline.pts, timeline.keys[np.maximum(owners, 0)])
    end = np.searchsorted(timeline.pts, last) + 1
    return [max(1, int(count)) for count in end - begin]


def _deep(info: VideoInfo) -> bool:
    """Whether a component has more than 8 bits."""
    try:
        return VideoFormat(info.pixel_format).components[0].bits > 8
    except (ValueError, IndexError):  # a format that is not known before the first frame
        return False


def _describe(file: LocalFile, opened: Opened, timeline: Timeline) -> VideoInfo:
    container, stream, choice = opened
    context = stream.codec_context
    matrix = file.header.track(stream.id).matrix
    if not container.format.name.startswith("mov"):
        matrix = None
    turn = turn_from_matrix(matrix) if matrix else Turn()
    aspect = float(stream.sample_aspect_ratio or 1) or 1.0
    shown = (round(context.width * aspect), context.height)
    width, height = shown[::-1] if turn.transpose else shown
    rate = stream.average_rate
    duration = timeline.duration(rate)
    frames = len(timeline.pts)
    return VideoInfo(
        name=file.name,
        container=container.format.name,
        codec=context.codec.canonical_name,
        width=width,
        height=height,
        stored_width=context.width,
        stored_height=context.height,
        pixel_aspect=aspect,
        rotation=turn.degrees,
        mirrored=turn.mirrored,
        duration=duration,
        frames=frames,
        frames_from="stated" if timeline.source == "index" else "counted",
        frames_promised=timeline.promised,
        fps=frames / duration if frames > 1 else None,
        variable_rate=not is_constant_rate(timeline.times),
        pixel_format=context.pix_fmt or "unknown",
        matrix=_MATRICES.get(int(context.colorspace), "unspecified"),
        primaries=_PRIMARIES.get(int(context.color_primaries), "unspecified"),
        transfer=_TRANSFERS.get(int(context.color_trc), "unspecified"),
        colour_range=_RANGES.get(int(context.color_range), "unspecified"),
        interlaced=int(context.field_order) > 1,
        start=0.0 if timeline.source == "count" else float(timeline.pts[0] * timeline.time_base),
        stream=stream.index,
        stream_choice=choice,
    )


# FFmpeg's names for the numbers of ITU-T H.273
_MATRICES = {0: "rgb", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m"}
_MATRICES |= {8: "ycgco", 9: "bt2020nc", 10: "bt2020c", 14: "ictcp"}
_PRIMARIES = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film"}
_PRIMARIES |= {9: "bt2020", 10: "smpte428", 11: "smpte431", 12: "smpte432", 22: "ebu3213"}
_TRANSFERS = {1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear"}
_TRANSFERS |= {11: "iec61966-2-4", 13: "iec61966-2-1", 14: "bt2020-10", 15: "bt2020-12"}
_TRANSFERS |= {16: "smpte2084", 18: "arib-std-b67"}
_RANGES = {1: "limited", 2: "full"}
