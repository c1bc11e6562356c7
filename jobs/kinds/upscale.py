"""Upscales: what such a job makes and shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jobs.kinds.sampling import request_id, shown_pictures
from jobs.orders.order import GIVEN
from jobs.orders.upscale import UpscaleOrder
from jobs.runner.queues import QueueClass

if TYPE_CHECKING:
    from jobs.delivery import Result
    from jobs.kinds.kind import JobRun
    from jobs.kinds.sampling import Sampling


class UpscaleKind:
    """Asks an engine for a larger picture; it is asked and paid like one that draws."""

    order_type = UpscaleOrder
    queue = QueueClass.SAMPLED

    def __init__(self, sampling: Sampling) -> None:
        self._sampling = sampling

    def first_request(self, job_id: str) -> str:
        """The id of its request."""
        return request_id(job_id, 0)

    async def make(self, run: JobRun, order: UpscaleOrder) -> None:
        """Have the picture made larger, and keep it."""
        given = await run.find(GIVEN)
        await self._sampling.draw(run, [replace(order.request, init_image=given)])

    async def result(self, run: JobRun, order: UpscaleOrder) -> Result:
        """The larger picture, where it may be shown."""
        return await shown_pictures(run, order.units)
