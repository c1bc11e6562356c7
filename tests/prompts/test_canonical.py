from __future__ import annotations

import pytest

from prompts import Options, PromptError, Segment, parse, render


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("a castle:2 | fog:-0.5", "a castle::2 fog::-0.5"),
        ("a | 2 dogs", "a:: 2 dogs"),
        ("fog::-1 fox", "fog::-1 fox"),
        ("fox::1 fog::-1", "fox --no fog"),
        ("fox --seed 7 --no fog,blur --ar 3:2", "fox --no fog, blur --ar 3:2 --seed 7"),
        ("fox::1.50 x::-.5", "fox::1.5 x::-0.5"),
        ("fox a, b::-1", "fox a, b::-1"),
        ("fox:: (a, b)::-1", "fox --no (a, b)"),
        ('fox:: "a::-1 b"::-1', 'fox:: "a::-1 b"::-1'),
        ("{ fox:: } x::-1", "{ fox:: } x::-1"),
        ("{red, blue} fox:: fog::-1", "{red, blue} fox --no fog"),
        ("a\\", r"a\\"),
        (r"a \\", r"a \\"),
        ("fox \u2013seed 0", "fox"),
        ("fox --cfg 7.0", "fox --cfg 7"),
        ("fox --size 768X512 --count 2", "fox --size 768x512 --count 2"),
        ("fox::0.0000001 x", "fox::0.0000001 x"),
    ],
)
def test_canonical(text: str, canonical: str) -> None:
    prompt = parse(text)
    assert prompt.canonical == canonical == render(prompt)
    assert parse(canonical) == prompt
    assert parse(canonical).canonical == canonical


@pytest.mark.parametrize(
    "text",
    [
        "a red fox",
        "a castle::2 fog::-0.5 --ar 3:2 --seed 7",
        "(a:1.3) ((b)) [c] d++ (e)1.3",
        r"\(a\) \{b, c\} d\|e \--seed f\::2",
        "{a, {b, c}} d",
        "¯\\_(ツ)_/¯ :) C++ 10++ John 3:16",
        "a (b [c) d",
        "a\nb  c",
    ],
)
def test_what_is_canonical_already_stays_as_typed(text: str) -> None:
    assert parse(text).canonical == text


def test_render_escapes_what_would_read_otherwise() -> None:
    texts = ("a | b", "--seed 7", "a::2 b", "a::", "x\\", "a:2", "\u2014ar 3:2", " b ")
    segments = tuple(Segment(text, 2) for text in texts)
    again = parse(render(segments, Options(seed=7)))
    assert [segment.plain for segment in again.segments] == [
        *("a | b", "--seed 7", "a::2 b", "a::", "x\\", "a:2"),
        "\u2014 ar 3:2",
        "b",
    ]
    assert {segment.weight for segment in again.segments} == {2}
    assert again.options == Options(seed=7)


def test_render_of_segments_alone() -> None:
    assert render([Segment("a"), Segment("b", 0.5)]) == "a:: b::0.5"


def test_render_of_a_prompt_with_other_options() -> None:
    assert render(parse("fox --seed 7"), Options(steps=3)) == "fox --steps 3"


def test_a_prompt_that_would_be_too_long_written_out_is_refused() -> None:
    with pytest.raises(PromptError, match="Written out in full, the prompt has 11,997 characters"):
        parse("a|" * 3000)


def test_slash_options_are_written_out() -> None:
    assert parse("fox", slash=Options(seed=7, cfg=7)).canonical == "fox --seed 7 --cfg 7"


@pytest.mark.parametrize(
    "text",
    [
        '"|Negative prompt:2| a',
        "a:: Negative prompt::2 b",
        "x Negative prompt: http://a/b|\\ ",
        "x Negative prompt:::1/2 b",
        "a\nNegative prompt:::1,0.5",
    ],
)
def test_what_stands_before_a_weight_stays_there(text: str) -> None:
    prompt = parse(text)
    assert parse(prompt.canonical) == prompt
