"""Prompts as people paste them: unseen signs anywhere, values and flags of other programs."""

from __future__ import annotations

import pytest

from prompts import Options, Prompt, PromptError, parse

UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u061c\u202a\u202c\u2066\u2069"

PIECES = [
    "a castle| |--ar| |3:2",
    "a castle|::|2| |fog|::|-0.5",
    "(castle|:|1.3|)| x",
    "a |{|red|,| blue|}| fox",
    "a fox |--no| |fog|,| blur",
    "a fox |--ar| |16|:|9|,| |--seed| |7",
    "fox|++| in snow",
    "[|fox|]| x",
    "a fox\n|Negative prompt|:| lowres\n|Steps|:| 20|,| |Seed|:| 7",
    "a fox |<|lora|:|x|:|0.8|>",
    "a fox |-|ar| |16:9",
    "a fox |—|ar| |16:9",
    'a fox --sampler| |"|Euler a|"',
    "a fox --size |512|x|768",
    "a fox --size |512| |x| |768",
    "a fox --seed|=|7",
    "a fox --cfg |7|.|5",
    "a fox --strength |40|%",
    "https://x.com|::|2| fog|::|1",
    "{{|a, b|}}| x",
    "a cat|::|1.5|,| a dog|::|0.5",
    "a fox |--sref| |12",
]


def meaning(text: str, sign: str) -> object:
    """What is drawn of a text, without the sign that nobody sees."""
    try:
        prompt = parse(text)
    except PromptError as error:
        return [str(one.reason).replace(sign, "") for one in error.mistakes]
    parts = [
        [
            (fragment.text.replace(sign, "").strip(), fragment.weight)
            for fragment in segment.fragments
            if fragment.text.replace(sign, "").strip()
        ]
        for segment in prompt.segments
    ]
    weights = [segment.weight for segment in prompt.segments]
    loras = [(lora.name.replace(sign, ""), lora.weight) for lora in prompt.loras]
    return parts, weights, loras, prompt.options, len(prompt.variants)


@pytest.mark.parametrize("pieces", PIECES)
def test_what_nobody_sees_changes_nothing_at_the_edge_of_a_sign(pieces: str) -> None:
    parts = pieces.split("|")
    plain = meaning("".join(parts), "\u200b")
    for sign in UNSEEN:
        for at in range(len(parts) + 1):
            text = "".join([*parts[:at], sign, *parts[at:]])
            assert meaning(text, sign) == plain, ascii(text)


@pytest.mark.parametrize(
    ("flags", "suggestion"),
    [
        ("--seed 1,234", "1234"),
        ("--seed 12abc", None),
        ("--seed 0xFF", None),
        ("--seed 1e5", None),
        ("--steps 30steps", "30"),
        ("--count 4x", "4"),
        ("--strength 0.4", "40"),
        ("--strength .75", "75"),
        ("--strength 1.0", "100"),
        ("--strength 40.0", "40"),
        ("--ar 16-9", "16:9"),
        ("--ar 16 9", "16:9"),
        ("--ar 16 by 9", "16:9"),
        ("--ar 16 / 9", "16:9"),
        ("--ar 1.5:1", "3:2"),
        ("--ar 2.4:1", "12:5"),
        ("--ar 3:2)", "3:2"),
        ("--ar 3:2!", "3:2"),
        ("--size 512 768", "512x768"),
        ("--size 512 by 768", "512x768"),
        ("--size 512x768px", "512x768"),
        ("--size 512px", "512x512"),
        ("--size 1,024", "1024x1024"),
        ("--size 512,768", "512x768"),
    ],
)
def test_a_suggestion_is_what_was_meant_or_none(flags: str, suggestion: str | None) -> None:
    with pytest.raises(PromptError) as caught:
        parse(f"a fox {flags}")
    assert len(caught.value.mistakes) == 1
    assert caught.value.suggestion == suggestion


