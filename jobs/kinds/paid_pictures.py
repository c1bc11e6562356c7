"""Pictures of which each is one submit that is paid: its price, tries and end are its own."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from generation.errors import AnswerLost, Filtered, GenerationError, Misconfigured
from jobs.delivery import NOTHING_MADE, Progress, Result
from jobs.errors import Cancelled, GivenUp, JobError, NotAnswered
from jobs.kinds.engine_wait import EngineWait
from jobs.kinds.kind import NewArtifact
from jobs.kinds.paid_calls import PaidCalls
from jobs.orders.order import RESULT
from storage.jobs.jobs import JobState
from storage.jobs.segments import Segment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from generation.image.client import Picture
    from generation.request import ImageRequest
    from jobs.kinds.engine_wait import EngineAbsences
    from jobs.kinds.kind import JobRun
    from jobs.kinds.paid_calls import AboutToSend
    from jobs.runner.slots import EngineSlots
    from storage.jobs.jobs import Job
    from storage.jobs.segments import Segments

    Finish = Callable[[Picture, ImageRequest, Job], Awaitable[bytes]]

log = logging.getLogger(__name__)

IN_FLIGHT = 4
"""Pictures of one job that are drawn at once."""

SHOWN_AFTER_S = 30
"""So long a picture that has come waits for another one that the service does not draw now."""


class PictureService(Protocol):
    """Draws one picture for each submit."""

    def is_paid_by_submit(self, engine_id: str) -> bool:
        """Whether that engine is one of its."""
        ...

    async def submit(self, request: ImageRequest, about_to_send: AboutToSend) -> Picture:
        """One picture; `about_to_send` is waited for before anything is sent.

        Raises:
            AnswerLost: it was sent, but whether a picture was drawn is not known.
            GenerationError: any of its kinds; then nothing was paid.
        """
        ...


class PaidPictures:
    """Submits pictures and keeps them, each as soon as it has come.

    The calls are numbered by the positions of the pictures. `finish` gives a picture's file with
    what it was made from.
    """

    def __init__(self, service: PictureService, segments: Segments, finish: Finish) -> None:
        self._service = service
        self._segments = segments
        self._calls = PaidCalls(segments)
        self._finish = finish

    def has(self, engine_id: str) -> bool:
        """Whether pictures of that engine are drawn this way."""
        return self._service.is_paid_by_submit(engine_id)

    async def draw(
        self,
        run: JobRun,
        requests: Sequence[ImageRequest],
        role: str,
        slots: EngineSlots,
        absences: EngineAbsences,
    ) -> bool:
        """Draw what of the requests is not kept yet; whether the author had to be asked.

        Raises:
            GenerationError, JobError: why the first of the missing pictures has not come; all
                others were drawn.
        """
        batch = await _begin(run, requests, role, absences)
        todo, was_asked = batch.missing, False
        while todo:
            async with AsyncExitStack() as stack:
                slot = slots.of(run.job.engine_id)
                await run.or_cancel(stack.enter_async_context(slot))
                await self._submit_all(batch, todo)
            lost = await self._lost(batch)
            was_asked = was_asked or bool(lost)
            todo = await self._wanted_again(batch, lost) if lost else []
        batch.raise_failure()
        return was_asked

    async def _submit_all(self, batch: _Batch, positions: Iterable[int]) -> None:
        """Submit these but those that are lost already, a few at a time, until each has its end."""
        known = await self._parts(batch)
        room = asyncio.Semaphore(IN_FLIGHT)
        async with asyncio.TaskGroup() as group:
            for position in positions:
                part = known.get(position) or Segment(job_id=batch.run.job.id, number=position)
                if not part.is_lost:
                    group.create_task(self._submit_one(batch, part, room))
        if batch.is_cancelled:
            raise Cancelled

    async def _submit_one(self, batch: _Batch, part: Segment, room: asyncio.Semaphore) -> None:
        """Submit one until it has come or cannot; what went wrong is the batch's to know."""
        run = batch.run

        async def before_pause(missed_s: float) -> None:
            if missed_s >= SHOWN_AFTER_S:
                batch.late.add(part.number)
                await batch.show_early()

        wait = EngineWait(run, batch.absences, before_pause)

        async def call(about_to_send: AboutToSend) -> None:
            request = batch.requests[part.number]
            picture = await self._service.submit(request, about_to_send)
            await self._take(batch, part.number, request, picture)

        try:
            async with room:
                await wait.ask(lambda: run.or_cancel(self._calls.send(run, part, call)))
        except AnswerLost:
            return
        except (GenerationError, JobError) as error:
            batch.fail([part.number], error)
            if isinstance(error, Misconfigured):
                await run.alert(error)
            return
        except Exception:
            # It must not break off the others. If it was sent, its author is asked.
            log.exception("job %s: picture %s broke off", run.job.id, part.number)
            return
        await wait.note_answered()

    async def _take(
        self, batch: _Batch, position: int, request: ImageRequest, picture: Picture
    ) -> None:
        run = batch.run
        # One after the other: what a run has made is read anew where a picture is withheld.
        async with batch.taking:
            if picture.finish == "filtered":
                await run.withhold(batch.role, position, is_billed=picture.is_billed)
            else:
                file = NewArtifact(
                    role=batch.role,
                    position=position,
                    data=await self._finish(picture, request, run.job),
                    mime=picture.mime,
                    size=(picture.width, picture.height),
                    seed=picture.seed,
                )
                await run.keep(file)
            batch.kept.add(position)
            batch.late.discard(position)
            await batch.show_early()
            await batch.progress()

    async def _lost(self, batch: _Batch) -> list[Segment]:
        """Those that were sent and have neither come nor failed."""
        known = await self._parts(batch)
        missing = (known.get(position) for position in batch.missing)
        return [part for part in missing if part is not None and part.is_lost]

    async def _wanted_again(self, batch: _Batch, lost: Sequence[Segment]) -> list[int]:
        """Which of the lost ones their author wants to be sent once more: all or none.

        Of those that were let go before, nobody is asked again.
        """
        asked = [part for part in lost if not part.is_given_up]
        batch.fail([part.number for part in lost if part.is_given_up], GivenUp())
        if not asked:
            return []
        numbers = [part.number for part in asked]
        result = await batch.begin_delivery()
        try:
            await batch.run.or_cancel(self._calls.ask_author(batch.run, asked, result))
        except (GivenUp, NotAnswered) as error:
            batch.fail(numbers, error)
            return []
        await batch.progress()
        return numbers

    async def _parts(self, batch: _Batch) -> dict[int, Segment]:
        run = batch.run
        parts = await run.database.read(self._segments.of_job, run.job.id)
        return {part.number: part for part in parts}


