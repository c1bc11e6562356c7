"""Edits: what such a job makes and shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jobs.kinds.sampling import request_id, shown_pictures
from jobs.orders.edit import EditOrder
from jobs.orders.order import GIVEN, MASK
from jobs.runner.queues import QueueClass

if TYPE_CHECKING:
    from jobs.delivery import Result
    from jobs.kinds.kind import JobRun
    from jobs.kinds.sampling import Sampling


class EditKind:
    """Asks an engine for the edited picture; it is asked and paid like one that draws."""

    order_type = EditOrder
    queue = QueueClass.SAMPLED

    def __init__(self, sampling: Sampling) -> None:
        self._sampling = sampling

    def first_request(self, job_id: str) -> str:
        """The id of its request."""
        return request_id(job_id, 0)

    async def make(self, run: JobRun, order: EditOrder) -> None:
        """Have the picture edited, and keep it."""
        given = await run.find(GIVEN)
        mask = await run.find(MASK) if order.uses_mask else None
        await self._sampling.draw(run, [replace(order.request, init_image=given, mask=mask)])

    async def result(self, run: JobRun, order: EditOrder) -> Result:
        """The edited picture, where it may be shown."""
        return await shown_pictures(run, order.units)
