"""CLIP guidance: another model looks at the picture while it is drawn, and draws it to the text.

At every step the denoised estimate is moved against the gradient of the distance between what CLIP
sees in it and the text. CLIP looks at cutouts, squares of the picture scaled to its own size; they
are cut from the latents and decoded one after another, so that memory depends on CLIP's size alone
and neither on the picture's nor on the number of cutouts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from generation.errors import BadRequest
from generation.request import GuidancePreset
from inference.backends.diffusers.conditioning.mixture import plain
from inference.backends.diffusers.model import Family

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Generator, Tensor

    from generation.request import ImageRequest
    from inference.backends.diffusers.conditioning.mixture import Mixture
    from inference.backends.diffusers.model import Clip, Model
    from inference.backends.diffusers.rows import Guide


@dataclass(frozen=True, slots=True)
class Preset:
    """How strongly CLIP guides, and at how many cutouts it looks.

    `strength` is how far the estimate is moved at full noise, as root mean square in latents.
    """

    strength: float
    cutouts: int


PRESETS: Mapping[GuidancePreset, Preset] = {
    GuidancePreset.SIMPLE: Preset(0.15, 1),
    GuidancePreset.FAST_BLUE: Preset(0.2, 1),
    GuidancePreset.FAST_GREEN: Preset(0.3, 1),
    GuidancePreset.SLOW: Preset(0.2, 4),
    GuidancePreset.SLOWER: Preset(0.2, 8),
    GuidancePreset.SLOWEST: Preset(0.2, 16),
}
"""The fast ones look at the whole picture only, the slow ones at more of it.

Who stops before the noise is gone leaves no nearer a picture: what is drawn last undoes it.
Stability did not publish its figures.
"""

SMALLEST_CUTOUT = 0.5
"""The smallest side of a cutout, as a share of the picture's shorter side."""

_LIFT = 2.0**10
"""What gradients are multiplied by: as they are, they are too small for float16.

Only their direction is used, and a power of two changes no digit of it.
"""


def open_guide(model: Model, request: ImageRequest, mixture: Mixture) -> Guide:
    """The guide of a request, which is the same for all of its samples.

    Raises:
        BadRequest: the model cannot be guided, or there is nothing to guide it to.
    """
    if model.family is not Family.SD or model.clip is None:
        raise BadRequest("clip", f"{request.engine_id} has no CLIP guidance")
    settings = request.guidance_settings
    if settings.prompt is not None:
        wanted = {settings.prompt: 1.0}
    else:
        wanted = {plain(text): share for text, share in mixture.wanted.items()}
    wanted = {text: share for text, share in wanted.items() if text.strip()}
    if not wanted:
        raise BadRequest("clip", "CLIP guidance needs a prompt to guide to, of a weight above 0")
    preset = PRESETS[request.guidance]
    return _Guide(
        model,
        model.clip,
        _text_target(model, model.clip, wanted),
        Preset(
            preset.strength * (1.0 if settings.strength is None else settings.strength),
            settings.cutouts or preset.cutouts,
        ),
    )


@torch.no_grad()
def _text_target(model: Model, clip: Clip, wanted: Mapping[str, float]) -> Tensor:
    """The direction that CLIP gives the texts, by their shares (1, width)."""
    most = clip.model.config.text_config.max_position_embeddings
    tokens = clip.tokenizer(
        list(wanted), padding=True, truncation=True, max_length=most, return_tensors="pt"
    ).to(model.device)
    found = clip.model.get_text_features(**tokens)
    features = functional.normalize(_features(found).float(), dim=-1)
    shares = torch.tensor(list(wanted.values()), dtype=torch.float32, device=model.device)
    return functional.normalize((features * shares[:, None]).sum(0, keepdim=True), dim=-1)


def _features(found: Tensor) -> Tensor:
    # transformers 5 returns an output object here, older ones the tensor itself.
    return getattr(found, "pooler_output", found)


