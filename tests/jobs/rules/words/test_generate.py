"""The table of look-alikes, reduced from Unicode's file."""

from __future__ import annotations

from jobs.rules.words.generate import confusables, reduced, written
from jobs.rules.words.lookalikes import unicode_table

SAMPLE = """
# Version: 13.0.0
0430 ;	0061 ;	MA	# ( а → a ) CYRILLIC SMALL LETTER A → LATIN SMALL LETTER A
0406 ;	006C ;	MA	# ( І → l ) CYRILLIC CAPITAL LETTER BYELORUSSIAN-UKRAINIAN I → l
043A ;	0138 ;	MA	# ( к → ĸ ) CYRILLIC SMALL LETTER KA → LATIN SMALL LETTER KRA
118E3 ;	0072 006E ;	MA	# ( 𑣣 → rn ) WARANG CITI DIGIT THREE → LATIN SMALL LETTER M
4E36 ;	005C ;	MA	# ( 丶 → \\ ) CJK UNIFIED IDEOGRAPH-4E36 → REVERSE SOLIDUS
"""


def found(text: str) -> dict[str, str]:
    return reduced(confusables(SAMPLE.splitlines()), text)


def test_confusables_are_followed_to_ascii():
    assert found("аІк丶") == {"а": "a", "І": "1", "к": "k"}
    assert found("\U000118e3") == {"\U000118e3": "m"}


def test_letters_are_led_back_by_their_names():
    assert found("ɗɲʉɐɛꝺŋəқ") == dict(zip("ɗɲʉɐɛꝺŋəқ", "dnuaednek", strict=True))


def test_what_folds_by_itself_is_left_out():
    assert found("éｎ𝐧ⓝaя裸나न\u0301") == {}


def test_the_shipped_table_is_what_the_generator_writes():
    shipped = unicode_table()
    known = confusables(SAMPLE.splitlines())
    again = reduced(known, [char for char in shipped if char in known])
    assert again == {char: shipped[char] for char in again}
    lines = written({"ɗ": "d", "а": "a", "ɑ": "a"}, "13.0.0").splitlines()
    assert lines[-2:] == ["a 0430 0251", "d 0257"]
