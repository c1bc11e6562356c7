"""What a request is read into, by the kind of its engine, and how the pictures of it are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from generation.codec import decode_request
from generation.request import ImageRequest
from generation.upscaling import decode_upscale, upscaled_size
from inference.depth.order import DepthOrder
from inference.upscaling.order import UpscaleOrder

if TYPE_CHECKING:
    from generation.wire import generation_pb2 as pb
    from inference.backends.backend import Backend, DrawContext
    from inference.input_images import PictureChecks
    from inference.registry import ServedEngine

DrawingOrder: TypeAlias = ImageRequest | UpscaleOrder
"""Pictures to draw, or one to make larger."""

Order: TypeAlias = DrawingOrder | DepthOrder
"""What a backend works on: pictures to make, or one whose depth is asked for."""


async def read_order(
    request: pb.Request, served: ServedEngine, pictures: PictureChecks
) -> DrawingOrder:
    """The request to that engine, with its pictures decoded wholly.

    Raises:
        BadRequest: names the field and what would be right.
        Busy: others' pictures are being read.
    """
    if served.upscales:
        return await _read_upscale(request, served, pictures)
    order = decode_request(request, served.engine)
    await pictures.check_request(order)
    return order


async def _read_upscale(
    request: pb.Request, served: ServedEngine, pictures: PictureChecks
) -> UpscaleOrder:
    engine, asked = served.engine, decode_upscale(request, served.engine)
    size = await pictures.check(asked.image, "image")
    width, height = upscaled_size(engine, size, asked.width, asked.height)
    return UpscaleOrder(
        engine_id=engine.id,
        image=asked.image,
        size=size,
        factor=engine.factor,
        width=width,
        height=height,
        seed=asked.seed,
        prompts=asked.prompts,
        steps=asked.steps,
        cfg_scale=asked.cfg_scale,
        unfiltered=asked.unfiltered,
    )


def make(backend: Backend, order: DrawingOrder, index: int, context: DrawContext) -> bytes:
    """The picture of that index, as PNG; as the backend's own methods."""
    if isinstance(order, UpscaleOrder):
        return backend.upscale(order, context)
    return backend.draw(order, order.seeds[index], context)
