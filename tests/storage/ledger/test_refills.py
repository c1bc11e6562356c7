"""Refills: paid once for each period, when the account is touched."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from storage.ledger.accounts import Account, Balance, Policy, Refill
from storage.ledger.balance import balance_of
from storage.ledger.periods import Calendar, Period

if TYPE_CHECKING:
    from storage.ledger.ledger import Ledger
    from tests.storage.conftest import Clock
    from tests.storage.ledger.books import Books

MINA = 2
HERS = Account(1, MINA)
WEEKLY = Policy(starting_mc=10_000, refill_mc=5_000)


async def test_each_week_pays_once(books: Books, ledger: Ledger, clock: Clock) -> None:
    assert await books.balance(MINA, WEEKLY) == Balance(10_000, 0)
    clock.advance(days=7)
    paid = await asyncio.gather(
        *(balance_of(books.database, ledger, HERS, WEEKLY) for _ in range(8))
    )
    assert set(paid) == {Balance(15_000, 0)}
    assert [one.kind for one in await books.movements(MINA)] == ["refill", "grant"]
    assert await books.balance(MINA, WEEKLY) == Balance(15_000, 0)


@pytest.mark.parametrize(("weeks", "expected_mc"), [(1, 5_000), (3, 15_000), (9, 20_000)])
async def test_missed_weeks_add_up_to_four(
    books: Books, clock: Clock, weeks: int, expected_mc: int
) -> None:
    policy = Policy(starting_mc=0, refill_mc=5_000)
    assert await books.balance(MINA, policy) == Balance(0, 0)
    clock.advance(weeks=weeks)
    assert await books.balance(MINA, policy) == Balance(expected_mc, 0)


async def test_a_refill_lifts_nobody_above_four_refills(books: Books, clock: Clock) -> None:
    policy = Policy(starting_mc=18_000, refill_mc=5_000)
    await books.balance(MINA, policy)
    clock.advance(weeks=1)
    assert await books.balance(MINA, policy) == Balance(20_000, 0)
    clock.advance(weeks=1)
    assert await books.balance(MINA, policy) == Balance(20_000, 0)


async def test_a_refill_lowers_nobody(books: Books, clock: Clock) -> None:
    policy = Policy(starting_mc=90_000, refill_mc=5_000)
    await books.balance(MINA, policy)
    clock.advance(weeks=1)
    assert await books.balance(MINA, policy) == Balance(90_000, 0)


async def test_what_was_not_refilled_then_is_not_refilled_later(books: Books, clock: Clock) -> None:
    """Moderators who raise the refill do not raise the refills of the past."""
    await books.balance(MINA, WEEKLY)
    clock.advance(weeks=1)
    await books.balance(MINA, Policy(10_000, 0))
    assert await books.balance(MINA, WEEKLY) == Balance(10_000, 0)


async def test_a_job_refills_before_it_is_refused(books: Books, clock: Clock) -> None:
    await books.order(MINA, 10_000, "job1", policy=WEEKLY)
    clock.advance(weeks=1)
    await books.order(MINA, 5_000, "job2", policy=WEEKLY)
    assert await books.balance(MINA, WEEKLY) == Balance(0, 15_000)


async def test_a_refusal_leaves_the_refill_due(books: Books, clock: Clock) -> None:
    await books.balance(MINA, WEEKLY)
    clock.advance(weeks=1)
    assert not await books.is_accepted(MINA, 90_000, "job1")
    assert await books.balance(MINA, WEEKLY) == Balance(15_000, 0)


async def test_a_week_begins_by_the_guilds_clocks(books: Books, clock: Clock) -> None:
    policy = Policy(0, 5_000, Period.WEEK, Calendar("America/New_York"))
    # Clocks there went back on Sunday, 1 November: Monday began at 5:00 UTC instead of 4:00.
    clock.instant = datetime(2026, 11, 1, 12, tzinfo=UTC)
    await books.balance(MINA, policy)
    clock.instant = datetime(2026, 11, 2, 4, 59, tzinfo=UTC)
    assert await books.balance(MINA, policy) == Balance(0, 0)
    clock.advance(minutes=1)
    assert await books.balance(MINA, policy) == Balance(5_000, 0)


def test_the_next_refill_is_told() -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    assert WEEKLY.next_refill(0, now) == Refill(5_000, monday)
    assert WEEKLY.next_refill(17_000, now) == Refill(3_000, monday)
    assert WEEKLY.next_refill(70_000, now) == Refill(0, monday)
