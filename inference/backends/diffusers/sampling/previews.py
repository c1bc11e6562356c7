"""Previews: the denoised estimate as colours, without the VAE's decoder."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.picture import Pixels

_SIDE_PX = 64
_LEVELS = (-0.8, 0.0, 0.8)


class ColourMap:
    """A linear map from a latent to RGB, fitted to what the VAE makes of plain colours.

    The latents are as the VAE of Stable Diffusion scales them, and of others as the VAE gives them.
    """

    def __init__(self, model: Model) -> None:
        """Encode one small square of each of 27 colours."""
        vae = model.vae
        colours = torch.tensor(list(itertools.product(_LEVELS, repeat=3)), dtype=torch.float32)
        latents: list[Tensor] = []
        for colour in colours:
            square = colour.reshape(1, 3, 1, 1).expand(1, 3, _SIDE_PX, _SIDE_PX)
            # One of films as well has an axis of frames.
            square = square.unsqueeze(2) if "temperal_downsample" in vae.config else square
            spread = vae.encode(square.to(model.device, vae.dtype)).latent_dist
            latents.append(spread.mean[0].float().flatten(1).mean(dim=1).cpu())
        shift: float = vae.config.get("shift_factor") or 0.0
        scale: float = vae.config.get("scaling_factor") or 1.0
        known = (torch.stack(latents) - shift) * scale
        ones = torch.ones(len(known), 1, dtype=torch.float32)
        solution = torch.linalg.lstsq(torch.cat([known, ones], dim=1), colours).solution
        self._matrix, self._offset = solution[:-1], solution[-1]

    def paint(self, estimate: Tensor) -> Pixels:
        """RGB of 8 bits, a pixel for each latent of (channels, height, width)."""
        latents = estimate.float().cpu().permute(1, 2, 0)
        colours = (latents @ self._matrix + self._offset) * 0.5 + 0.5
        colours = torch.nan_to_num(colours).clamp(0.0, 1.0)
        return (colours * 255.0).round().to(torch.uint8).numpy()
