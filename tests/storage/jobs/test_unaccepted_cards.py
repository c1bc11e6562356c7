"""Promises: what is left of an order when its process dies before the job is accepted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from storage.database import Database
from storage.jobs.jobs import Job, JobStore
from storage.jobs.unaccepted_cards import Promises
from tests.storage.conftest import Clock

MINUTE = timedelta(minutes=1)


async def promise(promises: Promises, job_id: str) -> None:
    await promises.make(
        job_id,
        guild_id=1,
        channel_id=10,
        member_id=2,
        interaction_token="token",
        draft={"prompt": "a fox"},
    )


async def test_a_promise_without_its_job_is_broken_after_a_while(database: Database, clock: Clock):
    promises = Promises(database, clock)
    await promise(promises, "job1")
    assert await promises.broken(clock() - MINUTE) == []
    clock.advance(seconds=61)
    (broken,) = await promises.broken(clock() - MINUTE)
    assert (broken.job_id, broken.draft) == ("job1", {"prompt": "a fox"})
    await promises.drop("job1")
    assert await promises.broken(clock() - MINUTE) == []


async def test_a_promise_is_kept_by_the_transaction_that_accepts(
    database: Database, clock: Clock, store: JobStore, make_job: Callable[..., Job]
):
    promises = Promises(database, clock)
    await promise(promises, "job1")
    async with database.begin() as connection:
        await promises.keep(connection, "job1")
        await store.add(connection, make_job("job1"))
    # It was written late, after its own transaction: the job counts.
    await promise(promises, "job1")
    clock.advance(seconds=61)
    assert await promises.broken(clock() - MINUTE) == []
