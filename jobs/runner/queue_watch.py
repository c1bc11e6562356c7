"""When queues are looked into: as soon as a job is accepted or ends, and now and then besides."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING, NoReturn

from storage.job_engine.queues import EngineQueues
from storage.jobs.queue_notices import QueueNotices

if TYPE_CHECKING:
    from jobs.runner.queue_workers import QueueWorkers
    from storage.database import Database

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.25
"""While something waits: other processes end jobs too."""

LOOK_AT_REST_EVERY_S = 1.0


class QueueWatch:
    """Wakes the workers of queues, and on a shared database those of all processes."""

    def __init__(self, database: Database, workers: QueueWorkers) -> None:
        self._workers = workers
        self._workers.on_taken = self._note_taken
        self._queues = EngineQueues(database, workers.names)
        self._notices = (
            None if database.is_sqlite else QueueNotices(database.blocking_engine, self._hear)
        )
        self._waiting: set[str] = set()
        self._told: Counter[str] = Counter()
        self._loop: asyncio.AbstractEventLoop
        self._watching: asyncio.Task[NoReturn]

    def open(self) -> None:
        """Take up what waits, and from now on what comes."""
        self._loop = asyncio.get_running_loop()
        self._workers.start()
        if self._notices is not None:
            self._notices.start()
        self._watching = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Take up nothing more."""
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)
        if self._notices is not None:
            await asyncio.to_thread(self._notices.stop)
        await self._workers.stop()

    def job_accepted(self, queue: str) -> None:
        """A job waits in that queue now."""
        # Where every process hears of it, none is always the first.
        if self._notices is None or not self._notices.is_listening:
            self._note_told(queue)

    def job_ended(self, job_id: str) -> None:
        """One job less is at work, so another one may start."""
        self._workers.note_ended(job_id)
        for queue in self._may_wait:
            self._workers.wake(queue)

    @property
    def _may_wait(self) -> set[str]:
        """The queues in which something waits, as far as is known here."""
        return self._waiting | set(+self._told)

    def _note_told(self, queue: str) -> None:
        self._told[queue] += 1
        self._workers.wake(queue)

    def _note_taken(self, queue: str, count: int) -> None:
        self._told[queue] -= min(count, self._told[queue])

    def _hear(self, queue: str) -> None:
        if queue in self._workers.names:
            self._loop.call_soon_threadsafe(self._note_told, queue)

    async def _watch(self) -> NoReturn:
        """Find the jobs that nobody here was told of."""
        while True:
            # What is accepted during the look may not be in its answer.
            self._waiting = self._may_wait
            self._told.clear()
            try:
                self._waiting = await self._queues.waiting()
            except Exception as error:
                # The database may be away for a moment.
                log.warning("queues were not looked into: %s", type(error).__name__)
            for queue in self._waiting:
                self._workers.wake(queue)
            await asyncio.sleep(LOOK_EVERY_S if self._may_wait else LOOK_AT_REST_EVERY_S)
