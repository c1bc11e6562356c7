"""One picture by a pipeline's own call, step by step, in turn with the pictures of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import ImageOps

from inference.backends.diffusers.generic.contract import contracts_of
from inference.backends.diffusers.generic.previews import Estimate
from inference.backends.diffusers.generic.prompts import tell_words
from inference.backends.diffusers.generic.refusals import check, side_step
from inference.backends.diffusers.generic.whole_call import (
    count_steps,
    fresh_pipeline,
    run_in_steps,
)
from inference.backends.diffusers.sampling.picture import StepDone, preview_steps
from inference.backends.failure import DrawingFailed
from inference.backends.given_pictures import open_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from generation.request import ImageRequest
    from inference.backends.diffusers.generic.contract import Contract
    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.picture import Pixels, Ticket
    from inference.backends.diffusers.sampling.runtime import Runtime

    Tell = Callable[[int, int, Estimate], None]

_TEXT_TOKENS = 512


def row_work(model: Model, request: ImageRequest) -> float:
    """About the FLOPs of a step: two for each parameter and token, for every prediction."""
    contract = check(model.pipeline, contracts_of(model.pipeline), request)
    tokens = request.width * request.height / side_step(model.pipeline) ** 2 + _TEXT_TOKENS
    parameters = sum(parameter.numel() for parameter in model.unet.parameters())
    return 2.0 * parameters * tokens * (2 if contract.guides(request.cfg_scale) else 1)


def draw(ticket: Ticket, runtime: Runtime) -> Generator[None, None, Pixels]:
    """The picture of a ticket, RGB of 8 bits (height, width, 3); pauses after each step.

    Raises:
        BadRequest: the pipeline cannot do what is asked.
        DrawingFailed: the model gives no figures.
        Stopped: nobody waits for it any more.
    """
    model = ticket.model
    due = preview_steps(ticket.context, ticket.request.steps)

    def report(done: int, steps: int, estimate: Estimate) -> None:
        if ticket.context.report is not None:
            is_due = bool(due) and due[0] <= done < steps
            preview = estimate.paint(runtime, model) if is_due else None
            if is_due:
                due.pop(0)
            ticket.events.put(StepDone(done, steps, preview))

    def work(pause: Callable[[], None]) -> Pixels:
        def tell(done: int, steps: int, estimate: Estimate) -> None:
            report(done, steps, estimate)
            pause()

        return call_pipeline(model, ticket.request, tell)

    return run_in_steps(ticket, work)


def call_pipeline(model: Model, request: ImageRequest, tell: Tell) -> Pixels:
    """The picture of a request by diffusers' own pipeline, with its own seed.

    `tell` is told of each step: its number, of how many, and where the picture stands.

    Raises:
        BadRequest: the pipeline cannot do what is asked.
        DrawingFailed: the model gives no figures.
        Exception: whatever `tell` raises.
    """
    own = model.pipeline
    contract = check(own, contracts_of(own), request)
    pipeline = fresh_pipeline(own, contract.kind)
    estimate = Estimate(pipeline, request)
    count_steps(pipeline, request.steps, lambda done, steps: tell(done, steps, estimate))
    told = {
        "num_inference_steps": request.steps,
        "generator": torch.Generator().manual_seed(request.seed),
        "output_type": "np",
        **contract.scale(request.cfg_scale),
        **tell_words(pipeline, contract, request),
        **_tell_pictures(contract, request),
        **_tell_size(contract, request),
    }
    if "callback_on_step_end" in contract.takes:
        told["callback_on_step_end"] = estimate.note
    return _to_pixels(model, request, estimate, pipeline(**told))


def _tell_size(contract: Contract, request: ImageRequest) -> dict[str, Any]:
    told = {
        "width": request.width,
        "height": request.height,
        # Kontext and PixArt would choose a size of their own, and PixArt rewrites captions.
        "max_area": request.width * request.height,
        "_auto_resize": False,
        "use_resolution_binning": False,
        "clean_caption": False,
    }
    return {name: value for name, value in told.items() if name in contract.takes}


def _tell_pictures(contract: Contract, request: ImageRequest) -> dict[str, Any]:
    if request.init_image is None:
        return {}
    size = (request.width, request.height)
    told: dict[str, Any] = {"image": open_picture(request.init_image, "RGB", size)}
    if "strength" in contract.takes:
        told["strength"] = request.strength
    if request.mask is not None:
        # Black may change here, and there white.
        told["mask_image"] = ImageOps.invert(open_picture(request.mask, "L", size))
    return told


def _to_pixels(model: Model, request: ImageRequest, estimate: Estimate, result: Any) -> Pixels:
    found = getattr(result, "images", None)
    values = np.asarray(result.image if found is None else found, dtype=np.float32)[0]
    if not (estimate.is_finite and np.isfinite(values).all()):
        raise DrawingFailed(
            f"{model.id} came to numbers that are no picture;"
            " another seed, fewer steps or a lower guidance may help"
        )
    if not values.any():
        raise DrawingFailed(f"{model.id} drew nothing but black; another seed may help")
    pixels = (values * 255).round().astype(np.uint8)
    if pixels.shape != (request.height, request.width, 3):
        height, width = pixels.shape[:2]
        wanted = f"{request.width}×{request.height}"
        raise DrawingFailed(f"{model.id} drew {width}×{height} where {wanted} was asked for")
    return pixels
