"""Stable Video Diffusion: a film from a picture alone.

The steps are those of diffusers' StableVideoDiffusionPipeline (0.42.1), whose own helpers prepare
what the UNet is told. Guidance grows from 1 at the first frame to `cfg_scale` at the last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from inference.backends.diffusers.sampling.memory import free_cached, is_out_of_memory, let_go
from inference.backends.diffusers.videos.frames import (
    check_latents,
    fresh_scheduler,
    read_start,
    to_pixels,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from torch import Tensor

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.order_ticket import OrderTicket
    from inference.backends.diffusers.sampling.picture import Pixels
    from inference.video.order import VideoOrder

    FilmTicket = OrderTicket[VideoOrder]

NOISE_AUGMENTATION = 0.02
"""How much noise the picture gets before it is encoded, as the model was trained."""

DECODED_AT_ONCE = 8
"""Frames; more of them flicker less, and take more memory."""
_FEWEST_DECODED = 1


class SvdCondition:
    """What the UNet is told at every step: a row without guidance and one with the picture."""

    def __init__(self, model: Model, ticket: FilmTicket, generator: torch.Generator) -> None:
        pipeline, order, device = model.pipeline, ticket.order, model.device
        is_guided = order.cfg_scale > 1
        self.rows = 2 if is_guided else 1
        picture = read_start(order)
        with ticket.interrupting(pipeline.image_encoder, pipeline.vae):
            self.embeds = pipeline._encode_image(picture, device, 1, is_guided)
            pixels = pipeline.video_processor.preprocess(
                picture, height=order.height, width=order.width
            )
            noise = torch.randn(pixels.shape, generator=generator, dtype=torch.float32)
            latents = pipeline._encode_vae_image(
                pixels + NOISE_AUGMENTATION * noise, device, 1, is_guided
            )
        # (rows, frames, channels, height, width)
        self.latents = latents.to(model.dtype).unsqueeze(1).repeat(1, order.frames, 1, 1, 1)
        # It was trained with one frame a second fewer than are shown.
        self.times = pipeline._get_add_time_ids(
            order.frames_per_s - 1,
            order.motion_bucket_id,
            NOISE_AUGMENTATION,
            model.dtype,
            1,
            1,
            is_guided,
        ).to(device)
        scales = torch.linspace(
            1.0, max(order.cfg_scale, 1.0), order.frames, dtype=torch.float32, device=device
        )
        self.scales = scales.reshape(1, -1, 1, 1, 1)


@torch.no_grad()
def shoot(model: Model, ticket: FilmTicket) -> Generator[None, None, Pixels]:
    """The frames of a film, RGB of 8 bits (frames, height, width, 3); pauses after each step.

    Raises:
        DrawingFailed: the model gives no figures.
        Stopped: nobody waits for it any more.
    """
    order = ticket.order
    generator = torch.Generator().manual_seed(order.seed)
    condition = SvdCondition(model, ticket, generator)
    scheduler = fresh_scheduler(model)
    scheduler.set_timesteps(order.steps, device=model.device)
    frames, *sides = latent_shape(model, ticket)
    shape = (1, frames, model.vae.config.latent_channels, *sides)
    noise = torch.randn(shape, generator=generator, dtype=torch.float32)
    latents = noise.to(model.device) * scheduler.init_noise_sigma
    yield
    for number, time in enumerate(scheduler.timesteps, start=1):
        predicted = _predict(model, ticket, condition, scheduler, latents, time)
        latents = scheduler.step(predicted, time, latents).prev_sample
        ticket.tell(number)
        yield
    check_latents(model, latents)
    return (yield from _decode(model, ticket, latents[0]))


def latent_shape(model: Model, ticket: FilmTicket) -> tuple[int, int, int]:
    """Frames, height and width in latents."""
    order, side = ticket.order, model.vae_scale
    return order.frames, order.height // side, order.width // side


def denoiser_inputs(
    model: Model, frames: int, height: int, width: int
) -> dict[str, tuple[int, ...]]:
    """The shapes of what the UNet is called with for one row; the sides in latents."""
    config = model.unet.config
    return {
        "sample": (1, frames, config.in_channels, height, width),
        "timestep": (1,),
        "encoder_hidden_states": (1, 1, config.cross_attention_dim),
        "added_time_ids": (1, 3),
    }


def _predict(
    model: Model,
    ticket: FilmTicket,
    condition: SvdCondition,
    scheduler: Any,
    latents: Tensor,
    time: Tensor,
) -> Tensor:
    """The guided prediction for the latents (1, frames, channels, height, width)."""
    seen = scheduler.scale_model_input(torch.cat([latents] * condition.rows), time)
    with ticket.interrupting(model.unet):
        output = model.unet(
            torch.cat((seen.to(model.dtype), condition.latents), dim=2),
            time,
            encoder_hidden_states=condition.embeds,
            added_time_ids=condition.times,
            return_dict=False,
        )[0].float()
    if condition.rows == 1:
        return output
    without, towards = output.chunk(2)
    return without + condition.scales * (towards - without)


def _decode(model: Model, ticket: FilmTicket, latents: Tensor) -> Generator[None, None, Pixels]:
    """A few frames at once, and others have a turn in between; fewer where memory is short."""
    count, start, parts = DECODED_AT_ONCE, 0, list[Any]()
    while start < len(latents):
        is_short = False
        try:
            parts.append(_decoded(model, ticket, latents[start : start + count]))
        except Exception as error:
            if not is_out_of_memory(error) or count == _FEWEST_DECODED:
                raise
            let_go(error)
            count, is_short = _FEWEST_DECODED, True
        if is_short:
            # Outside of the handler, for the error's traceback holds what was allocated.
            free_cached(model.device)
            continue
        start += len(parts[-1])
        yield
    return np.concatenate(parts)


def _decoded(model: Model, ticket: FilmTicket, latents: Tensor) -> Pixels:
    vae = model.vae
    scaled = (latents / vae.config.scaling_factor).to(vae.dtype)
    with ticket.interrupting(vae):
        return to_pixels(model, vae.decode(scaled, num_frames=len(scaled)).sample)
