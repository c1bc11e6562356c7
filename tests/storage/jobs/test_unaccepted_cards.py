"""Promises: what is left of an order when its process dies before the job is accepted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from storage.database import Database
from storage.jobs.jobs import Job, JobStore
from storage.jobs.unaccepted_cards import UnacceptedCards
from tests.storage.conftest import Clock

MINUTE = timedelta(minutes=1)


async def promise(unaccepted_cards: UnacceptedCards, job_id: str) -> None:
    await unaccepted_cards.make(
        job_id,
        guild_id=1,
        channel_id=10,
        member_id=2,
        interaction_token="token",
        draft={"prompt": "a fox"},
    )


async def test_a_promise_without_its_job_is_broken_after_a_while(database: Database, clock: Clock):
    unaccepted_cards = UnacceptedCards(database, clock)
    await promise(unaccepted_cards, "job1")
    assert await unaccepted_cards.broken(clock() - MINUTE) == []
    clock.advance(seconds=61)
    (broken,) = await unaccepted_cards.broken(clock() - MINUTE)
    assert (broken.job_id, broken.draft) == ("job1", {"prompt": "a fox"})
    await unaccepted_cards.drop("job1")
    assert await unaccepted_cards.broken(clock() - MINUTE) == []


async def test_a_promise_is_kept_by_the_transaction_that_accepts(
    database: Database, clock: Clock, store: JobStore, make_job: Callable[..., Job]
):
    unaccepted_cards = UnacceptedCards(database, clock)
    await promise(unaccepted_cards, "job1")
    async with database.begin() as connection:
        await unaccepted_cards.keep(connection, "job1")
        await store.add(connection, make_job("job1"))
    # It was written late, after its own transaction: the job counts.
    await promise(unaccepted_cards, "job1")
    clock.advance(seconds=61)
    assert await unaccepted_cards.broken(clock() - MINUTE) == []
