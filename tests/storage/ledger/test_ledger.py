"""The ledger: exact, never negative, closed once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import IntegrityError

from storage.ledger.accounts import Account, Balance, NotEnough
from tests.storage.ledger.books import POLICY
from tests.storage.sql import execute

if TYPE_CHECKING:
    from storage.database import Database
    from storage.ledger.ledger import Ledger
    from tests.storage.ledger.books import Books

MINA = 2
HERS = Account(1, MINA)
STARTING_MC = POLICY.starting_mc


async def test_a_new_member_gets_the_starting_credits_once(books: Books) -> None:
    balances = await asyncio.gather(*(books.balance(MINA) for _ in range(8)))
    assert set(balances) == {Balance(STARTING_MC, 0)}
    [movement] = await books.movements(MINA)
    assert (movement.kind, movement.reason) == ("grant", "starting credits")


async def test_a_hold_moves_credits_aside(books: Books) -> None:
    await books.order(MINA, 700, "job1")
    assert await books.balance(MINA) == Balance(STARTING_MC - 700, 700)


async def test_a_hold_beyond_the_balance_moves_nothing(books: Books) -> None:
    await books.balance(MINA)
    with pytest.raises(NotEnough) as refused:
        await books.order(MINA, STARTING_MC + 1, "job1")
    assert refused.value.balance == Balance(STARTING_MC, 0)
    assert await books.balance(MINA) == Balance(STARTING_MC, 0)


async def test_an_account_that_is_not_open_holds_nothing(books: Books) -> None:
    with pytest.raises(NotEnough) as refused:
        await books.database.write(books.ledger.hold, HERS, 1, "job1", "a fox")
    assert refused.value.balance == Balance(0, 0)


async def test_a_close_settles_what_arrived_and_releases_the_rest(books: Books) -> None:
    assert await books.close(await books.order(MINA, 700, "job1"), 500)
    assert await books.balance(MINA) == Balance(STARTING_MC - 500, 0)
    movements = [(one.kind, one.amount_mc) for one in await books.movements(MINA)]
    assert movements == [("settle", -500), ("grant", STARTING_MC)]


async def test_a_hold_closes_exactly_once(books: Books) -> None:
    job = await books.order(MINA, 700, "job1")
    won = await asyncio.gather(*(books.close(job, delivered) for delivered in (700, 0, 700, 0)))
    assert sorted(won) == [False, False, False, True]
    balance = await books.balance(MINA)
    assert balance.held_mc == 0
    assert balance.available_mc in (STARTING_MC, STARTING_MC - 700)


async def test_a_member_who_orders_at_once_never_overdraws(books: Books) -> None:
    orders = (books.is_accepted(MINA, 1000, f"job{number}") for number in range(50))
    assert sum(await asyncio.gather(*orders)) == 25
    assert await books.balance(MINA) == Balance(0, 25_000)


async def test_a_grant_adds_and_must_be_positive(
    database: Database, books: Books, ledger: Ledger
) -> None:
    granted = await database.write(ledger.grant, HERS, POLICY, 5_000, "contest")
    assert granted == await books.balance(MINA) == Balance(STARTING_MC + 5_000, 0)
    with pytest.raises(ValueError, match="positive"):
        await database.write(ledger.grant, HERS, POLICY, 0, "nothing")


async def test_a_grant_leaves_refills_due(
    database: Database, books: Books, ledger: Ledger, clock
) -> None:
    await books.balance(MINA)
    clock.advance(weeks=1)
    assert await database.write(ledger.grant, HERS, POLICY, 1_000, "contest") == Balance(
        STARTING_MC + 1_000, 0
    )
    refilled = STARTING_MC + 1_000 + POLICY.refill_mc
    assert await books.balance(MINA) == Balance(refilled, 0)


async def test_what_jobs_cost_is_counted_by_their_acceptance(books: Books, clock) -> None:
    async def spent_mc(since) -> int:
        return await books.database.read(books.ledger.spent_since, HERS, since)

    await books.spend(MINA, 5_000, "yesterday")
    late = await books.order(MINA, 300, "late")
    clock.advance(hours=24)
    today = clock()
    await books.close(late, 300)
    await books.order(MINA, 700, "open")
    await books.close(await books.order(MINA, 900, "closed"), 200)
    await books.order(3, 4_000, "another's")
    assert await spent_mc(today) == 900
    assert await spent_mc(today.replace(year=2000)) == 6_200
    clock.advance(hours=1)
    assert await spent_mc(clock()) == 0


async def test_the_database_itself_refuses_a_negative_balance(
    database: Database, books: Books
) -> None:
    await books.balance(MINA)
    with pytest.raises(IntegrityError):
        await execute(database, "update accounts set available_mc = -1")
