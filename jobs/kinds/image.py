"""Pictures: what an image job makes and shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jobs.kinds.sampling import request_id, shown_pictures
from jobs.orders.image import ImageOrder
from jobs.runner.queues import QueueClass

if TYPE_CHECKING:
    from generation.request import ImageRequest
    from jobs.delivery import Result
    from jobs.kinds.kind import JobRun
    from jobs.kinds.sampling import Sampling


class ImageKind:
    """Asks an engine for pictures."""

    order_type = ImageOrder
    queue = QueueClass.SAMPLED

    def __init__(self, sampling: Sampling) -> None:
        self._sampling = sampling

    def first_request(self, job_id: str) -> str:
        """The id of the first of its requests."""
        return request_id(job_id, 0)

    async def make(self, run: JobRun, order: ImageOrder) -> None:
        """Draw and keep the pictures."""
        await self._sampling.draw(run, await _with_uploads(run, order))

    async def result(self, run: JobRun, order: ImageOrder) -> Result:
        """The pictures that may be shown."""
        return await shown_pictures(run, order.pictures)


async def _with_uploads(run: JobRun, order: ImageOrder) -> list[ImageRequest]:
    init = await run.find("init") if order.uses_init else None
    mask = await run.find("mask") if order.uses_mask else None
    control = await run.find("control") if order.uses_control else b""
    return [
        replace(
            request,
            init_image=init,
            mask=mask,
            controls=tuple(replace(one, image=control) for one in request.controls),
        )
        for request in order.requests
    ]
