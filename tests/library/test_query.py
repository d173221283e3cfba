"""What is typed is only ever words."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sf_mlx.errors import UsageError
from sf_mlx.library.query import parse, raw
from sf_mlx.library.sentences import sentences


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("dog beach", ['"dog"', '"beach"']),
        ("a dog on the beach", ['"dog"', '"beach"']),
        ("the", ['"the"']),
        ('"on the beach" dog', ['"on the beach"', '"dog"']),
        ("bea*", ['"bea"*']),
        ('"red ca"*', ['"red ca"*']),
        ("slow-motion", ['"slow-motion"']),
        ("dog NOT (cat", ['"dog"', '"NOT"', '"(cat"']),
        ("text:dog ^dog", ['"text:dog"', '"^dog"']),
        ('an "open quote', ['"open"', '"quote"']),
        ("dog dog", ['"dog"']),
        ("— dog !!", ['"dog"']),
        ("Straße 日本", ['"Straße"', '"日本"']),
    ],
)
def test_words_and_phrases(typed, terms):
    assert list(parse(typed).terms) == terms
    assert parse(typed).all_words == " AND ".join(terms)


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("", "no word"),
        ("  ?! ", "no word"),
        ('""', "no word"),
        ("x" * 1001, "1000"),
        (" ".join(f"w{i}" for i in range(33)), "32"),
        ("a\0b", "NUL"),
        ("a\udcff", "UTF-8"),
    ],
)
def test_what_cannot_be_searched(typed, word):
    with pytest.raises(UsageError, match=word):
        parse(typed)


def test_an_expression_is_left_alone():
    assert raw("dog NOT cat").all_words == "dog NOT cat"
    for empty in ("", "  "):
        with pytest.raises(UsageError, match="empty"):
            raw(empty)


@pytest.fixture(scope="module")
def words():
    database = sqlite3.connect(":memory:", check_same_thread=False)
    database.execute("CREATE VIRTUAL TABLE words USING fts5 (text, tokenize='porter unicode61')")
    return database


@given(st.text(max_size=60) | st.text(alphabet="ab\"*()^-+:{}' NEARANDORT,", max_size=40))
def test_nothing_that_is_typed_is_syntax(words, typed):
    try:
        query = parse(typed)
    except UsageError:
        return
    for expression in (query.all_words, query.some_words, *query.terms):
        words.execute("SELECT rowid FROM words WHERE words MATCH ?", (expression,)).fetchall()


# --- sentences -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  ", []),
        ("One.", ["One."]),
        ("One. Two!  Three?", ["One.", "Two!", "Three?"]),
        ('He says "go." Then he goes.', ['He says "go."', "Then he goes."]),
        ("A list:\n- one\n- two", ["A list:", "- one", "- two"]),
        ("At 3.5 s it stops.", ["At 3.5 s it stops."]),
        ("犬が走る。海だ。", ["犬が走る。", "海だ。"]),
    ],
)
def test_sentences(text, expected):
    assert sentences(text) == expected


@given(st.text(alphabet="ab .!?\n\"'", max_size=3000))
def test_no_sentence_is_lost_and_none_too_many(text):
    found = sentences(text)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert len(found) <= 1024 and all(found)
    assert len(sentences("a. " * 3000)) == 1024
