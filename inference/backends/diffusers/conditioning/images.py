"""Where a picture starts from: noise, an init image, and what a mask lets change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from diffusers.image_processor import VaeImageProcessor
from PIL import ImageOps

from generation.request import MaskedAreaInit
from inference.backends.diffusers.rows import Blend, Start
from inference.backends.given_pictures import open_picture

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from generation.request import ImageRequest
    from inference.backends.diffusers.model import Model

CHANGES = 0.5
"""From this value on a pixel of the turned mask may change; below it is kept."""


def start(model: Model, request: ImageRequest, generator: Generator) -> Start:
    """Where one sample of a request to a Stable Diffusion or SDXL model starts from.

    What is random is drawn in the order of diffusers' pipelines, so that the same generator gives
    the same picture: the init image's latents, the noise, the masked image's latents.
    """
    image = read_init_image(model, request)
    mask = read_mask(model, request)
    starts_from_noise = image is None or (mask is not None and request.strength >= 1)
    latents = None
    if image is not None and not (starts_from_noise and model.is_inpainting):
        latents = _encode(model, image, generator)
    noise = torch.randn(_latent_shape(model, request), generator=generator, dtype=torch.float32)
    found = Start(
        noise=noise * request.noise_scale,
        latents=None if starts_from_noise else latents,
        strength=1.0 if image is None else request.strength,
    )
    if model.is_inpainting:
        found = replace(found, extra_channels=_extra_channels(model, image, mask, noise, generator))
    elif mask is not None and latents is not None:
        # diffusers encodes the masked image here too, without using it: the draw counts.
        torch.randn(noise.shape, generator=generator, dtype=torch.float32)
        found = replace(found, blend=Blend(latents, _scaled_down(mask, noise)))
    if mask is None or found.latents is None:
        return found
    free = _scaled_down(mask, noise)
    return replace(found, latents=fill_masked_area(request, found.latents, free, generator))


def read_init_image(model: Model, request: ImageRequest) -> Tensor | None:
    """The init image as RGB in -1 … 1 (3, height, width)."""
    if request.init_image is None:
        return None
    picture = open_picture(request.init_image, "RGB", (request.width, request.height))
    processor = VaeImageProcessor(model.vae_scale)
    return processor.preprocess(picture, request.height, request.width)[0]


def read_mask(model: Model, request: ImageRequest) -> Tensor | None:
    """The mask turned to diffusers' polarity: 1 where the picture may change, which is black."""
    if request.mask is None:
        return None
    picture = ImageOps.invert(open_picture(request.mask, "L", (request.width, request.height)))
    processor = VaeImageProcessor(
        model.vae_scale, do_normalize=False, do_binarize=True, do_convert_grayscale=True
    )
    return processor.preprocess(picture, request.height, request.width)[0]


def _latent_shape(model: Model, request: ImageRequest) -> tuple[int, int, int]:
    channels = model.vae.config.latent_channels
    return channels, request.height // model.vae_scale, request.width // model.vae_scale


@torch.no_grad()
def _encode(model: Model, image: Tensor, generator: Generator) -> Tensor:
    """Latents of an image, as the UNet scales them, drawn from what the VAE says of it."""
    vae = model.vae
    # An SDXL VAE overflows in half precision.
    is_lifted = vae.dtype == torch.float16 and vae.config.force_upcast
    if is_lifted:
        vae.to(torch.float32)
    try:
        spread = vae.encode(image[None].to(model.device, vae.dtype)).latent_dist
    finally:
        if is_lifted:
            vae.to(torch.float16)
    return _scaled(vae.config, spread.sample(generator)[0].float().cpu())


def _scaled(config: Any, latents: Tensor) -> Tensor:
    """What a VAE says of a picture, as the UNet knows it."""
    mean, spread = config.get("latents_mean"), config.get("latents_std")
    if mean is None or spread is None:
        return latents * config.scaling_factor
    means, spreads = torch.tensor((mean, spread), dtype=torch.float32)
    return (latents - means[:, None, None]) * config.scaling_factor / spreads[:, None, None]


def _extra_channels(
    model: Model, image: Tensor | None, mask: Tensor | None, noise: Tensor, generator: Generator
) -> Tensor:
    """What a UNet made for masks sees beside the latents; without a mask all of it may change."""
    size = tuple(side * model.vae_scale for side in noise.shape[-2:])
    shown = torch.zeros(3, *size, dtype=torch.float32) if image is None else image
    free = torch.ones(1, *size, dtype=torch.float32) if mask is None else mask
    masked = _encode(model, shown * (free < CHANGES), generator)
    return torch.cat((_scaled_down(free, noise), masked))


def _scaled_down(mask: Tensor, noise: Tensor) -> Tensor:
    return torch.nn.functional.interpolate(mask[None], size=noise.shape[-2:])[0]


def fill_masked_area(
    request: ImageRequest, latents: Tensor, free: Tensor, generator: Generator
) -> Tensor:
    """The latents to start from, where those that may change are what the request says."""
    match request.masked_area_init:
        case MaskedAreaInit.ORIGINAL:
            return latents
        case MaskedAreaInit.ZERO:
            return latents * (1 - free)
        case MaskedAreaInit.RANDOM:
            return (
                latents * (1 - free)
                + torch.randn(latents.shape, generator=generator, dtype=torch.float32) * free
            )
