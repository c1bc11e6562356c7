"""The queues' worker: takes jobs out of a queue when they may start, and not by the clock.

DBOS asks each queue at a fixed interval, whether anything waits there or not, in a thread for each,
and builds its statements anew each time: a quarter of the processor time of a small picture. Its
queues are claimed here by a statement of our own; from then on the jobs are the library's again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

# Not public: how the library's own workers start what they have claimed.
from dbos._core import execute_dequeued_workflow
from dbos._error import MaxRecoveryAttemptsExceededError
from dbos._sys_db import WorkflowStatusInternal

from jobs.runner.serializer import FORMAT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dbos import DBOS

    from storage.database import Database
    from storage.job_engine.claims import ClaimedJob, EngineClaims

log = logging.getLogger(__name__)

LEAST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 0.5
PAUSE_SHARE = 4
"""The worker rests for so many times as long as it took to ask, between the two pauses: jobs that
come or end together share one look, and a database that was away for long is soon asked again."""

STOP_WITHIN_S = 10
UNSAID = dict.fromkeys(WorkflowStatusInternal.__annotations__)
"""Every field of the library's rows."""


def pause_s(looked_for_s: float) -> float:
    """How long the worker rests after a look that took so long."""
    return min(max(LEAST_PAUSE_S, PAUSE_SHARE * looked_for_s), LONGEST_PAUSE_S)


class QueueWorkers:
    """Starts the jobs of all queues, of which `sizes` says how many run here, and of a member.

    `on_taken` is called with how many jobs were taken out of which queue. `given_up` are the jobs
    that the library does not start any more: each was taken up too often without an end.
    """

    def __init__(
        self,
        dbos: DBOS,
        database: Database,
        claims: EngineClaims,
        sizes: Mapping[str, tuple[int, int]],
    ) -> None:
        self.on_taken: Callable[[str, int], None] = lambda _queue, _count: None
        self.given_up: set[str] = set()
        self._dbos = dbos
        self._database = database
        self._claims = claims
        self._sizes = sizes
        self._at_work: dict[str, str] = {}
        self._woken: set[str] = set()
        self._news = asyncio.Event()
        self._is_closing = False
        self._working: asyncio.Task[None] | None = None

    @property
    def names(self) -> frozenset[str]:
        """The queues."""
        return frozenset(self._sizes)

    def start(self) -> None:
        """Begin."""
        self._working = asyncio.create_task(self._work())

    def wake(self, queue: str) -> None:
        """Take up what waits in a queue and may start."""
        self._woken.add(queue)
        self._news.set()

    def note_ended(self, job_id: str) -> None:
        """Another job may start in its place, once its queue is woken."""
        self._at_work.pop(job_id, None)

    async def stop(self) -> None:
        """Take up nothing more; what is being taken up is started first."""
        self._is_closing = True
        self._news.set()
        if self._working is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_WITHIN_S):
                    await self._working

    @property
    def at_work(self) -> set[str]:
        """The jobs that were taken out of their queues and are not over."""
        return set(self._at_work)

    async def _work(self) -> None:
        while True:
            await self._news.wait()
            if self._is_closing:
                return
            self._news.clear()
            woken, self._woken = self._woken, set()
            began = time.monotonic()
            for queue in sorted(woken):
                try:
                    await self._look(queue)
                except Exception as error:
                    # Who watches the queue wakes it again when the database is back.
                    log.warning("%s was not looked into: %s", queue, type(error).__name__)
            await asyncio.sleep(pause_s(time.monotonic() - began))

    async def _look(self, queue: str) -> None:
        most, of_member = self._sizes[queue]
        room = most - sum(other == queue for other in self._at_work.values())
        if room <= 0:
            return
        claimed = await self._database.write(self._claims.claim, queue, room, of_member)
        self._at_work |= {job.job_id: queue for job in claimed}
        self.on_taken(queue, len(claimed))
        if claimed:
            await asyncio.to_thread(self._start, queue, claimed)

    def _start(self, queue: str, claimed: Sequence[ClaimedJob]) -> None:
        """Start claimed jobs, in a thread: the library waits there until the loop has a task."""
        for job in claimed:
            try:
                execute_dequeued_workflow(self._dbos, _status(queue, job), job.token)
            except MaxRecoveryAttemptsExceededError:
                self._at_work.pop(job.job_id, None)
                self.given_up.add(job.job_id)
                times = job.attempts - 1
                log.warning("job %s is given up: %d starts did not end it", job.job_id, times)
            except Exception:
                self._at_work.pop(job.job_id, None)
                log.exception("job %s was not started", job.job_id)


def _status(queue: str, job: ClaimedJob) -> WorkflowStatusInternal:
    """The row as the library would read it back; a job's only argument is its own id."""
    status: dict[str, Any] = {
        **UNSAID,
        "workflow_uuid": job.job_id,
        "status": "PENDING",
        "name": job.kind,
        "inputs": json.dumps({"positionalArgs": [job.job_id], "namedArgs": {}}),
        "serialization": FORMAT,
        "queue_name": queue,
        "queue_partition_key": job.member,
        "recovery_attempts": job.attempts,
    }
    return cast("WorkflowStatusInternal", status)
