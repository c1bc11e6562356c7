"""The road of a walk between prompts, step by step; each step is safe to repeat after a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generation.errors import Filtered, GarbledAnswer, GenerationError
from jobs.errors import JobError
from jobs.failure import restore
from jobs.orders.morph import FRAME, MorphOrder

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from jobs.delivery import Shown, VideoDelivery
    from jobs.kinds.assembly import Assembly
    from jobs.kinds.sampling import Sampling
    from jobs.runner.cancellation import CancellationScope
    from jobs.runner.estimate import Estimate
    from jobs.settlement import Settlement
    from storage.jobs.artifacts import Artifacts
    from storage.jobs.jobs import Job, JobStore

LEAST_FRAMES = 2
"""A single frame does not move."""


class MorphKind:
    """Generate, deliver, close: the steps of a walk's workflow."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        artifacts: Artifacts,
        sampling: Sampling,
        assembly: Assembly,
        shown: Shown,
        delivery: VideoDelivery,
        running: CancellationScope,
        settlement: Settlement,
        estimate: Estimate,
        now: Callable[[], datetime],
    ) -> None:
        self._jobs = jobs
        self._artifacts = artifacts
        self._sampling = sampling
        self._assembly = assembly
        self._shown = shown
        self._delivery = delivery
        self._running = running
        self._settlement = settlement
        self._estimate = estimate
        self._now = now

    async def generate(self, job_id: str) -> dict[str, Any]:
        """Draw and keep the frames; what went wrong comes back as data."""
        return await self._running.start_job(job_id, self._draw)

    async def _draw(self, job: Job) -> None:
        await self._sampling.draw(job, MorphOrder.from_json(job.spec).requests, FRAME)
        if job.starts == 1:
            took = self._now() - (job.started_at or self._now())
            await self._estimate.learn(job.engine_id, job.price_mc, took)

    async def deliver(self, job_id: str, failure: dict[str, Any] | None) -> int:
        """Show the film as far as it came, or why there is none; how many frames it has."""
        job = await self._jobs.begin_delivery(job_id)
        if job is None:
            await self._running.say_cancelled(job_id)
            return 0
        order = MorphOrder.from_json(job.spec)
        drawn = await self._artifacts.of_job(job_id, FRAME)
        made = sum(not one.is_filtered for one in drawn)
        error = restore(failure) if failure else None
        if error is None and made < order.frames:
            was_filtered = made < len(drawn)
            error = Filtered("frames") if was_filtered else GarbledAnswer("too few frames")
        if made < LEAST_FRAMES:
            await self._shown.failed(job, error or GarbledAnswer("too few frames"))
            return 0
        return await self._show(job, order, made, error)

    async def _show(self, job: Job, order: MorphOrder, made: int, error: Exception | None) -> int:
        try:
            clip = await self._assembly.morph(job, order)
        except (GenerationError, JobError) as broken:
            await self._shown.failed(job, broken)
            return 0
        data = await self._artifacts.read(clip)
        return made if await self._delivery.video(job, clip, data, made, error) else 0

    async def close(self, job_id: str, failure: dict[str, Any] | None, count: int) -> None:
        """Settle the frames of the film that arrived, release the rest, exactly once."""
        job = await self._running.job(job_id)
        order = MorphOrder.from_json(job.spec)
        await self._settlement.close(
            job,
            is_delivered=count > 0,
            delivered_mc=order.charge_mc(job.price_mc, count),
            reason=f"{count} of {order.units} {order.unit}",
            failure=failure,
        )

    async def give_up(self, job_id: str) -> None:
        """Show that a job ended without its film, for no reason of its own."""
        await self._settlement.give_up(await self._running.job(job_id))
