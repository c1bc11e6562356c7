"""Effective weights: the segment's weight times all emphasis."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts import Fragment, parse_emphasis, weigh


@pytest.mark.parametrize(
    ("text", "weight", "runs"),
    [
        ("a fox", 2.0, [("a fox", 2.0)]),
        ("(a fox:-1)", -2.0, [("a fox", 2.0)]),
        ("a (red:-1) fox", 1.0, [("a ", 1.0), ("red", -1.0), (" fox", 1.0)]),
        ("((red:-1):-2)", -1.0, [("red", -2.0)]),
        ("(red:0) fox", -1.0, [("red", 0.0), (" fox", -1.0)]),
        ("", 1.0, []),
    ],
)
def test_emphasis_multiplies(text: str, weight: float, runs: list[tuple[str, float]]):
    assert [(run.text, run.weight) for run in weigh(text, weight)] == runs


def test_without_emphasis_brackets_are_text():
    assert weigh("a (red:-1) fox", -1.0, reads_emphasis=False) == (
        Fragment("a (red:-1) fox", -1.0),
    )
    assert weigh("", 1.0, reads_emphasis=False) == ()


@given(st.text("ab ()[]:.-+1"), st.floats(-10, 10))
def test_all_text_is_weighed(text: str, weight: float):
    runs = weigh(text, weight)
    assert "".join(run.text for run in runs) == "".join(run.text for run in parse_emphasis(text))
    assert all(
        run.weight == weight * part.weight
        for run, part in zip(runs, parse_emphasis(text), strict=True)
    )
