"""The word list: found however it is written, and not where it only looks alike."""

from __future__ import annotations

import itertools
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.rules.words.adult import adult_entries, innocent_phrases
from jobs.rules.words.wordlist import MAX_ENTRY, WordList, folds

ADULT_WORDS = WordList(adult_entries(), innocent_phrases())

LIST = WordList(
    [
        "cabbage",
        "grass",
        "ass",
        "two words",
        "裸体",
        "🍆",
        "σκύλος",
        "rule 34",
        "l1lt",
        "café",
        "йод",
    ]
)


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("a CABBAGE here", "cabbage"),
        ("ｃａｂｂａｇｅ", "cabbage"),
        ("𝓬𝓪𝓫𝓫𝓪𝓰𝓮", "cabbage"),
        ("c\u200ba\u200db\u2060b\ufeffa\u00adge", "cabbage"),
        ("саbbаgе", "cabbage"),
        ("СAВВAGЕ", "cabbage"),
        ("c@bb4g3", "cabbage"),
        ("cäbbágè", "cabbage"),
        ("ca\u0308bbage", "cabbage"),
        ("c.a.b.b.a.g.e!", "cabbage"),
        ("c a b b a g e", "cabbage"),
        ("paint a c-a-b-b-a-g-e i like", "cabbage"),
        ("big_cabbage-soup", "cabbage"),
        ("🅒🅐🅑🅑🅐🅖🅔", "cabbage"),
        ("🇨 🇦 🇧 🇧 🇦 🇬 🇪", "cabbage"),
        ("a$$", "ass"),
        ("a55 of a donkey", "ass"),
        ("Two,   WORDS", "two words"),
        ("美しい裸体画", "裸体"),
        ("an 🍆, please", "🍆"),
        ("ΣΚΎΛΟΣ", "σκύλος"),
        ("rule 34", "rule 34"),
        ("lilt and 1i1t", "l1lt"),
        ("CAFE\u0301", "café"),
        ("ЙОД", "йод"),
        ("x ▓▒ grass ▒▓", "grass"),
    ],
)
def test_an_entry_is_found(text: str, entry: str):
    assert LIST.find(text) == entry


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a fox",
        "cabbages",
        "classic assassin",
        "455 geese",
        "$5 and 4 of 4",
        "two  other words",
        "е",
    ],
)
def test_what_only_looks_alike_is_not(text: str):
    assert LIST.find(text) is None


def test_several_texts_are_looked_through():
    assert LIST.find("a fox", "a hare", "grass") == "grass"


def test_an_empty_list_finds_nothing():
    assert WordList([]).find("anything") is None


@pytest.mark.parametrize("entry", ["", "   ", "…!?", "\u200b", "+-=", "()"])
def test_an_entry_without_anything_to_look_for(entry: str):
    assert folds(entry) == set()
    assert WordList([entry]).find("anything … !? at all") is None


def test_the_built_in_list_is_well_formed():
    entries = adult_entries()
    assert len(entries) == len(set(entries))
    assert all(entry and folds(entry) and len(entry) <= MAX_ENTRY for entry in entries)


@pytest.mark.parametrize(
    "text",
    [
        "a castle in Essex at dusk",
        "a cockatoo, a robin and two blue tits",
        "Moby Dick the whale",
        "a pussy willow in spring",
        "an analog photograph, classic class, grass",
        "portrait of a nun, renaissance, oil",
        "sextant and compass on a table",
        "a document, an accumulator and a cucumber",
        "anatomy of a horse, pencil",
        "a bare tree, --steps 30 --seed 69",
    ],
)
def test_innocent_prompts_pass(text: str):
    assert ADULT_WORDS.find(text) is None


any_text = st.text(st.characters(codec=None), max_size=300)


@given(any_text, st.lists(any_text, max_size=5))
def test_nothing_raises(text: str, entries: list[str]):
    WordList(entries).find(text)


letters = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=20)


@given(st.lists(letters, min_size=1, max_size=4), any_text, any_text)
def test_an_entry_is_always_found_as_it_was_written(words: list[str], before: str, after: str):
    entry = " ".join(words)
    found = WordList([entry]).find(f"{before} . {entry} . {after}")
    assert found == entry


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20))
def test_any_word_is_found_in_its_own_script(word: str):
    form = unicodedata.normalize("NFC", word)
    if folds(form):
        assert WordList([form]).find(f"x. {form} .x") == form


@given(
    st.text(st.characters(categories=["Ll", "Lu"], max_codepoint=0x24F), min_size=4, max_size=12)
)
def test_case_and_composition_make_no_difference(word: str):
    entry = WordList([word])
    if folds(word):
        assert entry.find(unicodedata.normalize("NFD", word)) == word
        assert entry.find(unicodedata.normalize("NFKC", word)) == word


HOSTILE = [
    "a ",
    "1!",
    "\u0300\u0345",
    "n.",
    "裸",
    "!a",
    "$|",
    "\U0001f1e6",
    "i1l|",
    "\ufdfa",
    "naked mole rat ",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_time_grows_with_the_length_only(piece: str):
    entries = WordList(
        [*adult_entries(), *(f"word {n} of many" for n in range(500))], innocent_phrases()
    )

    fresh = itertools.count()

    def seconds(length: int) -> float:
        # A text that was looked through lately would be quicker.
        text = f"{next(fresh)} " + (piece * length)[:length]
        began = time.process_time()
        entries.find(text)
        return time.process_time() - began

    seconds(100)
    # Four times the length would be sixteen times the time if it were not linear.
    assert (
        min(seconds(24_000) for _ in range(3)) < 10 * min(seconds(6_000) for _ in range(3)) + 0.05
    )
