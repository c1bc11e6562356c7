"""The depth of one picture, as a job of the device's thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inference.backends.failure import DrawingFailed
from inference.backends.given_pictures import open_picture

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray
    from torch import Tensor

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.order_ticket import OrderTicket
    from inference.depth.order import DepthOrder

_NEAREST_M = 1e-3
"""What a metric model says is nearer counts as this near."""


def estimate(ticket: OrderTicket[DepthOrder]) -> Generator[None, None, NDArray[np.float32]]:
    """How near each pixel is, height × width, larger is nearer; only proportions mean anything.

    Raises:
        DrawingFailed: the model gives no figures.
        Stopped: nobody waits for it any more.
    """
    model, order = ticket.model, ticket.order
    pipeline = model.pipeline
    picture = open_picture(order.image, "RGB", (order.width, order.height))
    read = pipeline.processor(images=picture, return_tensors="pt")["pixel_values"]
    yield
    with ticket.interrupting(pipeline.network):
        output = pipeline.network(pixel_values=read.to(model.device, model.dtype))
    output.predicted_depth = _nearness(model, output.predicted_depth.float())
    # In 32 bits: the resampling overshoots at edges, and those of 16 bits would show.
    (found,) = pipeline.processor.post_process_depth_estimation(
        output, [(order.height, order.width)]
    )
    ticket.tell(1)
    return found["predicted_depth"].cpu().numpy().astype(np.float32)


def _nearness(model: Model, depth: Tensor) -> Tensor:
    """Inverse distances, as models of relative depth give them anyway."""
    if not bool(depth.isfinite().all()):
        raise DrawingFailed(f"{model.id} gives values that are no depth")
    return 1 / depth.clamp(min=_NEAREST_M) if model.pipeline.is_metric else depth
