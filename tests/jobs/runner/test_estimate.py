"""The estimate follows what jobs really took, in whatever process."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.runner.estimate import Estimate
from jobs.runner.queues import QueueLimits
from storage.database import Database
from storage.ledger.accounts import Account
from tests.databases import migrated_sqlite

MINA = Account(1, 2)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    opened = await Database.open(await migrated_sqlite(tmp_path / "atelier.sqlite"))
    yield opened
    await opened.close()


ESTIMATE = Estimate(QueueLimits())


async def ready_in(database: Database, engine_id: str, price_mc: int) -> timedelta | None:
    return (await database.read(ESTIMATE.wait_estimate, engine_id, price_mc, 0, MINA)).ready_in


async def test_nothing_is_known_before_the_first_job(database: Database):
    assert await ready_in(database, "painter", 200) is None


async def test_twice_the_work_takes_twice_the_time(database: Database):
    await database.write(ESTIMATE.learn, "painter", 100, timedelta(seconds=3))
    assert await ready_in(database, "painter", 200) == timedelta(seconds=6)
    assert await ready_in(database, "another", 200) is None


async def test_the_average_moves_towards_the_newest(database: Database):
    await database.write(ESTIMATE.learn, "painter", 100, timedelta(seconds=1))
    for _ in range(40):
        await database.write(ESTIMATE.learn, "painter", 100, timedelta(seconds=2))
    learned = await ready_in(database, "painter", 100)
    assert learned
    assert abs(learned.total_seconds() - 2) < 0.01
