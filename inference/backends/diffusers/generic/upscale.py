"""Larger pictures by diffusers' upscalers: Stable Diffusion's ×4, and ×2 in its latents.

They sample the larger picture beside the given one, which they read in whole multiples of pixels
only: what is missing of these repeats its edge, and is cut off again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image

from inference.backends.diffusers.conditioning.mixture import NO_TEXT, mix
from inference.backends.diffusers.generic.embeddings import encoder_of, tell_mixture
from inference.backends.diffusers.generic.whole_call import (
    count_steps,
    fresh_pipeline,
    run_in_steps,
)
from inference.backends.diffusers.models.flops import Sizes, row_flops
from inference.backends.diffusers.sampling.decoder import decode
from inference.backends.diffusers.sampling.memory import free_cached, is_out_of_memory, let_go
from inference.upscaling.pictures import given_pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from torch import Tensor

    from inference.backends.diffusers.conditioning.mixture import Mixture
    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.order_ticket import OrderTicket
    from inference.backends.diffusers.sampling.picture import Pixels
    from inference.upscaling.order import UpscaleOrder

_STEP_PX = 64
"""Of the sides that every upscaler reads: latents of 8 pixels, halved three times."""
_TOKENS = 77


def enlarge(ticket: OrderTicket[UpscaleOrder]) -> Generator[None, None, Pixels]:
    """The larger picture of an order, RGB of 8 bits, `factor` times as wide and high.

    It pauses after each step.

    Raises:
        DrawingFailed: the model gives no figures.
        Stopped: nobody waits for it any more.
    """

    def work(pause: Callable[[], None]) -> Pixels:
        def tell(done: int, _: int) -> None:
            ticket.tell(done)
            pause()

        return call_upscaler(ticket.model, ticket.order, tell)

    return run_in_steps(ticket, work)


def row_work(ticket: OrderTicket[UpscaleOrder]) -> float:
    """The FLOPs of a step."""
    model, order = ticket.model, ticket.order
    height, width = (
        _whole(side) * order.factor // model.vae_scale for side in reversed(order.size)
    )
    rows = 2 if _guidance(_mixture(order), order) > 1 else 1
    return rows * row_flops(model, Sizes(height, width, _TOKENS))


def call_upscaler(model: Model, order: UpscaleOrder, tell: Callable[[int, int], None]) -> Pixels:
    """The larger picture by diffusers' own pipeline, with the order's seed.

    Raises:
        DrawingFailed: the model gives no figures.
        Exception: whatever `tell` raises.
    """
    pipeline = fresh_pipeline(model.pipeline, type(model.pipeline))
    count_steps(pipeline, order.steps, tell)
    mixture = _mixture(order)
    guidance = _guidance(mixture, order)
    encode = encoder_of(type(pipeline).__name__)
    assert encode is not None
    latents = pipeline(
        image=_padded(given_pixels(order)),
        num_inference_steps=order.steps,
        guidance_scale=guidance,
        generator=torch.Generator().manual_seed(order.seed),
        output_type="latent",
        **tell_mixture(pipeline, mixture, encode, is_guided=guidance > 1),
    ).images[0]
    width, height = (side * order.factor for side in order.size)
    return _decoded(model, latents)[:height, :width]


def _mixture(order: UpscaleOrder) -> Mixture:
    return mix(order.prompts, reads_emphasis=False)


def _guidance(mixture: Mixture, order: UpscaleOrder) -> float:
    """None where there are no words: both predictions would be the same."""
    is_silent = set(mixture.wanted) == {NO_TEXT} and not mixture.unwanted
    return 1.0 if is_silent else max(order.cfg_scale, 1.0)


def _whole(side: int) -> int:
    return -(-side // _STEP_PX) * _STEP_PX


def _padded(pixels: Pixels) -> Image.Image:
    height, width = pixels.shape[:2]
    missing = ((0, _whole(height) - height), (0, _whole(width) - width), (0, 0))
    return Image.fromarray(np.pad(pixels, missing, mode="edge"))


def _decoded(model: Model, latents: Tensor) -> Pixels:
    """In tiles where there is too little memory for the whole."""
    try:
        return decode(model, latents.float())
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        let_go(error)
    # Outside of the handler, for the error's traceback holds what was allocated.
    free_cached(model.device)
    model.vae.enable_tiling()
    try:
        return decode(model, latents.float())
    finally:
        model.vae.disable_tiling()
