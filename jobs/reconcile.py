"""Reconciliation: jobs that ended without their close are closed, and their authors told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from jobs.runner.durable import WorkflowRunner
    from jobs.settlement import Settlement
    from storage.database import Database
    from storage.jobs.jobs import JobStore

LONG_WAIT = timedelta(minutes=30)


class Reconciliation:
    """Closes what the engine will not work on any more and nobody has closed."""

    def __init__(
        self,
        database: Database,
        store: JobStore,
        runner: WorkflowRunner,
        settlement: Settlement,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._store = store
        self._runner = runner
        self._settlement = settlement
        self._now = now

    async def reconcile(self, *, is_thorough: bool = True) -> int:
        """Close what ended without its close; how many jobs that were.

        Thoroughly, every job is looked at; else only those that should be at work, and those that
        the engine has given up.
        """
        if is_thorough:
            suspects = await self._database.read(self._store.unclosed)
        else:
            at_work = await self._database.read(self._store.at_work, self._now() - LONG_WAIT)
            suspects = list({*at_work, *self._runner.given_up})
        closed = 0
        for job_id in await self._runner.over_among(suspects):
            closed += await self._close(job_id)
            self._runner.given_up.discard(job_id)
        return closed

    async def _close(self, job_id: str) -> bool:
        job = await self._database.read(self._store.get, job_id)
        if job is None or job.show_at is not None:
            # Its workflow ended meanwhile, and left its result to be shown later.
            return False
        return await self._settlement.abandon(job)