class _Guide:
    """Moves estimates towards a text; see `rows.Guide`."""

    def __init__(self, model: Model, clip: Clip, target: Tensor, preset: Preset) -> None:
        self._model = model
        self._clip = clip
        self._target = target
        self._preset = preset
        device = model.device
        figures = torch.tensor((clip.mean, clip.deviation), dtype=torch.float32, device=device)
        self._mean, self._deviation = figures[..., None, None]
        # Gradients flow to the picture only; those of the weights would cost memory.
        for part in (model.vae, clip.model):
            part.requires_grad_(False)

    def __call__(self, estimate: Tensor, sigma: float) -> Tensor:
        """The estimate, moved by at most the strength in the measure of the noise."""
        if not self._preset.strength:
            return estimate
        # The engine may run without gradients; what it made then cannot take part in them.
        with torch.inference_mode(False), torch.enable_grad():
            latents = estimate.detach().clone().float()
            gradient = self._gradient(latents, sigma)
        size = gradient.square().mean().sqrt()
        if not bool(torch.isfinite(size)) or not bool(size):
            return estimate
        noise_share = sigma**2 / (1 + sigma**2)
        return estimate - gradient * (self._preset.strength * noise_share / size)

    def _gradient(self, latents: Tensor, sigma: float) -> Tensor:
        """Of the mean distance over the cutouts."""
        # Of the noise level alone, so that a picture does not depend on its neighbours.
        generator = torch.Generator().manual_seed(round(sigma * 1e6))
        parts = (
            self._gradient_of_cutout(latents, index, generator)
            for index in range(self._preset.cutouts)
        )
        return reduce(torch.add, parts) / self._preset.cutouts

    def _gradient_of_cutout(self, latents: Tensor, index: int, generator: Generator) -> Tensor:
        leaf = latents.detach().requires_grad_()
        cutout = _cut(leaf, index, generator)
        distance = self._distance(self._decode(cutout))
        (gradient,) = torch.autograd.grad(distance * _LIFT, leaf)
        return gradient

    def _decode(self, cutout: Tensor) -> Tensor:
        """A cutout of the latents as RGB around 0 … 1 of CLIP's size (3, side, side)."""
        vae = self._model.vae
        side = max(self._clip.size // self._model.vae_scale, 1)
        scaled = _resized(cutout, side) / vae.config.scaling_factor
        rgb = vae.decode(scaled[None].to(vae.dtype)).sample[0].float()
        return _resized(rgb / 2 + 0.5, self._clip.size)

    def _distance(self, rgb: Tensor) -> Tensor:
        """The squared angle between what CLIP sees and the text, halved."""
        pixels = ((rgb - self._mean) / self._deviation)[None].to(self._clip.model.dtype)
        seen = _features(self._clip.model.get_image_features(pixel_values=pixels))
        seen = functional.normalize(seen.float(), dim=-1)
        return ((seen - self._target).norm() / 2).clamp(max=1 - 1e-6).arcsin().square() * 2


def _cut(latents: Tensor, index: int, generator: Generator) -> Tensor:
    """A square of the latents: the whole of a square picture first, then smaller ones anywhere."""
    height, width = latents.shape[-2:]
    largest = min(height, width)
    side = largest
    if index:
        share = SMALLEST_CUTOUT + (1 - SMALLEST_CUTOUT) * _random(generator)
        side = max(round(largest * share), 1)
    places = _random(generator), _random(generator)
    if not index:
        places = 0.5, 0.5
    top, left = round(places[0] * (height - side)), round(places[1] * (width - side))
    return latents[:, top : top + side, left : left + side]


def _random(generator: Generator) -> float:
    return float(torch.rand((), generator=generator, dtype=torch.float32))


def _resized(picture: Tensor, side: int) -> Tensor:
    if picture.shape[-2:] == (side, side):
        return picture
    return functional.interpolate(
        picture[None], size=(side, side), mode="bilinear", antialias=True, align_corners=False
    )[0]
