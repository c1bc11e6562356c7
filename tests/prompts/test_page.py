"""Every example of the page that decides how a prompt is read, as it stands there."""

from __future__ import annotations

import pytest

from prompts import Options, Prompt, PromptError, parse, parse_emphasis


def segments(prompt: Prompt) -> list[tuple[str, float]]:
    return [(segment.plain, segment.weight) for segment in prompt.segments]


def emphasis(text: str) -> list[tuple[str, float]]:
    return [(fragment.text, round(fragment.weight, 6)) for fragment in parse_emphasis(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # text::w, and where :: is text
        ("a castle::2 fog::-0.5", [("a castle", 2), ("fog", -0.5)]),
        ("a::b", [("a::b", 1)]),
        ("std::vector", [("std::vector", 1)]),
        ("a:: 2 dogs", [("a", 1), ("2 dogs", 1)]),
        ("fog::-0.5 a castle", [("fog", -0.5), ("a castle", 1)]),
        ("a::", [("a", 1)]),
        # text:w | text:w, and where : is text
        ("a castle:2 | fog:-0.5", [("a castle", 2), ("fog", -0.5)]),
        ("a castle:2", [("a castle:2", 1)]),
        (r"a castle:2 \| fog", [("a castle:2 | fog", 1)]),
        ("John 3:16", [("John 3:16", 1)]),
        ("John 3:16 | fog", [("John 3:16", 1), ("fog", 1)]),
        ("blade runner:2049", [("blade runner:2049", 1)]),
        ("at 12:30", [("at 12:30", 1)]),
        ("at 12:30 | fog", [("at 12:30", 1), ("fog", 1)]),
        ("a castle:2 in fog | sun", [("a castle:2 in fog", 1), ("sun", 1)]),
        # numbers
        ("a::.5 b::0.5 c::2 d::-0.4", [("a", 0.5), ("b", 0.5), ("c", 2), ("d", -0.4)]),
        ("a b::\u22120.4", [("a b", -0.4)]),
        ("a::10 b::-10", [("a", 10), ("b", -10)]),
        ("a::0 b", [("b", 1)]),
        ("fog::-1", [("fog", -1)]),
        ("a lighthouse --no fog, blur", [("a lighthouse", 1), ("fog", -1), ("blur", -1)]),
        ("a lighthouse --no fog, blur --seed 7", [("a lighthouse", 1), ("fog", -1), ("blur", -1)]),
        # text that is left alone
        ("fox —a red one", [("fox —a red one", 1)]),
        ("🦊 狐狸 ثعلب 🏳️‍🌈", [("🦊 狐狸 ثعلب 🏳️‍🌈", 1)]),
        (
            "like https://example.org/a_(b)?c=d, please!",
            [("like https://example.org/a_(b)?c=d, please!", 1)],
        ),
        # braces without a comma of their own
        ("{red}", [("{red}", 1)]),
        ('{"a": 1}', [('{"a": 1}', 1)]),
        ('{"a, b": 1}', [('{"a, b": 1}', 1)]),
    ],
)
def test_segments(text: str, expected: list[tuple[str, float]]) -> None:
    prompt = parse(text)
    assert segments(prompt) == expected
    assert prompt.variants == (prompt.segments,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(word:1.3)", [("word", 1.3)]),
        ("(word)", [("word", 1.1)]),
        ("((word))", [("word", 1.21)]),
        ("((word:1.3))", [("word", 1.43)]),
        ("[word]", [("word", round(1 / 1.1, 6))]),
        ("[[word]]", [("word", round(1 / 1.21, 6))]),
        ("(word)1.3", [("word", 1.3)]),
        ("(c)2024", [("(c)2024", 1)]),
        ("f(x)2", [("f(x)2", 1)]),
        ("word++", [("word", 1.21)]),
        ("word--", [("word", 0.81)]),
        ("C++", [("C++", 1)]),
        ("10++", [("10++", 1)]),
        ("a--", [("a--", 1)]),
        ("(scale 1:2)", [("scale 1:2", 1.1)]),
        ("[cat:dog:0.5]", [("cat:dog:0.5", round(1 / 1.1, 6))]),
        (":)", [(":)", 1)]),
        ("(happy :) dog", [("happy :", 1.1), (" dog", 1)]),
        ("a) (b", [("a) (b", 1)]),
        ("¯\\_(ツ)_/¯", [("¯\\_(ツ)_/¯", 1)]),
        *((f"x\\{sign}y", [(f"x{sign}y", 1)]) for sign in "\\()[]{}|:+-,"),
        *((f"x\\{other}y", [(f"x\\{other}y", 1)]) for other in "_/*n\"'. "),
        (r"\(word\)", [("(word)", 1)]),
        (r"(word\:1.3)", [("word:1.3", 1.1)]),
        (r"word\++", [("word++", 1)]),
        # The wire knows emphasis only.
        ("a::2 | b:2 --no {c, d}", [("a::2 | b:2 --no {c, d}", 1)]),
    ],
)
def test_emphasis(text: str, expected: list[tuple[str, float]]) -> None:
    assert emphasis(text) == expected