@dataclass(slots=True)
class _Batch:
    """All pictures of a job by their positions: which of them are kept, and why others are not.

    `late` are those that are still asked for after a while.
    """

    run: JobRun
    role: str
    requests: Sequence[ImageRequest]
    kept: set[int]
    absences: EngineAbsences
    late: set[int] = field(default_factory=set[int])
    failures: dict[int, Exception] = field(default_factory=dict[int, Exception])
    taking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def missing(self) -> list[int]:
        """The positions that nothing is known of but that they were asked for."""
        return [
            position
            for position in range(len(self.requests))
            if position not in self.kept and position not in self.failures
        ]

    @property
    def is_cancelled(self) -> bool:
        """Whether the job was cancelled meanwhile."""
        return any(isinstance(error, Cancelled) for error in self.failures.values())

    def fail(self, positions: Iterable[int], error: Exception) -> None:
        """These do not come any more."""
        failures = dict.fromkeys(positions, error)
        self.failures |= failures
        self.late -= failures.keys()

    @property
    def failure(self) -> Exception | None:
        """Why the first one is missing, or what the operator has to know before all else."""
        errors = [self.failures[position] for position in sorted(self.failures)]
        errors.sort(key=lambda error: not isinstance(error, Misconfigured))
        return next(iter(errors), None)

    def raise_failure(self) -> None:
        """Say why not all have come."""
        if self.failure is not None:
            raise self.failure

    async def progress(self) -> None:
        """Show how many have come."""
        await self.run.progress(Progress(done=len(self.kept), total=len(self.requests)))

    async def show_early(self) -> None:
        """Show from now on what has come, where another picture is late.

        Raises:
            Cancelled
        """
        if self.late and self.kept and self.run.job.state is not JobState.DELIVERING:
            await self.begin_delivery()

    async def begin_delivery(self) -> Result:
        """What has come and is shown from now on, though others are missing.

        Raises:
            Cancelled
        """
        kept = await self.run.made(self.role)
        files = [artifact for artifact in kept if not artifact.is_filtered]
        if self.role != RESULT or not files:
            return NOTHING_MADE
        self.run = await self.run.begin_delivery()
        is_withheld = len(files) < len(kept)
        failure = self.failure or (Filtered("picture") if is_withheld else None)
        return Result(files=files, made=len(files), failure=failure)


async def _begin(
    run: JobRun, requests: Sequence[ImageRequest], role: str, absences: EngineAbsences
) -> _Batch:
    kept = {artifact.position for artifact in await run.made(role)}
    return _Batch(
        run, role, [one for request in requests for one in _each(request)], kept, absences
    )


def _each(request: ImageRequest) -> list[ImageRequest]:
    """A request for each of its pictures."""
    single = replace(request, samples=1)
    return [single.with_seed(seed) for seed in request.seeds]
