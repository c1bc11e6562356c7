"""A picture of a result that others are drawn from, and whose mark they bear then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commands.kinds.marks import mark_of

if TYPE_CHECKING:
    from commands.kinds.view import OfferedEngines
    from jobs.orders.image import ImageOrder
    from storage.jobs.jobs import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPicture:
    """Which picture of which job is started from; its size in pixels."""

    job_id: str
    position: int
    width: int
    height: int


def with_mark(
    order: ImageOrder,
    engines: OfferedEngines,
    *,
    drew: Job | None = None,
    uploads_of: ImageOrder | None = None,
) -> ImageOrder:
    """The order with the mark of a trained model that had a part in what it starts from.

    That is a picture that the job `drew`, or the one that the order `uploads_of` started from. An
    engine with a model has its own mark.
    """
    engine = engines.catalogue.get(order.engine_id)
    mark = ""
    if drew is not None:
        mark = mark_of(engine, drew, engines)
    elif uploads_of is not None and order.uses_init and not engine.has_model:
        mark = uploads_of.marked_as
    return replace(order, marked_as="" if mark == engine.id else mark)