def test_shrug_survives_as_it_is() -> None:
    prompt = parse("¯\\_(ツ)_/¯")
    assert prompt.canonical == prompt.segments[0].text == prompt.segments[0].plain == "¯\\_(ツ)_/¯"
    assert not prompt.notices


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fox --seed 7", Options(seed=7)),
        ("fox --seed 4294967295", Options(seed=4294967295)),
        ("fox --seed 0", Options()),
        ("fox --steps 30", Options(steps=30)),
        ("fox --cfg 7.5", Options(cfg=7.5)),
        ("fox --ar 3:2", Options(aspect=(3, 2))),
        ("fox --size 768x512", Options(size=(768, 512))),
        ("fox --count 4", Options(count=4)),
        ("fox --sampler k_euler", Options(sampler="k_euler")),
        ("fox --engine atelier-painter", Options(engine="atelier-painter")),
        ("fox --style pixel-art", Options(style="pixel-art")),
        ("fox --clip fast_blue", Options(clip="fast_blue")),
        ("fox --no fog", Options()),
        ("fox \u2014ar 3:2", Options(aspect=(3, 2))),
        ("fox \u2013seed 7 \u2014no fog", Options(seed=7)),
    ],
)
def test_options(text: str, expected: Options) -> None:
    assert parse(text).options == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{red, blue} fox", ["red fox", "blue fox"]),
        ("{{dark, light} red, blue} fox", ["dark red fox", "light red fox", "blue fox"]),
        ('{"a": 1, "b": 2}', ['"a": 1', '"b": 2']),
    ],
)
def test_permutations(text: str, expected: list[str]) -> None:
    assert [segments(parse(text))] == [[(text, 1)]]
    assert [variant[0].plain for variant in parse(text).variants] == expected


@pytest.mark.parametrize(
    ("text", "offending", "reason", "suggestion"),
    [
        ("a::1,5 b", "1,5", "point", "1.5"),
        ("a:1,5 | b", "1,5", "point", "1.5"),
        ("(a:1,5)", "1,5", "point", "1.5"),
        ("a::10.01", "10.01", "10.01 is outside -10 to 10", "10"),
        ("a b::-11", "-11", "-11 is outside -10 to 10", "-10"),
        ("a::\u221211", "\u221211", "outside -10 to 10", "-10"),
        ("(a:11)", "11", "outside -10 to 10", "10"),
        ("blade runner:2049 | fog", "2049", "outside -10 to 10", "10"),
        ("fox --ar 3:2 in snow", "in snow", "Options come last", "in snow --ar 3:2"),
        ("fox --ar 3:2 --ar 3:2", "--ar", "twice", None),
        ("fox --no fog --no blur", "--no", "twice", None),
        ("fox --sede 7", "--sede", "no option --sede", "--seed"),
        ("{a, b}{a, b}{a, b}{a, b}{a, b} x", "{a, b}{a, b}{a, b}{a, b}{a, b}", "32", None),
        ("{red, blue} fox --count 9", "{red, blue}", "18", None),
    ],
)
def test_errors(text: str, offending: str, reason: str, suggestion: str | None) -> None:
    with pytest.raises(PromptError) as caught:
        parse(text)
    error = caught.value
    assert error.offending == offending
    assert text[error.position :].startswith(offending)
    assert reason in error.reason
    assert error.suggestion == suggestion


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("a castle::2.1", 10, "beyond the usual -2 to 2"),
        ("a castle::-3 b", 10, "beyond the usual -2 to 2"),
        ("(a castle:3)", 10, "beyond the usual -2 to 2"),
        ("b fog::0", 0, "left out"),
        ("fog::-1", 0, "only something to avoid"),
        ("--no fog", 5, "only something to avoid"),
        ("fox) in snow", 3, "no partner"),
        ("a [fox", 2, "no partner"),
        ("fox \u2014ar 3:2", 4, "read as --ar"),
    ],
)
def test_notices(text: str, position: int, words: str) -> None:
    # A weight of 0 on the only segment would leave nothing to draw.
    prompt = parse(f"{text} | x" if text == "b fog::0" else text)
    assert [notice.position for notice in prompt.notices] == [position]
    assert words in prompt.notices[0].text
    assert prompt.notices[0].text.endswith(".")


@pytest.mark.parametrize(
    "text",
    ["a::2", "a b::-2 c", "(a:2)", "(c)2024", "f(x)2", ":)", "(happy :)", "a::b", "{red}", "a--"],
)
def test_what_is_usual_needs_no_notice(text: str) -> None:
    assert parse(text).notices == ()


def test_slash_option_beats_flag() -> None:
    prompt = parse("fox --seed 7 --steps 30", slash=Options(seed=8))
    assert prompt.options == Options(seed=8, steps=30)
    assert [notice.position for notice in prompt.notices] == [4]
    assert "seed" in prompt.notices[0].text


def test_sixteen_pictures_are_one_job() -> None:
    assert len(parse("{a, b}{a, b}{a, b}{a, b} x").variants) == 16
    prompt = parse("{red, blue} fox --count 8")
    assert (len(prompt.variants), prompt.pictures) == (2, 16)


def test_six_thousand_characters_are_read_and_one_more_is_not() -> None:
    assert parse("x" * 6000).segments[0].text == "x" * 6000
    with pytest.raises(PromptError, match="6,001 characters, more than the 6,000"):
        parse("x" * 6001)
