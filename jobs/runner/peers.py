"""The other processes at work: what one of them left is taken over by those that live."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from typing import TYPE_CHECKING

from dbos import DBOS

from storage.executor_leases import LOST, ExecutorLeases, LeaseTaken

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from dbos import DBOSClient, WorkflowStatus

log = logging.getLogger(__name__)

LOOK_EVERY_S = 4
LOOKS_PER_SWEEP = 2
LOOKS_BEFORE_END = 4
"""Another process may have the lease for a moment only, to see whether anybody is there."""

AT_WORK = "PENDING"


class Superseded(Exception):
    """Another process has taken this one's place while the database did not hear of it."""


class Peers:
    """Holds this process's lease and sweeps up after processes that lost theirs.

    `running` are the jobs that this process really executes.
    """

    def __init__(self, leases: ExecutorLeases, running: Callable[[], Collection[str]]) -> None:
        self._leases = leases
        self._running = running
        self._were_empty: set[str] = set()
        self._were_lost: set[str] = set()

    async def attend(self) -> None:
        """Keep the lease and sweep, until cancelled.

        Raises:
            Superseded: another process has the lease, and with it the jobs.
        """
        sweeping: asyncio.Task[None] | None = None
        looks = without_lease = 0
        try:
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                looks += 1
                try:
                    await self._leases.keep()
                except LeaseTaken as error:
                    without_lease += 1
                    if without_lease == LOOKS_BEFORE_END:
                        raise Superseded from error
                    continue
                except LOST as error:
                    log.warning("the database does not answer: %s", type(error).__name__)
                    continue
                without_lease = 0
                if looks >= LOOKS_PER_SWEEP and (sweeping is None or sweeping.done()):
                    # Beside this: the engine waits long after the database was away, and until
                    # then the lease would be free and the others would take over what runs here.
                    looks, sweeping = 0, asyncio.create_task(self._try_to_sweep())
        finally:
            if sweeping is not None:
                sweeping.cancel()
                await asyncio.gather(sweeping, return_exceptions=True)

    async def _try_to_sweep(self) -> None:
        try:
            await self.sweep()
        except LOST as error:
            log.warning("the database does not answer: %s", type(error).__name__)
        except Exception:
            log.exception("the sweep failed")

    async def sweep(self) -> int:
        """Put what dead processes were at back into its queues; how many jobs that were.

        A lease has to be free at two sweeps in a row: a process that lost its connection takes it
        again between them.
        """
        found = await _at_work()
        await self._find_lost(found)
        swept, empty = 0, set[str]()
        for name in {workflow.executor_id for workflow in found if workflow.executor_id}:
            async with self._leases.empty(name) as is_empty:
                if is_empty and name in self._were_empty:
                    left = await _at_work(name)
                    await _put_back(left)
                    swept += len(left)
                elif is_empty:
                    empty.add(name)
        self._were_empty = empty
        if swept:
            log.warning("%d jobs were taken over from processes that are gone", swept)
        return swept

    async def _find_lost(self, found: Iterable[WorkflowStatus]) -> None:
        """Put back what this process took up by the database, but knows nothing of.

        The connection broke off while the database took the job out of its queue. At two sweeps in
        a row: a job that was just taken up is begun by then.
        """
        own = (workflow for workflow in found if workflow.executor_id == self._leases.name)
        lost = {
            workflow.workflow_id: workflow
            for workflow in own
            if workflow.workflow_id not in self._running()
        }
        again = [workflow for job_id, workflow in lost.items() if job_id in self._were_lost]
        self._were_lost = set(lost)
        if again:
            await _put_back(again)
            log.warning("%d jobs were taken up again that had been lost on their way", len(again))


async def hand_back(client: DBOSClient, executor_id: str) -> None:
    """Put what this process was at back into its queues, for others to take up at once."""
    left = await client.list_workflows_async(
        status=AT_WORK, executor_id=executor_id, load_input=False, load_output=False
    )
    for queue, job_ids in _by_queue(left).items():
        await client.resume_workflows_async(job_ids, queue_name=queue)


async def _at_work(executor_id: str | None = None) -> list[WorkflowStatus]:
    return await DBOS.list_workflows_async(
        status=AT_WORK, executor_id=executor_id, load_input=False, load_output=False
    )


async def _put_back(left: Iterable[WorkflowStatus]) -> None:
    for queue, job_ids in _by_queue(left).items():
        await DBOS.resume_workflows_async(job_ids, queue_name=queue)


def _by_queue(left: Iterable[WorkflowStatus]) -> dict[str | None, list[str]]:
    queues: defaultdict[str | None, list[str]] = defaultdict(list)
    for workflow in left:
        queues[workflow.queue_name].append(workflow.workflow_id)
    return queues
