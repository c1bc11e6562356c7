"""What a picture looks like in the middle of a pipeline's call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
        unpack = _UNPACK.get(type(model.vae).__name__)
        if self._latents is None or unpack is None:
            return None
        latents = unpack(self._pipeline, self._denoised(self._latents), self._size)
        channels = model.vae.config.get("latent_channels") or model.vae.config.get("z_dim")
        if latents.ndim != 4 or latents.shape[1] != channels:
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


def _unpack_plain(pipeline: Any, latents: Tensor, size: tuple[int, int]) -> Tensor:
    """Latents as Stable Diffusion's VAE scales them (1, channels, height, width)."""
    if latents.ndim == 3 and hasattr(pipeline, "_unpack_latents"):
        return pipeline._unpack_latents(latents, *size, pipeline.vae_scale_factor)
    return latents


def _unpack_flux2(pipeline: Any, latents: Tensor, size: tuple[int, int]) -> Tensor:
    """What FLUX.2's VAE decodes: squares of four latents, normalised as one."""
    side = pipeline.vae_scale_factor * 2
    height, width = (length // side for length in size)
    if latents.ndim != 3 or latents.shape[1] != height * width:
        return latents
    squares = latents.permute(0, 2, 1).unflatten(2, (height, width))
    norm = pipeline.vae.bn
    spread = torch.sqrt(norm.running_var + pipeline.vae.config.batch_norm_eps)
    mean, spread = (one.view(1, -1, 1, 1).to(squares) for one in (norm.running_mean, spread))
    return pipeline._unpatchify_latents(squares * spread + mean)


def _unpack_qwen(pipeline: Any, latents: Tensor, size: tuple[int, int]) -> Tensor:
    """What Qwen-Image's VAE decodes, without its axis of frames."""
    frames = pipeline._unpack_latents(latents, *size, pipeline.vae_scale_factor)
    config = pipeline.vae.config
    mean, spread = (
        torch.tensor(values, dtype=frames.dtype, device=frames.device).view(1, -1, 1, 1)
        for values in (config.latents_mean, config.latents_std)
    )
    return frames[:, :, 0] * spread + mean


_UNPACK: Mapping[str, Callable[[Any, Tensor, tuple[int, int]], Tensor]] = {
    "AutoencoderKL": _unpack_plain,
    "AutoencoderKLFlux2": _unpack_flux2,
    "AutoencoderKLQwenImage": _unpack_qwen,
}
"""From the latents of a step to those of the colour map, by the class of the VAE."""
