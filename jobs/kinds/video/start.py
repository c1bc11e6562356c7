"""Starting a segment of a film: what pays for it is never sent twice without its author."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from generation.errors import AnswerLost, GenerationError, Unreachable
from jobs.errors import GivenUp, NotAnswered
from jobs.kinds.engine_wait import EngineWait

if TYPE_CHECKING:
    from generation.video.client import VideoClient
    from generation.video.request import VideoRequest
    from jobs.kinds.kind import JobRun
    from storage.jobs.segments import Segment, Segments

log = logging.getLogger(__name__)

ANSWER_WITHIN = timedelta(hours=1)
"""How long an author has to say what to do."""

LOOK_EVERY_S = 1.0
NOTING_PAUSES_S = (0.5, 1, 2, 4, 8)
LAST_WORD_S = 1.5
"""For how long the end of the process waits for a start that is under way."""


class VideoStart:
    """Starts segments of films, each under an id that is kept before anything else happens."""

    def __init__(self, segments: Segments, client: VideoClient) -> None:
        self._segments = segments
        self._client = client

    async def begun(
        self, run: JobRun, number: int, request: VideoRequest
    ) -> tuple[JobRun, Segment]:
        """That segment of the film, started once; its `result_id` is known.

        The run goes on with the job's row as it is then: it waits for its engine no more.

        Raises:
            GivenUp: whether it was begun is not known, and its author wants it no more.
            NotAnswered: its author was asked that for an hour.
            GenerationError, Cancelled: it was not begun.
        """
        wait = EngineWait(run)

        async def start() -> Segment:
            return await self._start(run, wait, number, request)

        part = await wait.ask(start)
        await wait.note_answered()
        return replace(run, job=wait.job), part

    async def _start(
        self, run: JobRun, wait: EngineWait, number: int, request: VideoRequest
    ) -> Segment:
        while True:
            part = await run.database.read(self._segments.get, run.job.id, number)
            if part.result_id is not None:
                return part
            if part.is_lost and not self._client.repeats_are_safe:
                # It took what it lost; while its author is asked, nobody waits for it.
                await wait.note_answered()
                await run.or_cancel(self._ask(run, part))
                wait.begin_attempt()
                part = await run.database.read(self._segments.get, run.job.id, number)
            try:
                return await run.or_cancel(self._wholly(run, part, request))
            except AnswerLost as error:
                # Elsewhere the next look at it finds it lost, and its author is asked.
                if self._client.repeats_are_safe:
                    raise Unreachable(error.detail) from error

    async def _send(
        self, run: JobRun, part: Segment, request: VideoRequest, is_going: asyncio.Event
    ) -> Segment:
        job_id, number = part.job_id, part.number

        async def about_to_send() -> None:
            is_going.set()
            await run.database.write(self._segments.note_sent, job_id, number)

        try:
            result_id = await self._client.start(
                request, f"{job_id}-{number}-{part.next_start}", about_to_send=about_to_send
            )
        except GenerationError as error:
            # Of one that was lost before, the first sending may have begun what this one did not.
            if not isinstance(error, AnswerLost) and not part.is_lost:
                await run.database.write(self._segments.take_back, job_id, number)
            raise
        return await self._known(run, part, result_id)

    async def _known(self, run: JobRun, part: Segment, result_id: str) -> Segment:
        """The part with its id, which is paid for: a database that stumbles must not lose it."""
        for pause_s in NOTING_PAUSES_S:
            try:
                return await run.database.write(
                    self._segments.note_begun, part.job_id, part.number, result_id
                )
            except Exception as error:
                log.warning("job %s: an id was not kept: %s", part.job_id, type(error).__name__)
            await run.patience.sleep(pause_s)
        return await run.database.write(
            self._segments.note_begun, part.job_id, part.number, result_id
        )

    async def _wholly(self, run: JobRun, part: Segment, request: VideoRequest) -> Segment:
        """Send it; what is under way goes on to its end although the job or the process ends.

        A lost id is paid for. What still waits for its turn is not sent any more.
        """
        is_going = asyncio.Event()
        sending = asyncio.create_task(self._send(run, part, request, is_going))
        try:
            return await asyncio.shield(sending)
        except asyncio.CancelledError:
            if is_going.is_set():
                await asyncio.wait({sending}, timeout=LAST_WORD_S)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            raise

    async def _ask(self, run: JobRun, part: Segment) -> None:
        """Ask its author whether it is to be sent once more, until they say so."""
        part = await run.database.write(self._segments.ask, part.job_id, part.number)
        until = (part.asked_at or run.now()) + ANSWER_WITHIN
        log.warning("job %s: the answer to a start was lost; its author is asked", part.job_id)
        # Taken up again when that is decided, or over, it asks nobody any more.
        if not part.is_given_up and run.now() < until:
            await run.delivery.question(run.job, part.number, until)
        while part.is_lost:
            if part.is_given_up:
                raise GivenUp
            is_over = run.now() >= until
            if is_over and await run.database.write(
                self._segments.answer, part.job_id, wants_again=False
            ):
                raise NotAnswered
            await run.patience.sleep(LOOK_EVERY_S)
            part = await run.database.read(self._segments.get, part.job_id, part.number)
