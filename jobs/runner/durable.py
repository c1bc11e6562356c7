"""The workflow runner on DBOS Transact, which only jobs/runner/ touches.

DBOS is used narrowly, so that it can be swapped: workflows with one small argument, which it runs
again after a crash; no steps, datasources or durable sleeps, no cancellation by the engine.
Workflows are built here before launch; nothing is decorated at import. The truth about jobs and
money, and how far a job is, is in our own tables.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions

from jobs.runner.foreign_rows import ForeignRows
from jobs.runner.library_log import log_through_ours
from jobs.runner.library_threads import rest_unused_threads
from jobs.runner.lost_jobs import LostJobs
from jobs.runner.peers import Peers, hand_back
from jobs.runner.queue_watch import QueueWatch
from jobs.runner.queue_workers import QueueWorkers
from jobs.runner.queues import EARLIER
from jobs.runner.serializer import FORMAT, json_serializer
from jobs.workflow import Steps, run_job
from storage.executor_leases import ExecutorLeases
from storage.job_engine.claims import Claimant, EngineClaims
from storage.jobs.queue_notices import notify

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobs.runner.queues import QueueClass, QueueLimits
    from storage.database import Database, Transaction

log = logging.getLogger(__name__)

APPLICATION = "atelier"
VERSION = "1"
"""Pinned: DBOS's own hash of the source would strand the jobs of every deploy."""

ONLY_EXECUTOR = "bot"
"""The name of the one process that a SQLite database has."""

STOP_WITHIN_S = 2
MAX_RECOVERY_ATTEMPTS = 100
"""More than the steps allow themselves, which end a job that they began too often: this bounds what
ends the process before or after them."""

ALIVE = ["PENDING", "ENQUEUED", "DELAYED"]
ASKED_AT_ONCE = 500
ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
KEPT_FOR = timedelta(days=1)
PRUNED_AT_ONCE = 200
THREADS = 16
NOTICES_EVERY_S = 0.2


class QueuedSteps(Steps, Protocol):
    """The steps of a job, and where such jobs wait for them."""

    @property
    def queue(self) -> QueueClass:
        """Where they wait."""
        ...


