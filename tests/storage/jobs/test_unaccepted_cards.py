"""Unaccepted cards: what is left of an order when its process dies before the job is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.database import Transaction

from collections.abc import Callable
from datetime import timedelta

from storage.database import Database
from storage.jobs.jobs import Job, JobStore
from storage.jobs.unaccepted_cards import UnacceptedCards
from tests.storage.conftest import Clock

MINUTE = timedelta(minutes=1)


async def make_card(database: Database, unaccepted_cards: UnacceptedCards, job_id: str) -> None:
    await database.write(
        unaccepted_cards.make,
        job_id,
        guild_id=1,
        channel_id=10,
        member_id=2,
        interaction_token="token",
        draft={"prompt": "a fox"},
    )


async def test_a_card_without_its_job_is_orphaned_after_a_while(database: Database, clock: Clock):
    unaccepted_cards = UnacceptedCards(clock)
    await make_card(database, unaccepted_cards, "job1")
    assert await database.read(unaccepted_cards.orphaned, clock() - MINUTE) == []
    clock.advance(seconds=61)
    (orphan,) = await database.read(unaccepted_cards.orphaned, clock() - MINUTE)
    assert (orphan.job_id, orphan.draft) == ("job1", {"prompt": "a fox"})
    await database.write(unaccepted_cards.drop, "job1")
    assert await database.read(unaccepted_cards.orphaned, clock() - MINUTE) == []


async def test_a_card_is_kept_by_the_transaction_that_accepts(
    database: Database, clock: Clock, store: JobStore, make_job: Callable[..., Job]
):
    unaccepted_cards = UnacceptedCards(clock)
    await make_card(database, unaccepted_cards, "job1")

    def unit(connection: Transaction) -> None:
        unaccepted_cards.drop(connection, "job1")
        store.add(connection, make_job("job1"))

    await database.write(unit)
    # It was written late, after its own transaction: the job counts.
    await make_card(database, unaccepted_cards, "job1")
    clock.advance(seconds=61)
    assert await database.read(unaccepted_cards.orphaned, clock() - MINUTE) == []
