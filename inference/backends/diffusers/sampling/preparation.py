"""From what is asked to a picture that can join a batch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from inference.backends.diffusers.conditioning.images import start
from inference.backends.diffusers.models.flops import row_flops
from inference.backends.diffusers.sampling.picture import Bucket, Picture

if TYPE_CHECKING:
    from collections.abc import Collection

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.rows import Conditioning, Start
    from inference.backends.diffusers.sampling.picture import Ticket
    from inference.backends.diffusers.sampling.runtime import Runtime


def prepare(ticket: Ticket, runtime: Runtime, lora_names: Collection[str] = ()) -> Picture:
    """Encode what the request says, and begin its course.

    `lora_names` are those of the LoRAs that pictures under way need.

    Raises:
        BadRequest: the model cannot do what is asked; names the field.
        NoRoomYet: its LoRAs have to wait until others leave.
    """
    model, request = ticket.model, ticket.request
    loras = runtime.loras.take(model, request, lora_names)
    runtime.loras.activate(model, loras)
    generator = torch.Generator().manual_seed(request.seed)
    conditioning = runtime.condition(ticket, loras)
    beginning = _placed(start(model, request, generator), model.device)
    course = runtime.courses.open(ticket.sampler, request.steps, beginning.strength, request.seed)
    bucket = replace(_bucket(model, conditioning, beginning), loras=loras)
    x = course.begin(beginning.noise, beginning.latents)
    return Picture(
        ticket,
        conditioning,
        beginning,
        course,
        generator,
        bucket,
        work=len(conditioning.rows) * row_flops(model, bucket.sizes, bucket.controls),
        x=x,
        memory=torch.zeros_like(x),
    )


def _bucket(model: Model, conditioning: Conditioning, beginning: Start) -> Bucket:
    channels, height, width = beginning.noise.shape
    extra = beginning.extra_channels
    return Bucket(
        id(model),
        channels,
        height,
        width,
        tokens=len(conditioning.rows[0].embeds),
        extra_channels=0 if extra is None else len(extra),
        controls=tuple(hint.kind for hint in conditioning.controls),
    )


def _placed(beginning: Start, device: torch.device) -> Start:
    def moved(tensor: torch.Tensor | None) -> torch.Tensor | None:
        return None if tensor is None else tensor.to(device)

    blend = beginning.blend
    if blend is not None:
        blend = replace(blend, latents=moved(blend.latents), mask=moved(blend.mask))
    return replace(
        beginning,
        noise=moved(beginning.noise),
        latents=moved(beginning.latents),
        blend=blend,
        extra_channels=moved(beginning.extra_channels),
    )
