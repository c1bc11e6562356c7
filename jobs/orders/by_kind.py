"""The order of any job, by its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.orders.morph import MorphOrder
from jobs.orders.order import ImageOrder
from jobs.orders.video import VideoOrder

if TYPE_CHECKING:
    from jobs.orders.order import Order
    from storage.jobs.jobs import Job

KINDS: dict[str, type[ImageOrder] | type[VideoOrder] | type[MorphOrder]] = {
    one.kind: one for one in (ImageOrder, VideoOrder, MorphOrder)
}


def order_of(job: Job) -> Order:
    """What a job was accepted for.

    Raises:
        TooLate: it was forgotten since.
    """
    return KINDS[job.kind].from_json(job.spec)
