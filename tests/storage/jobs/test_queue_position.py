"""The line: how many jobs go before a new one, where members take turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.database import Transaction

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from storage.database import Database
from storage.jobs import engine_speeds, queue_position
from storage.jobs.jobs import Job, JobStore
from storage.jobs.queue_position import Queue
from storage.ledger.accounts import Account
from tests.storage.conftest import Clock

HEAVY, LIGHT, NEW = Account(1, 2), Account(1, 3), Account(2, 2)
MakeJob = Callable[..., Job]


@pytest.fixture
def wait(database: Database, store: JobStore, make_job: MakeJob):
    async def wait(account: Account, count: int, **values: Any) -> None:
        def unit(connection: Transaction) -> None:
            for number in range(count):
                job = make_job(
                    f"{account.guild_id}-{account.member_id}-{number}-{len(values)}",
                    guild_id=account.guild_id,
                    member_id=account.member_id,
                    **values,
                )
                assert store.add(connection, job)

        await database.write(unit)

    return wait


async def ahead(
    database: Database, queue: Queue, account: Account, accepted_at: datetime | None = None
) -> tuple[int, int]:
    found = await database.read(queue_position.ahead, queue, account, accepted_at)
    return found.waiting, found.running


async def test_jobs_that_wait_are_counted_up_to_a_number(
    database: Database, store: JobStore, wait: Callable[..., Any]
):
    await wait(HEAVY, 2, engine_id="slow")
    found = await database.read(queue_position.ahead, Queue(tier=1), NEW)
    assert (found.waiting, found.in_all, found.seconds_per_mc) == (0, 2, None)
    assert (await database.read(queue_position.ahead, Queue(), NEW, up_to=1)).in_all == 1
    await database.write(engine_speeds.learn, "slow", 0.5, 1)
    found = await database.read(queue_position.ahead, Queue(), NEW, engine_id="slow")
    assert found.seconds_per_mc == 0.5
    await database.write(store.start, "1-2-0-1")
    assert (await database.read(queue_position.ahead, Queue(), NEW)).in_all == 1


async def test_nobody_is_ahead_in_an_empty_line(database: Database):
    assert await ahead(database, Queue(), NEW) == (0, 0)


async def test_members_take_turns(database: Database, wait: Callable[..., Any]):
    await wait(HEAVY, 20)
    await wait(LIGHT, 2)
    assert await ahead(database, Queue(), NEW) == (2, 0)
    assert await ahead(database, Queue(), LIGHT) == (2 + 3, 0)
    assert await ahead(database, Queue(), HEAVY) == (20 + 2, 0)


async def test_each_queue_has_a_line_of_its_own(
    database: Database, store: JobStore, wait: Callable[..., Any]
):
    await wait(HEAVY, 3)
    await wait(LIGHT, 1, tier=1)
    await wait(NEW, 2, engine_id="slow", tier=2)
    assert (await ahead(database, Queue(tier=1), NEW))[0] == 1
    assert (await ahead(database, Queue(engine_id="slow"), HEAVY))[0] == 1
    assert (await ahead(database, Queue(tier=2, without=["slow"]), HEAVY))[0] == 0
    await database.write(store.start, "1-2-0-0")
    assert await ahead(database, Queue(), NEW) == (1, 1)


async def test_a_waiting_job_has_only_those_ahead_that_came_earlier(
    database: Database, wait: Callable[..., Any], clock: Clock
):
    """Of its member; others take turns with it, whenever they came."""
    await wait(HEAVY, 3)
    first = clock()
    clock.advance(seconds=1)
    await wait(HEAVY, 2, accepted_at=clock(), tier=0)
    await wait(LIGHT, 4)
    assert await ahead(database, Queue(), HEAVY, first) == (0 + 1, 0)
    assert await ahead(database, Queue(), HEAVY, clock()) == (3 + 4, 0)
    assert await ahead(database, Queue(engine_id="atelier-painter"), HEAVY, first) == (0 + 1, 0)
    assert await ahead(database, Queue(), HEAVY) == (5 + 4, 0)
