"""The workshop with its engine running: jobs submitted, cancelled, looked at, reconciled."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from jobs.cancel import JobCancellation
from jobs.forecast import Forecast
from jobs.reconcile import Reconciliation
from jobs.records import JobRecords
from jobs.rules.limits import Asker
from jobs.runner.durable import WorkflowRunner
from jobs.runner.queues import QueueLimits
from jobs.submit import JobSubmission, JobTables, NewJob, Place, new_job_id
from tests.jobs.harness import CHANNEL, MEMBER, PRICE_MC, Workshop, an_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.orders.image import ImageOrder
    from jobs.orders.order import Input
    from storage.jobs.jobs import Job

WITHIN_S = 10


class Office:
    """The workshop with its engine running and what the commands are given of it."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.engine = WorkflowRunner(
            workshop.database,
            {"image": workshop.steps},
            QueueLimits(process=4, member=2, engines={}),
        )
        tables = JobTables(
            workshop.database,
            workshop.database,
            workshop.store,
            workshop.artifacts,
            workshop.unaccepted_cards,
        )
        self.submission = JobSubmission(tables, workshop.limits, self.engine, workshop.clock)
        self.records = JobRecords(
            workshop.database, workshop.store, workshop.artifacts, workshop.settlement
        )
        self.cancellation = JobCancellation(
            workshop.database, workshop.store, workshop.settlement, workshop.running
        )
        self.reconciliation = Reconciliation(
            workshop.database, workshop.store, self.engine, workshop.settlement, workshop.clock
        )

    def forecast(self, **values: int) -> Forecast:
        """What a new job has to expect, with other limits."""
        workshop = self.workshop
        return Forecast(workshop.database, workshop.estimate, **values)

    async def submit(
        self,
        order: ImageOrder | None = None,
        key: str = "i1",
        price_mc: int = PRICE_MC,
        inputs: Sequence[Input] = (),
        job_id: str | None = None,
    ) -> tuple[Job, bool]:
        place = Place(
            guild_id=self.workshop.guild_id,
            channel_id=CHANNEL,
            member_id=MEMBER,
            message_id=100,
            interaction_token="token",
        )
        new = NewJob(
            job_id=job_id or new_job_id(),
            order=order or an_order(),
            place=place,
            asker=Asker(guild_id=self.workshop.guild_id, member_id=MEMBER),
            key=f"{self.workshop.guild_id}:{key}",
            price_mc=price_mc,
            inputs=inputs,
        )
        return await self.submission.submit(new)

    async def by_key(self, key: str = "i1") -> Job | None:
        return await self.workshop.database.read(
            self.workshop.store.by_key, f"{self.workshop.guild_id}:{key}"
        )

    async def until_over(self, job_id: str) -> Job:
        async with asyncio.timeout(WITHIN_S):
            while not await self.engine.over_among([job_id]):  # noqa: ASYNC110 - in its threads
                await asyncio.sleep(0.02)
        return await self.workshop.job(job_id)

    def files(self, *jobs: Job) -> set[str]:
        """The kept files, of all jobs or of some."""
        found = (self.workshop.folder / "artifacts").rglob("*.*")
        kept = {f"{file.parent.name}/{file.name}" for file in found}
        return {one for one in kept if not jobs or one.startswith(tuple(job.id for job in jobs))}
