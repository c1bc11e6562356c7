"""Pictures of a job, asked for until they have come: shared by every kind of job that draws."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, aclosing
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from generation.errors import GarbledAnswer, TooSlow, Unavailable
from jobs.kinds.keep import keep_with_retry
from jobs.runner.slots import EngineSlots

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from generation.image.client import ImageClient, Picture
    from generation.request import ImageRequest
    from jobs.delivery import Shown
    from jobs.runner.cancellation import CancellationScope
    from storage.database import Database
    from storage.jobs.artifacts import Artifacts
    from storage.jobs.jobs import Job, JobStore

log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=15)
"""How long a job waits for an engine that is away before its hold is released."""

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(seconds=20)
GARBLED_TRIES = 3
SILENT_AFTER = timedelta(seconds=20)


class Sampling:
    """Asks the engine for pictures and keeps them, each as soon as it has come."""

    def __init__(
        self,
        *,
        database: Database,
        jobs: JobStore,
        artifacts: Artifacts,
        client: ImageClient,
        shown: Shown,
        running: CancellationScope,
        finish: Callable[[Picture, ImageRequest, Job], Awaitable[bytes]],
        now: Callable[[], datetime],
        slots: EngineSlots | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        silent_after: timedelta = SILENT_AFTER,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._artifacts = artifacts
        self._client = client
        self._shown = shown
        self._running = running
        self._finish = finish
        self._now = now
        self._slots = slots or EngineSlots({})
        self._sleep = sleep
        self._silent_after = silent_after
        self._away_since: dict[str, datetime] = {}

    async def draw(self, job: Job, requests: Sequence[ImageRequest], role: str = "result") -> None:
        """Draw what of the requests is not kept yet, as artifacts of that role in their order.

        Raises:
            GenerationError, JobError: what cannot be mended by asking again.
        """
        async with AsyncExitStack() as stack:
            turn = self._slots.of(job.engine_id)
            await self._running.run_or_cancel(job.id, stack.enter_async_context(turn))
            await self._draw(job, requests, role)

    async def _draw(self, job: Job, requests: Sequence[ImageRequest], role: str) -> None:
        kept = {artifact.position for artifact in await self._artifacts.of_job(job.id, role)}
        total = sum(request.samples for request in requests)
        first = 0
        for number, request in enumerate(requests):
            positions = range(first, first + request.samples)
            first += request.samples
            if not kept.issuperset(positions):
                draw = _Draw(job, request, f"{job.id}-{number}", positions, total, role)
                await self._persist(draw, kept)
                job = draw.job

    async def _persist(self, draw: _Draw, kept: set[int]) -> None:
        """Ask until the pictures have come, the patience is over or the job is cancelled."""
        pause, garbled = FIRST_PAUSE, 0
        draw.is_repeat = draw.job.request_id == draw.request_id
        draw.job = await self._jobs.note_asked(draw.job.id, draw.request_id) or draw.job
        # However long the bot itself was away, the engine is asked at least once.
        patience_s = None
        while True:
            began = self._now()
            try:
                async with asyncio.timeout(patience_s) as patience:
                    asking = self._ask_noting_silence(draw, kept, patience)
                    await self._running.run_or_cancel(draw.job.id, asking)
                return
            except TimeoutError:
                raise TooSlow("its patience is over") from None
            except GarbledAnswer:
                garbled += 1
                if garbled >= GARBLED_TRIES:
                    raise
            except Unavailable as error:
                pause = min(LONGEST_PAUSE, max(pause * 2, error.retry_after or FIRST_PAUSE))
                since = self._waits_since(draw.job, began)
                draw.job = await self._jobs.note_waiting(draw.job.id, since) or draw.job
                if pause.total_seconds() > (self._patience_s(draw.job) or 0):
                    raise
                await self._shown.away(draw.job, draw.job.waiting_since or began)
            await self._running.run_or_cancel(draw.job.id, self._sleep(pause.total_seconds()))
            patience_s = self._patience_s(draw.job)

    def _waits_since(self, job: Job, began: datetime) -> datetime:
        """Since when the job waits for its engine: in the queue, too, if that was away by then."""
        away_since = self._away_since.setdefault(job.engine_id, began)
        return max(away_since, job.accepted_at)

    def _patience_s(self, job: Job) -> float | None:
        """How long the job still waits for its engine; None while the engine is not away."""
        if job.waiting_since is None:
            return None
        return max(0.0, (job.waiting_since + PATIENCE - self._now()).total_seconds())

    async def _ask_noting_silence(
        self, draw: _Draw, kept: set[int], patience: asyncio.Timeout
    ) -> None:
        """Ask; when no picture comes for a while, say since when the job waits."""
        began = self._now()

        async def say_so() -> None:
            await asyncio.sleep(self._silent_after.total_seconds())
            await self._shown.away(draw.job, draw.job.waiting_since or began)

        watch = asyncio.create_task(say_so())
        try:
            async with aclosing(self._client.generate(draw.request, draw.request_id)) as pictures:
                async for picture in pictures:
                    watch.cancel()
                    _log_repeat(draw, picture)
                    if draw.positions.start + picture.index not in kept:
                        # One that it gives again is no progress: it may break off there for ever.
                        await self._note_answered(draw, patience)
                    await self._take(draw, kept, picture)
        finally:
            watch.cancel()

    async def _note_answered(self, draw: _Draw, patience: asyncio.Timeout) -> None:
        """An engine that answers is not away any more; its next absence is counted anew."""
        self._away_since.pop(draw.job.engine_id, None)
        if draw.job.waiting_since is not None and not patience.expired():
            patience.reschedule(None)
            draw.job = await self._jobs.note_answered(draw.job.id) or draw.job

    async def _take(self, draw: _Draw, kept: set[int], picture: Picture) -> None:
        position = draw.positions.start + picture.index
        if picture.finish == "filtered":
            # The verdict may come after the picture.
            await self._artifacts.withhold(draw.job.id, position, draw.role)
        elif position not in kept:
            await self._keep(draw, position, picture)
        kept.add(position)
        self._shown.progress(draw.job, len(kept), draw.total)

    async def _keep(self, draw: _Draw, position: int, picture: Picture) -> None:
        finished = await self._finish(picture, draw.request, draw.job)
        put = partial(
            self._artifacts.put,
            draw.job.id,
            draw.role,
            position,
            finished,
            mime=picture.mime,
            size=(picture.width, picture.height),
            seed=picture.seed,
        )
        artifact = await keep_with_retry(put, now=self._now, sleep=self._sleep)
        async with self._database.begin() as connection:
            await self._artifacts.record(connection, artifact)


class _Draw:
    """One request of a job and the places its pictures go to."""

    def __init__(
        self,
        job: Job,
        request: ImageRequest,
        request_id: str,
        positions: range,
        total: int,
        role: str,
    ) -> None:
        self.job = job
        self.request = request
        self.request_id = request_id
        self.positions = positions
        self.total = total
        self.role = role
        self.is_repeat = False


def _log_repeat(draw: _Draw, picture: Picture) -> None:
    """A process ended after it had asked: say whether the answer is paid for twice."""
    if not draw.is_repeat:
        return
    draw.is_repeat = False
    if picture.journal == "hit":
        log.info("request %s was asked again and answered from the journal", draw.request_id)
    elif picture.journal:
        log.info("request %s was asked again and drawn again: no answer was kept", draw.request_id)
    else:
        log.warning(
            "request %s was asked again, of an engine without a journal: it may be charged twice",
            draw.request_id,
        )
