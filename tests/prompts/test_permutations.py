from __future__ import annotations

from dataclasses import replace

import pytest

from prompts import Options, PromptError, Segment, parse, render


def variants(text: str) -> list[str]:
    """Each variant with its weights, as one line."""
    return [
        " + ".join(f"{segment.plain}*{segment.weight:g}" for segment in variant)
        for variant in parse(text).variants
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a {red,blue}", ["a red*1", "a blue*1"]),
        ("{a, b} {c, d}", ["a c*1", "a d*1", "b c*1", "b d*1"]),
        ("{a, {b, {c, d}}}", ["a*1", "b*1", "c*1", "d*1"]),
        ("{x{a, b}}", ["{xa}*1", "{xb}*1"]),
        ("a {, red} fox", ["a fox*1", "a red fox*1"]),
        ("{red, blue}::2 {fog, }::-1", ["red*2 + fog*-1", "red*2", "blue*2 + fog*-1", "blue*2"]),
        ("fox --no {fog, rain}, blur", ["fox*1 + fog*-1 + blur*-1", "fox*1 + rain*-1 + blur*-1"]),
        ("{a:2, b}:2 | c", ["a:2*2 + c*1", "b*2 + c*1"]),
        (r"{a\, b, c}", ["a, b*1", "c*1"]),
        ('{"a, b", c}', ['"a, b"*1', "c*1"]),
        ("{“a, b”, c}", ["“a, b”*1", "c*1"]),
        ('{5" pipe, 6" pipe}', ['5" pipe*1', '6" pipe*1']),
        ('{"a, b}', ['"a*1', "b*1"]),
        ("{it's red, it's blue}", ["it's red*1", "it's blue*1"]),
        ("{(a, b:1.3), c}", ["a, b*1", "c*1"]),
        ("{(a, b}", ["(a*1", "b*1"]),
        ("{:), x}", [":)*1", "x*1"]),
        ('a "{red, blue}" sign', ['a "red" sign*1', 'a "blue" sign*1']),
        ("{ {a, b}", ["{ a*1", "{ b*1"]),
        ("{a\\ , b}(c)", ["a\\c*1", "bc*1"]),
    ],
)
def test_variants(text: str, expected: list[str]) -> None:
    assert variants(text) == expected


@pytest.mark.parametrize(
    "text", [r"\{a, b}", r"{a, b\}", r"{a\, b}", "{(a, b)}", "{a", "a, b}", "{}"]
)
def test_text(text: str) -> None:
    assert len(parse(text).variants) == 1


def test_emphasis_and_its_weight_can_be_permuted() -> None:
    prompt = parse("({red, blue}:1.{3, 4}) fox")
    assert [
        [(one.text, one.weight) for one in variant[0].fragments] for variant in prompt.variants
    ] == [
        [("red", 1.3), (" fox", 1)],
        [("red", 1.4), (" fox", 1)],
        [("blue", 1.3), (" fox", 1)],
        [("blue", 1.4), (" fox", 1)],
    ]


def test_a_weight_in_one_variant_is_checked_where_it_stands() -> None:
    text = "({red, blue}:1{.3, 3}) fox"
    with pytest.raises(PromptError, match="weight 13 is outside") as caught:
        parse(text)
    assert (caught.value.position, caught.value.offending) == (13, "1{.3, 3")


@pytest.mark.parametrize("text", ["{, }", "{a, }::2 --seed 7", "{a, } | {b, }"])
def test_every_variant_draws_something(text: str) -> None:
    with pytest.raises(PromptError, match="empty alternative"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "position", "offending"),
    [
        ("{a::2, b} c", 2, "::"),
        ("{a:: b, c}", 2, "::"),
        ("{a --no b, c} d", 3, "--no b, c"),
        ("{a, --ar 3:2} d", 4, "--ar 3:2"),
    ],
)
def test_what_braces_cannot_hold(text: str, position: int, offending: str) -> None:
    with pytest.raises(PromptError, match="cannot stand inside") as caught:
        parse(text)
    assert (caught.value.position, caught.value.offending) == (position, offending)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("{" + "a," * 16 + "b} x", "17"),
        ("{a,b}" * 19, "524,288"),
        ("{a,b}" * 1200, "more than a million"),
        ("{a," * 1200 + "b" + "}" * 1200, "1,201"),
        ("{" * 20 + "a,b" + "},c" * 19 + "}", "21"),
    ],
)
def test_too_many_are_counted_and_not_expanded(text: str, number: str) -> None:
    with pytest.raises(PromptError, match=f"makes {number} pictures"):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        '{x{"p,q", r}:: y }',
        "{a{; b, c}} --seed 7",
        "a:{:2, b}",
        "x {-, y}-ar 3:2",
        "x {\u2014, y}ar 3:2",
        "a\\{b, c}",
        "{a\\ , b}{(c), d}",
        '{"a": 1} {b, c}',
    ],
)
def test_a_variant_can_be_written_and_read_again(text: str) -> None:
    prompt = parse(text)
    for variant in prompt.variants:
        again = parse(render(variant, prompt.options))
        assert again.segments == variant
        assert again.options == prompt.options


def test_variants_follow_the_segments() -> None:
    prompt = parse("{red, blue} fox")
    more = replace(prompt, segments=(*prompt.segments, Segment("{fog, rain}", -1)))
    assert len(more.variants) == more.pictures == 4
    assert more.canonical == "{red, blue} fox --no {fog, rain}"
    many = replace(prompt, segments=prompt.segments * 20, options=Options(count=2))
    with pytest.raises(PromptError, match="more than a million pictures"):
        _ = many.variants
