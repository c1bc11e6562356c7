"""LoRAs for FLUX as kohya's trainer writes them: the pictures are diffusers' own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from diffusers import DiffusionPipeline

from generation.errors import BadRequest
from generation.request import Lora
from inference.backends.diffusers.adapters.kohya_flux import rename_kohya
from tests.inference.diffusers.adapters import files
from tests.inference.diffusers.conditioning.models import request
from tests.inference.diffusers.generic.test_loras import with_loras
from tests.inference.diffusers.sampling.engine import draw

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.loop import SamplingLoop

    Opened = Callable[[str], Model]

RANK, ALPHA, WEIGHT = 2, 1.0, 0.8
ASKED = request("a cat", cfg_scale=1.0, steps=3)
DOUBLE = {
    f"double_blocks_0_{side}_{layer}": sides
    for side in ("img", "txt")
    for layer, sides in {
        "attn_qkv": (1, 3),
        "attn_proj": (1, 1),
        "mlp_0": (1, 4),
        "mlp_2": (4, 1),
        "mod_lin": (1, 6),
    }.items()
}
SINGLE = {"single_blocks_0_linear2": (5, 1), "single_blocks_0_modulation_lin": (1, 3)}
FUSED = "single_blocks_0_linear1"
"""Of which diffusers knows the parts in their real size only."""
FUSED_PARTS = {"attn.to_q": 1, "attn.to_k": 1, "attn.to_v": 1, "proj_mlp": 4}
SIDES = {**DOUBLE, **SINGLE, FUSED: (1, 7)}
"""Inputs and outputs of FLUX's layers by their authors' names, in multiples of its width."""


def kohya(model: Model, *layers: str, seed: int = 0) -> dict[str, Tensor]:
    """A LoRA with an alpha that is not the rank."""
    torch.manual_seed(seed)
    width = model.unet.inner_dim
    found: dict[str, Tensor] = {}
    for layer in layers:
        inputs, outputs = SIDES[layer]
        found[f"lora_unet_{layer}.lora_down.weight"] = torch.randn(RANK, inputs * width) * 0.2
        found[f"lora_unet_{layer}.lora_up.weight"] = torch.randn(outputs * width, RANK) * 0.2
        found[f"lora_unet_{layer}.alpha"] = torch.tensor(ALPHA)
    return found


def text_layers(model: Model) -> dict[str, Tensor]:
    """What kohya writes for the text encoder CLIP."""
    named = files.kohya(model)
    return {name: tensor for name, tensor in named.items() if name.startswith("lora_te1_")}


def by_diffusers(folder: Path, file: Path) -> NDArray[np.int64]:
    """The picture of diffusers' own pipeline with the LoRA of a file."""
    pipeline: Any = DiffusionPipeline.from_pretrained(folder, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.load_lora_weights(file.parent, weight_name=file.name, adapter_name="ink")
    pipeline.set_adapters(["ink"], [WEIGHT])
    drawn = pipeline(
        prompt="a cat",
        width=ASKED.width,
        height=ASKED.height,
        num_inference_steps=ASKED.steps,
        generator=torch.Generator().manual_seed(ASKED.seed),
        guidance_scale=1.0,
    )
    return np.asarray(drawn.images[0]).astype(np.int64)


def with_lora(loop: SamplingLoop, model: Model, *names: str) -> NDArray[np.uint8]:
    """The picture with LoRAs, which then leave the model that the tests share."""
    found = draw(loop, model, replace(ASKED, loras=tuple(Lora(name, WEIGHT) for name in names)))
    draw(loop, model, ASKED)
    return found


def test_the_picture_is_that_of_diffusers(
    opened: Opened, tiny_folder: Callable[[str], Path], loop: SamplingLoop, tmp_path: Path
) -> None:
    bare = opened("flux_schnell")
    tensors = kohya(bare, *DOUBLE, *SINGLE) | text_layers(bare)
    file = files.saved(tmp_path / "ink.safetensors", tensors)
    model = with_loras(bare, tmp_path)
    found = with_lora(loop, model, "ink")
    assert np.abs(found - by_diffusers(tiny_folder("flux_schnell"), file)).max() <= 1
    assert (found != draw(loop, model, ASKED)).any()


def test_a_layer_that_is_several_of_diffusers_is_split(
    opened: Opened, tiny_folder: Callable[[str], Path], loop: SamplingLoop, tmp_path: Path
) -> None:
    bare = opened("flux_schnell")
    tensors = kohya(bare, FUSED)
    files.saved(tmp_path / "ink.safetensors", tensors)
    down, up, _ = tensors.values()
    sizes = [rows * bare.unet.inner_dim for rows in FUSED_PARTS.values()]
    split: dict[str, Tensor] = {}
    for path, rows in zip(FUSED_PARTS, up.split(sizes), strict=True):
        name = f"transformer.single_transformer_blocks.0.{path}"
        split[f"{name}.lora_A.weight"] = down.clone()
        split[f"{name}.lora_B.weight"] = rows * (ALPHA / RANK)
    file = files.saved(tmp_path / "theirs" / "split.safetensors", split)
    found = with_lora(loop, with_loras(bare, tmp_path), "ink")
    assert np.abs(found - by_diffusers(tiny_folder("flux_schnell"), file)).max() <= 1


def test_a_split_lora_takes_no_more_than_its_file(
    opened: Opened, loop: SamplingLoop, tmp_path: Path
) -> None:
    """Otherwise four of them would have no room beside each other."""
    bare = opened("flux_schnell")
    names = ("ink", "oil", "tar", "wax")
    for seed, name in enumerate(names):
        files.saved(tmp_path / f"{name}.safetensors", kohya(bare, FUSED, seed=seed))
    model = with_loras(bare, tmp_path)
    assert (with_lora(loop, model, *names) != draw(loop, model, ASKED)).any()


def test_the_last_norm_has_scale_before_shift(opened: Opened) -> None:
    transformer = opened("flux_schnell").unet
    name, rows = "lora_unet_final_layer_adaLN_modulation_1", 2 * transformer.inner_dim
    up = torch.arange(rows).reshape(rows, 1).float()
    ((path, swapped),) = rename_kohya({f"{name}.lora_up.weight": up}, transformer).items()
    assert path == "transformer.norm_out.linear.lora_up.weight"
    assert swapped[0] == rows // 2


def test_what_does_not_fit_is_refused_with_its_figures(
    opened: Opened, loop: SamplingLoop, tmp_path: Path
) -> None:
    tensors = kohya(opened("flux_schnell"), FUSED)
    up = f"lora_unet_{FUSED}.lora_up.weight"
    files.saved(tmp_path / "short.safetensors", tensors | {up: tensors[up][:-1]})
    far = files.renamed(tensors, ("blocks_0", "blocks_30"))
    files.saved(tmp_path / "far.safetensors", far)
    model = with_loras(opened("flux_schnell"), tmp_path)
    with pytest.raises(BadRequest, match="it was made for another model: its matrix up"):
        with_lora(loop, model, "short")
    with pytest.raises(BadRequest, match="12 of its 12 tensors belong to no layer"):
        with_lora(loop, model, "far")
