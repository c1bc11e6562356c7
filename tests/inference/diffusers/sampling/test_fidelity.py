"""What the engine draws is what diffusers' own pipelines draw, also beside other requests."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import ImageOps

from generation.errors import BadRequest
from generation.request import Control, ImageRequest, Sampler
from inference.backends.diffusers.samplers.course import Courses
from tests.inference.diffusers.conditioning.models import (
    difference,
    drawing,
    edge_map,
    mask_picture,
    png,
    request,
)
from tests.inference.diffusers.sampling.engine import latents, theirs

if TYPE_CHECKING:
    from torch import Tensor

    from inference.backends.diffusers.model import Model

SD, SDXL = "StableDiffusionPipeline", "StableDiffusionXLPipeline"
DIFFUSERS_OWN = [sampler for sampler in Sampler if sampler is not Sampler.K_DPMPP_2S_ANCESTRAL]

FEW = [Sampler.DDIM, Sampler.DDPM, Sampler.K_EULER_ANCESTRAL, Sampler.K_DPMPP_2M]


def close(sampler: Sampler) -> float:
    return 2e-5 if sampler is Sampler.DDPM else 5e-6


def crowd(sampler: Sampler | None) -> list[ImageRequest]:
    """Requests with different steps, seeds, guidance and prompts."""
    return [
        request("a cat", steps=4, seed=3, cfg_scale=7.5, sampler=sampler),
        request("a dog", steps=3, seed=4, cfg_scale=3.0, sampler=sampler),
        request("a red circle", steps=6, seed=5, cfg_scale=12.0, sampler=sampler),
        request("a blue square on a cat", steps=2, seed=6, cfg_scale=1.0, sampler=sampler),
    ]


@pytest.mark.parametrize("sampler", DIFFUSERS_OWN)
def test_every_sampler_beside_others(sd: Model, sampler: Sampler) -> None:
    requests = crowd(sampler)
    for asked, found in zip(requests, latents(sd, requests, late=2), strict=True):
        expected = theirs(sd, asked, SD, prompt=asked.prompts[0].text)
        assert difference(found, expected) <= close(sampler)


@pytest.mark.parametrize("sampler", FEW)
def test_samplers_of_sdxl(sdxl: Model, sampler: Sampler) -> None:
    asked = request("a cat", steps=6, sampler=sampler)
    expected = theirs(sdxl, asked, SDXL, prompt="a cat")
    assert difference(latents(sdxl, [asked])[0], expected) <= close(sampler)


def test_all_samplers_in_one_batch(sd: Model) -> None:
    requests = [
        replace(asked, sampler=sampler, seed=number)
        for number, (sampler, asked) in enumerate(zip(DIFFUSERS_OWN, crowd(None) * 3, strict=False))
    ]
    for asked, found in zip(requests, latents(sd, requests, late=5), strict=True):
        assert asked.sampler is not None
        expected = theirs(sd, asked, SD, prompt=asked.prompts[0].text)
        assert difference(found, expected) <= close(asked.sampler)


@pytest.mark.parametrize(
    ("sampler", "strength"),
    [*((sampler, 0.65) for sampler in DIFFUSERS_OWN), *((sampler, 1.0) for sampler in FEW)],
)
def test_from_a_picture(sd: Model, sampler: Sampler, strength: float) -> None:
    picture = drawing()
    asked = request("a cat", steps=6, sampler=sampler, init_image=png(picture), strength=strength)
    kind = "StableDiffusionImg2ImgPipeline"
    expected = theirs(sd, asked, kind, prompt="a cat", image=picture, strength=strength)
    crowded = latents(sd, [request("a dog", sampler=sampler), asked])[1]
    assert difference(crowded, expected) <= close(sampler)


def test_a_picture_of_which_nothing_may_change_is_kept(sd: Model) -> None:
    picture = drawing()
    for sampler in (Sampler.DDIM, Sampler.K_EULER, Sampler.DDPM, Sampler.K_LMS):
        asked = request("a cat", sampler=sampler, init_image=png(picture), strength=0.0)
        (found,) = latents(sd, [asked])
        with torch.no_grad():
            pixels = torch.from_numpy(_array(picture)).permute(2, 0, 1)[None] / 127.5 - 1
            spread = sd.vae.encode(pixels.float()).latent_dist
            expected = spread.sample(torch.Generator().manual_seed(7)) * 0.18215
        assert difference(found, expected[0]) <= 5e-6


def _array(picture: Any) -> Any:
    return np.asarray(picture).copy()


@pytest.mark.parametrize(
    ("name", "sampler", "strength"),
    [
        *(("sd", sampler, 0.5) for sampler in DIFFUSERS_OWN),
        ("sd", Sampler.K_EULER, 1.0),
        ("sd_inpaint", Sampler.K_EULER, 0.5),
        ("sd_inpaint", Sampler.K_DPM_2_ANCESTRAL, 1.0),
        ("sd_inpaint", Sampler.DDPM, 0.5),
    ],
)
def test_with_a_mask(
    request: pytest.FixtureRequest, name: str, sampler: Sampler, strength: float
) -> None:
    model: Model = request.getfixturevalue(name)
    picture, kept = drawing(), mask_picture()
    asked = _masked(picture, kept, sampler, strength)
    expected = theirs(
        model,
        asked,
        "StableDiffusionInpaintPipeline",
        prompt="a cat",
        image=picture,
        mask_image=ImageOps.invert(kept),
        strength=strength,
    )
    found = latents(model, [_masked(picture, kept, Sampler.K_EULER, 0.9), asked])[1]
    assert difference(found, expected) <= close(sampler)


def _masked(picture: Any, kept: Any, sampler: Sampler, strength: float) -> ImageRequest:
    return request(
        "a cat",
        steps=6,
        sampler=sampler,
        init_image=png(picture),
        mask=png(kept),
        strength=strength,
    )


@pytest.mark.parametrize("name", ["sd", "sdxl"])
def test_with_control_pictures_of_different_strength(
    request: pytest.FixtureRequest, name: str
) -> None:
    model: Model = request.getfixturevalue(name)
    kind = {
        "sd": "StableDiffusionControlNetPipeline",
        "sdxl": "StableDiffusionXLControlNetPipeline",
    }
    requests = [_controlled(seed, strength) for seed, strength in ((1, 1.0), (2, 0.4), (3, 0.0))]
    for asked, found in zip(requests, latents(model, requests, late=1), strict=True):
        expected = theirs(
            model,
            asked,
            kind[name],
            parts={"controlnet": model.controls["canny"]},
            prompt="a cat",
            image=edge_map(asked.seed),
            controlnet_conditioning_scale=asked.controls[0].strength,
        )
        assert difference(found, expected) <= 5e-6


def _controlled(seed: int, strength: float) -> ImageRequest:
    control = Control("canny", png(edge_map(seed)), strength)
    return request(
        "a cat", steps=6 + seed, seed=seed, sampler=Sampler.K_DPMPP_2M, controls=(control,)
    )


@pytest.mark.parametrize("sampler", DIFFUSERS_OWN)
def test_a_model_that_predicts_velocity(
    sd: Model, sampler: Sampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = sd.pipeline.scheduler
    changed = type(own).from_config(own.config, prediction_type="v_prediction")
    monkeypatch.setattr(sd.pipeline, "scheduler", changed)
    asked = request("a cat", steps=6, sampler=sampler)
    expected = theirs(sd, asked, SD, prompt="a cat")
    assert difference(latents(sd, [asked])[0], expected) <= close(sampler)


@pytest.mark.parametrize("spacing", ["linspace", "trailing"])
@pytest.mark.parametrize("steps", [1, 4])
@pytest.mark.parametrize("sampler", [Sampler.DDIM, Sampler.K_EULER, Sampler.K_DPMPP_2M])
def test_spacings_and_few_steps(
    sd: Model, sampler: Sampler, spacing: str, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = sd.pipeline.scheduler
    changed = diffusers.EulerDiscreteScheduler.from_config(own.config, timestep_spacing=spacing)
    monkeypatch.setattr(sd.pipeline, "scheduler", changed)
    asked = request("a cat", steps=steps, sampler=sampler)
    expected = theirs(sd, asked, SD, prompt="a cat")
    assert difference(latents(sd, [asked])[0], expected) <= close(sampler)


@pytest.mark.parametrize("sampler", [Sampler.DDIM, Sampler.DDPM, Sampler.K_DPMPP_2M])
def test_schedules_that_begin_with_noise_alone(
    sd: Model, sampler: Sampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = sd.pipeline.scheduler
    changed = diffusers.DDIMScheduler.from_config(
        own.config,
        rescale_betas_zero_snr=True,
        prediction_type="v_prediction",
        timestep_spacing="trailing",
    )
    assert float(changed.alphas_cumprod[-1]) == 0
    monkeypatch.setattr(sd.pipeline, "scheduler", changed)
    asked = request("a cat", steps=6, sampler=sampler)
    expected = theirs(sd, asked, SD, prompt="a cat")
    assert difference(latents(sd, [asked])[0], expected) <= close(sampler)
    row = Courses(changed.config).open(sampler, 6, 1.0, 7).row
    assert np.isfinite(row).all()


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_noise_levels_interpolated_by_logarithms(
    sd: Model, strength: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = diffusers.EulerDiscreteScheduler.from_config(
        sd.pipeline.scheduler.config, interpolation_type="log_linear"
    )
    monkeypatch.setattr(sd.pipeline, "scheduler", changed)
    picture = drawing()
    asked = request(
        "a cat", steps=6, sampler=Sampler.K_EULER, init_image=png(picture), strength=strength
    )
    kind = "StableDiffusionImg2ImgPipeline"
    expected = theirs(sd, asked, kind, prompt="a cat", image=picture, strength=strength)
    assert difference(latents(sd, [asked])[0], expected) <= 5e-6


def test_a_sampler_that_does_not_step_what_the_model_predicts_is_refused(
    sd: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = sd.pipeline.scheduler
    changed = type(own).from_config(own.config, prediction_type="sample")
    monkeypatch.setattr(sd.pipeline, "scheduler", changed)
    with pytest.raises(BadRequest, match="k_dpmpp_sde does not fit a model that predicts sample"):
        latents(sd, [request("a cat", sampler=Sampler.K_DPMPP_SDE)])


def test_2s_ancestral_is_k_diffusions(sd: Model) -> None:
    asked = request("a cat", steps=8, sampler=Sampler.K_DPMPP_2S_ANCESTRAL)
    expected = _sample_dpmpp_2s_ancestral(sd, asked)
    crowded = latents(sd, [request("a dog", sampler=Sampler.K_EULER), asked])[1]
    assert difference(crowded, expected) <= 5e-6


@torch.no_grad()
def _sample_dpmpp_2s_ancestral(model: Model, asked: ImageRequest) -> Tensor:
    """k_diffusion.sampling.sample_dpmpp_2s_ancestral, written out."""
    scheduler = diffusers.EulerDiscreteScheduler.from_config(model.pipeline.scheduler.config)
    scheduler.set_timesteps(asked.steps)
    sigmas = scheduler.sigmas.double()
    known = ((1 - scheduler.alphas_cumprod) / scheduler.alphas_cumprod).double().sqrt().log()
    wanted, base = model.pipeline.encode_prompt("a cat", "cpu", 1, True)
    generator = torch.Generator().manual_seed(asked.seed)

    def denoised(x: Tensor, sigma: Tensor) -> Tensor:
        log = float(sigma.log())
        low = int((known <= log).nonzero()[-1].clamp(max=len(known) - 2))
        time = low + (log - float(known[low])) / float(known[low + 1] - known[low])
        scaled = (x / (sigma**2 + 1).sqrt()).float()
        out = [
            model.unet(scaled[None], time, encoder_hidden_states=told, return_dict=False)[0][0]
            for told in (base, wanted)
        ]
        return x - sigma * (out[0] + asked.cfg_scale * (out[1] - out[0]))

    x = torch.randn(4, 8, 8, generator=generator).double() * float(scheduler.init_noise_sigma)
    for sigma, target in itertools.pairwise(sigmas):
        d = denoised(x, sigma)
        up = (target**2 * (sigma**2 - target**2) / sigma**2).sqrt()
        down = (target**2 - up**2).sqrt()
        if down == 0:
            x = x + (x - d) / sigma * (down - sigma)
            continue
        h = down.log().neg() - sigma.log().neg()
        middle = (sigma.log().neg() + 0.5 * h).neg().exp()
        x2 = (middle / sigma) * x - math.expm1(-0.5 * h) * d
        d2 = denoised(x2, middle)
        x = (down / sigma) * x - math.expm1(-h) * d2
        x = x + torch.randn(4, 8, 8, generator=generator) * up
    return x.float()
