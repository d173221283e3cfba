"""Names in questions find their files: any extension, v_, sub-folders, mapping files."""

import os

import pytest

from sf_mlx.errors import QuestionsError
from sf_mlx.evaluate.videos import find_videos, read_mapping
from tests.evaluate.conftest import FILES


@pytest.fixture
def folder(tmp_path):
    for name in ("a.mp4", "v_aB-c.mkv", "1164/100.MP4", "both.avi", "sub/both.mp4", "tumblr_a.gif",
                 "notes.txt", "vid1201.avi", "clips/one.mp4"):  # fmt: skip
        path = tmp_path / "videos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "videos"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a", "a.mp4"),
        ("a.mp4", "a.mp4"),
        ("aB-c", "v_aB-c.mkv"),
        ("v_aB-c", "v_aB-c.mkv"),
        ("v_a", "a.mp4"),
        ("100", "1164/100.MP4"),
        ("tumblr_a", "tumblr_a.gif"),
        ("both", "both.avi"),
        ("clips/one.mp4", "clips/one.mp4"),
        ("./clips/one.mov", "clips/one.mp4"),
        ("somewhere/else/one", "clips/one.mp4"),
        ("notes", None),
        ("A", None),
        ("../videos/notes.txt", None),
        ("/etc/passwd", None),
        ("", None),
    ],
)
def test_a_name_finds_its_file(folder, name, found):
    files = find_videos(folder).find(name)
    assert files[:1] == ([folder / found] if found else [])


def test_files_of_the_same_name_are_all_told(folder):
    assert len(find_videos(folder).find("both")) == 2


def test_a_mapping_file_works_both_ways_round(folder):
    videos = find_videos(folder, FILES / "youtube_mapping.txt")
    assert videos.find("abcdefghijk_10_20") == [folder / "vid1201.avi"]
    assert videos.find("vid1201") == [folder / "vid1201.avi"]
    assert find_videos(folder, FILES / "map_vid_vidorID.json").find("100") == [
        folder / "1164/100.MP4"
    ]


def test_mapping_files_that_are_broken(tmp_path):
    path = tmp_path / "m.txt"
    path.write_text('name,file\nx,"a b"\n')
    assert read_mapping(path)["x"] == "a b"
    path.write_text("one two\nthree\n")
    with pytest.raises(QuestionsError, match=r"m\.txt, line 2: 1 names"):
        read_mapping(path)
    path.write_text('{"a": null}')
    with pytest.raises(QuestionsError, match="a stands for no name"):
        read_mapping(path)


def test_a_link_that_leads_back_ends(folder):
    os.symlink(folder, folder / "loop")
    assert find_videos(folder).find("a") == [folder / "a.mp4"]
    with pytest.raises(QuestionsError, match="no such folder"):
        find_videos(folder / "a.mp4")
