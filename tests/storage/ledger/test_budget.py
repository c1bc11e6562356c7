"""A guild's monthly budget: nobody spends beyond it, and each month begins anew."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from storage import overview
from storage.ledger import reports
from storage.ledger.accounts import Account, NotEnough
from storage.ledger.entries import Bill, BillReason
from storage.ledger.periods import Calendar
from storage.ledger.pools import BudgetState, MonthLimit, Pool
from storage.tables import jobs
from tests.storage.ledger.books import CALENDAR

if TYPE_CHECKING:
    from storage.database import Database, Transaction
    from storage.ledger.ledger import Ledger
    from tests.storage.conftest import Clock
    from tests.storage.ledger.books import Books

MINA, ROWAN = 2, 3
LIMIT_MC = 10_000
LIMIT = MonthLimit(Pool.BUDGET, LIMIT_MC, CALENDAR)
# Midnight in Berlin.
NOVEMBER = datetime(2026, 10, 31, 23, tzinfo=UTC)
DECEMBER = datetime(2026, 11, 30, 23, tzinfo=UTC)
JANUARY = datetime(2026, 12, 31, 23, tzinfo=UTC)


async def state(books: Books, limit_mc: int = LIMIT_MC) -> tuple[int, int, int]:
    """What is spent, held and left; and the proof that the books are right."""
    assert await books.database.read(books.ledger.verify) == []
    found = await books.database.read(
        books.ledger.month, 1, MonthLimit(Pool.BUDGET, limit_mc, CALENDAR)
    )
    return found.spent_mc, found.held_mc, found.left_mc


async def test_nothing_is_spent_at_first(database: Database, ledger: Ledger) -> None:
    expected = BudgetState(Pool.BUDGET, LIMIT_MC, 0, 0, LIMIT_MC, NOVEMBER, DECEMBER)
    assert await database.read(ledger.month, 1, LIMIT) == expected


async def test_a_job_holds_and_spends_of_it(books: Books) -> None:
    job = await books.order(MINA, 3_000, "job1", limit_mc=LIMIT_MC)
    assert await state(books) == (0, 3_000, 7_000)
    assert await books.close(job, 2_000)
    assert await state(books) == (2_000, 0, 8_000)
    assert not await books.close(job, 2_000)
    assert await state(books) == (2_000, 0, 8_000)


async def test_it_is_for_all_members_together(books: Books) -> None:
    await books.order(MINA, 6_000, "job1", limit_mc=LIMIT_MC)
    with pytest.raises(NotEnough) as refused:
        await books.order(ROWAN, 6_000, "job2", limit_mc=LIMIT_MC)
    assert (refused.value.needed_mc, refused.value.balance.available_mc) == (6_000, 4_000)
    assert await state(books) == (0, 6_000, 4_000)
    # The refused job took nothing of the member's either.
    assert (await books.balance(ROWAN)).held_mc == 0


async def test_it_holds_while_all_order_at_once(books: Books) -> None:
    orders = (
        books.is_accepted(10 + number, 1_000, f"job{number}", limit_mc=LIMIT_MC)
        for number in range(30)
    )
    assert sum(await asyncio.gather(*orders)) == 10
    assert await state(books) == (0, 10_000, 0)


async def test_a_month_begins_anew(books: Books, clock: Clock) -> None:
    await books.close(await books.order(MINA, 8_000, "job1", limit_mc=LIMIT_MC), 8_000)
    late = await books.order(MINA, 1_000, "job2", limit_mc=LIMIT_MC)
    clock.instant = DECEMBER
    assert await state(books) == (0, 1_000, 9_000)
    await books.order(MINA, 9_000, "job3", limit_mc=LIMIT_MC)
    assert await state(books) == (0, 10_000, 0)
    await books.close(late, 1_000)
    assert await state(books) == (1_000, 9_000, 0)
    assert (await books.database.read(books.ledger.month, 1, LIMIT)).resets_at == JANUARY


async def test_a_changed_limit_holds_from_then_on(books: Books) -> None:
    await books.close(await books.order(MINA, 4_000, "job1", limit_mc=LIMIT_MC), 4_000)
    assert await state(books, 5_000) == (4_000, 0, 1_000)
    assert not await books.is_accepted(MINA, 2_000, "job2", limit_mc=5_000)
    assert await books.is_accepted(MINA, 2_000, "job3", limit_mc=20_000)
    assert await state(books, 20_000) == (4_000, 2_000, 14_000)


async def test_a_limit_below_what_is_spent_leaves_nothing(books: Books) -> None:
    job = await books.order(MINA, 8_000, "job1", limit_mc=LIMIT_MC)
    assert not await books.is_accepted(MINA, 10, "job2", limit_mc=1_000)
    assert await state(books, 1_000) == (0, 8_000, 0)
    # What is released beyond the limit is nothing that could be spent.
    await books.close(job, 500)
    assert await state(books, 1_000) == (500, 0, 500)
    assert not await books.is_accepted(MINA, 501, "job3", limit_mc=1_000)
    assert await books.is_accepted(MINA, 500, "job4", limit_mc=1_000)


async def test_what_was_spent_before_there_was_a_limit_counts(books: Books, clock: Clock) -> None:
    await books.spend(MINA, 3_000, "before")
    assert await state(books) == (3_000, 0, 7_000)
    await books.order(MINA, 1_000, "job1", limit_mc=LIMIT_MC)
    await books.spend(MINA, 2_000, "without")
    assert await state(books) == (5_000, 1_000, 4_000)
    assert not await books.is_accepted(MINA, 4_001, "job2", limit_mc=LIMIT_MC)
    clock.instant = DECEMBER
    await books.spend(MINA, 500, "in December")
    assert await state(books) == (500, 1_000, 8_500)
    assert await books.is_accepted(MINA, 8_500, "job3", limit_mc=LIMIT_MC)


async def test_a_refund_brings_no_budget_back(books: Books) -> None:
    """The members' credits come back, what the API cost does not.

    With refunds, moderators could spend it, and the operator's ceiling, for ever.
    """
    await books.close(await books.order(MINA, 3_000, "job1", limit_mc=LIMIT_MC), 3_000)
    assert await books.database.write(books.ledger.refund, "job1", 7) == 3_000
    assert await state(books) == (3_000, 0, 7_000)


async def test_another_time_zone_does_not_begin_the_month_anew(books: Books) -> None:
    job = await books.order(MINA, 8_000, "job1", limit_mc=LIMIT_MC)
    await books.close(job, 8_000)
    for number, zone in enumerate(("Asia/Tokyo", "America/Lima")):

        def hold(connection: Transaction, number: int, zone: str) -> None:
            books.store.add(connection, books.make_job(f"in{number}", price_mc=0))
            limit = MonthLimit(Pool.BUDGET, LIMIT_MC, Calendar(zone))
            with pytest.raises(NotEnough):
                books.ledger.hold_month(connection, 1, limit, 3_000, "job2")

        await books.database.write(hold, number, zone)
    assert await state(books) == (8_000, 0, 2_000)


async def test_guilds_have_their_own(books: Books) -> None:
    await books.order(MINA, 8_000, "job1", limit_mc=LIMIT_MC)
    assert await books.is_accepted(MINA, 8_000, "job2", guild_id=9, limit_mc=LIMIT_MC)
    assert await state(books) == (0, 8_000, 2_000)


@pytest.mark.parametrize("reason", list(BillReason))
@pytest.mark.parametrize("is_late", [False, True])
async def test_what_is_billed_but_not_delivered_is_of_the_ceiling_alone(
    books: Books, clock: Clock, is_late: bool, reason: BillReason
) -> None:
    """Of two pictures one was delivered; the clock of a late one was set back meanwhile."""
    ceiling = MonthLimit(Pool.CEILING, LIMIT_MC, CALENDAR)
    order = await books.order(MINA, 6_000, "job1", limit_mc=LIMIT_MC)
    job = replace(order, ceiling_mc=6_000)

    def hold(connection: Transaction) -> None:
        statement = update(jobs).where(jobs.c.id == job.id).values(ceiling_mc=6_000)
        connection.execute(statement)
        books.ledger.hold_month(connection, 1, ceiling, 6_000, job.id)

    await books.database.write(hold)
    if is_late:
        clock.instant = NOVEMBER - timedelta(hours=1)

    def close(connection: Transaction) -> bool:
        return books.ledger.close(
            connection,
            Account(1, MINA),
            job.id,
            held_mc=6_000,
            delivered_mc=3_000,
            budget_mc=job.budget_mc,
            ceiling_mc=job.ceiling_mc,
            billed=[Bill(reason, 3_000)],
            reason="1 of 2 pictures",
        )

    assert await books.database.write(close)
    assert not await books.database.write(close)
    assert await state(books) == (3_000, 0, 7_000)
    found = await books.database.read(books.ledger.month, 1, ceiling)
    assert (found.spent_mc, found.held_mc, found.left_mc) == (6_000, 0, 4_000)
    assert (await books.balance(MINA)).available_mc == 22_000
    newest = (await books.movements(MINA))[0]
    assert (newest.kind, newest.amount_mc) == ("settle", -3_000)
    since = clock().replace(day=1, hour=0)
    found_billed = await books.database.read(overview.billed, since)
    assert found_billed == {reason: overview.Billed(1, 3_000)}
    rows = await books.database.read(reports.spending, 1, since, clock() + timedelta(1), CALENDAR)
    assert [row.spent_mc for row in rows] == [3_000]


async def test_what_was_sent_twice_may_cost_more_than_was_held(books: Books) -> None:
    ceiling = MonthLimit(Pool.CEILING, 6_000, CALENDAR)
    job = await books.order(MINA, 6_000, "job1")

    def unit(connection: Transaction) -> None:
        connection.execute(update(jobs).where(jobs.c.id == job.id).values(ceiling_mc=6_000))
        books.ledger.hold_month(connection, 1, ceiling, 6_000, job.id)
        assert books.ledger.close(
            connection,
            Account(1, MINA),
            job.id,
            held_mc=6_000,
            delivered_mc=6_000,
            budget_mc=0,
            ceiling_mc=6_000,
            billed=[Bill(BillReason.LOST, 6_000)],
            reason="1 of 1 pictures",
        )

    await books.database.write(unit)
    assert await state(books) == (6_000, 0, 4_000)
    found = await books.database.read(books.ledger.month, 1, ceiling)
    assert (found.spent_mc, found.held_mc, found.left_mc) == (12_000, 0, 0)
    assert (await books.balance(MINA)).available_mc == 19_000
