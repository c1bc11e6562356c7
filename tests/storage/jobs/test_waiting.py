"""Waiting jobs in order, some at a time, and what begins while one of them is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.database import Transaction

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from storage.database import Database
from storage.jobs.jobs import Job, JobStore
from storage.jobs.waiting import WaitingJob, still_waiting, waiting_since_before
from tests.databases import migrated_postgres, migrated_sqlite
from tests.postgres import needs_postgres
from tests.storage.conftest import Clock
from tests.storage.sql import rows

MINUTE = timedelta(minutes=1)


@pytest.fixture
def wait(database: Database, store: JobStore, make_job: Callable[..., Job]):
    async def wait(*job_ids: str, **values: Any) -> None:
        def unit(connection: Transaction) -> None:
            for job_id in job_ids:
                assert store.add(connection, make_job(job_id, **values))

        await database.write(unit)

    return wait


async def test_they_come_some_at_a_time_and_each_once(
    database: Database, wait: Callable[..., Any], clock: Clock
):
    await wait("c", accepted_at=clock() - MINUTE)
    await wait("b", "d", "a", accepted_at=clock() - 2 * MINUTE)
    seen: list[str] = []
    reached: WaitingJob | None = None
    while found := await database.read(waiting_since_before, clock(), ["image"], 2, reached):
        assert len(found) <= 2
        seen += [one.job_id for one in found]
        reached = found[-1]
    assert seen == ["a", "b", "d", "c"]


async def test_only_waiting_ones_of_that_age_with_a_card(
    database: Database, wait: Callable[..., Any], store: JobStore, clock: Clock
):
    old = clock() - 2 * MINUTE
    await wait("old", "begun", accepted_at=old)
    await wait("cardless", accepted_at=old, message_id=None)
    await wait("film", accepted_at=old, kind="video")
    await wait("new", accepted_at=clock() - MINUTE)
    await database.write(store.start, "begun")
    found = await database.read(waiting_since_before, clock() - MINUTE, ["image"], 10)
    assert found == [WaitingJob(old, "old")]


async def test_a_job_is_looked_at_by_its_state(
    wait: Callable[..., Any], store: JobStore, database: Database
):
    await wait("one", "two", "three")
    await database.write(store.start, "two")

    await database.write(store.cancel, "three")
    for job_id, expected in (("one", True), ("two", False), ("three", False), ("none", False)):
        async with still_waiting(database, job_id) as still_waits:
            assert still_waits is expected


@pytest.mark.postgres
@needs_postgres
async def test_on_postgres_it_begins_after_the_look(clock: Clock, make_job: Callable[..., Job]):
    async with migrated_postgres() as url:
        database = await Database.open(url)
        store = JobStore(clock)

        def unit(connection: Transaction) -> None:
            assert store.add(connection, make_job("one"))

        await database.write(unit)
        async with still_waiting(database, "one") as still_waits:
            assert still_waits
            begun = asyncio.create_task(database.write(store.start, "one"))
            # A second look does not wait for the first.
            async with still_waiting(database, "one") as seen_twice:
                assert not seen_twice
            assert not begun.done()
        assert await begun is not None
        await database.close()


async def test_the_oldest_are_found_by_an_index(tmp_path: Path):
    database = await Database.open(await migrated_sqlite(tmp_path / "atelier.sqlite"))
    plan = await rows(
        database,
        "explain query plan select accepted_at, id from jobs where state = 'waiting'"
        " and accepted_at < 9 and accepted_at >= 1 and (accepted_at > 1 or id > 'a')"
        " order by accepted_at, id limit 2",
    )
    steps = [row.detail for row in plan]
    await database.close()
    wanted = "ix_jobs_state (state=? AND accepted_at>? AND accepted_at<?)"
    assert any(wanted in one for one in steps), steps
