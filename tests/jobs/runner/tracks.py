"""Steps for the engine that note when they are taken and do what a test says."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from jobs.delivery import Shown
from jobs.runner.durable import WorkflowRunner
from jobs.runner.queues import QueueClass, QueueLimits

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from jobs.runner.durable import QueuedSteps
    from jobs.workflow import Outcome
    from storage.database import Database

WITHIN_S = 40
DONE: Outcome = {"failure": None}
STEPS = ("generate", "deliver", "close")
MEMBER_CONCURRENCY = 2


class Track:
    """Steps that note when they are taken and do what a test says."""

    queue = QueueClass.SAMPLED

    def __init__(self) -> None:
        self.outcome: Outcome = DONE
        self.trouble: dict[str, Exception] = {}
        self.taken: Counter[tuple[str, str]] = Counter()
        self.closed: dict[str, tuple[Any, int]] = {}
        self.at_once: Counter[str] = Counter()
        self.most_at_once: Counter[str] = Counter()
        self.given_up: list[str] = []
        self.stumbles: Counter[str] = Counter()
        self._held: dict[str, asyncio.Event] = {}
        self._news = asyncio.Condition()

    def hold(self, *places: str) -> None:
        """Let nobody pass there until it is released: a step or, like "mina-1 close", a job's."""
        self._held |= {place: asyncio.Event() for place in places}

    def release(self, *places: str) -> None:
        for place in places:
            self._held.pop(place).set()

    async def until(self, predicate: Callable[[], bool]) -> None:
        """Wait for a moment in the course of the steps."""
        async with asyncio.timeout(WITHIN_S), self._news:
            await self._news.wait_for(predicate)

    async def generate(self, job_id: str) -> Outcome:
        member = job_id.partition("-")[0]
        self.at_once[member] += 1
        self.most_at_once[member] = max(self.most_at_once[member], self.at_once[member])
        try:
            await self._step("generate", job_id)
        finally:
            self.at_once[member] -= 1
        return self.outcome

    async def deliver(self, job_id: str, failure: dict[str, Any] | None) -> Shown:
        await self._step("deliver", job_id)
        return Shown(count=1)

    async def close(self, job_id: str, failure: dict[str, Any] | None, shown: Shown) -> None:
        await self._step("close", job_id)
        self.closed[job_id] = (failure, shown.count)

    async def give_up(self, job_id: str) -> Shown:
        self.given_up.append(job_id)
        return Shown()

    async def _step(self, name: str, job_id: str) -> None:
        async with self._news:
            self.taken[name, job_id] += 1
            self._news.notify_all()
        for place in (name, f"{job_id} {name}"):
            if place in self._held:
                await self._held[place].wait()
        if self.stumbles[name]:
            self.stumbles[name] -= 1
            raise OSError("the database is locked")
        if name in self.trouble:
            raise self.trouble[name]


class Points:
    """Steps that are those of whichever track a test laid."""

    queue = QueueClass.SAMPLED

    def __init__(self) -> None:
        self.track = Track()

    async def generate(self, job_id: str) -> Outcome:
        return await self.track.generate(job_id)

    async def deliver(self, job_id: str, failure: dict[str, Any] | None) -> Shown:
        return await self.track.deliver(job_id, failure)

    async def close(self, job_id: str, failure: dict[str, Any] | None, shown: Shown) -> None:
        await self.track.close(job_id, failure, shown)

    async def give_up(self, job_id: str) -> Shown:
        return await self.track.give_up(job_id)


@asynccontextmanager
async def running(database: Database, track: QueuedSteps) -> AsyncGenerator[WorkflowRunner]:
    engine = WorkflowRunner(
        database,
        {"image": track},
        QueueLimits(process=8, member=MEMBER_CONCURRENCY, engines={}),
    )
    await engine.launch()
    try:
        yield engine
    finally:
        await engine.close()


async def start(database: Database, engine: WorkflowRunner, *job_ids: str) -> None:
    for job_id in job_ids:
        await database.write(engine.enqueue, "image", job_id, job_id.partition("-")[0])
        engine.wake("image")


async def over(engine: WorkflowRunner, *job_ids: str) -> None:
    async with asyncio.timeout(WITHIN_S):
        for job_id in job_ids:
            while not await engine.over_among([job_id]):  # noqa: ASYNC110 - in its threads
                await asyncio.sleep(0.02)
