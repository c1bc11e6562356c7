"""LoRAs under diffusers' names on pipelines with a transformer: its own pictures, and refusals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from diffusers import DiffusionPipeline, FluxTransformer2DModel

from generation.errors import BadRequest
from generation.request import Lora
from inference.weights.adapters import find_transformer_loras, room_elements
from inference.weights.engines import find_engine
from tests.inference.diffusers.adapters import files
from tests.inference.diffusers.conditioning.models import request
from tests.inference.diffusers.models.catalogues import entry
from tests.inference.diffusers.sampling.engine import draw

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.loop import SamplingLoop

    Opened = Callable[[str], Model]

CAT = "a cat"
GUIDANCE: dict[str, tuple[float, dict[str, Any]]] = {
    "flux_schnell": (1.0, {"guidance_scale": 1.0}),
    "sd3": (5.0, {"guidance_scale": 5.0}),
    "z_image": (3.0, {"guidance_scale": 2.0}),
    "qwen_image": (4.0, {"true_cfg_scale": 4.0, "negative_prompt": " "}),
}
ATTENTION = ("to_q", "to_k", "to_v")


def lora_of(model: Model, seed: int = 0) -> dict[str, Tensor]:
    """A LoRA for the attention of the transformer, as diffusers saves it."""
    torch.manual_seed(seed)
    found: dict[str, Tensor] = {}
    for path, layer in model.unet.named_modules():
        if isinstance(layer, torch.nn.Linear) and path.rpartition(".")[2] in ATTENTION:
            down, up = files.factors(layer, 0.2)
            found[f"transformer.{path}.lora_A.weight"] = down
            found[f"transformer.{path}.lora_B.weight"] = up
    assert found
    return found


def with_loras(model: Model, folder: Path) -> Model:
    """The model with the LoRAs of a folder, and room for all of them."""
    is_flux = isinstance(model.unet, FluxTransformer2DModel)
    loras = find_transformer_loras(folder, is_flux=is_flux)
    return replace(model, loras=loras, lora_room=4 * room_elements(loras))


@pytest.mark.parametrize("name", list(GUIDANCE))
def test_the_picture_is_that_of_diffusers(
    opened: Opened,
    tiny_folder: Callable[[str], Path],
    loop: SamplingLoop,
    tmp_path: Path,
    name: str,
) -> None:
    cfg_scale, named = GUIDANCE[name]
    file = files.saved(tmp_path / "ink.safetensors", lora_of(opened(name)))
    model = with_loras(opened(name), tmp_path)
    asked = request(CAT, cfg_scale=cfg_scale, steps=3)
    plain = draw(loop, model, asked)
    found = draw(loop, model, replace(asked, loras=(Lora("ink", 0.8),)))
    pipeline: Any = DiffusionPipeline.from_pretrained(tiny_folder(name), local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.load_lora_weights(tmp_path, weight_name=file.name, adapter_name="ink")
    pipeline.set_adapters(["ink"], [0.8])
    expected = np.asarray(
        pipeline(
            prompt=CAT,
            width=asked.width,
            height=asked.height,
            num_inference_steps=asked.steps,
            generator=torch.Generator().manual_seed(asked.seed),
            **named,
        ).images[0]
    )
    assert (found != plain).any()
    assert np.abs(found.astype(int) - expected).max() <= 1
    # The model's own weights are as they were.
    assert (draw(loop, model, asked) == plain).all()


def test_names_without_the_part_are_read_too(
    opened: Opened, loop: SamplingLoop, tmp_path: Path
) -> None:
    tensors = lora_of(opened("flux_schnell"))
    bare = files.renamed(tensors, (r"^transformer\.", ""), (r"lora_A", "lora_down"))
    files.saved(tmp_path / "bare.safetensors", files.renamed(bare, (r"lora_B", "lora_up")))
    files.saved(tmp_path / "full.safetensors", tensors)
    model = with_loras(opened("flux_schnell"), tmp_path)
    asked = request(CAT, cfg_scale=1.0, steps=2)
    one, other = (
        draw(loop, model, replace(asked, loras=(Lora(name),))) for name in ("bare", "full")
    )
    assert (one == other).all()
    # They leave the model that the tests share.
    draw(loop, model, asked)


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        ("lora_unet_double_blocks_0_img_attn_qkv", "it is in kohya's form, for a FLUX model"),
        ("lora_unet_down_blocks_0_to_q", "it is for a model with a UNet"),
        ("unet.down_blocks.0.to_q", "it is for a model with a UNet"),
        ("diffusion_model.layers.0.attention.qkv", "its layers have their authors' names"),
        ("transformer.x.hada_w1_a", "it is of a kind that is not read (LoHa)"),
        ("transformer.x", "it is no LoRA"),
    ],
)
def test_other_files_are_refused_by_name(
    tiny_folder: Callable[[str], Path], tmp_path: Path, names: str, problem: str
) -> None:
    ending = "weight" if names.endswith(("x", "_a")) else "lora_down.weight"
    files.saved(tmp_path / "ink.safetensors", {f"{names}.{ending}": torch.ones(2, 4)})
    known = entry(tiny_folder("sd3"), loras=str(tmp_path))
    engine = find_engine(known).engine
    assert engine.loras == ()
    ((name, told),) = engine.unusable_loras
    assert name == "ink"
    assert told.startswith(problem)


def test_a_lora_for_another_transformer_is_refused_with_its_figures(
    opened: Opened, loop: SamplingLoop, tmp_path: Path
) -> None:
    files.saved(tmp_path / "ink.safetensors", lora_of(opened("z_image")))
    tensors = lora_of(opened("flux_schnell"))
    wide = {name: torch.ones(2, 7) if "lora_A" in name else one for name, one in tensors.items()}
    files.saved(tmp_path / "wide.safetensors", wide)
    model = with_loras(opened("flux_schnell"), tmp_path)
    asked = request(CAT, cfg_scale=1.0, steps=2)
    with pytest.raises(BadRequest, match="belong to no layer of this model"):
        draw(loop, model, replace(asked, loras=(Lora("ink"),)))
    with pytest.raises(BadRequest, match="it was made for another model: its matrix down"):
        draw(loop, model, replace(asked, loras=(Lora("wide"),)))
