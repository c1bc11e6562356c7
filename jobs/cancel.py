"""Cancelling jobs: a waiting one is refunded at once, a running one is told to stop."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, NoReturn

from jobs.errors import OthersJob, TooLate
from storage.jobs.jobs import JobState

if TYPE_CHECKING:
    from jobs.runner.cancellation import CancellationScope
    from jobs.settlement import Settlement
    from storage.database import Database, Transaction
    from storage.jobs.jobs import Job, JobStore

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5


class JobCancellation:
    """Cancels jobs for their authors and for moderators."""

    def __init__(
        self,
        database: Database,
        store: JobStore,
        settlement: Settlement,
        running: CancellationScope,
    ) -> None:
        self._database = database
        self._store = store
        self._settlement = settlement
        self._running = running

    async def cancel(self, job_id: str, actor_id: int, *, is_moderator: bool) -> Job:
        """Cancel a job that is not over; a waiting one is refunded at once.

        Raises:
            OthersJob, TooLate
        """
        job = await self._database.read(self._store.get, job_id)
        if job is None:
            raise TooLate
        if actor_id != job.member_id and not is_moderator:
            raise OthersJob
        marked = await self._database.write(self._mark, job_id)
        self._running.interrupt(job_id)
        return marked

    def _mark(self, connection: Transaction, job_id: str) -> Job:
        marked = self._store.cancel(connection, job_id)
        if marked is None:
            raise TooLate
        if marked.state is JobState.WAITING:
            self._settlement.release(connection, marked)
        return marked

    async def watch(self) -> NoReturn:
        """Notice what another process cancels of the jobs that run here."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if not (running := self._running.ids):
                continue
            try:
                cancelled = await self._database.read(self._store.cancelled_among, running)
            except Exception as error:
                # The database may be away for a moment.
                log.warning("cancellations were not looked for: %s", type(error).__name__)
                continue
            for job_id in cancelled:
                self._running.interrupt(job_id)
