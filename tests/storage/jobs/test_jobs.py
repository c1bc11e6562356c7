"""The job rows: each change admits one winner."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from storage.jobs.jobs import JobState

if TYPE_CHECKING:
    from storage.database import Database, Transaction
    from storage.jobs.jobs import JobStore
    from tests.storage.conftest import Clock


async def test_a_job_comes_back_as_it_was_added(database: Database, store: JobStore, make_job):
    job = make_job()
    assert await database.write(store.add, job)
    assert await database.read(store.get, "job1") == job
    assert await database.read(store.by_key, "key-job1") == job
    assert await database.read(store.get, "job2") is None


async def test_a_key_is_used_once(database: Database, store: JobStore, make_job):
    won = await asyncio.gather(
        *(database.write(store.add, make_job(f"job{n}", key="one key")) for n in range(5))
    )
    assert won.count(True) == 1


async def test_starting_again_keeps_the_first_start(
    database: Database, store: JobStore, make_job, clock
):
    await database.write(store.add, make_job())
    first = await database.write(store.start, "job1")
    clock.advance(minutes=3)
    again = await database.write(store.start, "job1")
    assert first
    assert again
    assert (again.state, again.started_at) == (JobState.RUNNING, first.started_at)


async def test_a_cancelled_job_does_not_start(database: Database, store: JobStore, make_job):
    await database.write(store.add, make_job())

    def unit(connection: Transaction) -> None:
        assert store.cancel(connection, "job1")
        assert store.cancel(connection, "job1") is None

    await database.write(unit)
    assert await database.write(store.start, "job1") is None


async def test_waiting_counts_from_the_first_time(
    database: Database, store: JobStore, make_job, clock
):
    await database.write(store.add, make_job())
    since = clock()
    await database.write(store.note_waiting, "job1", clock())
    clock.advance(minutes=5)
    job = await database.write(store.note_waiting, "job1", clock())
    assert job
    assert job.waiting_since == since


async def test_finishing_forgets_the_token(database: Database, store: JobStore, make_job):
    await database.write(store.add, make_job())

    await database.write(store.finish, "job1", JobState.FAILED, {"error": "Filtered"})
    job = await database.read(store.get, "job1")
    assert job
    assert (job.state, job.interaction_token, job.failure) == (
        JobState.FAILED,
        None,
        {"error": "Filtered"},
    )


async def test_keys_are_found_by_their_beginning(database: Database, store: JobStore, make_job):
    await database.write(store.add, make_job("job1", key="reroll:a:2:0"))
    await database.write(store.add, make_job("job2", key="reroll:a:2:1"))
    await database.write(store.finish, "job2", JobState.DELIVERED)
    await database.write(store.add, make_job("job3", key="reroll:a:22:0"))
    assert await database.read(store.count_by_key, "reroll:a:2:") == (2, 1)
    assert await database.read(store.count_by_key, "reroll:a:3:") == (0, 0)


async def test_jobs_without_a_close_are_found(database: Database, store: JobStore, make_job):
    await database.write(store.add, make_job())
    assert await database.read(store.unclosed) == ["job1"]


async def test_jobs_at_work_are_found(database: Database, store: JobStore, make_job, clock: Clock):
    await database.write(store.add, make_job("job1"))
    await database.write(store.add, make_job("job2"))
    await database.write(store.start, "job2")
    assert await database.read(store.at_work, clock()) == ["job2"]
    assert sorted(await database.read(store.at_work, clock() + timedelta(seconds=1))) == [
        "job1",
        "job2",
    ]


async def test_the_open_jobs_of_a_member_are_counted(database: Database, store: JobStore, make_job):
    ours = [make_job("job1"), make_job("job2"), make_job("job3")]
    others = [make_job("job4", member_id=3), make_job("job5", guild_id=2)]

    def unit(connection: Transaction) -> None:
        for job in (*ours, *others):
            assert store.add(connection, job)
        store.finish(connection, "job3", JobState.FAILED)
        assert store.count_open_of(connection, 1, 2) == 2

    await database.write(unit)
    await database.write(store.start, "job1")

    assert await database.read(store.count_open_of, 1, 2) == 2
    assert await database.read(store.count_open_of, 9, 9) == 0


async def test_a_start_and_a_cancellation_at_once_agree(
    database: Database, store: JobStore, make_job
):
    """A job is refunded with its cancellation only if nobody has begun it."""
    for number in range(20):
        await database.write(store.add, make_job(f"job{number}"))
        started, cancelled = await asyncio.gather(
            database.write(store.start, f"job{number}"),
            database.write(store.cancel, f"job{number}"),
        )
        assert cancelled
        assert cancelled.state == (JobState.WAITING if started is None else JobState.RUNNING)


async def test_a_delivery_and_a_cancellation_at_once_agree(
    database: Database, store: JobStore, make_job
):
    for number in range(20):
        await database.write(store.add, make_job(f"job{number}"))
        await database.write(store.start, f"job{number}")
        delivering, cancelled = await asyncio.gather(
            database.write(store.begin_delivery, f"job{number}"),
            database.write(store.cancel, f"job{number}"),
        )
        assert (delivering is None) != (cancelled is None)
