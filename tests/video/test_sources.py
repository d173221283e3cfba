"""Where frames come from: pipes, pictures, folders, memory, and every container."""

import errno
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sf_mlx.errors import (
    EmptyVideoError,
    NotAVideoError,
    UsageError,
    VideoError,
    VideoLimitError,
    VideoNotFoundError,
)
from sf_mlx.video import Limits, Reading, Selection, probe, read_frames
from sf_mlx.video.pipe import spool
from tests.video.clips import ODD, encode, moving_square


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Put bytes on standard input."""

    def put(data: bytes) -> None:
        stdin = io.TextIOWrapper(io.BytesIO(data))
        monkeypatch.setattr(sys, "stdin", stdin)

    return put


@pytest.fixture(params=["unnamed", "named"])
def spooled(request: pytest.FixtureRequest, tmp_path, monkeypatch) -> Callable[[], list[str]]:  # type: ignore[no-untyped-def]
    """Both ways to keep a pipe; what lies in the folder for temporary files."""
    if request.param == "named":  # as on macOS
        monkeypatch.setattr("sf_mlx.video.pipe._OPEN_FILES", str(tmp_path / "none"))
    elif not os.path.exists("/proc/self/fd"):
        pytest.skip("Linux only")
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return lambda: os.listdir(folder)


def test_a_pipe_reads_as_the_file(piped, spooled) -> None:  # type: ignore[no-untyped-def]
    path = ODD / "truncated60_moov_front.mp4"
    piped(path.read_bytes())
    with read_frames("-", Selection(5)) as frames:
        images = [frame.image for frame in frames]
    assert (np.stack(images) == [f.image for f in read_frames(path, Selection(5))]).all()
    assert frames.warnings[0].startswith("-: ")
    assert not spooled()


def test_a_pipe_that_nobody_finishes_reading_leaves_nothing(piped, spooled) -> None:  # type: ignore[no-untyped-def]
    piped((ODD / "av1.mp4").read_bytes())
    next(read_frames("-"))
    piped(b"hello")
    with pytest.raises(NotAVideoError, match=r"^-: a text file"):
        read_frames("-")
    assert not spooled()


@pytest.mark.parametrize("sent", ["SIGHUP", "SIGTERM", "SIGINT", "SIGKILL"])
def test_a_killed_reader_leaves_no_copy_of_the_pipe(sent: str, tmp_path: Path) -> None:
    """Killed in the middle of the pipe; 10 MB have been kept."""
    script = (
        "import sys; from sf_mlx.video import pipe, read_frames; read = pipe._read\n"
        "def tell(p, n=[0]):\n"
        "    n[0] += 1; n[0] == 10 and print('ten', flush=True)\n"
        "    return read(p)\n"
        "pipe._read = tell; read_frames('-')"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(bytes(10 << 20))
    process.stdin.flush()
    assert process.stdout.readline() == b"ten\n"
    process.send_signal(getattr(signal, sent))
    process.communicate()
    if os.path.exists("/proc/self/fd"):
        assert not os.listdir(tmp_path)


def test_the_remover_of_a_named_copy_waits_for_the_end(  # type: ignore[no-untyped-def]
    tmp_path, monkeypatch
) -> None:
    """What the process's death does is to close the remover's pipe."""
    monkeypatch.setattr("sf_mlx.video.pipe._OPEN_FILES", str(tmp_path / "none"))
    spooled = spool(io.BytesIO(b"hello"), Limits())  # type: ignore[arg-type]
    remover = spooled.remover
    assert remover is not None and remover.stdin is not None
    assert Path(spooled.path).read_bytes() == b"hello" and remover.poll() is None
    remover.stdin.close()
    assert remover.wait() == 0
    assert not os.path.exists(spooled.path)
    Path(spooled.path).touch()  # for the file's own closing
    spooled.remover = None
    spooled.close()


def test_empty_and_endless_pipes(piped) -> None:  # type: ignore[no-untyped-def]
    piped(b"")
    with pytest.raises(EmptyVideoError, match="nothing came through"):
        read_frames("-")
    piped(bytes(3 << 20))
    with pytest.raises(VideoLimitError, match="GiB came through the pipe"):
        read_frames("-", Reading(limits=Limits(piped_bytes=2 << 20)))


def test_standard_input_that_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO())
    stdin.close()
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(UsageError, match="nothing is piped in"):
        read_frames("-")


def test_a_pipe_with_nowhere_to_keep_it(piped, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    piped(b"hello")
    with pytest.raises(VideoError, match="no temporary file can be made"):
        read_frames("-")


def test_a_pipe_that_breaks_is_not_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: object) -> int:
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Broken())))
    with pytest.raises(VideoError, match="the pipe cannot be read"):
        read_frames("-")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux only")
def test_a_full_disk_is_told(piped, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    full = open("/dev/full", "wb")  # noqa: SIM115
    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: full)
    piped(bytes(3 << 20))
    with pytest.raises(VideoError, match=r"cannot keep .* in .*No space left"):
        read_frames("-")


@pytest.mark.parametrize("size", [0, -1, 1.5, True, "9", 5000, 10**12])
def test_sizes_that_mean_nothing(size: int) -> None:
    with pytest.raises(UsageError, match="pixels wide"):
        read_frames(moving_square(2), size=size)


def test_memory(tmp_path: Path) -> None:
    pixels = moving_square(12)
    frames = list(read_frames(pixels, Selection(4)))
    assert [frame.index for frame in frames] == [1, 4, 7, 9]
    assert [frame.time for frame in frames] == [1.0, 4.0, 7.0, 9.0]
    info = probe([Image.fromarray(p) for p in pixels])
    assert (info.frames, info.width, info.height) == (12, 128, 96)


@pytest.mark.parametrize(
    "value",
    [
        np.zeros((2, 4, 4, 3)),
        np.zeros((4, 4, 3), np.uint8),
        np.zeros((2, 0, 4, 3), np.uint8),
        [1, 2],
    ],
)
def test_memory_of_another_kind(value: object) -> None:
    with pytest.raises(UsageError):
        read_frames(value)  # type: ignore[arg-type]


def test_no_memory() -> None:
    with pytest.raises(EmptyVideoError):
        read_frames([])
    with pytest.raises(EmptyVideoError):
        read_frames(np.zeros((0, 4, 4, 3), np.uint8))


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [
        ("a.mp4", "libx264", "yuv420p"), ("a.mov", "prores_ks", "yuv422p10le"),
        ("a.m4v", "mpeg4", "yuv420p"), ("a.mkv", "libx265", "yuv420p10le"),
        ("a.mkv", "ffv1", "yuv444p"), ("a.webm", "libvpx-vp9", "yuv420p"),
        ("a.mp4", "libsvtav1", "yuv420p"), ("a.avi", "mpeg4", "yuv420p"),
        ("a.avi", "mjpeg", "yuvj420p"), ("a.ts", "libx264", "yuv420p"),
        ("a.mpg", "mpeg2video", "yuv420p"), ("a.vob", "mpeg2video", "yuv420p"),
        ("a.flv", "flv", "yuv420p"), ("a.wmv", "wmv2", "yuv420p"),
        ("a.mov", "qtrle", "rgb24"), ("a.h264", "libx264", "yuv420p"),
        ("a.m2v", "mpeg2video", "yuv420p"), ("a.ivf", "libvpx-vp9", "yuv420p"),
    ],
)  # fmt: skip
def test_containers_and_codecs(name: str, codec: str, pixel_format: str, tmp_path: Path) -> None:
    """Twelve frames of a moving square: the picture tells which frame it is."""
    quiet = {"libx265": {"x265-params": "log-level=none"}}
    path = encode(tmp_path / name, moving_square(12), codec, pixel_format, options=quiet.get(codec))
    frames = list(
        read_frames(path, Selection(at=tuple(i / 25 + 0.01 for i in range(12))), size=128)
    )
    assert [frame.index for frame in frames] == list(range(12))
    for i, frame in enumerate(frames):
        columns = np.flatnonzero(frame.image[60:68, :, 1].mean(0) > 160)
        assert abs(columns.mean() - (i * 112 // 11 + 7.5)) < 2, (name, i)
        assert frame.time == pytest.approx(i / 25, abs=0.002)


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_animations(suffix: str, tmp_path: Path) -> None:
    pages = [Image.fromarray(p) for p in moving_square(6)]
    lengths = [100, 100, 100, 100, 500, 500]
    path = tmp_path / f"a.{suffix}"
    pages[0].save(path, save_all=True, append_images=pages[1:], duration=lengths, lossless=True)
    info = probe(path)
    assert (info.frames, info.variable_rate) == (6, True)
    assert info.duration == pytest.approx(1.4)
    frames = list(read_frames(path, Selection(at=(0.05, 0.25, 1.2)), size=64))
    assert [frame.index for frame in frames] == [0, 2, 5]
    expected = list(read_frames(moving_square(6), Selection(at=(0, 2, 5)), size=64))
    assert all((a.image == b.image).all() for a, b in zip(frames, expected, strict=True))


def test_a_photo_in_every_format(tmp_path: Path) -> None:
    picture = Image.fromarray(moving_square(1)[0])
    for suffix in ("jpg", "png", "webp", "bmp", "tiff", "avif"):
        picture.save(tmp_path / f"p.{suffix}")
        frames = read_frames(tmp_path / f"p.{suffix}", size=64)
        assert len(list(frames)) == 1
        assert frames.note is None  # nobody asked for more of it
        asked = read_frames(tmp_path / f"p.{suffix}", Selection(50), size=64)
        assert asked.note == "1 frame instead of 50: the video has no more."


def test_transparent_pictures_lie_over_black(tmp_path: Path) -> None:
    Image.new("RGBA", (32, 32), (255, 255, 255, 0)).save(tmp_path / "p.png")
    assert not next(read_frames(tmp_path / "p.png", size=8)).image.any()


def test_a_folder_of_clips_says_so(tmp_path: Path) -> None:
    for name in ("b 10.mp4", "b 2.MOV", ".hidden.mp4"):
        (tmp_path / name).write_bytes((ODD / "tiny_16x16.mp4").read_bytes())
    with pytest.raises(EmptyVideoError, match=r"holds 2 videos and no pictures.*such as .*/b 2"):
        read_frames(tmp_path)
    Image.new("RGB", (8, 8)).save(tmp_path / "thumb.png")
    frames = read_frames(tmp_path, size=8)
    assert frames.warnings == [
        f"{tmp_path}: only the folder's pictures are read; 2 videos in it left out."
    ]


@pytest.mark.parametrize("host", ["", "localhost", "LOCALHOST"])
def test_file_addresses_of_this_machine(host: str, tmp_path: Path) -> None:
    path = tmp_path / "100% ümläut #1?.mp4"
    path.write_bytes((ODD / "tiny_16x16.mp4").read_bytes())
    assert probe(path.as_uri().replace("file://", f"file://{host}")).frames == 30
    assert probe(f"file://{host}{tmp_path}/100%25%20ümläut #1?.mp4").frames == 30
    with pytest.raises(VideoNotFoundError, match="no such file"):
        probe(f"file://{host}/a%00b.mp4".replace("%00", "%5F"))
    with pytest.raises(VideoNotFoundError):
        probe(f"file://{host}/a%00b.mp4")


def test_folders(tmp_path: Path) -> None:
    with pytest.raises(EmptyVideoError, match="no pictures"):
        read_frames(tmp_path)
    for i in (10, 9, 2):
        Image.new("RGB", (8, 8), (i, i, i)).save(tmp_path / f"shot {i}.png")
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "._shot 1.png").write_bytes(b"macOS leaves such files on USB sticks")
    assert [f.image.max() for f in read_frames(tmp_path, Selection(fps=1), size=8)] == [2, 9, 10]


def test_paths_that_lead_nowhere(tmp_path: Path) -> None:
    with pytest.raises(VideoNotFoundError, match="no such file"):
        read_frames(tmp_path / "none.mp4")
    with pytest.raises(VideoNotFoundError):
        read_frames("a\0b")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "secret.mp4"
    path.write_bytes((ODD / "av1.mp4").read_bytes())
    path.chmod(0)
    with pytest.raises(VideoNotFoundError, match="Permission denied"):
        read_frames(path)


@pytest.mark.parametrize(
    "name", ["http:clip.mp4", "frame_%d.mp4", "a b|c.mp4", "ümläut 日本.mp4", "-.mp4"]
)
def test_odd_names_are_only_names(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes((ODD / "tiny_16x16.mp4").read_bytes())
    assert probe(path).frames == 30
    assert probe(os.fsencode(path)).frames == 30  # type: ignore[arg-type]
