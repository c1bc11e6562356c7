"""The line: how many jobs go before a new one, where members take turns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from storage.database import Database
from storage.jobs.jobs import Job, JobStore
from storage.jobs.queue_position import Queue, QueuePosition, WaitingJobs
from storage.ledger.accounts import Account
from tests.storage.conftest import Clock

HEAVY, LIGHT, NEW = Account(1, 2), Account(1, 3), Account(2, 2)
MakeJob = Callable[..., Job]


@pytest.fixture
def line(database: Database) -> QueuePosition:
    return QueuePosition(database)


@pytest.fixture
def wait(database: Database, store: JobStore, make_job: MakeJob):
    async def wait(account: Account, count: int, **values: Any) -> None:
        async with database.begin() as connection:
            for number in range(count):
                job = make_job(
                    f"{account.guild_id}-{account.member_id}-{number}-{len(values)}",
                    guild_id=account.guild_id,
                    member_id=account.member_id,
                    **values,
                )
                assert await store.add(connection, job)

    return wait


async def test_nobody_is_ahead_in_an_empty_line(line: QueuePosition):
    assert await line.ahead(Queue(), NEW) == WaitingJobs(0, 0)


async def test_members_take_turns(line: QueuePosition, wait: Callable[..., Any]):
    await wait(HEAVY, 20)
    await wait(LIGHT, 2)
    assert await line.ahead(Queue(), NEW) == WaitingJobs(2, 0)
    assert await line.ahead(Queue(), LIGHT) == WaitingJobs(2 + 3, 0)
    assert await line.ahead(Queue(), HEAVY) == WaitingJobs(20 + 2, 0)


async def test_each_queue_has_a_line_of_its_own(
    line: QueuePosition, store: JobStore, wait: Callable[..., Any]
):
    await wait(HEAVY, 3)
    await wait(LIGHT, 1, tier=1)
    await wait(NEW, 2, engine_id="slow", tier=2)
    assert (await line.ahead(Queue(tier=1), NEW)).waiting == 1
    assert (await line.ahead(Queue(engine_id="slow"), HEAVY)).waiting == 1
    assert (await line.ahead(Queue(tier=2, without=["slow"]), HEAVY)).waiting == 0
    await store.start("1-2-0-0")
    assert await line.ahead(Queue(), NEW) == WaitingJobs(1, 1)


async def test_a_waiting_job_has_only_those_ahead_that_came_earlier(
    line: QueuePosition, wait: Callable[..., Any], clock: Clock
):
    """Of its member; others take turns with it, whenever they came."""
    await wait(HEAVY, 3)
    first = clock()
    clock.advance(seconds=1)
    await wait(HEAVY, 2, accepted_at=clock(), tier=0)
    await wait(LIGHT, 4)
    assert await line.ahead(Queue(), HEAVY, first) == WaitingJobs(0 + 1, 0)
    assert await line.ahead(Queue(), HEAVY, clock()) == WaitingJobs(3 + 4, 0)
    assert await line.ahead(Queue(engine_id="atelier-painter"), HEAVY, first) == WaitingJobs(
        0 + 1, 0
    )
    assert await line.ahead(Queue(), HEAVY) == WaitingJobs(5 + 4, 0)
