"""The steps of a job of any kind: started, shown and closed alike, made as its kind makes it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import WeakKeyDictionary

from generation.errors import GenerationError, Misconfigured
from jobs.delivery import NOTHING_SHOWN
from jobs.errors import Cancelled, Interrupted, JobError, NotShown
from jobs.failure import describe, restore
from jobs.kinds.kind import JobRun
from jobs.workflow import Outcome
from storage.jobs.jobs import OPEN_STATES, JobState

if TYPE_CHECKING:
    from jobs.delivery import Result, Shown
    from jobs.kinds.kind import JobEnvironment, Kind
    from jobs.runner.queues import QueueClass
    from jobs.settlement import Settlement
    from storage.jobs.jobs import Job

log = logging.getLogger(__name__)

Task: TypeAlias = "asyncio.Task[Any]"

MAX_STARTS = 50


class JobSteps:
    """Generate, deliver and close jobs of a kind; each step is safe to repeat after a crash."""

    def __init__(
        self, kind: Kind[Any], environment: JobEnvironment, settlement: Settlement
    ) -> None:
        self._kind = kind
        self._environment = environment
        self._database = environment.database
        self._store = environment.store
        # Handed on within one execution of a workflow, which is a task; another begins anew.
        self._made: WeakKeyDictionary[Task, JobRun] = WeakKeyDictionary()
        self._shown: WeakKeyDictionary[Task, Job] = WeakKeyDictionary()
        self._delivery = environment.delivery
        self._settlement = settlement

    @property
    def queue(self) -> QueueClass:
        """Where such jobs wait."""
        return self._kind.queue

    async def generate(self, job_id: str) -> Outcome:
        """Make what was ordered and keep it; what went wrong comes back as data."""
        # Before the start is known to others: an interrupt right after it has to find the job.
        with self._environment.cancellation.track(job_id):
            try:
                request_id = self._kind.first_request(job_id)
                # Where it waits for a slot first, it may end without having asked.
                slotted = self._environment.slotted_engines
                job = await self._database.write(self._store.start, job_id, request_id, slotted)
                if job is None:
                    return await self._not_started(job_id)
                if job.failure is not None:
                    # Its author was being told when a process ended.
                    return Outcome(failure=job.failure)
                if job.starts > MAX_STARTS:
                    # It may be the job itself that ends each process.
                    raise Interrupted
                await self._make(JobRun(job, self._environment, is_first=job.starts == 1))
            except (GenerationError, JobError) as error:
                log.info("job %s: %s", job_id, type(error).__name__)
                return Outcome(failure=describe(error))
        return Outcome(failure=None)

    async def _make(self, run: JobRun) -> None:
        order = self._kind.order_type.from_json(run.job.spec)
        try:
            await self._kind.make(run, order)
        except Misconfigured as error:
            await run.alert(error)
            raise
        self._made[_this()] = await run.finish()

    async def deliver(self, job_id: str, failure: dict[str, Any] | None) -> Shown:
        """Show what was made, or why there is nothing; how many units arrived, and where."""
        run = await self._begin_delivery(job_id, failure)
        if run is None:
            return await self._say_cancelled(job_id)
        self._shown[_this()] = run.job
        return await self._show(run, restore(failure) if failure else None)

    async def show_end(self, job: Job) -> Shown:
        """Bring the card of a closed job up to date, as far as its files are kept."""
        error = restore(job.failure) if job.failure else None
        if job.state is JobState.CANCELLED:
            return await self._delivery.cancelled(job)
        if job.state is JobState.FAILED:
            return await self._delivery.failed(job, error or Interrupted())
        if not job.spec:
            # What was ordered is not kept any more.
            return NOTHING_SHOWN
        run = JobRun(job, self._environment)
        result = await self._kind.result(run, self._kind.order_type.from_json(job.spec))
        if isinstance(error, NotShown):
            # The others were not paid for.
            paid = result.files[: job.shown_count]
            result = replace(result, files=paid, made=len(paid))
        if not result.files:
            return NOTHING_SHOWN
        return await self._deliver(job, replace(result, failure=error or result.failure))

    async def _show(self, run: JobRun, error: Exception | None) -> Shown:
        job = run.job
        order = self._kind.order_type.from_json(job.spec)
        if error and not order.units:
            # Free work keeps nothing before its result: there is nothing to put together.
            return await self._fail(job, error)
        try:
            result = await self._kind.result(run, order)
        except (GenerationError, JobError) as broken:
            return await self._fail(job, error or broken)
        result = replace(result, failure=error or result.failure)
        if not result.files:
            return await self._fail(job, result.failure or Interrupted())
        shown = await self._deliver(job, result)
        return replace(shown, count=_units(result, shown.count))

    async def _deliver(self, job: Job, result: Result) -> Shown:
        """Show a result; of a job that was erased while it was shown again, take it back."""
        shown = await self._delivery.result(job, result)
        if job.unshown_since is not None and (await self._job(job.id)).erased_at is not None:
            await self._delivery.take_back(job, shown)
        return shown

    async def _fail(self, job: Job, failure: Exception) -> Shown:
        """Show why there is no result; the close remembers it."""
        return replace(await self._delivery.failed(job, failure), failure=failure)

    async def close(self, job_id: str, failure: dict[str, Any] | None, shown: Shown) -> None:
        """Settle the units that arrived, release the rest, exactly once."""
        job = self._shown.get(_this())
        if job is None or job.id != job_id:
            job = await self._job(job_id)
        order = self._kind.order_type.from_json(job.spec)
        await self._settlement.close(job, order, shown, failure)
        self._shown.pop(_this(), None)

    async def give_up(self, job_id: str) -> Shown:
        """Show that a job ended without a result, for no reason of its own."""
        return await self._settlement.give_up(await self._job(job_id))

    async def _begin_delivery(self, job_id: str, failure: dict[str, Any] | None) -> JobRun | None:
        """The run of a job that cannot be cancelled any more; None where it was, or is over.

        What this process made a moment ago is as it left it.
        """
        run = self._made.pop(_this(), None)
        if run is not None and (run.job.id, run.job.state) == (job_id, JobState.DELIVERING):
            return run
        job = await self._database.write(self._store.begin_delivery, job_id, failure)
        return None if job is None else JobRun(job, self._environment)

    async def _not_started(self, job_id: str) -> Outcome:
        """A job that is over, or one that was cancelled while it ran, before a crash."""
        job = await self._job(job_id)
        if job.state in OPEN_STATES:
            return Outcome(failure=describe(Cancelled()))
        if job.state is JobState.CANCELLED:
            # Who cancelled it has edited the card, unless something ended that too early.
            shown = await self._delivery.cancelled(job)
            if shown.is_due:
                await self._settlement.note_card(job, shown)
        return Outcome(over=True)

    async def _say_cancelled(self, job_id: str) -> Shown:
        """Show that a job was cancelled if it was: one that is over may have been done twice."""
        job = await self._job(job_id)
        if job.cancelled_at is None:
            return NOTHING_SHOWN
        return await self._delivery.cancelled(job)

    async def _job(self, job_id: str) -> Job:
        """The job of that id, which was accepted once.

        Raises:
            Interrupted: its row is gone.
        """
        job = await self._database.read(self._store.get, job_id)
        if job is None:
            raise Interrupted
        return job


def _this() -> Task:
    """The task that executes the workflow."""
    task = asyncio.current_task()
    assert task is not None
    return task


def _units(result: Result, shown: int) -> int:
    """How many units so many of the files hold; what is shown counts also where it was free."""
    if shown < len(result.files):
        return shown
    return max(1, result.made)
