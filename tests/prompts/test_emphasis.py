from __future__ import annotations

import math

import pytest

from prompts import PromptError, parse, parse_emphasis


def runs(text: str) -> list[tuple[str, float]]:
    return [(fragment.text, round(fragment.weight, 4)) for fragment in parse_emphasis(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a (red:1.3) fox", [("a ", 1), ("red", 1.3), (" fox", 1)]),
        ("(a (b:1.5) c:0.5)", [("a ", 0.5), ("b", 0.75), (" c", 0.5)]),
        ("([a])", [("a", 1)]),
        ("((a) b)", [("a", 1.21), (" b", 1.1)]),
        ("(a)(b)", [("ab", 1.1)]),
        ("(word: 1.3 )", [("word", 1.3)]),
        ("(a b :1.3)", [("a b ", 1.3)]),
        ("(route 66 :1.3)", [("route 66 ", 1.3)]),
        ("(word:.5)", [("word", 0.5)]),
        ("(word:2.)", [("word", 2)]),
        ("(word:−1)", [("word", -1)]),
        ("(a:b:1.3)", [("a:b", 1.3)]),
        ("(word:)", [("word:", 1.1)]),
        ("(word:1.3x)", [("word:1.3x", 1.1)]),
        ("[word:1.3]", [("word:1.3", 0.9091)]),
        ("(word:1.3)2", [("word", 1.3), ("2", 1)]),
        ("(word).5", [("word", 0.5)]),
        ("(word)-0.5", [("word", -0.5)]),
        ("((a))1.3", [("a", 1.43)]),
        ("((a)1.3:0.5)", [("a", 0.65)]),
        ("(a)1.3 b", [("a", 1.3), (" b", 1)]),
        ("(a). 5", [("a", 1.1), (". 5", 1)]),
        ("(a)1.", [("(a)1.", 1)]),
        ("(v)1.3.2", [("(v)1.3.2", 1)]),
        ("(a)1.3x", [("(a)1.3x", 1)]),
        ("((c))2024", [("(", 1), ("c", 1.1), (")2024", 1)]),
        ("f(x)", [("f", 1), ("x", 1.1)]),
        ("()", [("()", 1)]),
        ("[ ]", [("[ ]", 1)]),
        ("( )1.3", [("( )1.3", 1)]),
        ("fox_(animal)", [("fox_(animal)", 1)]),
        ("fox_(animal:1.3)", [("fox_", 1), ("animal", 1.3)]),
        ("(a [b) c]", [("a [b", 1.1), (" c]", 1)]),
        ("a\\", [("a\\", 1)]),
        (r"\\(a)", [("\\", 1), ("a", 1.1)]),
        (r"(a\):1.3)", [("a)", 1.3)]),
        ("a :) b", [("a :) b", 1)]),
        ("(a :) b)", [("a :", 1.1), (" b)", 1)]),
    ],
)
def test_brackets(text: str, expected: list[tuple[str, float]]) -> None:
    assert runs(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a red++ fox", [("a ", 1), ("red", 1.21), (" fox", 1)]),
        ("red++, fox", [("red", 1.21), (", fox", 1)]),
        ("red+++ fox", [("red", 1.331), (" fox", 1)]),
        ("red+ fox", [("red+ fox", 1)]),
        ("sci-fi++", [("sci-fi", 1.21)]),
        ("don't--", [("don't", 0.81)]),
        ("(red++ fox:2)", [("red", 2.42), (" fox", 2)]),
        ("mp3++", [("mp3", 1.21)]),
        ("x86++", [("x86++", 1)]),
        ("fox--red", [("fox--red", 1)]),
        ("fox-->red", [("fox-->red", 1)]),
        ("fox++--", [("fox++--", 1)]),
        ("狐狸++", [("狐狸", 1.21)]),
        ("狐++", [("狐++", 1)]),
        ("e\u0301te\u0301++", [("e\u0301te\u0301", 1.21)]),
        ("हिन्दी++", [("हिन्दी", 1.21)]),
        ("🦊++", [("🦊++", 1)]),
        ("(a)1.3-red++", [("(a)1.3-", 1), ("red", 1.21)]),
        ("http://a.b/read--me--", [("http://a.b/read--me--", 1)]),
    ],
)
def test_words(text: str, expected: list[tuple[str, float]]) -> None:
    assert runs(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "https://en.wikipedia.org/wiki/Fox_(animal)",
        "https://example.org/?a=[1]&b=(two)",
        "ftp://x/(a:1.3)",
    ],
)
def test_addresses_are_text(text: str) -> None:
    assert runs(text) == [(text, 1)]
    assert runs(f"({text}:1.3)") == [(text, 1.3)]


def test_the_wire_reading_stays_in_the_range_and_finite() -> None:
    assert runs("(a:50)") == [("a", 10)]
    assert runs("(a:-50)") == [("a", -10)]
    assert runs("(" * 2000 + "a" + ")" * 2000) == [("a", 10)]
    assert runs("a (b:" + "9" * 400 + ")") == [("a ", 1), ("b", 10)]
    text = "(" * 500 + "(a:0)" + ":9)" * 500
    assert runs(text) == [("a", 0)]
    assert all(math.isfinite(fragment.weight) for fragment in parse_emphasis(text))


@pytest.mark.parametrize(
    ("text", "position", "offending", "reason"),
    [
        ("a (fox:11)", 7, "11", "The weight 11 is outside -10 to 10"),
        ("a (fox:1,5)", 7, "1,5", "Use a point"),
        ("(fox)10.5", 5, "10.5", "The weight 10.5 is outside"),
        ("((a fox:5):5)", 2, "a fox", "The emphasis multiplies to 25, outside -10 to 10"),
        ("fox" + "+" * 3000, 0, "fox", "The emphasis multiplies to 13780.61"),
        ("(" * 2900 + "a" + ")" * 2900, 2900, "a", "multiplies to over 1,000,000"),
    ],
)
def test_mistakes(text: str, position: int, offending: str, reason: str) -> None:
    with pytest.raises(PromptError) as caught:
        parse(text)
    assert (caught.value.position, caught.value.offending) == (position, offending)
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("text", "positions"),
    [
        ("sun::2 a (fox", [9]),
        ("sun::2 a fox)] x", [12, 13]),
        ("(a::2 b)", [0, 7]),
        ("(route 66:1.3)", []),
        ("(scale 1:2)", []),
        ("(fog:-1)", [5]),
        ("fog ;) :-( :] =) :)", []),
        ("fun:) fun;)", [10]),
        ("a {b", [2]),
        ("a} :}", [1]),
        ("{(a, b} (c", [1, 8]),
    ],
)
def test_notices(text: str, positions: list[int]) -> None:
    assert [notice.position for notice in parse(text).notices] == positions


def test_plain_and_emphasised() -> None:
    (segment,) = parse(r"a \(big\) (red:1.3) fox++").segments
    assert segment.plain == "a (big) red fox"
    assert segment.is_emphasised
    assert segment.fragments == parse_emphasis(segment.text)
    assert not parse(r"a \(big\) fox").segments[0].is_emphasised
