"""Gifts, what moderators give and take, and refunds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from storage.ledger.accounts import Account, Balance, NotEnough
from tests.storage.ledger.books import POLICY

if TYPE_CHECKING:
    from storage.database import Database
    from storage.ledger.ledger import Ledger
    from tests.storage.ledger.books import Books

MINA, ROWAN, MODERATOR = 2, 3, 7
HERS, HIS = Account(1, MINA), Account(1, ROWAN)


async def give(
    database: Database, ledger: Ledger, giver: Account, receiver: Account, amount_mc: int
) -> Balance:
    return await database.write(
        ledger.gift,
        giver,
        receiver,
        amount_mc,
        giver_policy=POLICY,
        receiver_policy=POLICY,
        giver_reason="for Rowan",
        receiver_reason="from Mina",
    )


async def test_starting_credits_are_not_given_away(
    database: Database, books: Books, ledger: Ledger
) -> None:
    with pytest.raises(NotEnough) as refused:
        await give(database, ledger, HERS, HIS, 1)
    assert refused.value.balance.giftable_mc == 0
    assert await books.balance(MINA) == Balance(25_000, 0)


async def test_other_credits_are_given(database: Database, books: Books, ledger: Ledger) -> None:
    await database.write(ledger.adjust, HERS, POLICY, 4_000, "contest", MODERATOR)
    assert await give(database, ledger, HERS, HIS, 3_000) == Balance(26_000, 0)
    assert await books.balance(ROWAN) == Balance(28_000, 0)
    [given, *_], [got, *_] = await books.movements(MINA), await books.movements(ROWAN)
    assert (given.kind, given.amount_mc, given.reason) == ("gift", -3_000, "for Rowan")
    assert (got.kind, got.amount_mc, got.reason) == ("gift", 3_000, "from Mina")
    assert given.actor_id == got.actor_id == MINA
    with pytest.raises(NotEnough) as refused:
        await give(database, ledger, HERS, HIS, 1_001)
    assert refused.value.balance.giftable_mc == 1_000


async def test_what_is_spent_is_spent_of_the_starting_credits_first(
    database: Database, books: Books, ledger: Ledger
) -> None:
    await database.write(ledger.adjust, HERS, POLICY, 4_000, "contest", MODERATOR)
    await books.spend(MINA, 10_000, "job1")
    assert (await books.balance(MINA)).giftable_mc == 4_000
    await books.spend(MINA, 16_000, "job2")
    assert (await books.balance(MINA)).giftable_mc == 3_000


async def test_what_was_released_is_still_bound(books: Books) -> None:
    await books.close(await books.order(MINA, 10_000, "job1"), 0)
    assert (await books.balance(MINA)).giftable_mc == 0


async def test_gifts_in_both_directions_do_not_wait_for_each_other(
    database: Database, books: Books, ledger: Ledger
) -> None:
    for account in (HERS, HIS):
        await database.write(ledger.adjust, account, POLICY, 5_000, "contest", MODERATOR)
    pairs = [(HERS, HIS), (HIS, HERS)] * 10
    await asyncio.gather(*(give(database, ledger, *pair, 100) for pair in pairs))
    assert await books.balance(MINA) == await books.balance(ROWAN) == Balance(30_000, 0)


async def test_a_gift_is_given_once_only(database: Database, books: Books, ledger: Ledger) -> None:
    await database.write(ledger.adjust, HERS, POLICY, 5_000, "contest", MODERATOR)
    gifts = (give(database, ledger, HERS, HIS, 3_000) for _ in range(5))
    outcomes = await asyncio.gather(*gifts, return_exceptions=True)
    assert sum(isinstance(outcome, Balance) for outcome in outcomes) == 1
    assert await books.balance(ROWAN) == Balance(28_000, 0)


@pytest.mark.parametrize(
    ("receiver", "amount_mc"), [(HIS, 0), (HIS, -5), (HERS, 5), (Account(9, ROWAN), 5)]
)
async def test_a_gift_is_positive_and_for_another_member(
    database: Database, ledger: Ledger, receiver: Account, amount_mc: int
) -> None:
    with pytest.raises(ValueError, match="another member"):
        await give(database, ledger, HERS, receiver, amount_mc)


async def test_moderators_give(database: Database, books: Books, ledger: Ledger) -> None:
    moved_mc, balance = await database.write(
        ledger.adjust, HERS, POLICY, 4_000, "contest", MODERATOR
    )
    assert (moved_mc, balance) == (4_000, Balance(29_000, 0))
    [entry, _] = await books.movements(MINA)
    assert (entry.kind, entry.reason, entry.actor_id) == ("grant", "contest", MODERATOR)
    assert await books.balance(MINA) == balance


async def test_a_take_takes_what_is_there(database: Database, books: Books, ledger: Ledger) -> None:
    await books.order(MINA, 5_000, "job1")
    moved_mc, balance = await database.write(
        ledger.adjust, HERS, POLICY, -90_000, "spam", MODERATOR
    )
    assert (moved_mc, balance) == (-20_000, Balance(0, 5_000))
    assert await database.write(ledger.adjust, HERS, POLICY, -1, "spam", MODERATOR) == (
        0,
        Balance(0, 5_000),
    )
    assert await books.balance(MINA) == Balance(0, 5_000)


async def test_what_was_taken_is_bound_no_more(
    database: Database, books: Books, ledger: Ledger
) -> None:
    await database.write(ledger.adjust, HERS, POLICY, -25_000, "spam", MODERATOR)
    await database.write(ledger.adjust, HERS, POLICY, 1_000, "sorry", MODERATOR)
    assert (await books.balance(MINA)).giftable_mc == 1_000


async def test_takes_while_the_member_spends(
    database: Database, books: Books, ledger: Ledger
) -> None:
    async def take() -> int:
        return -(await database.write(ledger.adjust, HERS, POLICY, -3_000, "spam", MODERATOR))[0]

    async def spend(number: int) -> int:
        return 1_000 if await books.is_accepted(MINA, 1_000, f"job{number}") else 0

    moves = [take() if number % 3 == 0 else spend(number) for number in range(30)]
    moved = await asyncio.gather(*moves)
    balance = await books.balance(MINA)
    assert balance.available_mc + sum(moved) == 25_000
    assert balance.available_mc == 0
    assert balance.held_mc == sum(moved) - sum(moved[::3])


async def test_a_refund_gives_back_once(books: Books, ledger: Ledger) -> None:
    await books.close(await books.order(MINA, 5_000, "job1"), 3_000)
    refunded = await asyncio.gather(
        *(books.database.write(ledger.refund, "job1", MODERATOR) for _ in range(5))
    )
    assert sorted(refunded) == [0, 0, 0, 0, 3_000]
    assert await books.balance(MINA) == Balance(25_000, 0)
    [entry, *_] = await books.movements(MINA)
    assert (entry.kind, entry.amount_mc, entry.job_id) == ("refund", 3_000, "job1")
    assert entry.actor_id == MODERATOR


async def test_what_cost_nothing_is_not_refunded(
    database: Database, books: Books, ledger: Ledger
) -> None:
    await books.order(MINA, 5_000, "open")
    await books.close(await books.order(MINA, 5_000, "failed"), 0)
    for job_id in ("open", "failed", "unheard-of"):
        assert await database.write(ledger.refund, job_id, MODERATOR) == 0
    assert await books.balance(MINA) == Balance(20_000, 5_000)
