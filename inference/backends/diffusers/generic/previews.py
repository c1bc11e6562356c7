"""What a picture looks like in the middle of a pipeline's call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from generation.request import ImageRequest
    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.picture import Pixels
    from inference.backends.diffusers.sampling.runtime import Runtime


class Estimate:
    """The latents after the last step, and where they lead.

    From two steps of a flow the end follows: x moves along v, and x₀ = x - σ · v.
    """

    def __init__(self, pipeline: Any, request: ImageRequest) -> None:
        self._pipeline = pipeline
        self._size = (request.height, request.width)
        self._before: Tensor | None = None
        self._latents: Tensor | None = None

    def note(self, _pipeline: Any, _step: int, _time: Any, told: dict[str, Any]) -> dict[str, Any]:
        """Take up the latents of a step; diffusers' callback_on_step_end."""
        self._before, self._latents = self._latents, told.get("latents")
        return {}

    @property
    def is_finite(self) -> bool:
        """Whether the last latents that are known are all numbers."""
        return self._latents is None or bool(torch.isfinite(self._latents).all())

    def paint(self, runtime: Runtime, model: Model) -> Pixels | None:
        """RGB of 8 bits, a pixel for each latent; None where a latent is not known as a colour."""
        latents = self._latents
        # Other encoders have more axes, or statistics of their own.
        if latents is None or type(model.vae).__name__ != "AutoencoderKL":
            return None
        latents = self._denoised(latents)
        if latents.ndim == 3 and hasattr(self._pipeline, "_unpack_latents"):
            scale = self._pipeline.vae_scale_factor
            latents = self._pipeline._unpack_latents(latents, *self._size, scale)
        if latents.ndim != 4 or latents.shape[1] != model.vae.config.latent_channels:
            return None
        return runtime.colours(model).paint(latents[0])

    def _denoised(self, latents: Tensor) -> Tensor:
        scheduler = self._pipeline.scheduler
        index = getattr(scheduler, "step_index", None)
        is_flow = type(scheduler).__name__.startswith("FlowMatchEuler")
        if not is_flow or self._before is None or not index:
            return latents
        before, now = scheduler.sigmas[index - 1], scheduler.sigmas[index]
        return latents - now * (latents - self._before) / (now - before)
