"""The table of rules: each refuses on its own, and never a cheaper job only."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import (
    Blocked,
    ForbiddenWords,
    JobError,
    NotAdmitted,
    OverBudget,
    OverDayCap,
    OverGuildBudget,
    OverJobCap,
    Paused,
    TooManyJobs,
    TooNew,
    WrongChannel,
    WrongRole,
)
from jobs.rules.table import PROPOSAL_RULES, RULES, enforce, refusals
from jobs.rules.terms import Asker, terms_of
from jobs.rules.usage import Means, Proposal, usage_of
from storage.ledger.accounts import Balance
from storage.ledger.pools import BudgetState, Pool
from storage.rules import Admission, Guild, Member, Rules, Standing
from tests.jobs.harness import an_order

if TYPE_CHECKING:
    from jobs.rules.usage import Usage

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ASKER = Asker(guild_id=1, member_id=2, channel_id=10, joined_at=NOW - timedelta(days=1))
MEANS = Means(balance=Balance(1000, 0), open_jobs=0, spent_today_mc=0)
PRICE_MC = 500


def usage(
    guild: Guild | None = None, member: Member | None = None, means: Means = MEANS, **rules: Any
) -> Usage:
    guild = replace(guild or Guild(id=1), rules=Rules(**rules))
    terms = terms_of(guild, member or Member(guild_id=1, id=2), ASKER, None)
    proposal = Proposal(terms=terms, now=NOW, price_mc=PRICE_MC, order=an_order())
    return usage_of(proposal, means)


def budget(left_mc: int) -> BudgetState:
    return BudgetState(
        pool=Pool.BUDGET,
        limit_mc=1000,
        spent_mc=1000 - left_mc,
        held_mc=0,
        left_mc=left_mc,
        began_at=NOW - timedelta(days=20),
        resets_at=NOW + timedelta(days=9),
    )


ONE_REFUSAL: list[tuple[type[JobError], dict[str, Any]]] = [
    (NotAdmitted, {"guild": Guild(id=1, admission=Admission.REFUSED)}),
    (Paused, {"is_paused": True}),
    (Blocked, {"member": Member(guild_id=1, id=2, standing=Standing.BLOCKED)}),
    (WrongChannel, {"channels": (11,)}),
    (WrongRole, {"roles": (20,)}),
    (TooNew, {"min_age_days": 2}),
    (ForbiddenWords, {"words": ("fox",)}),
    (OverJobCap, {"job_cap_mc": PRICE_MC - 1}),
    (TooManyJobs, {"open_jobs": 3, "means": replace(MEANS, open_jobs=3)}),
    (OverDayCap, {"day_cap_mc": 900, "means": replace(MEANS, spent_today_mc=401)}),
    (OverBudget, {"means": replace(MEANS, balance=Balance(PRICE_MC - 1, 0))}),
    (OverGuildBudget, {"means": replace(MEANS, months=(budget(PRICE_MC - 1),))}),
]


def test_without_a_limit_nothing_is_refused():
    assert list(refusals(RULES, usage())) == []


@pytest.mark.parametrize(
    ("error", "given_"), ONE_REFUSAL, ids=lambda one: getattr(one, "__name__", "")
)
def test_one_limit_refuses_by_one_rule(error: type[JobError], given_: dict[str, Any]):
    assert [type(one) for one in refusals(RULES, usage(**given_))] == [error]
    with pytest.raises(error):
        enforce(RULES, usage(**given_))


def test_every_rule_is_tried_above_and_stands_once_in_the_table():
    # The words have two errors, and the rule of adult ones is tried with the prompts.
    assert len(ONE_REFUSAL) == len(RULES) == len(set(RULES))


def test_the_first_rule_counts():
    many = usage(is_paused=True, channels=(11,), job_cap_mc=1, day_cap_mc=1)
    with pytest.raises(Paused):
        enforce(RULES, many)
    assert [type(one) for one in refusals(PROPOSAL_RULES, many)] == [
        Paused,
        WrongChannel,
        OverJobCap,
    ]


amounts = st.integers(0, 2000)
limits = st.none() | amounts
usages = st.builds(
    usage,
    means=st.builds(
        Means,
        balance=st.builds(Balance, amounts, amounts),
        open_jobs=st.integers(0, 3),
        spent_today_mc=amounts,
        months=st.lists(amounts.map(budget), max_size=2).map(tuple),
    ),
    open_jobs=st.integers(1, 3),
    job_cap_mc=limits,
    day_cap_mc=limits,
)


@given(usages, amounts, amounts)
def test_a_cheaper_job_meets_no_rule_that_a_dearer_one_passes(
    one: Usage, low_mc: int, high_mc: int
):
    low_mc, high_mc = sorted((low_mc, high_mc))
    cheaper, dearer = (
        Counter(type(error) for error in refusals(RULES, replace(one, price_mc=price_mc)))
        for price_mc in (low_mc, high_mc)
    )
    assert cheaper <= dearer
