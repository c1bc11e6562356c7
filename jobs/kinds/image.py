"""The road of an image job, step by step; each step is safe to repeat after a crash."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from generation.errors import Filtered, GarbledAnswer
from jobs.errors import Interrupted
from jobs.failure import restore
from jobs.orders.image import ImageOrder

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from generation.request import ImageRequest
    from jobs.delivery import Delivery, Shown
    from jobs.kinds.sampling import Sampling
    from jobs.runner.cancellation import CancellationScope
    from jobs.runner.estimate import Estimate
    from jobs.settlement import Settlement
    from storage.jobs.artifacts import Artifacts
    from storage.jobs.jobs import Job, JobStore


class ImageKind:
    """Generate, deliver, close: the steps of an image job's workflow."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        artifacts: Artifacts,
        sampling: Sampling,
        shown: Shown,
        delivery: Delivery,
        running: CancellationScope,
        settlement: Settlement,
        estimate: Estimate,
        now: Callable[[], datetime],
    ) -> None:
        self._jobs = jobs
        self._artifacts = artifacts
        self._sampling = sampling
        self._shown = shown
        self._delivery = delivery
        self._running = running
        self._settlement = settlement
        self._estimate = estimate
        self._now = now

    async def generate(self, job_id: str) -> dict[str, Any]:
        """Draw and keep the pictures; what went wrong comes back as data."""
        return await self._running.start_job(job_id, self._draw)

    async def _draw(self, job: Job) -> None:
        requests = await self._with_uploads(job, ImageOrder.from_json(job.spec))
        await self._sampling.draw(job, requests)
        if job.starts == 1:
            took = self._now() - (job.started_at or self._now())
            await self._estimate.learn(job.engine_id, job.price_mc, took)

    async def deliver(self, job_id: str, failure: dict[str, Any] | None) -> int:
        """Show the pictures, or why there are none; how many pictures arrived."""
        job = await self._jobs.begin_delivery(job_id)
        if job is None:
            await self._running.say_cancelled(job_id)
            return 0
        drawn = await self._artifacts.of_job(job_id)
        pictures = [(one, await self._artifacts.read(one)) for one in drawn if not one.is_filtered]
        error = restore(failure) if failure else None
        if error is None and len(pictures) < ImageOrder.from_json(job.spec).pictures:
            was_filtered = len(pictures) < len(drawn)
            error = Filtered("picture") if was_filtered else GarbledAnswer("too few pictures")
        if pictures:
            return await self._delivery.result(job, pictures, error)
        await self._shown.failed(job, error or Interrupted())
        return 0

    async def close(self, job_id: str, failure: dict[str, Any] | None, count: int) -> None:
        """Settle the pictures that arrived, release the rest, exactly once."""
        job = await self._running.job(job_id)
        order = ImageOrder.from_json(job.spec)
        await self._settlement.close(
            job,
            is_delivered=count > 0,
            delivered_mc=order.charge_mc(job.price_mc, count),
            reason=f"{count} of {order.units} {order.unit}",
            failure=failure,
        )

    async def give_up(self, job_id: str) -> None:
        """Show that a job ended without its pictures, for no reason of its own."""
        await self._settlement.give_up(await self._running.job(job_id))

    async def _with_uploads(self, job: Job, order: ImageOrder) -> list[ImageRequest]:
        init = await self._upload(job.id, "init") if order.uses_init else None
        mask = await self._upload(job.id, "mask") if order.uses_mask else None
        return [replace(request, init_image=init, mask=mask) for request in order.requests]

    async def _upload(self, job_id: str, role: str) -> bytes:
        found = await self._artifacts.of_job(job_id, role)
        if not found:
            raise Interrupted
        return await self._artifacts.read(found[0])
