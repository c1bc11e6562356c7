"""From latents to pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from inference.backends.failure import DrawingFailed

if TYPE_CHECKING:
    from torch import Tensor

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.picture import Pixels


@torch.inference_mode()
def decode(model: Model, latents: Tensor) -> Pixels:
    """RGB of 8 bits (height, width, 3) of one picture's latents (channels, height, width).

    Each picture is decoded by itself, so that its bytes do not depend on the others.

    Raises:
        DrawingFailed: there are infinities or no numbers in it, which would be a black picture.
    """
    if not bool(torch.isfinite(latents).all()):
        raise DrawingFailed(
            f"{model.id} came to numbers that are no picture;"
            " another seed, fewer steps or a lower guidance may help"
        )
    pixels = _decoded(model, _unscaled(model, latents))
    if not bool(torch.isfinite(pixels).all()):
        raise DrawingFailed(f"{model.id} could not decode the picture; another seed may help")
    # As VaeImageProcessor does it.
    scaled = (pixels * 0.5 + 0.5).clamp(0.0, 1.0).permute(1, 2, 0)
    return (scaled * 255.0).round().to(torch.uint8).cpu().numpy()


def _unscaled(model: Model, latents: Tensor) -> Tensor:
    config = model.vae.config
    mean, spread = config.get("latents_mean"), config.get("latents_std")
    if mean is None or spread is None:
        return latents / config.scaling_factor
    means, spreads = torch.tensor((mean, spread), dtype=torch.float32, device=latents.device)
    return latents * spreads[:, None, None] / config.scaling_factor + means[:, None, None]


def _decoded(model: Model, latents: Tensor) -> Tensor:
    vae = model.vae
    # An SDXL VAE overflows in half precision.
    is_lifted = vae.dtype == torch.float16 and vae.config.force_upcast
    if is_lifted:
        vae.to(torch.float32)
    try:
        return vae.decode(latents[None].to(vae.dtype), return_dict=False)[0][0].float()
    finally:
        if is_lifted:
            vae.to(torch.float16)
