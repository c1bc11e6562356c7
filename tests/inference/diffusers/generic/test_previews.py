"""Previews of pipelines whose VAEs have statistics of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from inference.backends.diffusers.generic.previews import Estimate
from inference.backends.diffusers.sampling.runtime import Runtime
from tests.inference.diffusers.conditioning.models import request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

    from inference.backends.diffusers.model import Model

HEIGHT, WIDTH = 8, 12
ASKED = request("a cat", width=8 * WIDTH, height=8 * HEIGHT)


@pytest.fixture
def klein(opened: Callable[[str], Model]) -> Iterator[Model]:
    """A FLUX.2 whose VAE normalises by figures that are not 0 and 1."""
    model = opened("klein")
    figures = (model.vae.bn.running_mean, model.vae.bn.running_var)
    kept = [figure.clone() for figure in figures]
    with torch.no_grad():
        for figure in figures:
            figure.uniform_(0.5, 2.0, generator=torch.Generator().manual_seed(1))
    yield model
    with torch.no_grad():
        for figure, before in zip(figures, kept, strict=True):
            figure.copy_(before)


def raw_latents(channels: int) -> Tensor:
    """Latents as the VAE gives and takes them."""
    generator = torch.Generator().manual_seed(7)
    return torch.randn(1, channels, HEIGHT, WIDTH, generator=generator)


def check_preview(model: Model, raw: Tensor, sampled: Tensor) -> None:
    """Whether what is sampled is painted as what the VAE would decode."""
    runtime, estimate = Runtime(model), Estimate(model.pipeline, ASKED)
    estimate.note(None, 0, None, {"latents": sampled})
    with torch.no_grad():
        expected = runtime.colours(model).paint(raw[0]).astype(int)
        found = estimate.paint(runtime, model)
    assert found is not None
    assert found.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(found - expected).max() <= 1
    assert expected.std() > 1


def test_a_preview_of_klein(klein: Model) -> None:
    raw, pipeline, vae = raw_latents(klein.vae.config.latent_channels), klein.pipeline, klein.vae
    mean = vae.bn.running_mean.view(1, -1, 1, 1)
    spread = torch.sqrt(vae.bn.running_var.view(1, -1, 1, 1) + vae.config.batch_norm_eps)
    squares = (pipeline._patchify_latents(raw) - mean) / spread
    check_preview(klein, raw, pipeline._pack_latents(squares))


def test_a_preview_of_qwen_image(opened: Callable[[str], Model]) -> None:
    model: Any = opened("qwen_image")
    config = model.vae.config
    raw = raw_latents(config.z_dim)
    mean, spread = (
        torch.tensor(values).view(1, -1, 1, 1)
        for values in (config.latents_mean, config.latents_std)
    )
    check_preview(model, raw, model.pipeline._pack_latents((raw - mean) / spread, *raw.shape))
