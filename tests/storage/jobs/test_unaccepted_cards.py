"""Unaccepted cards: what is left of an order when its process dies before the job is accepted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from storage.database import Database
from storage.jobs.jobs import Job, JobStore
from storage.jobs.unaccepted_cards import UnacceptedCards
from tests.storage.conftest import Clock

MINUTE = timedelta(minutes=1)


async def make_card(unaccepted_cards: UnacceptedCards, job_id: str) -> None:
    await unaccepted_cards.make(
        job_id,
        guild_id=1,
        channel_id=10,
        member_id=2,
        interaction_token="token",
        draft={"prompt": "a fox"},
    )


async def test_a_card_without_its_job_is_orphaned_after_a_while(database: Database, clock: Clock):
    unaccepted_cards = UnacceptedCards(database, clock)
    await make_card(unaccepted_cards, "job1")
    assert await unaccepted_cards.orphaned(clock() - MINUTE) == []
    clock.advance(seconds=61)
    (orphan,) = await unaccepted_cards.orphaned(clock() - MINUTE)
    assert (orphan.job_id, orphan.draft) == ("job1", {"prompt": "a fox"})
    await unaccepted_cards.drop("job1")
    assert await unaccepted_cards.orphaned(clock() - MINUTE) == []


async def test_a_card_is_kept_by_the_transaction_that_accepts(
    database: Database, clock: Clock, store: JobStore, make_job: Callable[..., Job]
):
    unaccepted_cards = UnacceptedCards(database, clock)
    await make_card(unaccepted_cards, "job1")
    async with database.begin() as connection:
        await unaccepted_cards.keep(connection, "job1")
        await store.add(connection, make_job("job1"))
    # It was written late, after its own transaction: the job counts.
    await make_card(unaccepted_cards, "job1")
    clock.advance(seconds=61)
    assert await unaccepted_cards.orphaned(clock() - MINUTE) == []
