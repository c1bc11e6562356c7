"""What holds for every text: one error type, and a way back from every reading."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING
from unicodedata import category

from hypothesis import given, settings
from hypothesis import strategies as st

from prompts import Options, Prompt, PromptError, Segment, parse, parse_emphasis, render
from prompts.escapes import unescape

if TYPE_CHECKING:
    from collections.abc import Callable

ATOMS = [
    *("::", "::1.5", "::-1 ", "::2 ", "::11", ":", "|", " | ", "{", "}", ",", '"', "“", "”"),
    *("(", ")", "[", "]", "(a:1.3)", "(b)1.3", "((", "))", ":)", "++", "--", "+", "-", "−", "_"),
    *("\\", "\\(", "\\|", "://", "'", "=", "{a, b}", "{, x}", "{c,{d,e}}"),
    *("--no ", " --no a,b", " --ar 3:2", "--ar", " --seed 7", "--style x", " --count 2", "--x"),
    *("—", "–", "—ar 1:1", "—no ", "ar", "no", "a", "b", "word", "1", "2", ".5", "1,5", "0"),
    *("：：", "，", "｜", "｛", "｝", "（", "：", "２", "。", "、", "\u200b", "\u3164", "\ufe0f"),
    *("{a|b}", "{{a, b}}", "[a|b]", "[", "]", " :|", "<lora:x:1>", "<", " -ar 3:2", "––ar 2:1"),
    *("https://x.com", "http://a/b::2", "--v 6", "--style raw", "--strength 40", ", ", ". "),
    *("Negative prompt: ", "Steps: 20, Seed: 7,", '--sampler "Euler a"', " BREAK ", "1.2::"),
    *(" —v 6", " —stylize 250 ", "--sref 1 2 ", "{2$$", "${a=", "{{a|b}}", "--ar=", "1/2", "50%"),
    *("\u200bNegative prompt: ", "\u200bSteps: 2,", "<hypernet:a:1>", ":'(", ">:(", "x--seed 7"),
    *(" ", "  ", "\n", "\u00a0", "é", "e\u0301", "ツ", "😀", "٣", "\ud800", "\x00", "\u202e"),
]

every_code_point = st.text(st.characters(exclude_categories=()), max_size=60)
"""Any text, lone surrogates, controls and unassigned code points included."""

grammar_soup = st.lists(st.sampled_from(ATOMS), max_size=24).map("".join)
"""The signs of the language in any order."""

JOINTS = [" | ", ":: ", "::2 ", " Negative prompt: ", " --no ", "\nSteps: 20, Seed: 7"]
WHAT_IS_JOINED = [
    *("a", "b, c", "d,", "e;", "{", "}", "{f", "g}", "[", "]", "(h", "i)", '"', "“", ":)"),
    *("https://x.y/z", "https://x.y/z,", "https://x.y/z;", "(https://x.y/z", "\\{", "\\", "\u200b"),
]

joined_parts = st.lists(
    st.lists(st.sampled_from(WHAT_IS_JOINED), min_size=1, max_size=3).map(" ".join),
    min_size=2,
    max_size=4,
).flatmap(
    lambda parts: st.tuples(*(st.sampled_from(JOINTS) for _ in parts[1:])).map(
        lambda joints: parts[0] + "".join(map("".join, zip(joints, parts[1:], strict=True)))
    )
)
"""Segments whose ends meet: brackets, quotes and addresses of one beside those of the next."""

texts = st.one_of(grammar_soup, joined_parts, every_code_point)


def read(text: str) -> Prompt | PromptError:
    try:
        return parse(text)
    except PromptError as error:
        return error


def try_parse(text: str) -> Prompt | None:
    prompt = read(text)
    return prompt if isinstance(prompt, Prompt) else None


def cleaned(text: str) -> str:
    """What an error quotes: the text with spaces for controls and U+FFFD for half characters."""
    kept = {"Cc": " ", "Cs": "\ufffd"}
    return "".join(char if char in "\t\n\r" else kept.get(category(char), char) for char in text)


@settings(max_examples=400, deadline=None)
@given(texts)
def test_nothing_but_the_one_error_and_it_points_into_the_text(text: str) -> None:
    result = read(text)
    if isinstance(result, Prompt):
        assert all(0 <= notice.position < len(text) for notice in result.notices)
        result.canonical.encode()
        return
    assert 0 <= result.position <= len(text)
    assert cleaned(text)[result.position :].startswith(result.offending)
    assert str(result).endswith(".")
    str(result).encode()


@settings(max_examples=400, deadline=None)
@given(texts)
def test_what_was_read_can_be_written_and_read_again(text: str) -> None:
    prompt = try_parse(text)
    if prompt is None:
        return
    again = parse(prompt.canonical)
    assert again == prompt
    assert (again.segments, again.options) == (prompt.segments, prompt.options)
    assert again.variants == prompt.variants
    assert again.canonical == prompt.canonical == render(prompt)
    assert all(segment.weight for segment in prompt.segments)


@settings(max_examples=300, deadline=None)
@given(texts)
def test_each_variant_is_a_prompt_of_its_own(text: str) -> None:
    prompt = try_parse(text)
    if prompt is None:
        return
    assert len(prompt.variants) * (prompt.options.count or 1) == prompt.pictures <= 16
    for variant in prompt.variants:
        again = parse(render(variant, prompt.options))
        if len(prompt.variants) > 1:
            assert again.variants == (again.segments,) == (variant,)


@settings(max_examples=300, deadline=None)
@given(texts)
def test_emphasis_on_the_wire_never_raises(text: str) -> None:
    fragments = parse_emphasis(text)
    assert all(fragment.text for fragment in fragments)
    assert all(math.isfinite(one.weight) and abs(one.weight) <= 10 for one in fragments)
    assert all(one.weight != other.weight for one, other in pairwise(fragments))


@settings(max_examples=200, deadline=None)
@given(texts)
def test_nothing_but_syntax_disappears(text: str) -> None:
    remaining = iter(unescape(text))
    joined = "".join(fragment.text for fragment in parse_emphasis(text))
    # Every character that is left stands in the text, in the same order.
    assert all(any(char == other for other in remaining) for char in joined)


@settings(max_examples=200, deadline=None)
@given(texts)
def test_the_wire_reads_what_the_member_was_shown(text: str) -> None:
    prompt = try_parse(text)
    if prompt is None:
        return
    for segment in prompt.segments:
        assert Segment(segment.text, segment.weight) == segment
        alone = try_parse(render([segment]))
        assert alone is None or alone.segments[0].fragments == segment.fragments


# Prompts put together from their meaning: the reading has to give that meaning back.

words = st.text(st.sampled_from("abcxyzéß狐ث"), min_size=2, max_size=6)
factors = st.sampled_from(["0.5", "1.3", "2", ".25", "-0.4", "1.05"])
weights = st.integers(-999, 999).filter(bool).map(lambda number: number / 100)

Meaning = list[tuple[str, float]]
Phrase = tuple[str, Meaning]


def scaled(meaning: Meaning, factor: float) -> Meaning:
    return [(text, weight * factor) for text, weight in meaning]


def wrapped(phrase: Phrase, before: str, after: str, factor: float) -> Phrase:
    return f"{before}{phrase[0]}{after}", scaled(phrase[1], factor)


def joined_phrases(parts: list[Phrase]) -> Phrase:
    meaning = [piece for part in parts for piece in ([(" ", 1.0), *part[1]])]
    return " ".join(part[0] for part in parts), meaning[1:]


def emphasised(inner: st.SearchStrategy[Phrase]) -> st.SearchStrategy[Phrase]:
    several = st.lists(inner, min_size=1, max_size=3).map(joined_phrases)
    return st.one_of(
        several.map(lambda one: wrapped(one, "(", ")", 1.1)),
        several.map(lambda one: wrapped(one, "[", "]", 1 / 1.1)),
        st.builds(lambda one, by: wrapped(one, "(", f":{by})", float(by)), several, factors),
        st.builds(lambda one: wrapped(one, "(", ")1.3", 1.3), several),
    )


def literal(word: str, sign: str) -> Phrase:
    return f"{word}\\{sign}", [(f"{word}{sign}", 1.0)]


leaves = st.one_of(
    words.map(lambda word: (word, [(word, 1.0)])),
    words.map(lambda word: (f"{word}++", [(word, 1.1**2)])),
    words.map(lambda word: (f"{word}--", [(word, 0.9**2)])),
    st.builds(literal, words, st.sampled_from("\\()[]{}|:+-,")),
)
phrases: st.SearchStrategy[Phrase] = st.recursive(leaves, emphasised, max_leaves=4)
texts_with_meaning = (
    st.lists(phrases, min_size=1, max_size=4)
    .map(joined_phrases)
    .filter(lambda phrase: all(abs(weight) <= 10 for _, weight in phrase[1]))
)


def attention(meaning: Meaning) -> list[tuple[str, float]]:
    """One entry a character, since neighbours of one weight are one fragment."""
    return [(char, round(weight, 6)) for text, weight in meaning for char in text]


def read_attention(segment: Segment) -> list[tuple[str, float]]:
    return attention([(fragment.text, fragment.weight) for fragment in segment.fragments])


def with_colons(parts: list[tuple[Phrase, float]]) -> str:
    return " ".join(f"{phrase[0]}::{weight}" for phrase, weight in parts)


def with_bars(parts: list[tuple[Phrase, float]]) -> str:
    # A colon after a digit, as in `(word)1.3:2`, is text.
    signs = ("::" if phrase[0][-1].isdigit() else ":" for phrase, _ in parts)
    pairs = zip(parts, signs, strict=True)
    return " | ".join(f"{phrase[0]}{sign}{weight}" for (phrase, weight), sign in pairs) + " |"


options = st.builds(
    Options,
    seed=st.none() | st.integers(1, 2**32 - 1),
    steps=st.none() | st.integers(1, 500),
    cfg=st.none() | st.floats(-1e6, 1e6, allow_subnormal=False),
    aspect=st.none() | st.tuples(st.integers(1, 99), st.integers(1, 99)),
    size=st.none() | st.tuples(st.integers(1, 9999), st.integers(1, 9999)),
    count=st.none() | st.integers(1, 16),
    sampler=st.none() | st.sampled_from(["k_euler", "ddim"]),
    engine=st.none() | st.sampled_from(["atelier-painter", "Ünïcode", "a:b", "x::1", "a|b"]),
    style=st.none() | st.just("pixel-art"),
    clip=st.none() | st.just("fast_blue"),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(texts_with_meaning, weights), min_size=1, max_size=4),
    st.sampled_from([with_colons, with_bars]),
    options,
)
def test_the_meaning_of_a_built_prompt_comes_back(
    parts: list[tuple[Phrase, float]],
    layout: Callable[[list[tuple[Phrase, float]]], str],
    chosen: Options,
) -> None:
    text = f"{layout(parts)} {render((), chosen)}"
    prompt = parse(text)
    assert [segment.weight for segment in prompt.segments] == [weight for _, weight in parts]
    assert [read_attention(segment) for segment in prompt.segments] == [
        attention(meaning) for (_, meaning), _ in parts
    ]
    assert prompt.options == chosen
    assert parse(render(prompt)) == prompt


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(texts_with_meaning, weights), min_size=1, max_size=4), options)
def test_rendered_segments_and_options_come_back(
    parts: list[tuple[Phrase, float]], chosen: Options
) -> None:
    segments = tuple(Segment(text, weight) for (text, _), weight in parts)
    prompt = parse(render(segments, chosen))
    assert (prompt.segments, prompt.options) == (segments, chosen)
