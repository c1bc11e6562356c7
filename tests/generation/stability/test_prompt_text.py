"""Weighted segments and emphasis as the two texts that the service reads."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.stability.prompt_text import (
    Loss,
    Run,
    WeightedText,
    without_weights,
    write_prompt,
)


def segment(text: str, weight: float = 1.0) -> WeightedText:
    return WeightedText((Run(text),), weight)


def emphasised(*runs: tuple[str, float], weight: float = 1.0) -> WeightedText:
    return WeightedText(tuple(Run(text, emphasis) for text, emphasis in runs), weight)


@pytest.mark.parametrize(
    ("segments", "prompt"),
    [
        ([segment("castle", 2), segment("fog", 1)], "castle, (fog:0.5)"),
        ([segment("fog", 1), segment("castle", 3)], "(fog:0.33), castle"),
        ([segment("a"), segment("b")], "a, b"),
        ([segment("a", 0.2), segment("b", 0.2)], "a, b"),
        ([segment("a", 10), segment("b", 0.01)], "a, (b:0)"),
        ([segment("a", 1), segment("b", 0.999)], "a, b"),
        ([segment("castle")], "castle"),
        ([], ""),
        ([emphasised(("a ", 1), ("red", 0.8), (" castle", 1))], "a (red:0.8) castle"),
        ([emphasised(("a ", 1), ("red", 1.3), (" castle", 1))], "a red castle"),
        (
            [segment("castle", 2), emphasised(("thick ", 1), ("fog", 0.8), weight=1)],
            "castle, (thick:0.5) (fog:0.4)",
        ),
        (
            [segment("castle", 2), emphasised(("thick ", 1), ("fog", 1.5), weight=1)],
            "castle, (thick:0.5) (fog:0.75)",
        ),
        ([emphasised(("a ", 1), ("dog", -1))], "a (dog:0)"),
        ([segment("a", 2), segment("(odd) name", 1)], "a, (odd name:0.5)"),
        ([segment("a", 2), segment("castle, (fog:0.5)", 1)], "a, (castle, fog:0.5)"),
        ([segment("a", 2), segment("()", 1)], "a, ()"),
        ([segment("a", 2), segment("house(big)(red) (x)", 1)], "a, (house big red x:0.5)"),
    ],
)
def test_where_weights_are_read(segments: list[WeightedText], prompt: str):
    assert write_prompt(segments, reads_weights=True).prompt == prompt


@pytest.mark.parametrize(
    ("segments", "prompt", "losses"),
    [
        ([segment("fog", 1), segment("castle", 2)], "castle, fog", {Loss.WEIGHTS}),
        ([segment("a"), segment("b")], "a, b", set[Loss]()),
        ([emphasised(("a ", 1), ("red", 0.8))], "a red", {Loss.EMPHASIS}),
        ([emphasised(("a ", 1), ("red", 1.3))], "a red", {Loss.EMPHASIS}),
    ],
)
def test_where_they_are_not(segments: list[WeightedText], prompt: str, losses: set[Loss]):
    text = write_prompt(segments, reads_weights=False)
    assert (text.prompt, text.losses) == (prompt, losses)


@pytest.mark.parametrize("reads_weights", [False, True])
def test_what_is_kept_out(reads_weights: bool):
    segments = [segment("x"), segment("fog", -0.5), segment("text", -1), segment("blur", -1)]
    text = write_prompt(segments, reads_weights=reads_weights)
    assert (text.prompt, text.negative) == ("x", "text, blur, fog")
    assert text.losses == {Loss.NEGATIVE_WEIGHTS}
    text = write_prompt([segment("x"), emphasised(("fog", 1.2), weight=-1)], reads_weights=True)
    assert (text.negative, text.losses) == ("fog", {Loss.NEGATIVE_EMPHASIS})


@pytest.mark.parametrize(
    ("runs", "is_lost"), [([("a", 1.3)], True), ([("a", 0.8)], False), ([("a", -0.5)], True)]
)
def test_only_what_goes_beyond_is_lost(runs: list[tuple[str, float]], is_lost: bool):
    text = write_prompt([emphasised(*runs)], reads_weights=True)
    assert (Loss.STRONG_EMPHASIS in text.losses) is is_lost


WORDS = st.text("abc (): ,.", min_size=1, max_size=12)
RUNS = st.builds(Run, WORDS, st.floats(-10, 10))
SEGMENTS = st.lists(
    st.builds(WeightedText, st.lists(RUNS, min_size=1, max_size=3).map(tuple), st.floats(-10, 10)),
    max_size=5,
)


@given(segments=SEGMENTS, reads_weights=st.booleans())
def test_the_words_all_arrive_and_weights_are_well_formed(
    segments: list[WeightedText], reads_weights: bool
):
    text = write_prompt(segments, reads_weights=reads_weights)
    drawn = [one for one in segments if one.weight > 0]
    avoided = [one for one in segments if one.weight < 0]
    for told, said in ((text.prompt, drawn), (text.negative, avoided)):
        letters = sorted(re.sub(r"[^abc]", "", "".join(one.plain for one in said)))
        assert sorted(re.sub(r"[^abc]", "", told)) == letters
    if not reads_weights:
        assert text.prompt.count(":") == sum(one.plain.count(":") for one in drawn)


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        ("a(b:1.5) c", "a(b 1.5) c"),
        ("(b:2)", "(b 2)"),
        ("(b: .5 )", "(b  .5 )"),
        ("(b:1.)", "(b 1.)"),
        ("(b:-1)", "(b -1)"),
        ("x:0.5) y", "x 0.5) y"),
        ("at 12:30, ratio 1:2 (wide: 3 m) :)", "at 12:30, ratio 1:2 (wide: 3 m) :)"),
    ],
)
def test_words_are_not_taken_for_weights(words: str, sent: str):
    meant = without_weights(segment(words))
    assert write_prompt([meant], reads_weights=True).prompt == sent


@given(weights=st.lists(st.floats(0.01, 10), min_size=1, max_size=6), words=st.just("castle"))
def test_weights_are_shares_of_the_largest(weights: list[float], words: str):
    text = write_prompt([segment(words, weight) for weight in weights], reads_weights=True)
    parts = text.prompt.split(", ")
    assert len(parts) == len(weights)
    for part, weight in zip(parts, weights, strict=True):
        share = round(weight / max(weights), 2)
        if share == 1:
            assert part == words
        else:
            match = re.fullmatch(r"\(castle:(0|0\.\d{1,2})\)", part)
            assert match is not None
            assert float(match.group(1)) == share


@given(segments=SEGMENTS, reads_weights=st.booleans())
def test_what_was_written_is_written_the_same_again(
    segments: list[WeightedText], reads_weights: bool
):
    """A request is kept as these two texts, and submitted from them."""
    first = write_prompt(segments, reads_weights=reads_weights)
    kept = [segment(first.prompt)] if first.prompt else []
    kept += [segment(first.negative, -1.0)] if first.negative else []
    second = write_prompt(kept, reads_weights=reads_weights)
    assert (second.prompt, second.negative) == (first.prompt, first.negative)
    assert not second.losses
