"""What `sf-mlx inspect` says of a video, its sheets, and pictures on a terminal."""

import base64
import dataclasses
import io
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sf_mlx import demo, errors, sheet
from sf_mlx.inspection import MOST_FRAMES, TowerShape, inspect
from sf_mlx.slowfast import POOLS, PRESETS, Pool, SlowFast, slow_indices
from sf_mlx.video import Reading, Selection, read_frames
from sf_mlx.whole_file import write_whole
from sf_mlx_cli import pictures

ROOT = Path(__file__).parent.parent
ODD = ROOT / "tests" / "data" / "video" / "odd"
SAMPLE = demo.MODEL.parent / "sample.mp4"


@pytest.fixture(scope="module")
def sample():
    return inspect(SAMPLE)


# --- what is said ------------------------------------------------------------------------------


def test_it_shows_the_frames_that_the_model_gets(sample):
    """The same call with the tower's size gives the tower's own pictures."""
    with read_frames(SAMPLE, default_frames=50) as frames:
        for shown, read in zip(sample.frames, frames, strict=True):
            assert (shown.index, shown.time) == (read.index, read.time)
            assert np.array_equal(shown.image, read.image)
    assert sample.slow == tuple(slow_indices(50, 10))


def test_frames_are_those_that_are_asked_for():
    found = inspect(SAMPLE, reading=Reading(Selection(start=2.0, end=4.0, frames=6)), size=64)
    assert len(found.frames) == 6 and all(2 <= frame.time < 4 for frame in found.frames)
    assert found.frames[0].image.shape == (64, 64, 3)


@pytest.mark.parametrize("name", PRESETS)
def test_tokens_are_those_of_the_method(sample, name):
    assert sample.preset_tokens[name] == PRESETS[name].tokens(50, 576)
    found = inspect(SAMPLE, pooling=PRESETS[name], size=16)
    assert found.visual_tokens == sample.preset_tokens[name]
    rows, columns = found.slow_cells
    slow = rows * columns * PRESETS[name].slow_frames
    rows, columns = found.fast_cells
    assert slow + 50 * rows * columns == found.visual_tokens


@pytest.mark.parametrize("pool", POOLS)
def test_cells_are_as_many_as_tokens(pool):
    """Of every pooling that keeps frames apart."""
    found = inspect(SAMPLE, pooling=Pool(pool), size=16, tower=TowerShape(336, 576))
    rows, columns = found.slow_cells
    if "temporal" not in pool:
        assert rows * columns * len(found.frames) == found.visual_tokens
    assert found.fast_cells is None and len(found.slow) == len(found.frames)
    sheet.draw(found)


def test_a_tower_whose_patches_make_no_even_grid():
    found = inspect(SAMPLE, size=16, tower=TowerShape(378, 27 * 27))
    assert found.slow_cells is None and "no even grid" in dict(found.lines())["slow path"]
    sheet.draw(found)
    sheet.page(found)


def test_a_tower_that_cannot_be_pooled_is_refused_before_a_frame_is_read():
    with pytest.raises(errors.UsageError, match="square"):
        inspect("nowhere.mp4", tower=TowerShape(336, 577))


@pytest.mark.parametrize(
    ("name", "about", "said"),
    [
        ("hdr_hlg_bt2020_hevc10.mov", "colour", "HDR (HLG), shown as SDR"),
        ("hdr_pq_hdr10_hevc10.mp4", "colour", "HDR (PQ), shown as SDR"),
        ("rot90_hevc.mov", "picture", "320x240, stored as 240x320, turned by 90°"),
        ("sar_4_3.mp4", "picture", "480x270, stored as 360x270"),
        ("interlaced_tff.mp4", "picture", "interlaced"),
        ("vfr_2_then_12fps.mp4", "length", "(uneven)"),
        ("two_video_streams.mkv", "stream", "the largest of 2"),
        ("truncated60_moov_front.mp4", "length", "58 frames, 120 promised"),
        ("truncated60_moov_front.mp4", "warning", "58 of 120 frames"),
        ("cut_in_middle.ts", "warning", "damaged"),
        ("one_frame.mp4", "frames", "1, at 0.00s"),
        ("frames_unpadded", "warning", "12 frames instead of 50"),
    ],
)
def test_facts_and_what_is_wrong(name, about, said):
    lines = inspect(ODD / name, size=16).lines()
    assert said in " | ".join(text for label, text in lines if label == about)


def test_too_many_frames_to_look_at():
    with pytest.raises(errors.VideoLimitError, match=str(MOST_FRAMES)):
        inspect(SAMPLE, reading=Reading(Selection(fps=1000)))


