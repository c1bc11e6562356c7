"""Complaints: one for each job and member."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from storage.jobs.complaints import MAX_REASON, Complaint, Complaints

if TYPE_CHECKING:
    from storage.database import Database, Transaction
    from storage.jobs.jobs import JobStore

HOUR = timedelta(hours=1)


async def test_a_member_reports_a_job_once(database: Database, store: JobStore, make_job, clock):
    complaints = Complaints(clock)

    def unit(connection: Transaction) -> None:
        store.add(connection, make_job("one"))
        store.add(connection, make_job("two"))

    await database.write(unit)
    added = await asyncio.gather(
        *(database.write(complaints.add, "one", 5, "x" * 1000) for _ in range(8))
    )
    assert sorted(added) == [False] * 7 + [True]
    assert await database.read(complaints.has, "one", 5)
    assert not await database.read(complaints.has, "one", 6)
    assert await database.write(complaints.add, "one", 6, "spam")
    clock.advance(hours=18)
    assert await database.write(complaints.add, "two", 5, "y" * MAX_REASON)
    assert await database.read(complaints.count, 5) == 2
    clock.advance(hours=12)
    assert await database.read(complaints.count, 5) == 1
    assert await database.read(complaints.count, 7) == 0


async def test_what_a_crash_held_up_is_found_until_it_is_passed_on(
    database: Database, store: JobStore, make_job, clock
):
    complaints = Complaints(clock)

    def unit(connection: Transaction) -> None:
        store.add(connection, make_job("one"))
        complaints.add(connection, "one", 5, "first")
        complaints.add(connection, "one", 6, "second")
        complaints.note_passed_on(connection, "one", 6)

    await database.write(unit)
    assert await database.read(complaints.held_up, HOUR, 9) == []
    held_up = Complaint("one", 5, "first", clock())
    clock.advance(minutes=61)
    assert await database.read(complaints.held_up, HOUR, 9) == [held_up]
    await database.write(complaints.note_passed_on, "one", 5)
    assert await database.read(complaints.held_up, HOUR, 9) == []