class WorkflowRunner:
    """Runs workflows durably on the bot's own database."""

    def __init__(
        self,
        database: Database,
        steps: Mapping[str, QueuedSteps],
        queue_limits: QueueLimits,
        leases: ExecutorLeases | None = None,
    ) -> None:
        self._database = database
        self._steps = steps
        self._queue_limits = queue_limits
        self._leases = leases if leases or database.is_sqlite else ExecutorLeases(database)
        self._foreign_rows = ForeignRows(database)
        self._running: set[asyncio.Task[None]] = set()
        self._workers: QueueWorkers | None = None
        self._queues: QueueWatch | None = None
        self._client: DBOSClient | None = None
        self._is_closing = False
        self.executor_id = ONLY_EXECUTOR

    async def launch(self) -> None:
        """Take up what an earlier process left, then new jobs."""
        if self._leases:
            self.executor_id = await self._leases.take()
        await self._foreign_rows.report()
        await self.refuse_foreign_rows()
        dbos = DBOS(config=self._config())
        log_through_ours()
        rest_unused_threads()
        for kind, steps in self._steps.items():
            self._build(kind, steps)
        DBOS.launch()
        self._open_queues(dbos)
        self._client = DBOSClient(
            system_database_engine=self._database.blocking_engine,
            serializer=json_serializer(),
            application_name=APPLICATION,
            lazy=True,
        )

    async def attend(self) -> None:
        """Look after the other processes' jobs, and after those lost here, until cancelled.

        Raises:
            Superseded: another process has taken over this one's jobs, so that it has to end.
        """
        if self._leases:
            await Peers(self._leases, self._names_at_work).attend()
        await LostJobs(self._names_at_work).watch(self.executor_id)

    async def refuse_foreign_rows(self) -> None:
        """Give up the jobs that somebody else wrote rows of into the engine's tables."""
        await self._foreign_rows.refuse(self.executor_id, self._names_running())

    def enqueue(
        self,
        connection: Transaction,
        kind: str,
        job_id: str,
        partition: str,
        *,
        engine_id: str = "",
        tier: int = 0,
    ) -> None:
        """Hand a job over, within the transaction that accepts it; afterwards `wake` starts it."""
        client = self._client
        assert client is not None, "the engine was not launched"
        queue = self._queue_of(kind, engine_id, tier)
        options: EnqueueOptions = {
            "workflow_name": kind,
            "queue_name": queue,
            "workflow_id": job_id,
            "queue_partition_key": partition,
            "app_version": VERSION,
        }
        client.enqueue_in_transaction(connection, options, job_id)
        notify(connection, queue)

    def wake(self, kind: str, *, engine_id: str = "", tier: int = 0) -> None:
        """Start a job that was enqueued, now that its transaction is written."""
        if self._queues is not None:
            self._queues.job_accepted(self._queue_of(kind, engine_id, tier))

    @property
    def given_up(self) -> set[str]:
        """The jobs that were taken up too often without an end; who closes them takes them out."""
        return self._workers.given_up if self._workers else set()

    async def over_among(self, job_ids: Sequence[str]) -> list[str]:
        """Those of the jobs that the engine will not work on any more."""
        alive: set[str] = set()
        for first in range(0, len(job_ids), ASKED_AT_ONCE):
            found = await DBOS.list_workflows_async(
                workflow_ids=list(job_ids[first : first + ASKED_AT_ONCE]),
                status=ALIVE,
                load_input=False,
                load_output=False,
            )
            alive.update(workflow.workflow_id for workflow in found)
        return [job_id for job_id in job_ids if job_id not in alive]

    async def prune(self) -> int:
        """Forget the workflows that ended more than a day ago; how many those were."""
        before = (datetime.now(UTC) - KEPT_FOR).isoformat()
        pruned = 0
        while True:
            found = await DBOS.list_workflows_async(
                status=ENDED,
                completed_before=before,
                limit=PRUNED_AT_ONCE,
                load_input=False,
                load_output=False,
            )
            if not found:
                return pruned
            await DBOS.delete_workflows_async([workflow.workflow_id for workflow in found])
            pruned += len(found)

    async def close(self) -> None:
        """Stop; what runs is taken up again by another process, or by the next launch."""
        self._is_closing = True
        if self._queues is not None:
            await self._queues.close()
        # It complains of each workflow that ends with the process, which is what we want here.
        logging.getLogger("dbos").setLevel(logging.CRITICAL)
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        # DBOS had put its own thread pool in the loop's place and has shut it down.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        await self._stop_running()
        if self._client is not None:
            if self._leases:
                try:
                    await hand_back(self._client, self.executor_id)
                except Exception as error:
                    log.warning("jobs are left to the sweep: %s", type(error).__name__)
            await asyncio.to_thread(self._client.destroy)
            self._client = None
        if self._leases:
            await self._leases.leave()

    def _names_running(self) -> set[str]:
        return {task.get_name() for task in self._running}

    def _names_at_work(self) -> set[str]:
        """Those that run, and those that are taken out of their queues and will."""
        return self._names_running() | (self._workers.at_work if self._workers else set())

    async def _stop_running(self) -> None:
        """Another process may take these jobs up as soon as they are given back."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=STOP_WITHIN_S)

    def _queue_of(self, kind: str, engine_id: str, tier: int) -> str:
        return self._queue_limits.queue_of(self._steps[kind].queue, engine_id, tier)

    def _open_queues(self, dbos: DBOS) -> None:
        limits = self._queue_limits
        claims = EngineClaims(
            Claimant(
                executor=self.executor_id, application=APPLICATION, version=VERSION, format=FORMAT
            ),
            is_sqlite=self._database.is_sqlite,
        )
        sizes = {**limits.queues, EARLIER: (limits.process, limits.member)}
        self._workers = QueueWorkers(dbos, self._database, claims, sizes)
        self._queues = QueueWatch(self._database, self._workers)
        self._queues.open()

    def _build(self, kind: str, steps: Steps) -> None:
        async def run(job_id: str) -> None:
            self._note_running(job_id)
            await run_job(steps, job_id, self._leave_if_closing)

        DBOS.workflow(name=kind, max_recovery_attempts=MAX_RECOVERY_ATTEMPTS)(run)

    def _note_running(self, job_id: str) -> None:
        task = asyncio.current_task()
        assert task
        task.set_name(job_id)
        self._running.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if self._queues is not None:
            self._queues.job_ended(task.get_name())

    def _leave_if_closing(self) -> None:
        """End the workflow without a result while the process ends: the next launch repeats it."""
        if self._is_closing:
            raise asyncio.CancelledError

    def _config(self) -> DBOSConfig:
        return {
            "name": APPLICATION,
            "system_database_engine": self._database.blocking_engine,
            "application_version": VERSION,
            "executor_id": self.executor_id,
            "max_executor_threads": THREADS,
            # Nothing here is sent in the engine's notices; a shutdown waits for these intervals.
            "notification_listener_polling_interval_sec": NOTICES_EVERY_S,
            "notification_coalesce_sec": NOTICES_EVERY_S,
            "serializer": json_serializer(),
            "log_level": "WARNING",
        }
