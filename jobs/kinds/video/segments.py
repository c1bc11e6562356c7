"""Making the segments of a film: started, waited for, kept; each as soon as it has come."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from generation.errors import GenerationError, ResultGone
from generation.image.pictures import check_picture
from generation.video.request import DEFAULT_MOTION, VideoRequest
from jobs.delivery import Progress
from jobs.errors import Cancelled
from jobs.kinds.kind import NewArtifact
from media.errors import BadPicture
from media.video import last_frame

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from generation.video.client import Video, VideoClient
    from generation.video.poller import Poller
    from jobs.kinds.kind import JobRun
    from jobs.kinds.video.start import VideoStart
    from jobs.orders.video import VideoOrder
    from media.pool import MediaPool
    from storage.jobs.segments import Segment

log = logging.getLogger(__name__)

RESULT_LIFE = timedelta(hours=24)
"""For how long a result is kept there; nothing is asked for after that."""

LATE_AFTER = timedelta(minutes=1)
DUE_BEFORE = timedelta(seconds=2)
"""So long before a film is due its card stops counting down: no card says that it was ready."""


@dataclass(frozen=True, slots=True)
class SegmentEngines:
    """What is known of the engines that make segments.

    `typical_s` is how long one takes until that is learned, `named` are those whose server is told
    which of them is wanted.
    """

    typical_s: Mapping[str, float]
    named: frozenset[str]

    def typical(self, engine_id: str) -> timedelta:
        """How long a segment of that engine takes, or of the slowest where it is not known."""
        slowest_s = max(self.typical_s.values(), default=0.0)
        return timedelta(seconds=self.typical_s.get(engine_id, slowest_s))

    def names_itself(self, engine_id: str) -> bool:
        """Whether its server wants to know which engine is meant."""
        return engine_id in self.named


class SegmentMaker:
    """Makes the segments of films, one after the other."""

    def __init__(
        self,
        client: VideoClient,
        poller: Poller[Video],
        start: VideoStart,
        pool: MediaPool,
        engines: SegmentEngines,
    ) -> None:
        self._client = client
        self._poller = poller
        self._start = start
        self._pool = pool
        self._engines = engines

    async def make(self, run: JobRun, order: VideoOrder) -> None:
        """Make the segments of the order that are not kept yet.

        Raises:
            GenerationError, JobError: what ends the film; the segments before it are kept.
        """
        kept = {artifact.position for artifact in await run.artifacts("segment")}
        for number in order.parts:
            if number not in kept:
                run = await self._make_one(run, order, number)

    async def _make_one(self, run: JobRun, order: VideoOrder, number: int) -> JobRun:
        is_own = self._engines.names_itself(order.engine_id)
        request = VideoRequest(
            image=await _first_picture(run, number),
            seed=order.seed_of(number),
            cfg_scale=order.cfg_scale,
            motion_bucket_id=order.motion_bucket_id or DEFAULT_MOTION,
            engine_id=order.engine_id if is_own else "",
            prompt=order.words,
            negative_prompt=order.negative_words,
            unfiltered=order.unfiltered and is_own,
            sizes=((order.width, order.height),),
        )
        run, part = await self._start.begun(run, number, request)
        video = await self._arrived(run, order, part)
        try:
            await self._keep(run, order, part, video)
        finally:
            await asyncio.to_thread(video.path.unlink, missing_ok=True)
        now = run.now()
        await run.learn(order.charge_mc(run.job.price_mc, 1), now - (part.begun_at or now))
        return run

    async def _arrived(self, run: JobRun, order: VideoOrder, part: Segment) -> Video:
        begun_at = part.begun_at or run.now()
        each_mc = order.charge_mc(run.job.price_mc, 1)
        usual = await run.database.read(run.environment.estimate.duration, order.engine_id, each_mc)
        each = usual or self._engines.typical(order.engine_id)
        ready_at = begun_at + each * (order.parts.stop - part.number)
        late_at = begun_at + each + LATE_AFTER
        is_due = run.now() >= ready_at - DUE_BEFORE
        await run.progress(Progress(ready_at=ready_at, is_due=is_due))
        watch = asyncio.create_task(_tell_due(run, ready_at, late_at, is_due=is_due))
        left = begun_at + RESULT_LIFE - run.now()
        try:
            async with asyncio.timeout(max(0.0, left.total_seconds())):
                return await run.or_cancel(self._wait_for(run, order, part))
        except Cancelled:
            await self._client.cancel(part.result_id or "")
            raise
        except TimeoutError:
            raise ResultGone("it was not ready within a day") from None
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)

    async def _wait_for(self, run: JobRun, order: VideoOrder, part: Segment) -> Video:
        assert part.result_id is not None
        now = run.now()
        age = now - (part.begun_at or now)
        wait = (part.next_poll_at or now) - now
        return await self._poller.result(part.result_id, order.engine_id, age, wait)

    async def _keep(self, run: JobRun, order: VideoOrder, part: Segment, video: Video) -> None:
        data = await asyncio.to_thread(video.path.read_bytes)
        last = await self._last_frame(order, part, video)
        seed = order.seed_of(part.number) if video.seed is None else video.seed
        files = [
            NewArtifact(
                role=role,
                position=part.number,
                data=content,
                mime=mime,
                size=(order.width, order.height),
                seed=seed,
            )
            for role, content, mime in (("last", last, "image/png"), ("segment", data, "video/mp4"))
        ]
        await run.keep(*files)

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


async def _first_picture(run: JobRun, number: int) -> bytes:
    """Where a segment begins: at the given picture, or where the segment before it ended."""
    return await run.find("first") if number == 0 else await run.find("last", number - 1)


async def _tell_due(run: JobRun, ready_at: datetime, late_at: datetime, *, is_due: bool) -> None:
    """Show that the film is due, and later that a part of it takes longer than usual."""
    if not is_due and ready_at < late_at:
        await _sleep_until(run, ready_at - DUE_BEFORE)
        await run.progress(Progress(ready_at=ready_at, is_due=True))
    await _sleep_until(run, late_at)
    await run.progress(Progress(ready_at=ready_at, is_due=True, is_late=True))


async def _sleep_until(run: JobRun, instant: datetime) -> None:
    await asyncio.sleep(max(0.0, (instant - run.now()).total_seconds()))
