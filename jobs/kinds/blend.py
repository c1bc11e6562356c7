"""Blends: what such a job makes and shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jobs.kinds.sampling import request_id, shown_pictures
from jobs.orders.blend import BLENDED, BlendOrder
from jobs.runner.queues import QueueClass

if TYPE_CHECKING:
    from jobs.delivery import Result
    from jobs.kinds.kind import JobRun
    from jobs.kinds.sampling import Sampling


class BlendKind:
    """Asks an engine for pictures that are drawn from several others."""

    order_type = BlendOrder
    queue = QueueClass.SAMPLED

    def __init__(self, sampling: Sampling) -> None:
        self._sampling = sampling

    def first_request(self, job_id: str) -> str:
        """The id of the first of its requests."""
        return request_id(job_id, 0)

    async def make(self, run: JobRun, order: BlendOrder) -> None:
        """Draw and keep the pictures."""
        blend = tuple(
            [
                replace(picture, image=await run.find(BLENDED, position))
                for position, picture in enumerate(order.blended)
            ]
        )
        requests = [replace(request, blend=blend) for request in order.requests]
        await self._sampling.draw(run, requests)

    async def result(self, run: JobRun, order: BlendOrder) -> Result:
        """The pictures that may be shown."""
        return await shown_pictures(run, order.pictures)
