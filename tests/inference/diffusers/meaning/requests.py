"""Requests to the trained model, and the pictures they start from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from generation.request import ImageRequest, Sampler, TextPrompt
from tests.inference.trained.drawings import COLOURS, SHAPES, SIDE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from numpy.typing import NDArray

    Draw = Callable[[Iterable[ImageRequest]], Awaitable[list[NDArray[np.uint8]]]]
    """Draws all the requests at once and gives their pictures in the same order."""

MODEL = Path(__file__).parents[2] / "trained" / "model"
"""The folders of the trained parts: pipeline, control-canny and clip."""

ENGINE = "drawn-shapes"

CATALOGUE = f"""
[[engine]]
id = "{ENGINE}"
name = "Drawn shapes"
kind = "image"
backend = "diffusers"
source = "{MODEL / "pipeline"}"
clip_model = "{MODEL / "clip"}"
control = {{ canny = "{MODEL / "control-canny"}" }}
dtype = "float32"
emphasis = true
side_step = 8
default_size = [{SIDE}, {SIDE}]
min_side = {SIDE}
max_side = {SIDE}
min_pixels = {SIDE * SIDE}
max_pixels = {SIDE * SIDE}
min_steps = 1
max_steps = 150
default_steps = 20
default_cfg_scale = 5.0
default_sampler = "ddim"
"""
"""The catalogue of a server that draws with it."""

LOOKS = tuple((colour, shape) for colour in COLOURS for shape in SHAPES)
"""Every colour with every shape."""


def request(*prompts: str | tuple[str, float], **more: Any) -> ImageRequest:
    """A request for one picture; `more` replaces its fields."""
    fields: dict[str, Any] = {
        "engine_id": ENGINE,
        "width": SIDE,
        "height": SIDE,
        "seed": 1,
        "steps": 20,
        "cfg_scale": 5.0,
        "sampler": Sampler.DDIM,
    }
    texts = tuple(
        TextPrompt(part) if isinstance(part, str) else TextPrompt(*part) for part in prompts
    )
    return ImageRequest(prompts=texts, **(fields | more))


def seeds(count: int, *prompts: str | tuple[str, float], **more: Any) -> list[ImageRequest]:
    """The same request with the seeds 1 … `count`."""
    return [request(*prompts, seed=seed, **more) for seed in range(1, count + 1)]
