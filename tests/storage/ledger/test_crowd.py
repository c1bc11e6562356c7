"""Many members at once: never below zero, and nobody is refused who can pay."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.ledger.accounts import Account, Policy
from storage.ledger.balance import balance_of
from storage.tables import accounts

if TYPE_CHECKING:
    from storage.database import Database, Transaction
    from storage.ledger.ledger import Ledger
    from tests.storage.ledger.books import Books

MEMBERS = 200
PRICE_MC = 1_000
ASKED = 4


async def test_members_with_half_of_what_they_ask_get_exactly_half(books: Books) -> None:
    policy = Policy(starting_mc=ASKED // 2 * PRICE_MC, refill_mc=0)
    names = [(1 + number % MEMBERS, f"job{number}") for number in range(ASKED * MEMBERS)]
    are_accepted = await asyncio.gather(
        *(books.is_accepted(member, PRICE_MC, job_id, policy=policy) for member, job_id in names)
    )
    accepted: dict[int, int] = {}
    for (member, _), is_accepted in zip(names, are_accepted, strict=True):
        accepted[member] = accepted.get(member, 0) + is_accepted
    assert accepted == dict.fromkeys(range(1, MEMBERS + 1), ASKED // 2)

    def unit(connection: Transaction) -> None:
        sides = select(accounts.c.available_mc, accounts.c.held_mc).distinct()
        assert [tuple(row) for row in connection.execute(sides)] == [(0, 2 * PRICE_MC)]

    await books.database.read(unit)
    assert await books.database.read(books.ledger.verify) == []


async def test_holds_and_closes_of_one_member_at_once(
    database: Database, books: Books, ledger: Ledger
) -> None:
    policy = Policy(starting_mc=20 * PRICE_MC, refill_mc=0)

    async def use(number: int) -> int:
        job = await books.order(2, PRICE_MC, f"job{number}", policy=policy)
        delivered_mc = PRICE_MC * (number % 3) // 2
        closed = await asyncio.gather(*(books.close(job, delivered_mc) for _ in range(3)))
        assert sorted(closed) == [False, False, True]
        return delivered_mc

    spent = await asyncio.gather(*(use(number) for number in range(20)))
    balance = await balance_of(database, ledger, Account(1, 2), policy)
    assert (balance.available_mc, balance.held_mc) == (20 * PRICE_MC - sum(spent), 0)
    assert await database.read(ledger.verify) == []
