"""Text as words to be found by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.jobs.search_words import MAX_WORD, MAX_WORDS, split_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A red lighthouse, a RED sea", ["a", "red", "lighthouse", "sea"]),
        ("Café—Ångström", ["cafe", "angstrom"]),
        ("snake_case (fox:1.3)", ["snake", "case", "fox", "1", "3"]),
        ("灯台の夜", ["灯台", "台の", "の夜"]),
        ("고양이가", ["고양", "양이", "이가"]),
        ("מגדלור אדום", ["מגדלור", "אדום"]),
        ("🏳️‍🌈 ...", []),
    ],
)
def test_words_are_told_apart(text: str, words: list[str]):
    assert split_words(text) == words


@given(st.text(max_size=400))
def test_any_text_gives_a_few_short_words(text: str):
    words = split_words(text)
    assert len(words) == len(set(words)) <= MAX_WORDS
    assert all(0 < len(word) <= MAX_WORD for word in words)


def test_a_part_of_a_word_without_spaces_is_found():
    assert set(split_words("고양이")) <= set(split_words("고양이가 잔다"))
