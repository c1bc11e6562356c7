"""Models of other settings than the shipped ones draw as with diffusers' own pipelines."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import torch
from diffusers import DiffusionPipeline

from generation.errors import BadRequest
from generation.request import Sampler
from inference.backends.diffusers.models.loader import load
from tests.inference.diffusers.checkpoints import checkpoint, config_of
from tests.inference.diffusers.conditioning.models import difference, drawing, png, request
from tests.inference.diffusers.models.catalogues import found
from tests.inference.diffusers.sampling.engine import latents, theirs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inference.backends.diffusers.model import Model

CLOSE = 5e-6
ROUNDED = 5e-5
"""Euler's first level is 4096 then, beside which float32 has four digits."""
CPU = torch.device("cpu")
FEW = (Sampler.DDIM, Sampler.K_EULER, Sampler.K_DPMPP_2M, Sampler.DDPM)
PURE_NOISE = {
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
}


@pytest.fixture
def own(tiny_folder: Callable[[str], Path], tmp_path: Path) -> Callable[..., Path]:
    """A copy of a tiny pipeline, one of whose files of JSON says something else."""

    def changed(name: str, file: str, **values: Any) -> Path:
        folder = shutil.copytree(tiny_folder(name), tmp_path / name)
        told = json.loads((folder / file).read_text()) | values
        (folder / file).write_text(json.dumps(told))
        return folder

    return changed


def loaded(source: Path, **weights: Any) -> Model:
    return load(found(source, **weights), CPU)


def test_a_picture_is_brought_to_the_mean_of_the_latents(own: Callable[..., Path]):
    means = {"latents_mean": [0.5, -0.5, 0.2, 0.1], "latents_std": [2.0, 3.0, 0.5, 1.5]}
    model = loaded(own("sdxl", "vae/config.json", **means))
    picture = drawing()
    asked = request("a cat", sampler=Sampler.K_EULER, init_image=png(picture), strength=0.5)
    kind = "StableDiffusionXLImg2ImgPipeline"
    expected = theirs(model, asked, kind, prompt="a cat", image=picture, strength=0.5)
    assert difference(latents(model, [asked])[0], expected) <= CLOSE


@pytest.mark.parametrize("is_zero", [True, False])
@pytest.mark.parametrize("is_checkpoint", [True, False])
def test_what_no_text_is_stands_in_the_index(
    own: Callable[..., Path], tmp_path: Path, *, is_zero: bool, is_checkpoint: bool
):
    folder = own("sdxl", "model_index.json", force_zeros_for_empty_prompt=is_zero)
    model = (
        loaded(
            checkpoint(folder, tmp_path / "one.safetensors"),
            config=config_of(folder, tmp_path / "config"),
        )
        if is_checkpoint
        else loaded(folder)
    )
    asked = request("a cat", sampler=Sampler.K_EULER)
    pipeline = DiffusionPipeline.from_pretrained(folder, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    expected = pipeline(
        "a cat",
        num_inference_steps=asked.steps,
        guidance_scale=asked.cfg_scale,
        width=asked.width,
        height=asked.height,
        generator=torch.Generator().manual_seed(asked.seed),
        output_type="latent",
    ).images[0]
    assert difference(latents(model, [asked])[0], expected) <= CLOSE


@pytest.mark.parametrize("sampler", FEW)
@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_model_that_begins_with_pure_noise(
    own: Callable[..., Path], sampler: Sampler, strength: float
):
    """Strength 0 stands for no start picture here."""
    model = loaded(own("sd15", "scheduler/scheduler_config.json", **PURE_NOISE))
    start: dict[str, Any] = {"init_image": png(drawing()), "strength": strength}
    asked = request("a cat", sampler=sampler, **start if strength else {})
    named: dict[str, Any] = {"image": drawing(), "strength": strength} if strength else {}
    kind = "StableDiffusionImg2ImgPipeline" if strength else "StableDiffusionPipeline"
    expected = theirs(model, asked, kind, prompt="a cat", **named)
    assert bool(expected.isfinite().all())
    assert difference(latents(model, [asked])[0], expected) <= ROUNDED


@pytest.mark.parametrize("sampler", Sampler)
def test_more_steps_than_a_model_has_noise_levels(own: Callable[..., Path], sampler: Sampler):
    levels = {"num_train_timesteps": 20}
    model = loaded(own("sd15", "scheduler/scheduler_config.json", **levels))
    with pytest.raises(BadRequest, match="steps: 21 are more than the 20 noise levels"):
        latents(model, [request("a cat", sampler=sampler, steps=21)])
