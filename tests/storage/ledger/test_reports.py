"""Reports: by the guild's own days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from storage.ledger import reports
from storage.ledger.accounts import Account, Policy
from storage.ledger.periods import IN_UTC, Calendar
from storage.ledger.reports import Spent

if TYPE_CHECKING:
    from storage.database import Database, Transaction
    from storage.jobs.jobs import JobStore
    from storage.ledger.ledger import Ledger
    from tests.storage.conftest import Clock

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
UNTIL = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def spend(database: Database, ledger: Ledger, store: JobStore, make_job):
    async def spend_on_a_job(job_id: str, amount_mc: int, **values: object) -> None:
        job = make_job(job_id, price_mc=amount_mc + 50, **values)
        account = Account(job.guild_id, job.member_id)

        def unit(connection: Transaction) -> None:
            store.add(connection, job)
            ledger.open(connection, account, Policy())
            ledger.hold(connection, account, job.price_mc, job.id, "a fox")
            ledger.close(
                connection,
                account,
                job.id,
                held_mc=job.price_mc,
                delivered_mc=amount_mc,
                budget_mc=0,
                reason="done",
            )

        await database.write(unit)

    return spend_on_a_job


async def test_days_are_those_of_the_guild(database: Database, spend, clock: Clock) -> None:
    clock.instant = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    await spend("late", 100)
    for timezone, day in (("UTC", 20), ("Asia/Kathmandu", 21), ("America/Lima", 20)):
        found = await database.read(reports.spending, 1, SINCE, UNTIL, Calendar(timezone))
        assert found == [Spent(date(2026, 11, day), 2, "atelier-painter", 100, 1)]
        assert type(found[0].spent_mc) is int


async def test_it_is_by_day_member_and_engine(database: Database, spend, clock: Clock) -> None:
    await spend("one", 100)
    await spend("two", 300)
    await spend("other", 700, engine_id="stable-diffusion-v1-5")
    await spend("hers", 20, member_id=3)
    await spend("elsewhere", 20, guild_id=9)
    clock.advance(days=1)
    await spend("later", 5)
    first, second = date(2026, 11, 21), date(2026, 11, 22)
    assert await database.read(reports.spending, 1, SINCE, UNTIL, IN_UTC) == [
        Spent(first, 2, "atelier-painter", 400, 2),
        Spent(first, 2, "stable-diffusion-v1-5", 700, 1),
        Spent(first, 3, "atelier-painter", 20, 1),
        Spent(second, 2, "atelier-painter", 5, 1),
    ]


async def test_the_end_is_not_in_it(database: Database, spend, clock: Clock) -> None:
    await spend("one", 100)
    assert await database.read(reports.spending, 1, SINCE, clock(), IN_UTC) == []
    assert await database.read(reports.spending, 1, clock(), UNTIL, IN_UTC) != []
    assert await database.read(reports.spending, 1, UNTIL, SINCE, IN_UTC) == []


async def test_a_refund_takes_away_what_was_spent(
    database: Database, ledger: Ledger, spend
) -> None:
    await spend("one", 100)
    await spend("two", 300)
    assert await database.write(ledger.refund, "two", 7) == 300
    [found] = await database.read(reports.spending, 1, SINCE, UNTIL, IN_UTC)
    assert (found.spent_mc, found.jobs) == (100, 2)


async def test_a_year_is_enough(database: Database) -> None:
    with pytest.raises(ValueError, match="at most 400 days"):
        await database.read(reports.spending, 1, SINCE.replace(year=2020), UNTIL, IN_UTC)
