"""Complaints: one for each job and member."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from storage.jobs.complaints import MAX_REASON, Complaints

if TYPE_CHECKING:
    from storage.database import Database
    from storage.jobs.jobs import JobStore

HOUR = timedelta(hours=1)


async def test_a_member_reports_a_job_once(database: Database, store: JobStore, make_job, clock):
    complaints = Complaints(database, clock)
    async with database.begin() as connection:
        await store.add(connection, make_job("one"))
        await store.add(connection, make_job("two"))
    added = await asyncio.gather(*(complaints.add("one", 5, "x" * 1000) for _ in range(8)))
    assert sorted(added) == [False] * 7 + [True]
    assert await complaints.has("one", 5)
    assert not await complaints.has("one", 6)
    assert await complaints.add("one", 6, "spam")
    clock.advance(minutes=45)
    assert await complaints.add("two", 5, "y" * MAX_REASON)
    assert await complaints.count(5, HOUR) == 2
    clock.advance(minutes=30)
    assert await complaints.count(5, HOUR) == 1
    assert await complaints.count(7, HOUR) == 0
