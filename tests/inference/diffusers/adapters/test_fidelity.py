"""A LoRA changes a picture as diffusers' own `load_lora_weights` does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import torch

from generation.request import Lora, Sampler
from tests.inference.diffusers.adapters import files
from tests.inference.diffusers.conditioning.models import difference, request
from tests.inference.diffusers.sampling.engine import latents, theirs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

    from inference.backends.diffusers.model import Model

    Opened = Callable[[str], Model]

pytest.importorskip("peft", reason="peft, diffusers' own way to LoRAs, is missing")

CLOSE = 5e-6
SD, SDXL = "StableDiffusionPipeline", "StableDiffusionXLPipeline"
SGM = (
    (r"down_blocks_(\d)_attentions_(\d)_", r"input_blocks_\1@\2_1_"),
    (r"mid_block_attentions_0_", "middle_block_1_"),
    (r"up_blocks_(\d)_attentions_(\d)_", r"output_blocks_\1#\2_1_"),
)
"""From diffusers' names of attentions to Stability's, but for the numbers of their blocks."""


def in_stabilitys_names(tensors: dict[str, Tensor], blocks: int) -> dict[str, Tensor]:
    """With the numbers that blocks of so many layers have there."""

    def numbered(name: str) -> str:
        for sign, first in (("@", 1), ("#", 0)):
            place = name.find(sign)
            if place > 0:
                number = int(name[place - 1]) * (blocks + 1) + int(name[place + 1]) + first
                name = f"{name[: place - 1]}{number}{name[place + 2 :]}"
        return name

    return {numbered(name): one for name, one in files.renamed(tensors, *SGM).items()}


def in_old_names(model: Model, seed: int) -> dict[str, Tensor]:
    return files.renamed(
        files.peft_form(model, seed),
        (r"^(unet.*)\.lora_A\.", r"\1.lora.down."),
        (r"^(unet.*)\.lora_B\.", r"\1.lora.up."),
        (r"^(text.*)\.lora_A\.", r"\1.lora_linear_layer.down."),
        (r"^(text.*)\.lora_B\.", r"\1.lora_linear_layer.up."),
    )


FORMS: dict[str, Callable[[Model, int], dict[str, Tensor]]] = {
    "kohya": files.kohya,
    "kohya-all-layers": lambda model, seed: files.kohya(model, seed, with_all=True),
    "peft": files.peft_form,
    "old": in_old_names,
    "stability": lambda model, seed: in_stabilitys_names(
        files.kohya(model, seed), model.unet.config.layers_per_block
    ),
}


@pytest.mark.parametrize(
    ("name", "kind", "form"),
    [
        *(("sd15", SD, form) for form in ("kohya", "kohya-all-layers", "peft", "old")),
        *(("sdxl", SDXL, form) for form in ("kohya", "peft", "stability")),
    ],
)
def test_every_form(
    opened: Opened,
    with_folder: Callable[[Model], Model],
    tmp_path: Path,
    name: str,
    kind: str,
    form: str,
) -> None:
    file = files.saved(tmp_path / "ink.safetensors", FORMS[form](opened(name), 1))
    asked = request("a cat", sampler=Sampler.DDIM, loras=(Lora("ink", 0.8),))
    (ours,) = latents(with_folder(opened(name)), [asked])
    model = opened(name)
    (plain,) = latents(model, [request("a cat", sampler=Sampler.DDIM)])
    model.pipeline.load_lora_weights(str(file), adapter_name="ink", local_files_only=True)
    model.pipeline.set_adapters(["ink"], [0.8])
    right = theirs(model, asked, kind, prompt="a cat")
    assert difference(ours, right) <= CLOSE
    assert difference(plain, right) > 1e-3


@pytest.mark.filterwarnings("ignore:Already found a `peft_config`:UserWarning")
def test_two_at_once_with_a_negative_weight(
    opened: Opened, with_folder: Callable[[Model], Model], tmp_path: Path
) -> None:
    made = {
        name: files.saved(tmp_path / f"{name}.safetensors", files.kohya(opened("sd15"), seed))
        for seed, name in enumerate(("ink", "grain"))
    }
    loras = (Lora("ink", 0.8), Lora("grain", -0.4))
    asked = request("a cat", ("a dog", -1.0), sampler=Sampler.K_EULER, loras=loras)
    (ours,) = latents(with_folder(opened("sd15")), [asked])
    model = opened("sd15")
    for name, file in made.items():
        model.pipeline.load_lora_weights(str(file), adapter_name=name, local_files_only=True)
    model.pipeline.set_adapters(["ink", "grain"], [0.8, -0.4])
    named = {"prompt": "a cat", "negative_prompt": "a dog"}
    assert difference(ours, theirs(model, asked, SD, **named)) <= CLOSE


def test_settings_of_peft_in_the_metadata(
    opened: Opened, with_folder: Callable[[Model], Model], tmp_path: Path
) -> None:
    tensors = {
        name: tensor
        for name, tensor in files.peft_form(opened("sd15"), 1).items()
        if name.startswith("unet.")
    }
    target = sorted({name.split(".lora_")[0].removeprefix("unet.") for name in tensors})
    told: dict[str, Any] = {
        "unet.r": files.RANK,
        "unet.lora_alpha": 1,
        "unet.target_modules": target,
        "unet.alpha_pattern": {target[0]: 4, target[3]: 3},
    }
    metadata = {"lora_adapter_metadata": json.dumps(told)}
    file = files.saved(tmp_path / "ink.safetensors", tensors, metadata)
    asked = request("a cat", sampler=Sampler.DDIM, loras=(Lora("ink"),))
    (ours,) = latents(with_folder(opened("sd15")), [asked])
    model = opened("sd15")
    model.pipeline.load_lora_weights(
        str(file.parent), weight_name=file.name, adapter_name="ink", local_files_only=True
    )
    assert difference(ours, theirs(model, asked, SD, prompt="a cat")) <= CLOSE


@pytest.mark.parametrize("count", [1, 3])
def test_textual_inversion_of_stable_diffusion(opened: Opened, tmp_path: Path, count: int) -> None:
    from inference.backends.diffusers.adapters.embeddings import install_embeddings
    from inference.weights.adapters import Widths, find_embeddings

    ours, model = opened("sd15"), opened("sd15")
    (vectors,) = files.vectors([model.pipeline.text_encoder.config.hidden_size], count)
    file = files.saved(tmp_path / "zebra.safetensors", {"emb_params": vectors})
    install_embeddings(ours, find_embeddings(tmp_path, Widths(32, (32,))))
    asked = request("a Zebra on the circle", sampler=Sampler.DDIM)
    (found,) = latents(ours, [asked])
    model.pipeline.load_textual_inversion(str(file), token="zebra", local_files_only=True)
    named = {"prompt": "a zebra on the circle"}
    assert difference(found, theirs(model, asked, SD, **named)) <= CLOSE


def test_textual_inversion_of_sdxl(opened: Opened, tmp_path: Path) -> None:
    from inference.backends.diffusers.adapters.embeddings import install_embeddings
    from inference.weights.adapters import Widths, find_embeddings

    ours, model = opened("sdxl"), opened("sdxl")
    parts = model.pipeline.components
    first, second = files.vectors([32, 48], 2)
    tensors = {"clip_l": first, "clip_g": second}
    files.saved(tmp_path / "zebra.safetensors", tensors)
    install_embeddings(ours, find_embeddings(tmp_path, Widths(80, (32, 48))))
    asked = request("a zebra on the circle", sampler=Sampler.DDIM)
    (found,) = latents(ours, [asked])
    for number, key in (("", "clip_l"), ("_2", "clip_g")):
        model.pipeline.load_textual_inversion(
            {"zebra": tensors[key]},
            token="zebra",
            text_encoder=parts[f"text_encoder{number}"],
            tokenizer=parts[f"tokenizer{number}"],
        )
    right = theirs(model, asked, SDXL, prompt="a zebra on the circle")
    assert difference(found, right) <= CLOSE
    (plain,) = latents(opened("sdxl"), [asked])
    assert difference(plain, right) > 1e-3
    assert torch.equal(*(latents(one, [request("a cat")])[0] for one in (ours, opened("sdxl"))))
