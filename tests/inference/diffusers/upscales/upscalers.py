"""A catalogue of tiny upscalers, and orders for them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from generation.request import TextPrompt
from inference.upscaling.order import UpscaleOrder
from tests.inference.orders import png

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

FACTORS = {"upscaler": 4, "latent_upscaler": 2}
IDS = {"upscaler": "stable-diffusion-x4-latent-upscaler", "latent_upscaler": "latent-x2"}
STEPS = 3
FORM = """
[[engine]]
id = "{engine_id}"
name = "Tiny {name}"
description = "Larger"
kind = "upscale"
backend = "diffusers"
source = "{folder}"
price = "flat:1"
factor = {factor}
takes_prompt = true
side_step = 1
min_side = 16
min_pixels = 1024
max_pixels = 65536
default_size = [64, 64]
min_steps = 1
max_steps = 20
default_steps = {steps}
default_cfg_scale = 5
typical_s = 1
"""


def given(width: int, height: int) -> NDArray[np.uint8]:
    """Soft edges from left to right and a hard one in the middle."""
    rows = np.linspace(0, 255, width)[None, :, None] * np.ones((height, 1, 3))
    rows[:, width // 2 :, 1] = 40
    return rows.astype(np.uint8)


def order(name: str, width: int = 64, height: int = 64, **more: Any) -> UpscaleOrder:
    """An order of words for and against."""
    factor = FACTORS[name]
    known = UpscaleOrder(
        engine_id=IDS[name],
        image=png(given(width, height)),
        size=(width, height),
        factor=factor,
        width=width * factor,
        height=height * factor,
        seed=7,
        prompts=(TextPrompt("a cat"), TextPrompt("a dog", -1.0)),
        steps=STEPS,
        cfg_scale=5.0,
    )
    return replace(known, **more)


def write_catalogue(folder: Path, tiny_folder: Callable[[str], Path], more: str = "") -> Path:
    """A catalogue file with both upscalers."""
    file = folder / "engines.toml"
    file.write_text(
        more
        + "".join(
            FORM.format(
                engine_id=IDS[name],
                name=name,
                folder=tiny_folder(name),
                factor=factor,
                steps=STEPS,
            )
            for name, factor in FACTORS.items()
        )
    )
    return file
