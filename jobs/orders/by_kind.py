"""The order of any job, by its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.orders.blend import BlendOrder
from jobs.orders.edit import EditOrder
from jobs.orders.image import ImageOrder
from jobs.orders.morph import MorphOrder
from jobs.orders.upscale import UpscaleOrder
from jobs.orders.video import VideoOrder

if TYPE_CHECKING:
    from jobs.orders.order import Order
    from storage.jobs.jobs import Job

ORDERS: tuple[type[Order], ...] = (
    ImageOrder,
    VideoOrder,
    MorphOrder,
    UpscaleOrder,
    BlendOrder,
    EditOrder,
)
KINDS = {order_type.kind: order_type for order_type in ORDERS}


def role_of(job: Job) -> str:
    """The role of the pictures that a job draws; empty where it draws none."""
    order_type = KINDS.get(job.kind)
    return order_type.picture_role if order_type else ""


def order_of(job: Job) -> Order:
    """What a job was accepted for.

    Raises:
        TooLate: it was forgotten since.
    """
    return KINDS[job.kind].from_json(job.spec)


def marked_as(job: Job) -> str:
    """The id of the engine that marks of provenance name for what a job made.

    It is its own one, but where a trained model drew what it was made from.
    """
    return job.spec.get("marked_as") or job.engine_id
