"""The jobs at work in this process: taken up, told when they are cancelled, failures as data."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, TypeVar

from generation.errors import GenerationError, Misconfigured
from jobs.errors import Cancelled, Interrupted, JobError
from jobs.failure import describe
from storage.jobs.jobs import OPEN_STATES, JobState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from jobs.delivery import Shown
    from storage.jobs.jobs import Job, JobStore

T = TypeVar("T")

log = logging.getLogger(__name__)

MAX_STARTS = 50


class CancellationScope:
    """Takes jobs up and stops their work when somebody cancels them."""

    def __init__(self, jobs: JobStore, shown: Shown) -> None:
        self._jobs = jobs
        self._shown = shown
        self._cancelled: dict[str, asyncio.Event] = {}

    @property
    def ids(self) -> list[str]:
        """The jobs that are being worked on, and can still be cancelled."""
        return list(self._cancelled)

    def interrupt(self, job_id: str) -> None:
        """Wake a running job that was marked as cancelled."""
        if job_id in self._cancelled:
            self._cancelled[job_id].set()

    async def job(self, job_id: str) -> Job:
        """The job of that id, which was accepted once.

        Raises:
            Interrupted: its row is gone.
        """
        job = await self._jobs.get(job_id)
        if job is None:
            raise Interrupted
        return job

    async def start_job(
        self, job_id: str, work: Callable[[Job], Awaitable[None]]
    ) -> dict[str, Any]:
        """Do a job's work; what went wrong comes back as data.

        Returns `{"over": True}` for a job that is over already, else `{"failure": facts | None}`.
        """
        # Before the start is known to others: an interrupt right after it has to find the event.
        cancelled = self._cancelled[job_id] = asyncio.Event()
        try:
            job = await self._jobs.start(job_id)
            if job is None:
                return await self._not_started(job_id)
            if job.starts > MAX_STARTS:
                # It may be the job itself that ends each process.
                raise Interrupted
            await work(job)
        except (GenerationError, JobError) as error:
            log.info("job %s: %s", job_id, type(error).__name__)
            if isinstance(error, Misconfigured):
                await self._shown.alert(f"{type(error).__name__}: {error.detail}")
            return {"failure": describe(error)}
        finally:
            # The engine may have begun the job again beside this, after it was taken for lost.
            if self._cancelled.get(job_id) is cancelled:
                del self._cancelled[job_id]
        return {"failure": None}

    async def run_or_cancel(self, job_id: str, work: Awaitable[T]) -> T:
        """What the work gives; it is stopped when the member cancels the job meanwhile.

        Raises:
            Cancelled
        """
        is_cancelled = self._cancelled[job_id]
        working = asyncio.ensure_future(work)
        cancelled = asyncio.ensure_future(is_cancelled.wait())
        try:
            # Work that comes after the press is not even begun: its first act may cost money.
            if not is_cancelled.is_set():
                await asyncio.wait((working, cancelled), return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise Cancelled
            return await working
        finally:
            for task in (working, cancelled):
                task.cancel()
            await asyncio.gather(working, cancelled, return_exceptions=True)

    async def say_cancelled(self, job_id: str) -> None:
        """Show that a job was cancelled if it was: one that is over may have been done twice."""
        job = await self.job(job_id)
        if job.cancelled_at is not None:
            await self._shown.cancelled(job)

    async def _not_started(self, job_id: str) -> dict[str, Any]:
        """A job that is over, or one that was cancelled while it ran, before a crash."""
        job = await self.job(job_id)
        if job.state in OPEN_STATES:
            return {"failure": describe(Cancelled())}
        if job.state is JobState.CANCELLED:
            # Who cancelled it has edited the card, unless something ended that too early.
            await self._shown.cancelled(job)
        return {"over": True}
