"""The ledger: exact, never negative, closed once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from storage.ledger import Account, Balance, NotEnough, Policy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from storage.database import Database
    from storage.jobs import JobStore
    from storage.ledger import Ledger

    Hold = Callable[..., Awaitable[Balance]]

MINA = Account(1, 2)
POLICY = Policy()
STARTING_MC = POLICY.starting_mc


@pytest.fixture
def hold(database: Database, ledger: Ledger, store: JobStore, make_job) -> Hold:
    async def hold_for_a_job(amount_mc: int, job_id: str = "job1") -> Balance:
        async with database.begin() as connection:
            await store.add(connection, make_job(job_id, price_mc=amount_mc))
            await ledger.open(connection, MINA, POLICY)
            return await ledger.hold(connection, MINA, amount_mc, job_id, "a fox")

    return hold_for_a_job


async def close(
    database: Database, ledger: Ledger, held_mc: int, delivered_mc: int, job_id: str = "job1"
) -> bool:
    async with database.begin() as connection:
        return await ledger.close(
            connection,
            MINA,
            job_id,
            held_mc=held_mc,
            delivered_mc=delivered_mc,
            budget_mc=0,
            reason="done",
        )


async def test_a_new_member_gets_the_starting_credits_once(ledger: Ledger) -> None:
    balances = await asyncio.gather(*(ledger.balance(MINA, POLICY) for _ in range(8)))
    assert set(balances) == {Balance(STARTING_MC, 0)}
    assert len(await ledger.history(MINA)) == 1
    assert await ledger.verify() == []


async def test_a_hold_moves_credits_aside(ledger: Ledger, hold: Hold) -> None:
    assert await hold(700) == Balance(STARTING_MC - 700, 700)
    assert await ledger.verify() == []


async def test_a_hold_beyond_the_balance_moves_nothing(ledger: Ledger, hold: Hold) -> None:
    with pytest.raises(NotEnough) as refused:
        await hold(STARTING_MC + 1)
    assert refused.value.balance == Balance(STARTING_MC, 0)
    assert await ledger.balance(MINA, POLICY) == Balance(STARTING_MC, 0)
    assert await ledger.verify() == []


async def test_a_close_settles_what_arrived_and_releases_the_rest(
    database: Database, ledger: Ledger, hold: Hold
) -> None:
    await hold(700)
    assert await close(database, ledger, 700, 500)
    assert await ledger.balance(MINA, POLICY) == Balance(STARTING_MC - 500, 0)
    kinds = [entry.kind for entry in await ledger.history(MINA)]
    assert kinds == ["release", "settle", "hold", "grant"]
    assert await ledger.verify() == []


async def test_a_hold_closes_exactly_once(database: Database, ledger: Ledger, hold: Hold) -> None:
    await hold(700)
    won = await asyncio.gather(
        *(close(database, ledger, 700, delivered) for delivered in (700, 0, 700, 0))
    )
    assert sorted(won) == [False, False, False, True]
    balance = await ledger.balance(MINA, POLICY)
    assert balance.held_mc == 0
    assert balance.available_mc in (STARTING_MC, STARTING_MC - 700)
    assert await ledger.verify() == []


async def test_members_who_spend_at_once_never_overdraw(ledger: Ledger, hold: Hold) -> None:
    async def try_hold(number: int) -> bool:
        try:
            await hold(1000, f"job{number}")
        except NotEnough:
            return False
        return True

    held = await asyncio.gather(*(try_hold(number) for number in range(50)))
    assert sum(held) == 25
    assert await ledger.balance(MINA, POLICY) == Balance(0, 25_000)
    assert await ledger.verify() == []


async def test_a_grant_adds_and_must_be_positive(ledger: Ledger) -> None:
    assert await ledger.grant(MINA, POLICY, 5_000, "contest") == Balance(STARTING_MC + 5_000, 0)
    with pytest.raises(ValueError, match="positive"):
        await ledger.grant(MINA, POLICY, 0, "nothing")
    assert await ledger.verify() == []


async def test_the_history_has_pages(ledger: Ledger) -> None:
    for number in range(12):
        await ledger.grant(MINA, POLICY, number + 1, f"gift {number}")
    first = await ledger.history(MINA, limit=5)
    second = await ledger.history(MINA, limit=5, before_id=first[-1].id)
    reasons = [entry.reason for entry in (*first, *second)]
    assert reasons == [f"gift {number}" for number in range(11, 1, -1)]


async def test_the_database_itself_refuses_a_negative_balance(
    database: Database, ledger: Ledger
) -> None:
    await ledger.balance(MINA, POLICY)
    with pytest.raises(IntegrityError):
        async with database.begin() as connection:
            await connection.execute(text("update accounts set available_mc = -1"))


async def test_verify_finds_a_balance_that_was_tampered_with(
    database: Database, ledger: Ledger
) -> None:
    await ledger.balance(MINA, POLICY)
    async with database.begin() as connection:
        await connection.execute(text("update accounts set available_mc = available_mc + 5"))
    problems = await ledger.verify()
    assert len(problems) == 1
    assert "Member 2 of guild 1" in problems[0]
