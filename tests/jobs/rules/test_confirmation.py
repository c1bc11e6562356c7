"""From which price on a member is asked first: five credits, or a fifth of what they have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.rules.confirmation import must_confirm


@pytest.mark.parametrize(
    ("price_mc", "available_mc", "is_asked"),
    [
        (5_000, 1_000_000, True),
        (4_999, 1_000_000, False),
        (4_999, 25_000, False),
        (5_000, 25_000, True),
        (200, 1_000, True),
        (199, 1_000, False),
        (1, 0, True),
        (0, 0, False),
        (0, 100, False),
    ],
)
def test_the_mark(price_mc: int, available_mc: int, is_asked: bool):
    assert must_confirm(price_mc, available_mc) is is_asked


amounts = st.integers(0, 10_000_000)


@given(amounts, amounts, amounts)
def test_a_dearer_job_or_a_poorer_member_is_never_asked_less(price_mc: int, more: int, have: int):
    if must_confirm(price_mc, have):
        assert must_confirm(price_mc + more, have)
        assert must_confirm(price_mc, max(0, have - more))
