"""Weighted prompts mean what the formula says, whatever members write."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.request import MAX_WEIGHT, TextPrompt
from inference.backends.diffusers.conditioning.mixture import (
    MAX_NEGATIVE,
    NO_TEXT,
    Mixture,
    mix,
    plain,
)
from prompts import Fragment


def mixed(*prompts: tuple[str, float]) -> Mixture:
    return mix(TextPrompt(*prompt) for prompt in prompts)


def words(side: object) -> dict[str, Any]:
    assert isinstance(side, dict)
    return {plain(text): pytest.approx(share) for text, share in side.items()}


@pytest.mark.parametrize(
    ("prompts", "wanted", "unwanted", "scale"),
    [
        ([("cat", 1)], {"cat": 1}, {}, 0),
        ([("cat", 2.5)], {"cat": 1}, {}, 0),
        ([("cat", 1), ("dog", 3)], {"cat": 0.25, "dog": 0.75}, {}, 0),
        ([("cat", 1), ("cat", 1)], {"cat": 1}, {}, 0),
        ([("cat", 1), ("dog", -1)], {"cat": 1}, {"dog": 1}, 1),
        ([("cat", 2), ("dog", -0.5), ("fog", -0.5)], {"cat": 1}, {"dog": 0.5, "fog": 0.5}, 0.5),
        ([("cat", 1), ("dog", -10)], {"cat": 1}, {"dog": 1}, MAX_NEGATIVE),
        ([("cat", 1), ("dog", 0)], {"cat": 1}, {}, 0),
        ([("dog", -1)], {"": 1}, {"dog": 1}, 1),
        ([("", 1)], {"": 1}, {}, 0),
        ([("a (red:1.5) cat", 1)], {"a red cat": 1}, {}, 0),
        ([("a cat (fog:-0.5)", 2)], {"a cat ": 1}, {"fog": 1}, 0.5),
        ([("(fog:-0.5)", 1)], {"": 1}, {"fog": 1}, 0.5),
        ([("cat", 1), ("(fog:-0.5)", -1)], {"cat": 2 / 3, "fog": 1 / 3}, {}, 0),
        ([("a (red:0) cat", 1)], {"a  cat": 1}, {}, 0),
        ([(r"\(a\) cat", 1)], {"(a) cat": 1}, {}, 0),
    ],
)
def test_what_weights_mean(
    prompts: list[tuple[str, float]], wanted: object, unwanted: object, scale: float
) -> None:
    found = mixed(*prompts)
    assert words(found.wanted) == wanted
    assert words(found.unwanted) == unwanted
    assert found.negative_scale == pytest.approx(scale)


def test_emphasis_is_of_the_text_and_not_of_its_weight() -> None:
    assert mixed(("(a cat:1.5)", 1)).wanted == {(Fragment("a cat", 1.5),): 1.0}


def test_an_engine_that_reads_no_emphasis_gets_the_text_as_it_is() -> None:
    found = mix([TextPrompt("a (cat:1.5)")], reads_emphasis=False)
    assert found.wanted == {(Fragment("a (cat:1.5)"),): 1.0}


@given(
    st.lists(
        st.tuples(
            st.text(max_size=30)
            | st.from_regex(r"(\(?[ab]{1,2}(:-?[0-9]\))? ){0,4}", fullmatch=True),
            st.floats(-MAX_WEIGHT, MAX_WEIGHT),
        ),
        max_size=6,
    )
)
def test_shares_sum_to_one(prompts: list[tuple[str, float]]) -> None:
    found = mixed(*prompts)
    assert math.isclose(sum(found.wanted.values()), 1)
    assert not found.unwanted or math.isclose(sum(found.unwanted.values()), 1)
    assert 0 <= found.negative_scale <= MAX_NEGATIVE
    assert bool(found.unwanted) == bool(found.negative_scale)
    for text in found.texts:
        assert text == NO_TEXT or plain(text).strip()
        assert all(run.weight > 0 for run in text)
