"""A clock that is set back, or of a process that is late, opens no month for a second time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from storage.ledger.pools import MonthLimit, Pool
from tests.storage.ledger.books import CALENDAR
from tests.storage.ledger.test_budget import DECEMBER, LIMIT_MC, MINA

if TYPE_CHECKING:
    from tests.storage.conftest import Clock
    from tests.storage.ledger.books import Books


async def test_what_ends_before_the_month_that_is_counted_counts_in_it(
    books: Books, clock: Clock
) -> None:
    clock.instant = DECEMBER + timedelta(seconds=1)
    first = await books.order(MINA, 1_000, "job0", limit_mc=LIMIT_MC)
    clock.instant = DECEMBER - timedelta(seconds=1)
    await books.close(first, 1_000)
    spent = 1_000
    for number in range(1, 15):
        if await books.is_accepted(MINA, 1_000, f"job{number}", limit_mc=LIMIT_MC):
            job = await books.database.read(books.store.get, f"job{number}")
            assert job is not None
            await books.close(job, 1_000)
            spent += 1_000
    assert spent == LIMIT_MC
    found = await books.database.read(
        books.ledger.month, 1, MonthLimit(Pool.BUDGET, LIMIT_MC, CALENDAR)
    )
    assert (found.spent_mc, found.left_mc) == (LIMIT_MC, 0)
    assert await books.database.read(books.ledger.verify) == []
