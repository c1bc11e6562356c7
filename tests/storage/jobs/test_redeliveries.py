"""Ends that are shown again: who has one, and what is written of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from storage import snapshot
from storage.jobs import redeliveries
from storage.jobs.jobs import JobState

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Database
    from storage.jobs.jobs import Job, JobStore
    from tests.storage.conftest import Clock

GAP = timedelta(minutes=1)


class Shelf:
    """A job that is being delivered, and what is written of its redelivery."""

    def __init__(self, database: Database, store: JobStore, clock: Clock) -> None:
        self.database, self.store, self.clock = database, store, clock

    async def postpone(self, **values: int) -> None:
        now = self.clock()
        await self.database.write(
            redeliveries.postpone_result,
            "job1",
            now=now,
            show_at=now + GAP,
            failure={"error": "TooSlow"},
            **values,
        )

    async def due(self) -> list[str]:
        return await self.database.read(redeliveries.due, self.clock(), 10)

    async def claim(self) -> Job | None:
        now = self.clock()
        return await self.database.write(redeliveries.claim, "job1", now, now + GAP)

    async def renew(self) -> Job | None:
        now = self.clock()
        return await self.database.write(redeliveries.renew, "job1", "newer", now, now + GAP)

    async def finish(self, show_at: datetime | None = None) -> None:
        await self.database.write(
            self.store.finish, "job1", JobState.FAILED, {"error": "NotShown"}, show_at=show_at
        )

    async def job(self) -> Job:
        found = await self.database.read(self.store.get, "job1")
        assert found
        return found


@pytest.fixture
async def shelf(database: Database, store: JobStore, make_job, clock: Clock) -> Shelf:
    job = make_job(state=JobState.DELIVERING, interaction_token="older")
    assert await database.write(store.add, job)
    return Shelf(database, store, clock)


async def test_it_is_due_after_the_gap_and_one_has_it(shelf: Shelf):
    await shelf.postpone()
    assert await shelf.due() == []
    shelf.clock.advance(minutes=1)
    assert await shelf.due() == ["job1"]
    won = await asyncio.gather(*(shelf.claim() for _ in range(4)))
    assert sum(one is not None for one in won) == 1
    assert await shelf.due() == []
    shelf.clock.advance(minutes=1)
    assert await shelf.claim()


async def test_what_is_known_of_it_is_kept(shelf: Shelf):
    first = shelf.clock()
    await shelf.postpone(shown_count=3, message_id=77)
    shelf.clock.advance(minutes=5)
    await shelf.postpone(shown_count=2, more_message_id=78)
    job = await shelf.job()
    assert (job.shown_count, job.message_id, job.more_message_id) == (3, 77, 78)
    assert (job.unshown_since, job.failure) == (first, {"error": "TooSlow"})


async def test_it_does_not_count_as_an_open_job(shelf: Shelf):
    job = await shelf.job()
    look = snapshot.look
    assert (await shelf.database.read(look, job.guild_id, job.member_id)).open_jobs == 1
    await shelf.postpone()
    assert (await shelf.database.read(look, job.guild_id, job.member_id)).open_jobs == 0


async def test_what_is_closed_is_not_opened_again(shelf: Shelf):
    await shelf.postpone()
    await shelf.finish()
    job = await shelf.job()
    assert (job.show_at, job.unshown_since, job.interaction_token) == (None, None, None)
    await shelf.postpone()
    assert (await shelf.job()).show_at is None


async def test_the_token_is_kept_for_a_card_that_is_due(shelf: Shelf):
    await shelf.finish(show_at=shelf.clock() + GAP)
    job = await shelf.job()
    assert (job.interaction_token, job.unshown_since) == ("older", shelf.clock())
    await shelf.database.write(redeliveries.note_shown, "job1", 88)
    job = await shelf.job()
    assert (job.interaction_token, job.show_at, job.message_id) == (None, None, 88)
    assert (job.state, job.unshown_since) == (JobState.FAILED, None)


async def test_the_card_of_an_open_job_is_not_postponed(shelf: Shelf):
    now = shelf.clock()
    postpone = redeliveries.postpone_card
    await shelf.database.write(postpone, "job1", now=now, show_at=now)
    assert (await shelf.job()).show_at is None
    await shelf.finish()
    await shelf.database.write(postpone, "job1", now=now, show_at=now)
    assert await shelf.due() == ["job1"]


async def test_a_press_brings_a_token(shelf: Shelf):
    assert await shelf.renew() is None
    await shelf.postpone()
    shelf.clock.advance(minutes=5)
    job = await shelf.renew()
    assert job
    assert (job.interaction_token, job.token_given_at) == ("newer", shelf.clock())
    assert await shelf.claim() is None
