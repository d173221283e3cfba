"""Which videos a folder stands for."""

import os
import shutil
import sys

import pytest

from sf_mlx import errors
from sf_mlx.clips import clips_below, find_clips, videos_in
from tests.conftest import DATA

ODD = DATA / "video" / "odd"


@pytest.fixture
def folder(tmp_path):
    """Files by name; what they hold is of a kind that the name promises."""

    def make(*names, inside=""):
        for name in names:
            path = tmp_path / inside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            kind = "still.jpg" if name.endswith(("jpg", "png")) else "gray.mp4"
            shutil.copy(ODD / kind, path)
        return str(tmp_path)

    return make


def names(path, **options):
    return [os.path.relpath(clip, path) for clip in find_clips([path], **options)]


def test_a_folder_of_pictures_is_one_video(folder):
    path = folder("frame_1.jpg", "frame_2.jpg", "notes.txt")
    assert find_clips([path]) == [path]


def test_a_folder_of_videos_is_each_of_them_in_natural_order(folder):
    path = folder(
        "clip_10.mp4", "clip_2.mov", "Clip_1.MP4", "notes.txt", "out.jsonl", ".hidden.mp4"
    )
    assert names(path) == ["Clip_1.MP4", "clip_2.mov", "clip_10.mp4"]


def test_thumbnails_beside_videos_make_no_video_of_their_own(folder):
    path = folder("a.jpg", "a.mp4", "b.jpg", "b.mp4")
    assert names(path) == ["a.mp4", "b.mp4"]


def test_broken_videos_stay_in_the_list(folder):
    """They get a line that says what is wrong."""
    path = folder("a.mp4")
    for name, data in (("empty.mp4", b""), ("text.mov", b"hello"), ("cut.ts", b"")):
        with open(os.path.join(path, name), "wb") as file:
            file.write(data)
    assert names(path) == ["a.mp4", "cut.ts", "empty.mp4", "text.mov"]


def test_a_file_without_a_suffix_is_known_by_its_first_bytes(folder):
    path = folder("film")
    for name, data in (("README", b"text"), ("song", b"\0\0\0 ftypM4A \0\0\0\0"), ("empty", b"")):
        with open(os.path.join(path, name), "wb") as file:
            file.write(data)
    assert names(path) == ["film"]


def test_typescript_is_no_transport_stream(folder):
    path = folder("a.mp4")
    with open(os.path.join(path, "index.ts"), "w") as file:
        file.write("export const video = 1;\n" * 20)
    shutil.copy(ODD / "cut_in_middle.ts", path)
    assert names(path) == ["a.mp4", "cut_in_middle.ts"]


def test_folders_in_a_folder_only_where_asked(folder):
    folder("b.mp4", "c.mp4", inside="deep/deeper")
    folder("x.mp4", inside=".hidden")
    path = folder("a.mp4")
    os.symlink(path, os.path.join(path, "deep", "round"))
    assert names(path) == ["a.mp4"]
    assert names(path, recursive=True) == ["a.mp4", "deep/deeper/b.mp4", "deep/deeper/c.mp4"]


def test_nothing_below_a_folder(folder, tmp_path):
    (tmp_path / "empty" / "deep").mkdir(parents=True)
    path = str(tmp_path / "empty")
    assert find_clips([path]) == [path]  # asking about it says that it is empty
    with pytest.raises(errors.EmptyVideoError, match="no videos"):
        find_clips([path], recursive=True)
    pictures = folder("1.jpg", inside="pictures") + "/pictures"
    assert find_clips([pictures], recursive=True) == [pictures]


def test_a_video_that_is_named_twice_is_one(folder):
    path = folder("a.mp4", "b.mp4")
    first = os.path.join(path, "a.mp4")
    assert find_clips([first, path, f"{path}/./a.mp4"]) == [first, os.path.join(path, "b.mp4")]


def test_what_does_not_exist_stays(folder):
    assert find_clips(["nowhere.mp4", "-"]) == ["nowhere.mp4", "-"]


def test_pipes_are_not_opened(folder):
    path = folder("a.mp4")
    os.mkfifo(os.path.join(path, "pipe.mp4"))
    os.mkfifo(os.path.join(path, "pipe"))
    assert names(path) == ["a.mp4"]


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no such file names")
def test_names_that_are_no_text(folder):
    path = folder("a.mp4")
    odd = os.fsencode(path) + b"/\xff.mp4"
    shutil.copy(ODD / "gray.mp4", odd)
    assert [os.fsencode(clip) for clip in find_clips([path])][-1] == odd


def test_a_link_to_itself_is_no_video(folder):
    path = folder("a.mp4")
    os.symlink("self.mp4", os.path.join(path, "self.mp4"))
    assert videos_in(path) == [os.path.join(path, "a.mp4")]


# --- a folder and all below it, as the library takes them --------------------------------------


def write(path, data=b"x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def below(*named):
    found = clips_below(named)
    assert found.unread == {}
    return [os.path.relpath(path, named[-1]) for path in found.paths]


def test_which_files_are_clips(tmp_path):
    for name in ("a.mp4", "b.MOV", "sub/deep/c.webm"):
        write(tmp_path / name)
    write(tmp_path / "script.ts", b"export const G = 1;\n" * 50)
    write(tmp_path / "tape.ts", (b"G" + bytes(187)) * 3)
    write(tmp_path / "disc.mts", (bytes(4) + b"G" + bytes(187)) * 3)
    for name in (".hidden.mp4", "._a.mp4", ".Trash/d.mp4", "photo.jpg", "notes.txt", "mp4"):
        write(tmp_path / name)
    (tmp_path / "folder.mp4").mkdir()
    os.mkfifo(tmp_path / "pipe.mp4")
    expected = ["a.mp4", "b.MOV", "disc.mts", "sub/deep/c.webm", "tape.ts"]
    assert below(tmp_path) == expected
    assert names(str(tmp_path), recursive=True) == expected
    named = (tmp_path / "photo.jpg", tmp_path / "a.mp4", tmp_path)
    assert below(*named) == sorted([*expected, "photo.jpg"])


def test_links_are_followed_and_loops_end(tmp_path):
    top = tmp_path / "top"
    write(top / "sub" / "a.mp4")
    write(tmp_path / "elsewhere" / "b.mp4")
    (top / "sub" / "loop").symlink_to(top)
    (top / "zub").symlink_to(top / "sub")
    (top / "out").symlink_to(tmp_path / "elsewhere")
    (top / "link.mp4").symlink_to(top / "sub" / "a.mp4")
    (top / "dead.mp4").symlink_to(top / "nothing")
    (top / "self.mp4").symlink_to(top / "self.mp4")
    assert below(top) == ["link.mp4", "out/b.mp4", "sub/a.mp4"]
    assert names(str(top), recursive=True) == ["link.mp4", "out/b.mp4", "sub/a.mp4"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_is_told(tmp_path):
    write(tmp_path / "a.mp4")
    (tmp_path / "closed").mkdir(0)
    found = clips_below([tmp_path])
    assert (
        found.paths == (str(tmp_path / "a.mp4"),)
        and "denied" in found.unread[str(tmp_path / "closed")]
    )
    assert found.covers(str(tmp_path / "b.mp4"))
    assert not found.covers(str(tmp_path / "closed" / "b.mp4"))
    with pytest.raises(errors.VideoNotFoundError, match="denied"):
        find_clips([str(tmp_path)], recursive=True)
