"""The workflow runner on DBOS Transact, which only jobs/runner/ touches.

DBOS is used narrowly, so that it can be swapped: ordinary steps with small JSON arguments, no
datasources, no durable sleeps, no cancellation by the engine. Workflows are built here before
launch; nothing is decorated at import. The truth about jobs and money is in our own tables.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions

from jobs.runner.foreign_rows import ForeignRows
from jobs.runner.peers import Peers, hand_back
from jobs.runner.queues import EARLIER
from jobs.runner.serializer import json_serializer
from jobs.workflow import Steps, run_job
from storage.executor_leases import ExecutorLeases

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from jobs.runner.queues import QueueClass, QueueLimits
    from storage.database import Database, Transaction

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger(__name__)

APPLICATION = "atelier"
VERSION = "1"
"""Pinned: DBOS's own hash of the source would strand the jobs of every deploy."""

ONLY_EXECUTOR = "bot"
"""The name of the one process that a SQLite database has."""

POLL_S = 0.25
POLL_EARLIER_S = 5
"""Seldom: nothing new comes into the queue of the version before."""

STOP_WITHIN_S = 2
MAX_RECOVERY_ATTEMPTS = 50
ALIVE = ["PENDING", "ENQUEUED", "DELAYED"]
ASKED_AT_ONCE = 500
ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
KEPT_FOR = timedelta(days=1)
PRUNED_AT_ONCE = 200
THREADS = 16


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
        self._client: DBOSClient | None = None
        self._is_closing = False
        self.executor_id = ONLY_EXECUTOR

    async def launch(self) -> None:
        """Take up what an earlier process left, then new jobs."""
        if self._leases:
            self.executor_id = await self._leases.take()
        await self._foreign_rows.report()
        await self.refuse_foreign_rows()
        DBOS(config=self._config())
        _log_through_ours()
        for kind, steps in self._steps.items():
            self._build(kind, steps)
        DBOS.launch()
        for name, (most, of_member) in self._queue_limits.queues.items():
            await self._register(name, most, of_member, POLL_S)
        await self._register(
            EARLIER, self._queue_limits.process, self._queue_limits.member, POLL_EARLIER_S
        )
        self._client = DBOSClient(
            system_database_engine=self._database.blocking_engine,
            serializer=json_serializer(),
            application_name=APPLICATION,
            lazy=True,
        )

    async def attend(self) -> None:
        """Look after the other processes' jobs, until cancelled.

        Raises:
            Superseded: another process has taken over this one's jobs, so that it has to end.
        """
        if self._leases:
            await Peers(self._leases, self._names_running).attend()
        await asyncio.Event().wait()

    async def refuse_foreign_rows(self) -> None:
        """Give up the jobs that somebody else wrote rows of into the engine's tables."""
        await self._foreign_rows.refuse(self.executor_id, self._names_running())

    async def enqueue(
        self,
        connection: Transaction,
        kind: str,
        job_id: str,
        partition: str,
        *,
        engine_id: str = "",
        tier: int = 0,
    ) -> None:
        """Hand a job over, within the transaction that accepts it."""
        client = self._client
        assert client is not None, "the engine was not launched"
        options: EnqueueOptions = {
            "workflow_name": kind,
            "queue_name": self._queue_limits.queue_of(self._steps[kind].queue, engine_id, tier),
            "workflow_id": job_id,
            "queue_partition_key": partition,
            "app_version": VERSION,
        }

        def put(synchronous: Any) -> None:
            client.enqueue_in_transaction(synchronous, options, job_id)

        await connection.run_sync(put)

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

    async def _stop_running(self) -> None:
        """Another process may take these jobs up as soon as they are given back."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=STOP_WITHIN_S)

    async def _register(self, name: str, most: int, of_member: int, poll_s: float) -> None:
        await DBOS.register_queue_async(
            name,
            worker_concurrency=most,
            partition_concurrency=of_member,
            polling_interval_sec=poll_s,
        )

    def _build(self, kind: str, steps: Steps) -> None:
        async def run(job_id: str) -> None:
            self._note_running(job_id)
            await run_job(steps, job_id, self)

        DBOS.workflow(name=kind, max_recovery_attempts=MAX_RECOVERY_ATTEMPTS)(run)

    def _note_running(self, job_id: str) -> None:
        task = asyncio.current_task()
        assert task
        task.set_name(job_id)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def step(
        self,
        name: str,
        work: Callable[P, Coroutine[Any, Any, R]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """What the work gives; a repeat of the workflow is given it without doing it again."""
        self.leave_if_closing()
        return await DBOS.run_step_async({"name": name}, work, *args, **kwargs)

    def leave_if_closing(self) -> None:
        """End the workflow without a result while the process ends: the next launch repeats it.

        What goes wrong during the shutdown is the shutdown's fault, not the job's.
        """
        if self._is_closing:
            raise asyncio.CancelledError

    def _config(self) -> DBOSConfig:
        return {
            "name": APPLICATION,
            "system_database_engine": self._database.blocking_engine,
            "application_version": VERSION,
            "executor_id": self.executor_id,
            "max_executor_threads": THREADS,
            "serializer": json_serializer(),
            "log_level": "WARNING",
        }


def _log_through_ours() -> None:
    # DBOS brings a handler of its own and writes past the program's log.
    logger = logging.getLogger("dbos")
    logger.handlers.clear()
    logger.propagate = True
    logger.setLevel(logging.WARNING)
