"""What conditioning hands to sampling: the UNet rows of one picture and where it starts from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

Guide = Callable[["Tensor", float], "Tensor"]
"""Moves a denoised estimate (latent channels, height, width; float32, as the VAE scales it).

The second argument is its noise level, sigma = sqrt(1 - alpha_bar) / sqrt(alpha_bar); what it
returns replaces the estimate. It is called for each evaluation of an ancestral sampler, so twice
in a step of two stages.
"""


@dataclass(frozen=True, slots=True, eq=False)
class ConditionRow:
    """One row of the UNet's batch; the picture's noise prediction is the sum over its rows.

    eps = sum of coefficient · eps(row). A plain request with guidance g has two rows, the prompt
    with g and the negative prompt with 1 - g, and one row where g is 1.
    """

    embeds: Tensor
    """Text embeddings (tokens, width); every row of a picture has as many tokens."""
    coefficient: float
    pooled: Tensor | None = None
    """SDXL's pooled text embedding (width)."""
    time_ids: Tensor | None = None
    """SDXL's sizes and crop (6)."""


@dataclass(frozen=True, slots=True, eq=False)
class ControlHint:
    """A control picture for the ControlNet of that kind."""

    kind: str
    image: Tensor
    """RGB in 0 … 1 (3, height, width), of the size of the picture."""
    strength: float


@dataclass(frozen=True, slots=True, eq=False)
class Conditioning:
    """What the UNet is told at every step of one picture; it depends on the request alone.

    The same object serves every sample of a request and may be kept in a cache.
    """

    rows: tuple[ConditionRow, ...]
    controls: tuple[ControlHint, ...] = ()
    guide: Guide | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Blend:
    """What a UNet of 4 channels keeps of the init image: blended in after every step."""

    latents: Tensor
    """Of the init image (latent channels, height, width)."""
    mask: Tensor
    """1 where the picture may change, 0 where it is kept (1, height, width)."""


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """Where one sample starts from, float32 on the CPU.

    Everything random in it comes from the sample's generator in the order of diffusers'
    pipelines: the init image's latents, the noise, the masked image's latents.
    """

    noise: Tensor
    """Standard normal (latent channels, height, width)."""
    latents: Tensor | None = None
    """What the noise is added to; None is noise alone, as in inpainting at strength 1."""
    strength: float = 1.0
    """The share of the schedule that is run: the last int(steps · strength) steps."""
    blend: Blend | None = None
    extra_channels: Tensor | None = None
    """For a UNet of 9 channels: mask and latents of the masked image (5, height, width)."""
