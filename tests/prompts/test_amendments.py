"""Prompts as keyboards of every language write them: signs, dashes, values and addresses."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from prompts import Lora, Options, PromptError, parse, render
from prompts.signs import is_invisible

VISIBLE_FORMAT = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"


def segments(text: str) -> list[tuple[str, float]]:
    return [(segment.plain, segment.weight) for segment in parse(text).segments]


def variants(text: str) -> list[str]:
    return [", ".join(segment.plain for segment in one) for one in parse(text).variants]


def fragments(text: str) -> list[tuple[str, float]]:
    return [
        (fragment.text, round(fragment.weight, 3))
        for segment in parse(text).segments
        for fragment in segment.fragments
    ]


def told(text: str) -> str:
    return " ".join(notice.text for notice in parse(text).notices)


def test_every_invisible_character_is_known() -> None:
    every = [chr(code) for code in range(sys.maxunicode + 1)]
    known = {char for char in every if is_invisible(char)}
    format_signs = {char for char in every if unicodedata.category(char) == "Cf"}
    seen = format_signs - known
    assert all(char in VISIBLE_FORMAT or char > "\U00010fff" for char in seen)


@pytest.mark.parametrize(
    "text",
    [
        "\u200b\u2060\ufeff",
        "\u200e \u00ad",
        "\u3164",
        "\u2800",
        "\ufe0f",
        "\u200b::2",
        "{\u200b}"[1:2],
    ],
)
def test_nothing_that_is_seen_is_nothing_to_draw(text: str) -> None:
    with pytest.raises(PromptError, match="nothing to draw"):
        parse(text)


@pytest.mark.parametrize("sign", ["\u200b", "\u2060", "\ufeff", "\u200e", "\u00ad", "\u202e"])
def test_invisible_characters_are_ignored_at_edges(sign: str) -> None:
    assert parse(f"a castle --ar{sign} 3:2") == parse("a castle --ar 3:2")
    assert parse(f"a castle {sign}--ar 3:2") == parse("a castle --ar 3:2")
    assert parse(f"a castle --ar {sign}3:2{sign}") == parse("a castle --ar 3:2")
    assert parse(f"castle::{sign}2") == parse("castle::2")
    assert parse(f"castle{sign}::2 ") == parse("castle::2")
    assert parse(f"(castle{sign}:1.3{sign})") == parse("(castle:1.3)")


@pytest.mark.parametrize(
    "text",
    ["so\u00adft", "👨‍👩‍👧", "🏴\U000e0067\U000e0062\U000e007f", "می\u200cخواهم", "🏳️‍🌈 fox", "🙂‍↔️"],
)
def test_within_words_and_emoji_nothing_is_removed(text: str) -> None:
    assert parse(text).segments[0].text == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一座城堡：：2 雾：：-0.5", [("一座城堡", 2), ("雾", -0.5)]),
        ("a castle::2 fog::–0.5", [("a castle", 2), ("fog", -0.5)]),
        *(
            (f"a castle::2 fog::{dash}0.5", [("a castle", 2), ("fog", -0.5)])
            for dash in "‐‑‒—―−﹣－"
        ),
        ("城堡：：１．５ 雾：：－０．５", [("城堡", 1.5), ("雾", -0.5)]),
        ("猫：2 ｜ 雾：-0.5", [("猫", 2), ("雾", -0.5)]),
        ("狐狸 --no 雾，模糊", [("狐狸", 1), ("雾", -1), ("模糊", -1)]),
        ("狐狸 －－no 雾、模糊", [("狐狸", 1), ("雾", -1), ("模糊", -1)]),
        ("一只猫：：1，5只狗", [("一只猫", 1), ("5只狗", 1)]),
        ("夜晚，一座城堡。", [("夜晚，一座城堡。", 1)]),
    ],
)
def test_wide_signs_are_read(text: str, expected: list[tuple[str, float]]) -> None:
    assert segments(text) == expected


def test_wide_brackets_and_braces() -> None:
    assert fragments("（masterpiece：1.2）, a fox") == [("masterpiece", 1.2), (", a fox", 1)]
    assert fragments("(masterpiece：1.2), a fox") == [("masterpiece", 1.2), (", a fox", 1)]
    assert fragments("［fox］") == [("fox", 0.909)]
    assert fragments("fox＋＋") == [("fox", 1.21)]
    assert variants("{红，蓝}狐狸") == ["红狐狸", "蓝狐狸"]
    assert variants("｛红、蓝｝狐狸") == ["红狐狸", "蓝狐狸"]
    assert variants("｛红｜蓝｝狐狸") == ["红狐狸", "蓝狐狸"]
    assert segments("a\\：：2") == [("a：：2", 1)]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("a fox ––ar 16:9", Options(aspect=(16, 9))),
        ("a fox —-ar 16:9", Options(aspect=(16, 9))),
        ("a fox -–ar 16:9", Options(aspect=(16, 9))),
        ("a fox ---ar 16:9", Options(aspect=(16, 9))),
        ("a fox —ar 16:9", Options(aspect=(16, 9))),
        ("a fox -ar 16:9", Options(aspect=(16, 9))),
        ("a fox -ar 16:9 -seed 7", Options(aspect=(16, 9), seed=7)),
        ("a fox -seed 7 --ar 16:9", Options(aspect=(16, 9), seed=7)),
    ],
)
def test_dashes_before_an_option(text: str, options: Options) -> None:
    prompt = parse(text)
    assert (prompt.segments[0].plain, prompt.options) == ("a fox", options)
    assert "is read as --" in told(text)


@pytest.mark.parametrize(
    "text",
    [
        "an old -style house",
        "a fox -no fog",
        "fox -ar wide",
        "fox -ar 3:2 in snow",
        "fox —a red one",
    ],
)
def test_dashes_that_are_text(text: str) -> None:
    assert segments(text) == [(text, 1)]
    assert not parse(text).notices
    assert parse(render(parse(text))) == parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "a poster of https://example.com/a::2/b?x=(1)",
        "http://[::1]:8080",
        "https://example.com/css?family=A|B",
        "https://example.com/a--ar, b",
        "see https://example.com/{a,b}/c++ now",
    ],
)
def test_in_an_address_nothing_is_syntax(text: str) -> None:
    assert fragments(text) == [(text, 1)]
    assert not parse(text).notices


def test_where_an_address_ends() -> None:
    assert variants("{https://a.com, https://b.com} poster") == [
        "https://a.com poster",
        "https://b.com poster",
    ]
    assert fragments("(see https://x.com:1.3)") == [("see https://x.com", 1.3)]
    assert segments("https://x.com::2 fog::1") == [("https://x.com", 2), ("fog", 1)]
    assert segments("https://x.com::2, fog::-1") == [("https://x.com", 2), ("fog", -1)]
    assert segments("a fox, https://x.com; b:: c") == [("a fox, https://x.com; b", 1), ("c", 1)]
    assert parse("https://x.com --ar 3:2").options.aspect == (3, 2)


@pytest.mark.parametrize(
    ("flags", "options"),
    [
        ("--ar 16:9, --seed 7", Options(aspect=(16, 9), seed=7)),
        ("--ar 16:9。 --seed 7;", Options(aspect=(16, 9), seed=7)),
        ("--ar 16：9", Options(aspect=(16, 9))),
        ("--ar 16 : 9", Options(aspect=(16, 9))),
        ("--ar=16:9", Options(aspect=(16, 9))),
        ("--size 768 x 512", Options(size=(768, 512))),
        ("--seed ７", Options(seed=7)),
        ('--sampler "DPM++ 2M Karras"', Options(sampler="k_dpmpp_2m")),
        ("--sampler DPM++ 2M Karras --seed 7", Options(sampler="k_dpmpp_2m", seed=7)),
        ("--sampler “Euler a”", Options(sampler="k_euler_ancestral")),
        ("--sampler k_heun", Options(sampler="k_heun")),
        ("--style 'pixel art'", Options(style="pixel art")),
        ("--strength 40", Options(strength=40)),
        ("--strength 40%", Options(strength=40)),
    ],
)
def test_values(flags: str, options: Options) -> None:
    prompt = parse(f"a fox {flags}")
    assert prompt.options == options
    assert parse(prompt.canonical) == prompt


def test_values_have_notices() -> None:
    assert "The , after --ar 16:9 is left out." in told("fox --ar 16:9, --seed 7")
    assert "karras" in told('fox --sampler "DPM++ 2M Karras"')


@pytest.mark.parametrize(
    ("flags", "suggestion"),
    [
        ("--raito 3:2", "--ar"),
        ("--sede 7", "--seed"),
        ("--aspekt 3:2", "--ar"),
        ("--sampels 3", "--count"),
        ("--foo", None),
        ("--stylize 250", None),
        ("--ar wide", "16:9"),
        ("--ar 1.5", "3:2"),
        ("--ar 16.9", "16:9"),
        ("--count 40", "16"),
        ("--cfg high", None),
        ("--steps many", None),
        ("--strength 140", "100"),
    ],
)
def test_suggestions_are_near_or_none(flags: str, suggestion: str | None) -> None:
    with pytest.raises(PromptError) as caught:
        parse(f"a fox {flags}")
    assert caught.value.suggestion == suggestion


def test_all_mistakes_come_in_one_answer() -> None:
    text = "(a fox:12)::11 --sede 7 --ar wide --foo"
    with pytest.raises(PromptError) as caught:
        parse(text)
    error = caught.value
    assert [one.offending for one in error.mistakes] == ["11", "--sede", "wide", "--foo"]
    first = error.mistakes[0]
    assert (error.position, error.offending, error.reason) == (
        *(first.position, first.offending, first.reason),
    )
    assert error.remedy is None
    assert all(text[one.position :].startswith(one.offending) for one in error.mistakes)


@pytest.mark.parametrize("text", ["--ar++ --engine x", "--foo", "--seed 7 --foo"])
def test_what_cannot_be_drawn_without_its_options_has_no_remedy(text: str) -> None:
    with pytest.raises(PromptError) as caught:
        parse(text)
    assert caught.value.remedy is None


def test_an_unknown_option_lists_what_there_is() -> None:
    with pytest.raises(PromptError, match="there are --ar, --size, --seed") as caught:
        parse("a fox --foo 3, --hd --seed 7")
    assert caught.value.remedy == "a fox --seed 7"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a castle, (unreal engine 5:1.3)", [("a castle, ", 1), ("unreal engine 5", 1.3)]),
        ("(blade runner 2049:1.2)", [("blade runner 2049", 1.2)]),
        ("(:3:1.0)", [(":3", 1)]),
        ("(16:9)", [("16:9", 1.1)]),
        ("(scale 1:2)", [("scale 1:2", 1.1)]),
        ("[cow|horse] in a field", [("cow|horse", 0.909), (" in a field", 1)]),
        ("[cat::0.5]", [("cat::0.5", 0.909)]),
        ("[a:b:0.5]", [("a:b:0.5", 0.909)]),
        ("[word:0.8]", [("word:0.8", 0.909)]),
    ],
)
def test_emphasis(text: str, expected: list[tuple[str, float]]) -> None:
    assert fragments(text) == expected


@pytest.mark.parametrize("text", ["[cow|horse] x", "[cat::0.5]", "[a:b:0.5]", "[word:0.8]"])
def test_scheduling_is_named(text: str) -> None:
    assert f"{text.removesuffix(' x')} is another program's scheduling" in told(text)


def test_square_brackets_hold_together_and_round_ones_do_not() -> None:
    assert segments("[cow|horse] | b:2") == [("cow|horse", 1), ("b", 2)]
    assert segments("[a|b") == [("[a", 1), ("b", 1)]
    assert segments("(a cat::2 dog)") == [("(a cat", 2), ("dog)", 1)]
    assert segments("a [x:2] b:2") == [("a x:2 b:2", 1)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a {red|blue} fox", ["a red fox", "a blue fox"]),
        ("a {red|green} {fox|wolf}", ["a red fox", "a red wolf", "a green fox", "a green wolf"]),
        ("{{masterpiece, best quality}}, a fox", ["masterpiece, best quality, a fox"]),
        ("{{{a, b}}} fox", ["a, b fox"]),
        ("{{fox}}", ["fox"]),
        ("{{red, blue}, green} fox", ["red fox", "blue fox", "green fox"]),
        ("{{{red, blue}}, green} fox", ["red fox", "blue fox", "green fox"]),
        ("{a|{b|c}}", ["a", "b", "c"]),
        ("{a, {b|c}}", ["a", "b", "c"]),
        ("fox --no {fog|mist}", ["fox, fog", "fox, mist"]),
        ("{[a|b], c}", ["a|b", "c"]),
    ],
)
def test_permutations(text: str, expected: list[str]) -> None:
    prompt = parse(text)
    assert variants(text) == expected
    assert parse(prompt.canonical) == prompt


def test_commas_and_bars_at_one_level_are_a_mistake() -> None:
    with pytest.raises(PromptError, match="by commas or by bars, not by both") as caught:
        parse("{a, b|c} fox")
    assert (caught.value.position, caught.value.offending) == (5, "|")
    assert "another program's emphasis" in told("{{masterpiece, best quality}}, a fox")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a cat :| and a dog", [("a cat :| and a dog", 1)]),
        ("a cat :3 | a dog:2", [("a cat :3", 1), ("a dog", 2)]),
        ("smile, :D", [("smile, :D", 1)]),
        ("a :| b:2", [("a :| b:2", 1)]),
        ("a :2 | b", [("a :2", 1), ("b", 1)]),
        ("(a):2 | b", [("(a)", 2), ("b", 1)]),
        ("{a|b}:2", [("{a|b}:2", 1)]),
    ],
)
def test_smileys_and_single_colons(text: str, expected: list[tuple[str, float]]) -> None:
    found = [(segment.text, segment.weight) for segment in parse(text).segments]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a cat::1.5, a dog::0.5", [("a cat", 1.5), ("a dog", 0.5)]),
        ("a cat::1, 5 dogs", [("a cat", 1), ("5 dogs", 1)]),
        ("a cat::1.5,a dog", [("a cat", 1.5), ("a dog", 1)]),
        ("a cat::1.5. a dog", [("a cat", 1.5), ("a dog", 1)]),
        ("a cat::2。a dog", [("a cat", 2), ("a dog", 1)]),
        ("a cat:2, | a dog", [("a cat", 2), ("a dog", 1)]),
    ],
)
def test_a_sign_after_a_weight_belongs_to_nobody(
    text: str, expected: list[tuple[str, float]]
) -> None:
    assert segments(text) == expected


def test_a_decimal_comma_is_still_an_error() -> None:
    with pytest.raises(PromptError, match="Use a point") as caught:
        parse("a cat::1,5 dogs")
    assert caught.value.suggestion == "1.5"


def test_loras() -> None:
    prompt = parse("a fox <lora:add detail_v2:0.8> in snow<lora:Ink> --seed 7")
    assert prompt.loras == (Lora("add detail_v2", 0.8), Lora("Ink", 1))
    assert " ".join(prompt.segments[0].plain.split()) == "a fox in snow"
    assert parse(prompt.canonical) == prompt
    assert parse(r"a \<lora:x:1>").loras == ()
    assert segments(r"a \<lora:x:1>") == [("a <lora:x:1>", 1)]
    with pytest.raises(PromptError, match="outside -10 to 10") as caught:
        parse("\u200b a <lora:x:99>")
    assert (caught.value.position, caught.value.offending) == (12, "99")


def test_places_are_those_of_what_was_typed() -> None:
    text = "\u200ba {{fox}} <lora:x:1> b::11"
    with pytest.raises(PromptError) as caught:
        parse(text)
    assert text[caught.value.position :] == "11"
    notice = parse("\u200b\u200b{{a}} fox)").notices[-1]
    assert notice.position == len("\u200b\u200b{{a}} fox")
