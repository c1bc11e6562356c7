"""The road of an image job, step by step; each step is safe to repeat after a crash."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from generation.errors import (
    Filtered,
    GarbledAnswer,
    GenerationError,
    Misconfigured,
    TooSlow,
    Unavailable,
)
from jobs.errors import Cancelled, Interrupted, JobError
from jobs.failure import describe, restore
from jobs.keeping import keep
from jobs.order import ImageOrder
from jobs.turns import Turns
from storage.jobs import OPEN_STATES, JobState
from storage.ledger import Account

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from generation.image import ImageClient, Picture
    from generation.request import ImageRequest
    from jobs.estimate import Estimate
    from jobs.ports import Delivery
    from storage.artifacts import Artifacts
    from storage.database import Database
    from storage.jobs import Job, JobStore
    from storage.ledger import Ledger

log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=15)
"""How long a job waits for an engine that is away before its hold is released."""

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(seconds=20)
GARBLED_TRIES = 3
MAX_STARTS = 50
SILENT_AFTER = timedelta(seconds=20)


class ImageRoad:
    """Generate, deliver, close: the steps of an image job's workflow."""

    def __init__(
        self,
        *,
        database: Database,
        jobs: JobStore,
        ledger: Ledger,
        artifacts: Artifacts,
        client: ImageClient,
        delivery: Delivery,
        estimate: Estimate,
        finish: Callable[[Picture, ImageRequest, Job], Awaitable[bytes]],
        now: Callable[[], datetime],
        turns: Turns | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        silent_after: timedelta = SILENT_AFTER,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._ledger = ledger
        self._artifacts = artifacts
        self._client = client
        self._delivery = delivery
        self._estimate = estimate
        self._finish = finish
        self._now = now
        self._turns = turns or Turns({})
        self._sleep = sleep
        self._silent_after = silent_after
        self._running: dict[str, asyncio.Event] = {}
        self._away_since: dict[str, datetime] = {}

    @property
    def running(self) -> list[str]:
        """The jobs that are being drawn, and can still be cancelled."""
        return list(self._running)

    def interrupt(self, job_id: str) -> None:
        """Wake a running job that was marked as cancelled."""
        if job_id in self._running:
            self._running[job_id].set()

    async def generate(self, job_id: str) -> dict[str, Any]:
        """Draw and keep the pictures; what went wrong comes back as data.

        Returns `{"over": True}` for a job that is over already, else `{"failure": facts | None}`.
        """
        # Before the start is known to others: an interrupt right after it has to find the event.
        self._running[job_id] = asyncio.Event()
        try:
            job = await self._jobs.start(job_id)
            if job is None:
                return await self._not_started(job_id)
            if job.starts > MAX_STARTS:
                # It may be the job itself that ends each process.
                raise Interrupted
            await self._draw_in_turn(job)
        except (GenerationError, JobError) as error:
            log.info("job %s: %s", job_id, type(error).__name__)
            if isinstance(error, Misconfigured):
                await self._delivery.alert(f"{type(error).__name__}: {error.detail}")
            return {"failure": describe(error)}
        finally:
            del self._running[job_id]
        if job.starts == 1:
            took = self._now() - (job.started_at or self._now())
            await self._estimate.learn(job.engine_id, job.price_mc, took)
        return {"failure": None}

    async def _not_started(self, job_id: str) -> dict[str, Any]:
        """A job that is over, or one that was cancelled while it ran, before a crash."""
        job = await self._must_get(job_id)
        if job.state in OPEN_STATES:
            return {"failure": describe(Cancelled())}
        if job.state is JobState.CANCELLED:
            # Who cancelled it has edited the card, unless something ended that too early.
            await self._delivery.cancelled(job)
        return {"over": True}

    async def deliver(self, job_id: str, failure: dict[str, Any] | None) -> int:
        """Show the pictures, or why there are none; how many pictures arrived."""
        job = await self._jobs.begin_delivery(job_id)
        if job is None:
            await self._delivery.cancelled(await self._must_get(job_id))
            return 0
        drawn = await self._artifacts.of_job(job_id)
        pictures = [(one, await self._artifacts.read(one)) for one in drawn if not one.is_filtered]
        error = restore(failure) if failure else None
        if error is None and len(pictures) < ImageOrder.from_json(job.spec).pictures:
            was_filtered = len(pictures) < len(drawn)
            error = Filtered("picture") if was_filtered else GarbledAnswer("too few pictures")
        if pictures:
            return await self._delivery.result(job, pictures, error)
        await self._delivery.failed(job, error or Interrupted())
        return 0

    async def close(self, job_id: str, failure: dict[str, Any] | None, count: int) -> None:
        """Settle the pictures that arrived, release the rest, exactly once."""
        job = await self._must_get(job_id)
        order = ImageOrder.from_json(job.spec)
        state = JobState.DELIVERED if count else JobState.FAILED
        if job.cancelled_at is not None:
            state, failure = JobState.CANCELLED, describe(Cancelled())
        async with self._database.begin() as connection:
            is_first = await self._ledger.close(
                connection,
                Account(job.guild_id, job.member_id),
                job_id,
                held_mc=job.price_mc,
                delivered_mc=job.price_mc // order.pictures * count,
                budget_mc=job.budget_mc,
                reason=f"{count} of {order.pictures} pictures",
            )
            if is_first:
                await self._jobs.finish(connection, job_id, state, failure)

    async def give_up(self, job_id: str) -> None:
        """Show that a job ended without its pictures, for no reason of its own."""
        job = await self._must_get(job_id)
        if job.cancelled_at is None:
            await self._delivery.failed(job, Interrupted())
        else:
            await self._delivery.cancelled(job)

    async def _must_get(self, job_id: str) -> Job:
        job = await self._jobs.get(job_id)
        if job is None:
            raise Interrupted
        return job

    async def _draw_in_turn(self, job: Job) -> None:
        async with AsyncExitStack() as stack:
            turn = self._turns.of(job.engine_id)
            await self._unless_cancelled(job, stack.enter_async_context(turn))
            await self._draw(job)

    async def _draw(self, job: Job) -> None:
        order = ImageOrder.from_json(job.spec)
        requests = await self._with_uploads(job, order)
        kept = {artifact.position for artifact in await self._artifacts.of_job(job.id)}
        first = 0
        for number, request in enumerate(requests):
            positions = range(first, first + request.samples)
            first += request.samples
            if not kept.issuperset(positions):
                draw = _Draw(job, request, f"{job.id}-{number}", positions, order.pictures)
                await self._persist(draw, kept)
                job = draw.job

    async def _with_uploads(self, job: Job, order: ImageOrder) -> list[ImageRequest]:
        init = await self._upload(job.id, "init") if order.uses_init else None
        mask = await self._upload(job.id, "mask") if order.uses_mask else None
        return [replace(request, init_image=init, mask=mask) for request in order.requests]

    async def _upload(self, job_id: str, role: str) -> bytes:
        found = await self._artifacts.of_job(job_id, role)
        if not found:
            raise Interrupted
        return await self._artifacts.read(found[0])

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
                    await self._unless_cancelled(draw.job, asking)
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
                await self._delivery.away(draw.job, draw.job.waiting_since or began)
            await self._unless_cancelled(draw.job, self._sleep(pause.total_seconds()))
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
            await self._delivery.away(draw.job, draw.job.waiting_since or began)

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
            await self._artifacts.withhold(draw.job.id, position)
        elif position not in kept:
            await self._keep(draw, position, picture)
        kept.add(position)
        self._delivery.progress(draw.job, len(kept), draw.total)

    async def _keep(self, draw: _Draw, position: int, picture: Picture) -> None:
        finished = await self._finish(picture, draw.request, draw.job)
        put = partial(
            self._artifacts.put,
            draw.job.id,
            "result",
            position,
            finished,
            mime=picture.mime,
            size=(picture.width, picture.height),
            seed=picture.seed,
        )
        artifact = await keep(put, now=self._now, sleep=self._sleep)
        async with self._database.begin() as connection:
            await self._artifacts.record(connection, artifact)

    async def _unless_cancelled(self, job: Job, work: Awaitable[None]) -> None:
        """Do the work; stop it when the member cancels the job meanwhile."""
        working = asyncio.ensure_future(work)
        cancelled = asyncio.ensure_future(self._running[job.id].wait())
        try:
            await asyncio.wait((working, cancelled), return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise Cancelled
            await working
        finally:
            for task in (working, cancelled):
                task.cancel()
            await asyncio.gather(working, cancelled, return_exceptions=True)


class _Draw:
    """One request of a job and the places its pictures go to."""

    def __init__(
        self, job: Job, request: ImageRequest, request_id: str, positions: range, total: int
    ) -> None:
        self.job = job
        self.request = request
        self.request_id = request_id
        self.positions = positions
        self.total = total
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