@pytest.mark.parametrize(
    ("flags", "options"),
    [
        ("--strength 40 %", Options(strength=40)),
        ("--size 512\u200bx\u200b768", Options(size=(512, 768))),
        ("--seed 1\u200b2", Options(seed=12)),
        ("--sampler k-euler", Options(sampler="k_euler")),
        ("--sampler sample_dpmpp_2m", Options(sampler="k_dpmpp_2m")),
    ],
)
def test_values_of_other_programs(flags: str, options: Options) -> None:
    assert parse(f"a fox {flags}").options == options


@pytest.mark.parametrize(
    ("flags", "remedy"),
    [
        ("—v 6.1", "a fox"),
        ("–stylize 250 —ar 3:2", "a fox —ar 3:2"),
        ("—niji 6, --seed 7", "a fox --seed 7"),
        ("—sref https://a.com/1.png", "a fox"),
        ("--sref https://a.com/1.png https://a.com/2.png --ar 3:2", "a fox --ar 3:2"),
        ("--sref 123 456::2 --ar 3:2", "a fox --ar 3:2"),
    ],
)
def test_flags_of_midjourney_with_all_that_belongs_to_them(flags: str, remedy: str) -> None:
    with pytest.raises(PromptError, match="is Midjourney's") as caught:
        parse(f"a fox {flags}")
    assert len(caught.value.mistakes) == 1
    assert caught.value.remedy == remedy


@pytest.mark.parametrize(
    "text", ["a fox —v", "a fox —c is a note", "a fox —s 3 dogs", "fox —stop", "a fox —v one"]
)
def test_after_one_dash_a_flag_needs_its_value(text: str) -> None:
    assert [one.text for one in parse(text).segments] == [text]


def told(prompt: Prompt) -> str:
    return " ".join(notice.text for notice in prompt.notices)


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("a {2$$red|blue} fox", "2$$"),
        ("a {1-2$$red|blue} fox", "1-2$$"),
        ("a ${color=red} fox", "${color="),
        ("{0.5::red|0.5::blue} fox", "0.5::"),
        ("<hypernet:anime:0.5> fox", "<hypernet:anime:0.5>"),
        ("a fox\n\u200bBREAK a hare", "BREAK"),
        ("猫--ar 16:9", "--ar"),
        ("(a fox (--seed 7))", "--seed"),
        ("a::--ar 3:2", "--ar"),
        ("a::1/2 b", "::1/2"),
        ("a::50% b", "::50%"),
        ("a::12:30 b", "::12:30"),
        ("a::1e3 b", "::1e3"),
    ],
)
def test_what_is_drawn_against_its_meaning_elsewhere_is_told(text: str, sign: str) -> None:
    prompt = parse(text)
    (notice, *_) = [one for one in prompt.notices if one.text.startswith(f"{sign} ")]
    assert text[notice.position :].startswith(sign)
    assert parse(prompt.canonical) == prompt


@pytest.mark.parametrize("text", ["a::2::3", "a::2|b", "((a)1.3:2)", "fox-->red", "x--y", "a -- b"])
def test_what_is_read_is_not_told(text: str) -> None:
    assert "is no weight" not in told(parse(text))
    assert "is drawn as text" not in told(parse(text))


def test_bars_in_emphasis_of_another_program_separate_nothing() -> None:
    prompt = parse("{{red|blue}} fox")
    assert [(one.plain, one.weight) for one in prompt.segments] == [("red|blue fox", 1)]
    assert len(prompt.variants) == 1
    assert parse(prompt.canonical) == prompt
    assert len(parse("{{{red|blue}}, green} fox").variants) == 3
    assert [one.weight for one in parse("{{a}} | b:2").segments] == [1, 2]


@pytest.mark.parametrize("text", ["a fox :'(", "a fox :’(", ">:( fox"])
def test_more_smileys(text: str) -> None:
    assert not parse(text).notices
