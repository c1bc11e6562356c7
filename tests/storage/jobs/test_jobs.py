"""The job rows: each change admits one winner."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from storage.jobs.jobs import JobState

if TYPE_CHECKING:
    from storage.database import Database
    from storage.jobs.jobs import Job, JobStore
    from tests.storage.conftest import Clock


async def add(database: Database, store: JobStore, job: Job) -> bool:
    async with database.begin() as connection:
        return await store.add(connection, job)


async def cancel(database: Database, store: JobStore, job_id: str) -> Job | None:
    async with database.begin() as connection:
        return await store.cancel(connection, job_id)


async def test_a_job_comes_back_as_it_was_added(database: Database, store: JobStore, make_job):
    job = make_job()
    assert await add(database, store, job)
    assert await store.get("job1") == job
    assert await store.by_key("key-job1") == job
    assert await store.get("job2") is None


async def test_a_key_is_used_once(database: Database, store: JobStore, make_job):
    won = await asyncio.gather(
        *(add(database, store, make_job(f"job{n}", key="one key")) for n in range(5))
    )
    assert won.count(True) == 1


async def test_starting_again_keeps_the_first_start(
    database: Database, store: JobStore, make_job, clock
):
    await add(database, store, make_job())
    first = await store.start("job1")
    clock.advance(minutes=3)
    again = await store.start("job1")
    assert first
    assert again
    assert (again.state, again.started_at) == (JobState.RUNNING, first.started_at)


async def test_a_cancelled_job_does_not_start(database: Database, store: JobStore, make_job):
    await add(database, store, make_job())
    async with database.begin() as connection:
        assert await store.cancel(connection, "job1")
        assert await store.cancel(connection, "job1") is None
    assert await store.start("job1") is None


async def test_waiting_counts_from_the_first_time(
    database: Database, store: JobStore, make_job, clock
):
    await add(database, store, make_job())
    since = clock()
    await store.note_waiting("job1", clock())
    clock.advance(minutes=5)
    job = await store.note_waiting("job1", clock())
    assert job
    assert job.waiting_since == since


async def test_finishing_forgets_the_token(database: Database, store: JobStore, make_job):
    await add(database, store, make_job())
    async with database.begin() as connection:
        await store.finish(connection, "job1", JobState.FAILED, {"error": "Filtered"})
    job = await store.get("job1")
    assert job
    assert (job.state, job.interaction_token, job.failure) == (
        JobState.FAILED,
        None,
        {"error": "Filtered"},
    )


async def test_waiting_jobs_are_counted_up_to_a_number(
    database: Database, store: JobStore, make_job
):
    await add(database, store, make_job("job1"))
    await add(database, store, make_job("job2"))
    assert await store.count_waiting(10) == 2
    assert await store.count_waiting(1) == 1
    await store.start("job1")
    assert await store.count_waiting(10) == 1


async def test_keys_are_found_by_their_beginning(database: Database, store: JobStore, make_job):
    await add(database, store, make_job("job1", key="reroll:a:2:0"))
    await add(database, store, make_job("job2", key="reroll:a:2:1", state=JobState.DELIVERED))
    await add(database, store, make_job("job3", key="reroll:a:22:0"))
    assert sorted(await store.states_of("reroll:a:2:")) == ["delivered", "waiting"]


async def test_jobs_without_a_close_are_found(database: Database, store: JobStore, make_job):
    await add(database, store, make_job())
    assert await store.unclosed() == ["job1"]


async def test_jobs_at_work_are_found(database: Database, store: JobStore, make_job, clock: Clock):
    await add(database, store, make_job("job1"))
    await add(database, store, make_job("job2"))
    await store.start("job2")
    assert await store.at_work(clock()) == ["job2"]
    assert sorted(await store.at_work(clock() + timedelta(seconds=1))) == ["job1", "job2"]


async def test_the_open_jobs_of_a_member_are_counted(database: Database, store: JobStore, make_job):
    ours = [make_job("job1"), make_job("job2"), make_job("job3")]
    others = [make_job("job4", member_id=3), make_job("job5", guild_id=2)]
    async with database.begin() as connection:
        for job in (*ours, *others):
            assert await store.add(connection, job)
        await store.finish(connection, "job3", JobState.FAILED)
        assert await store.count_open_of(1, 2, connection) == 2
    await store.start("job1")
    async with database.read() as connection:
        assert await store.count_open_of(1, 2, connection) == 2
        assert await store.count_open_of(9, 9, connection) == 0


async def test_a_start_and_a_cancellation_at_once_agree(
    database: Database, store: JobStore, make_job
):
    """A job is refunded with its cancellation only if nobody has begun it."""
    for number in range(20):
        await add(database, store, make_job(f"job{number}"))
        started, cancelled = await asyncio.gather(
            store.start(f"job{number}"), cancel(database, store, f"job{number}")
        )
        assert cancelled
        assert cancelled.state == (JobState.WAITING if started is None else JobState.RUNNING)


async def test_a_delivery_and_a_cancellation_at_once_agree(
    database: Database, store: JobStore, make_job
):
    for number in range(20):
        await add(database, store, make_job(f"job{number}"))
        await store.start(f"job{number}")
        delivering, cancelled = await asyncio.gather(
            store.begin_delivery(f"job{number}"), cancel(database, store, f"job{number}")
        )
        assert (delivering is None) != (cancelled is None)
