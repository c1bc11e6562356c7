"""Starting a part of a film: what pays for it, so it is never sent twice without its author."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from generation.errors import (
    AnswerLost,
    GarbledAnswer,
    GenerationError,
    Unavailable,
    Unreachable,
)
from jobs.errors import GivenUp, NotAnswered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from generation.video.client import VideoClient
    from generation.video.request import VideoRequest
    from jobs.delivery import Shown, VideoDelivery
    from jobs.runner.cancellation import CancellationScope
    from storage.jobs.jobs import Job, JobStore
    from storage.jobs.segments import Segment, Segments

log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=15)
"""How long a job waits for an engine that is away before its hold is released."""

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(seconds=20)
GARBLED_TRIES = 3
ANSWER_WITHIN = timedelta(hours=1)
"""How long an author has to say what to do."""

LOOK_EVERY_S = 1.0
NOTING_PAUSES_S = (0.5, 1, 2, 4, 8)
LAST_WORD_S = 1.5
"""For how long the end of the process waits for a start that is under way."""


class VideoStart:
    """Starts parts of films, each under an id that is kept before anything else happens."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        segments: Segments,
        client: VideoClient,
        shown: Shown,
        delivery: VideoDelivery,
        running: CancellationScope,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._jobs = jobs
        self._segments = segments
        self._client = client
        self._shown = shown
        self._delivery = delivery
        self._running = running
        self._now = now
        self._sleep = sleep

    async def begun(self, job: Job, number: int, request: VideoRequest) -> Segment:
        """That part of the film, started once; its `result_id` is known.

        Raises:
            GivenUp: whether it was begun is not known, and its author wants it no more.
            NotAnswered: its author was asked that for an hour.
            GenerationError, Cancelled: it was not begun.
        """
        garbled = 0
        while True:
            began = self._now()
            try:
                part = await self._once(job, number, request)
            except AnswerLost as error:
                # Elsewhere the next look at the part finds it lost, and its author is asked.
                if self._client.repeats_are_safe:
                    job = await self._wait(job, Unreachable(error.detail), began)
            except GarbledAnswer:
                garbled += 1
                if garbled == GARBLED_TRIES:
                    raise
                await self._pause(job, FIRST_PAUSE)
            except Unavailable as error:
                job = await self._wait(job, error, began)
            else:
                if job.waiting_since is not None:
                    await self._jobs.note_answered(job.id)
                return part

    async def _once(self, job: Job, number: int, request: VideoRequest) -> Segment:
        part = await self._segments.get(job.id, number)
        if part.result_id is not None:
            return part
        if part.is_lost and not self._client.repeats_are_safe:
            await self._running.run_or_cancel(job.id, self._ask(job, part))
            part = await self._segments.get(job.id, number)
        return await self._running.run_or_cancel(job.id, self._wholly(part, request))

    async def _send(self, part: Segment, request: VideoRequest, is_going: asyncio.Event) -> Segment:
        job_id, number = part.job_id, part.number

        async def about_to_send() -> None:
            is_going.set()
            await self._segments.note_sent(job_id, number)

        try:
            result_id = await self._client.start(
                request, f"{job_id}-{number}-{part.next_start}", about_to_send=about_to_send
            )
        except GenerationError as error:
            # Of one that was lost before, the first sending may have begun what this one did not.
            if not isinstance(error, AnswerLost) and not part.is_lost:
                await self._segments.take_back(job_id, number)
            raise
        return await self._known(part, result_id)

    async def _known(self, part: Segment, result_id: str) -> Segment:
        """The part with its id, which is paid for: a database that stumbles must not lose it."""
        for pause_s in NOTING_PAUSES_S:
            try:
                return await self._segments.note_begun(part.job_id, part.number, result_id)
            except Exception as error:
                log.warning("job %s: an id was not kept: %s", part.job_id, type(error).__name__)
            await self._sleep(pause_s)
        return await self._segments.note_begun(part.job_id, part.number, result_id)

    async def _wholly(self, part: Segment, request: VideoRequest) -> Segment:
        """Send it; what is under way goes on to its end although the job or the process ends.

        A lost id is paid for. What still waits for its turn is not sent any more.
        """
        is_going = asyncio.Event()
        sending = asyncio.create_task(self._send(part, request, is_going))
        try:
            return await asyncio.shield(sending)
        except asyncio.CancelledError:
            if is_going.is_set():
                await asyncio.wait({sending}, timeout=LAST_WORD_S)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            raise

    async def _ask(self, job: Job, part: Segment) -> None:
        """Ask its author whether it is to be sent once more, until they say so."""
        part = await self._segments.ask(job.id, part.number)
        until = (part.asked_at or self._now()) + ANSWER_WITHIN
        log.warning("job %s: the answer to a start was lost; its author is asked", job.id)
        # Taken up again when that is decided, or over, it asks nobody any more.
        if not part.is_given_up and self._now() < until:
            await self._delivery.asks(job, part.number, until)
        while part.is_lost:
            if part.is_given_up:
                raise GivenUp
            if self._now() >= until and await self._segments.answer(job.id, wants_again=False):
                raise NotAnswered
            await self._sleep(LOOK_EVERY_S)
            part = await self._segments.get(job.id, part.number)

    async def _wait(self, job: Job, error: Unavailable, began: datetime) -> Job:
        """Wait as the engine asks, or longer from time to time, while there is patience."""
        job = await self._jobs.note_waiting(job.id, began) or job
        since = job.waiting_since or began
        away = self._now() - since
        pause = error.retry_after or min(LONGEST_PAUSE, max(FIRST_PAUSE, away))
        if away + pause > PATIENCE:
            raise error
        await self._shown.away(job, since)
        await self._pause(job, pause)
        return job

    async def _pause(self, job: Job, pause: timedelta) -> None:
        await self._running.run_or_cancel(job.id, self._sleep(pause.total_seconds()))
