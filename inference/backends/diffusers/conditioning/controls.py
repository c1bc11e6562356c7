"""Control pictures as hints for a model's ControlNets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffusers.image_processor import VaeImageProcessor

from generation.errors import BadRequest
from inference.backends.diffusers.conditioning.edges import edges_of, is_edge_map
from inference.backends.diffusers.rows import ControlHint
from inference.backends.given_pictures import open_picture

if TYPE_CHECKING:
    from generation.request import ImageRequest
    from inference.backends.diffusers.model import Model

CANNY = "canny"
"""The kind of control pictures that can be made of any picture, without a model."""


def read_controls(model: Model, request: ImageRequest) -> tuple[ControlHint, ...]:
    """The hints of a request in its own size; those of no strength are left out.

    Of a picture of the kind canny that is no edge map yet, the edges are found first.

    Raises:
        BadRequest: the model has no ControlNet of that kind.
    """
    processor = VaeImageProcessor(model.vae_scale, do_convert_rgb=True, do_normalize=False)
    hints: list[ControlHint] = []
    for control in request.controls:
        if control.kind not in model.controls:
            reason = f"{request.engine_id} has no control of the kind {control.kind[:40]}"
            raise BadRequest("control", reason)
        picture = open_picture(control.image, "RGB", (request.width, request.height))
        if control.kind == CANNY and not is_edge_map(picture):
            picture = edges_of(picture)
        image = processor.preprocess(picture, request.height, request.width)[0]
        if control.strength:
            hints.append(ControlHint(control.kind, image, control.strength))
    return tuple(hints)
