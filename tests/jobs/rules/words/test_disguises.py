"""Words in disguise: other letters, marks, what nobody sees, and separators of every kind."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobs.rules.words.adult import adult_entries, innocent_phrases
from jobs.rules.words.lookalikes import unicode_table
from jobs.rules.words.wordlist import WordList

ADULT_WORDS = WordList(adult_entries(), innocent_phrases())
LIST = WordList(["nude", "cabbage", "two words", "anus"])

OVERLAYS = "\u0334\u0335\u0336\u0337\u0338\u20d2\u20d3\u20d8\u20e5\u20eb"


@pytest.mark.parametrize(
    "text",
    [
        "n\u0336u\u0336d\u0336e\u0336",
        "ꓠꓴꓓꓰ",
        "ⲛⲩⲇⲉ",
        "ꮑꮼꮄꮛ",
        "ᏁᏬᎴᏋ",
        "ɳʉɖɘ",
        "ɲuɗɛ",
        "ŋuɖə",
        "ɴᴜᴅᴇ",
        "ⁿᵘᵈᵉ",
        "иυ∂є",
        "и υ ∂ є",
        "ИUDE",
        "NUDΣ",
        "ռսԁе",
        "ᑎᑌᗪE",
        "几ㄩᗪ乇",
        "ภย๔є",
        "₦ɄĐɆ",
        "🅽🆄🅳🅴",
        "🇳🇺🇩🇪",
        "⒩⒰⒟⒠",
        "ⓝⓤⓓⓔ",
        "𝓷𝕦𝙙𝚎",
        "ｎｕｄｅ",
        "n\u0489u\u0489d\u0489e",
        "n\u0e38ud\u094de",
        "n\u200bu\u180ed\ufe0fe\U000e0041",
        "nu\u3164de",
        "nude™",
        "nude2",
        "1nude1",
        "nuuude",
        "nud3",
        "n.u.d.3",
    ],
)
def test_letters_in_disguise(text: str):
    assert LIST.find(f"a {text} figure") == "nude"


@pytest.mark.parametrize(
    "text",
    ["n1pp1e", "nIpp1e", "N1PP|E", "n\u0406pp\u04cfe", "n\U0001d408ppⅼe", "nipple", "NIPPIE"],
)
def test_an_i_may_be_an_l(text: str):
    assert ADULT_WORDS.find(text) == (None if text == "NIPPIE" else "nipple")


def test_a_capital_within_a_word_may_be_an_l():
    assert ADULT_WORDS.find("onIyfans") == "onlyfans"
    assert WordList(["fail", "McIntosh"]).find("to fall, McIntosh") == "McIntosh"


SEPARATORS = [*"_/\\|~*.,;:'\"+=#&^<>()[]{}-–—·•…\u00a0\u2003\u2009\u202f\u2028\u2800\u3000\t\n\r"]
LONGER = ["\r\n", "😀", "❤️", "👍🏽", "👩‍👩‍👧", "♥", "__", "/-/", "\n\n", " \n ", "の"]
ENTRY_SPLITS = [(word, at) for word in ("nude", "cabbage") for at in range(1, len(word))]


@pytest.mark.parametrize("separator", SEPARATORS + LONGER)
def test_words_are_joined_across_separators(separator: str):
    for word, at in ENTRY_SPLITS:
        assert LIST.find(f"a {word[:at]}{separator}{word[at:]} here") == word
        assert LIST.find(f"a {separator.join(word)} here") == word
    assert LIST.find(f"two{separator}words") == "two words"


@pytest.mark.parametrize("separator", [" ", " . ", " - ", " / ", ", ", "; ", " 😀 ", "  "])
def test_single_letters_are_a_word_however_far_apart(separator: str):
    assert LIST.find(f"a {separator.join('nude')} here") == "nude"
    assert LIST.find(f"nu{separator}de") is None


@pytest.mark.parametrize(
    "text",
    [
        "tin ude",
        "a fountain pen\nis on the desk",
        "an\nus flag",
        "an us flag",
        "an\u00a0us flag",
        "ice cream,pie,coffee",
        "the pen is red",
        "all dressed up, skirt red",
        "Essex, Sussex, Middlesex and Scunthorpe",
        "a cockpit, a therapist, a cockerel and Dick Tracy",
        "assassin in Assam, class of bass",
        "сим карта и тит",
        "секрет, анализ",
        "x-ray of a 1024x768 photo, f/4.5, 50mm",
        "rock-n-roll, a s h o p",
        "the sex-linked ratio of analog cucumbers",
        "丨山 千尺 几",
        "5 5 5 and 3 of 4",
        "0x27,0x66,0x89 and CVE-xxxx-xxxxx",
        "СССР, США и сима в лесу",
        "Der Anfang, das Analoge, ein Sechseck",
        "un nu\u00a0: de dos",
    ],
)
def test_innocent_neighbours_are_not_glued(text: str):
    assert ADULT_WORDS.find(text) is None


@pytest.mark.parametrize(
    "sign",
    ["🇺🇸", "1\ufe0f\u20e3", "🅰\ufe0f", "Ⓜ\ufe0f", "ℹ\ufe0f", "㊙", "²", "ˈ", "ː", "ʹ", "𒐫", "ᚠ"],
)
def test_drawn_signs_and_foreign_letters_hide_nothing(sign: str):
    assert ADULT_WORDS.find(f"a nu{sign}de figure", sign.join("naked")) == "nude"
    assert ADULT_WORDS.find(sign.join("naked")) == "naked"
    assert ADULT_WORDS.find(f"peace{sign}and quiet") is None


@given(st.characters(codec="utf-8"))
@example("\u200d")
@example("\u200b")
@example("\u00ad")
@example("\u0336")
@example("\ufe0f")
def test_what_an_engine_may_read_between_two_words_glues_them_for_nobody(char: str):
    text = f"naked{char}woman"
    drawn = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())
    if "naked" in drawn:
        assert ADULT_WORDS.find(text) == "naked"


def test_what_is_shown_turned_round_is_read_as_it_is_shown():
    assert ADULT_WORDS.find("a \u202eedun\u202c figure") == "nude"
    assert ADULT_WORDS.find("a \u202eerugif edun") == "nude"
    assert ADULT_WORDS.find("a \u202enude\u202c figure") == "nude"
    assert ADULT_WORDS.find("edun") is None


@given(st.sampled_from(sorted(unicode_table())), st.sampled_from(["cabbage", "nude"]))
def test_whatever_unicode_calls_a_look_alike_is_read_as_its_letter(char: str, word: str):
    target = unicode_table()[char]
    if target in word:
        assert LIST.find(word.replace(target, char)) == word


@given(st.lists(st.sampled_from(OVERLAYS), min_size=4, max_size=4))
def test_overlays_fall_off(marks: list[str]):
    disguised = "".join(map("".join, zip("nude", marks, strict=True)))
    assert LIST.find(disguised) == "nude"
    assert LIST.find(unicodedata.normalize("NFC", disguised)) == "nude"


@pytest.mark.parametrize(
    ("entry", "same", "others"),
    [
        ("나체", ["나체", unicodedata.normalize("NFD", "나체")], ["나초", "낮체", "나제"]),
        ("नग्न", ["नग्न चित्र"], ["नगन", "नाग", "नग"]),
        ("कल", ["कल आना"], ["काल", "किल", "कुल", "कला"]),
        ("เปลือย", ["ภาพเปลือยกาย"], ["เปลย", "เปลอย"]),
        ("กา", ["กาแฟ"], ["กี", "กุ", "ก"]),
        ("عاري", ["رجل عاري", "عَارِي", "عـــاري"], ["عار", "عالي"]),
        ("עירום", ["עֵירֹם עירום"], ["עיר"]),
        ("裸体", ["裸・体", "裸 体", "美裸体画"], ["体裸", "裸"]),
        ("голый", ["ГОЛЫЙ", "го\u0336лый", "г_о_л_ы_й"], ["голы", "гол"]),
    ],
)
def test_other_scripts_keep_what_tells_their_words_apart(
    entry: str, same: list[str], others: list[str]
):
    own = WordList([entry])
    assert [own.find(text) for text in same] == [entry] * len(same)
    assert [text for text in others if own.find(text)] == []