def test_it_needs_no_mlx():
    script = (
        "import sys; from sf_mlx import sheet; from sf_mlx.inspection import inspect\n"
        f"sheet.draw(inspect({str(SAMPLE)!r}))\n"
        "assert not {'mlx.core', 'mlx_lm.models', 'transformers'} & sys.modules.keys()"
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0


# --- sheets ------------------------------------------------------------------------------------


def test_a_sheet_shows_every_frame_once_on_each_path(sample):
    drawn = sheet.draw(sample)
    assert drawn.width == 1400 and 1000 < drawn.height < 2000
    page = Page(sheet.page(sample))
    times = [f"{frame.time:.2f}s" for frame in sample.frames]
    assert page.captions == [*(times[i] for i in sample.slow), *times]
    marked = [i for i, kind in enumerate(page.figures[10:]) if kind == "slow"]
    assert tuple(marked) == sample.slow


def test_frames_keep_the_shape_of_the_video():
    wide = sheet.page(inspect(SAMPLE))
    squeezed = sheet.page(inspect(SAMPLE), square=True)
    assert Page(wide).pictures[0].width / Page(wide).pictures[0].height == pytest.approx(
        4 / 3, 0.02
    )
    assert Page(squeezed).pictures[0].width == Page(squeezed).pictures[0].height


def test_cells_are_drawn_where_they_are(sample):
    """On a black frame everything that is not black is a border."""
    black = dataclasses.replace(
        sample,
        frames=tuple(
            dataclasses.replace(frame, image=np.zeros_like(frame.image)) for frame in sample.frames
        ),
    )
    picture = np.asarray(sheet._with_cells(black.frames[0].image, (240, 240), (24, 12)))
    lit = picture[..., 0] > 0
    assert list(np.flatnonzero(lit[5])) == list(range(20, 240, 20))
    assert list(np.flatnonzero(lit[:, 5])) == list(range(10, 240, 10))


@pytest.mark.parametrize("name", ["a.jpg", "a.JPEG", "a.png", "a.html"])
def test_formats(sample, tmp_path, name):
    path = tmp_path / name
    sheet.save(sample, path)
    if name.endswith("html"):
        assert path.read_text().startswith("<!doctype html>")
    else:
        with Image.open(path) as picture:
            assert picture.format == ("PNG" if name.endswith("png") else "JPEG")
            picture.load()
    assert os.listdir(tmp_path) == [name]


def test_a_page_loads_nothing_and_escapes_what_is_foreign(sample):
    name = "<script>alert(1)</script>&\"'.mp4"
    foreign = dataclasses.replace(
        sample,
        info=dataclasses.replace(sample.info, name=name, codec="<b>"),
        warnings=("<img src=x onerror=alert(1)>",),
    )
    page = Page(sheet.page(foreign))
    assert page.tags <= {
        "html", "head", "meta", "title", "style", "body", "table", "tr", "th", "td", "p", "label",
        "input", "h2", "small", "div", "figure", "img", "figcaption",
    }  # fmt: skip
    assert all(source.startswith("data:image/jpeg;base64,") for source in page.sources)
    assert "default-src 'none'" in sheet.page(foreign)
    assert "url(" not in sheet.page(foreign)


class Page(HTMLParser):
    """What a browser would find."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.sources: list[str] = []
        self.figures: list[str] = []
        self.captions: list[str] = []
        self._in = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self._in = tag
        self.tags.add(tag)
        given = dict(attributes)
        if tag == "img":
            self.sources.append(given["src"])
        if tag == "figure":
            self.figures.append(given["class"])

    def handle_data(self, data):
        if self._in == "figcaption" and data.strip():
            self.captions.append(data)

    @property
    def pictures(self):
        return [
            Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))
            for source in self.sources[:1]
        ]


@pytest.mark.parametrize("shape", [(16, 4000), (4000, 16)])
def test_extreme_shapes(tmp_path, shape):
    """A picture far wider than high does not make a sheet of endless height, nor the other way."""
    Image.new("RGB", shape, "red").save(tmp_path / "a.png")
    drawn = sheet.draw(inspect(tmp_path / "a.png"))
    assert drawn.height < 2000


def test_most_frames_make_a_sheet_that_a_jpeg_can_hold(tmp_path):
    found = inspect(SAMPLE, reading=Reading(Selection(fps=99)), size=16)
    assert len(found.frames) == 594
    tall = dataclasses.replace(found, info=dataclasses.replace(found.info, width=10, height=90))
    sheet.save(tall, tmp_path / "a.jpg")
    assert Image.open(tmp_path / "a.jpg").height < 65_500


def test_slow_frames_that_repeat_are_shown_once():
    found = inspect(ODD / "one_frame.mp4", pooling=SlowFast(), size=16)
    assert found.slow == (0,) and "some repeated" in dict(found.lines())["slow path"]


# --- the command -------------------------------------------------------------------------------


def test_text_on_stdout(sf):
    ran = sf("inspect", SAMPLE)
    assert (ran.code, ran.err) == (0, "")
    assert "tokens     3,680 visual tokens (default)" in ran.out
    assert "default 3,680, fast 2,930, light 2,240, detail 6,560" in ran.out


def test_json_keys_are_those_that_are_documented(sf, tmp_path):
    ran = sf("inspect", SAMPLE, "--json", "-o", tmp_path / "a.png", "--preset", "fast")
    record = json.loads(ran.out)
    page = (ROOT / "docs" / "inspect.md").read_text()
    assert list(record) == re.findall(r"^\| `(\w+)`", page, re.M)
    assert record["sheet"] == str(tmp_path / "a.png") and (tmp_path / "a.png").exists()
    assert record["visual_tokens"] == 2930 and record["preset"] == "fast"
    assert [frame["slow"] for frame in record["frames"]].count(True) == 10


def test_the_tower_of_a_model(sf):
    record = json.loads(sf("inspect", SAMPLE, "-m", "demo", "--json").out)
    assert record["tower"] == {"size": 168, "patches": 144}
    assert record["slow_cells"] == [12, 6] and record["visual_tokens"] == 10 * 72 + 50 * 16


def test_options_reach_the_video(sf):
    ran = sf("inspect", SAMPLE, "--json", "--start", "2", "--end", "50%", "--frames", 3)
    assert [2 <= f["time_seconds"] < 3 for f in json.loads(ran.out)["frames"]] == [True] * 3


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (errors.VideoNotFoundError, ("nowhere.mp4",)),
        (errors.NotAVideoError, (ODD / "text.mp4",)),
        (errors.UsageError, (SAMPLE, "-o", "sheet.gif")),
        (errors.UsageError, (SAMPLE, "-o", "sheet")),
        (errors.OutputError, (SAMPLE, "-o", "nowhere/sheet.png")),
        (errors.UsageError, (SAMPLE, "--preset", "nope")),
        (errors.ModelNotFoundError, (SAMPLE, "-m", "./nowhere")),
        (errors.VideoLimitError, (SAMPLE, "--fps", "500")),
    ],
)
def test_errors(sf, kind, arguments):
    ran = sf("inspect", *arguments)
    assert ran.code == kind.exit_code and ran.out == ""
    assert ran.err.startswith("sf-mlx: ") and ran.err.count("\n") <= 2


def test_a_picture_is_not_written_over_by_its_own_sheet(sf, tmp_path):
    shutil.copy(ODD / "still.jpg", tmp_path / "a.jpg")
    before = (tmp_path / "a.jpg").read_bytes()
    ran = sf("inspect", tmp_path / "a.jpg", "-o", tmp_path / "." / "a.jpg")
    assert ran.code == errors.UsageError.exit_code
    assert (tmp_path / "a.jpg").read_bytes() == before


# --- whole files -------------------------------------------------------------------------------


def test_a_file_that_cannot_be_finished_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_text("old")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(errors.OutputError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a.png"]


def test_a_link_stays_a_link_and_rights_stay(tmp_path):
    real = tmp_path / "real.txt"
    real.write_text("old")
    real.chmod(0o600)
    (tmp_path / "link.txt").symlink_to(real)
    write_whole(tmp_path / "link.txt", b"new")
    assert (tmp_path / "link.txt").is_symlink() and real.read_text() == "new"
    assert real.stat().st_mode & 0o777 == 0o600


def test_what_is_no_file_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    for name in ("pipe.png", "."):
        with pytest.raises(errors.OutputError):
            write_whole(tmp_path / name, b"new")
    with pytest.raises(errors.OutputError):
        write_whole(tmp_path / ("x" * 300), b"new")
    with pytest.raises(errors.OutputError):
        write_whole("a\0b", b"new")
    assert os.listdir(tmp_path) == ["pipe.png"]


# --- terminals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "how"),
    [
        ({"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-ghostty"}, "kitty"),
        ({"TERM_PROGRAM": "ghostty", "TERM": "xterm-256color"}, "kitty"),
        ({"TERM_PROGRAM": "iTerm.app"}, "iterm2"),
        ({"LC_TERMINAL": "iTerm2"}, "iterm2"),
        ({"TERM_PROGRAM": "WezTerm"}, "iterm2"),
        ({"TERM_PROGRAM": "Apple_Terminal", "TERM": "xterm-256color"}, None),
        ({"KITTY_WINDOW_ID": "1", "TMUX": "/tmp/x", "TERM": "tmux-256color"}, None),
        ({"LC_TERMINAL": "iTerm2", "TERM": "screen"}, None),
        ({}, None),
    ],
)
def test_terminals_are_known_by_what_they_set(environment, how):
    assert pictures.protocol(environment) == how


def test_kitty_gets_the_picture_in_pieces():
    data = os.urandom(10_000)
    codes = list(pictures.kitty(data, 100))
    parts = [re.fullmatch(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", code) for code in codes]
    assert base64.b64decode("".join(part[2] for part in parts)) == data
    assert parts[0][1] == "a=T,f=100,q=2,c=100,m=1"
    assert [part[1] for part in parts[1:]] == ["m=1"] * (len(parts) - 2) + ["m=0"]
    assert all(len(part[2]) <= 4096 for part in parts)


def test_iterm2_gets_the_picture_at_once():
    code = pictures.iterm2(b"abc", 80)
    assert code == "\x1b]1337;File=inline=1;size=3;width=80:YWJj\x07"


def test_the_sheet_is_shown_where_the_terminal_can(sf, monkeypatch, capsys):
    monkeypatch.setattr(pictures, "terminal_protocol", lambda: "kitty")
    ran = sf("inspect", SAMPLE)
    assert ran.out.count("\x1b_Ga=T,f=100") == 1 and ran.out.endswith("\x1b\\\n")
