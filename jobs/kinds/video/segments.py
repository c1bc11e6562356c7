"""Making the parts of a film: started, waited for, kept; each as soon as it has come."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from generation.errors import GenerationError, ResultGone
from generation.image.pictures import check_picture
from generation.video.request import VideoRequest
from jobs.errors import Interrupted
from jobs.kinds.keep import keep_with_retry
from media.errors import BadPicture
from media.video import last_frame

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from generation.video.client import Video, VideoClient
    from generation.video.poller import Poller
    from jobs.delivery import VideoDelivery
    from jobs.kinds.video.start import VideoStart
    from jobs.orders.video import VideoOrder
    from jobs.runner.cancellation import CancellationScope
    from jobs.runner.estimate import Estimate
    from media.pool import MediaPool
    from storage.database import Database
    from storage.jobs.artifacts import Artifact, Artifacts
    from storage.jobs.jobs import Job
    from storage.jobs.segments import Segment

log = logging.getLogger(__name__)

RESULT_LIFE = timedelta(hours=24)
"""For how long a result is kept there; nothing is asked for after that."""

LATE_AFTER = timedelta(minutes=1)


class SegmentMaker:
    """Makes the parts of films, one after the other."""

    def __init__(
        self,
        *,
        database: Database,
        artifacts: Artifacts,
        client: VideoClient,
        poller: Poller[Video],
        start: VideoStart,
        delivery: VideoDelivery,
        running: CancellationScope,
        estimate: Estimate,
        pool: MediaPool,
        typical: timedelta,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._artifacts = artifacts
        self._client = client
        self._poller = poller
        self._start = start
        self._delivery = delivery
        self._running = running
        self._estimate = estimate
        self._pool = pool
        self._typical = typical
        self._now = now
        self._sleep = sleep

    async def make(self, job: Job, order: VideoOrder) -> None:
        """Make the parts of the order that are not kept yet.

        Raises:
            GenerationError, JobError: what ends the film; the parts before it are kept.
        """
        kept = {one.position for one in await self._artifacts.of_job(job.id, "segment")}
        for number in order.parts:
            if number in kept:
                continue
            request = VideoRequest(
                image=await self._first_picture(job, number),
                seed=order.seed_of(number),
                cfg_scale=order.cfg_scale,
                motion_bucket_id=order.motion_bucket_id,
            )
            part = await self._start.begun(job, number, request)
            video = await self._arrived(job, order, part)
            try:
                await self._keep(job, order, part, video)
            finally:
                await asyncio.to_thread(video.path.unlink, missing_ok=True)
            if job.starts == 1:
                await self._learn(job, order, part)

    async def _first_picture(self, job: Job, number: int) -> bytes:
        """Where a part begins: at the picture that was given, or where the part before ended."""
        role, position = ("first", 0) if number == 0 else ("last", number - 1)
        for one in await self._artifacts.of_job(job.id, role):
            if one.position == position:
                return await self._artifacts.read(one)
        raise Interrupted

    async def _arrived(self, job: Job, order: VideoOrder, part: Segment) -> Video:
        begun_at = part.begun_at or self._now()
        usual = await self._estimate.duration(order.engine_id, order.charge_mc(job.price_mc, 1))
        ready_at = begun_at + (usual or self._typical)
        await self._delivery.underway(job, ready_at)
        watch = asyncio.create_task(self._say_late(job, ready_at))
        left = begun_at + RESULT_LIFE - self._now()
        try:
            async with asyncio.timeout(max(0.0, left.total_seconds())):
                return await self._running.run_or_cancel(job.id, self._wait_for(order, part))
        except TimeoutError:
            raise ResultGone("it was not ready within a day") from None
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)

    async def _wait_for(self, order: VideoOrder, part: Segment) -> Video:
        assert part.result_id is not None
        now = self._now()
        age = now - (part.begun_at or now)
        wait = (part.next_poll_at or now) - now
        return await self._poller.result(part.result_id, order.engine_id, age, wait)

    async def _say_late(self, job: Job, ready_at: datetime) -> None:
        late_s = (ready_at + LATE_AFTER - self._now()).total_seconds()
        await asyncio.sleep(max(0.0, late_s))
        await self._delivery.underway(job, ready_at, is_late=True)

    async def _keep(self, job: Job, order: VideoOrder, part: Segment, video: Video) -> None:
        data = await asyncio.to_thread(video.path.read_bytes)
        last = await self._last_frame(order, part, video)
        seed = order.seed_of(part.number) if video.seed is None else video.seed
        size = (order.width, order.height)
        kept: list[Artifact] = []
        for role, content, mime in (("last", last, "image/png"), ("segment", data, "video/mp4")):
            put = partial(
                self._artifacts.put,
                job.id,
                role,
                part.number,
                content,
                mime=mime,
                size=size,
                seed=seed,
            )
            kept.append(await keep_with_retry(put, now=self._now, sleep=self._sleep))
        async with self._database.begin() as connection:
            for artifact in kept:
                await self._artifacts.record(connection, artifact)

    async def _last_frame(self, order: VideoOrder, part: Segment, video: Video) -> bytes:
        """The last frame without loss where the server has it, else as the film shows it."""
        if video.has_last_frame and part.result_id is not None:
            try:
                found = await self._client.last_frame(part.result_id)
                if found is not None:
                    return await self._pool.run(check_picture, found, order.width, order.height)
            except (GenerationError, BadPicture) as error:
                log.info("a last frame is taken from its film: %s", type(error).__name__)
        return await self._pool.run(last_frame, video.path)

    async def _learn(self, job: Job, order: VideoOrder, part: Segment) -> None:
        took = self._now() - (part.begun_at or self._now())
        await self._estimate.learn(order.engine_id, order.charge_mc(job.price_mc, 1), took)
