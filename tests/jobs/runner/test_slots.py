"""Slots of an engine with a cap: no more at once than it bears, whichever process they run in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest

from jobs.runner.slots import EngineSlots
from storage.database import Database
from storage.executor_leases import ExecutorLeases
from tests.databases import migrated_postgres
from tests.postgres import needs_postgres

CAPS = {"slow": 2}
JOBS = 6


class Count:
    """Counts how many are at the engine."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0

    async def visit(self, slots: EngineSlots, engine_id: str = "slow") -> None:
        async with slots.of(engine_id):
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0.02)
            self.now -= 1


@pytest.fixture
async def leases() -> AsyncGenerator[list[ExecutorLeases]]:
    """Leases of two processes."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(migrated_postgres())
        taken: list[ExecutorLeases] = []
        for _ in range(2):
            database = await Database.open(url)
            stack.push_async_callback(database.close)
            taken.append(ExecutorLeases(database))
            stack.push_async_callback(taken[-1].leave)
            await taken[-1].take()
        yield taken


async def test_in_one_process():
    slots, count = EngineSlots(CAPS), Count()
    await asyncio.gather(*(count.visit(slots) for _ in range(JOBS)))
    assert count.most == CAPS["slow"]


async def test_without_a_cap_nobody_waits():
    slots, count = EngineSlots(CAPS), Count()
    await asyncio.gather(*(count.visit(slots, "fast") for _ in range(JOBS)))
    assert count.most == JOBS


@pytest.mark.postgres
@needs_postgres
async def test_in_two_processes(leases: list[ExecutorLeases]):
    slots, count = [EngineSlots(CAPS, one) for one in leases], Count()
    await asyncio.gather(*(count.visit(slots[n % 2]) for n in range(JOBS)))
    assert count.most == CAPS["slow"]


@pytest.mark.postgres
@needs_postgres
async def test_the_turn_of_a_dead_process_is_free_again(leases: list[ExecutorLeases]):
    first, second = (EngineSlots({"slow": 1}, one) for one in leases)
    count = Count()
    async with first.of("slow"):
        waiting = asyncio.create_task(count.visit(second))
        await asyncio.sleep(0.05)
        assert not count.most
        await leases[0].leave()
        await asyncio.wait_for(waiting, 10)
    assert count.most == 1


@pytest.mark.postgres
@needs_postgres
async def test_a_job_that_is_cancelled_meanwhile_leaves_its_turn(leases: list[ExecutorLeases]):
    first, second = (EngineSlots({"slow": 1}, one) for one in leases)
    for pause_s in (0, 0.001, 0.002, 0.004):
        visit = asyncio.create_task(Count().visit(first))
        await asyncio.sleep(pause_s)
        visit.cancel()
        await asyncio.gather(visit, return_exceptions=True)
        await asyncio.wait_for(Count().visit(second), 10)
    await leases[0].keep()
