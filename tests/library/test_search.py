"""What is found, in which order, and what it costs."""

import random

import pytest

from sf_mlx.errors import LibraryError, UsageError
from sf_mlx.library import Library
from sf_mlx.library import search as searching
from sf_mlx.library.query import parse
from tests.library.clips import index, paths, write


@pytest.fixture
def beach(library, folder):
    """Clips of a dog, of a beach, of both in one sentence and of both in two."""
    write(folder / "dog.mp4", "A brown dog sleeps. It dreams.")
    write(folder / "beach.mp4", "People walk along a beach. The sun sets.")
    write(folder / "both.mp4", "A café by the sea. Two dogs are running on the beaches.")
    write(folder / "apart.mp4", "A dog barks loudly. Behind it lies a beach.")
    index(library, folder)
    return library


def test_words_in_one_sentence_come_before_words_in_one_description(beach):
    hits = beach.search("dog on the beach")
    assert [hit.path.rpartition("/")[2] for hit in hits] == ["both.mp4", "apart.mp4"]
    assert [hit.moments[0].fit for hit in hits] == ["sentence", "description"]
    assert hits[0].moments[0].sentence == "Two dogs are running on the beaches."
    assert hits[0].moments[0].description.startswith("A café")


def test_where_none_has_every_word_some_do(beach):
    hits = beach.search("brown walrus")
    assert [hit.moments[0].fit for hit in hits] == ["some words"]
    assert hits[0].moments[0].sentence == "A brown dog sleeps."
    assert beach.search("walrus") == []


def test_of_a_description_the_sentence_with_the_most_words_is_shown(library, folder):
    write(folder / "a.mp4", "The moon appears. A red heart moves. Nothing else.")
    index(library, folder)
    (hit,) = library.search("red heart appears")
    assert hit.moments[0].sentence == "A red heart moves."


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("DOGS", {"dog.mp4", "both.mp4", "apart.mp4"}),  # stems
        ("run", {"both.mp4"}),
        ("cafe", {"both.mp4"}),  # accents
        ("bro*", {"dog.mp4"}),  # prefixes
        ("bro", set()),
        ('"brown dog"', {"dog.mp4"}),  # phrases
        ('"dog brown"', set()),
        ('"along a beach"', {"beach.mp4"}),
        ("dog NOT brown", set()),  # only words: nobody says "not"
    ],
)
def test_stems_prefixes_phrases(beach, words, found):
    hits = [hit for hit in beach.search(words) if hit.moments[0].fit != "some words"]
    assert {hit.path.rpartition("/")[2] for hit in hits} == found


def test_an_expression_only_where_it_is_asked_for(beach):
    assert paths(beach, "dog NOT (brown OR bark OR run)", syntax=True) == []
    assert paths(beach, "sun OR sleep*", syntax=True) == ["beach.mp4", "dog.mp4"]
    for wrong in ("dog AND (", "nosuchcolumn: dog", '"open'):
        with pytest.raises(UsageError, match="no FTS5 expression"):
            beach.search(wrong, syntax=True)


def test_rare_and_dense_words_weigh_more(library, folder):
    write(folder / "long.mp4", "A tree and " + "a house and " * 30 + "a road are seen.")
    write(folder / "short.mp4", "A tree.")
    write(folder / "none.mp4", "A house.")
    index(library, folder)
    assert paths(library, "tree") == ["short.mp4", "long.mp4"]


def test_the_limit_counts_clips_and_a_clip_shows_its_best_moments(library, folder):
    for name in "abc":
        write(folder / f"{name}.mp4", *["A red car."] * 9, name, seconds=80)
    index(library, folder, every=10.0)
    hits = library.search("car", limit=2)
    assert len(hits) == 2
    for hit in hits:
        assert len(hit.moments) == searching.MOMENTS
        assert len({(moment.start, moment.end) for moment in hit.moments}) == len(hit.moments)
    assert len(library.search("car")) == 3
    for limit in (0, -1, 1001):
        with pytest.raises(UsageError, match="1 to 1,000 clips"):
            library.search("car", limit=limit)


def test_a_stretch_is_found_with_its_times(library, folder):
    write(folder / "film.mp4", "A film.", "A tree.", "A dog.", "A road.", seconds=30)
    index(library, folder, every=10.0)
    (hit,) = library.search("dog")
    assert [(moment.start, moment.end) for moment in hit.moments] == [(10.0, 20.0)]
    assert hit.duration == 30


