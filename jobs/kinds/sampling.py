"""Pictures of a job, asked for until they have come: shared by every kind of job that draws."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from generation.errors import Filtered, GarbledAnswer, TooSlow
from jobs.delivery import Progress, Result
from jobs.kinds.drawing_progress import DrawingProgress
from jobs.kinds.engine_wait import EngineAbsences, EngineWait
from jobs.kinds.kind import NewArtifact
from jobs.orders.order import RESULT
from jobs.runner.slots import EngineSlots

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from generation.image.client import Picture
    from generation.image.progress import SampleProgress, Watch
    from generation.request import ImageRequest
    from jobs.kinds.kind import JobRun
    from jobs.kinds.paid_pictures import PaidPictures
    from storage.jobs.jobs import Job

    Finish = Callable[[Picture, ImageRequest, Job], Awaitable[bytes]]

log = logging.getLogger(__name__)

SILENT_AFTER = timedelta(seconds=20)


class PictureSource(Protocol):
    """Draws pictures, whichever host has their engine."""

    def generate(
        self, request: ImageRequest, request_id: str, watch: Watch | None = None
    ) -> AsyncGenerator[Picture]:
        """The pictures as they arrive; the watch is told meanwhile how far they are.

        Raises:
            GenerationError
        """
        ...


class Sampling:
    """Asks the engine for pictures and keeps them, each as soon as it has come.

    `finish` gives a picture's file with what it was made from; `paid` draws for the engines that
    are paid for each submit.
    """

    def __init__(
        self,
        client: PictureSource,
        finish: Finish,
        slots: EngineSlots | None = None,
        silent_after: timedelta = SILENT_AFTER,
        paid: PaidPictures | None = None,
    ) -> None:
        self._client = client
        self._finish = finish
        self._slots = slots or EngineSlots({})
        self._silent_after = silent_after
        self._paid = paid
        self._absences = EngineAbsences()

    async def draw(self, run: JobRun, requests: Sequence[ImageRequest], role: str = RESULT) -> None:
        """Draw what of the requests is not kept yet, as artifacts of that role in their order.

        How long it took is learned, but where the author was asked meanwhile.

        Raises:
            GenerationError, JobError: what cannot be mended by asking again.
        """
        paid, was_asked = self._paid, False
        if paid is not None and paid.has(run.job.engine_id):
            was_asked = await paid.draw(run, requests, role, self._slots, self._absences)
        elif len(await run.made(role)) < sum(request.samples for request in requests):
            async with AsyncExitStack() as stack:
                slot = self._slots.of(run.job.engine_id)
                await run.or_cancel(stack.enter_async_context(slot))
                await self._draw(run, requests, role)
        if not was_asked:
            run.learn_all()

    async def _draw(self, run: JobRun, requests: Sequence[ImageRequest], role: str) -> None:
        """Ask for one request after the other; of pictures, past one that is not answered.

        After a failure no other is begun, and those that are under way are waited for.
        """
        kept = {artifact.position for artifact in await run.made(role)}
        batch = _Batch(role, kept, sum(request.samples for request in requests), run)
        waiting: list[Awaitable[None]] = []
        first = 0
        for number, request in enumerate(requests):
            positions = range(first, first + request.samples)
            first += request.samples
            if not kept.issuperset(positions):
                waiting.append(self._draw_in_turn(batch, number, request, positions.start))
        ends = await asyncio.gather(*waiting, return_exceptions=True)
        for failure in filter(None, ends):
            raise failure

    async def _draw_in_turn(
        self, batch: _Batch, number: int, request: ImageRequest, first: int
    ) -> None:
        turn = _Turn(batch.lock)
        await turn.take()
        try:
            if batch.has_failed:
                return
            run = batch.run
            wait = EngineWait(run, self._absences)
            asked_as = request_id(run.job.id, number)
            await self._persist(_Draw(run, wait, request, asked_as, first, batch, turn))
            batch.run = replace(run, job=wait.job)
        except BaseException:
            batch.has_failed = True
            raise
        finally:
            turn.pass_on()

    async def _persist(self, draw: _Draw) -> None:
        """Ask until the pictures have come, the patience is over or the job is cancelled."""
        await _note_asked(draw)
        was_asked = False

        async def ask() -> None:
            nonlocal was_asked
            # However long the bot itself was away, the engine is asked at least once.
            patience_s, was_asked = draw.wait.left_s if was_asked else None, True
            async with asyncio.timeout(patience_s) as patience:
                await draw.run.or_cancel(self._ask_noting_silence(draw, patience))

        try:
            await draw.wait.ask(ask)
        except TimeoutError:
            await draw.run.record()
            raise TooSlow("its patience is over") from None
        except Exception:
            await draw.run.record()
            raise

    async def _ask_noting_silence(self, draw: _Draw, patience: asyncio.Timeout) -> None:
        """Ask; when no picture comes for a while, say since when the job waits."""
        began = draw.run.now()

        async def say_so() -> None:
            await asyncio.sleep(self._silent_after.total_seconds())
            if draw.batch.role == RESULT:
                draw.turn.pass_on()
            job = draw.wait.job
            await draw.run.delivery.away(job, job.waiting_since or began)

        def note(told: SampleProgress) -> None:
            # It answers, although no picture has come.
            watch.cancel()
            progress.note(told)

        watch = asyncio.create_task(say_so())
        progress = DrawingProgress(draw.run, draw.batch.kept, draw.batch.total, draw.first)
        show = asyncio.create_task(progress.show())
        # The frames of a film are many, and looked at when it is finished.
        told = note if draw.batch.role == RESULT else None
        given = self._client.generate(draw.request, draw.request_id, told)
        try:
            async with aclosing(given) as pictures:
                async for picture in pictures:
                    watch.cancel()
                    _log_repeat(draw, picture)
                    if draw.first + picture.index not in draw.batch.kept:
                        # One that it gives again is no progress: it may break off there for ever.
                        await self._note_answered(draw, patience)
                    await self._take(draw, picture)
                    progress.note_kept()
        finally:
            watch.cancel()
            show.cancel()

    async def _note_answered(self, draw: _Draw, patience: asyncio.Timeout) -> None:
        """An engine that answers is not away any more; its next absence is counted anew."""
        if draw.wait.left_s is not None and patience.expired():
            return
        patience.reschedule(None)
        await draw.wait.note_answered()

    async def _take(self, draw: _Draw, picture: Picture) -> None:
        batch, position = draw.batch, draw.first + picture.index
        if picture.finish == "filtered":
            # The verdict may come after the picture.
            await draw.run.withhold(batch.role, position, is_billed=picture.is_billed)
        elif position not in batch.kept:
            await self._keep(draw, position, picture)
        batch.kept.add(position)
        await draw.run.progress(Progress(done=len(batch.kept), total=batch.total))

    async def _keep(self, draw: _Draw, position: int, picture: Picture) -> None:
        finished = await self._finish(picture, draw.request, draw.run.job)
        file = NewArtifact(
            role=draw.batch.role,
            position=position,
            data=finished,
            mime=picture.mime,
            size=(picture.width, picture.height),
            seed=picture.seed,
        )
        is_last = len(draw.batch.kept) + 1 == draw.batch.total
        await (draw.run.keep_last(file) if is_last else draw.run.keep(file))


def request_id(job_id: str, number: int) -> str:
    """Under which id an engine is asked for that request of a job, each time the same."""
    return f"{job_id}-{number}"


async def shown_pictures(run: JobRun, ordered: int) -> Result:
    """What may be shown of so many pictures that were ordered, and why not all of them."""
    drawn = await run.made()
    pictures = [picture for picture in drawn if not picture.is_filtered]
    failure = None
    if len(pictures) < ordered:
        was_filtered = len(pictures) < len(drawn)
        failure = Filtered("picture") if was_filtered else GarbledAnswer("too few pictures")
    return Result(files=pictures, made=len(pictures), failure=failure)


async def _note_asked(draw: _Draw) -> None:
    """Write down under which id the engine is about to be asked; the first is noted already."""
    job = draw.run.job
    is_noted = job.request_id == draw.request_id
    draw.is_repeat = is_noted and job.starts > 1
    if not is_noted:
        noted = await draw.run.database.write(draw.run.store.note_asked, job.id, draw.request_id)
        draw.wait.job = noted or job


@dataclass(slots=True)
class _Batch:
    """All pictures of a job: the role they are kept by, the positions kept, how many there are.

    `run` has the job as the request before left it, and `lock` is held by the one that is asked.
    """

    role: str
    kept: set[int]
    total: int
    run: JobRun
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    has_failed: bool = False


class _Turn:
    """The turn of one request of a job: the next one comes after it, or when it is not answered."""

    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock = lock
        self._is_its = False

    async def take(self) -> None:
        """Wait for those before it."""
        await self._lock.acquire()
        self._is_its = True

    def pass_on(self) -> None:
        """Let the next one begin; it does not have to be asked for again."""
        if self._is_its:
            self._is_its = False
            self._lock.release()


@dataclass(slots=True)
class _Draw:
    """One request of a job; its pictures go to the positions from `first` on."""

    run: JobRun
    wait: EngineWait
    request: ImageRequest
    request_id: str
    first: int
    batch: _Batch
    turn: _Turn
    is_repeat: bool = False


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
