"""Jobs that are at work by the database, while their process knows nothing of them: begun again.

The connection broke off while the job was taken out of its queue, or the engine could not write
that it had ended, for want of room for example. Until then it counts among the few that a member
may have at work.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from typing import TYPE_CHECKING, NoReturn

from dbos import DBOS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from dbos import WorkflowStatus

log = logging.getLogger(__name__)

LOOK_EVERY_S = 15
AT_WORK = "PENDING"


class LostJobs:
    """Finds the lost jobs of one process; `running` are those that it really executes."""

    def __init__(self, running: Callable[[], Collection[str]]) -> None:
        self._running = running
        self._were_lost: set[str] = set()

    async def watch(self, executor_id: str) -> NoReturn:
        """Look from time to time, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.put_back(await at_work(executor_id))
            except Exception as error:
                # The database may be away for a moment.
                log.warning("lost jobs were not looked for: %s", type(error).__name__)

    async def put_back(self, own: Iterable[WorkflowStatus]) -> None:
        """Put those back that are lost, of this process's jobs by the database.

        At two looks in a row: a job that was just taken up is begun by then, and what it did when
        it was over already is nothing.
        """
        running = self._running()
        lost = [workflow for workflow in own if workflow.workflow_id not in running]
        again = [workflow for workflow in lost if workflow.workflow_id in self._were_lost]
        self._were_lost = {workflow.workflow_id for workflow in lost}
        if again:
            await put_back(again)
            log.warning("%d jobs were taken up again that had been lost on their way", len(again))


async def at_work(executor_id: str | None = None) -> Sequence[WorkflowStatus]:
    """The jobs at work by the database, of that process or of all."""
    return await DBOS.list_workflows_async(
        status=AT_WORK, executor_id=executor_id, load_input=False, load_output=False
    )


async def put_back(left: Iterable[WorkflowStatus]) -> None:
    """Put jobs back into the queues that they were taken out of."""
    for queue, job_ids in by_queue(left).items():
        await DBOS.resume_workflows_async(job_ids, queue_name=queue)


def by_queue(left: Iterable[WorkflowStatus]) -> dict[str | None, list[str]]:
    """The ids of jobs by their queues."""
    queues: defaultdict[str | None, list[str]] = defaultdict(list)
    for workflow in left:
        queues[workflow.queue_name].append(workflow.workflow_id)
    return queues