def test_missing_files_and_copies_are_said(library, folder):
    write(folder / "a.mp4", "A dog.")
    write(folder / "b.mp4", "A dog.")
    index(library, folder)
    (hit,) = library.search("dog")
    assert hit.path == str(folder / "a.mp4") and hit.copies == (str(folder / "b.mp4"),)
    (folder / "a.mp4").unlink()
    (hit,) = library.search("dog")
    assert hit.path == str(folder / "b.mp4") and hit.copies == () and not hit.is_missing
    (folder / "b.mp4").unlink()
    (hit,) = library.search("dog")
    assert hit.is_missing and hit.path == str(folder / "a.mp4")


def test_an_empty_library_says_what_to_do(library, tmp_path):
    with pytest.raises(LibraryError, match="sf-mlx index FOLDER"):
        library.search("dog")
    with pytest.raises(LibraryError, match=r"nothing is indexed yet.*sf-mlx index FOLDER"):
        Library(tmp_path / "none.db", read_only=True)
    assert not (tmp_path / "none.db").exists()


def test_json(beach):
    hit = beach.search("sun")[0].as_json()
    assert list(hit) == ["path", "copies", "is_missing", "duration", "moments", "probability"]
    assert hit["moments"][0]["fit"] == "sentence"


# --- ten thousand rows ---------------------------------------------------------------------------

_KINDS = ("dog", "cat", "car", "boat", "tree", "child", "bird", "house", "river", "horse")


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Ten thousand descriptions of two sentences."""
    rng = random.Random(1)
    library = Library(tmp_path_factory.mktemp("large") / "library.db")
    database = library._database
    database.execute("BEGIN")
    database.execute("INSERT INTO makers VALUES (1, 'm', '{}')")
    for number in range(1, 10_001):
        text = f"A {rng.choice(_KINDS)} moves. A {rng.choice(_KINDS)} waits."
        content = (number, number.to_bytes(32))
        database.execute("INSERT INTO contents VALUES (?, ?, 10, NULL, NULL)", content)
        database.execute("INSERT INTO files VALUES (?, ?, NULL, NULL)", (b"/%d" % number, number))
        row = (number, number, text)
        database.execute("INSERT INTO descriptions VALUES (?, ?, 0, 10, ?, 1)", row)
        database.execute("INSERT INTO texts (rowid, text) VALUES (?, ?)", (number, text))
        database.executemany(
            "INSERT INTO sentences (rowid, text) VALUES (?, ?)",
            [(number * 1024 + at, part) for at, part in enumerate(text.split(". "))],
        )
    database.execute("COMMIT")
    yield library
    library.close()


def test_a_search_goes_through_the_index_of_words_and_by_keys(large):
    """No table is read through, whatever it holds: that is what makes it milliseconds."""
    word = parse("dog").all_words
    for sql, values in (
        (searching.IN_TEXTS, (word,)),
        (searching.IN_SENTENCES, (word,)),
        (searching._WITH_WORD, (word, 1, 2)),
        (searching._SENTENCE, (1,)),
        (searching._PATHS, (1,)),
        (searching._DURATION, (1,)),
    ):
        plan = [row[3] for row in large._database.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
        reads = [step for step in plan if step.startswith(("SCAN", "SEARCH"))]
        assert reads
        for step in reads:
            by_key = "USING INTEGER PRIMARY KEY" in step or "INDEX files_of_content" in step
            # "found" is the sorted list of rows, of which the best are taken; FTS5 has sorted it
            assert by_key or "VIRTUAL TABLE INDEX" in step or step == "SCAN found", plan
        assert not any("TEMP B-TREE" in step for step in plan), plan


def test_a_search_does_a_bounded_number_of_steps(large):
    """SQLite's own steps, in thousands: of a word in no row, in a fifth, in all, of two words."""

    def steps(words):
        count = 0

        def step():
            nonlocal count
            count += 1

        large._database.set_progress_handler(step, 1000)
        large.search(words)
        large._database.set_progress_handler(None, 0)
        return count

    assert steps("walrus") <= 1
    assert steps("dog") <= 40
    assert steps("moves") <= 150
    assert steps("dog moves") <= 40
    assert steps("dog walrus") <= 60


def test_no_more_rows_are_looked_at_than_the_most(large):
    rows = large._database.execute(searching.IN_TEXTS, ('"moves"',)).fetchall()
    assert len(rows) == searching.MOST_ROWS
    assert len(large.search("moves", limit=1000)) == 1000
