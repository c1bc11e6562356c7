"""Asks an engine of the catalogue how far away things are in given pictures."""

from __future__ import annotations

from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from generation.errors import BadRequest
from inference.depth.order import DepthOrder
from inference.lanes import Drawn
from inference.services.call_record import CallRecord
from inference.transforms.work import MAX_PIXELS, DepthMap

if TYPE_CHECKING:
    from datetime import timedelta

    from inference.backends.backend import DrawContext
    from inference.lanes import Terms
    from inference.metrics.measurements import Measurements
    from inference.registry import EngineRegistry, ServedEngine
    from inference.scheduler import Scheduler

NO_DEPTH = "this server has no model of depth; use a transform that needs none"
MAX_RATIO = 8
"""How many times as long one side may be as the other: models read pictures near to squares."""


class Caller(NamedTuple):
    """Who asks, and what was said about the whole call."""

    client: str
    request_id: str
    terms: Terms


class DepthService:
    """Has the first engine of the catalogue that estimates depth look at pictures, in its queue."""

    def __init__(
        self,
        registry: EngineRegistry,
        scheduler: Scheduler,
        heartbeat: timedelta,
        measurements: Measurements,
    ) -> None:
        self._registry = registry
        self._scheduler = scheduler
        self._heartbeat = heartbeat
        self._measurements = measurements

    async def estimate(self, image: bytes, caller: Caller) -> DepthMap:
        """How near each pixel of a picture is, larger is nearer; only proportions mean anything.

        Raises:
            BadRequest: there is no such engine, or it cannot read the picture.
            Busy: too many calls wait already.
            DrawingFailed: it did not come about.
            Stopped: nobody waits for it any more, or the server is being stopped.
        """
        served = next(iter(self._registry.estimating), None)
        if served is None:
            raise BadRequest("depth_calc", NO_DEPTH)
        size = await self._scheduler.pictures.check(image, "image")
        _check_size(*size)
        width, height = size
        order = DepthOrder(engine_id=served.engine.id, image=image, width=width, height=height)
        return DepthMap(size, await self._estimated(served, order, caller))

    async def _estimated(self, served: ServedEngine, order: DepthOrder, caller: Caller) -> bytes:
        drawing = self._scheduler.draw(
            caller.client,
            order.samples,
            partial(_estimate, served, order),
            self._heartbeat,
            served.backend,
            caller.terms,
        )
        record = CallRecord(self._measurements, served.engine.id, caller.request_id, order)
        async with aclosing(record.following(drawing)) as results:
            [made] = [result.data async for result in results if isinstance(result, Drawn)]
        return made


def _estimate(served: ServedEngine, order: DepthOrder, _index: int, context: DrawContext) -> bytes:
    return served.backend.estimate_depth(order, context)


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        reason = f"{width}×{height} has more than {MAX_PIXELS:,} pixels"
        raise BadRequest("image", f"{reason}; send a smaller one")
    if max(width, height) > MAX_RATIO * min(width, height):
        reason = f"of {width}×{height} one side is more than {MAX_RATIO} times the other"
        raise BadRequest("image", f"{reason}; send one nearer to a square")
