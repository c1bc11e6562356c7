"""The road of a film, step by step; each step is safe to repeat after a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generation.errors import GenerationError
from jobs.errors import Interrupted, JobError, NoVideos
from jobs.failure import restore
from jobs.orders.video import VideoOrder

if TYPE_CHECKING:
    from jobs.delivery import Shown, VideoDelivery
    from jobs.kinds.assembly import Assembly
    from jobs.kinds.video.segments import SegmentMaker
    from jobs.runner.cancellation import CancellationScope
    from jobs.settlement import Settlement
    from storage.jobs.artifacts import Artifacts
    from storage.jobs.jobs import Job, JobStore


class VideoKind:
    """Generate, deliver, close: a film's workflow; without `segment_maker` none is made."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        artifacts: Artifacts,
        segment_maker: SegmentMaker | None,
        assembly: Assembly,
        shown: Shown,
        delivery: VideoDelivery,
        running: CancellationScope,
        settlement: Settlement,
    ) -> None:
        self._jobs = jobs
        self._artifacts = artifacts
        self._segment_maker = segment_maker
        self._assembly = assembly
        self._shown = shown
        self._delivery = delivery
        self._running = running
        self._settlement = settlement

    async def generate(self, job_id: str) -> dict[str, Any]:
        """Make the parts of the film and keep them; what went wrong comes back as data."""
        return await self._running.start_job(job_id, self._make)

    async def _make(self, job: Job) -> None:
        order = VideoOrder.from_json(job.spec)
        if self._segment_maker is None and order.segments:
            raise NoVideos
        if self._segment_maker is not None:
            await self._segment_maker.make(job, order)

    async def deliver(self, job_id: str, failure: dict[str, Any] | None) -> int:
        """Show the film as far as it came, or why there is none; how many parts of it arrived."""
        job = await self._jobs.begin_delivery(job_id)
        if job is None:
            await self._running.say_cancelled(job_id)
            return 0
        order = VideoOrder.from_json(job.spec)
        error = restore(failure) if failure else None
        made = len(await self._artifacts.of_job(job_id, "segment")) - order.earlier
        if made <= 0 and (order.segments or error is not None):
            await self._shown.failed(job, error or Interrupted())
            return 0
        try:
            clip = await self._assembly.video(job, order)
        except (GenerationError, JobError) as broken:
            await self._shown.failed(job, broken)
            return 0
        data = await self._artifacts.read(clip)
        is_shown = await self._delivery.video(job, clip, data, made, error)
        # A film without new parts costs nothing, and is delivered all the same.
        return max(1, made) if is_shown else 0

    async def close(self, job_id: str, failure: dict[str, Any] | None, count: int) -> None:
        """Settle the parts that arrived, release the rest, exactly once."""
        job = await self._running.job(job_id)
        order = VideoOrder.from_json(job.spec)
        await self._settlement.close(
            job,
            is_delivered=count > 0,
            delivered_mc=order.charge_mc(job.price_mc, count),
            reason=f"{count} of {order.units} {order.unit}" if order.units else order.unit,
            failure=failure,
        )

    async def give_up(self, job_id: str) -> None:
        """Show that a job ended without its film, for no reason of its own."""
        await self._settlement.give_up(await self._running.job(job_id))
