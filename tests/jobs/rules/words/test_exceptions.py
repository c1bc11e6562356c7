"""Phrases in which a listed word is innocent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.rules.words.adult import adult_entries, innocent_phrases
from jobs.rules.words.wordlist import WordList, folds

ADULT_WORDS = WordList(adult_entries(), innocent_phrases())


@pytest.mark.parametrize(
    "text",
    [
        "a naked mole rat in its burrow",
        "woman in a nude beige dress",
        "NUDE lipstick and nude heels, soft nude tones",
        "visible to the naked eye",
        "a naked-mole-rat",
        "n4ked mole r4t",
        "naked branches against the sky",
        "a topless tower, a topless bus and a bottomless pit",
        "wire strippers and a paint stripper",
        "sex and the city poster, the opposite sex",
        "graduating summa cum laude",
        "blue footed boobies dancing",
        "a boston cream-pie, a banana cream/pie",
        "the dorsal and anal fins of a trout",
    ],
)
def test_innocent_phrases_pass(text: str):
    assert ADULT_WORDS.find(text) is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a naked mole rat and a naked woman", "naked"),
        ("naked woman, naked mole rat", "naked"),
        ("naked naked mole rat", "naked"),
        ("nude beige nude", "nude"),
        ("a nude brown woman", "nude brown woman"),
        ("a nude, pink-haired girl", "nude pink haired"),
        ("same sex scene", "sex scene"),
        ("naked mole, rat nude", "nude"),
        ("a nude woman with nude lipstick", "nude"),
        ("naked eye, n u d e", "nude"),
    ],
)
def test_all_outside_a_phrase_counts(text: str, word: str):
    assert ADULT_WORDS.find(text) == word


def test_the_built_in_phrases_are_well_formed():
    phrases = innocent_phrases()
    assert len(phrases) == len(set(phrases))
    bare = WordList(adult_entries())
    assert all(folds(phrase) and not bare.has(phrase) for phrase in phrases)
    # Each of them lets something pass that would be refused.
    assert all(bare.find(phrase.replace("cream pie", "cream-pie")) for phrase in phrases)


def test_an_exception_is_longer_than_what_it_excepts():
    own = WordList(["kraken", "two words"], ["Kraken", "two words", "kra ken", "kraken rum"])
    assert own.find("a kraken") == "kraken"
    assert own.find("a kra_ken") == own.find("k r a k e n") == "kraken"
    assert own.find("two words") == "two words"
    assert own.find("KRÄKEN  RUM") is None


letters = st.text("abcdef", min_size=2, max_size=4)


@given(letters, letters, letters)
def test_an_exception_excepts_its_own_occurrences_only(word: str, before: str, after: str):
    phrase = f"{before}q {word} q{after}"
    own = WordList([word], [phrase])
    assert own.find(phrase) is None
    assert own.find(f"x {phrase}, {phrase} x") is None
    assert own.find(f"{phrase} . {word}") == word
    assert own.find(f"{word} . {phrase}") == word
