"""The tiny pipelines are what they stand for: diffusers itself draws with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from diffusers import (
    ControlNetModel,
    DiffusionPipeline,
    StableDiffusionControlNetPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLControlNetPipeline,
    StableDiffusionXLPipeline,
)
from PIL import Image

from tests.inference.diffusers import tiny
from tests.inference.diffusers.checkpoints import checkpoint, config_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def drawn(pipeline: Any, seed: int = 1, **options: Any) -> Any:
    pipeline.set_progress_bar_config(disable=True)
    generator = torch.Generator().manual_seed(seed)
    options = {"num_inference_steps": 2, "width": 72, "height": 64} | options
    picture = pipeline("a cat", generator=generator, **options).images[0]
    return np.asarray(picture).astype(int)


@pytest.mark.parametrize("name", ["sd15", "sdxl", "kandinsky"])
def test_a_seed_decides_the_picture(tiny_folder: Callable[[str], Path], name: str):
    pipeline = DiffusionPipeline.from_pretrained(tiny_folder(name), local_files_only=True)
    first = drawn(pipeline)
    assert first.shape == (64, 72 if name != "kandinsky" else 128, 3)
    assert (first == drawn(pipeline)).all()
    assert (first != drawn(pipeline, seed=2)).any()


def test_the_inpainting_unet_has_nine_channels(tiny_folder: Callable[[str], Path]):
    pipeline = DiffusionPipeline.from_pretrained(tiny_folder("sd15_inpaint"), local_files_only=True)
    assert pipeline.unet.config.in_channels == 9
    grey, mask = Image.new("RGB", (72, 64), "grey"), Image.new("L", (72, 64), 255)
    assert drawn(pipeline, image=grey, mask_image=mask).std() > 1


@pytest.mark.parametrize(
    ("name", "kind"),
    [("sd15", StableDiffusionControlNetPipeline), ("sdxl", StableDiffusionXLControlNetPipeline)],
)
def test_a_controlnet_has_an_effect(tiny_folder: Callable[[str], Path], name: str, kind: Any):
    control = ControlNetModel.from_pretrained(tiny_folder(f"{name}_control"))
    pipeline = kind.from_pretrained(tiny_folder(name), controlnet=control, local_files_only=True)
    hint = Image.new("RGB", (72, 64), "red")
    scales = (0.0, 1.0)
    off, on = (drawn(pipeline, image=hint, controlnet_conditioning_scale=s) for s in scales)
    assert (off != on).any()


@pytest.mark.parametrize(
    ("name", "kind"), [("sd15", StableDiffusionPipeline), ("sdxl", StableDiffusionXLPipeline)]
)
def test_a_checkpoint_draws_what_its_folder_draws(
    tiny_folder: Callable[[str], Path], tmp_path: Path, name: str, kind: Any
):
    folder = tiny_folder(name)
    file = checkpoint(folder, tmp_path / "one.safetensors")
    config = config_of(folder, tmp_path / "config")
    single = kind.from_single_file(str(file), config=str(config), local_files_only=True)
    whole = DiffusionPipeline.from_pretrained(folder, local_files_only=True)
    for part in ("unet", "vae", "text_encoder"):
        loaded, kept = (getattr(one, part).state_dict() for one in (single, whole))
        assert loaded.keys() == kept.keys()
        assert all(torch.equal(tensor, kept[name]) for name, tensor in loaded.items())
    # Equal tensors that lie elsewhere in memory give another last bit on some processors.
    assert np.abs(drawn(single) - drawn(whole)).max() <= 1


def test_the_tokenizer_knows_words_and_any_letter():
    tokens = tiny.tokenizer()
    first, *words, last = tokens("a cat").input_ids
    assert (first, last) == (tiny.VOCABULARY - 2, tiny.VOCABULARY - 1)
    assert len(words) == 2
    assert tokens.decode(tokens("ça va?").input_ids, skip_special_tokens=True).strip() == "ça va ?"
