"""Wan 2.2 TI2V: a film from a picture and words.

The steps are those of diffusers' WanImageToVideoPipeline (0.42.1) for models that expand their
timesteps: the first latent frame is the picture's, at time 0, and the others are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import torch

from inference.backends.diffusers.sampling.memory import free_cached, is_out_of_memory
from inference.backends.diffusers.videos.frames import (
    check_latents,
    fresh_scheduler,
    read_start,
    to_pixels,
)
from inference.backends.failure import DrawingFailed

if TYPE_CHECKING:
    from collections.abc import Generator

    from torch import Tensor

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.order_ticket import OrderTicket
    from inference.backends.diffusers.sampling.picture import Pixels
    from inference.video.order import VideoOrder

    FilmTicket = OrderTicket[VideoOrder]

MAX_TOKENS = 512
"""Of a prompt, as the model was trained."""


@dataclass(frozen=True, slots=True, eq=False)
class _Condition:
    """What the transformer is told: the texts and the latents of the picture."""

    wanted: Tensor
    """Text embeddings (1, tokens, width)."""
    unwanted: Tensor | None
    """Of the negative prompt; None without guidance."""
    picture: Tensor
    """Latents (1, channels, 1, height, width)."""
    is_drawn: Tensor
    """0 at the first latent frame, 1 at the others (1, 1, frames, 1, 1)."""

    def joined(self, latents: Tensor) -> Tensor:
        """The latents with the picture as their first frame."""
        return torch.where(self.is_drawn, latents, self.picture)


@torch.no_grad()
def shoot(model: Model, ticket: FilmTicket) -> Generator[None, None, Pixels]:
    """The frames of a film, RGB of 8 bits (frames, height, width, 3); pauses after each step.

    Raises:
        DrawingFailed: the prompt is too long, or the model gives no figures.
        Stopped: nobody waits for it any more.
    """
    order = ticket.order
    generator = torch.Generator().manual_seed(order.seed)
    condition = _condition(model, ticket)
    yield
    scheduler = fresh_scheduler(model)
    scheduler.set_timesteps(order.steps, device=model.device)
    shape = (1, model.vae.config.z_dim, *latent_shape(model, ticket))
    latents = torch.randn(shape, generator=generator, dtype=torch.float32).to(model.device)
    for number, time in enumerate(scheduler.timesteps, start=1):
        predicted = yield from _predict(model, ticket, condition, latents, time)
        latents = scheduler.step(predicted, time, latents, return_dict=False)[0]
        ticket.tell(number)
        yield
    latents = condition.joined(latents)
    check_latents(model, latents)
    return _decode(model, ticket, latents)


def latent_shape(model: Model, ticket: FilmTicket) -> tuple[int, int, int]:
    """Frames, height and width in latents."""
    order, config = ticket.order, model.vae.config
    frames = (order.frames - 1) // config.scale_factor_temporal + 1
    side = config.scale_factor_spatial
    return frames, order.height // side, order.width // side


def denoiser_inputs(
    model: Model, frames: int, height: int, width: int
) -> dict[str, tuple[int, ...]]:
    """The shapes of what the transformer is called with for one row; all sides in latents."""
    config = model.unet.config
    patches = frames * height * width // prod(config.patch_size)
    return {
        "hidden_states": (1, config.in_channels, frames, height, width),
        "timestep": (1, patches),
        "encoder_hidden_states": (1, MAX_TOKENS, config.text_dim),
    }


def _condition(model: Model, ticket: FilmTicket) -> _Condition:
    order = ticket.order
    unwanted = _embed(model, ticket, order.negative_prompt) if order.cfg_scale > 1 else None
    frames = latent_shape(model, ticket)[0]
    is_drawn = torch.arange(frames, device=model.device).reshape(1, 1, -1, 1, 1) > 0
    return _Condition(
        _embed(model, ticket, order.prompt), unwanted, _encode(model, ticket), is_drawn
    )


def read_words(text: str) -> str:
    """The words of a text as the model was trained to see them."""
    return " ".join(text.split())


def _embed(model: Model, ticket: FilmTicket, text: str) -> Tensor:
    """The text's embeddings, with zeros after its last token."""
    pipeline = model.pipeline
    read = pipeline.tokenizer(
        read_words(text), padding="max_length", max_length=MAX_TOKENS, return_tensors="pt"
    )
    ids, mask = (read[name].to(model.device) for name in ("input_ids", "attention_mask"))
    if ids.shape[1] > MAX_TOKENS:
        raise DrawingFailed(
            f"the prompt has {ids.shape[1]} tokens, and {model.id} reads {MAX_TOKENS};"
            " a shorter one works"
        )
    with ticket.interrupting(pipeline.text_encoder):
        embeds = pipeline.text_encoder(ids, mask).last_hidden_state
    return (embeds * mask.unsqueeze(-1)).to(model.dtype)


def _encode(model: Model, ticket: FilmTicket) -> Tensor:
    order, vae = ticket.order, model.vae
    pixels = model.pipeline.video_processor.preprocess(
        read_start(order), height=order.height, width=order.width
    )
    with ticket.interrupting(vae):
        found = vae.encode(pixels.unsqueeze(2).to(model.device, vae.dtype)).latent_dist.mode()
    mean, spread = _statistics(model)
    return (found.float() - mean) / spread


def _statistics(model: Model) -> tuple[Tensor, Tensor]:
    """Mean and spread of the latents as the VAE gives them (1, channels, 1, 1, 1)."""
    config = model.vae.config
    mean, spread = (
        torch.tensor(values, dtype=torch.float32, device=model.device).reshape(1, -1, 1, 1, 1)
        for values in (config.latents_mean, config.latents_std)
    )
    return mean, spread


def _predict(
    model: Model, ticket: FilmTicket, condition: _Condition, latents: Tensor, time: Tensor
) -> Generator[None, None, Tensor]:
    """The guided prediction; others have a turn between its two calls."""
    seen = condition.joined(latents).to(model.dtype)
    across = model.unet.config.patch_size
    places = condition.is_drawn.expand(1, 1, *latents.shape[2:])[0, 0]
    times = (places[:: across[0], :: across[1], :: across[2]] * time).reshape(1, -1)

    def call(embeds: Tensor) -> Tensor:
        with ticket.interrupting(model.unet):
            return model.unet(
                hidden_states=seen, timestep=times, encoder_hidden_states=embeds, return_dict=False
            )[0].float()

    towards = call(condition.wanted)
    if condition.unwanted is None:
        return towards
    yield
    without = call(condition.unwanted)
    return without + ticket.order.cfg_scale * (towards - without)


def _decode(model: Model, ticket: FilmTicket, latents: Tensor) -> Pixels:
    """All frames; in tiles where there is too little memory for whole ones."""
    vae = model.vae
    mean, spread = _statistics(model)
    scaled = (latents * spread + mean).to(vae.dtype)
    try:
        return _decoded(model, ticket, scaled)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
    # Outside of the handler, for the error's traceback holds what was allocated.
    free_cached(model.device)
    vae.enable_tiling()
    try:
        return _decoded(model, ticket, scaled)
    finally:
        vae.disable_tiling()


def _decoded(model: Model, ticket: FilmTicket, latents: Tensor) -> Pixels:
    try:
        with ticket.interrupting(model.vae):
            frames = model.vae.decode(latents, return_dict=False)[0][0]
        return to_pixels(model, frames.transpose(0, 1))
    finally:
        # It keeps what it needs of the frames before, also of a film that was stopped.
        model.vae.clear_cache()
