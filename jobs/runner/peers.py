"""The other processes at work: what one of them left is taken over by those that live."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from jobs.runner.lost_jobs import AT_WORK, LostJobs, at_work, by_queue, put_back
from storage.executor_leases import LOST, ExecutorLeases, LeaseTaken

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from dbos import DBOSClient

log = logging.getLogger(__name__)

LOOK_EVERY_S = 4
LOOKS_PER_SWEEP = 2
LOOKS_BEFORE_END = 4
"""Another process may have the lease for a moment only, to see whether anybody is there."""


class Superseded(Exception):
    """Another process has taken this one's place while the database did not hear of it."""


class Peers:
    """Holds this process's lease and sweeps up after processes that lost theirs.

    `running` are the jobs that this process really executes.
    """

    def __init__(self, leases: ExecutorLeases, running: Callable[[], Collection[str]]) -> None:
        self._leases = leases
        self._lost = LostJobs(running)
        self._were_empty: set[str] = set()

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
        found = await at_work()
        await self._lost.put_back(one for one in found if one.executor_id == self._leases.name)
        swept, empty = 0, set[str]()
        for name in {workflow.executor_id for workflow in found if workflow.executor_id}:
            async with self._leases.empty(name) as is_empty:
                if is_empty and name in self._were_empty:
                    left = await at_work(name)
                    await put_back(left)
                    swept += len(left)
                elif is_empty:
                    empty.add(name)
        self._were_empty = empty
        if swept:
            log.warning("%d jobs were taken over from processes that are gone", swept)
        return swept


async def hand_back(client: DBOSClient, executor_id: str) -> None:
    """Put what this process was at back into its queues, for others to take up at once."""
    left = await client.list_workflows_async(
        status=AT_WORK, executor_id=executor_id, load_input=False, load_output=False
    )
    for queue, job_ids in by_queue(left).items():
        await client.resume_workflows_async(job_ids, queue_name=queue)
