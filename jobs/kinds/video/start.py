"""Starting a segment of a film: what pays for it is never sent twice without its author."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from generation.errors import AnswerLost, Unreachable
from jobs.kinds.engine_wait import EngineWait
from jobs.kinds.paid_calls import PaidCalls

if TYPE_CHECKING:
    from generation.video.client import VideoClient
    from generation.video.request import VideoRequest
    from jobs.kinds.kind import JobRun
    from jobs.kinds.paid_calls import AboutToSend
    from storage.jobs.segments import Segment, Segments


class VideoStart:
    """Starts segments of films, each under an id that is kept before anything else happens."""

    def __init__(self, segments: Segments, client: VideoClient) -> None:
        self._segments = segments
        self._client = client
        self._calls = PaidCalls(segments)

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
                await run.or_cancel(self._calls.ask_author(run, [part]))
                wait.begin_attempt()
                part = await run.database.read(self._segments.get, run.job.id, number)
            try:
                return await run.or_cancel(self._send(run, part, request))
            except AnswerLost as error:
                # Elsewhere the next look at it finds it lost, and its author is asked.
                if self._client.repeats_are_safe:
                    raise Unreachable(error.detail) from error

    async def _send(self, run: JobRun, part: Segment, request: VideoRequest) -> Segment:
        request_id = f"{part.job_id}-{part.number}-{part.next_start}"

        async def call(about_to_send: AboutToSend) -> Segment:
            result_id = await self._client.start(request, request_id, about_to_send=about_to_send)
            # It is paid for; a database that is away is waited for.
            return await run.database.write(
                self._segments.note_begun, part.job_id, part.number, result_id
            )

        return await self._calls.send(run, part, call)
