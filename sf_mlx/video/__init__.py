"""A local video, folder of images or array -> upright RGB frames with their times."""

from sf_mlx.video.info import VideoInfo
from sf_mlx.video.limits import Limits
from sf_mlx.video.select import Reading, Selection
from sf_mlx.video.source import Frame, Frames, Reel, probe, read_frames
from sf_mlx.video.times import Percent, Time, parse_time

__all__ = [
    "Frame",
    "Frames",
    "Limits",
    "Percent",
    "Reading",
    "Reel",
    "Selection",
    "Time",
    "VideoInfo",
    "parse_time",
    "probe",
    "read_frames",
]
